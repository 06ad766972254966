//! The readers of what people send: what they let pass, the engine decides on.

use std::path::Path;
use std::sync::OnceLock;

use hotline::district::{District, read_articles};
use hotline::intake::Intake;
use hotline::untrusted::{self, Shape};
use hotline_engine::actor::{Actor, Role};
use hotline_engine::command::{Acceptance, Action, Command};
use hotline_engine::order::{Channel, Kind, OrderId};
use hotline_engine::time::Timestamp;
use hotline_engine::{Rules, State, step};
use hotline_knowledge_base::{Article, Day, Reader, SearchOptions, open};

use super::Verdict;
use crate::village;

/// Days on which a due is asked for: before a holiday, in one, and in a year of which no notice is known.
const DAYS: [&str; 4] = [
    "2026-02-13T17:29:00+08:00",
    "2026-10-03T09:00:00+08:00",
    "2026-12-31T23:59:59+08:00",
    "2031-02-28T12:00:00+08:00",
];

/// The root of the project, wherever the crate of the fuzzer lies.
pub(super) fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    if own.join("tests").exists() { own } else { own.parent().unwrap() }
}

/// A hotline that never moves on: each input meets it as it was.
struct Desk {
    district: District,
    rules: Rules,
    state: State,
    intake: Intake,
    knowledge: Reader,
}

fn desk() -> &'static Desk {
    static DESK: OnceLock<Desk> = OnceLock::new();
    DESK.get_or_init(|| {
        let district = village::hamlet(root());
        let state = district.adopted(time(DAYS[0])).unwrap();
        let intake = Intake::train(&district, state.directory()).unwrap();
        let (mut writer, knowledge) = open().unwrap();
        for article in district.articles.iter().map(|draft| &draft.article) {
            let found = Article::new(&article.id, &article.title, &article.body);
            writer.put(found).unwrap();
        }
        writer.commit().unwrap();
        Desk { rules: district.rules().unwrap(), district, state, intake, knowledge }
    })
}

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Asks for an order and lets its dues pass.
fn accept(state: &mut State, rules: &Rules, at: &str, acceptance: Acceptance) -> Verdict {
    let taker = Actor { name: "taker".into(), role: Role::CallTaker, units: None };
    let action = Action::Accept(Box::new(acceptance));
    step(state, rules, time(at), &Command { actor: taker, seen: None, action }).map_err(words)?;
    let tick = Command { actor: Actor::system(), seen: None, action: Action::Tick };
    for later in DAYS {
        let later = time(later).max(state.at());
        step(state, rules, later, &tick).map_err(words)?;
    }
    state.assert_consistent();
    assert!(state.order(OrderId(1)).is_some(), "an accepted order is there");
    Ok(())
}

/// An HTTP body that asks for an order.
pub(super) fn order(body: &[u8]) -> Verdict {
    let Desk { rules, state, intake, .. } = desk();
    let acceptance = untrusted::order(body, state.directory(), intake)?;
    accept(&mut state.clone(), rules, DAYS[0], acceptance)
}

/// A file of messages in both shapes, and of articles: what is no good one of these may be one of the others.
pub(super) fn messages(bytes: &[u8]) -> Verdict {
    let whole = |shape| {
        let lines = untrusted::messages(bytes, shape)?;
        let most = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
        assert!(lines.len() <= most, "{} lines of {most}", lines.len());
        lines.into_iter().find(Result::is_err).unwrap_or(Ok(()))
    };
    let [rows, lines] = [Shape::Table, Shape::Json].map(whole);
    let text = std::str::from_utf8(bytes).map_err(words);
    let articles = text.and_then(|text| read_articles("articles.jsonl", text).map_err(words));
    rows.or(lines).or(articles.map(drop))
}

/// TOML as a rule profile, a scoring rule and notices: a profile that passes gives dues.
pub(super) fn profile(bytes: &[u8]) -> Verdict {
    let text = std::str::from_utf8(bytes).map_err(words)?;
    let scored = untrusted::score(text);
    let noticed = untrusted::holidays(text);
    let Desk { state, .. } = desk();
    let rules = untrusted::profile(text, state.directory());
    if rules.is_err() && (scored.is_ok() || noticed.is_ok()) {
        return Ok(());
    }
    let rules = rules?;
    for (day, kind) in DAYS.into_iter().zip(Kind::ALL) {
        let content = "东一社区又停水了,第三次".to_owned();
        let matter = state.directory().matter_id("供水/停水");
        let plain = Acceptance::plain(*kind, Channel::Phone, content);
        accept(&mut state.clone(), &rules, day, Acceptance { matter, ..plain })?;
    }
    Ok(())
}

/// Files of a district, each behind a line with its name; those that are not there are the village's. A district that
/// passes can be learnt from and adopted.
pub(super) fn district(bytes: &[u8]) -> Verdict {
    let text = std::str::from_utf8(bytes).map_err(words)?;
    let own: Vec<(String, String)> = FILES
        .iter()
        .map(|name| {
            let path = root().join("tests/data/hamlet").join(name);
            ((*name).to_owned(), std::fs::read_to_string(path).unwrap())
        })
        .collect();
    let mut files: Vec<(&str, &str)> = Vec::new();
    for part in text.split("=== ").skip(1) {
        let (name, text) = part.split_once('\n').unwrap_or((part, ""));
        files.push((name.trim(), text));
    }
    files.extend(own.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    let district = untrusted::district(&files)?;
    let state = district.adopted(time(DAYS[0])).map_err(words)?;
    let intake = Intake::train(&district, state.directory()).map_err(words)?;
    let body = r#"{"content":"东一社区又停水了,第三次"}"#;
    let acceptance = untrusted::order(body.as_bytes(), state.directory(), &intake)?;
    let rules = district.rules().map_err(words)?;
    accept(&mut state.clone(), &rules, DAYS[0], acceptance)
}

const FILES: [&str; 9] = [
    "district.toml",
    "units.csv",
    "matters.csv",
    "duty-list.csv",
    "handlers.csv",
    "work-times.csv",
    "keywords.csv",
    "articles.jsonl",
    "orders.jsonl",
];

/// A question as it is typed, and as a query string.
pub(super) fn question(bytes: &[u8]) -> Verdict {
    let Desk { knowledge, district, .. } = desk();
    let text = String::from_utf8_lossy(bytes);
    let asked = untrusted::query_string(&text);
    let options = SearchOptions::on(Day(20_600));
    for question in [Some(text.as_ref()), asked.as_deref().ok()].into_iter().flatten() {
        let answers = knowledge.search(question, &options).map_err(words)?;
        assert!(answers.len() <= district.articles.len(), "each article once");
        for answer in answers {
            let length = answer.snippet.chars().count();
            assert!(answer.highlights.iter().all(|it| it.start < it.end && it.end <= length));
        }
    }
    asked.map(drop)
}
