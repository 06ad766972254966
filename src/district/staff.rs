//! Reads a district's handlers and expected work. Checks names, numbers and days inside one table; whether units and matters
//! exist is the engine's check.

use std::collections::BTreeMap;

use hotline_engine::staff_draft::{CAPACITY_MAX, HandlerDraft, WORK_MINUTES_MAX, WorkDraft};
use hotline_engine::time::Day;

use super::error::{DistrictError, Fault};
use super::tables::{Row, for_each_row, parts};
use super::{HANDLERS, WORK_TIMES};

/// Who works in the units.
pub(super) fn handlers(text: &str) -> Result<Vec<HandlerDraft>, DistrictError> {
    let mut handlers = Vec::new();
    // In which line each account of a unit stands.
    let mut lines: BTreeMap<(String, String), u64> = BTreeMap::new();
    let columns = ["unit", "handler", "name", "skills", "capacity", "absent"];
    for_each_row(HANDLERS, text, columns, |row| {
        let (unit, account) = (row.filled(0)?.to_owned(), row.filled(1)?.to_owned());
        if let Some(&first) = lines.get(&(unit.clone(), account.clone())) {
            return Err(row.wrong(1, Fault::Twice { value: account, first }));
        }
        lines.insert((unit.clone(), account.clone()), row.line);
        let absences = parts(row.get(5)).map(|days| {
            span(days).ok_or_else(|| row.wrong(5, Fault::NoSpan { value: days.to_owned() }))
        });
        handlers.push(HandlerDraft {
            unit,
            account,
            name: row.filled(2)?.to_owned(),
            skills: parts(row.get(3)).map(str::to_owned).collect(),
            capacity: count(row, 4, CAPACITY_MAX)?,
            absences: absences.collect::<Result<_, _>>()?,
        });
        Ok(())
    })?;
    Ok(handlers)
}

/// How long matters take.
pub(super) fn work_times(text: &str) -> Result<Vec<WorkDraft>, DistrictError> {
    let mut work = Vec::new();
    let mut lines: BTreeMap<String, u64> = BTreeMap::new();
    for_each_row(WORK_TIMES, text, ["matter", "work_minutes"], |row| {
        let matter = row.filled(0)?.to_owned();
        if let Some(&first) = lines.get(&matter) {
            return Err(row.wrong(0, Fault::Twice { value: matter, first }));
        }
        lines.insert(matter.clone(), row.line);
        work.push(WorkDraft { matter, minutes: count(row, 1, WORK_MINUTES_MAX)? });
        Ok(())
    })?;
    Ok(work)
}

fn count<const N: usize>(row: &Row<'_, N>, column: usize, max: u16) -> Result<u16, DistrictError> {
    let value = row.filled(column)?;
    let count = value.parse().ok().filter(|count| (1..=max).contains(count));
    count.ok_or_else(|| row.wrong(column, Fault::NoCount { value: value.to_owned(), max }))
}

/// A first and a last day.
fn span(days: &str) -> Option<(Day, Day)> {
    let (from, to) = days.split_once("..")?;
    let (from, to) = (Day::parse(from.trim()).ok()?, Day::parse(to.trim()).ok()?);
    (from <= to).then_some((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "unit,handler,name,skills,capacity,absent\n";

    #[test]
    fn skills_and_absences_are_lists() {
        let text = format!(
            "{HEAD}water,water-01,供水一岗,供水|排水/内涝,8,2026-02-10..2026-02-20|2026-05-06..2026-05-06\n"
        );
        let handlers = handlers(&text).expect("the table is right");
        assert_eq!(handlers[0].skills, ["供水", "排水/内涝"]);
        let day = |text| Day::parse(text).expect("a day");
        let away = [("2026-02-10", "2026-02-20"), ("2026-05-06", "2026-05-06")];
        assert_eq!(handlers[0].absences, away.map(|(from, to)| (day(from), day(to))));
    }

    #[test]
    fn mistakes_are_named_with_line_and_field() {
        for (row, wanted) in [
            ("water,water-01,一岗,,0,", "capacity `0` is not a number from 1 to 1000"),
            ("water,water-01,一岗,,many,", "capacity `many` is not a number from 1 to 1000"),
            ("water,water-01,一岗,,,", "capacity is empty"),
            (
                "water,water-01,一岗,,1,2026-02-20..2026-02-10",
                "absent `2026-02-20..2026-02-10` is not a first and a last day such as 2026-02-10..2026-02-20",
            ),
            ("water,,一岗,,1,", "handler is empty"),
            ("water,water-02,一岗,,1,", "handler `water-02` is listed twice, first in line 2"),
        ] {
            let text = format!("{HEAD}water,water-02,二岗,,5,\n{row}\n");
            let error = handlers(&text).expect_err("the row has a mistake");
            assert_eq!(error.to_string(), format!("handlers.csv line 3: {wanted}"));
        }
        let error = work_times("matter,work_minutes\n供水,90\n供水,0\n").expect_err("stands twice");
        let wanted = "work-times.csv line 3: matter `供水` is listed twice, first in line 2";
        assert_eq!(error.to_string(), wanted);
    }
}
