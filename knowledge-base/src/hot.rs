//! The index that answers: segments of postings, all in memory. A base of all articles, in which rarities were counted, and the
//! changes since. Does not know texts, days or units.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::gram::Gram;
use crate::segment::{Builder, Measured, SEGMENT_ARTICLES_MAX, Segment};
use crate::shelf::{Shelf, Shelved};
use crate::sounds::TitlePairs;
use crate::weights::{self, Scale};

/// Changes are merged when so many segments of a size stand side by side.
const MERGE_AT: usize = 4;
/// Parts of one in which norms are added up: whole numbers come to the same sum in every order.
const NORM_PARTS: f32 = 65_536.0;

/// All articles at the time when rarities were counted.
#[derive(Debug)]
pub(crate) struct Base {
    pub(crate) segments: Vec<Measured>,
    pub(crate) scale: Scale,
    /// Pairs of letters in the titles of all segments.
    pub(crate) titles: TitlePairs,
}

impl Default for Base {
    fn default() -> Self {
        let scale = Scale { articles: 0, mean_norm: 1.0 };
        Self { segments: Vec::new(), scale, titles: TitlePairs::default() }
    }
}

impl Base {
    /// Counts and measures everything anew: the same articles come to the same answers, in whatever slots and order they stand.
    pub(crate) fn of<'a>(articles: impl Iterator<Item = (u32, &'a Shelved)> + Clone) -> Self {
        let mut segments = segments(articles);
        let titles = segments.iter_mut().flat_map(|segment| {
            let own = std::mem::take(&mut segment.titles);
            own.counted().collect::<Vec<_>>()
        });
        let titles = TitlePairs::of(titles.collect());
        let count = segments.iter().map(|segment| segment.articles.len()).sum::<usize>() as u32;
        let counted: Vec<&Segment> = segments.iter().collect();
        let norms: Vec<_> =
            segments.iter().map(|segment| weights::norms(segment, &counted, count)).collect();
        let sum: u64 = norms.iter().flatten().map(|norm| (norm * NORM_PARTS) as u64).sum();
        let mean = sum as f64 / f64::from(count.max(1)) / f64::from(NORM_PARTS);
        let mean_norm = if count == 0 { 1.0 } else { mean as f32 };
        let scale = Scale { articles: count, mean_norm };
        let measured = segments
            .into_iter()
            .zip(norms)
            .map(|(segment, norms)| weights::measured(segment, norms, scale))
            .collect();
        Self { segments: measured, scale, titles }
    }

    /// Measures a segment of changes by the rarities of the base.
    pub(crate) fn measure(&self, segment: Segment) -> Measured {
        let counted: Vec<&Segment> = self.segments.iter().map(|counted| &counted.segment).collect();
        let norms = weights::norms(&segment, &counted, self.scale.articles);
        weights::measured(segment, norms, self.scale)
    }
}

fn segments<'a>(mut articles: impl Iterator<Item = (u32, &'a Shelved)> + Clone) -> Vec<Segment> {
    let mut full = Vec::new();
    loop {
        let next = articles.clone().take(SEGMENT_ARTICLES_MAX);
        let mut builder = Builder::with_room(next.map(|(_, shelved)| shelved.grams_about()).sum());
        for (slot, shelved) in articles.by_ref().take(SEGMENT_ARTICLES_MAX) {
            let grams = shelved.grams();
            builder.add_title(shelved.title_pairs());
            builder.add(shelved.lodged(slot, &grams), grams.into_iter());
        }
        if builder.is_empty() {
            return full;
        }
        full.push(builder.build());
    }
}

/// What is searched: the base and the changes since, oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hot {
    pub(crate) base: Arc<Base>,
    pub(crate) changes: Vec<Arc<Measured>>,
}

impl Hot {
    /// Adds the articles in these slots as changes. Merges small segments, but none of the first `kept`.
    pub(crate) fn add(&mut self, shelf: &Shelf, slots: &BTreeSet<u32>, kept: usize) {
        let articles = slots.iter().filter_map(|slot| Some((*slot, shelf.get(*slot)?)));
        for segment in segments(articles) {
            self.changes.push(Arc::new(self.base.measure(segment)));
        }
        self.merge(kept);
    }

    /// All segments: those of the base, then the changes.
    pub(crate) fn segments(&self) -> impl Iterator<Item = &Measured> {
        self.base.segments.iter().chain(self.changes.iter().map(Arc::as_ref))
    }

    /// The pairs of letters in titles: those of the base, then those of the changes.
    pub(crate) fn titles(&self) -> impl Iterator<Item = &TitlePairs> {
        let changed = self.changes.iter().map(|change| &change.segment.titles);
        std::iter::once(&self.base.titles).chain(changed)
    }

    /// Articles that hold the gram, replaced ones too.
    pub(crate) fn holding(&self, gram: Gram) -> u32 {
        self.segments().map(|measured| measured.segment.holding(gram)).sum()
    }

    /// The segment at this place among [`Self::segments`].
    pub(crate) fn segment(&self, at: u32) -> &Measured {
        let at = at as usize;
        self.base.segments.get(at).unwrap_or_else(|| &self.changes[at - self.base.segments.len()])
    }

    fn merge(&mut self, kept: usize) {
        while self.changes.len() >= kept + MERGE_AT {
            let first = self.changes.len() - MERGE_AT;
            let last = self.changes[first..].iter().map(|change| change.segment.articles.len());
            let (smallest, all) = (last.clone().min().unwrap_or(0), last.sum::<usize>());
            let oldest = self.changes[first].segment.articles.len();
            let alike = oldest < smallest.max(1) * MERGE_AT;
            if !alike || all > SEGMENT_ARTICLES_MAX {
                return;
            }
            let mut builder = Builder::default();
            self.changes.drain(first..).for_each(|change| builder.absorb(&change.segment));
            self.changes.push(Arc::new(self.base.measure(builder.build())));
        }
    }

    /// Takes a new base, made when the first `covered` changes were there, and measures the later ones by it.
    pub(crate) fn rebase(&mut self, base: Base, covered: usize) {
        self.base = Arc::new(base);
        let later = self.changes.split_off(covered);
        self.changes = later
            .into_iter()
            .map(|change| {
                let mut builder = Builder::default();
                builder.absorb(&change.segment);
                Arc::new(self.base.measure(builder.build()))
            })
            .collect();
    }
}
