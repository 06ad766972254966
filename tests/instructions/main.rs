//! Instructions of five hot paths, counted by valgrind where it is there: 2 % more than `counts.txt` says is a failure,
//! since no clock of a shared machine sees as little. The counts belong to the compiler named in that file; by another one they
//! are not compared. Written anew by `cargo test --workspace --test instructions -- --ignored write`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::hint::black_box;
use std::path::PathBuf;
use std::process::Command as Process;

use hotline_engine::actor::{Actor, Role};
use hotline_engine::alarms::Alarms;
use hotline_engine::calendar::Calendar;
use hotline_engine::classifier::{Document, Example, Model, Scratch, TrainOptions};
use hotline_engine::command::{Acceptance, Action, Command};
use hotline_engine::deadline::{Subject, due};
use hotline_engine::decide::step;
use hotline_engine::directory::{DutyLevel, Level};
use hotline_engine::draft::{DirectoryDraft, HolderDraft, RowDraft, UnitDraft};
use hotline_engine::order::{
    Caller, Candidate, Channel, Classification, Confidence, Kind, OrderId, Stage, Urgency,
};
use hotline_engine::profile::Profile;
use hotline_engine::text::{Normalised, Normaliser, Sketch};
use hotline_engine::time::{Day, Timestamp};
use hotline_engine::{Rules, State};

/// What more is allowed, in percent.
const MORE_PERCENT: u64 = 2;
/// Says to a counted process which path it is to take.
const PATH: &str = "HOTLINE_HOT_PATH";
/// Each brings about what it needs, and then takes the path within a function of the name `hot_…`, which alone is counted.
const PATHS: [(&str, fn()); 5] = [
    ("normalise", normalise),
    ("predict", predict),
    ("due", dues),
    ("accept", accept),
    ("alarms", alarms),
];

fn written() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/instructions/counts.txt"))
}

fn compiler() -> String {
    let said = Process::new(std::env::var("RUSTC").unwrap_or("rustc".into())).arg("-V").output();
    said.map_or_else(|_| "unknown".into(), |said| String::from_utf8(said.stdout).unwrap())
}

/// Instructions of one path; why they cannot be counted.
fn counted(name: &str) -> Result<u64, String> {
    let said = Process::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(format!("--toggle-collect=*hot_{name}*"))
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "--test-threads=1", "a_path_is_taken"])
        .env(PATH, name)
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let words = String::from_utf8_lossy(&said.stderr).into_owned();
    let count = words.lines().find_map(|line| line.split("Collected : ").nth(1)?.parse().ok());
    count.filter(|&count| count > 0 && said.status.success()).ok_or(words)
}

#[test]
fn hot_paths_take_no_more_instructions_than_are_written_down() {
    let text = std::fs::read_to_string(written()).unwrap();
    let (compiled_by, counts) = text.split_once('\n').unwrap();
    if compiled_by != compiler().trim() {
        println!("skipped: counted by {compiled_by}, compiled by {}", compiler().trim());
        return;
    }
    if Process::new("valgrind").arg("--version").output().is_err() {
        println!("skipped: there is no valgrind");
        return;
    }
    let counts: Vec<(&str, u64)> = counts
        .lines()
        .map(|line| line.split_once(' ').unwrap())
        .map(|(name, count)| (name, count.parse().unwrap()))
        .collect();
    let names: Vec<&str> = counts.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, PATHS.map(|(name, _)| name), "each path is written down");
    for (name, before) in counts {
        let now = counted(name).unwrap_or_else(|why| panic!("{name}: {why}"));
        println!("{name}: {now} instructions, {before} written down");
        let most = before + before * MORE_PERCENT / 100;
        assert!(now <= most, "{name}: {now} instructions, {before} written down");
    }
}

#[test]
#[ignore = "writes into the tree"]
fn write() {
    let counts = PATHS.map(|(name, _)| format!("{name} {}\n", counted(name).unwrap()));
    std::fs::write(written(), compiler() + &counts.concat()).unwrap();
}

#[test]
#[ignore = "taken under valgrind, by the test above"]
fn a_path_is_taken() {
    let Ok(wanted) = std::env::var(PATH) else { return };
    let (_, path) = PATHS.iter().find(|(name, _)| *name == wanted).unwrap();
    path();
}

