//! From candidates to answers in order: who may answer at all, what the place and the matter add, and which of the first screen
//! comes first. Does not match grams and shows no texts.

use std::cmp::Ordering;

use crate::Article;
use crate::answer::{ANSWERS_MAX, Lift, SearchOptions};
use crate::hot::Hot;
use crate::matching::{Candidate, Sought};
use crate::question::Question;
use crate::shelf::{Shelf, Shelved};

/// Answers that are put in order among themselves: what a call-taker sees without scrolling.
const FIRST_SCREEN: usize = 10;
/// Candidates looked at for each answer wanted, at first: some have expired, or speak of another place.
const CANDIDATES_EACH: usize = 4;
/// Factor of an article under the matter asked about. Measured in decision 27: 1.2 harms, 1.05 does not where replies quote titles and
/// helps where they do not. Enough to pass a near neighbour, too little to beat an article that shares far more words.
const MATTER_LIFT: f32 = 1.05;
/// Factor of an article of a unit of the place asked about: what a street does itself counts there and nowhere else.
const PLACE_LIFT: f32 = 1.05;

/// An article that answers, and how well: 0 is nothing in common, 1 the same words and no others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ranked<'a> {
    pub(crate) shelved: &'a Shelved,
    pub(crate) score: f32,
}

/// A candidate that may answer.
struct Fit<'a> {
    shelved: &'a Shelved,
    chosen: f32,
    score: f32,
}

/// The answers in order, at most as many as the options want.
pub(crate) fn rank<'a>(
    hot: &Hot,
    shelf: &'a Shelf,
    question: &Question,
    sought: &Sought,
    options: &SearchOptions<'_>,
) -> Vec<Ranked<'a>> {
    let wanted = options.limit.clamp(FIRST_SCREEN, ANSWERS_MAX);
    let by_matter = if options.matter.is_some() { MATTER_LIFT } else { 1.0 };
    let most = by_matter * if options.here.is_empty() { 1.0 } else { PLACE_LIFT };
    let mut looked_at = wanted * CANDIDATES_EACH;
    let mut fits = loop {
        let (mut candidates, complete) = sought.candidates(hot, looked_at);
        candidates.sort_unstable_by(|one, other| other.chosen.total_cmp(&one.chosen));
        let unseen = candidates.last().map_or(0.0, |last| last.chosen) * most;
        let mut fits = Vec::new();
        for candidate in &candidates {
            let ahead = |fit: &&Fit<'_>| fit.chosen > candidate.chosen * most;
            if fits.iter().filter(ahead).count() >= wanted {
                break;
            }
            fits.extend(fit(hot, shelf, candidate, question, sought, options));
        }
        fits.sort_unstable_by(|one, other| better(one.chosen, one, other.chosen, other));
        fits.truncate(wanted);
        // No article that was not looked at can come before the last of these, or be as good.
        if complete || fits.get(wanted - 1).is_some_and(|last| last.chosen > unseen) {
            break fits;
        }
        looked_at *= CANDIDATES_EACH;
    };
    let screen = fits.len().min(FIRST_SCREEN);
    fits[..screen].sort_unstable_by(|one, other| better(one.score, one, other.score, other));
    fits.truncate(options.limit);
    let mut least = f32::INFINITY;
    let ranked = fits.into_iter().map(|fit| {
        // Behind the first screen articles stand by another measure; the score told never rises again.
        least = least.min(fit.score);
        Ranked { shelved: fit.shelved, score: least }
    });
    ranked.collect()
}

fn fit<'a>(
    hot: &Hot,
    shelf: &'a Shelf,
    candidate: &Candidate,
    question: &Question,
    sought: &Sought,
    options: &SearchOptions<'_>,
) -> Option<Fit<'a>> {
    let measured = hot.segment(candidate.segment);
    let article = usize::from(candidate.article);
    let lodged = measured.segment.articles[article];
    let (shelved, places) = shelf.answering(lodged, options.on)?;
    if options.unit.is_some_and(|unit| shelved.article.unit.as_deref() != Some(unit)) {
        return None;
    }
    let factor = lift(&shelved.article, options) * question.places.factor(places);
    let norm = measured.norms[article];
    let score = candidate.shared * hot.base.scale.ordering(norm) / sought.best;
    Some(Fit { shelved, chosen: candidate.chosen * factor, score: score.min(1.0) * factor })
}

fn lift(article: &Article, options: &SearchOptions<'_>) -> f32 {
    let of = |lift| match lift {
        Lift::Matter => MATTER_LIFT,
        Lift::Place => PLACE_LIFT,
    };
    lifts(article, options).map(of).product()
}

/// What brings the article up, whatever its words.
pub(crate) fn lifts(
    article: &Article,
    options: &SearchOptions<'_>,
) -> impl Iterator<Item = Lift> + use<> {
    let asked = options.matter.zip(article.matter.as_deref());
    let by_matter =
        asked.is_some_and(|(wanted, own)| is_under(wanted, own) || is_under(own, wanted));
    let here = options.here;
    let is_here =
        !here.is_empty() && article.unit.as_deref().is_some_and(|unit| here.contains(&unit));
    [by_matter.then_some(Lift::Matter), is_here.then_some(Lift::Place)].into_iter().flatten()
}

/// Whether `path` is `ancestor` or lies below it.
fn is_under(path: &str, ancestor: &str) -> bool {
    path.strip_prefix(ancestor).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Greater values first; equal ones by id.
fn better(value: f32, one: &Fit<'_>, other_value: f32, other: &Fit<'_>) -> Ordering {
    let ids = || one.shelved.article.id.cmp(&other.shelved.article.id);
    other_value.total_cmp(&value).then_with(ids)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Day;

    #[test]
    fn of_equal_articles_those_of_the_place_come_first_and_others_still_answer() {
        let (mut writer, reader) = crate::open().unwrap();
        for (id, unit) in [("a", "transport"), ("b", "jinxia")] {
            let mut article = Article::new(id, "收费标准", "停车收费标准每小时五元");
            article.unit = Some(unit.to_owned());
            writer.put(article).unwrap();
        }
        writer.commit().unwrap();
        let found = |here: &[&str]| {
            let options = SearchOptions { here, ..SearchOptions::on(Day(0)) };
            let hits = reader.rank("停车收费标准", &options);
            hits.into_iter().map(|hit| hit.id).collect::<Vec<_>>()
        };
        assert_eq!(found(&[]), ["a", "b"], "by id when nothing else tells");
        assert_eq!(found(&["jinxia-danxia", "jinxia"]), ["b", "a"]);
    }

    #[test]
    fn what_brings_an_article_up_is_told_with_it() {
        let (mut writer, reader) = crate::open().unwrap();
        let mut article = Article::new("a", "收费标准", "停车收费标准每小时五元");
        (article.unit, article.matter) = (Some("jinxia".to_owned()), Some("交通/停车".to_owned()));
        writer.put(article).unwrap();
        writer.commit().unwrap();
        for (matter, here, wanted) in [
            (None, &[][..], vec![]),
            (Some("交通"), &[][..], vec![Lift::Matter]),
            (Some("交通/停车/收费"), &["jinxia"][..], vec![Lift::Matter, Lift::Place]),
            (Some("教育"), &["danxia", "jinxia"][..], vec![Lift::Place]),
            (Some("交通/停"), &["danxia"][..], vec![]),
        ] {
            let options = SearchOptions { matter, here, ..SearchOptions::on(Day(0)) };
            let answers = reader.search("停车收费", &options).unwrap();
            assert_eq!(answers[0].lifted_by, wanted, "{matter:?} {here:?}");
        }
    }
}
