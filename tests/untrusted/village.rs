//! A village's hotline on any disk: the smallest district, a handful of orders in different states, a snapshot, and records
//! behind it. The same at each call: its times are its own.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hotline::clock::Reading;
use hotline::district::District;
use hotline::recovery::{self, DataFolder, Sizes};
use hotline::stepped::Stepped;
use hotline_engine::actor::{Actor, Role};
use hotline_engine::article::{Article, ArticleDraft, Backing, Source};
use hotline_engine::command::{Acceptance, Action, Command};
use hotline_engine::order::{Callback, Caller, Channel, Kind, OrderId, Verdict};
use hotline_engine::time::{Day, Timestamp};
use hotline_engine::{Digest, digest};
use hotline_journal::Disk;

/// A Monday morning.
const BEGINS_AT: &str = "2026-03-02T09:00:00+08:00";

/// The district in `tests/data/hamlet`.
pub(crate) fn hamlet(root: &Path) -> District {
    District::load(&root.join("tests/data/hamlet")).unwrap()
}

/// What a folder was left with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) digest: Digest,
    pub(crate) records: u64,
    pub(crate) orders: usize,
}

/// The folder at `root` on a disk, with little set aside.
pub(crate) fn folder_on(disk: Arc<dyn Disk>, root: &Path) -> DataFolder {
    DataFolder::on(
        disk,
        root,
        Sizes { aside_bytes: 4 << 10, segment_bytes: 1 << 20, ..Sizes::default() },
    )
}

/// Lives through a day: some orders, a snapshot, and one thing more.
pub(crate) fn live(folder: &DataFolder, district: &District) -> Left {
    let at = Timestamp::parse(BEGINS_AT).unwrap();
    let read = move || Reading { wall: at, steady: Duration::ZERO };
    let mut village = Stepped::start(folder, district.rules().unwrap(), read).unwrap();
    let draft = Action::AdoptDirectory(Box::new(district.draft.clone()));
    ask(&mut village, Actor::system(), draft);
    let admin = Actor { name: "admin".into(), role: Role::Admin, units: None };
    for draft in &district.articles {
        ask(&mut village, admin.clone(), Action::PutArticle(Box::new(draft.clone())));
    }
    for (number, order) in (1..).zip(&district.orders) {
        accept(&mut village, order.kind, &order.content, number);
    }
    finish(&mut village, OrderId(1));
    write_an_article(&mut village, admin);
    let written = recovery::write_snapshot(folder, &village.reader()).unwrap();
    assert!(written.is_some(), "the first snapshot");
    accept(&mut village, Kind::Report, "东街又停水了,电话 13800000000", 9);
    folder.note_stop(village.state().records_count()).unwrap();
    let state = village.state();
    Left { digest: digest(state), records: state.records_count(), orders: state.orders().len() }
}

/// An order from its unit's hands to its end.
fn finish(village: &mut Stepped, order: OrderId) {
    let lead = village.state().order(order).and_then(|it| it.dispatch.as_ref()).unwrap().lead;
    let unit = Actor { name: "water".into(), role: Role::Handler, units: Some(vec![lead]) };
    let taker = Actor { name: "taker".into(), role: Role::CallTaker, units: None };
    ask(village, unit.clone(), Action::Sign { order });
    let (public_text, internal_text) = ("已恢复供水。".into(), "换了阀门".into());
    ask(village, unit, Action::Reply { order, public_text, internal_text });
    let callback = Callback::Reached(Verdict { solved: true, satisfied: true });
    ask(village, taker.clone(), Action::CallBack { order, callback });
    ask(village, taker, Action::Close { order });
}

/// An article from its first draft to its end, and what somebody said of it.
fn write_an_article(village: &mut Stepped, admin: Actor) {
    let id = || "pressure".to_owned();
    let writer = Actor { name: "writer".into(), role: Role::Dispatcher, units: None };
    let (title, body) = ("水压低怎么办".to_owned(), "先看表前阀门。".to_owned());
    let (matter, unit, valid_from, valid_to) = (None, None, None, None);
    let article = Article { id: id(), title, body, matter, unit, valid_from, valid_to };
    let link = Some("https://example.com/water".to_owned());
    let source = Source { document: "供水规程".into(), number: Some("1号".into()), link };
    let backing = Backing { source: Some(source), review_on: Day::parse("2026-12-31").ok() };
    let draft = ArticleDraft { article, backing };
    ask(village, writer.clone(), Action::DraftArticle(Box::new(draft)));
    let (passed, note) = (true, String::new());
    ask(village, admin.clone(), Action::ReviewArticle { id: id(), passed, note });
    ask(village, admin.clone(), Action::PublishArticle { id: id() });
    let (useful, note) = (false, "没有电话".into());
    ask(village, writer, Action::RateArticle { id: id(), useful, note });
    ask(village, admin, Action::ExpireArticle { id: id(), note: "已并入停水指引".into() });
}

fn accept(village: &mut Stepped, kind: Kind, content: &str, number: usize) {
    let matter = village.state().directory().matter_id("供水/停水");
    let caller =
        Caller {
            name: "林小明".into(), phone: format!("1380000000{number}"), confidential: false
        };
    let acceptance =
        Acceptance { matter, ..Acceptance::plain(kind, Channel::Phone, content.into()) };
    let action = Action::Accept(Box::new(acceptance.told_by(caller)));
    let taker = Actor { name: "taker".into(), role: Role::CallTaker, units: None };
    ask(village, taker, action);
}

fn ask(village: &mut Stepped, actor: Actor, action: Action) {
    let mut answer = village.queue(Command { actor, seen: None, action }).unwrap();
    village.turn().unwrap();
    answer.try_recv().unwrap().unwrap();
}
