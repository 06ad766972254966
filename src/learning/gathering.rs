//! Lessons out of a state: the newest orders whose matter is known, with masked words. Reads, and trains nothing.

use std::collections::VecDeque;

use hotline_engine::State;
use hotline_engine::learning::{Lesson, Words, lesson};

use crate::district::District;
use crate::intake::Taught;

/// Lessons that are learnt from, the newest: with the words of each cut short they take some 150 MB at most, and training
/// some minutes.
pub const LESSONS_MAX: usize = 40_000;

/// A lesson with its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What is known, and since when.
    pub lesson: Lesson,
    /// What a model learns of it.
    pub taught: Taught,
}

/// The lessons of a hotline, by the time their orders were accepted.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    told: VecDeque<Told>,
    left_out: u64,
    forgotten: u64,
}

impl Gathered {
    /// Reads every order of a state. Lessons about matters that the district's files do not list are counted and left out.
    pub fn of(state: &State, district: &District) -> Gathered {
        let directory = state.directory();
        let listed = |path: &str| district.draft.matters.iter().any(|other| other == path);
        let is_listed: Vec<bool> = directory.matters().map(|(_, path)| listed(path)).collect();
        let mut gathered = Gathered::default();
        for order in state.orders().iter() {
            let Some(lesson) = lesson(directory, &order) else { continue };
            if !is_listed.get(usize::from(lesson.matter.0)).is_some_and(|listed| *listed) {
                gathered.left_out += 1;
                continue;
            }
            let words = Words::of(&order, state.caller(order.id));
            let matter = directory.matter(lesson.matter).to_owned();
            gathered.add(Told {
                lesson,
                taught: Taught { words, matter, source: lesson.source.code() },
            });
        }
        gathered
    }

    /// Adds a lesson, the newest one, and lets go of the oldest where there are too many.
    pub fn add(&mut self, told: Told) {
        if self.told.len() == LESSONS_MAX {
            self.told.pop_front();
            self.forgotten += 1;
        }
        self.told.push_back(told);
    }

    /// The lessons, the oldest first.
    pub fn told(&self) -> &VecDeque<Told> {
        &self.told
    }

    /// What a model learns.
    pub fn taught(&self) -> Vec<Taught> {
        self.told.iter().map(|told| told.taught.clone()).collect()
    }

    /// Lessons about matters that are not listed.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Older lessons than are learnt from.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }
}
