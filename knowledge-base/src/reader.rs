//! The reading half: searches in what was published last. Never waits for the writer and changes nothing.

use std::cmp::Ordering;
use std::fmt;
use std::sync::{Arc, RwLock};

use crate::answer::{ANSWERS_MAX, Answer, SearchOptions};
use crate::index::Fields;
use crate::matching::{Candidate, LIFT_MAX, Match, match_question};
use crate::question::Question;
use crate::rerank::{Profile, mixed};
use crate::shelf::{Published, Shelved};
use crate::snippet::{highlights, snippet};
use crate::{Article, Error};

/// Searches. Cloning is cheap; all clones see the same commits.
#[derive(Clone)]
pub struct Reader {
    fields: Fields,
    published: Arc<RwLock<Arc<Published>>>,
}

impl Reader {
    pub(crate) fn new(fields: Fields, published: Arc<RwLock<Arc<Published>>>) -> Self {
        Self { fields, published }
    }

    /// Articles that answer `question`, best first; articles of equal score by id. Any text is a question; one without letters or
    /// digits has no answers.
    ///
    /// # Errors
    /// [`Error::Index`] when the index cannot be read.
    pub fn search(
        &self,
        question: &str,
        options: &SearchOptions<'_>,
    ) -> Result<Vec<Answer>, Error> {
        let published = self.published();
        let question = Question::of(question);
        let lift =
            |slot| published.shelf.get(slot).and_then(|shelved| lift(&shelved.article, options));
        let matched = match_question(&published.searcher, self.fields, &question, lift)
            .map_err(Error::index("searching"))?;
        let mut ranked = rerank(&published, &question, &matched);
        ranked.truncate(options.limit.min(ANSWERS_MAX));
        Ok(ranked.into_iter().map(|(score, shelved)| answer(shelved, score, &matched)).collect())
    }

    fn published(&self) -> Arc<Published> {
        Arc::clone(&self.published.read().expect("no one panics while publishing"))
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

/// Factor on the score of an article that may answer, greatest for the matter asked about; none if it may not.
fn lift(article: &Article, options: &SearchOptions<'_>) -> Option<f32> {
    let asked = options.unit.is_none_or(|unit| article.unit.as_deref() == Some(unit));
    if !asked || !article.is_valid_on(options.on) {
        return None;
    }
    let related = match (options.matter, &article.matter) {
        (Some(wanted), Some(matter)) => is_under(wanted, matter) || is_under(matter, wanted),
        _ => false,
    };
    Some(if related { LIFT_MAX } else { 1.0 })
}

/// Whether `path` is `ancestor` or lies below it.
fn is_under(path: &str, ancestor: &str) -> bool {
    path.strip_prefix(ancestor).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn rerank<'a>(
    published: &'a Published,
    question: &Question,
    matched: &Match,
) -> Vec<(f32, &'a Shelved)> {
    let shelf = &published.shelf;
    let asked = Profile::of(&[&question.letters]).weighted(shelf.frequencies());
    let mut ranked: Vec<_> = matched
        .candidates
        .iter()
        .filter_map(|Candidate { slot, score, lift }| {
            let shelved = shelf.get(*slot)?;
            let cosine = asked.cosine(&shelved.profile, shelf.length(*slot));
            Some((mixed(*score, cosine) * lift, shelved))
        })
        .collect();
    ranked.sort_unstable_by(best_first);
    ranked
}

fn best_first(one: &(f32, &Shelved), other: &(f32, &Shelved)) -> Ordering {
    other.0.total_cmp(&one.0).then_with(|| one.1.article.id.cmp(&other.1.article.id))
}

fn answer(shelved: &Shelved, score: f32, matched: &Match) -> Answer {
    let article = &shelved.article;
    let (snippet, places) = snippet(&article.body, &matched.weights);
    Answer {
        id: article.id.clone(),
        title: article.title.clone(),
        score,
        snippet,
        highlights: places,
        title_highlights: highlights(&article.title, &matched.weights),
        matter: article.matter.clone(),
        unit: article.unit.clone(),
    }
}
