//! Matching: every article's score for a question, gram by gram into one dense array, and the best of them. Does not know days,
//! units or texts; what it finds is in no last order.

use std::cell::RefCell;

use crate::gram::Gram;
use crate::hot::Hot;
use crate::question::{QUERY_GRAMS_MAX, Question};
use crate::segment::{Measured, SEGMENT_ARTICLES_MAX};
use crate::weights::{
    HEADING_SHARE, is_common, is_common_in_line, rarity, times_in_article, times_in_question,
    touched_max,
};

/// Rarest grams that stay even if common: a question may consist of common words only.
const COMMON_KEPT: usize = 8;
/// Grams of a typed line: thirty letters and their pairs.
const LINE_GRAMS_MAX: usize = 64;
/// Articles looked at together when the best are chosen: most blocks hold none of them.
const BLOCK: usize = 64;
/// Values compared at a time.
const LANES: usize = 16;
/// Stands for a gram that a segment does not hold.
const NOWHERE: u32 = u32::MAX;

/// A question's grams with what each can bring.
#[derive(Debug)]
pub(crate) struct Sought {
    /// Ascending, so that letters come before pairs.
    pub(crate) grams: Vec<(Gram, f32)>,
    /// Where each segment of the base holds each gram, segment by segment.
    starts: Vec<Vec<u32>>,
    /// The greatest score there can be.
    pub(crate) best: f32,
    /// Whether letters alone are looked for: no article has a pair of the question.
    pub(crate) by_letters: bool,
}

/// An article that may answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    pub(crate) segment: u32,
    pub(crate) article: u16,
    /// What it shares with the question, not yet measured by its norm.
    pub(crate) shared: f32,
    /// By which the first screen is chosen.
    pub(crate) chosen: f32,
}

impl Sought {
    /// Looks the question's grams up and weighs them.
    pub(crate) fn of(question: &Question, hot: &Hot) -> Self {
        let base = &hot.base;
        let all = base.scale.articles;
        let mut having = vec![0; question.grams.len()];
        let mut starts: Vec<Vec<u32>> = Vec::with_capacity(base.segments.len());
        for Measured { segment, .. } in &base.segments {
            let found =
                question.grams.iter().map(|asked| segment.find(asked.gram).unwrap_or(NOWHERE));
            let found: Vec<u32> = found.collect();
            for (having, start) in having.iter_mut().zip(&found) {
                *having += if *start == NOWHERE { 0 } else { segment.holding_at(*start) };
            }
            starts.push(found);
        }
        let by_letters = no_pair_is_known(question, &having, hot);
        let kept = telling(question, &having, all);
        let rarities: Vec<f32> =
            kept.iter().map(|at| rarity(question.grams[*at].gram, having[*at], all)).collect();
        let norm = |times: fn(&crate::question::Asked) -> u32| {
            let parts = kept.iter().zip(&rarities).filter_map(|(at, rarity)| {
                let times = times(&question.grams[*at]);
                let stands = times > 0 && question.grams[*at].share == 1.0;
                stands.then(|| (times_in_question(times) * rarity).powi(2))
            });
            parts.sum::<f32>().sqrt()
        };
        let (whole, heading) = (norm(|asked| asked.times), norm(|asked| asked.in_heading));
        // A question of common words alone may have kept only what means the same.
        let whole = if whole > 0.0 { whole } else { 1.0 };
        let weight = |(at, rarity): (&usize, &f32)| {
            let asked = &question.grams[*at];
            let mut share = times_in_question(asked.times) / whole;
            if asked.in_heading > 0 {
                share += HEADING_SHARE * times_in_question(asked.in_heading) / heading;
            }
            (asked.gram, asked.share * share * rarity * rarity)
        };
        let grams = kept.iter().zip(&rarities).map(weight).collect();
        for starts in &mut starts {
            *starts = kept.iter().map(|at| starts[*at]).collect();
        }
        let best = if heading > 0.0 { 1.0 + HEADING_SHARE } else { 1.0 };
        Self { grams, starts, best, by_letters }
    }

