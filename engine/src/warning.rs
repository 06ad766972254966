//! Early warning (超时预警): the chance that an open order will be late, from what is ahead of it, the time that is left and the
//! pace of its unit. A number for people and for whoever hurries them; it decides nothing.

use crate::order::Confidence;

/// More orders ahead, or more that are expected to be done, are told apart by nothing that could be acted on.
const COUNT_MAX: u32 = 10_000;

/// Standard deviations behind which a tail of a Poisson distribution is nothing, however small its mean.
const FAR_DEVIATIONS: f64 = 5.0;

/// The chance that a unit, which is expected to finish so many orders in the time that is left (in thousandths), does not
/// come to one that has so many ahead of it: that it finishes at most `ahead`, when they come one by one at random (Poisson).
#[must_use]
pub fn late_chance(ahead: u32, expected_permille: u64) -> Confidence {
    let ahead = ahead.min(COUNT_MAX);
    let expected_max = u64::from(COUNT_MAX) * 2_000;
    let mean = expected_permille.min(expected_max) as f64 / 1_000.0;
    if mean <= 0.0 {
        return Confidence::CERTAIN;
    }
    // So far out the tail is less than a ten-thousandth, and need not be summed up.
    if mean > f64::from(ahead) + FAR_DEVIATIONS * mean.sqrt() {
        return Confidence(0);
    }
    // By logarithms: the first term alone may be too small to be told from nothing.
    let mut term = -mean;
    let mut sum = term.exp();
    for count in 1..=ahead {
        term += (mean / f64::from(count)).ln();
        sum += term.exp();
    }
    // At most one, whatever rounding made of it.
    Confidence::from_probability(sum.min(1.0) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_time_is_certainly_late_and_much_time_is_not() {
        assert_eq!(late_chance(0, 0), Confidence::CERTAIN);
        assert_eq!(late_chance(0, 30_000), Confidence(0));
        assert_eq!(late_chance(u32::MAX, 1_000), Confidence::CERTAIN);
    }

    #[test]
    fn it_is_the_tail_of_a_poisson_distribution() {
        // e^-2 (1 + 2 + 2) = 0.6767; tables of the Poisson distribution, mean 2, at most 2.
        assert_eq!(late_chance(2, 2_000), Confidence(6_767));
        // Mean 10, at most 5: 0.0671.
        assert_eq!(late_chance(5, 10_000), Confidence(671));
    }

    #[test]
    fn what_is_not_summed_up_would_have_been_nothing() {
        // Just inside the bound the sum is taken, and rounds to at most a ten-thousandth.
        for ahead in [0_u32, 1, 3, 10, 100, 1_000] {
            let from = u64::from(ahead) * 1_000;
            let summed = (from..from + 300_000).step_by(100).filter(|&mean| {
                let mean = mean as f64 / 1_000.0;
                mean <= f64::from(ahead) + FAR_DEVIATIONS * mean.sqrt()
            });
            let least = summed.map(|mean| late_chance(ahead, mean)).min();
            assert!(least <= Some(Confidence(1)), "{ahead}: {least:?}");
        }
    }

    #[test]
    fn more_ahead_is_worse_and_more_time_is_better() {
        for ahead in 0..40 {
            assert!(late_chance(ahead, 20_000) <= late_chance(ahead + 1, 20_000));
            assert!(late_chance(ahead, 20_000) >= late_chance(ahead, 21_000));
        }
    }
}
