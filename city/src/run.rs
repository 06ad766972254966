//! One run: step by step time passes, people ask, something goes wrong, the writer takes its turn, and the judges look.

mod ends;
mod looks;
mod settling;

use std::panic::{AssertUnwindSafe, catch_unwind};

use hotline::recovery;
use hotline::sequencer::WriterError;
use hotline::shelf::ShelfFault;
use hotline::stepped::Stepped;
use hotline_engine::actor::Actor;
use hotline_engine::command::{Action, Command};
use hotline_journal::{Fault as DiskFault, JournalError};
use hotline_people::chance::{Chance, Purpose};
use hotline_people::{People, Seen};

use crate::faults::{self, Fault, Kind};
use crate::judges::{Judges, Promise};
use crate::log_lines::LogLines;
use crate::plan::Plan;
use crate::requests::Requests;
use crate::stage::{BATCH_BYTES, Stage};
use crate::tally::Tally;
use crate::tamper::Tamper;

use self::looks::Watch;

/// A step takes some minutes.
const STEP_MINUTES: u64 = 25;
const STEP_MINUTES_MIN: u64 = 3;
/// Turns of the writer in one step: more dues than these bring on pass in the next.
const TURNS_MAX: usize = 8;
/// Records between two snapshots: few, so that a run has many.
const SNAPSHOT_EVERY_RECORDS: u64 = 150;
/// What a full disk has left, at most: nothing, or two batches.
const LEFT_ON_FULL_DISK: u64 = 2 * BATCH_BYTES as u64;

/// What an operator is asked about: more than a clock is followed by itself.
const CONFIRMED_MS_MIN: i64 = 7_200_000;

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// In which step.
    pub step: u64,
    /// Which; none where the hotline did something that nobody judges, such as refusing a disk without a fault.
    pub promise: Option<Promise>,
    /// How.
    pub why: String,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let promise = self.promise.map_or("a run without surprises", Promise::words);
        write!(f, "step {}: `{promise}` is broken: {}", self.step, self.why)
    }
}

/// Runs a plan to its end, or to the first promise that is broken.
///
/// # Errors
/// When one is. A panic of the hotline is a promise broken too.
pub fn run(plan: &Plan) -> Result<Tally, Failure> {
    let mut run = Run::begin(plan)?;
    for step in 0..plan.steps {
        let stepped = catch_unwind(AssertUnwindSafe(|| run.step(step)));
        stepped.unwrap_or_else(|panic| {
            let why = panic.downcast_ref::<String>().cloned();
            let fault = panic.downcast_ref::<ShelfFault>();
            let why = why.or_else(|| fault.map(ToString::to_string));
            let why = why.or_else(|| panic.downcast_ref::<&str>().map(|&it| it.to_owned()));
            let why = format!("panicked: {}", why.unwrap_or_default());
            Err(Failure { step, promise: None, why })
        })?;
    }
    run.settle()?;
    Ok(run.finish())
}

/// A run under way.
struct Run {
    plan: Plan,
    faults: Vec<Fault>,
    people: People,
    stage: Stage,
    /// None only while it is dead.
    hotline: Option<Stepped>,
    requests: Requests,
    judges: Judges,
    watch: Watch,
    log: LogLines,
    tally: Tally,
    step: u64,
    snapshot_at: u64,
    /// Bytes that fit on the disk, and until which step that holds.
    full_until: Option<(usize, u64)>,
    clock_off_until: Option<u64>,
}

impl Run {
    fn begin(plan: &Plan) -> Result<Run, Failure> {
        let (stage, draft) = Stage::new(plan.seed);
        let mut run = Run {
            faults: plan.faults().into_iter().map(|(_, fault)| fault).collect(),
            people: People::new(plan.seed, plan.settings),
            stage,
            hotline: None,
            requests: Requests::default(),
            judges: Judges::of(plan.judged),
            watch: Watch::default(),
            log: LogLines::begin(),
            tally: Tally::default(),
            step: 0,
            snapshot_at: 0,
            full_until: None,
            clock_off_until: None,
            plan: plan.clone(),
        };
        run.lie_if_asked();
        run.recover(None)?;
        let action = Action::AdoptDirectory(Box::new(draft));
        run.ask(Command { actor: Actor::system(), seen: None, action });
        run.take_turns(None)?;
        Ok(run)
    }

