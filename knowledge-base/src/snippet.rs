//! Shows where an article holds what was asked: a piece of the body around the best match, ranges to highlight, and the terms that
//! made it an answer. Does not search.

use std::ops::Range;

use crate::Article;
use crate::answer::{ArticleField, Reason};
use crate::gram::{Gram, pairs, singles};
use crate::letters::Letters;

/// Characters of a snippet: three lines on a call-taker's screen.
pub const SNIPPET_CHARACTERS_MAX: usize = 120;
/// Reasons given for an answer: what a call-taker takes in at a glance.
const REASONS_MAX: usize = 5;
/// Characters shown before the first match when the sentence began long ago.
const LEAD_CHARACTERS: usize = 20;

/// A gram of the question standing in a text, in characters of the text.
struct Hit {
    place: Range<usize>,
    weight: f32,
}

/// How an article is shown as an answer.
#[derive(Debug, PartialEq)]
pub(crate) struct Shown {
    pub(crate) snippet: String,
    pub(crate) highlights: Vec<Range<usize>>,
    pub(crate) title_highlights: Vec<Range<usize>>,
    pub(crate) reasons: Vec<Reason>,
}

/// Shows an article to whom asked for these grams (`weights`, ascending).
pub(crate) fn shown(article: &Article, weights: &[(Gram, f32)]) -> Shown {
    let Article { title, body, .. } = article;
    let (in_title, in_body) = (hits(title, weights), hits(body, weights));
    let mut reasons = reasons(title, &in_title, ArticleField::Title);
    reasons.extend(self::reasons(body, &in_body, ArticleField::Body));
    for (field, label) in article.labels() {
        reasons.extend(self::reasons(label, &hits(label, weights), field));
    }
    let (snippet, highlights) = snippet(body, in_body);
    Shown {
        snippet,
        highlights,
        title_highlights: joined(in_title.into_iter().map(|hit| hit.place)),
        reasons: weightiest(reasons),
    }
}

/// The terms of a text that were asked for, once each, with what their grams weigh.
fn reasons(text: &str, hits: &[Hit], field: ArticleField) -> Vec<Reason> {
    let characters: Vec<char> = text.chars().collect();
    let mut reasons: Vec<Reason> = Vec::new();
    for term in joined(hits.iter().map(|hit| hit.place.clone())) {
        let first = hits.partition_point(|hit| hit.place.start < term.start);
        let within = hits[first..].iter().take_while(|hit| hit.place.start < term.end);
        let share = within.map(|hit| hit.weight).sum();
        let term: String = characters[term].iter().collect();
        if reasons.iter().all(|reason| reason.term != term) {
            reasons.push(Reason { term, field, share });
        }
    }
    reasons
}

/// The reasons that weigh most, each with its part of all.
fn weightiest(mut reasons: Vec<Reason>) -> Vec<Reason> {
    let all: f32 = reasons.iter().map(|reason| reason.share).sum();
    reasons.sort_by(|one, other| other.share.total_cmp(&one.share));
    reasons.truncate(REASONS_MAX);
    reasons.iter_mut().for_each(|reason| reason.share /= all);
    reasons
}

/// The piece of `body` where grams weigh most, and the highlights in it.
fn snippet(body: &str, hits: Vec<Hit>) -> (String, Vec<Range<usize>>) {
    let window = window(body, &hits);
    let text = body
        .chars()
        .skip(window.start)
        .take(window.len())
        .map(|character| if character.is_whitespace() { ' ' } else { character })
        .collect();
    let inside = hits
        .into_iter()
        .filter(|hit| window.start <= hit.place.start && hit.place.end <= window.end);
    let places = inside.map(|hit| hit.place.start - window.start..hit.place.end - window.start);
    (text, joined(places))
}

fn hits(text: &str, weights: &[(Gram, f32)]) -> Vec<Hit> {
    let letters = Letters::of(text);
    let weight =
        |gram| weights.binary_search_by_key(&gram, |(gram, _)| *gram).ok().map(|at| weights[at].1);
    let single = singles(&letters).map(|(at, gram)| (at, at, gram));
    let mut hits: Vec<_> = pairs(&letters)
        .map(|(at, gram)| (at, at + 1, gram))
        .chain(single)
        .filter_map(|(first, last, gram)| {
            let place = letters.origin(first)..letters.origin(last) + 1;
            Some(Hit { place, weight: weight(gram)? })
        })
        .collect();
    hits.sort_by_key(|hit| hit.place.start);
    hits
}

