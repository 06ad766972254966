//! Who works in a unit: handlers (经办人) with skills, capacity and absence, and how long a matter takes. Data; it chooses
//! nobody.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::directory::{Directory, MatterId, UnitId};
use crate::order::{Order, Urgency};
use crate::time::{Day, Timestamp};

/// Sorts after every due: an order without one has all the time there is.
const NEVER: Timestamp = Timestamp::of_ms(i64::MAX);

/// Handlers of a whole hotline, former ones included: as many as there may be tokens.
pub const HANDLERS_MAX: usize = 100_000;
/// Expected work on a matter for which nobody gave any, in minutes: half a working day. This project's choice.
pub const WORK_MINUTES_DEFAULT: u16 = 240;

/// Things that stand in the directory, in the journal and in snapshots.
macro_rules! kept {
    ($($item:item)+) => { $(
        #[derive(
            Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize,
            rkyv::Archive, rkyv::Serialize, rkyv::Deserialize,
        )]
        $item
    )+ };
}

kept! {
    /// Dense number of a handler in his unit; as with units, known ones keep theirs in every later version.
    #[derive(Copy, PartialOrd, Ord)]
    #[rkyv(derive(PartialEq, Eq, PartialOrd, Ord))]
    pub struct HandlerId(pub u32);

    /// Days on which somebody is away, the first and the last included.
    #[derive(Copy)]
    pub struct Absence {
        /// The first day.
        pub from: Day,
        /// The last day.
        pub to: Day,
    }

    /// Somebody who handles orders of one unit.
    pub struct Handler {
        /// Where he works.
        pub unit: UnitId,
        /// Name of his account, as his token has it.
        pub account: String,
        /// What people read.
        pub name: String,
        /// Matters that he can handle, with all below them, by id; empty = all.
        pub skills: Vec<MatterId>,
        /// Open orders he has at once.
        pub capacity: u16,
        /// When he is away.
        pub absences: Vec<Absence>,
        /// How many matters he can handle: a specialist has few.
        pub(crate) breadth: u32,
        /// In the version in force; who has left keeps his id.
        pub active: bool,
    }

    /// Who had an order that waits for a handler again.
    #[derive(Copy)]
    pub enum PastHandler {
        /// He knows it: he is asked first.
        Had(HandlerId),
        /// Somebody took it from him: he is asked last.
        TakenFrom(HandlerId),
    }

    /// The handlers of every unit, and the expected work on matters.
    #[derive(Default)]
    pub struct Staff {
        /// By id.
        handlers: Vec<Handler>,
        /// The active ones of each unit by account, by the unit's id; short where the last units have none.
        of_unit: Vec<Vec<HandlerId>>,
        /// Minutes of work on a matter and what lies below it.
        work_minutes: BTreeMap<MatterId, u16>,
    }
}

impl Handler {
    /// Whether he works on this day.
    pub fn is_present(&self, day: Day) -> bool {
        !self.absences.iter().any(|absence| (absence.from..=absence.to).contains(&day))
    }
}

impl HandlerId {
    fn slot(self) -> usize {
        // 32 bits fit everywhere this runs.
        self.0 as usize
    }
}

impl Staff {
    /// The handler with this id.
    ///
    /// # Panics
    /// When the id is not from this directory.
    pub fn handler(&self, id: HandlerId) -> &Handler {
        &self.handlers[id.slot()]
    }

    /// Every handler, by id, former ones included.
    pub fn handlers(&self) -> &[Handler] {
        &self.handlers
    }

    /// The handlers of a unit in force, by account.
    pub fn of(&self, unit: UnitId) -> &[HandlerId] {
        self.of_unit.get(usize::from(unit.0)).map_or(&[], Vec::as_slice)
    }

    /// The handler of a unit with this account.
    pub fn find(&self, unit: UnitId, account: &str) -> Option<HandlerId> {
        let of_unit = self.of(unit);
        let found = of_unit.binary_search_by(|&id| self.handler(id).account.as_str().cmp(account));
        found.ok().map(|at| of_unit[at])
    }

