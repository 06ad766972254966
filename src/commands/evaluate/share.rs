//! A share with the interval it may lie in: a part of a count, and how sure that count makes us.

use serde_json::{Value, json};

/// Standard deviations to either side that hold 95 % of a normal distribution.
const DEVIATIONS: f64 = 1.959_964;

/// A part of a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Share {
    part: usize,
    whole: usize,
}

impl Share {
    pub(super) fn of(part: usize, whole: usize) -> Share {
        Share { part, whole }
    }

    /// 0 of nothing.
    pub(super) fn value(self) -> f64 {
        self.part as f64 / self.whole.max(1) as f64
    }

    /// The 95 % interval of Wilson (1927): it stays between 0 and 1 and holds for small counts and for shares near 1.
    /// Everything of nothing.
    pub(super) fn wilson(self) -> (f64, f64) {
        if self.whole == 0 {
            return (0.0, 1.0);
        }
        let (count, square) = (self.whole as f64, DEVIATIONS * DEVIATIONS);
        let share = self.value();
        let middle = share + square / (2.0 * count);
        let half =
            DEVIATIONS * (share * (1.0 - share) / count + square / (4.0 * count * count)).sqrt();
        let scale = 1.0 + square / count;
        (((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0))
    }

    /// The interval as people read it.
    pub(super) fn interval(self) -> String {
        let (low, high) = self.wilson();
        format!("{low:.3}–{high:.3}")
    }

    pub(super) fn json(self) -> Value {
        let (low, high) = self.wilson();
        json!({ "share": self.value(), "of": self.whole, "low": low, "high": high })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_wilson() {
        // 81 of 263: the textbook case (Newcombe 1998, table I): 0.2553 to 0.3662.
        let (low, high) = Share::of(81, 263).wilson();
        assert!((low - 0.2553).abs() < 5e-5 && (high - 0.3662).abs() < 5e-5, "{low} {high}");
        let (low, high) = Share::of(20, 20).wilson();
        assert!((low - 0.8389).abs() < 5e-5 && high == 1.0, "{low} {high}");
        assert_eq!(Share::of(0, 0).wilson(), (0.0, 1.0));
    }
}
