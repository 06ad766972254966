//! The articles as searches see them: by slot, unchanging once published. Does not index.

use std::sync::Arc;

use crate::gram::{Gram, counted, document_numbers, numbers, pairs, singles, wholes};
use crate::letters::Letters;
use crate::places::Places;
use crate::segment::{Lodged, Times};
use crate::sounds::pairs_of;
use crate::{Article, Day};

/// Slots that are copied together when one of them changes.
const CHUNK: usize = 256;
/// How often the title counts among an article's grams: it says in a line what the body is about. Chosen, not measured: the
/// questions at hand go to texts without titles.
pub(crate) const TITLE_TIMES: usize = 2;

/// One article on the shelf.
#[derive(Debug)]
pub(crate) struct Shelved {
    pub(crate) article: Article,
    /// Differs for every put, so that postings of a replaced article are known to be of no one.
    pub(crate) stamp: u64,
    pub(crate) places: Places,
}

impl Shelved {
    pub(crate) fn new(article: Article, stamp: u64) -> Self {
        let title = Letters::of(&article.title);
        let places = Places::of(&[&title, &Letters::of(&article.body)]);
        Self { stamp, places, article }
    }

    /// Grams of title and body, and of the labels, with how often each counts, ascending. The number of a document is a label
    /// wherever it stands.
    pub(crate) fn grams(&self) -> Vec<(Gram, Times)> {
        let title = Letters::of(&self.article.title);
        let body = Letters::of(&self.article.body);
        let mut grams = Vec::new();
        for letters in std::iter::repeat_n(&title, TITLE_TIMES).chain([&body]) {
            grams.extend(singles(letters).chain(pairs(letters)).map(|(_, gram)| gram));
            grams.extend(numbers(letters));
        }
        let in_text = counted(grams).into_iter().map(|(gram, times)| (gram, times, 0));
        let mut labels = Vec::new();
        for (_, label) in self.article.labels() {
            labels.extend(all(&Letters::of(label)));
        }
        labels.extend([&title, &body].into_iter().flat_map(document_numbers));
        if labels.is_empty() {
            return in_text.map(|(gram, times, _)| (gram, Times::of(times, 0))).collect();
        }
        let in_labels = counted(labels).into_iter().map(|(gram, times)| (gram, 0, times));
        let mut both: Vec<(Gram, u32, u32)> = in_text.chain(in_labels).collect();
        both.sort_unstable_by_key(|(gram, ..)| *gram);
        let same = both.chunk_by(|one, other| one.0 == other.0).map(|same| {
            let sum = same.iter().fold((0, 0), |sum, it| (sum.0 + it.1, sum.1 + it.2));
            (same[0].0, Times::of(sum.0, sum.1))
        });
        same.collect()
    }

    /// About how many grams there are: a letter and a pair for each Chinese character, of three bytes.
    pub(crate) fn grams_about(&self) -> usize {
        let labels: usize = self.article.labels().map(|(_, label)| label.len()).sum();
        (self.article.title.len() + self.article.body.len() + labels) / 3 * 2
    }

    /// The pairs of letters of the title and of the matter, whose names are terms, for what is typed in pinyin.
    pub(crate) fn title_pairs(&self) -> Vec<(char, char, u32)> {
        let matter = Letters::of(self.article.matter.as_deref().unwrap_or(""));
        pairs_of(&Letters::of(&self.article.title)).chain(pairs_of(&matter)).collect()
    }

    pub(crate) fn lodged(&self, slot: u32, grams: &[(Gram, Times)]) -> Lodged {
        let recorded = grams.iter().filter(|(gram, _)| !gram.is_whole());
        let length = recorded.map(|(_, times)| u32::from(times.all())).sum();
        Lodged { slot, stamp: self.stamp, length }
    }
}

fn all(letters: &Letters) -> impl Iterator<Item = Gram> {
    let of_letters = singles(letters).chain(pairs(letters)).map(|(_, gram)| gram);
    of_letters.chain(wholes(letters))
}

/// What a search asks of every candidate, in one place: most are looked at no further, and what lies elsewhere is waited for.
#[derive(Debug, Clone)]
struct Place {
    stamp: u64,
    from: Day,
    to: Day,
    places: Places,
    shelved: Arc<Shelved>,
}

/// All articles. A slot is the number under which the index knows an article; an empty slot is reused.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shelf {
    chunks: Vec<Arc<Vec<Option<Place>>>>,
}

impl Shelf {
    pub(crate) fn get(&self, slot: u32) -> Option<&Shelved> {
        self.place(slot).map(|place| place.shelved.as_ref())
    }

    /// The article that `lodged` means and the places it names, if it is still there and answers on `day`.
    pub(crate) fn answering(&self, lodged: Lodged, day: Day) -> Option<(&Shelved, Places)> {
        let place = self.place(lodged.slot)?;
        let answers = place.stamp == lodged.stamp && place.from <= day && day <= place.to;
        answers.then_some((place.shelved.as_ref(), place.places))
    }

    fn place(&self, slot: u32) -> Option<&Place> {
        let slot = slot as usize;
        self.chunks.get(slot / CHUNK)?.get(slot % CHUNK)?.as_ref()
    }

    pub(crate) fn put(&mut self, slot: u32, shelved: Arc<Shelved>) {
        let place = Place {
            stamp: shelved.stamp,
            from: shelved.article.valid_from.unwrap_or(Day(i32::MIN)),
            to: shelved.article.valid_to.unwrap_or(Day(i32::MAX)),
            places: shelved.places,
            shelved,
        };
        *self.slot(slot) = Some(place);
    }

    pub(crate) fn clear(&mut self, slot: u32) {
        *self.slot(slot) = None;
    }

    fn slot(&mut self, slot: u32) -> &mut Option<Place> {
        let (chunk, within) = (slot as usize / CHUNK, slot as usize % CHUNK);
        if chunk >= self.chunks.len() {
            self.chunks.resize_with(chunk + 1, || Arc::new(vec![None; CHUNK]));
        }
        &mut Arc::make_mut(&mut self.chunks[chunk])[within]
    }

    /// All articles with their slots.
    pub(crate) fn all(&self) -> impl Iterator<Item = (u32, &Arc<Shelved>)> + Clone {
        let places = self.chunks.iter().flat_map(|chunk| chunk.iter());
        (0..).zip(places).filter_map(|(slot, place)| Some((slot, &place.as_ref()?.shelved)))
    }
}
