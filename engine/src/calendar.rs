//! Which days are working days: weekends, holidays and make-up workdays (调休), as data per yearly notice.
//!
//! Computes no dues; `deadline` walks this calendar.

use std::collections::BTreeMap;

use crate::time::{Day, TimeError};

/// What a day is, and whether a notice of the State Council says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayStatus<'a> {
    /// A day on which limits in working days advance.
    pub working: bool,
    /// The holiday that makes this day differ from its weekday, if one does.
    pub holiday: Option<&'a str>,
    /// A notice that is not out yet may say otherwise: the answer follows the weekday alone.
    pub assumed: bool,
}

/// Holidays and make-up workdays of the years that have a notice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Number of the day in the first slot.
    first: i32,
    /// One slot a day, from the first day that a notice names through the last year that has one.
    days: Vec<Slot>,
    names: Vec<String>,
    /// Years with a notice, ascending.
    years: Vec<i16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    working: bool,
    assumed: bool,
    /// Which of the names, if a notice names the day.
    name: Option<u16>,
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

/// A notice may name this many last days of the year before: the earliest of twenty years was 29 December, a make-up Saturday
/// of the notices for 2008 and 2019; that for 2007 named the 30th and 31st.
const LAST_DAYS: i32 = 3;

/// Two centuries: more than any notice, small enough to hold a slot a day.
const SPAN_DAYS_MAX: i32 = 200 * 366;

impl Calendar {
    /// Reads rows `date,name,off|work` in ascending order; lines starting with `#` and the header are skipped.
    ///
    /// A year counts as covered when its first of January is named: each yearly notice names it. It may also name the last days
    /// of the year before, so those are certain only once it is out.
    ///
    /// # Errors
    /// The first line that is no row, or out of order.
    pub fn parse(text: &str) -> Result<Calendar, CalendarError> {
        Ok(Calendar::of(&rows(text)?))
    }

    /// These notices, and after them later ones: of a year that both cover, the later rows alone count.
    ///
    /// # Errors
    /// As [`Calendar::parse`].
    pub fn parse_with(text: &str, later: &str) -> Result<Calendar, CalendarError> {
        let (mut all, later) = (rows(text)?, rows(later)?);
        all.retain(|day, _| !later.contains_key(&Day::first_of(day.year())));
        all.extend(later);
        Ok(Calendar::of(&all))
    }

    fn of(rows: &BTreeMap<Day, Row<'_>>) -> Calendar {
        let mut calendar = Calendar::default();
        let Some((first, _)) = rows.first_key_value() else { return calendar };
        calendar.first = first.0;
        let is_first = |day: &&Day| **day == Day::first_of(day.year());
        calendar.years = rows.keys().filter(is_first).map(|day| day.year()).collect();
        for (day, row) in rows {
            let name = calendar.names.iter().position(|known| known == row.name);
            let name = name.unwrap_or_else(|| {
                calendar.names.push(row.name.into());
                calendar.names.len() - 1
            });
            calendar.fill_to(*day);
            let name = Some(u16::try_from(name).unwrap_or(u16::MAX));
            calendar.days.push(Slot { working: row.working, assumed: false, name });
        }
        if let Some(&last) = calendar.years.last() {
            calendar.fill_to(Day::first_of(last.saturating_add(1)));
        }
        calendar
    }

    /// Ordinary days up to `day`, without it.
    fn fill_to(&mut self, day: Day) {
        let next = self.first + i32::try_from(self.days.len()).unwrap_or(i32::MAX - self.first);
        let slots = (next..day.0).map(Day).map(|day| Slot {
            working: !day.is_weekend(),
            assumed: !is_announced(&self.years, day),
            name: None,
        });
        self.days.extend(slots);
    }

    /// Whether the year has its notice.
    pub fn has_notice(&self, year: i16) -> bool {
        self.years.binary_search(&year).is_ok()
    }

    /// What `day` is.
    pub fn status(&self, day: Day) -> DayStatus<'_> {
        let slot = usize::try_from(day.0 - self.first).ok().and_then(|slot| self.days.get(slot));
        match slot {
            Some(&Slot { working, assumed, name }) => {
                let holiday = name.and_then(|name| self.names.get(usize::from(name)));
                DayStatus { working, holiday: holiday.map(String::as_str), assumed }
            }
            None => DayStatus { working: !day.is_weekend(), holiday: None, assumed: true },
        }
    }

    /// The last day that is certain, of the years that have a notice one after the other.
    pub fn certain_until(&self) -> Option<Day> {
        let first = *self.years.first()?;
        let last = (first..).zip(&self.years).take_while(|(year, own)| year == *own).last()?;
        Some(last_certain_of(last.0))
    }

    /// The years that have a notice, ascending.
    pub fn years(&self) -> &[i16] {
        &self.years
    }
}

/// Whether every notice that may name the day is out.
fn is_announced(years: &[i16], day: Day) -> bool {
    let known = |year: i16| years.binary_search(&year).is_ok();
    let year = day.year();
    known(year) && (day <= last_certain_of(year) || known(year.saturating_add(1)))
}

/// The last day of a year of which the next year's notice says nothing.
fn last_certain_of(year: i16) -> Day {
    Day(Day::last_of(year).0 - LAST_DAYS)
}

/// What a notice says of a day.
struct Row<'a> {
    name: &'a str,
    working: bool,
}

/// The rows of a file, by day.
fn rows(text: &str) -> Result<BTreeMap<Day, Row<'_>>, CalendarError> {
    let mut rows: BTreeMap<Day, Row<'_>> = BTreeMap::new();
    for (index, row) in text.lines().enumerate() {
        let line = index + 1;
        if row.trim().is_empty() || row.starts_with('#') || row.starts_with("date,") {
            continue;
        }
        let (day, row) = parse_row(row, line)?;
        if rows.last_key_value().is_some_and(|(last, _)| day <= *last) {
            return Err(CalendarError::Order { line, day });
        }
        if rows.first_key_value().is_some_and(|(first, _)| day.0 - first.0 > SPAN_DAYS_MAX) {
            return Err(CalendarError::Span { line, day });
        }
        rows.insert(day, row);
    }
    Ok(rows)
}

fn parse_row(row: &str, line: usize) -> Result<(Day, Row<'_>), CalendarError> {
    let mut fields = row.split(',').map(str::trim);
    let (Some(date), Some(name), Some(kind), None) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err(CalendarError::Shape { line });
    };
    let day = Day::parse(date).map_err(|source| CalendarError::Date { line, source })?;
    match kind {
        "off" => Ok((day, Row { name, working: false })),
        "work" => Ok((day, Row { name, working: true })),
        _ => Err(CalendarError::Shape { line }),
    }
}
