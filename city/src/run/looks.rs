//! What is gathered for the judges, from the disk and from what readers see; and what a guard that is off would make of it.

use std::sync::Arc;

use hotline::notices::{Notice, Notices, Tail};
use hotline::partition::Published;
use hotline::stepped::Stepped;
use hotline_engine::actor::Actor;
use hotline_engine::order::{Order, OrderId, Stage as OrderStage, Status};
use hotline_engine::{Event, Record, State};
use hotline_journal::FaultyDisk;
use hotline_people::callers;

use crate::evidence::{Evidence, Kept, Moment, Told};
use crate::tamper::Tamper;

use super::{Failure, Run};

/// Parts of the tail of notices that are asked for at once.
const TAILS_MAX: usize = 10_000;

/// Lines of the log that say that something was noticed.
const NOTICED: [(&str, &str); 4] = [
    ("passed over a snapshot", "a snapshot passed over"),
    ("cut a torn tail", "a torn tail cut"),
    ("ahead of the hotline's time", "a clock ahead"),
    ("behind the last record", "a clock behind"),
];

/// What was seen and heard since the last look, and of the process that died last.
#[derive(Debug, Default)]
pub(super) struct Watch {
    pub(super) told: Vec<Told>,
    pub(super) heard: Vec<String>,
    /// Records that the judges have seen.
    judged: u64,
    /// Up to which record the notices were heard.
    heard_to: u64,
    dead: Option<Dead>,
    /// The disk before the last batch, kept for one control alone.
    pub(super) before_last_commit: Option<FaultyDisk>,
    last_commit: Option<FaultyDisk>,
}

/// What was shown before the end.
#[derive(Debug)]
struct Dead {
    shown: Vec<Arc<Order>>,
    notices: Vec<Notice>,
    head: u64,
}

impl Watch {
    /// Keeps what the process showed until it ended.
    pub(super) fn died(&mut self, hotline: &Stepped, tamper: Option<Tamper>) {
        let published = hotline.published();
        let shown = match tamper {
            Some(Tamper::ToldEarly) => {
                hotline.state().orders().in_memory().map(Arc::clone).collect()
            }
            // What lies on a disk without power is shown to nobody, and is not what was told last.
            _ => published.views.in_memory(),
        };
        let (notices, head) = since(&published.notices, self.heard_to);
        self.dead = Some(Dead { shown, notices, head });
    }
}

/// Every order that readers see.
pub(super) fn shown(published: &Published) -> Vec<Arc<Order>> {
    let views = &published.views;
    (1..=views.orders_count()).filter_map(|id| views.order(OrderId(id))).collect()
}

/// What watchers heard after a position.
fn since(notices: &Notices, position: u64) -> (Vec<Notice>, u64) {
    let (mut heard, mut position) = (Vec::new(), position);
    for _ in 0..TAILS_MAX {
        match notices.tail(position, |_| true) {
            Tail::Notices { notices: more, head } if head > position => {
                heard.extend(more);
                position = head;
            }
            Tail::Notices { .. } | Tail::Lost { .. } => break,
        }
    }
    (heard, notices.head())
}

impl Run {
    /// Every order that readers see now.
    pub(super) fn shown(&self) -> Vec<Arc<Order>> {
        shown(self.hotline().published())
    }

    pub(super) fn look_after_a_batch(&mut self) -> Result<(), Failure> {
        if self.plan.tamper == Some(Tamper::LastCommitLost) {
            let now = self.stage.disk.after_power_cut(self.step);
            self.watch.before_last_commit = self.watch.last_commit.replace(now);
        }
        let published = Arc::clone(self.hotline().published());
        let (notices, head) = since(&published.notices, self.watch.heard_to);
        let dead = Dead { shown: shown(&published), notices, head };
        self.look(Moment::Batch, dead)
    }

    pub(super) fn look_after_a_recovery(&mut self) -> Result<(), Failure> {
        let dead = self.watch.dead.take().expect("a process died before");
        self.look(Moment::Recovery, dead)?;
        // What recovery replays is told to watchers who come back: they have heard it, or hear it again.
        self.watch.heard_to = self.hotline().published().notices.head();
        Ok(())
    }

