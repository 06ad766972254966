//! Handlers and expected work as somebody wrote them, by code, and what is wrong with them. `draft` checks the rest of a
//! directory, `staff` holds what was adopted.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::directory::{Directory, Level};
use crate::staff::{Absence, HANDLERS_MAX, Handler};
use crate::time::Day;

/// Handlers of one unit: the largest bureau's, and a bound for the choice among them.
pub const UNIT_HANDLERS_MAX: usize = 1_000;
/// Open orders of one handler at once: more is nobody's to keep an eye on.
pub const CAPACITY_MAX: u16 = 1_000;
/// Minutes of work on one order: sixty working days.
pub const WORK_MINUTES_MAX: u16 = 28_800;
/// Bytes of an account's name, or of a handler's.
const NAME_BYTES_MAX: usize = 200;
/// Matters or absences that one handler is listed with: a year of single days.
const LISTED_MAX: usize = 366;

/// A handler, by codes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HandlerDraft {
    /// Code of his unit.
    pub unit: String,
    /// Name of his account.
    pub account: String,
    /// What people read.
    pub name: String,
    /// Paths of matters, leaves or groups; empty = all.
    pub skills: Vec<String>,
    /// Open orders at once.
    pub capacity: u16,
    /// First and last days of absences.
    pub absences: Vec<(Day, Day)>,
}

/// Expected work on a matter and what lies below it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WorkDraft {
    /// Path of the matter, a leaf or a group.
    pub matter: String,
    /// Minutes.
    pub minutes: u16,
}

/// What is wrong with handlers or expected work; names the row and the field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StaffError {
    /// A row of a handler is wrong.
    #[error("handler row {row}: {fault}")]
    Handler {
        /// Number of the row, from 1.
        row: usize,
        /// What is wrong.
        fault: HandlerFault,
    },
    /// A row of expected work is wrong.
    #[error("work row {row}: {fault}")]
    Work {
        /// Number of the row, from 1.
        row: usize,
        /// What is wrong.
        fault: WorkFault,
    },
}

/// What is wrong with one handler.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandlerFault {
    /// His unit is not listed.
    #[error("unknown unit `{0}`")]
    Unit(String),
    /// A skill is not listed.
    #[error("skills: unknown matter `{0}`")]
    Skill(String),
    /// He stands twice in one unit.
    #[error("handler `{0}` is listed twice in his unit")]
    Twice(String),
    /// His account or name is empty or too long.
    #[error("handler `{0}` and its name are not 1 to {NAME_BYTES_MAX} bytes")]
    Name(String),
    /// His capacity is none, or nobody's.
    #[error("capacity {0} is not between 1 and {CAPACITY_MAX}")]
    Capacity(u16),
    /// He comes back before he goes.
    #[error("absent: {0}..{1} ends before it begins")]
    Backwards(Day, Day),
    /// More skills or absences than can be meant.
    #[error("{0}: more than {LISTED_MAX}")]
    TooMany(&'static str),
    /// His unit has no room for him.
    #[error("unit `{0}` has more than {UNIT_HANDLERS_MAX} handlers")]
    UnitFull(String),
}

/// What is wrong with one expectation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkFault {
    /// The matter is not listed.
    #[error("unknown matter `{0}`")]
    Matter(String),
    /// The matter stands twice.
    #[error("matter `{0}` is listed twice")]
    Twice(String),
    /// No work, or more than any order takes.
    #[error("work_minutes {0} is not between 1 and {WORK_MINUTES_MAX}")]
    Minutes(u16),
}

