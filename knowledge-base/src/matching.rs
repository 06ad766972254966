//! First stage: BM25 over character bigrams of title and body, gram by gram straight from tantivy's postings into one score an
//! article, and the best fifty of those. Does not put the answers in their last order.
//!
//! A whole story asks for hundreds of grams, and most articles hold some of them. Adding up gram by gram is one pass over the
//! postings, without the bookkeeping that walking article by article, as tantivy's own queries do, needs at each step.

use tantivy::postings::{BlockSegmentPostings, TermInfo};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Searcher, SegmentReader, Term};

use crate::answer::ANSWERS_MAX;
use crate::gram::Gram;
use crate::index::{Fields, SLOT};
use crate::question::{QUERY_GRAMS_MAX, Question};

/// Articles handed to the second stage; at least the answers that may be asked for. Of 100 the answers are no better (measured:
/// MRR@10 0.7458 against 0.7454), and each costs the second stage several microseconds.
pub(crate) const CANDIDATES_MAX: usize = ANSWERS_MAX;
/// What a gram in the title weighs against one in the body. Chosen, not measured: the questions at hand go to texts without titles.
pub(crate) const TITLE_WEIGHT: f32 = 1.0;
/// Saturation and length of BM25. Measured on 1,309 questions and official replies: 0.9 beats the usual 0.75, for replies repeat
/// themselves as they grow.
const K1: f32 = 1.2;
const B: f32 = 0.9;
/// A gram in more than a fifth of the articles tells nothing: without such grams the order stays (measured: 92 % of the top ten),
/// and a story costs half.
const COMMON_SHARE: f32 = 0.2;
/// Below so many articles every search is quick, and a fifth of them is too few to call a gram common.
const COMMON_ARTICLES_MIN: u64 = 1_000;
/// Rarest grams that stay even if common: a question may consist of common words only.
const COMMON_KEPT: usize = 8;

/// The greatest factor that `lift` may give, so that most articles need not be asked about. Enough to pass a near neighbour, too
/// little to beat an article that shares far more words.
pub(crate) const LIFT_MAX: f32 = 1.2;

/// What the first stage found.
#[derive(Debug)]
pub(crate) struct Match {
    /// In no order.
    pub(crate) candidates: Vec<Candidate>,
    /// The grams looked for, ascending, with their weights.
    pub(crate) weights: Vec<(Gram, f32)>,
}

/// An article that may answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    pub(crate) slot: u32,
    /// From 0 to 1.
    pub(crate) score: f32,
    /// Factor for what was asked besides the words.
    pub(crate) lift: f32,
}

/// A gram of the question and where the index has it.
struct Sought {
    gram: Gram,
    count: u32,
    articles: u64,
    places: Vec<Place>,
}

struct Place {
    segment: usize,
    field: usize,
    info: TermInfo,
}

/// Matches the question. `lift` gives the factor (at most [`LIFT_MAX`]) of the article in a slot, or none if it may not answer.
pub(crate) fn match_question(
    searcher: &Searcher,
    fields: Fields,
    question: &Question,
    lift: impl Fn(u32) -> Option<f32>,
) -> tantivy::Result<Match> {
    let segments = searcher.segment_readers();
    let articles: u64 = segments.iter().map(|segment| u64::from(segment.max_doc())).sum();
    let fields = [(fields.title, TITLE_WEIGHT), (fields.body, 1.0)];
    let sought = telling(look_up(segments, fields.map(|(field, _)| field), question)?, articles);
    let weights: Vec<f32> = sought.iter().map(|sought| weight(sought, articles)).collect();
    let ideal: f32 = weights.iter().sum::<f32>() * (1.0 + TITLE_WEIGHT);

    let mut best = Best::default();
    for (number, segment) in segments.iter().enumerate() {
        let mut scores = vec![0.0; segment.max_doc() as usize];
        for (position, (field, field_weight)) in fields.into_iter().enumerate() {
            let scale = field_weight / ideal;
            let mut adding = Adding::in_field(searcher, segment, field, &mut scores)?;
            for (sought, weight) in sought.iter().zip(&weights) {
                for place in sought
                    .places
                    .iter()
                    .filter(|place| place.segment == number && place.field == position)
                {
                    adding.add(&place.info, weight * scale)?;
                }
            }
        }
        offer(segment, &scores, &lift, &mut best)?;
    }

    let mut weights: Vec<_> = sought.iter().map(|sought| sought.gram).zip(weights).collect();
    weights.sort_unstable_by_key(|(gram, _)| *gram);
    Ok(Match { candidates: best.take(), weights })
}

