//! The reading half: searches in what was published last. Never waits for the writer and changes nothing.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, RwLock};

use crate::answer::{ANSWERS_MAX, Answer, SearchOptions};
use crate::gram::Gram;
use crate::hot::Hot;
use crate::matching::Sought;
use crate::question::Question;
use crate::ranking::{Ranked, lifts, rank};
use crate::record::{Record, bm25};
use crate::shelf::Shelf;
use crate::snippet::{Shown, shown};
use crate::synonyms::Synonyms;
use crate::{Article, Error};

/// What one commit published: the index and the shelf that belong together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Published {
    pub(crate) hot: Hot,
    pub(crate) shelf: Shelf,
}

/// Searches. Cloning is cheap; all clones see the same commits.
#[derive(Clone)]
pub struct Reader {
    published: Arc<RwLock<Arc<Published>>>,
    record: Arc<Record>,
    synonyms: Arc<Synonyms>,
}

/// An article that answers, without its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Id of the article.
    pub id: String,
    /// As [`Answer::score`].
    pub score: f32,
}

impl Reader {
    pub(crate) fn new(published: Arc<RwLock<Arc<Published>>>, record: Arc<Record>) -> Self {
        Self { published, record, synonyms: Synonyms::built_in() }
    }

    /// The same reader with this list of synonyms in place of the one inside the program.
    #[must_use]
    pub fn with_synonyms(self, synonyms: Arc<Synonyms>) -> Self {
        Self { synonyms, ..self }
    }

    /// Articles that answer `question`, best first; articles of equal score by id. Any text is a question; one without letters or
    /// digits has no answers.
    ///
    /// # Errors
    /// None any more; kept for an index that can fail.
    pub fn search(
        &self,
        question: &str,
        options: &SearchOptions<'_>,
    ) -> Result<Vec<Answer>, Error> {
        Ok(self.search_now(question, options, |article| Some(Cow::Borrowed(article))))
    }

    /// The same, held against what the articles are now: what is published follows the articles a moment later. `now` gives the
    /// article as it is: none if it is no more, and another if it is not as it was; then that one is shown, where it still answers.
    /// Where some do not, those behind them come up.
    #[must_use]
    pub fn search_now(
        &self,
        question: &str,
        options: &SearchOptions<'_>,
        now: impl for<'a> Fn(&'a Article) -> Option<Cow<'a, Article>>,
    ) -> Vec<Answer> {
        let published = self.published();
        let (question, sought) = asked(&published, &self.synonyms, question, options);
        let telling = telling(&question, &sought);
        let held = |limit: usize| {
            let options = SearchOptions { limit, ..*options };
            let ranked = rank(&published.hot, &published.shelf, &question, &sought, &options);
            let ranked_count = ranked.len();
            let answers = ranked.into_iter().filter_map(|Ranked { shelved, score }| {
                let article = now(&shelved.article)?;
                let is_changed = matches!(article, Cow::Owned(_));
                let of_unit = options.unit.is_none_or(|unit| article.unit.as_deref() == Some(unit));
                let answer = answer(&article, score, &telling, &options);
                let answers =
                    of_unit && article.is_valid_on(options.on) && !answer.reasons.is_empty();
                (answers || !is_changed).then_some(answer)
            });
            (answers.collect::<Vec<_>>(), ranked_count)
        };
        let (mut answers, ranked_count) = held(options.limit);
        if answers.len() < ranked_count {
            (answers, _) = held(ANSWERS_MAX);
            answers.truncate(options.limit);
        }
        answers
    }

    /// The same articles in the same order, without snippets and highlights.
    #[must_use]
    pub fn rank(&self, question: &str, options: &SearchOptions<'_>) -> Vec<Hit> {
        let published = self.published();
        let (question, sought) = asked(&published, &self.synonyms, question, options);
        let ranked = rank(&published.hot, &published.shelf, &question, &sought, options);
        let hit = |one: Ranked<'_>| Hit { id: one.shelved.article.id.clone(), score: one.score };
        ranked.into_iter().map(hit).collect()
    }

    /// Plain BM25 over letters and pairs by the index that answers, with no second thought: for comparing it with
    /// [`Self::bm25_of_record`]. Knows no days and units.
    #[must_use]
    pub fn bm25(&self, question: &str, limit: usize) -> Vec<Hit> {
        let published = self.published();
        bm25(&published.hot, &published.shelf, &Question::of(question, None), limit)
    }

    /// The same by tantivy, in the index of record as it stands; see [`crate::Writer::settle`].
    ///
    /// # Errors
    /// [`Error::Index`] when the index cannot be read.
    pub fn bm25_of_record(&self, question: &str, limit: usize) -> Result<Vec<Hit>, Error> {
        self.record.search(question, limit)
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

fn asked(
    published: &Published,
    synonyms: &Synonyms,
    text: &str,
    options: &SearchOptions<'_>,
) -> (Question, Sought) {
    let question = Question::with_others(text, options.heading, synonyms, &published.hot);
    let sought = Sought::of(&question, &published.hot);
    (question, sought)
}

/// The grams to highlight, ascending, with their weights: single letters only when there is nothing else.
fn telling(question: &Question, sought: &Sought) -> Vec<(Gram, f32)> {
    let only_pairs = question.has_pairs() && !sought.by_letters;
    sought.grams.iter().filter(|(gram, _)| !(only_pairs && gram.is_single())).copied().collect()
}

fn answer(
    article: &Article,
    score: f32,
    telling: &[(Gram, f32)],
    options: &SearchOptions<'_>,
) -> Answer {
    let Shown { snippet, highlights, title_highlights, reasons } = shown(article, telling);
    Answer {
        id: article.id.clone(),
        title: article.title.clone(),
        score,
        snippet,
        highlights,
        title_highlights,
        reasons,
        lifted_by: lifts(article, options).collect(),
        matter: article.matter.clone(),
        unit: article.unit.clone(),
    }
}
