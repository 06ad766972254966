//! What clients have asked and were not told yet, and what they ask again. A client that gets no answer sends the same request
//! once more, under the same key; one that got an answer may do so too.

use std::collections::VecDeque;

use hotline::sequencer::Refusal;
use hotline::stepped::{Answer, Stepped};
use hotline_engine::command::{Action, Command};
use hotline_people::affairs::request_of;

use crate::evidence::Told;
use crate::tally::Tally;

/// How many steps back a request may be delivered again: far less than keys are known for.
const AGAIN_STEPS: u64 = 8;

/// What a client hears while the disk is full.
pub(crate) const NO_SPACE: &str = "refused for want of space";

/// One that waits for its answer.
#[derive(Debug)]
struct Asked {
    command: Command,
    answer: Answer,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    waiting: Vec<Asked>,
    answered: VecDeque<(u64, Command)>,
}

/// The number of the contact, if it is one that may be sent again.
fn contact(command: &Command) -> Option<u64> {
    match &command.action {
        Action::Accept(acceptance) if acceptance.idempotency.is_some() => {
            request_of(&acceptance.tags)
        }
        _ => None,
    }
}

impl Requests {
    /// Sends one. What is refused at the door is told at once.
    pub(crate) fn ask(
        &mut self,
        hotline: &Stepped,
        command: Command,
        tally: &mut Tally,
    ) -> Option<Told> {
        tally.asked += 1;
        match hotline.queue(command.clone()) {
            Ok(answer) => {
                self.waiting.push(Asked { command, answer });
                None
            }
            Err(refusal) => {
                tally.refused += 1;
                Some(Told { request: None, outcome: Err(refusal) })
            }
        }
    }

    /// What was answered meanwhile.
    pub(crate) fn collect(&mut self, step: u64, tally: &mut Tally) -> Vec<Told> {
        let mut told = Vec::new();
        for mut asked in std::mem::take(&mut self.waiting) {
            let Ok(outcome) = asked.answer.try_recv() else {
                self.waiting.push(asked);
                continue;
            };
            match &outcome {
                Ok(_) => {
                    tally.granted += 1;
                    *tally.actions.entry(asked.command.action.name()).or_default() += 1;
                }
                Err(refusal) => {
                    tally.refused += 1;
                    if *refusal == Refusal::NoSpace {
                        tally.notice(NO_SPACE);
                    }
                }
            }
            let request = contact(&asked.command);
            if request.is_some() && outcome.is_ok() {
                self.answered.push_back((step, asked.command));
            }
            told.push(Told { request, outcome });
        }
        while self.answered.front().is_some_and(|(asked, _)| asked + AGAIN_STEPS < step) {
            self.answered.pop_front();
        }
        told
    }

    /// How many wait for their answer.
    pub(crate) fn waiting_count(&self) -> usize {
        self.waiting.len()
    }

    /// The hotline died: what has no answer yet and may be sent again.
    pub(crate) fn unanswered(&mut self, tally: &mut Tally) -> Vec<Command> {
        let waiting = std::mem::take(&mut self.waiting);
        tally.unanswered += waiting.len() as u64;
        let commands = waiting.into_iter().map(|asked| asked.command);
        commands.filter(|command| contact(command).is_some()).collect()
    }

    /// One that was answered a short while ago.
    pub(crate) fn again(&self, chance: u64) -> Option<Command> {
        let count = self.answered.len() as u64;
        let at = usize::try_from(chance.checked_rem(count)?).expect("a place");
        self.answered.get(at).map(|(_, command)| command.clone())
    }
}
