//! Two models on the same orders: on a split by time, and on what came after a candidate. A text that is like one that was
//! there before says nothing, and is left out. Decides by McNemar's exact test.

use hotline_engine::learning::{Alike, LEVEL, Lesson, Paired, Words};
use hotline_engine::order::OrderId;
use hotline_engine::text::Sketch;

use super::{Gathered, Serving, Told};
use crate::district::District;
use crate::intake::{IntakeError, MatterReader, Taught, Workspace};
use crate::model_cards::{Card, Split};

/// Of the orders that the serving model has not learnt from, the newest in so many are for the test.
const TESTED_OF: usize = 3;

/// How two models did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// On orders unlike any before.
    pub paired: Paired,
    /// Orders left out, since one like them was there before.
    pub alike: u64,
}

/// What is said of a candidate, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// On the split by time.
    pub split: Paired,
    /// On what came after.
    pub live: Paired,
}

impl Verdict {
    /// Of both parts.
    pub fn of(split: Paired, live: Paired) -> Verdict {
        Verdict { split, live }
    }

    /// Both together: no order is in both, so that one test judges all of them.
    pub fn all(&self) -> Paired {
        self.split.plus(self.live)
    }

    /// Better by the test, and not behind where the candidate itself was judged.
    pub fn is_better(&self) -> bool {
        self.all().is_better() && self.live.candidate_right() >= self.live.serving_right()
    }

    /// In words.
    pub fn words(&self) -> String {
        let Paired { candidate, serving, .. } = self.all();
        let (orders, chance) = (self.all().orders(), self.all().chance());
        let told = format!(
            "McNemar's exact test, one-sided, level {LEVEL}: of {orders} orders the candidate alone was right on {candidate}, \
             the serving model alone on {serving}; p = {chance:.4}"
        );
        if self.live.candidate_right() < self.live.serving_right() {
            return format!("{told}; but on the orders after its training it is behind");
        }
        told
    }
}

/// Trains a sibling on what was known before the newest third, and judges it there.
///
/// The test begins at the acceptance of its first order: a lesson that became known later was not known to anybody then.
/// Nothing to say where either part is empty.
pub(super) fn time_split(
    gathered: &Gathered,
    district: &District,
    serving: &Serving,
    seed: u64,
) -> Result<Option<Split>, IntakeError> {
    let Some((older, newer)) = halves(gathered, serving.last_order()) else { return Ok(None) };
    let taught: Vec<Taught> = older.iter().map(|told| told.taught.clone()).collect();
    let (sibling, _) = MatterReader::learn(district, &taught, seed)?;
    let from = newer[0].lesson.accepted;
    let before = gathered.told().iter().filter(|told| told.lesson.accepted < from);
    let compared = compare(district, before, newer, &sibling, &serving.reader);
    Ok(Some(Split {
        from: from.to_string(),
        older: taught.len() as u64,
        alike: compared.alike,
        orders: compared.paired.into(),
    }))
}

/// What the sibling learns, and the orders it is judged on; none where nothing new was known before the test.
fn halves(gathered: &Gathered, last_order: u64) -> Option<(Vec<&Told>, Vec<&Told>)> {
    let told = gathered.told();
    let is_new = |lesson: &Lesson| lesson.order > OrderId(last_order);
    let new_count = told.iter().filter(|told| is_new(&told.lesson)).count();
    let first =
        told.len().checked_sub(new_count / TESTED_OF).filter(|first| *first < told.len())?;
    let from = told[first].lesson.accepted;
    let known = |lesson: &Lesson| lesson.accepted < from && lesson.at < from;
    let older: Vec<&Told> = told.iter().filter(|told| known(&told.lesson)).collect();
    let newer: Vec<&Told> = told.iter().filter(|told| told.lesson.accepted >= from).collect();
    older.iter().any(|told| is_new(&told.lesson)).then_some((older, newer))
}

/// Judges a candidate on the orders that came after its training.
pub(super) fn live(
    gathered: &Gathered,
    district: &District,
    card: &Card,
    candidate: &MatterReader,
    serving: &MatterReader,
) -> Compared {
    let last = OrderId(card.span.as_ref().map_or(u64::MAX, |span| span.last_order));
    let (before, after): (Vec<&Told>, Vec<&Told>) =
        gathered.told().iter().partition(|told| told.lesson.order <= last);
    compare(district, before, after, candidate, serving)
}

/// Both models on each order that is unlike all that was there before it.
fn compare<'a>(
    district: &District,
    before: impl IntoIterator<Item = &'a Told>,
    tested: impl IntoIterator<Item = &'a Told>,
    candidate: &MatterReader,
    serving: &MatterReader,
) -> Compared {
    let mut seen = Seen { alike: Alike::new(), workspace: Workspace::new(), reader: serving };
    for order in &district.orders {
        let words = Words { title: order.title.clone(), content: order.content.clone() };
        seen.is_new(&words);
    }
    before.into_iter().for_each(|told| {
        seen.is_new(&told.taught.words);
    });
    let mut compared = Compared::default();
    for Told { taught, .. } in tested {
        if !seen.is_new(&taught.words) {
            compared.alike += 1;
            continue;
        }
        let mut is_right = |reader: &MatterReader| {
            reader.read(&taught.words, &mut seen.workspace) == taught.matter
        };
        compared.paired.count(is_right(candidate), is_right(serving));
    }
    compared
}

/// Texts that were there.
struct Seen<'a> {
    alike: Alike,
    workspace: Workspace,
    reader: &'a MatterReader,
}

impl Seen<'_> {
    /// Whether nothing like it was there; from now on it is.
    fn is_new(&mut self, words: &Words) -> bool {
        let sketch: Option<Sketch> = self.reader.sketch(words, &mut self.workspace);
        let is_new = !self.alike.has_one_like(&words.content, sketch.as_ref());
        if is_new {
            self.alike.add(&words.content, sketch.as_ref());
        }
        is_new
    }
}
