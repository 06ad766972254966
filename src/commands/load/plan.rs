//! When each request of a run is to be sent: phases of a fixed rate, one behind the other. Sends nothing.

use std::time::Duration;

/// So many orders a second for so long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Phase {
    pub(super) orders_per_s: f64,
    pub(super) seconds: u32,
}

/// The requests of a run, decided before it.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    phases: Vec<Phase>,
    orders_a_request: u32,
}

impl Plan {
    pub(super) fn new(phases: Vec<Phase>, orders_a_request: u32) -> Plan {
        Plan { phases, orders_a_request }
    }

    fn requests_of(&self, phase: &Phase) -> u64 {
        let orders = phase.orders_per_s * f64::from(phase.seconds);
        (orders / f64::from(self.orders_a_request)).ceil() as u64
    }

    /// Requests in all.
    pub(super) fn turns(&self) -> u64 {
        self.phases.iter().map(|phase| self.requests_of(phase)).sum()
    }

    /// When a request is to be sent, from the beginning of the run.
    pub(super) fn instant(&self, turn: u64) -> Duration {
        let (mut before, mut from) = (0, Duration::ZERO);
        for phase in &self.phases {
            let (requests, length) =
                (self.requests_of(phase), Duration::from_secs(phase.seconds.into()));
            if turn < before + requests {
                return from + length.mul_f64((turn - before) as f64 / requests as f64);
            }
            (before, from) = (before + requests, from + length);
        }
        from
    }

    /// When a phase begins.
    pub(super) fn start_of(&self, phase: usize) -> Duration {
        let seconds = self.phases.iter().take(phase).map(|phase| u64::from(phase.seconds));
        Duration::from_secs(seconds.sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_spread_evenly_over_each_phase() {
        let phase = |orders_per_s, seconds| Phase { orders_per_s, seconds };
        let plan = Plan::new(vec![phase(10.0, 1), phase(120.0, 2), phase(10.0, 1)], 10);
        assert_eq!(plan.turns(), 1 + 24 + 1);
        let at = |turn| plan.instant(turn).as_millis();
        assert_eq!((at(0), at(1), at(13), at(25)), (0, 1_000, 2_000, 3_000));
        assert_eq!(plan.start_of(2), Duration::from_secs(3));
    }
}