    /// The best `wanted` of all articles, and whether these are all that share anything.
    pub(crate) fn candidates(&self, hot: &Hot, wanted: usize) -> (Vec<Candidate>, bool) {
        let mut best = Best { wanted, floor: 0.0, candidates: Vec::new(), complete: true };
        SCORES.with_borrow_mut(|scores| {
            for (number, measured) in (0..).zip(hot.segments()) {
                let starts = self.starts.get(number as usize);
                self.add(measured, starts, scores);
                let used = &mut scores[..measured.segment.articles.len()];
                offer(number, used, &measured.choosing, &mut best);
                used.fill(0.0);
            }
        });
        best.prune();
        (best.candidates, best.complete)
    }

    /// Adds up pairs first, then letters: these tell only among articles that share a pair, if any article has one.
    fn add(&self, measured: &Measured, starts: Option<&Vec<u32>>, scores: &mut Scores) {
        let segment = &measured.segment;
        let found = |at: usize| match starts {
            Some(starts) => (starts[at] != NOWHERE).then(|| starts[at]),
            None => segment.find(self.grams[at].0),
        };
        let pairs = self.grams.partition_point(|(gram, _)| gram.is_single());
        for at in pairs..self.grams.len() {
            let Some(start) = found(at) else { continue };
            for group in segment.groups(start) {
                let weight = self.grams[at].1 * times_in_article(group.times);
                for article in group.articles {
                    scores[usize::from(*article) % SEGMENT_ARTICLES_MAX] += weight;
                }
            }
        }
        let alone = self.by_letters || pairs == self.grams.len();
        for at in 0..pairs {
            let Some(start) = found(at) else { continue };
            for group in segment.groups(start) {
                let weight = self.grams[at].1 * times_in_article(group.times);
                for article in group.articles {
                    let score = &mut scores[usize::from(*article) % SEGMENT_ARTICLES_MAX];
                    *score += if alone || *score > 0.0 { weight } else { 0.0 };
                }
            }
        }
    }
}

/// Whether neither the base nor what was changed since holds a pair of the question, or a word that means the same.
fn no_pair_is_known(question: &Question, having: &[u32], hot: &Hot) -> bool {
    let pairs = || question.grams.iter().zip(having).filter(|(asked, _)| !asked.gram.is_single());
    pairs().all(|(_, having)| *having == 0)
        && !pairs().any(|(asked, _)| {
            hot.segments().any(|measured| measured.segment.find(asked.gram).is_some())
        })
}

type Scores = [f32; SEGMENT_ARTICLES_MAX];

thread_local! {
    /// One score an article of the segment at hand; all 0 between searches.
    static SCORES: RefCell<Box<Scores>> = RefCell::new(
        vec![0.0; SEGMENT_ARTICLES_MAX].into_boxed_slice().try_into().expect("as long as asked for"),
    );
}

/// Places of the grams that tell articles apart, ascending; the rarest if there are too many or none.
fn telling(question: &Question, having: &[u32], all: u32) -> Vec<usize> {
    // What has a heading is a story, if a short one.
    let headed = question.grams.iter().any(|asked| asked.in_heading > 0);
    let stand = question.grams.iter().filter(|asked| asked.share == 1.0).count();
    let is_line = !headed && stand <= LINE_GRAMS_MAX;
    let common = |at: &usize| {
        let gram = question.grams[*at].gram;
        is_common(gram, having[*at], all) || (is_line && is_common_in_line(gram, having[*at], all))
    };
    let (mut kept, mut left): (Vec<usize>, Vec<usize>) =
        (0..having.len()).partition(|at| !common(at));
    // What no article has, or only means the same, stands for no word of the question.
    let stands = |at: &usize| having[*at] > 0 && question.grams[*at].share == 1.0;
    let so_far = kept.iter().filter(|at| stands(at)).count();
    if so_far < COMMON_KEPT {
        left.sort_unstable_by_key(|at| {
            (!stands(at), question.grams[*at].gram.is_single(), having[*at], *at)
        });
        kept.extend(left.into_iter().take(COMMON_KEPT - so_far));
    }
    leave_out_commonest(&mut kept, having, all);
    if kept.len() > QUERY_GRAMS_MAX {
        kept.sort_unstable_by_key(|at| (having[*at], *at));
        kept.truncate(QUERY_GRAMS_MAX);
    }
    kept.sort_unstable();
    kept
}

