//! Which days are working days: weekends, holidays and make-up workdays (调休), as data per yearly notice.
//!
//! Computes no dues; `deadline` walks this calendar.

use crate::time::{Day, TimeError};

/// What a day is, and whether a notice of the State Council says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayStatus<'a> {
    /// A day on which limits in working days advance.
    pub working: bool,
    /// The holiday that makes this day differ from its weekday, if one does.
    pub holiday: Option<&'a str>,
    /// No notice covers the year: the answer follows the weekday alone.
    pub assumed: bool,
}

/// Holidays and make-up workdays of the years that have a notice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    first: Day0,
    /// One entry a day from `first`: what the notice says, if it names the day.
    days: Vec<Option<Named>>,
    names: Vec<String>,
    /// Years with a notice, ascending.
    years: Vec<i16>,
}

/// The first day held; a newtype so that an empty calendar has a default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Day0(Day);

impl Default for Day0 {
    fn default() -> Self {
        Day0(Day(0))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Named {
    name: u16,
    working: bool,
}

/// Why calendar data were refused; names the line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// A row has not three fields.
    #[error("calendar line {line}: expected `date,name,off|work`")]
    Shape {
        /// 1-based line of the file.
        line: usize,
    },
    /// The first field is no date.
    #[error("calendar line {line}: {source}")]
    Date {
        /// 1-based line of the file.
        line: usize,
        /// What is wrong with it.
        source: TimeError,
    },
    /// Dates must ascend, so that a day cannot be named twice.
    #[error("calendar line {line}: {day} does not come after the line before")]
    Order {
        /// 1-based line of the file.
        line: usize,
        /// The day out of order.
        day: Day,
    },
    /// The days of one calendar must lie within a human span of years.
    #[error("calendar line {line}: {day} is more than 200 years after the first")]
    Span {
        /// 1-based line of the file.
        line: usize,
        /// The day out of range.
        day: Day,
    },
}

/// Two centuries: more than any notice, small enough to hold a slot a day.
const SPAN_DAYS_MAX: i32 = 200 * 366;

impl Calendar {
    /// Reads rows `date,name,off|work` in ascending order; lines starting with `#` and the header are skipped.
    ///
    /// A year counts as covered when a row of that year is present: each yearly notice names New Year's Day.
    pub fn parse(text: &str) -> Result<Calendar, CalendarError> {
        let mut calendar = Calendar::default();
        let mut last = None;
        for (index, row) in text.lines().enumerate() {
            let line = index + 1;
            if row.is_empty() || row.starts_with('#') || row.starts_with("date,") {
                continue;
            }
            let (day, name, working) = parse_row(row, line)?;
            if last.is_some_and(|last| day <= last) {
                return Err(CalendarError::Order { line, day });
            }
            if calendar.days.is_empty() {
                calendar.first = Day0(day);
            }
            if day.0 - calendar.first.0.0 > SPAN_DAYS_MAX {
                return Err(CalendarError::Span { line, day });
            }
            calendar.put(day, name, working);
            last = Some(day);
        }
        Ok(calendar)
    }

    fn put(&mut self, day: Day, name: &str, working: bool) {
        let slot = usize::try_from(day.0 - self.first.0.0).expect("rows ascend from the first");
        let name = match self.names.iter().position(|known| known == name) {
            Some(known) => known,
            None => {
                self.names.push(name.into());
                self.names.len() - 1
            }
        };
        self.days.resize(slot + 1, None);
        self.days[slot] = Some(Named { name: u16::try_from(name).unwrap_or(u16::MAX), working });
        // A notice may name the last days of the year before (2006-12-30): that year is not covered by it.
        if !working && self.years.last() != Some(&day.year()) {
            self.years.push(day.year());
        }
    }

    /// What `day` is.
    pub fn status(&self, day: Day) -> DayStatus<'_> {
        let slot = usize::try_from(day.0 - self.first.0.0).ok();
        match slot.and_then(|slot| self.days.get(slot)).copied().flatten() {
            Some(named) => DayStatus {
                working: named.working,
                holiday: self.names.get(usize::from(named.name)).map(String::as_str),
                assumed: false,
            },
            None => DayStatus {
                working: !day.is_weekend(),
                holiday: None,
                assumed: self.years.binary_search(&day.year()).is_err(),
            },
        }
    }

    /// The years that have a notice, ascending.
    pub fn years(&self) -> &[i16] {
        &self.years
    }
}

fn parse_row(row: &str, line: usize) -> Result<(Day, &str, bool), CalendarError> {
    let mut fields = row.split(',').map(str::trim);
    let (Some(date), Some(name), Some(kind), None) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err(CalendarError::Shape { line });
    };
    let day = Day::parse(date).map_err(|source| CalendarError::Date { line, source })?;
    match kind {
        "off" => Ok((day, name, false)),
        "work" => Ok((day, name, true)),
        _ => Err(CalendarError::Shape { line }),
    }
}
