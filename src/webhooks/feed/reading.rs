//! A target reads a real journal: while it grows, when old segments go, and with what it asks for left out.

use hotline_engine::command::{Acceptance, Action, Command};
use hotline_engine::order::{Caller, Channel};

use super::*;
use crate::district::District;
use crate::partition::Partition;
use crate::recovery::{DataFolder, Sizes};

/// Small, so that a few orders fill one.
const SEGMENT_BYTES: u64 = 4_096;

/// A hotline with the sample's directory.
fn hotline(folder: &std::path::Path) -> Partition {
    let sizes = Sizes { segment_bytes: SEGMENT_BYTES, ..Sizes::default() };
    let folder = DataFolder::on(Arc::new(hotline_journal::RealDisk), folder.join("data"), sizes);
    folder.create().unwrap();
    let district = District::sample().unwrap();
    let partition = Partition::start(&folder, district.rules().unwrap()).unwrap();
    let action = Action::AdoptDirectory(Box::new(district.draft.clone()));
    let command = Command { actor: Actor::system(), seen: None, action };
    partition.desk.submit_blocking(command).unwrap();
    partition
}

fn accept(partition: &Partition, kind: Kind, matter: &str) {
    let directory = partition.published.views.directory();
    let acceptance = Acceptance {
        matter: directory.matter_id(matter),
        title: "来电 13912345678 反映的事".into(),
        caller: Some(Caller {
            name: "张三".into(),
            phone: "13912345678".into(),
            confidential: false,
        }),
        ..Acceptance::plain(kind, Channel::Phone, "树倒了,电话 13912345678".into())
    };
    let actor = Actor { name: "t".into(), role: Role::CallTaker, units: None };
    let command = Command { actor, seen: None, action: Action::Accept(Box::new(acceptance)) };
    partition.desk.submit_blocking(command).unwrap();
}

const TREE: &str = "城市管理/园林绿化/树木倒伏险情";

fn feed(partition: &Partition, units: Option<&str>) -> Feed {
    let mut target = Target::of_test("bus", "https://bus.example.cn/", false);
    target.units = units.map(|unit| vec![unit.to_owned()]);
    let (published, clock) = (Arc::clone(&partition.published), Arc::clone(&partition.clock));
    Feed::new(Arc::new(target), partition.journal.clone(), published, clock)
}

/// All that is told after a position, and where that ends.
fn told(feed: &mut Feed, mut position: u64) -> (Vec<Message>, u64) {
    let mut messages = Vec::new();
    loop {
        let batch = feed.next(position).unwrap();
        if batch.upto == position && batch.messages.is_empty() {
            return (messages, position);
        }
        position = batch.upto;
        messages.extend(batch.messages);
    }
}

fn orders(messages: &[Message]) -> Vec<u64> {
    let order = |message: &Message| {
        let body: serde_json::Value = serde_json::from_str(&message.body).unwrap();
        body["data"]["order"].as_u64().unwrap()
    };
    messages.iter().map(order).collect()
}

#[test]
fn a_feed_that_stays_at_the_end_hears_each_order_once_over_many_segments() {
    let folder = tempfile::tempdir().unwrap();
    let partition = hotline(folder.path());
    let mut feed = feed(&partition, None);
    let (_, mut position) = told(&mut feed, 0);
    let mut heard = Vec::new();
    for _ in 0..60 {
        accept(&partition, Kind::Help, TREE);
        let (messages, upto) = told(&mut feed, position);
        heard.extend(messages);
        position = upto;
    }
    assert_eq!(orders(&heard), (1..=60).collect::<Vec<_>>());
    let segments = std::fs::read_dir(folder.path().join("data/journal")).unwrap();
    assert!(segments.count() > 5, "small segments were asked for");
    // From the beginning, in one go: the same.
    let again = told(&mut self::feed(&partition, None), 0);
    assert_eq!(again, (heard, position));
    partition.stop().unwrap();
}

#[test]
fn a_position_that_is_not_there_any_more_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let partition = hotline(folder.path());
    let mut reading = feed(&partition, None);
    (0..30).for_each(|_| accept(&partition, Kind::Help, TREE));
    let first = reading.next(0).unwrap();
    assert!(first.messages.len() >= 30);
    (0..30).for_each(|_| accept(&partition, Kind::Help, TREE));
    let head = partition.published.notices.head();
    // One has the old segments open and goes on; for one that comes back later they are gone.
    let retired = partition.journal.retire(first.upto - 5, None).unwrap();
    assert!(!retired.segments.is_empty());
    let rest = told(&mut reading, first.upto).0;
    assert_eq!(orders(&rest), (31..=60).collect::<Vec<_>>());
    for position in [0, head + 100] {
        let batch = feed(&partition, None).next(position).unwrap();
        let [message] = &batch.messages[..] else { panic!("{batch:?}") };
        assert!(message.id.starts_with(&format!("reset-{position}-{head}-")), "{}", message.id);
        let body: serde_json::Value = serde_json::from_str(&message.body).unwrap();
        assert_eq!(
            (body["type"].as_str(), body["data"]["sequence"].as_u64()),
            (Some("reset"), Some(head))
        );
        assert_eq!(batch.upto, head, "and then what happens next");
    }
    partition.stop().unwrap();
}

#[test]
fn nobody_is_told_who_called_nor_the_words_of_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let partition = hotline(folder.path());
    accept(&partition, Kind::Help, TREE);
    accept(&partition, Kind::Report, TREE);
    let (messages, _) = told(&mut feed(&partition, None), 0);
    let titles: Vec<serde_json::Value> = messages
        .iter()
        .map(|it| {
            serde_json::from_str::<serde_json::Value>(&it.body).unwrap()["data"]["title"].clone()
        })
        .collect();
    assert_eq!(titles.len(), 2);
    assert_eq!(titles[1], "", "a report");
    for message in &messages {
        assert!(!message.body.contains("13912345678"), "{}", message.body);
        assert!(!message.body.contains("张三"), "{}", message.body);
    }
    partition.stop().unwrap();
}

#[test]
fn a_target_of_one_unit_hears_of_its_orders_alone() {
    let folder = tempfile::tempdir().unwrap();
    let partition = hotline(folder.path());
    accept(&partition, Kind::Help, TREE);
    let lead = partition.published.views.order(OrderId(1)).unwrap().dispatch.clone().unwrap().lead;
    let code = partition.published.views.directory().unit(lead).code.clone();
    assert_eq!(told(&mut feed(&partition, Some(&code)), 0).0.len(), 1);
    let (other, upto) = told(&mut feed(&partition, Some("taxation")), 0);
    assert_eq!((other, upto), (Vec::new(), partition.published.notices.head()));
    partition.stop().unwrap();
}
