//! A run: what happens when, one thing after the other, with the engine deciding on each. Holds no clock: the time is that of
//! the thing that happens.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use hotline_engine::actor::{Actor, Role};
use hotline_engine::command::{Action, Command};
use hotline_engine::directory::{Directory, MatterId, UnitId};
use hotline_engine::draft::{DirectoryDraft, HolderDraft};
use hotline_engine::event::Event;
use hotline_engine::order::{Confidence, Order, OrderId, Stage, Status};
use hotline_engine::rules::RulesError;
use hotline_engine::staff_draft::HandlerDraft;
use hotline_engine::time::{Day, Timestamp};
use hotline_engine::{Rejection, Rules, State, step};

use super::causes::Cause;
use super::course::Course;
use super::crews::{self, Crew};
use super::demand::{Demand, LEAD_DAYS};
use super::desk::{Desk, Verdicts};
use super::ground::Ground;
use super::office::Office;
use super::outcome::{Notes, Outcome};
use super::policy::{Dispatching, Policy, Switches};
use super::scenario::Scenario;
use super::town::{self, led_by};
use crate::chance::{Chance, Purpose};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// How long after the last day office hours are laid out: what is accepted then is due by then.
const BEHIND_DAYS: i32 = 60;

/// Why a run cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The scenario says something that cannot be.
    Scenario(String),
    /// The profiles make no sense.
    Rules(RulesError),
    /// The engine refuses the directory.
    Directory(Rejection),
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refused::Scenario(why) => write!(f, "scenario: {why}"),
            Refused::Rules(why) => write!(f, "rules: {why}"),
            Refused::Directory(why) => write!(f, "directory: {why}"),
        }
    }
}

impl std::error::Error for Refused {}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Happening {
    /// A contact, by its number.
    Contact(usize),
    /// Offices open.
    Opening,
    /// Offices close.
    Closing,
    /// Duties change hands, by their place in the list.
    Duty(usize),
    /// A dispatcher has made up his mind.
    Decided(usize, OrderId),
    /// An arbiter has.
    Arbitrated(OrderId),
    /// A unit looks at what it got, for the how manieth time.
    Look(OrderId, u32),
    /// Somebody of a unit has finished his job, by its turn.
    Done(UnitId, usize, u32),
    /// Somebody calls the caller back.
    CallBack(OrderId),
    /// Time passes for the engine.
    Tick,
}

/// One district under one policy.
pub(super) struct Run<'a> {
    pub(super) ground: &'a Ground,
    pub(super) scenario: &'a Scenario,
    pub(super) seed: u64,
    pub(super) switches: Switches,
    pub(super) rules: Rules,
    pub(super) state: State,
    pub(super) demand: Demand,
    pub(super) office: Office,
    pub(super) courses: Vec<Course>,
    pub(super) crews: Vec<Crew>,
    pub(super) desk: Desk,
    pub(super) verdicts: Verdicts,
    pub(super) notes: Notes,
    /// What everybody knew on the first day.
    pub(super) first_list: Directory,
    /// Whose duty a matter has become since.
    duties: BTreeMap<MatterId, UnitId>,
    /// What is urgent and with a unit.
    pub(super) urgent: BTreeSet<OrderId>,
    changes: Vec<(Timestamp, MatterId, UnitId)>,
    draft: DirectoryDraft,
    queue: BinaryHeap<Reverse<(Timestamp, u64, Happening)>>,
    queued: u64,
    tick_at: Option<Timestamp>,
    now: Timestamp,
}

/// Runs one of a scenario's districts, told from the others by its number; `tell` hears how much of it is done, in percent.
///
/// # Errors
/// [`Refused`].
pub fn run(
    ground: &Ground,
    scenario: &Scenario,
    policy: Policy,
    (seed, district): (u64, u32),
    tell: &mut dyn FnMut(u64),
) -> Result<Outcome, Refused> {
    scenario.check().map_err(Refused::Scenario)?;
    // Far enough apart that no district of one seed is a district of another.
    let seed_of_district = seed.wrapping_add(u64::from(district) << 40);
    let mut run = Run::set_up(ground, scenario, policy, seed_of_district)?;
    run.play(tell);
    Ok(Outcome::of(&run, policy, seed))
}