    /// Forgets who works where and how long it takes, before a new version is put in. Ids stay.
    pub(crate) fn begin_version(&mut self) {
        self.handlers.iter_mut().for_each(|handler| handler.active = false);
        self.of_unit.clear();
        self.work_minutes.clear();
    }

    /// Adds handlers, or updates those who are known in the same unit.
    pub(crate) fn put(&mut self, handlers: Vec<Handler>) {
        let known = self
            .handlers
            .iter()
            .zip(0..)
            .map(|(handler, slot)| ((handler.unit, handler.account.clone()), HandlerId(slot)));
        let known: BTreeMap<(UnitId, String), HandlerId> = known.collect();
        for handler in handlers {
            let unit = usize::from(handler.unit.0);
            let next = u32::try_from(self.handlers.len()).expect("HANDLERS_MAX fits");
            let id = known.get(&(handler.unit, handler.account.clone())).copied();
            let id = id.unwrap_or(HandlerId(next));
            if id.0 == next {
                self.handlers.push(handler);
            } else {
                self.handlers[id.slot()] = handler;
            }
            if self.of_unit.len() <= unit {
                self.of_unit.resize(unit + 1, Vec::new());
            }
            self.of_unit[unit].push(id);
        }
        for ids in &mut self.of_unit {
            ids.sort_unstable_by(|a, b| {
                self.handlers[a.slot()].account.cmp(&self.handlers[b.slot()].account)
            });
        }
    }

    pub(crate) fn put_work(&mut self, matter: MatterId, minutes: u16) {
        self.work_minutes.insert(matter, minutes);
    }
}

impl Directory {
    /// Minutes of work that a matter is expected to take: its own, or those of the nearest matter above it.
    pub fn work_minutes(&self, matter: Option<MatterId>) -> u16 {
        let given = self.upwards(matter).find_map(|above| self.staff.work_minutes.get(&above));
        given.copied().unwrap_or(WORK_MINUTES_DEFAULT)
    }

    /// Whether the handler can handle the matter. One that nobody knows asks for somebody who can handle all.
    pub fn has_skill(&self, handler: &Handler, matter: Option<MatterId>) -> bool {
        handler.skills.is_empty()
            || self.upwards(matter).any(|above| handler.skills.binary_search(&above).is_ok())
    }

    /// When work on an order must begin to be done by the due of its reply, or of the first reply to those that are handled
    /// with it (due less expected work); `None` without a due.
    ///
    /// The minutes are taken off as they pass, night or day: what counts is which order is before which.
    pub fn start_by(&self, order: &Order) -> Option<Timestamp> {
        Some(self.begun_for(order, order.first_due()?))
    }

    /// The place of an order among those that wait: how little its urgency presses, 0 = most; then when work on it must begin.
    ///
    /// What is late already takes the place of one due at its supervision, so that one order that came too late makes no
    /// other late: it gives way to what can be in time, for as long as its supervision is farther off. From supervision on,
    /// and where the rules know none, it stands where its due puts it. Without a due there is all the time there is. Orders
    /// that are handled as one have the turn of the one whose turn is first.
    pub fn turn_of(&self, order: &Order) -> (u8, Timestamp) {
        let calm = match order.urgency {
            Urgency::Critical => 0,
            Urgency::Urgent => 1,
            Urgency::Normal => 2,
        };
        let joined = order.merged.iter().filter_map(|joined| joined.turn);
        let turn = order.own_turn().into_iter().chain(joined).min();
        (calm, turn.map_or(NEVER, |turn| self.begun_for(order, turn)))
    }

    /// When work on an order must begin to be done by then.
    fn begun_for(&self, order: &Order, due: Timestamp) -> Timestamp {
        due.plus_seconds(-60 * i64::from(self.work_minutes(order.matter)))
    }

    /// A matter and everything above it.
    fn upwards(&self, matter: Option<MatterId>) -> impl Iterator<Item = MatterId> {
        std::iter::successors(matter, |&below| self.parent_matter(below))
    }
}
