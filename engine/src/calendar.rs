//! Which days are working days: weekends, holidays and make-up workdays (调休), as data per yearly notice.
//!
//! Computes no dues; `deadline` walks this calendar.

use std::collections::{BTreeMap, BTreeSet};

use crate::time::{Day, TimeError};

/// What a day is, and whether a notice of the State Council says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayStatus<'a> {
    /// A day on which limits in working days advance.
    pub working: bool,
    /// The holiday that makes this day differ from its weekday, if one does.
    pub holiday: Option<&'a str>,
    /// A notice that is not out, or not whole, may say otherwise: the answer follows the weekday alone.
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
    /// Years with a whole notice, ascending.
    years: Vec<i16>,
    /// Years with part of a notice, and the holidays that it lacks.
    in_part: BTreeMap<i16, Vec<&'static str>>,
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
    /// A holiday without a name explains nothing.
    #[error("calendar line {line}: the name is empty")]
    NoName {
        /// 1-based line of the file.
        line: usize,
    },
    /// A day that is worked anyway is no make-up workday (调休).
    #[error(
        "calendar line {line}: {day} is no Saturday or Sunday, so it cannot be made a `work` day"
    )]
    WorkedAnyway {
        /// 1-based line of the file.
        line: usize,
        /// The day.
        day: Day,
    },
    /// Dates must ascend, so that a day cannot be named twice.
    #[error("calendar line {line}: {day} does not come after the line before")]
    Order {
        /// 1-based line of the file.
        line: usize,
        /// The day out of order.
        day: Day,
    },
    /// A notice that says nothing was not meant.
    #[error("calendar: names no day")]
    NoDay,
}

/// The holidays of every yearly notice, the words they go by in it, and the first year that has them (全国年节及纪念日放假办法:
/// 清明 and 端午 since the revision of 2007-12-14). 中秋 may be part of 国庆, under one name.
const HOLIDAYS: [(&str, &[&str], i16); 6] = [
    ("元旦", &["元旦"], 2000),
    ("春节", &["春节"], 2000),
    ("清明节", &["清明"], 2008),
    ("劳动节", &["劳动", "五一"], 2000),
    ("端午节", &["端午"], 2008),
    ("国庆节", &["国庆", "十一"], 2000),
];

/// A notice may name this many last days of the year before: the earliest of twenty years was 29 December, a make-up Saturday
/// of the notices for 2008 and 2019; that for 2007 named the 30th and 31st.
const LAST_DAYS: i32 = 3;

impl Calendar {
    /// Reads rows `date,name,off|work` in ascending order; lines starting with `#` and the header are skipped.
    ///
    /// A year counts as covered when its notice is whole: when each of its holidays is `off` on some day. It may also name
    /// the last days of the year before, so those are certain only once it is out. Of a year with part of a notice the named days count, and the rest is assumed.
    ///
    /// # Errors
    /// The first line that is no row, cannot be meant, or is out of order.
    pub fn parse(text: &str) -> Result<Calendar, CalendarError> {
        Ok(Calendar::of(&rows(text)?))
    }

    /// These notices, and after them later ones: of a year that the later ones cover whole, their rows alone count; of
    /// another year each row counts for its day.
    ///
    /// # Errors
    /// As [`Calendar::parse`].
    pub fn parse_with(text: &str, later: &str) -> Result<Calendar, CalendarError> {
        let (mut all, later) = (rows(text)?, rows(later)?);
        let announced_anew = whole_years(&later);
        all.retain(|day, _| !announced_anew.contains(&day.year()));
        all.extend(later);
        Ok(Calendar::of(&all))
    }

    fn of(rows: &BTreeMap<Day, Row<'_>>) -> Calendar {
        let mut calendar = Calendar::default();
        let Some((first, _)) = rows.first_key_value() else { return calendar };
        calendar.first = first.0;
        calendar.years = whole_years(rows);
        calendar.in_part = in_part(rows);
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

    /// The years that have a whole notice, ascending.
    pub fn years(&self) -> &[i16] {
        &self.years
    }

    /// The years that have part of a notice, ascending, and the holidays that it lacks.
    pub fn in_part(&self) -> impl Iterator<Item = (i16, &[&'static str])> {
        self.in_part.iter().map(|(&year, lacks)| (year, lacks.as_slice()))
    }

    /// What the notice of a year lacks; nothing where it is whole, or where there is none.
    pub fn lacks(&self, year: i16) -> &[&'static str] {
        self.in_part.get(&year).map_or(&[], Vec::as_slice)
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

/// The years whose notice is whole, ascending.
fn whole_years(rows: &BTreeMap<Day, Row<'_>>) -> Vec<i16> {
    let mut years: Vec<i16> = rows.keys().map(|day| day.year()).collect();
    years.dedup();
    years.retain(|&year| lacking(rows, year).is_empty());
    years
}

/// The years of which only some holidays are named. The last days of a year stand in the notice of the next.
fn in_part(rows: &BTreeMap<Day, Row<'_>>) -> BTreeMap<i16, Vec<&'static str>> {
    let own = |day: &&Day| day.first_of_month() < Day::last_of(day.year()).first_of_month();
    let years: BTreeSet<i16> = rows.keys().filter(own).map(|day| day.year()).collect();
    let lacking = |year| (year, lacking(rows, year));
    years.into_iter().map(lacking).filter(|(_, lacks)| !lacks.is_empty()).collect()
}

/// The holidays of a year that no row makes a day off.
fn lacking(rows: &BTreeMap<Day, Row<'_>>, year: i16) -> Vec<&'static str> {
    let of_the_year = rows.range(Day::first_of(year)..=Day::last_of(year));
    let off: Vec<&str> =
        of_the_year.filter(|(_, row)| !row.working).map(|(_, row)| row.name).collect();
    let first_is_off = rows.get(&Day::first_of(year)).is_some_and(|row| !row.working);
    let is_named =
        |words: &[&str]| off.iter().any(|name| words.iter().any(|word| name.contains(word)));
    let is_lacking = |&&(holiday, words, since): &&(&str, &[&str], i16)| {
        // The last days of December may be those of the next year's 元旦.
        let named = if holiday == HOLIDAYS[0].0 { first_is_off } else { is_named(words) };
        year >= since && !named
    };
    HOLIDAYS.iter().filter(is_lacking).map(|&(holiday, ..)| holiday).collect()
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
        rows.insert(day, row);
    }
    if rows.is_empty() { Err(CalendarError::NoDay) } else { Ok(rows) }
}

fn parse_row(row: &str, line: usize) -> Result<(Day, Row<'_>), CalendarError> {
    let mut fields = row.split(',').map(str::trim);
    let (Some(date), Some(name), Some(kind), None) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err(CalendarError::Shape { line });
    };
    let day = Day::parse_in_reach(date).map_err(|source| CalendarError::Date { line, source })?;
    if name.is_empty() {
        return Err(CalendarError::NoName { line });
    }
    match kind {
        "off" => Ok((day, Row { name, working: false })),
        "work" if day.is_weekend() => Ok((day, Row { name, working: true })),
        "work" => Err(CalendarError::WorkedAnyway { line, day }),
        _ => Err(CalendarError::Shape { line }),
    }
}
