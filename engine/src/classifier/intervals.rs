//! How far figures could be off by the luck of which texts were measured: intervals by drawing the same number of texts again,
//! with replacement, from a seed. Trains nothing: the luck of training shows in the spread over folds.

use super::evaluation::{Measures, Outcome};

/// Draws: the ends of an interval of 95 % are then the tenth from either side.
const DRAWS: usize = 400;
const OUTSIDE: usize = DRAWS / 40;

/// Where a figure lies in 95 of 100 draws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Figures of many draws.
#[derive(Debug, Clone)]
pub struct Drawn(Vec<Measures>);

impl Drawn {
    /// Measures as many outcomes as there are, drawn again and again; the same seed draws the same. `None` when there are no
    /// outcomes.
    #[must_use]
    pub fn from(outcomes: &[Outcome], seed: u64) -> Option<Self> {
        let mut random = seed;
        let mut draw = || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let mixed = (random ^ random >> 29).wrapping_mul(0xD6E8_FEB8_6659_FD93);
            (u128::from(mixed) * outcomes.len() as u128) >> 64
        };
        let mut drawn = Vec::with_capacity(DRAWS);
        for _ in 0..DRAWS {
            let again: Vec<Outcome> = outcomes.iter().map(|_| outcomes[draw() as usize]).collect();
            drawn.push(Measures::of(&again)?);
        }
        Some(Self(drawn))
    }

    /// The interval of one figure.
    #[must_use]
    pub fn interval(&self, figure: fn(&Measures) -> f64) -> Interval {
        let mut figures: Vec<f64> = self.0.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        Interval { low: figures[OUTSIDE], high: figures[DRAWS - 1 - OUTSIDE] }
    }
}
