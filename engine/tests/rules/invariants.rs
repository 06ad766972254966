//! Long random lives under the full rules, beside the naive twin: whatever is asked in whatever order, some things never
//! happen.

use std::collections::{BTreeMap, BTreeSet};

use hotline_engine::directory::UnitId;
use hotline_engine::escalation::Rung;
use hotline_engine::event::Event;
use hotline_engine::order::{Dispatch, Due, Mode, Order, OrderId, Stage, Status};
use hotline_engine::{Record, State, digest};

use crate::twin::{LONGHU, Numbers};
use crate::walk::{Difference, Life, live};

/// What must hold, and what has to be remembered for it.
#[derive(Default)]
pub(crate) struct Witness {
    accepted_count: u64,
    handle_dues: BTreeMap<OrderId, Option<Due>>,
    climbed: BTreeMap<OrderId, BTreeSet<Rung>>,
    refusers: BTreeMap<OrderId, BTreeSet<UnitId>>,
    leads: BTreeMap<OrderId, UnitId>,
}

impl Witness {
    /// Looks at what one record did.
    pub(crate) fn see(&mut self, record: &Record, state: &State) {
        let mut may_move = BTreeSet::new();
        for event in &record.events {
            identity_stays_in_the_vault(event);
            let Some(id) = event.order() else { continue };
            match event {
                Event::Accepted { .. } => self.accepted_count += 1,
                Event::ExtensionDecided { handling: Some(_), .. }
                | Event::Resumed { .. }
                | Event::DueRecomputed { stage: Stage::Handle, .. } => {
                    may_move.insert(id);
                }
                Event::Reworked { .. } => {
                    may_move.insert(id);
                    self.climbed.remove(&id);
                }
                Event::DuePassed { stage: Stage::Handle, .. } => {
                    self.each_rung_is_climbed_once_a_cycle(id, Rung::Red);
                }
                Event::Escalated { rung, .. } => self.each_rung_is_climbed_once_a_cycle(id, *rung),
                Event::Returned { refusal, .. } if refusal.is_refusal() => {
                    self.refusers.entry(id).or_default().insert(refusal.unit);
                }
                Event::Dispatched { dispatch, .. } => {
                    self.no_refuser_is_chosen_again_before_arbitration(id, dispatch);
                    self.leads.insert(id, dispatch.lead);
                }
                _ => {}
            }
        }
        self.no_order_is_lost(state);
        let touched: BTreeSet<OrderId> = record.events.iter().filter_map(Event::order).collect();
        for id in touched {
            let order = state.order(id).unwrap();
            one_unit_leads_while_open(order);
            self.the_closing_due_moves_only_by_what_may_move_it(order, may_move.contains(&id));
            assert!(order.status.is_open() || order.next_alarm().is_none());
        }
    }

    fn no_order_is_lost(&self, state: &State) {
        assert_eq!(self.accepted_count, state.orders().len() as u64, "an order is lost");
    }

    /// The closing due moves by an approved extension, a recorded pause, a rework or a notice, and by nothing else.
    fn the_closing_due_moves_only_by_what_may_move_it(&mut self, order: &Order, may_move: bool) {
        let (id, due) = (order.id, order.dues[Stage::Handle]);
        let before = self.handle_dues.insert(id, due);
        let stands = before.is_none_or(|before| before == due);
        assert!(may_move || stands, "the due of {id:?} moved");
        assert_eq!(due.is_none(), order.kind.code() == "praise");
        if let (Some(Some(before)), Some(due)) = (before, due)
            && order.reworks.is_empty()
            && !before.assumed
        {
            assert_eq!(before.original, due.original, "the first promise is kept on record");
            assert!(before.current <= due.current, "and the present one never comes nearer");
        }
    }

    fn each_rung_is_climbed_once_a_cycle(&mut self, id: OrderId, rung: Rung) {
        let first = self.climbed.entry(id).or_default().insert(rung);
        assert!(first, "{id:?} climbs {rung:?} twice");
    }

