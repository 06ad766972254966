//! The small district that the scripts play in, and the rules it lives by. Its duty list is written as lines.

use hotline_engine::calendar::Calendar;
use hotline_engine::directory::{Directory, DutyLevel, Level};
use hotline_engine::draft::{DirectoryDraft, HolderDraft, RowDraft, UnitDraft};
use hotline_engine::order::Confidence;
use hotline_engine::profile::{Counting, Profile};
use hotline_engine::staff_draft::{HandlerDraft, WorkDraft};
use hotline_engine::time::{Day, Timestamp};
use hotline_engine::{Event, Record, Rules, State};

use hotline_engine::actor::Actor;

pub(crate) const CALENDAR: &str = include_str!("../../../profiles/calendar/cn-holidays.csv");
const LONGHU: &str = include_str!("../../../profiles/longhu.toml");
const GUANGDONG: &str = include_str!("../../../profiles/guangdong.toml");

/// Four departments, two streets with a community each, a town with a village.
pub(crate) const UNITS: &str = "
    unit urban-management department
    unit water department
    unit market department
    unit education department
    unit east street
    unit west street
    unit harbour town
    unit lotus community east
    unit pine community west
    unit reed village harbour
";

/// Covers every way in which a row can lead to a unit.
pub(crate) const DISTRICT: &str = "
    row 城市管理 -> urban-management functional
    row 城市管理/占道经营 -> urban-management + @street functional
    row 城市管理/垃圾清运 -> @street territorial
    row 供水 -> water functional
    row 供水/停水 -> water + @community + market functional
    row 邻里/噪声 -> @community territorial
    row 市场/消费 -> market functional
    matter 城市管理/违建
    matter 其他
";

/// Guangdong limits with a way of counting, and no ladder: scripts about other things stay short.
pub(crate) fn guangdong(counting: Counting) -> Profile {
    let profile: Profile = toml::from_str(GUANGDONG).unwrap();
    Profile { counting, escalation: None, ..profile }
}

/// Guangdong limits, all notices, dispatch from 80 % on.
pub(crate) fn rules() -> Rules {
    let calendar = Calendar::parse(CALENDAR).unwrap();
    Rules::new(vec![guangdong(Counting::DayAfter)], calendar, Confidence(8_000)).unwrap()
}

/// The rules of the sample district, by the notices up to a year.
pub(crate) fn longhu(last_notice: &str) -> Rules {
    let profile: Profile = toml::from_str(LONGHU).unwrap();
    let known =
        |row: &&str| row.starts_with('d') || row.starts_with('#') || &row[..4] <= last_notice;
    let notices: Vec<&str> = CALENDAR.lines().filter(known).collect();
    let calendar = Calendar::parse(&notices.join("\n")).unwrap();
    Rules::new(vec![profile], calendar, Confidence(8_000)).unwrap()
}

/// The same, with a limit for the dispatch of what is not urgent, and some of their own: for what people
/// ask of urban management, and for the market's authority where it helps.
pub(crate) fn dispatching(last_notice: &str) -> Rules {
    let Rules { calendar, confidence_min, .. } = longhu(last_notice);
    let limit = "[[limit]]\nstage = 'dispatch'\nworking_days = 2\nsource = '测试'";
    let urban = "[[limit]]\nstage = 'handle'\nmatters = ['城市管理']\nkinds = ['help', 'suggestion']\nworking_days = 7\nsource = '测试'";
    let usual = "[[limit]]\nstage = \"handle\"\nkinds = [\"help\", \"suggestion\"]";
    let market =
        "[[limit]]\nstage = 'co-handle'\nunits = ['market']\nworking_days = 3\nsource = '测试'";
    let helps = "[[limit]]\nstage = \"co-handle\"";
    let again = "[[limit]]\nstage = 'return'\nrework = true\nworking_days = 1\nsource = '测试'";
    let refuses = "[[limit]]\nstage = \"return\"";
    let first = LONGHU.replacen(usual, &format!("{urban}\n\n{usual}"), 1);
    let first = first.replacen(refuses, &format!("{again}\n\n{refuses}"), 1);
    let first = first.replacen(helps, &format!("{market}\n\n{helps}"), 1);
    let profile = toml::from_str(&format!("{first}\n{limit}")).unwrap();
    Rules::new(vec![profile], calendar, confidence_min).unwrap()
}

