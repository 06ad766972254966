//! Finds what stands against a profile: by itself, and beside the directory whose units and matters it names.

use std::fmt;

use super::limit_row::wider;
use super::{DayEnds, LimitRow, Profile, Subject};
use crate::conduct;
use crate::directory::Directory;
use crate::escalation::Turn;
use crate::limit::{Clock, Limit};
use crate::order::{Kind, Stage, Urgency};
use crate::time::Timestamp;

/// Working days or minutes between a due and a rung of its ladder: a working year, or a quarter of a day.
const ESCALATION_MAX: u16 = 250;
/// Parts of a limit, one for each word of its conditions, that are looked at to see whether it ever counts.
const PARTS_MAX: usize = 20_000;
/// The first hotline of a city's government (市长电话) is of 1983: what is older is a typing mistake, as is a day that nobody
/// alive will see.
const YEARS: std::ops::RangeInclusive<i16> = 1983..=2100;
/// Percent of the way to a rung: the whole of it is the rung itself.
const SHARE_MAX: u16 = 99;

/// Where something stands in a profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The table, with a dot before one inside another; none = at the head.
    pub table: Option<&'static str>,
    /// Number of the table among those of its name, from 1.
    pub row: Option<usize>,
    /// The key; none = the table as a whole.
    pub key: Option<&'static str>,
}

impl Place {
    /// A key before all tables.
    pub(crate) fn head(key: &'static str) -> Place {
        Place { key: Some(key), ..Place::default() }
    }

    /// A key of a table.
    pub(crate) fn of(table: &'static str, key: &'static str) -> Place {
        Place { table: Some(table), row: None, key: Some(key) }
    }

    /// A table among several, counted from 0.
    pub(crate) fn row(table: &'static str, at: usize) -> Place {
        Place { table: Some(table), row: Some(at + 1), key: None }
    }

    /// A key of it.
    pub(crate) fn key(self, key: &'static str) -> Place {
        Place { key: Some(key), ..self }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.table.unwrap_or_default().replace('.', ": "))?;
        if let Some(row) = self.row {
            write!(f, " {row}")?;
        }
        match (self.table, self.key) {
            (Some(_), Some(key)) => write!(f, ": {key}"),
            (None, Some(key)) => f.write_str(key),
            (_, None) => Ok(()),
        }
    }
}

/// Why a profile is refused; names the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("profile `{profile}`: {fault}")]
pub struct ProfileError {
    /// The profile.
    pub profile: String,
    /// What stands against it.
    pub fault: Box<ProfileFault>,
}

/// What stands against a profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileFault {
    /// A key that must say something is empty.
    #[error("{at} is empty")]
    Empty {
        /// The key.
        at: Place,
    },
    /// A limit is zero or longer than a year.
    #[error("{at} is not between 1 and {max} {unit}")]
    Length {
        /// The key.
        at: Place,
        /// Longest that makes sense.
        max: u32,
        /// Of what.
        unit: &'static str,
    },
    /// A first day on which no hotline had rules, or that none will see.
    #[error("{at} is not between {}, when the first hotline began, and {}", YEARS.start(), YEARS.end())]
    Year {
        /// The key.
        at: Place,
    },
    /// Praise has no limits (表扬 is passed on, never counted).
    #[error("{at}: praise is never due")]
    Praise {
        /// The row.
        at: Place,
    },
    /// Whatever fits this row fits an earlier one, which counts.
    #[error("{at} never counts: {earlier} fits all that it fits")]
    Dead {
        /// The row.
        at: Place,
        /// The row that counts instead.
        earlier: Place,
    },
    /// The same where several earlier ones share what fits it.
    #[error(
        "{at} never counts: those before it, from {earlier} on, fit all that it fits; write it before them"
    )]
    DeadBelow {
        /// The row.
        at: Place,
        /// The first of the rows that count instead.
        earlier: Place,
    },
    /// A part of handling, or a cycle after the first, is given more time than handling itself, whatever it is about.
    #[error("{at} is longer than {handling}, whatever it fits: {why}")]
    Outlasts {
        /// The key.
        at: Place,
        /// The row of the handling that is shorter.
        handling: Place,
        /// What must be the shorter one.
        why: &'static str,
    },
    /// A rung of the ladder would not be climbed in its turn.
    #[error("{at} is not more than {than}: {why}")]
    OutOfTurn {
        /// The key that must be the larger one.
        at: Place,
        /// The key that must be smaller.
        than: &'static str,
        /// What comes first.
        why: &'static str,
    },
    /// A clock needs office hours, and no row gives them to every unit.
    #[error("{at} needs office hours: an [[hours]] row without units is missing")]
    NoHours {
        /// What needs them.
        at: Place,
    },
    /// No row limits the handling of a kind at some urgency.
    #[error("no limit for stage `handle` of kind `{}`, urgency `{}`", kind.code(), urgency.code())]
    Gap {
        /// The kind without a limit.
        kind: Kind,
        /// The urgency without a limit.
        urgency: Urgency,
    },
    /// A unit that the district does not have.
    #[error("{at}: `{unit}` is no unit of the directory")]
    UnknownUnit {
        /// The key that names it.
        at: Place,
        /// The code.
        unit: String,
    },
    /// A unit that may not have the last word on what a department must do.
    #[error("{at}: `{unit}` is a street or community; only a department is behind the last rung")]
    LowUnit {
        /// The key that names it.
        at: Place,
        /// The code.
        unit: String,
    },
    /// A matter that the district does not have.
    #[error("{at}: `{matter}` is no matter of the directory")]
    UnknownMatter {
        /// The key that names it.
        at: Place,
        /// The path.
        matter: String,
    },
}