    fn no_refuser_is_chosen_again_before_arbitration(&self, id: OrderId, dispatch: &Dispatch) {
        let Dispatch { lead, co_units, mode, .. } = dispatch;
        let refused = self.refusers.get(&id).is_some_and(|units| units.contains(lead));
        match mode {
            Mode::Auto | Mode::Triage => assert!(!refused, "{id:?} went back to a refuser"),
            Mode::Rework => assert_eq!(self.leads.get(&id), Some(lead), "a rework stays"),
            Mode::Arbitration | Mode::Known | Mode::Joined => {}
        }
        assert!(!co_units.contains(lead));
    }
}

fn one_unit_leads_while_open(order: &Order) {
    let waits = order.status == Status::Triage;
    let owned = order.dispatch.is_some();
    assert!(owned != waits || !order.status.is_open(), "{:?} has not one lead", order.id);
}

/// But for the record that fills the vault no fact says who called, so no view made of facts can.
fn identity_stays_in_the_vault(event: &Event) {
    if matches!(event, Event::CallerRecorded { .. }) {
        return;
    }
    let told = serde_json::to_string(event).unwrap();
    assert!(!told.contains("vault-"), "who called is in {told}");
}

const COMMANDS: usize = 100_000;
/// Every kind of fact there is.
const FACTS: usize = 30;
/// Every kind of rejection but that of a hotline that is full.
const REFUSALS: usize = 26;

#[track_caller]
fn agrees_and_replays(seed: u64) {
    let life = live(seed, COMMANDS, LONGHU).unwrap_or_else(|Difference(why)| panic!("{why}"));
    let Life { desk, facts, refusals, granted_count } = life;
    let mut again = State::default();
    desk.records.iter().for_each(|record| again.apply(record));
    assert_eq!(digest(&again), digest(&desk.state));
    assert_eq!(again, desk.state);
    // A life in which something never came up would say nothing of it.
    assert_eq!(facts.len(), FACTS, "{facts:?}");
    assert_eq!(refusals.len(), REFUSALS, "{refusals:?}");
    let few = COMMANDS / 3..COMMANDS * 4 / 5;
    assert!(few.contains(&granted_count), "{granted_count} of {COMMANDS} were granted");
}

#[test]
fn a_hundred_thousand_commands_agree_with_the_twin_and_break_no_promise() {
    agrees_and_replays(0x5eed_0001);
}

#[test]
fn another_hundred_thousand_agree_and_break_none() {
    agrees_and_replays(0xfeed_beef);
}

#[test]
fn a_third_hundred_thousand_agree_and_break_none() {
    agrees_and_replays(0x0dd_ba11);
}

/// A check that cannot fail is none: whichever number a twin has wrong, it is found out.
#[test]
fn a_twin_with_one_rule_wrong_is_found_out() {
    let wrong = [
        Numbers { dispatch_minutes_urgent: 16, ..LONGHU },
        Numbers { sign: 2, ..LONGHU },
        Numbers { contact_hours_urgent: 3, ..LONGHU },
        Numbers { return_within: 3, ..LONGHU },
        Numbers { co_handle: 4, ..LONGHU },
        Numbers { handle_hours_urgent: 25, ..LONGHU },
        Numbers { consultation: 3, ..LONGHU },
        Numbers { help: 11, ..LONGHU },
        Numbers { complaint: 14, ..LONGHU },
        Numbers { rework: 6, ..LONGHU },
        Numbers { extensions: 2, ..LONGHU },
        Numbers { extension: 11, ..LONGHU },
        Numbers { pauses: 2, ..LONGHU },
        Numbers { pause: 11, ..LONGHU },
        Numbers { returns_before_arbitration: 3, ..LONGHU },
        Numbers { arbiters: [2, 2], ..LONGHU },
        Numbers { arbiters: [1, 3], ..LONGHU },
        Numbers { dissatisfied_before_supervision: 3, ..LONGHU },
        Numbers { reminder_before: 3, ..LONGHU },
        Numbers { yellow_before: 2, ..LONGHU },
        Numbers { yellow_minutes_before: 29, ..LONGHU },
        Numbers { written_after: 2, ..LONGHU },
        Numbers { supervision_after: 4, ..LONGHU },
        Numbers { key_hours: 71, ..LONGHU },
    ];
    for numbers in wrong {
        let found = live(1, COMMANDS, numbers).err();
        let Difference(why) = found.unwrap_or_else(|| panic!("nobody noticed {numbers:?}"));
        assert!(why.starts_with("seed 0x1, step "), "{why}");
    }
}