/// The same by all notices, and after them by this one.
pub(crate) fn longhu_after(notice: &str) -> Rules {
    let profile: Profile = toml::from_str(LONGHU).unwrap();
    let calendar = Calendar::parse_with(CALENDAR, notice).unwrap();
    Rules::new(vec![profile], calendar, Confidence(8_000)).unwrap()
}

/// Reads `unit CODE LEVEL [PARENT]`, `matter PATH`, `work MATTER MINUTES`,
/// `handler UNIT ACCOUNT for CAPACITY [can MATTER]… [away DAY..DAY]…` and
/// `row MATTER [in PLACE] -> LEAD [+ CO-UNIT]… LEVEL [from DAY] [to DAY]`.
pub(crate) fn draft(text: &str) -> DirectoryDraft {
    let mut draft = DirectoryDraft { source: "test".into(), ..DirectoryDraft::default() };
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["unit", code, level, parent @ ..] => draft.units.push(UnitDraft {
                code: (*code).into(),
                name: format!("单位{code}"),
                level: Level::parse(level).unwrap(),
                parent: parent.first().map(|&parent| parent.into()),
            }),
            ["matter", path] => draft.matters.push((*path).into()),
            ["row", words @ ..] => {
                let row = row(words);
                draft.matters.push(row.matter.clone());
                draft.rows.push(row);
            }
            ["handler", unit, account, "for", capacity, rest @ ..] => {
                draft.handlers.push(handler(unit, account, capacity, rest));
            }
            ["work", matter, minutes] => {
                let minutes = minutes.parse().unwrap();
                draft.work.push(WorkDraft { matter: (*matter).into(), minutes });
            }
            other => panic!("not a directory line: {other:?}"),
        }
    }
    draft
}

fn handler(unit: &str, account: &str, capacity: &str, rest: &[&str]) -> HandlerDraft {
    let mut handler = HandlerDraft {
        unit: unit.into(),
        account: account.into(),
        name: format!("经办{account}"),
        skills: Vec::new(),
        capacity: capacity.parse().unwrap(),
        absences: Vec::new(),
    };
    for pair in rest.chunks(2) {
        match pair {
            ["can", matter] => handler.skills.push((*matter).into()),
            ["away", days] => {
                let (from, to) = days.split_once("..").expect("a span has two ends");
                handler.absences.push((Day::parse(from).unwrap(), Day::parse(to).unwrap()));
            }
            other => panic!("not a handler: {other:?}"),
        }
    }
    handler
}

fn row(words: &[&str]) -> RowDraft {
    let arrow = words.iter().position(|&word| word == "->").expect("a row has an arrow");
    let (matter, place) = match &words[..arrow] {
        [matter] => (*matter, None),
        [matter, "in", place] => (*matter, Some((*place).to_owned())),
        other => panic!("not a matter and place: {other:?}"),
    };
    let mut row = RowDraft {
        matter: matter.into(),
        place,
        lead: HolderDraft::parse(words[arrow + 1]),
        co_units: Vec::new(),
        level: DutyLevel::Functional,
        basis: "职责清单".into(),
        from: Day::parse("2020-01-01").unwrap(),
        to: None,
        source: "test".into(),
    };
    let mut rest = words[arrow + 2..].iter();
    while let Some(&word) = rest.next() {
        match word {
            "+" => row.co_units.push(HolderDraft::parse(rest.next().unwrap())),
            "from" => row.from = Day::parse(rest.next().unwrap()).unwrap(),
            "to" => row.to = Some(Day::parse(rest.next().unwrap()).unwrap()),
            level => row.level = DutyLevel::parse(level).expect("functional or territorial"),
        }
    }
    row
}

/// The sample units under a duty list.
pub(crate) fn district(rows: &str) -> DirectoryDraft {
    draft(&format!("{UNITS}\n{rows}"))
}

/// The record with which a hotline opens.
pub(crate) fn opening(draft: DirectoryDraft) -> Record {
    draft.check().unwrap();
    let at = Timestamp::parse("2020-01-01T00:00:00").unwrap();
    let events = vec![Event::DirectoryAdopted(Box::new(draft))];
    Record { at, actor: Actor::system(), events }
}

/// The directory that results from adopting each version in turn.
pub(crate) fn directory(versions: &[&str]) -> Directory {
    let mut state = State::default();
    versions.iter().for_each(|rows| state.apply(&opening(draft(rows))));
    state.directory().clone()
}