/// SplitMix64.
fn drawn(turn: u64) -> u64 {
    let mixed = turn.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

/// A story of two hundred characters, some of them in other widths, and a number.
fn story(turn: u64) -> String {
    let letter = |at: u64| {
        let roll = drawn(turn << 10 | at);
        char::from_u32(0x4e00 + u32::try_from(roll % 400).unwrap() * 7).unwrap()
    };
    let letters: String = (0..190).map(letter).collect();
    format!("{letters}，ＡＢ １２３号 13800{:06}", turn % 1_000_000)
}

fn stories(count: u64) -> Vec<String> {
    (0..count).map(story).collect()
}

fn normalise() {
    let (normaliser, stories) = (Normaliser::new(), stories(100));
    let mut out = Normalised::new();
    hot_normalise(&normaliser, &stories, &mut out);
}

#[inline(never)]
fn hot_normalise(normaliser: &Normaliser, stories: &[String], out: &mut Normalised) {
    for story in stories {
        normaliser.normalise(black_box(story), out);
    }
}

fn predict() {
    let (normaliser, stories) = (Normaliser::new(), stories(60));
    let example =
        |(label, body): (u16, &'static str)| Example { title: "", body, label, weight: 1.0 };
    let leaked: Vec<&'static str> = stories.iter().map(|story| &*story.clone().leak()).collect();
    let examples: Vec<Example<'_>> = (0..60).map(|at| at % 20).zip(leaked).map(example).collect();
    let labels = (0..20).map(|label| label.to_string()).collect();
    let options = TrainOptions { inner_folds: 0, ..TrainOptions::default() };
    let model = Model::train(&normaliser, &examples, labels, &options).unwrap();
    let (title, mut scratch) = (Normalised::new(), Scratch::new());
    let mut bodies = vec![Normalised::new(); stories.len()];
    for (story, body) in stories.iter().zip(&mut bodies) {
        normaliser.normalise(story, body);
    }
    hot_predict(&model, &title, &bodies, &mut scratch);
}

#[inline(never)]
fn hot_predict(model: &Model, title: &Normalised, bodies: &[Normalised], scratch: &mut Scratch) {
    for body in bodies {
        black_box(model.predict(Document::whole(title, body), scratch));
    }
}

fn rules() -> Rules {
    let profile: Profile = toml::from_str(include_str!("../../profiles/longhu.toml")).unwrap();
    let notices = include_str!("../../profiles/calendar/cn-holidays.csv");
    Rules::new(vec![profile], Calendar::parse(notices).unwrap(), Confidence(8_000)).unwrap()
}

fn dues() {
    let rules = rules();
    // Across Spring Festival.
    let from = Timestamp::parse("2026-02-13T09:00:00").unwrap();
    let subject = Subject::new(Stage::Handle, Kind::Complaint, Urgency::Normal, from);
    hot_due(&rules, &subject);
}

#[inline(never)]
fn hot_due(rules: &Rules, subject: &Subject<'_>) {
    for _ in 0..100 {
        black_box(due(rules.profile(subject.from), &rules.calendar, black_box(subject)));
    }
}

fn draft() -> DirectoryDraft {
    let unit = |code: String, level, parent: Option<&str>| UnitDraft {
        name: code.clone(),
        code,
        level,
        parent: parent.map(str::to_owned),
    };
    let mut units = vec![unit("street".into(), Level::Street, None)];
    units.extend((0..20).map(|at| unit(format!("d{at}"), Level::Department, None)));
    let row = |at: u16| RowDraft {
        matter: format!("大类{}/事项{at}", at % 10),
        place: None,
        lead: HolderDraft::Unit(format!("d{}", at % 20)),
        co_units: vec![HolderDraft::StreetOfPlace],
        level: DutyLevel::Functional,
        basis: "职责清单".into(),
        from: Day(18_000),
        to: None,
        source: "test".into(),
    };
    let rows: Vec<RowDraft> = (0..200).map(row).collect();
    let matters = rows.iter().map(|row| row.matter.clone()).collect();
    DirectoryDraft { source: "test".into(), units, matters, rows, ..DirectoryDraft::default() }
}

fn accept() {
    let (rules, mut state) = (rules(), State::default());
    let at = Timestamp::parse("2026-03-02T08:00:00").unwrap();
    let by = |role, action| Command {
        actor: Actor { name: "test".into(), role, units: None },
        seen: None,
        action,
    };
    step(&mut state, &rules, at, &by(Role::Admin, Action::AdoptDirectory(Box::new(draft()))))
        .unwrap();
    let street = state.directory().unit_id("street");
    let acceptance = |turn: u64| {
        let content = story(turn);
        let path = format!("大类{}/事项{}", turn % 200 % 10, turn % 200);
        let matter = state.directory().matter_id(&path).unwrap();
        let candidates = vec![Candidate { matter, confidence: Confidence(9_300) }];
        let evidence = vec!["占道经营".into()];
        let phone = format!("138{turn:08}");
        let sketch = Sketch::of(&[&content]);
        Acceptance {
            region: street,
            sketch,
            classification: Classification { candidates, evidence, model: "test".into() },
            caller: Some(Caller { name: "来电人".into(), phone, confidential: false }),
            ..Acceptance::plain(Kind::Complaint, Channel::Phone, content)
        }
    };
    let mut all: Vec<Command> = (0..201)
        .map(|turn| by(Role::CallTaker, Action::Accept(Box::new(acceptance(turn)))))
        .collect();
    // What is made once, whenever it is first needed, is no part of the path.
    step(&mut state, &rules, at, &all.remove(0)).unwrap();
    hot_accept(&mut state, &rules, at, &all);
    assert_eq!(state.orders().len(), 201);
}

#[inline(never)]
fn hot_accept(state: &mut State, rules: &Rules, at: Timestamp, all: &[Command]) {
    for command in all {
        step(state, rules, at, command).unwrap();
    }
}

fn alarms() {
    let alarm = |turn: u64| {
        let at = 1_772_409_600_000 + drawn(turn) % 2_000_000_000;
        (Timestamp::of_ms(at.cast_signed()), OrderId(turn))
    };
    let all: Vec<(Timestamp, OrderId)> = (0..10_000).map(alarm).collect();
    hot_alarms(&mut Alarms::default(), &all);
}

#[inline(never)]
fn hot_alarms(set: &mut Alarms, all: &[(Timestamp, OrderId)]) {
    for &(at, order) in all {
        set.insert(at, order);
    }
    for &(at, order) in all.iter().step_by(2) {
        set.remove(at, order);
    }
    loop {
        let first = set.iter().next();
        let Some((at, order)) = first else { break };
        set.remove(at, order);
    }
}