/// Leaves out the commonest grams of a long story, until a search of the rest has few enough articles to touch.
fn leave_out_commonest(kept: &mut Vec<usize>, having: &[u32], all: u32) {
    let touched = |kept: &[usize]| kept.iter().map(|at| u64::from(having[*at])).sum::<u64>();
    let (mut standing, enough) = (touched(kept), touched_max(all));
    if standing <= enough {
        return;
    }
    kept.sort_unstable_by_key(|at| (having[*at], *at));
    while standing > enough && kept.len() > COMMON_KEPT {
        standing -= kept.pop().map_or(0, |at| u64::from(having[at]));
    }
}

/// Offers what can be among the best: first the best of each block is known, and so a value that enough articles reach.
fn offer(segment: u32, scores: &[f32], choosing: &[f32], best: &mut Best) {
    let blocks = || scores.chunks(BLOCK).zip(choosing.chunks(BLOCK));
    let mut tops: Vec<f32> = blocks().map(|(scores, choosing)| top(scores, choosing)).collect();
    let reached = tops.clone();
    let mut floor = best.floor;
    if tops.len() > best.wanted {
        let at = best.wanted - 1;
        let (_, least, _) = tops.select_nth_unstable_by(at, |one, other| other.total_cmp(one));
        // So many articles are worth as much: what is worth less is not among the best.
        floor = floor.max(least.next_down());
    }
    for (block, (scores, choosing)) in blocks().enumerate() {
        if reached[block] <= floor {
            best.complete &= reached[block] == 0.0;
            continue;
        }
        let parts = scores.chunks(LANES).zip(choosing.chunks(LANES));
        for (part, (scores, choosing)) in parts.enumerate() {
            let reached = top(scores, choosing);
            if reached <= floor {
                best.complete &= reached == 0.0;
                continue;
            }
            let first = block * BLOCK + part * LANES;
            for (within, (shared, factor)) in scores.iter().zip(choosing).enumerate() {
                let chosen = shared * factor;
                if chosen > floor {
                    let article = (first + within) as u16;
                    best.offer(Candidate { segment, article, shared: *shared, chosen });
                } else {
                    best.complete &= chosen == 0.0;
                }
            }
        }
    }
}

/// The greatest value of a block. Several are compared at a time: the greatest of each lane, then the greatest of these.
fn top(scores: &[f32], choosing: &[f32]) -> f32 {
    let greater = |one: f32, other: f32| if one > other { one } else { other };
    let mut lanes = [0.0_f32; LANES];
    let (scores, rest) = scores.as_chunks::<LANES>();
    let (choosing, factors) = choosing.as_chunks::<LANES>();
    for (scores, choosing) in scores.iter().zip(choosing) {
        for lane in 0..LANES {
            lanes[lane] = greater(lanes[lane], scores[lane] * choosing[lane]);
        }
    }
    // Halves are compared, then halves of these.
    for half in [LANES / 2, LANES / 4, LANES / 8, LANES / 16] {
        for lane in 0..half {
            lanes[lane] = greater(lanes[lane], lanes[lane + half]);
        }
    }
    let rest = rest.iter().zip(factors).map(|(score, factor)| score * factor);
    rest.fold(lanes[0], greater)
}

/// The best candidates so far; pruned when there are twice too many, so that each costs next to nothing.
struct Best {
    wanted: usize,
    /// Candidates of this value or less are too many already; 0 at first, for no gram in common.
    floor: f32,
    candidates: Vec<Candidate>,
    complete: bool,
}

impl Best {
    fn offer(&mut self, candidate: Candidate) {
        if candidate.chosen <= self.floor {
            return;
        }
        self.candidates.push(candidate);
        if self.candidates.len() >= 2 * self.wanted {
            self.prune();
        }
    }

