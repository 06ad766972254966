//! Why each row of the duty list does or does not decide about a matter: what `route` looks at, told row by row. Chooses nothing.

use super::{Question, asked, covers, has_refused, in_force, is_functional, unit_of};
use crate::directory::{Directory, DutyRow, Holder, MatterId, UnitId};

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It leads to this unit.
    Decides(UnitId),
    /// It is not in force on that day.
    NotInForce,
    /// It is for another place, or the place is not known.
    OtherPlace,
    /// Its lead is the street or community of the place, which is not known.
    PlaceUnknown,
    /// Its lead is no more.
    Dissolved(UnitId),
    /// Its lead has refused.
    Refused(UnitId),
    /// Only a department may hold the matter here, and its lead is none.
    Forbidden(UnitId),
    /// This row comes before it: as more special, by precedents, or in the list.
    Behind(u32),
}

/// A row and what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its number, from 1.
    pub row: u32,
    /// What becomes of it.
    pub fate: Fate,
}

/// The rows of a matter, and of those above it until one decides: first those that fit, in the order in which they are asked,
/// then the others of the same matter.
pub fn rows(directory: &Directory, question: Question<'_>, matter: MatterId) -> Vec<Told> {
    let functional = is_functional(directory, matter, question.region, question.on);
    let mut told = Vec::new();
    let mut level = Some(matter);
    while let Some(matter) = level {
        let fits =
            |row: &DutyRow| in_force(row, question.on) && covers(directory, row, question.region);
        let others = directory.rows_of(matter).filter(|(_, row)| !fits(row));
        let mut ended = None;
        for (ground, row) in asked(directory, question, matter) {
            let Some(number) = ground.row() else { continue };
            let fate = match ended {
                Some(first) => Fate::Behind(first),
                None => fate(directory, question, functional, row.lead),
            };
            // An unknown place ends the search too: a row after it must not decide instead.
            if matches!(fate, Fate::Decides(_) | Fate::PlaceUnknown | Fate::Dissolved(_)) {
                ended = Some(number);
            }
            told.push(Told { row: number, fate });
        }
        told.extend(others.map(|(number, row)| {
            let fate = if in_force(row, question.on) { Fate::OtherPlace } else { Fate::NotInForce };
            Told { row: number, fate }
        }));
        if ended.is_some() {
            break;
        }
        level = directory.parent_matter(matter);
    }
    told
}