    fn finish(mut self) -> Tally {
        let state = self.hotline().state();
        let (records, orders) = (state.records_count(), state.orders().len() as u64);
        (self.tally.records, self.tally.orders) = (records, orders);
        self.tally.steps = self.plan.steps;
        self.tally
    }

    fn hotline(&self) -> &Stepped {
        self.hotline.as_ref().expect("it lives between two steps")
    }

    fn failure(&self, promise: Option<Promise>, why: impl std::fmt::Display) -> Failure {
        Failure { step: self.step, promise, why: why.to_string() }
    }

    fn ask(&mut self, command: Command) {
        let hotline = self.hotline.as_ref().expect("it lives between two steps");
        let told = self.requests.ask(hotline, command, &mut self.tally);
        self.watch.told.extend(told);
    }

    fn step(&mut self, step: u64) -> Result<(), Failure> {
        self.step = step;
        let mut chance = Chance::of(self.plan.seed, Purpose::Stage, step);
        let minutes = STEP_MINUTES_MIN + chance.below(STEP_MINUTES);
        let span_ms = i64::try_from(minutes * 60_000).expect("some minutes");
        let at = self.stage.clocks.now();
        self.stage.clocks.pass(span_ms);
        self.end_what_lasts();
        let fault = self.faults.iter().find(|fault| fault.step == step).copied();
        if let Some(fault) = fault {
            self.before_the_turn(&fault);
        }
        if step >= self.plan.from {
            let shown = self.shown();
            let directory = self.hotline().published().views.directory();
            let seen = Seen { orders: &shown, directory: &directory };
            for command in self.people.act(step, at, span_ms, seen) {
                self.ask(command);
            }
        }
        self.take_turns(fault.as_ref())?;
        if let Some(fault) = fault.filter(|fault| fault.kind.is_at_rest()) {
            let power_goes = match fault.kind {
                Kind::PowerCutAtRest => true,
                Kind::Kill | Kind::Stop => false,
                _ => fault.chance % 2 == 0,
            };
            self.end(power_goes, Some(&fault))?;
        }
        self.snapshot_if_due(fault.as_ref())
    }

    /// A full disk gets room again, and a wall clock is set right.
    fn end_what_lasts(&mut self) {
        if self.full_until.is_some_and(|(_, until)| until <= self.step) {
            self.full_until = None;
            self.stage.disk.limit(None);
        }
        if self.clock_off_until.is_some_and(|until| until <= self.step) {
            self.clock_off_until = None;
            self.stage.clocks.set_off(0);
        }
    }

    /// What goes wrong while the writer works, or before it does.
    fn before_the_turn(&mut self, fault: &Fault) {
        let until = self.step + faults::lasting_steps(fault);
        match fault.kind {
            Kind::PowerCut => self.stage.disk.fail_after(fault.at, DiskFault::PowerCut),
            Kind::DiskError => self.stage.disk.fail_after(fault.at, DiskFault::Error),
            Kind::FullDisk => {
                let left = usize::try_from(fault.chance % LEFT_ON_FULL_DISK).expect("some bytes");
                let fits = self.stage.used_bytes() + left;
                self.full_until = Some((fits, until));
                self.stage.disk.limit(Some(fits));
                self.tally.meet(fault.kind);
            }
            Kind::ClockBack | Kind::ClockAhead => {
                let sign = if fault.kind == Kind::ClockBack { -1 } else { 1 };
                self.stage.clocks.set_off(sign * faults::jump_ms(fault));
                self.clock_off_until = Some(until);
                self.tally.meet(fault.kind);
            }
            Kind::ClockConfirmed => {
                self.stage.clocks.set_off(CONFIRMED_MS_MIN + faults::jump_ms(fault));
                self.clock_off_until = Some(until);
                if self.hotline().clock().confirm().is_some() {
                    self.tally.meet(fault.kind);
                }
            }
            Kind::Redelivery => self.deliver_again(fault),
            _ => {}
        }
    }