impl<'a> Run<'a> {
    fn set_up(
        ground: &'a Ground,
        scenario: &'a Scenario,
        policy: Policy,
        seed: u64,
    ) -> Result<Run<'a>, Refused> {
        let switches = policy.switches();
        let mut profiles = ground.profiles.clone();
        for profile in &mut profiles {
            profile.duplicates = profile.duplicates.take().filter(|_| switches.duplicates);
            profile.arbitration = profile.arbitration.take().filter(|_| switches.return_memory);
        }
        let least = match switches.dispatching {
            Dispatching::Engine => ground.confidence_min,
            Dispatching::ByHand | Dispatching::Table => Confidence(0),
        };
        let mut rules =
            Rules::new(profiles, ground.calendar.clone(), least).map_err(Refused::Rules)?;
        if switches.dispatching == Dispatching::Engine {
            rules.confidence_min_of = ground.confidence_min_of.clone();
        }
        let first = scenario.from.start().plus_days(-LEAD_DAYS);
        let last = Day(scenario.to().0 + BEHIND_DAYS);
        let office = Office::of(rules.profile(first), &rules.calendar, first.day(), last);
        let first_list = ground.draft.adopted_by(&Directory::default());
        let unknown = |code: &&String| first_list.unit_id(code).is_none();
        let named = scenario.surges.iter().filter_map(|surge| surge.unit.as_ref());
        if let Some(code) = named.into_iter().find(unknown) {
            let why = format!("`surges.unit` is `{code}`, which the district does not have");
            return Err(Refused::Scenario(why));
        }
        let changes = town::changes(ground, scenario, seed, &first_list);
        let after = changes.iter().map(|&(_, matter, unit)| (matter, unit)).collect();
        let shares = town::shares(ground, &first_list, first, &BTreeMap::new());
        let shares_after = town::shares(ground, &first_list, first, &after);
        let demand = Demand::of(scenario, seed, &first_list, |unit| {
            let of = shares.get(&unit);
            (of.map_or(0, |it| it.0), of.map_or(Vec::new(), |it| it.1.clone()))
        });
        let crews = town::crewed(scenario, seed, &office, &first_list, [&shares, &shares_after]);
        let mut run = Run {
            ground,
            scenario,
            seed,
            switches,
            rules,
            state: State::default(),
            demand,
            office,
            courses: Vec::new(),
            crews,
            desk: Desk::of(town::dispatchers(scenario)),
            verdicts: Verdicts::default(),
            notes: Notes::default(),
            changes,
            first_list,
            duties: BTreeMap::new(),
            urgent: BTreeSet::new(),
            draft: ground.draft.clone(),
            queue: BinaryHeap::new(),
            queued: 0,
            tick_at: None,
            now: first,
        };
        run.list_handlers();
        run.adopt().map_err(Refused::Directory)?;
        Ok(run)
    }

    /// Where the engine hands out, it must know to whom.
    fn list_handlers(&mut self) {
        if !self.switches.slack_order {
            return;
        }
        for (unit, crew) in self.crews.iter().enumerate() {
            let code = &self.first_list.unit(UnitId(unit as u16)).code;
            self.draft.handlers.extend(crew.workers.iter().map(|worker| HandlerDraft {
                unit: code.clone(),
                account: worker.account.clone(),
                name: worker.account.clone(),
                skills: Vec::new(),
                capacity: crews::CAPACITY,
                absences: worker.away.clone(),
            }));
        }
    }

    fn adopt(&mut self) -> Result<(), Rejection> {
        let action = Action::AdoptDirectory(Box::new(self.draft.clone()));
        let command = Command { actor: Actor::system(), seen: None, action };
        step(&mut self.state, &self.rules, self.now, &command)?;
        let staff = self.state.directory().staff();
        for (unit, crew) in self.crews.iter_mut().enumerate() {
            for worker in &mut crew.workers {
                worker.handler = staff.find(UnitId(unit as u16), &worker.account);
            }
        }
        Ok(())
    }

    fn play(&mut self, tell: &mut dyn FnMut(u64)) {
        let (begin, end) = (self.now, self.scenario.to().end());
        let spans: Vec<_> = self.office.spans().collect();
        for (open, close) in spans {
            self.later(open, Happening::Opening);
            self.later(close, Happening::Closing);
        }
        for place in 0..self.changes.len() {
            self.later(self.changes[place].0, Happening::Duty(place));
        }
        self.later(begin, Happening::Tick);
        if let Some(first) = self.demand.contacts.first() {
            self.later(first.at, Happening::Contact(0));
        }
        let mut told = 0;
        while let Some(Reverse((at, _, happening))) = self.queue.pop() {
            if at > end {
                break;
            }
            self.now = at;
            self.notes.pass(at, self.scenario.from, self.state.orders().len());
            self.happen(happening);
            let share =
                ((at.ms() - begin.ms()) * 100 / (end.ms() - begin.ms()).max(1)).unsigned_abs();
            if share > told {
                told = share;
                tell(told);
            }
        }
        self.now = end;
    }

    pub(super) fn later(&mut self, at: Timestamp, happening: Happening) {
        self.queued += 1;
        self.queue.push(Reverse((at, self.queued, happening)));
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Contact(number) => self.contact(number),
            Happening::Opening => self.open(),
            Happening::Closing => self.close(),
            Happening::Duty(place) => {
                let (_, matter, unit) = self.changes[place];
                self.duties.insert(matter, unit);
            }
            Happening::Decided(dispatcher, order) => self.decided(dispatcher, order),
            Happening::Arbitrated(order) => self.arbitrated(order),
            Happening::Look(order, visit) => self.look(order, visit),
            Happening::Done(unit, worker, turn) => self.done(unit, worker, turn),
            Happening::CallBack(order) => self.call_back(order),
            Happening::Tick => self.tick(),
        }
    }

    /// The engine gets a tick in the next full minute; nobody waits longer for what is free.
    pub(super) fn soon(&mut self) {
        let at = Timestamp::of_ms((self.now.ms() / MINUTE_MS + 1) * MINUTE_MS);
        if self.tick_at.is_none_or(|tick| tick > at) {
            self.tick_at = Some(at);
            self.later(at, Happening::Tick);
        }
    }

    fn tick(&mut self) {
        // One that was overtaken is none.
        if self.tick_at.is_some_and(|at| at > self.now) {
            return;
        }
        let next = Timestamp::of_ms((self.now.ms() / HOUR_MS + 1) * HOUR_MS);
        self.tick_at = Some(next);
        self.later(next, Happening::Tick);
        self.ask(Actor::system(), Action::Tick);
        self.warn_urgent();
        let is_full_hour = self.now.ms() % HOUR_MS == 0;
        if self.switches.early_warning && is_full_hour && self.office.is_open(self.now) {
            self.warn();
        }
    }

    fn contact(&mut self, number: usize) {
        if let Some(next) = self.demand.contacts.get(number + 1) {
            self.later(next.at, Happening::Contact(number + 1));
        }
        let contact = self.demand.contacts[number];
        let affair = self.demand.affair(contact.affair, self.ground.told.len());
        let told = &self.ground.told[affair.told];
        let mut acceptance =
            self.demand.acceptance(number, &affair, told, self.switches.dispatching);
        if affair.answered {
            let text = "已当场解答".to_owned();
            acceptance.answer = Some(hotline_engine::handling::Answer { text, article: None });
        }
        // Who hears of it a second time has done part of the work. This project's choice: half.
        let part = if contact.telling == super::demand::Telling::First { 1 } else { 2 };
        self.courses.push(Course::new(number, affair, affair.work_ms / part, self.now));
        let actor = crate::desk::of(Role::CallTaker);
        let accepted = self.ask(actor, Action::Accept(Box::new(acceptance)));
        if !accepted {
            self.courses.pop();
            return;
        }
        let id = OrderId(self.courses.len() as u64);
        self.join(id);
    }

    /// The desk joins what the engine found to be about the same.
    fn join(&mut self, id: OrderId) {
        let Some(order) = self.state.order(id) else { return };
        let wanted =
            self.rules.profile(self.now).duplicates.as_ref().map(|rule| rule.similar_percent);
        let near = |it: &&hotline_engine::handling::Similar| {
            wanted.is_some_and(|wanted| it.percent >= wanted)
        };
        let workable = matches!(order.status, Status::Triage | Status::Dispatched);
        let leading = order.similar.iter().find(near).filter(|_| workable);
        let Some(into) = leading.map(|it| it.order) else { return };
        let open = self.state.order(into).is_some_and(|it| {
            matches!(it.status, Status::Triage | Status::Dispatched | Status::Signed)
        });
        if open {
            self.ask(crate::desk::dispatcher(), Action::Merge { order: id, into });
        }
    }

    /// Asks the engine, and lets the people hear what it says. What it refuses has not happened; it is counted.
    pub(super) fn ask(&mut self, actor: Actor, action: Action) -> bool {
        let name = action.name();
        let command = Command { actor, seen: None, action };
        match step(&mut self.state, &self.rules, self.now, &command) {
            Ok(Some(record)) => {
                for event in &record.events {
                    self.heard(event);
                }
                true
            }
            Ok(None) => true,
            Err(_) => {
                self.notes.refused(name);
                false
            }
        }
    }

    fn heard(&mut self, event: &Event) {
        match event {
            Event::SentToTriage { order, .. } => self.waits_for_desk(*order),
            Event::Dispatched { order, dispatch, .. } => self.came_to(*order, dispatch.lead),
            Event::Assigned { order, handler } => self.given_to(*order, *handler),
            Event::Unassigned { .. } => {
                self.notes.reassigned += 1;
                self.soon();
            }
            Event::Replied { order, .. } | Event::RepliedWith { order, .. } => self.replied(*order),
            Event::GivenBack { order, held } => self.came_back(*order, held.dispatch.lead),
            Event::Merged { order, .. } | Event::Repeated { order, .. } => self.left(*order),
            Event::DirectoryAdopted(_) => self.notes.adopted += 1,
            Event::Reworked { order, .. } => self.reworked(*order),
            _ => {}
        }
    }

    pub(super) fn course(&mut self, id: OrderId) -> &mut Course {
        &mut self.courses[place(id)]
    }

    /// The time of an order goes into something else from now on.
    pub(super) fn turn_to(&mut self, id: OrderId, doing: Cause) {
        let (now, office) = (self.now, &self.office);
        self.courses[place(id)].turn_to(doing, now, office);
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    pub(super) fn matter_of(&self, id: OrderId) -> MatterId {
        self.ground.told[self.courses[place(id)].affair.told].matter
    }

    /// Whose duty the matter of an order truly is.
    pub(super) fn right_unit(&self, id: OrderId) -> Option<UnitId> {
        let (matter, region) = (self.matter_of(id), self.courses[place(id)].affair.region);
        let changed = self.duties.get(&matter).copied();
        changed.or_else(|| led_by(&self.first_list, matter, region, self.now.day()))
    }

    /// Writes a verdict into the duty list.
    pub(super) fn learn(&mut self, matter: MatterId, unit: UnitId) {
        let path = self.first_list.matter(matter).to_owned();
        let lead = HolderDraft::Unit(self.first_list.unit(unit).code.clone());
        let mut rows = std::mem::take(&mut self.draft.rows);
        let Some(mut row) = rows.iter().find(|row| row.matter == path).cloned() else {
            self.draft.rows = rows;
            return;
        };
        rows.retain(|row| row.matter != path);
        (row.lead, row.place) = (lead, None);
        row.source = "退单裁定".to_owned();
        rows.push(row);
        self.draft.rows = rows;
        if self.adopt().is_err() {
            self.notes.refused("adopt-directory");
        } else {
            self.notes.adopted += 1;
        }
    }

    /// The handling due of an order, in milliseconds of office time from now; night and day for urgent ones.
    pub(super) fn time_left(&self, order: &Order) -> Option<i64> {
        let due = order.dues[Stage::Handle]?.current;
        let urgent = self.courses[place(order.id)].is_urgent();
        Some(match urgent {
            true => due.ms() - self.now.ms(),
            false => self.office.passed(due) - self.office.passed(self.now),
        })
    }

    pub(super) fn dice(&self, purpose: Purpose, id: OrderId, turn: u32) -> Chance {
        let contact = self.courses[place(id)].contact as u64;
        Chance::of(self.seed, purpose, contact << 8 | u64::from(turn & 0xff))
    }
}

/// The place of an order among the courses.
pub(super) fn place(id: OrderId) -> usize {
    usize::try_from(id.0).expect("as many orders as fit") - 1
}