/// Finds the first mistake in handlers and expected work. `matters` is in order.
pub(crate) fn check(
    handlers: &[HandlerDraft],
    work: &[WorkDraft],
    units: &BTreeMap<&str, Level>,
    matters: &[&str],
) -> Result<(), StaffError> {
    let mut staffed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (handler, row) in handlers.iter().zip(1..) {
        let wrong = |fault| StaffError::Handler { row, fault };
        check_handler(handler, units, matters).map_err(wrong)?;
        let accounts = staffed.entry(&handler.unit).or_default();
        if !accounts.insert(&handler.account) {
            return Err(wrong(HandlerFault::Twice(handler.account.clone())));
        }
        if accounts.len() > UNIT_HANDLERS_MAX {
            return Err(wrong(HandlerFault::UnitFull(handler.unit.clone())));
        }
    }
    let mut expected = BTreeSet::new();
    for (work, row) in work.iter().zip(1..) {
        let WorkDraft { matter, minutes } = work;
        let fault = if matters.binary_search(&matter.as_str()).is_err() {
            WorkFault::Matter(matter.clone())
        } else if !(1..=WORK_MINUTES_MAX).contains(minutes) {
            WorkFault::Minutes(*minutes)
        } else if !expected.insert(matter) {
            WorkFault::Twice(matter.clone())
        } else {
            continue;
        };
        return Err(StaffError::Work { row, fault });
    }
    Ok(())
}

fn check_handler(
    handler: &HandlerDraft,
    units: &BTreeMap<&str, Level>,
    matters: &[&str],
) -> Result<(), HandlerFault> {
    let HandlerDraft { unit, account, name, skills, capacity, absences } = handler;
    if !units.contains_key(unit.as_str()) {
        return Err(HandlerFault::Unit(unit.clone()));
    }
    let is_name = |name: &str| !name.trim().is_empty() && name.len() <= NAME_BYTES_MAX;
    if !is_name(account) || !is_name(name) {
        return Err(HandlerFault::Name(account.clone()));
    }
    for (what, count) in [("skills", skills.len()), ("absent", absences.len())] {
        if count > LISTED_MAX {
            return Err(HandlerFault::TooMany(what));
        }
    }
    let unknown = |skill: &&String| matters.binary_search(&skill.as_str()).is_err();
    if let Some(skill) = skills.iter().find(unknown) {
        return Err(HandlerFault::Skill(skill.clone()));
    }
    if !(1..=CAPACITY_MAX).contains(capacity) {
        return Err(HandlerFault::Capacity(*capacity));
    }
    match absences.iter().find(|(from, to)| to < from) {
        Some(&(from, to)) => Err(HandlerFault::Backwards(from, to)),
        None => Ok(()),
    }
}

/// How many handlers the directory would know, former ones included: ids are never given back.
pub(crate) fn known_count(handlers: &[HandlerDraft], directory: &Directory) -> usize {
    let known = directory.staff().handlers();
    let code = |known: &Handler| directory.unit(known.unit).code.clone();
    let mut all: BTreeSet<(String, &str)> =
        known.iter().map(|handler| (code(handler), handler.account.as_str())).collect();
    all.extend(handlers.iter().map(|handler| (handler.unit.clone(), handler.account.as_str())));
    all.len()
}

/// Puts checked handlers and expected work in force, after units and matters.
pub(crate) fn adopt(handlers: &[HandlerDraft], work: &[WorkDraft], directory: &mut Directory) {
    let adopted = handlers.iter().map(|handler| adopted(handler, directory)).collect();
    directory.staff.begin_version();
    directory.staff.put(adopted);
    for WorkDraft { matter, minutes } in work {
        let matter = directory.matter_id(matter).expect("a checked draft names listed matters");
        directory.staff.put_work(matter, *minutes);
    }
    assert!(directory.staff.handlers().len() <= HANDLERS_MAX, "a checked draft has room");
}

fn adopted(draft: &HandlerDraft, directory: &Directory) -> Handler {
    let skill =
        |path: &String| directory.matter_id(path).expect("a checked draft names listed matters");
    let mut skills: Vec<_> = draft.skills.iter().map(skill).collect();
    skills.sort_unstable();
    skills.dedup();
    let mut handler = Handler {
        unit: directory.unit_id(&draft.unit).expect("a checked draft names listed units"),
        account: draft.account.clone(),
        name: draft.name.clone(),
        skills,
        capacity: draft.capacity,
        absences: draft.absences.iter().map(|&(from, to)| Absence { from, to }).collect(),
        breadth: 0,
        active: true,
    };
    let can_handle = |(matter, _): &(_, _)| directory.has_skill(&handler, Some(*matter));
    let breadth = directory.matters().filter(can_handle).count();
    handler.breadth = u32::try_from(breadth).expect("ENTRIES_MAX fits");
    handler
}
