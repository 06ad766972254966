//! Chance that can be played again: a stream of dice for each seed and each thing that is drawn for, so that leaving one
//! thing out changes nothing about the others.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// What a stream of dice is for: streams for different things are independent of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// How long a step is, and how many call in it.
    Arrivals = 1,
    /// What one affair is about.
    Affair = 2,
    /// Who calls about it, and how he puts it.
    Telling = 3,
    /// What desk and units do in a step.
    Work = 4,
    /// What goes wrong.
    Faults = 5,
    /// What is left to chance by whoever drives the people.
    Stage = 6,
    /// Which duties change, and to whom.
    Duties = 7,
    /// Who is away when.
    Absence = 8,
    /// Which unit a dispatcher thinks of.
    Dispatching = 9,
    /// How long a unit takes to look at an order, and whom it names instead of itself.
    Looking = 10,
    /// How a call back goes.
    CallBack = 11,
}

/// Dice.
#[derive(Clone, Debug)]
pub struct Chance(ChaCha8Rng);

impl Chance {
    /// The dice for one purpose and its `number`th use.
    #[must_use]
    pub fn of(seed: u64, purpose: Purpose, number: u64) -> Chance {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        dice.set_stream((purpose as u64) << 56 | (number & (u64::MAX >> 8)));
        Chance(dice)
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "there is a number below the bound");
        let product = u128::from(self.number()) * u128::from(bound);
        u64::try_from(product >> 64).expect("less than the bound")
    }

    /// A place in something that has `length` of them, and is not empty.
    pub fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).expect("less than a length")
    }

    /// Once in so many times.
    pub fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    /// So many times in a hundred.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of several, each as likely.
    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.place(all.len())]
    }

    /// One of several by weight; the weights are not all 0.
    pub fn weighted<T: Copy>(&mut self, all: &[(T, u64)]) -> T {
        let mut left = self.below(all.iter().map(|(_, weight)| weight).sum());
        for (one, weight) in all {
            if left < *weight {
                return *one;
            }
            left -= weight;
        }
        unreachable!("what is left is less than the sum")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_use_gives_the_same_numbers_and_another_gives_others() {
        let draw = |seed, purpose, number| Chance::of(seed, purpose, number).number();
        assert_eq!(draw(1, Purpose::Work, 7), draw(1, Purpose::Work, 7));
        let others = [(2, Purpose::Work, 7), (1, Purpose::Faults, 7), (1, Purpose::Work, 8)];
        for (seed, purpose, number) in others {
            assert_ne!(draw(seed, purpose, number), draw(1, Purpose::Work, 7));
        }
    }

    #[test]
    fn weights_are_kept() {
        let mut chance = Chance::of(3, Purpose::Work, 0);
        let heads = (0..10_000).filter(|_| chance.weighted(&[(true, 9), (false, 1)])).count();
        assert!((8_800..9_200).contains(&heads), "{heads}");
    }
}
