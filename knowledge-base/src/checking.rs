//! Whether the index holds the articles that it should, as they are: the same words, and each letter and pair of them where a search
//! looks for it. Finds what differs and mends nothing.

use std::collections::HashMap;

use crate::Article;
use crate::reader::Published;
use crate::segment::{Lodged, Segment, Times};
use crate::shelf::Shelved;

/// What should be there under an id; none for an id that should not be there.
pub type Fact = (String, Option<Article>);

/// The ids of the facts that the index does not hold as they are.
pub(crate) fn differing<'a>(
    index: &Published,
    slots: &HashMap<String, u32>,
    facts: &'a [Fact],
) -> Vec<&'a str> {
    let places = Places::of(index, facts.iter().filter_map(|(id, _)| slots.get(id).copied()));
    let is_held = |(id, article): &&Fact| match (slots.get(id), article) {
        (None, None) => true,
        (Some(slot), Some(article)) => {
            let shelved = index.shelf.get(*slot).filter(|shelved| shelved.article == *article);
            shelved.is_some_and(|shelved| places.hold(index, *slot, shelved))
        }
        _ => false,
    };
    facts.iter().filter(|fact| !is_held(fact)).map(|(id, _)| id.as_str()).collect()
}

/// Where the articles of some slots stand in the segments.
struct Places(HashMap<u32, Vec<(u32, u16, u64)>>);

impl Places {
    fn of(index: &Published, slots: impl Iterator<Item = u32>) -> Places {
        let mut places: HashMap<u32, Vec<_>> = slots.map(|slot| (slot, Vec::new())).collect();
        for (number, measured) in (0..).zip(index.hot.segments()) {
            for (article, Lodged { slot, stamp, .. }) in (0..).zip(&measured.segment.articles) {
                if let Some(found) = places.get_mut(slot) {
                    found.push((number, article, *stamp));
                }
            }
        }
        Places(places)
    }

    /// Whether an article stands in one segment, with all its grams.
    fn hold(&self, index: &Published, slot: u32, shelved: &Shelved) -> bool {
        let standing = self.0.get(&slot).into_iter().flatten();
        let mut standing = standing.filter(|(.., stamp)| *stamp == shelved.stamp);
        let (Some(&(segment, article, _)), None) = (standing.next(), standing.next()) else {
            return false;
        };
        let segment = &index.hot.segment(segment).segment;
        let grams = shelved.grams();
        grams.into_iter().all(|(gram, times)| {
            segment.find(gram).is_some_and(|start| is_listed(segment, start, times, article))
        })
    }
}

fn is_listed(segment: &Segment, start: u32, times: Times, article: u16) -> bool {
    let mut groups = segment.groups(start);
    groups.any(|group| group.times == times && group.articles.binary_search(&article).is_ok())
}