/// One subject with every channel, matter and unit that a row names; with none where it names none.
fn named_in<'a>(row: &'a LimitRow, subject: Subject<'a>) -> Vec<Subject<'a>> {
    fn each<T: Copy>(listed: impl Iterator<Item = T>) -> Vec<Option<T>> {
        let mut all: Vec<Option<T>> = listed.map(Some).collect();
        if all.is_empty() {
            all.push(None);
        }
        all
    }
    let (channels, matters) =
        (each(row.channels.iter().copied()), each(row.matters.iter().map(String::as_str)));
    let units = each(row.units.iter().map(String::as_str));
    let mut named = Vec::with_capacity(channels.len() * matters.len() * units.len());
    for &channel in &channels {
        for &matter in &matters {
            let of = |&unit| Subject { channel, matter, unit, tags: &row.tags, ..subject };
            named.extend(units.iter().map(of));
        }
    }
    named
}

impl ProfileFault {
    /// Where it stands, if it stands anywhere.
    pub fn place(&self) -> Option<Place> {
        match self {
            ProfileFault::Empty { at }
            | ProfileFault::Year { at }
            | ProfileFault::Length { at, .. }
            | ProfileFault::Praise { at }
            | ProfileFault::Dead { at, .. }
            | ProfileFault::DeadBelow { at, .. }
            | ProfileFault::Outlasts { at, .. }
            | ProfileFault::OutOfTurn { at, .. }
            | ProfileFault::NoHours { at }
            | ProfileFault::UnknownUnit { at, .. }
            | ProfileFault::LowUnit { at, .. }
            | ProfileFault::UnknownMatter { at, .. } => Some(*at),
            ProfileFault::Gap { .. } => None,
        }
    }
}

impl Profile {
    /// Refuses what makes no sense: empty names, limits out of range, rows that never count, handling without a limit, a
    /// ladder whose rungs stand in no order.
    ///
    /// # Errors
    /// The first fault, with the key that has it.
    pub fn check(&self) -> Result<(), ProfileError> {
        self.refuse(self.fault())
    }

    /// Refuses a profile that names units or matters which the directory in force does not have: a limit that never counts,
    /// hours that nobody keeps, a final owner who never comes.
    ///
    /// # Errors
    /// The first fault, with the key that has it.
    pub fn check_names(&self, directory: &Directory) -> Result<(), ProfileError> {
        self.refuse(self.unknown_name(directory))
    }

    fn refuse(&self, fault: Option<ProfileFault>) -> Result<(), ProfileError> {
        fault.map_or(Ok(()), |fault| {
            Err(ProfileError { profile: self.name.clone(), fault: Box::new(fault) })
        })
    }

