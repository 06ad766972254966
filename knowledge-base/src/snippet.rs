//! Shows where an article holds what was asked: a piece of the body around the best match, and ranges to highlight. Does not search.

use std::ops::Range;

use crate::gram::{Gram, pairs, singles};
use crate::letters::Letters;

/// Characters of a snippet: three lines on a call-taker's screen.
pub const SNIPPET_CHARACTERS_MAX: usize = 120;
/// Characters shown before the first match when the sentence began long ago.
const LEAD_CHARACTERS: usize = 20;

/// A gram of the question standing in a text, in characters of the text.
struct Hit {
    place: Range<usize>,
    weight: f32,
}

/// Where `text` holds grams of the question (`weights`, ascending).
pub(crate) fn highlights(text: &str, weights: &[(Gram, f32)]) -> Vec<Range<usize>> {
    joined(hits(text, weights).into_iter().map(|hit| hit.place))
}

/// The piece of `body` where grams weigh most, and the highlights in it.
pub(crate) fn snippet(body: &str, weights: &[(Gram, f32)]) -> (String, Vec<Range<usize>>) {
    let hits = hits(body, weights);
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
        assert_eq!(highlights("住房公積金，提取", &asked(&["公积", "积金", "提取"])), [2..5, 6..8]);
    }

    #[test]
    fn a_snippet_begins_with_the_sentence_of_the_best_match() {
        let body =
            format!("{}。停水时请拨打供水热线。{}", "办事指南".repeat(50), "其他说明".repeat(50));
        let (text, places) = snippet(&body, &asked(&["停水", "供水"]));
        assert_eq!(text.chars().count(), SNIPPET_CHARACTERS_MAX);
        assert!(text.starts_with("停水时请拨打"));
        assert_eq!(places, [0..2, 6..8]);
    }

    #[test]
    fn a_short_body_is_its_own_snippet_in_one_line() {
        assert_eq!(snippet("先登记，\n再办理", &[]), ("先登记， 再办理".to_owned(), vec![]));
    }
}