    fn prune(&mut self) {
        if self.candidates.len() <= self.wanted {
            return;
        }
        self.complete = false;
        self.candidates.select_nth_unstable_by(self.wanted - 1, |one, other| {
            let place = |candidate: &Candidate| (candidate.segment, candidate.article);
            other.chosen.total_cmp(&one.chosen).then(place(one).cmp(&place(other)))
        });
        self.candidates.truncate(self.wanted);
        self.floor = self.candidates.last().map_or(0.0, |last| last.chosen);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(grams: impl Iterator<Item = Gram>) -> Question {
        let asked = |gram| crate::question::Asked { gram, times: 1, in_heading: 0, share: 1.0 };
        Question { grams: grams.map(asked).collect(), places: crate::places::Places::default() }
    }

    #[test]
    fn among_many_articles_common_grams_are_left_out_but_not_the_last_few() {
        let question = question((0x10000..0x10014).map(Gram::from_number));
        let having: Vec<u32> = (0..20).map(|at| if at < 12 { 10 } else { 900 }).collect();
        assert_eq!(telling(&question, &having, 1_000), (0..12).collect::<Vec<_>>());
        assert_eq!(
            telling(&question, &having, 999).len(),
            20,
            "too few articles to call a gram common"
        );
        assert_eq!(telling(&question, &[900; 20], 1_000).len(), COMMON_KEPT);
    }

    #[test]
    fn what_no_article_has_takes_the_place_of_no_common_word() {
        let mut question = question((0x10000..0x10010).map(Gram::from_number));
        question.grams[4..].iter_mut().for_each(|asked| asked.share = 0.4);
        let having: Vec<u32> = (0..16).map(|at| if at < 4 { 900 } else { 0 }).collect();
        assert_eq!(telling(&question, &having, 1_000), (0..16).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_offered_by_blocks_is_what_looking_at_each_article_finds() {
        for (articles, empty_below) in [(30, 0), (7_001, 0), (7_001, 6_900), (32_768, 16_000)] {
            let value = |at: usize| ((at * 7_919) % 997) as f32 / 997.0;
            let scores: Vec<f32> =
                (0..articles).map(|at| if at < empty_below { 0.0 } else { value(at) }).collect();
            let choosing: Vec<f32> = (0..articles).map(|at| 1.0 + value(at * 31) / 8.0).collect();
            let chosen = |at: usize| scores[at] * choosing[at];
            let mut wanted: Vec<usize> = (0..articles).filter(|at| chosen(*at) > 0.0).collect();
            let positive = wanted.len();
            wanted
                .sort_by(|one, other| chosen(*other).total_cmp(&chosen(*one)).then(one.cmp(other)));
            wanted.truncate(40);
            let mut best = Best { wanted: 40, floor: 0.0, candidates: Vec::new(), complete: true };
            offer(0, &scores, &choosing, &mut best);
            best.prune();
            let mut found: Vec<usize> =
                best.candidates.iter().map(|it| usize::from(it.article)).collect();
            found
                .sort_by(|one, other| chosen(*other).total_cmp(&chosen(*one)).then(one.cmp(other)));
            assert_eq!(found, wanted, "of {articles}");
            assert_eq!(best.complete, positive <= 40, "of {articles}");
        }
    }

    #[test]
    fn a_long_story_does_without_its_commonest_grams_and_a_short_one_keeps_them() {
        let story = |grams: u32| question((0x10000..0x10000 + grams).map(Gram::from_number));
        let having: Vec<u32> = (0..400).map(|at| 1_200 - 2 * at).collect();
        assert_eq!(telling(&story(50), &having[..50], 10_000).len(), 50);
        let kept = telling(&story(400), &having, 10_000);
        let touched: u32 = kept.iter().map(|at| having[*at]).sum();
        assert!((99_000..=100_000).contains(&touched), "{touched}");
        assert_eq!(kept, (400 - kept.len()..400).collect::<Vec<_>>(), "the rarest, in order");
    }

    #[test]
    fn the_best_candidates_survive_pruning() {
        let mut best = Best { wanted: 40, floor: 0.0, candidates: Vec::new(), complete: true };
        for article in 0..5_000_u16 {
            let chosen = ((u32::from(article) * 7_919) % 5_000) as f32 / 5_000.0;
            best.offer(Candidate { segment: 0, article, shared: chosen, chosen });
        }
        best.prune();
        let mut scores: Vec<f32> =
            best.candidates.iter().map(|candidate| candidate.chosen).collect();
        scores.sort_unstable_by(f32::total_cmp);
        assert_eq!((scores.len(), scores[0], best.complete), (40, 4_960.0 / 5_000.0, false));
    }
}