    fn fault(&self) -> Option<ProfileFault> {
        let head = [("name", &self.name), ("title", &self.title)];
        let blank = head.into_iter().find(|(_, text)| text.trim().is_empty());
        if let Some((key, _)) = blank {
            return Some(ProfileFault::Empty { at: Place::head(key) });
        }
        if !YEARS.contains(&self.effective_from.year()) {
            return Some(ProfileFault::Year { at: Place::head("effective_from") });
        }
        let mut rows = self.limits.iter().enumerate();
        rows.find_map(|(at, row)| self.row_fault(at, row))
            .or_else(|| self.margin_fault())
            .or_else(|| self.escalation_fault())
            .or_else(|| self.conduct_fault())
            .or_else(|| self.hours_fault())
            .or_else(|| self.gap())
            .or_else(|| (0..self.limits.len()).find_map(|number| self.outlasts(number)))
    }

    /// A limit for signing, refusing, helping or handling anew that never ends before that of handling, as far as that is certain
    /// whatever the days are.
    fn outlasts(&self, number: usize) -> Option<ProfileFault> {
        let row = &self.limits[number];
        let why = match row.stage {
            Stage::Sign | Stage::Return | Stage::CoHandle => {
                "signing, refusing and helping are parts of handling"
            }
            Stage::Handle if row.rework => "a new cycle is no longer than a first one",
            _ => return None,
        };
        let at = Timestamp::default();
        let subjects = Kind::ALL.iter().flat_map(|&kind| {
            Urgency::ALL.iter().map(move |&urgency| Subject::new(Stage::Handle, kind, urgency, at))
        });
        let mut shorter = None;
        for subject in subjects.flat_map(|subject| named_in(row, subject)) {
            if !row.fits(&Subject { stage: row.stage, rework: row.rework, ..subject }) {
                continue;
            }
            let Some((handling, other)) = self.limit(&subject) else { continue };
            if !row.limit.outlasts(other.limit) {
                return None;
            }
            shorter = Some(handling);
        }
        let handling = Place::row("limit", shorter? - 1);
        let at = Place::row("limit", number).key(row.limit.key());
        Some(ProfileFault::Outlasts { at, handling, why })
    }

    fn row_fault(&self, number: usize, row: &LimitRow) -> Option<ProfileFault> {
        let at = Place::row("limit", number);
        if row.source.trim().is_empty() {
            return Some(ProfileFault::Empty { at: at.key("source") });
        }
        if let Some(list) = row.blank_condition() {
            return Some(ProfileFault::Empty { at: at.key(list) });
        }
        if row.kinds.contains(&Kind::Praise) {
            return Some(ProfileFault::Praise { at: at.key("kinds") });
        }
        length_fault(at.key(row.limit.key()), row.limit).or_else(|| {
            let place = |earlier| Place::row("limit", earlier);
            let before = &self.limits[..number];
            if let Some(earlier) = before.iter().position(|earlier| earlier.covers(row)) {
                return Some(ProfileFault::Dead { at, earlier: place(earlier) });
            }
            let earlier = row.parts().enumerate().map(|(count, part)| {
                before.iter().position(|it| it.covers(&part)).filter(|_| count < PARTS_MAX)
            });
            let first = earlier.collect::<Option<Vec<_>>>()?.into_iter().min()?;
            Some(ProfileFault::DeadBelow { at, earlier: place(first) })
        })
    }

    fn margin_fault(&self) -> Option<ProfileFault> {
        let margin = self.upstream.as_ref()?;
        if margin.source.trim().is_empty() {
            return Some(ProfileFault::Empty { at: Place::of("upstream", "source") });
        }
        let limit = Limit::WorkingDays(margin.working_days_earlier);
        length_fault(Place::of("upstream", "working_days_earlier"), limit)
    }

    fn escalation_fault(&self) -> Option<ProfileFault> {
        let escalation = self.escalation.as_ref()?;
        if escalation.source.trim().is_empty() {
            return Some(ProfileFault::Empty { at: Place::of("escalation", "source") });
        }
        let too_long = |&(_, length): &(_, Option<u16>)| {
            length.is_some_and(|length| length == 0 || length > ESCALATION_MAX)
        };
        if let Some((key, _)) = escalation.lengths().into_iter().find(too_long) {
            let (at, max) = (Place::of("escalation", key), ESCALATION_MAX.into());
            return Some(ProfileFault::Length { at, max, unit: "working days or minutes" });
        }
        if escalation.short_limit_percent.is_some_and(|share| share == 0 || share > SHARE_MAX) {
            let at = Place::of("escalation", "short_limit_percent");
            return Some(ProfileFault::Length { at, max: SHARE_MAX.into(), unit: "percent" });
        }
        let Turn { key, than, why, .. } =
            escalation.turns().into_iter().find(|turn| turn.is_wrong)?;
        Some(ProfileFault::OutOfTurn { at: Place::of("escalation", key), than, why })
    }