fn fate(directory: &Directory, question: Question<'_>, functional: bool, lead: Holder) -> Fate {
    match unit_of(directory, lead, question.region) {
        None => match lead {
            Holder::Unit(unit) => Fate::Dissolved(unit),
            Holder::StreetOfPlace | Holder::CommunityOfPlace => Fate::PlaceUnknown,
        },
        Some(unit) if has_refused(question, unit) => Fate::Refused(unit),
        Some(unit) if functional && directory.is_grassroots(unit) => Fate::Forbidden(unit),
        Some(unit) => Fate::Decides(unit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::{DutyLevel, Level};
    use crate::draft::{DirectoryDraft, HolderDraft, RowDraft, UnitDraft};
    use crate::order::{Candidate, Confidence, Return, ReturnReason};
    use crate::precedents::Precedents;
    use crate::routing::consider;
    use crate::time::{Day, Timestamp};

    /// `MATTER PLACE LEAD LEVEL FROM TO`: a dash is nothing; days are numbers.
    fn directory(rows: &[&str]) -> Directory {
        let given = |word: &str| (word != "-").then(|| word.to_owned());
        let row = |line: &&str| {
            let words: Vec<&str> = line.split(' ').collect();
            RowDraft {
                matter: words[0].to_owned(),
                place: given(words[1]),
                lead: HolderDraft::parse(words[2]),
                co_units: Vec::new(),
                level: DutyLevel::parse(words[3]).unwrap(),
                basis: String::new(),
                from: Day(words[4].parse().unwrap()),
                to: given(words[5]).map(|to| Day(to.parse().unwrap())),
                source: String::new(),
            }
        };
        let unit = |code: &str, level, parent: Option<&str>| UnitDraft {
            code: code.to_owned(),
            name: code.to_owned(),
            level,
            parent: parent.map(str::to_owned),
        };
        let draft = DirectoryDraft {
            units: vec![
                unit("a", Level::Department, None),
                unit("b", Level::Department, None),
                unit("s", Level::Street, None),
                unit("t", Level::Street, None),
                unit("c", Level::Community, Some("s")),
            ],
            matters: vec!["m/x".to_owned()],
            rows: rows.iter().map(row).collect(),
            ..DirectoryDraft::default()
        };
        draft.check().unwrap();
        draft.adopted_by(&Directory::default())
    }

    /// The fates of all rows told, and the same outcome as the choice itself.
    fn told(rows: &[&str], region: Option<&str>, refuser: Option<&str>) -> Vec<String> {
        let directory = directory(rows);
        let unit = |code: &str| directory.unit_id(code).unwrap();
        let refusal = |code: &str| Return {
            at: Timestamp::of_ms(0),
            unit: unit(code),
            reason: ReturnReason::NotOurDuty,
            suggested: None,
            evidence: String::new(),
        };
        let returns: Vec<Return> = refuser.into_iter().map(refusal).collect();
        let matter = directory.matter_id("m/x").unwrap();
        let candidates = [Candidate { matter, confidence: Confidence::CERTAIN }];
        let question = Question {
            candidates: &candidates,
            region: region.map(unit),
            returns: &returns,
            on: Day(5),
            precedents: Precedents::none(),
        };
        let told = super::rows(&directory, question, matter);
        let decides = told.iter().find_map(|told| match told.fate {
            Fate::Decides(unit) => Some((told.row, unit)),
            _ => None,
        });
        let chosen = consider(&directory, question)[0].outcome.ok();
        let chosen = chosen.and_then(|led| Some((led.ground.row()?, led.unit)));
        assert_eq!(decides, chosen, "{rows:?}");
        let name = |unit: UnitId| directory.unit(unit).code.clone();
        let said = |told: &Told| match told.fate {
            Fate::Decides(unit) => format!("{} {}", told.row, name(unit)),
            Fate::Refused(unit) => format!("{} refused {}", told.row, name(unit)),
            Fate::Forbidden(unit) => format!("{} forbidden {}", told.row, name(unit)),
            fate => format!("{} {fate:?}", told.row),
        };
        told.iter().map(said).collect()
    }

    #[test]
    fn each_row_is_told_with_what_becomes_of_it() {
        let three = ["m - b functional 1 -", "m/x - a functional 1 -", "m/x - a functional 6 -"];
        assert_eq!(told(&three, None, None), ["2 a", "3 NotInForce"]);
        assert_eq!(told(&three, None, Some("a")), ["2 refused a", "3 NotInForce", "1 b"]);
        let places = [
            "m/x - a territorial 1 -",
            "m/x s b territorial 1 -",
            "m/x c @community territorial 1 -",
        ];
        assert_eq!(told(&places, Some("c"), None), ["3 c", "2 Behind(3)", "1 Behind(3)"]);
        assert_eq!(told(&places, Some("t"), None), ["1 a", "2 OtherPlace", "3 OtherPlace"]);
        assert_eq!(told(&places, Some("c"), Some("c")), ["3 refused c", "2 b", "1 Behind(2)"]);
        assert_eq!(told(&["m/x - @street territorial 1 -"], None, None), ["1 PlaceUnknown"]);
        assert_eq!(told(&["m/x - a territorial 1 4"], None, None), ["1 NotInForce"]);
        // The department refused: the row above must not hand it down.
        let down = ["m - @street territorial 1 -", "m/x - a functional 1 -"];
        assert_eq!(told(&down, Some("s"), Some("a")), ["2 refused a", "1 forbidden s"]);
    }
}
