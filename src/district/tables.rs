//! Reads a district's tables: units, matters, duty list, keywords. Checks words, dates and names inside one table;
//! whether the tables fit each other is the engine's check.

use std::collections::BTreeMap;

use hotline_engine::directory::{DutyLevel, Level};
use hotline_engine::draft::{HolderDraft, RowDraft, UnitDraft};
use hotline_engine::text::{Effect, KeywordRow, Raise, Transfer};
use hotline_engine::time::Day;

use super::error::{DistrictError, Fault};
use super::{DUTY_LIST, KEYWORDS, MATTERS, MatterHints, PlaceName, THRESHOLDS, Threshold, UNITS};
use crate::cells::Cells;

/// Why reading a table cannot fail.
const IN_MEMORY: &str = "a text in memory can be read";

/// One line of a table.
pub(super) struct Row<'a, const N: usize> {
    file: &'static str,
    pub(super) line: u64,
    columns: [&'static str; N],
    fields: [&'a str; N],
}

impl<'a, const N: usize> Row<'a, N> {
    /// The field in this column, without blanks around it.
    pub(super) fn get(&self, column: usize) -> &'a str {
        self.fields[column].trim()
    }

    pub(super) fn wrong(&self, column: usize, fault: Fault) -> DistrictError {
        let (file, line, field) = (self.file.to_owned(), self.line, self.columns[column]);
        DistrictError::Field { file, line, field, fault }
    }

    pub(super) fn filled(&self, column: usize) -> Result<&'a str, DistrictError> {
        match self.get(column) {
            "" => Err(self.wrong(column, Fault::Empty)),
            text => Ok(text),
        }
    }

    fn optional(&self, column: usize) -> Option<String> {
        Some(self.get(column)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn day(&self, column: usize) -> Result<Day, DistrictError> {
        Day::parse(self.filled(column)?).map_err(|error| self.wrong(column, error.into()))
    }

    fn one_of<T>(
        &self,
        column: usize,
        parsed: Option<T>,
        words: impl Iterator<Item = &'static str>,
    ) -> Result<T, DistrictError> {
        parsed.ok_or_else(|| {
            let value = self.get(column).to_owned();
            self.wrong(column, Fault::NotOneOf { value, words: joined(words) })
        })
    }
}

fn joined(words: impl Iterator<Item = &'static str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

/// Calls `take` with each line of a table that has these columns, in any order; others are passed over.
pub(super) fn for_each_row<const N: usize>(
    file: &'static str,
    text: &str,
    columns: [&'static str; N],
    take: impl FnMut(&Row<'_, N>) -> Result<(), DistrictError>,
) -> Result<(), DistrictError> {
    walk_rows(file, text, columns, take, Err)
}

/// The same; a line that is wrong is told to `fault`, and the next one is read if that says so.
pub(super) fn walk_rows<const N: usize>(
    file: &'static str,
    text: &str,
    columns: [&'static str; N],
    mut take: impl FnMut(&Row<'_, N>) -> Result<(), DistrictError>,
    mut fault: impl FnMut(DistrictError) -> Result<(), DistrictError>,
) -> Result<(), DistrictError> {
    let broken = |line, reason| DistrictError::Csv { file: file.to_owned(), line, reason };
    let mut rows = Cells::of(text.as_bytes(), text.len()).expect(IN_MEMORY);
    let mut next = || {
        let row = rows.next().expect(IN_MEMORY)?;
        let record = row.cells.map_err(|reason| broken(row.line, reason));
        Some((row.line, record.map(in_words)))
    };
    let headers = next().map_or_else(|| Ok(csv::StringRecord::new()), |(_, row)| row)?;
    let mut places = [0; N];
    for (place, column) in places.iter_mut().zip(columns) {
        *place = headers
            .iter()
            .position(|header| header.trim() == column)
            .ok_or_else(|| DistrictError::Column { file: file.to_owned(), column })?;
    }
    while let Some((line, record)) = next() {
        let taken = record.and_then(|record| {
            if record.len() != headers.len() {
                let (fields, columns) = (record.len(), headers.len());
                let reason = format!("has {fields} fields, its table {columns} columns");
                return Err(broken(line, reason));
            }
            let fields = places.map(|place| record.get(place).unwrap_or(""));
            take(&Row { file, line, columns, fields })
        });
        taken.or_else(&mut fault)?;
    }
    Ok(())
}

fn in_words(cells: csv::ByteRecord) -> csv::StringRecord {
    csv::StringRecord::from_byte_record(cells).expect("cells of a text are text")
}

/// The parts between `|`.
pub(super) fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split('|').map(str::trim).filter(|part| !part.is_empty())
}

/// The columns of a table of units.
pub(super) const UNIT_COLUMNS: [&str; 5] = ["code", "name", "level", "parent", "aliases"];
/// Those of a duty list.
pub(super) const DUTY_COLUMNS: [&str; 9] =
    ["matter", "place", "lead", "co_units", "level", "basis", "from", "to", "source"];

/// A unit as its line says.
pub(super) fn unit(row: &Row<'_, 5>) -> Result<UnitDraft, DistrictError> {
    let words = Level::ALL.iter().map(|level| level.code());
    Ok(UnitDraft {
        code: row.filled(0)?.to_owned(),
        name: row.filled(1)?.to_owned(),
        level: row.one_of(2, Level::parse(row.get(2)), words)?,
        parent: row.optional(3),
    })
}

/// A duty row as its line says.
pub(super) fn duty_row(row: &Row<'_, 9>) -> Result<RowDraft, DistrictError> {
    let words = DutyLevel::ALL.iter().map(|level| level.code());
    Ok(RowDraft {
        matter: row.filled(0)?.to_owned(),
        place: row.optional(1),
        lead: HolderDraft::parse(row.filled(2)?),
        co_units: parts(row.get(3)).map(HolderDraft::parse).collect(),
        level: row.one_of(4, DutyLevel::parse(row.get(4)), words)?,
        basis: row.get(5).to_owned(),
        from: row.day(6)?,
        to: if row.get(7).is_empty() { None } else { Some(row.day(7)?) },
        source: row.get(8).to_owned(),
    })
}

/// Units, and what citizens call the places among them.
pub(super) fn units(text: &str) -> Result<(Vec<UnitDraft>, Vec<PlaceName>), DistrictError> {
    let (mut units, mut places) = (Vec::new(), Vec::new());
    // In which line each name stands.
    let mut named: BTreeMap<String, u64> = BTreeMap::new();
    for_each_row(UNITS, text, UNIT_COLUMNS, |row| {
        let unit = unit(row)?;
        let is_place = unit.level != Level::Department;
        units.push(unit);
        if !is_place {
            return Ok(());
        }
        let (code, name) = (row.get(0), row.get(1));
        match named.get(name) {
            Some(&first) => {
                return Err(row.wrong(1, Fault::Twice { value: name.to_owned(), first }));
            }
            None => named.insert(name.to_owned(), row.line),
        };
        // What several places are called is no mistake: a road runs through many.
        let mut own: Vec<&str> = vec![name];
        for alias in parts(row.get(4)) {
            if !own.contains(&alias) {
                own.push(alias);
            }
        }
        let place = |name: &str| PlaceName { name: name.to_owned(), unit: code.to_owned() };
        places.extend(own.into_iter().map(place));
        Ok(())
    })?;
    Ok((units, places))
}

/// Matters with the words citizens use for them.
pub(super) fn matters(text: &str) -> Result<Vec<MatterHints>, DistrictError> {
    let mut matters = Vec::new();
    let mut lines: BTreeMap<String, u64> = BTreeMap::new();
    for_each_row(MATTERS, text, ["path", "hints"], |row| {
        let path = row.filled(0)?.to_owned();
        if let Some(&first) = lines.get(&path) {
            return Err(row.wrong(0, Fault::Twice { value: path, first }));
        }
        lines.insert(path.clone(), row.line);
        matters.push(MatterHints { path, hints: parts(row.get(1)).map(str::to_owned).collect() });
        Ok(())
    })?;
    Ok(matters)
}

/// The duty list.
pub(super) fn duty_list(text: &str) -> Result<Vec<RowDraft>, DistrictError> {
    let mut rows = Vec::new();
    for_each_row(DUTY_LIST, text, DUTY_COLUMNS, |row| {
        rows.push(duty_row(row)?);
        Ok(())
    })?;
    Ok(rows)
}

/// How sure the engine must be of single units, of streets or of communities.
pub(super) fn thresholds(text: &str, units: &[UnitDraft]) -> Result<Vec<Threshold>, DistrictError> {
    let mut thresholds: Vec<Threshold> = Vec::new();
    let mut lines: BTreeMap<String, u64> = BTreeMap::new();
    for_each_row(THRESHOLDS, text, ["unit", "confidence_min"], |row| {
        let name = row.filled(0)?;
        let value = || name.to_owned();
        let unit = HolderDraft::parse(name);
        if let HolderDraft::Unit(code) = &unit
            && !units.iter().any(|unit| unit.code == *code)
        {
            return Err(row.wrong(0, Fault::Unlisted { value: value(), listed_in: UNITS }));
        }
        if let Some(first) = lines.insert(name.to_owned(), row.line) {
            return Err(row.wrong(0, Fault::Twice { value: value(), first }));
        }
        let share = row.filled(1)?.parse::<f32>().unwrap_or(f32::NAN);
        if !(0.0..=1.0).contains(&share) {
            return Err(row.wrong(1, Fault::NoShare { value: share }));
        }
        thresholds.push(Threshold { unit, confidence_min: share });
        Ok(())
    })?;
    Ok(thresholds)
}

/// Words that raise the urgency, hang on a tag or call for a transfer.
pub(super) fn keywords(text: &str) -> Result<Vec<KeywordRow>, DistrictError> {
    let mut rows = Vec::new();
    for_each_row(KEYWORDS, text, ["words", "effect", "value"], |row| {
        let words = parts(row.filled(0)?).map(str::to_owned).collect();
        let value = row.filled(2)?;
        let effect = match row.filled(1)? {
            "tag" => Effect::Tag(value.to_owned()),
            "urgency" => Effect::Urgency(row.one_of(2, raise(value), RAISES.into_iter())?),
            "transfer" => {
                Effect::Transfer(row.one_of(2, transfer(value), TRANSFERS.into_iter())?)
            }
            _ => return row.one_of(1, None, ["urgency", "tag", "transfer"].into_iter()),
        };
        rows.push(KeywordRow { words, effect });
        Ok(())
    })?;
    Ok(rows)
}

const RAISES: [&str; 2] = ["urgent", "critical"];
const TRANSFERS: [&str; 3] = ["110", "119", "120"];

fn raise(word: &str) -> Option<Raise> {
    match word {
        "urgent" => Some(Raise::Urgent),
        "critical" => Some(Raise::Critical),
        _ => None,
    }
}

fn transfer(word: &str) -> Option<Transfer> {
    match word {
        "110" => Some(Transfer::Police),
        "119" => Some(Transfer::Fire),
        "120" => Some(Transfer::Ambulance),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal<T: std::fmt::Debug>(result: Result<T, DistrictError>) -> String {
        result.expect_err("the table has a mistake").to_string()
    }

    #[test]
    fn a_wrong_level_is_named_with_its_line() {
        let text =
            "code,name,level,parent,aliases\nhousing,住建局,department,,\nx,某局,depatment,,\n";
        assert_eq!(
            refusal(units(text)),
            "units.csv line 3: level `depatment` is not one of department, street, town, village, community"
        );
    }

    #[test]
    fn two_places_have_names_of_their_own_and_may_share_others() {
        let text = "code,name,level,parent,aliases\na,甲街道,street,,\nb,甲街道,street,,\n";
        assert_eq!(
            refusal(units(text)),
            "units.csv line 3: name `甲街道` is listed twice, first in line 2"
        );
        let text =
            "code,name,level,parent,aliases\na,甲街道,street,,中山路\nb,乙街道,street,,中山路\n";
        let (_, places) = units(text).expect("a road runs through many");
        let shared = places.iter().filter(|place| place.name == "中山路");
        assert_eq!(shared.map(|place| place.unit.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn a_department_s_short_names_are_no_places() {
        let text = "code,name,level,parent,aliases\nhousing,住建局,department,,住建\na,甲街道,street,,甲街\n";
        let (units, places) = units(text).expect("the table is right");
        assert_eq!(units.len(), 2);
        let names: Vec<_> = places.iter().map(|place| place.name.as_str()).collect();
        assert_eq!(names, ["甲街道", "甲街"]);
    }

    #[test]
    fn thresholds_are_of_listed_units_and_between_0_and_1() {
        let listed = [UnitDraft {
            code: "a".into(),
            name: "甲局".into(),
            level: Level::Department,
            parent: None,
        }];
        let read = thresholds("unit,confidence_min\na,0.5\n@street,1\n", &listed).expect("right");
        assert_eq!(read[0], Threshold { unit: HolderDraft::Unit("a".into()), confidence_min: 0.5 });
        assert_eq!(read[1].unit, HolderDraft::StreetOfPlace);
        for (row, wanted) in [
            ("b,0.5", "unit `b` is not in units.csv"),
            ("a,1.5", "confidence_min 1.5 is not between 0 and 1"),
            ("a,much", "confidence_min NaN is not between 0 and 1"),
            ("@street,1\n@street,1", "unit `@street` is listed twice, first in line 2"),
        ] {
            let text = format!("unit,confidence_min\n{row}\n");
            let refused = refusal(thresholds(&text, &listed));
            assert!(refused.ends_with(wanted), "{refused}");
        }
    }

    #[test]
    fn a_missing_column_is_named() {
        assert_eq!(
            refusal(matters("path\n城管/占道\n")),
            "matters.csv line 1: column `hints` is missing"
        );
    }

    #[test]
    fn a_matter_listed_twice_is_named() {
        let text = "path,hints\n城管/占道,走鬼\n城管/占道,摆摊\n";
        assert_eq!(
            refusal(matters(text)),
            "matters.csv line 3: path `城管/占道` is listed twice, first in line 2"
        );
    }

    #[test]
    fn a_date_that_is_none_is_named() {
        let text = "matter,place,lead,co_units,level,basis,from,to,source\n城管/占道,,@street,,territorial,,2025-13-01,,\n";
        assert_eq!(
            refusal(duty_list(text)),
            "duty-list.csv line 2: from `2025-13-01` is not a date such as 2026-02-13"
        );
    }

    #[test]
    fn a_line_with_too_few_fields_is_named() {
        let text = "words,effect,value\n着火,transfer,119\n停电,urgency\n";
        assert!(refusal(keywords(text)).starts_with("keywords.csv line 3: "));
    }

    #[test]
    fn keyword_effects_are_read_and_wrong_ones_named() {
        let text = "words,effect,value\n着火|起火,transfer,119\n";
        let rows = keywords(text).expect("the table is right");
        assert_eq!(rows[0].words, ["着火", "起火"]);
        assert_eq!(rows[0].effect, Effect::Transfer(Transfer::Fire));
        let text = "words,effect,value\n着火,transfer,112\n";
        assert_eq!(
            refusal(keywords(text)),
            "keywords.csv line 2: value `112` is not one of 110, 119, 120"
        );
    }
}