fn look_up(
    segments: &[SegmentReader],
    fields: [Field; 2],
    question: &Question,
) -> tantivy::Result<Vec<Sought>> {
    let mut sought: Vec<_> = question
        .grams
        .iter()
        .map(|(gram, count)| Sought { gram: *gram, count: *count, articles: 0, places: Vec::new() })
        .collect();
    for (position, field) in fields.into_iter().enumerate() {
        let mut in_field = vec![0; sought.len()];
        for (number, segment) in segments.iter().enumerate() {
            let index = segment.inverted_index(field)?;
            for (sought, in_field) in sought.iter_mut().zip(&mut in_field) {
                let term = Term::from_field_text(field, &sought.gram.term());
                let Some(info) = index.get_term_info(&term)? else { continue };
                *in_field += u64::from(info.doc_freq);
                sought.places.push(Place { segment: number, field: position, info });
            }
        }
        for (sought, in_field) in sought.iter_mut().zip(in_field) {
            sought.articles = sought.articles.max(in_field);
        }
    }
    Ok(sought)
}

/// Keeps what tells articles apart, rarest first.
fn telling(mut sought: Vec<Sought>, articles: u64) -> Vec<Sought> {
    sought.sort_by_key(|sought| (sought.articles, sought.gram));
    if articles >= COMMON_ARTICLES_MIN {
        let common = (articles as f32 * COMMON_SHARE) as u64;
        let telling = sought.partition_point(|sought| sought.articles <= common);
        sought.truncate(telling.max(COMMON_KEPT));
    }
    sought.truncate(QUERY_GRAMS_MAX);
    sought
}

/// What the gram can bring at most: how often it was asked × its inverse document frequency.
fn weight(sought: &Sought, articles: u64) -> f32 {
    let (all, having) = (articles as f32, sought.articles as f32);
    let rarity = (1.0 + (all - having + 0.5) / (having + 0.5)).ln();
    sought.count as f32 * rarity
}

/// Adds grams of one field of one segment to the scores.
struct Adding<'a> {
    index: std::sync::Arc<tantivy::InvertedIndexReader>,
    lengths: tantivy::fieldnorm::FieldNormReader,
    /// BM25's length norm for each length the index can tell apart.
    norms: [f32; 256],
    scores: &'a mut [f32],
}

impl<'a> Adding<'a> {
    fn in_field(
        searcher: &Searcher,
        segment: &SegmentReader,
        field: Field,
        scores: &'a mut [f32],
    ) -> tantivy::Result<Self> {
        let mean = mean_length(searcher, field)?;
        let lengths = segment.get_fieldnorms_reader(field)?;
        let norms = std::array::from_fn(|id| {
            let length = tantivy::fieldnorm::FieldNormReader::id_to_fieldnorm(id as u8) as f32;
            K1 * (1.0 - B + B * length / mean)
        });
        Ok(Self { index: segment.inverted_index(field)?, lengths, norms, scores })
    }

    fn add(&mut self, info: &TermInfo, weight: f32) -> std::io::Result<()> {
        let mut postings: BlockSegmentPostings =
            self.index.read_block_postings_from_terminfo(info, IndexRecordOption::WithFreqs)?;
        while !postings.docs().is_empty() {
            for (article, times) in postings.docs().iter().zip(postings.freqs()) {
                let times = *times as f32;
                let norm = self.norms[usize::from(self.lengths.fieldnorm_id(*article))];
                self.scores[*article as usize] += weight * times / (times + norm);
            }
            postings.advance();
        }
        Ok(())
    }
}

fn mean_length(searcher: &Searcher, field: Field) -> tantivy::Result<f32> {
    let (mut grams, mut articles) = (0, 0);
    for segment in searcher.segment_readers() {
        grams += segment.inverted_index(field)?.total_num_tokens();
        articles += u64::from(segment.max_doc());
    }
    Ok((grams as f32 / articles.max(1) as f32).max(1.0))
}

fn offer(
    segment: &SegmentReader,
    scores: &[f32],
    lift: impl Fn(u32) -> Option<f32>,
    best: &mut Best,
) -> tantivy::Result<()> {
    let slots = segment.fast_fields().column_first_or_default::<u64>(SLOT)?;
    for (article, score) in (0..).zip(scores) {
        if *score * LIFT_MAX <= best.floor || segment.is_deleted(article) {
            continue;
        }
        let slot = slots.get_val(article) as u32;
        if let Some(lift) = lift(slot) {
            best.offer(Candidate { slot, score: *score, lift });
        }
    }
    Ok(())
}