    fn conduct_fault(&self) -> Option<ProfileFault> {
        let Profile { extension, pause, rework, arbitration, .. } = self;
        conduct::fault(extension.as_ref(), pause.as_ref(), rework.as_ref(), arbitration.as_ref())
            .or_else(|| self.duplicates.as_ref()?.fault())
            .or_else(|| self.rating.as_ref()?.fault())
    }

    fn hours_fault(&self) -> Option<ProfileFault> {
        for (number, row) in self.hours.iter().enumerate() {
            let at = Place::row("hours", number);
            if row.source.trim().is_empty() {
                return Some(ProfileFault::Empty { at: at.key("source") });
            }
            let covers = |earlier: &super::HoursRow| wider(&earlier.units, &row.units);
            if let Some(earlier) = self.hours[..number].iter().position(covers) {
                let earlier = Place::row("hours", earlier);
                return Some(ProfileFault::Dead { at, earlier });
            }
        }
        if self.hours.iter().any(|row| row.units.is_empty()) {
            return None;
        }
        let needs = |row: &LimitRow| {
            matches!(row.limit.clock(), Clock::WorkingHours | Clock::EmergencyHours)
        };
        let row = self.limits.iter().position(needs);
        let row = row.map(|at| Place::row("limit", at).key(self.limits[at].limit.key()));
        let office = (self.day_ends == DayEnds::Office).then(|| Place::head("day_ends"));
        row.or(office).map(|at| ProfileFault::NoHours { at })
    }

    fn gap(&self) -> Option<ProfileFault> {
        let at = Timestamp::default();
        for &kind in Kind::ALL.iter().filter(|&&kind| kind != Kind::Praise) {
            for &urgency in Urgency::ALL {
                if self.limit(&Subject::new(Stage::Handle, kind, urgency, at)).is_none() {
                    return Some(ProfileFault::Gap { kind, urgency });
                }
            }
        }
        None
    }

    fn unknown_name(&self, directory: &Directory) -> Option<ProfileFault> {
        let is_unit =
            |code: &str| directory.unit_id(code).is_some_and(|unit| directory.is_active(unit));
        let unknown_unit = |at: Place, codes: &[String]| {
            let unit = codes.iter().find(|code| !is_unit(code))?.clone();
            Some(ProfileFault::UnknownUnit { at, unit })
        };
        for (number, row) in self.limits.iter().enumerate() {
            let at = Place::row("limit", number);
            let matter = row.matters.iter().find(|path| directory.matter_id(path).is_none());
            if let Some(matter) = matter.cloned() {
                return Some(ProfileFault::UnknownMatter { at: at.key("matters"), matter });
            }
            if let Some(fault) = unknown_unit(at.key("units"), &row.units) {
                return Some(fault);
            }
        }
        let mut hours = self.hours.iter().enumerate();
        hours
            .find_map(|(at, row)| unknown_unit(Place::row("hours", at).key("units"), &row.units))
            .or_else(|| {
                let (at, arbitration) =
                    (Place::of("arbitration", "backstop"), self.arbitration.as_ref()?);
                let low = |code: &&String| {
                    directory.unit_id(code).is_some_and(|unit| directory.is_grassroots(unit))
                };
                let unit = arbitration.backstop.as_ref().filter(low).cloned();
                let low = unit.map(|unit| ProfileFault::LowUnit { at, unit });
                unknown_unit(at, arbitration.backstop.as_slice()).or(low)
            })
    }
}

fn length_fault(at: Place, limit: Limit) -> Option<ProfileFault> {
    let (length, longest) = (limit.length(), limit.longest());
    let (max, unit) = match limit {
        Limit::Minutes(_) => (longest, "minutes"),
        Limit::Hours(_) | Limit::WorkingHours(_) | Limit::EmergencyHours(_) => {
            (longest / 60, "hours")
        }
        Limit::CalendarDays(_) => (longest, "calendar days"),
        Limit::WorkingDays(_) => (longest, "working days"),
    };
    (length == 0 || length > longest).then_some(ProfileFault::Length { at, max, unit })
}
