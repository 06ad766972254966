//! The articles as searches see them: by slot, with what the second stage needs, unchanging once published. Does not index.

use std::sync::Arc;

use tantivy::Searcher;

use crate::Article;
use crate::rerank::{Frequencies, Profile};

/// One article on the shelf.
#[derive(Debug)]
pub(crate) struct Shelved {
    pub(crate) article: Article,
    pub(crate) profile: Profile,
}

/// All articles. A slot is the number under which the index knows an article; an empty slot is reused.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shelf {
    slots: Vec<Option<Arc<Shelved>>>,
    /// Length of each article's profile under `frequencies`.
    lengths: Vec<f32>,
    frequencies: Arc<Frequencies>,
}

impl Shelf {
    pub(crate) fn get(&self, slot: u32) -> Option<&Shelved> {
        self.slots.get(slot as usize)?.as_deref()
    }

    pub(crate) fn length(&self, slot: u32) -> f32 {
        self.lengths[slot as usize]
    }

    pub(crate) fn frequencies(&self) -> &Frequencies {
        &self.frequencies
    }

    pub(crate) fn place(&mut self, slot: u32, shelved: Arc<Shelved>) {
        let index = slot as usize;
        if index >= self.slots.len() {
            self.slots.resize(index + 1, None);
            self.lengths.resize(index + 1, 0.0);
        }
        self.lengths[index] = shelved.profile.length(&self.frequencies);
        self.slots[index] = Some(shelved);
    }

    pub(crate) fn clear(&mut self, slot: u32) {
        self.slots[slot as usize] = None;
    }

    /// Counts in how many articles each gram stands, and measures every profile anew.
    pub(crate) fn recount(&mut self) {
        let profiles = || self.slots.iter().flatten().map(|shelved| &shelved.profile);
        let frequencies = Frequencies::count(profiles());
        for (length, shelved) in self.lengths.iter_mut().zip(&self.slots) {
            *length = shelved.as_ref().map_or(0.0, |shelved| shelved.profile.length(&frequencies));
        }
        self.frequencies = Arc::new(frequencies);
    }
}

/// What one commit published: the index and the shelf that belong together.
#[derive(Clone)]
pub(crate) struct Published {
    pub(crate) searcher: Searcher,
    pub(crate) shelf: Shelf,
}