    fn look(&mut self, moment: Moment, dead: Dead) -> Result<(), Failure> {
        let Dead { mut shown, notices, head: notices_head } = dead;
        // Which unsynced bytes a power cut would leave differs from look to look.
        let chance = self.plan.seed.rotate_left(17) ^ (self.tally.batches << 20) ^ self.step;
        let left = self.stage.left(chance, self.watch.judged + 1);
        let (left, mut records) = match left {
            Ok(both) => both,
            Err(error) => {
                let why = format!("what a power cut leaves cannot be read: {error}");
                let promise = crate::judges::Promise::AcknowledgedSurvives;
                return Err(self.failure(Some(promise), why));
            }
        };
        self.tamper_with_what_is_shown(&mut shown);
        if self.plan.tamper == Some(Tamper::DueByRecord) {
            move_a_due(&left, &mut records);
        }
        let lines = self.log.take();
        for (words, what) in NOTICED {
            for _ in lines.iter().filter(|line| line.contains(words)) {
                self.tally.notice(what);
            }
        }
        self.watch.heard.extend(lines);
        let refusals = self.watch.told.iter().filter_map(|told| told.outcome.as_ref().err());
        let refusals: Vec<String> = refusals.map(ToString::to_string).collect();
        self.watch.heard.extend(refusals);
        let hotline = self.hotline.as_ref().expect("it lives when it is looked at");
        let drifted = self.plan.tamper == Some(Tamper::StateDrifts);
        let drifted = drifted.then(|| drifting(hotline.state()));
        let directory = hotline.published().views.directory();
        let evidence = Evidence {
            moment,
            records: &records,
            left: &left,
            live: drifted.as_ref().unwrap_or(hotline.state()),
            head: hotline.reader().head(),
            shown: &shown,
            notices: &notices,
            notices_head,
            directory: &directory,
            told: &self.watch.told,
            heard: &self.watch.heard,
        };
        let verdict = self.judges.look(&evidence);
        verdict.map_err(|(promise, why)| self.failure(Some(promise), why))?;
        self.watch.told.clear();
        self.watch.heard.clear();
        self.watch.judged = left.records_count();
        self.watch.heard_to = notices_head;
        Ok(())
    }

    /// What readers would see if a guard were off.
    fn tamper_with_what_is_shown(&self, shown: &mut [Arc<Order>]) {
        if self.plan.tamper == Some(Tamper::NumberLogged) {
            tracing::warn!("no answer from {}", callers::phone(self.step));
        }
        let signed = |order: &&mut Arc<Order>| order.status == Status::Signed;
        let Some(order) = shown.iter_mut().rev().find(signed) else { return };
        let order = Arc::make_mut(order);
        match self.plan.tamper {
            Some(Tamper::DueByHand) => {
                if let Some(due) = &mut order.dues[OrderStage::Handle] {
                    due.current = due.current.plus_days(1);
                }
            }
            Some(Tamper::OwnerLost) => order.dispatch = None,
            Some(Tamper::NameShown) => order.content += &callers::name(self.step),
            _ => {}
        }
    }
}

/// A record that moves a due to which nobody has a right.
fn move_a_due(state: &State, records: &mut [Kept]) {
    let signed = state.orders().iter().find(|order| order.status == Status::Signed);
    let due = signed.and_then(|order| Some((order.id, order.dues[OrderStage::Handle]?)));
    if let (Some((order, mut due)), Some(last)) = (due, records.last_mut()) {
        due.current = due.current.plus_days(1);
        let stage = OrderStage::Handle;
        last.record.events.push(Event::DueRecomputed {
            order,
            stage,
            due,
            ladder: None,
            co_unit: None,
        });
    }
}

/// The state with something that no record on the disk says.
fn drifting(state: &State) -> State {
    let mut drifted = state.clone();
    let order = drifted.orders().iter().find(|order| order.status == Status::Dispatched);
    if let Some(order) = order.map(|order| order.id) {
        let (at, actor) = (drifted.at(), Actor::system());
        drifted.apply(&Record { at, actor, events: vec![Event::Signed { order }] });
    }
    drifted
}