/// The best candidates so far; pruned when there are twice too many, so that each costs next to nothing.
#[derive(Default)]
struct Best {
    candidates: Vec<Candidate>,
    /// Candidates of this value or less are too many already; 0 at first, for no gram in common.
    floor: f32,
}

impl Best {
    fn offer(&mut self, candidate: Candidate) {
        if candidate.score * candidate.lift <= self.floor {
            return;
        }
        self.candidates.push(candidate);
        if self.candidates.len() >= 2 * CANDIDATES_MAX {
            self.prune();
        }
    }

    fn prune(&mut self) {
        if self.candidates.len() <= CANDIDATES_MAX {
            return;
        }
        let value = |candidate: &Candidate| candidate.score * candidate.lift;
        self.candidates.select_nth_unstable_by(CANDIDATES_MAX - 1, |one, other| {
            value(other).total_cmp(&value(one)).then(one.slot.cmp(&other.slot))
        });
        self.candidates.truncate(CANDIDATES_MAX);
        self.floor = self.candidates.last().map_or(0.0, value);
    }

    fn take(mut self) -> Vec<Candidate> {
        self.prune();
        self.candidates
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::create;
    use crate::letters::Letters;

    /// BM25 of one gram in one field by the book.
    fn by_hand(articles: f32, having: f32, times: f32, length: f32, mean: f32) -> f32 {
        let rarity = (1.0 + (articles - having + 0.5) / (having + 0.5)).ln();
        rarity * times / (times + K1 * (1.0 - B + B * length / mean))
    }

    #[test]
    fn scores_are_those_of_bm25_by_pen_and_paper() {
        let (fields, mut writer, reader) = create().expect("opens");
        // Each commit makes a segment, so that counts must be summed over segments.
        for (slot, body) in [(0, "停水停水了"), (1, "停电"), (2, "停水的小区")] {
            let (title, body) = (Letters::of("甲").text(), Letters::of(body).text());
            writer
                .add_document(fields.document(&slot.to_string(), slot, &title, &body))
                .expect("adds");
            writer.commit().expect("commits");
        }
        reader.reload().expect("reloads");
        let question = Question::of("停水");
        let found =
            match_question(&reader.searcher(), fields, &question, |_| Some(1.0)).expect("searches");

        let ideal =
            weight(&Sought { gram: question.grams[0].0, count: 1, articles: 2, places: vec![] }, 3)
                * (1.0 + TITLE_WEIGHT);
        // Bodies hold 5 + 4, 2 + 1 and 5 + 4 grams of one or two letters.
        let mean = 21.0 / 3.0;
        let expected =
            [(0, by_hand(3.0, 2.0, 2.0, 9.0, mean)), (2, by_hand(3.0, 2.0, 1.0, 9.0, mean))];
        let mut candidates = found.candidates;
        candidates.sort_unstable_by_key(|candidate| candidate.slot);
        assert_eq!(candidates.len(), expected.len());
        for (candidate, (slot, score)) in candidates.iter().zip(expected) {
            assert_eq!(candidate.slot, slot);
            assert!(
                (candidate.score - score / ideal).abs() < 1e-6,
                "{candidate:?} against {score}"
            );
        }
    }

    #[test]
    fn among_many_articles_common_grams_are_left_out_but_not_the_last_few() {
        let sought = |number: u32, articles| Sought {
            gram: Gram::single(char::from_u32(0x4E00 + number).expect("a letter")),
            count: 1,
            articles,
            places: vec![],
        };
        let all = || (0..20).map(|number| sought(number, if number < 12 { 10 } else { 900 }));
        assert_eq!(telling(all().collect(), 1_000).len(), 12);
        assert_eq!(
            telling(all().collect(), 999).len(),
            20,
            "too few articles to call a gram common"
        );
        assert_eq!(telling(all().skip(12).collect(), 1_000).len(), COMMON_KEPT);
    }

    #[test]
    fn the_best_candidates_survive_pruning() {
        let mut best = Best::default();
        for slot in 0..5_000 {
            let score = ((slot * 7_919) % 5_000) as f32 / 5_000.0;
            best.offer(Candidate { slot, score, lift: 1.0 });
        }
        let mut scores: Vec<f32> = best.take().iter().map(|candidate| candidate.score).collect();
        scores.sort_unstable_by(f32::total_cmp);
        assert_eq!(scores.len(), CANDIDATES_MAX);
        assert_eq!(scores[0], (5_000 - CANDIDATES_MAX) as f32 / 5_000.0);
    }
}