/// Joins ranges, ascending by their starts, that overlap or touch.
fn joined(places: impl Iterator<Item = Range<usize>>) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::new();
    for place in places {
        match joined.last_mut() {
            Some(last) if place.start <= last.end => last.end = last.end.max(place.end),
            _ => joined.push(place),
        }
    }
    joined
}

/// The characters of the body to show.
fn window(body: &str, hits: &[Hit]) -> Range<usize> {
    let length = body.chars().count();
    if length <= SNIPPET_CHARACTERS_MAX {
        return 0..length;
    }
    let first = heaviest(hits).map_or(0, |hit| hit.place.start);
    let start = sentence_start(body, first).min(length - SNIPPET_CHARACTERS_MAX);
    start..start + SNIPPET_CHARACTERS_MAX
}

/// The hit with which the heaviest stretch that fits a snippet (after its lead) begins.
fn heaviest(hits: &[Hit]) -> Option<&Hit> {
    let room = SNIPPET_CHARACTERS_MAX - LEAD_CHARACTERS;
    let (mut best, mut heaviest) = (None, 0.0);
    let (mut weight, mut end) = (0.0, 0);
    for hit in hits {
        while end < hits.len() && hits[end].place.end <= hit.place.start + room {
            weight += hits[end].weight;
            end += 1;
        }
        if weight > heaviest {
            (best, heaviest) = (Some(hit), weight);
        }
        weight -= hit.weight;
    }
    best
}

/// Where the sentence around `at` starts, but no further back than the lead.
fn sentence_start(body: &str, at: usize) -> usize {
    let earliest = at.saturating_sub(LEAD_CHARACTERS);
    let lead = body.chars().enumerate().skip(earliest).take(at - earliest);
    let ends = lead.filter(|(_, character)| matches!(character, '。' | '！' | '？' | '；' | '\n'));
    ends.last().map_or(earliest, |(end, _)| end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(title: &str, body: &str, weights: &[(Gram, f32)]) -> Shown {
        super::shown(&Article::new("id", title, body), weights)
    }

    fn asked(pairs: &[&str]) -> Vec<(Gram, f32)> {
        let mut weights: Vec<_> = pairs
            .iter()
            .map(|pair| {
                let letters: Vec<char> = pair.chars().collect();
                (Gram::pair(letters[0], letters[1]), 1.0)
            })
            .collect();
        weights.sort_unstable_by_key(|(gram, _)| *gram);
        weights
    }

    #[test]
    fn overlapping_grams_are_one_highlight() {
        let shown = shown("住房公積金，提取", "无", &asked(&["公积", "积金", "提取"]));
        assert_eq!(shown.title_highlights, [2..5, 6..8]);
    }

    #[test]
    fn a_snippet_begins_with_the_sentence_of_the_best_match() {
        let body =
            format!("{}。停水时请拨打供水热线。{}", "办事指南".repeat(50), "其他说明".repeat(50));
        let Shown { snippet, highlights, .. } = shown("无", &body, &asked(&["停水", "供水"]));
        assert_eq!(snippet.chars().count(), SNIPPET_CHARACTERS_MAX);
        assert!(snippet.starts_with("停水时请拨打"));
        assert_eq!(highlights, [0..2, 6..8]);
    }

    #[test]
    fn a_short_body_is_its_own_snippet_in_one_line() {
        let Shown { snippet, highlights, reasons, .. } = shown("无", "先登记，\n再办理", &[]);
        assert_eq!((snippet.as_str(), highlights, reasons), ("先登记， 再办理", vec![], vec![]));
    }

    #[test]
    fn reasons_are_the_terms_that_matched_each_with_its_field_and_part() {
        let shown = shown("公積金", "提取公积金，提取", &asked(&["公积", "积金", "提取"]));
        let term = |term: &str, field, share| Reason { term: term.to_owned(), field, share };
        assert_eq!(
            shown.reasons,
            [
                term("提取公积金", ArticleField::Body, 0.5),
                term("公積金", ArticleField::Title, 2.0 / 6.0),
                term("提取", ArticleField::Body, 1.0 / 6.0),
            ]
        );
    }
}
