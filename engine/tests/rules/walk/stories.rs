//! What callers tell, and who they are: a few stories, most of them told again with some characters changed, and a few
//! numbers, each written in several ways.

use std::collections::BTreeMap;

use hotline_engine::order::Caller;
use hotline_engine::text::Sketch;

use crate::dice::Dice;

const STORIES: usize = 40;
/// Characters of a story, and how many of them are changed when it is told again: nine tenths of its words are left, four
/// fifths, three quarters, or half.
const LENGTH: usize = 60;
const CHANGED: [usize; 4] = [1, 2, 3, 6];
const NUMBERS: u64 = 24;
/// Buckets of the engine's table of parts, while it is small.
const BUCKETS: u32 = 4_096;

pub(super) struct Stories {
    told: Vec<String>,
}

impl Stories {
    /// No two different parts of their sketches share a bucket, in which one would push out the other.
    pub(super) fn new(dice: &mut Dice) -> Stories {
        let mut buckets = BTreeMap::new();
        let mut told: Vec<String> = Vec::new();
        while told.len() < STORIES {
            let letters: Vec<char> = (0..LENGTH).map(|_| letter(dice)).collect();
            for changed in [0].into_iter().chain(CHANGED) {
                let mut letters = letters.clone();
                for _ in 0..changed {
                    letters[dice.below(LENGTH as u64) as usize] = letter(dice);
                }
                let story: String = letters.into_iter().collect();
                let parts = sketch(&story).expect("it is long enough").bands();
                let alone =
                    |part: &u32| buckets.get(&(part % BUCKETS)).is_none_or(|other| other == part);
                if parts.iter().all(alone) {
                    buckets.extend(parts.map(|part| (part % BUCKETS, part)));
                    told.push(story);
                }
            }
        }
        Stories { told }
    }

    pub(super) fn one(&self, dice: &mut Dice) -> String {
        self.told[dice.below(self.told.len() as u64) as usize].clone()
    }
}

pub(super) fn sketch(story: &str) -> Option<Sketch> {
    Sketch::of(&[story])
}

fn letter(dice: &mut Dice) -> char {
    char::from_u32(0x4E00 + dice.below(5_000) as u32).unwrap()
}

/// Name and number stand out, wherever they should not be.
pub(super) fn caller(dice: &mut Dice) -> Caller {
    let who = dice.below(NUMBERS);
    let phone = match dice.below(12) {
        0 => format!("vault-+86 138-0000-{who:04}"),
        1 => format!("vault-0086138 0000{who:04}"),
        2 => format!("vault-{who:04}"),
        _ => format!("vault-1380000{who:04}"),
    };
    Caller { name: format!("vault-name-{who}"), phone, confidential: dice.below(2) == 0 }
}
