//! After the last step nothing goes wrong any more: then the hotline must answer all that waits, take what is new, and come to rest.

use std::sync::atomic::Ordering;

use hotline_engine::actor::Role;
use hotline_engine::command::{Action, Command};
use hotline_engine::order::Status;
use hotline_people::{affairs, desk};

use crate::tamper::Tamper;

use super::{Failure, Run, TURNS_MAX};

/// New contacts that must all be taken.
const CONTACTS: u64 = 3;
/// Numbers that no step gives: the people's begin at none.
const FIRST_NUMBER: u64 = 1 << 50;

impl Run {
    /// Everything is mended, and within so many turns nothing is left to do.
    pub(super) fn settle(&mut self) -> Result<(), Failure> {
        self.step = self.plan.steps;
        self.mend();
        for _ in 0..TURNS_MAX {
            if self.hotline().published().disk_full.load(Ordering::Relaxed) {
                // A disk is asked for room again every few ticks.
                self.take_turns(None)?;
            }
        }
        let directory = self.hotline().published().views.directory();
        let before = self.hotline().state().orders().len();
        for number in FIRST_NUMBER..FIRST_NUMBER + CONTACTS {
            let mut contact = affairs::contact(self.plan.seed, number, &directory);
            (contact.answer, contact.upstream) = (None, None);
            let actor = desk::of(Role::CallTaker);
            self.ask(Command { actor, seen: None, action: Action::Accept(Box::new(contact)) });
            self.take_turns(None)?;
        }
        self.has_come_to_rest(before)
    }

    /// The disk has room, the clock is right, and no fault waits to be met.
    fn mend(&mut self) {
        self.stage.disk.heal();
        if self.plan.tamper == Some(Tamper::NeverHeals) {
            self.stage.disk.limit(Some(0));
            return;
        }
        self.full_until = None;
        self.stage.disk.limit(None);
        self.clock_off_until = None;
        self.stage.clocks.set_off(0);
    }

    fn has_come_to_rest(&self, before: usize) -> Result<(), Failure> {
        let (hotline, waiting) = (self.hotline(), self.requests.waiting_count());
        if waiting > 0 || hotline.waiting_count() > 0 {
            return Err(
                self.failure(None, format!("{waiting} are never answered, and all is well"))
            );
        }
        let orders = hotline.state().orders();
        let taken = (orders.len() - before) as u64;
        if taken < CONTACTS {
            let why = format!("{taken} of {CONTACTS} new contacts are taken, and all is well");
            return Err(self.failure(None, why));
        }
        // Each that is new has somebody: a unit, or the dispatchers, or the order that it repeats.
        let nobodys = orders.iter().skip(before).find(|order| {
            let routed = order.dispatch.is_some() || order.triage.is_some();
            !routed && !matches!(order.status, Status::Repeat | Status::Closed)
        });
        match nobodys {
            Some(order) => Err(self.failure(None, format!("{:?} waits for nobody", order.id))),
            None => Ok(()),
        }
    }
}
