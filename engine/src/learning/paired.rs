//! McNemar's exact test: two models judged on the same orders. Only orders on which exactly one of them is right count;
//! if both were equally good, each would win such an order like the toss of a coin.

/// The chance, at most, with which a model that is no better is taken for better.
pub const LEVEL: f64 = 0.05;

/// How two models did on the same orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paired {
    /// Both right.
    pub both: u64,
    /// Only the candidate right.
    pub candidate: u64,
    /// Only the serving model right.
    pub serving: u64,
    /// Neither right.
    pub neither: u64,
}

impl Paired {
    /// Counts one order.
    pub fn count(&mut self, candidate_right: bool, serving_right: bool) {
        let cell = match (candidate_right, serving_right) {
            (true, true) => &mut self.both,
            (true, false) => &mut self.candidate,
            (false, true) => &mut self.serving,
            (false, false) => &mut self.neither,
        };
        *cell += 1;
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Paired) -> Paired {
        Paired {
            both: self.both + other.both,
            candidate: self.candidate + other.candidate,
            serving: self.serving + other.serving,
            neither: self.neither + other.neither,
        }
    }

    /// Orders in all.
    #[must_use]
    pub fn orders(&self) -> u64 {
        self.both + self.candidate + self.serving + self.neither
    }

    /// Of the candidate.
    #[must_use]
    pub fn candidate_right(&self) -> u64 {
        self.both + self.candidate
    }

    /// Of the serving model.
    #[must_use]
    pub fn serving_right(&self) -> u64 {
        self.both + self.serving
    }

    /// The chance that an equally good candidate wins as many of the orders in dispute, or more: one-sided.
    #[must_use]
    pub fn chance(&self) -> f64 {
        let tosses = self.candidate + self.serving;
        at_least(self.candidate, tosses).min(1.0)
    }

    /// Whether the candidate is better at [`LEVEL`].
    #[must_use]
    pub fn is_better(&self) -> bool {
        self.candidate > self.serving && self.chance() <= LEVEL
    }
}

/// The chance of `wins` or more heads among so many tosses of a fair coin.
fn at_least(wins: u64, tosses: u64) -> f64 {
    // ln(tosses choose k) for k from 0 on, step by step; the sum of the terms from `wins` on.
    let (mut ln_choose, mut sum) = (0.0_f64, 0.0_f64);
    let ln_all = tosses as f64 * std::f64::consts::LN_2;
    for k in 0..=tosses {
        if k >= wins {
            sum += (ln_choose - ln_all).exp();
        }
        ln_choose += ((tosses - k) as f64 / (k + 1) as f64).ln();
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disputed(candidate: u64, serving: u64) -> Paired {
        Paired { both: 500, candidate, serving, neither: 40 }
    }

    #[test]
    fn the_chance_is_that_of_the_binomial_law() {
        let close = |paired: Paired, chance: f64| {
            assert!((paired.chance() - chance).abs() < 1e-9, "{paired:?}: {}", paired.chance());
        };
        close(disputed(0, 0), 1.0);
        close(disputed(5, 0), 1.0 / 32.0);
        close(disputed(4, 1), 6.0 / 32.0);
        // R: binom.test(15, 20, alternative = "greater")
        close(disputed(15, 5), 0.020_694_732_666_015_625);
        close(disputed(0, 7), 1.0);
        assert!(disputed(30_000, 29_000).chance() < 1e-4, "many tosses do not overflow");
    }

    #[test]
    fn better_is_only_who_wins_more_than_chance_gives() {
        assert!(disputed(15, 5).is_better());
        assert!(!disputed(14, 6).is_better(), "0.058");
        assert!(!disputed(5, 15).is_better());
        assert!(!disputed(0, 0).is_better());
    }

    #[test]
    fn each_order_is_counted_once() {
        let mut paired = Paired::default();
        for (candidate, serving) in [(true, true), (true, false), (false, true), (false, false)] {
            paired.count(candidate, serving);
        }
        assert_eq!(paired, Paired { both: 1, candidate: 1, serving: 1, neither: 1 });
        let twice = paired.plus(paired);
        assert_eq!((twice.orders(), twice.candidate_right(), twice.serving_right()), (8, 4, 4));
    }
}
