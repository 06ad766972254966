//! Makes a failing plan small: fewer steps, fewer faults, fewer people. What it gives fails still; it is the smallest that was
//! found, not the smallest there is.

use crate::plan::Plan;
use crate::run::{Failure, run};

/// Runs that are tried at most: each is no longer than the first.
pub const RUNS_MAX: usize = 200;

/// A plan that fails, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// The plan.
    pub plan: Plan,
    /// How it fails.
    pub failure: Failure,
}

/// A smaller plan that breaks the same promise.
#[must_use]
pub fn shrink(failing: Failing) -> Failing {
    shrink_by(failing, |plan| run(plan).err())
}

/// The same, by whatever runs a plan.
pub fn shrink_by(failing: Failing, mut try_plan: impl FnMut(&Plan) -> Option<Failure>) -> Failing {
    let mut search = Search { best: failing, runs_left: RUNS_MAX };
    search.cut_steps();
    search.drop_faults(&mut try_plan);
    search.drop_people(&mut try_plan);
    // Fewer people may need fewer faults.
    search.drop_faults(&mut try_plan);
    search.best
}

struct Search {
    best: Failing,
    runs_left: usize,
}

impl Search {
    /// Nothing behind the step that failed has a part in it.
    fn cut_steps(&mut self) {
        let places: Vec<usize> =
            self.best.plan.faults().into_iter().map(|(place, _)| place).collect();
        self.best.plan.steps = self.best.failure.step + 1;
        // The list of the seed only grows with the steps, so places stay.
        let count = self.best.plan.faults().len();
        self.best.plan.faults = Some(places.into_iter().take(count).collect());
    }

    /// Leaves out ever smaller parts of the faults, as long as it fails all the same.
    fn drop_faults(&mut self, try_plan: &mut impl FnMut(&Plan) -> Option<Failure>) {
        let mut part = self.best.plan.faults.as_ref().map_or(0, Vec::len);
        while part > 0 {
            let mut at = 0;
            while at < self.best.plan.faults.as_ref().map_or(0, Vec::len) {
                let mut kept = self.best.plan.faults.clone().unwrap_or_default();
                kept.drain(at..(at + part).min(kept.len()));
                let smaller = Plan { faults: Some(kept), ..self.best.plan.clone() };
                if !self.takes(smaller, try_plan) {
                    at += part;
                }
            }
            part /= 2;
        }
    }

    /// Lets people begin as late as possible.
    fn drop_people(&mut self, try_plan: &mut impl FnMut(&Plan) -> Option<Failure>) {
        let mut jump = self.best.plan.steps;
        while jump > 0 {
            let from = self.best.plan.from + jump;
            let later = Plan { from, ..self.best.plan.clone() };
            if from > self.best.failure.step || !self.takes(later, try_plan) {
                jump /= 2;
            }
        }
    }

    /// Whether it breaks the same promise; then it is the best from now on, and ends where it fails.
    fn takes(
        &mut self,
        mut plan: Plan,
        try_plan: &mut impl FnMut(&Plan) -> Option<Failure>,
    ) -> bool {
        let Some(left) = self.runs_left.checked_sub(1) else { return false };
        self.runs_left = left;
        let Some(failure) = try_plan(&plan) else { return false };
        if failure.promise != self.best.failure.promise {
            return false;
        }
        plan.steps = failure.step + 1;
        let kept = plan.faults().into_iter().map(|(place, _)| place);
        plan.faults = Some(kept.collect());
        self.best = Failing { plan, failure };
        true
    }
}