    fn deliver_again(&mut self, fault: &Fault) {
        let Some(mut command) = self.requests.again(fault.chance) else { return };
        self.tally.meet(fault.kind);
        if self.plan.tamper == Some(Tamper::KeyForgotten)
            && let Action::Accept(acceptance) = &mut command.action
        {
            (acceptance.idempotency, acceptance.upstream) = (None, None);
        }
        self.ask(command);
    }

    /// Until nothing waits; after each turn the judges look. The fault is met in the first one, or not at all.
    fn take_turns(&mut self, fault: Option<&Fault>) -> Result<(), Failure> {
        for _ in 0..TURNS_MAX {
            let hotline = self.hotline.as_mut().expect("it lives between two steps");
            match hotline.turn() {
                Ok(more) => {
                    self.heal();
                    let told = self.requests.collect(self.step, &mut self.tally);
                    self.watch.told.extend(told);
                    self.tally.batches += 1;
                    self.look_after_a_batch()?;
                    if !more && self.hotline().waiting_count() == 0 {
                        return Ok(());
                    }
                }
                Err(error) => {
                    self.watch.heard.push(error.to_string());
                    let met =
                        fault.filter(|it| matches!(it.kind, Kind::PowerCut | Kind::DiskError));
                    let Some(met) = met else {
                        return Err(self.failure(None, format!("without a fault: {error}")));
                    };
                    self.tally.meet(met.kind);
                    if let WriterError::Journal(JournalError::Stopped { doing, .. }) = error
                        && met.kind == Kind::DiskError
                    {
                        self.tally.notice(doing);
                    }
                    // After an error somebody may pull the plug.
                    let power_goes = met.kind == Kind::PowerCut || met.chance % 3 == 0;
                    return self.end(power_goes, Some(met));
                }
            }
        }
        Ok(())
    }

    /// Takes back the faults of the disk that were not met; it stays full if it is.
    fn heal(&self) {
        self.stage.disk.heal();
        if let Some((fits, _)) = self.full_until {
            self.stage.disk.limit(Some(fits));
        }
    }

    fn snapshot_if_due(&mut self, fault: Option<&Fault>) -> Result<(), Failure> {
        let reader = self.hotline().reader();
        let during = fault.filter(|fault| {
            matches!(fault.kind, Kind::PowerCutInSnapshot | Kind::DiskErrorInSnapshot)
        });
        if during.is_none() && reader.committed() < self.snapshot_at + SNAPSHOT_EVERY_RECORDS {
            return Ok(());
        }
        match during.map(|fault| (fault.kind, fault.at)) {
            Some((Kind::PowerCutInSnapshot, at)) => {
                self.stage.disk.fail_after(at, DiskFault::PowerCut);
            }
            Some((_, at)) => self.stage.disk.fail_after(at, DiskFault::Error),
            None => {}
        }
        let written = recovery::write_snapshot(&self.stage.folder(), &reader);
        self.snapshot_at = reader.committed();
        match (written, during) {
            (Ok(shelves), _) => {
                self.tally.snapshots += 1;
                if let Some(shelves) = shelves {
                    self.hotline().published().views.put_shelves(shelves);
                }
            }
            (Err(error), Some(fault)) => {
                self.watch.heard.push(error.to_string());
                self.tally.meet(fault.kind);
            }
            (Err(error), None) if self.full_until.is_some() => {
                self.watch.heard.push(error.to_string());
            }
            (Err(error), None) => {
                return Err(self.failure(None, format!("a snapshot without a fault: {error}")));
            }
        }
        drop(reader);
        if self.stage.disk.is_without_power() {
            return self.end(true, during);
        }
        self.heal();
        Ok(())
    }
}
