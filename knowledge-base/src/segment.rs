//! Postings of some articles: for each gram the articles that hold it, those that hold it equally often side by side. Made once,
//! never changed. Knows no weights of questions and no texts.
//!
//! A gram's postings are a sequence of 16-bit numbers: how many groups, and how many articles in all; then for each group, in
//! ascending order of it, how often the gram stands in its articles, their number less one, and the articles. A search adds one weight to a whole group, without
//! reading a number beside each article.

use crate::gram::Gram;
use crate::sounds::TitlePairs;

/// Articles of one segment. Their scores (four bytes each) fit the nearest large cache.
pub(crate) const SEGMENT_ARTICLES_MAX: usize = 1 << 15;
/// Slots of the table for each gram: half of it stays empty, so that a search for a gram looks at two slots.
const TABLE_ROOM: usize = 2;
/// What spreads grams over the table (the golden ratio in 32 bits).
const SPREAD: u32 = 0x9E37_79B9;

/// An article of a segment: its slot on the shelf, and the stamp that its slot bears as long as it is this article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lodged {
    pub(crate) slot: u32,
    pub(crate) stamp: u64,
    /// Letters and pairs of the article, each as often as it stands there.
    pub(crate) length: u32,
}

/// How often a gram stands in an article: in its title and body, and in the labels that it is also found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Times(u16);

impl Times {
    /// Bits of the times in labels; the others are of the text.
    const LABEL_BITS: u32 = 5;
    const LABELS_MAX: u32 = (1 << Self::LABEL_BITS) - 1;
    const TEXT_MAX: u32 = (1 << (u16::BITS - Self::LABEL_BITS)) - 1;

    pub(crate) fn of(in_text: u32, in_labels: u32) -> Self {
        let text = in_text.min(Self::TEXT_MAX) << Self::LABEL_BITS;
        Self((text | in_labels.min(Self::LABELS_MAX)) as u16)
    }

    pub(crate) fn in_text(self) -> u16 {
        self.0 >> Self::LABEL_BITS
    }

    /// In all of it.
    pub(crate) fn all(self) -> u16 {
        self.in_text() + (self.0 & Self::LABELS_MAX as u16)
    }
}

/// Postings of up to [`SEGMENT_ARTICLES_MAX`] articles.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) articles: Vec<Lodged>,
    table: Vec<Slot>,
    postings: Vec<u16>,
    pub(crate) titles: TitlePairs,
}

/// A segment whose articles' norms are known.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) segment: Segment,
    pub(crate) norms: Vec<f32>,
    /// Factor of each article's score when the first screen is chosen.
    pub(crate) choosing: Vec<f32>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    /// Number of the gram; 0 is an empty slot.
    gram: u32,
    start: u32,
}

/// Articles of a segment that hold a gram equally often.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Group<'a> {
    pub(crate) times: Times,
    pub(crate) articles: &'a [u16],
}

/// Collects the postings of a segment.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    articles: Vec<Lodged>,
    /// Gram, times and article in one number, so that sorting brings them where they belong.
    entries: Vec<u64>,
    titles: Vec<(char, char, u32)>,
}

impl Builder {
    /// With room for about so many grams of articles: what grows is copied, into memory that was never touched.
    pub(crate) fn with_room(grams: usize) -> Self {
        Self { entries: Vec::with_capacity(grams), ..Self::default() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.articles.is_empty()
    }

    pub(crate) fn add(&mut self, lodged: Lodged, grams: impl Iterator<Item = (Gram, Times)>) {
        let article = self.articles.len() as u64;
        assert!(self.articles.len() < SEGMENT_ARTICLES_MAX, "a full segment takes no article");
        self.articles.push(lodged);
        self.entries.extend(grams.map(|(gram, times)| {
            u64::from(gram.number()) << 32 | u64::from(times.0) << 16 | article
        }));
    }

    /// Adds the pairs of letters of a title.
    pub(crate) fn add_title(&mut self, pairs: Vec<(char, char, u32)>) {
        self.titles.extend(pairs);
    }

    /// Adds all articles of another segment.
    pub(crate) fn absorb(&mut self, segment: &Segment) {
        let first = self.articles.len();
        assert!(first + segment.articles.len() <= SEGMENT_ARTICLES_MAX, "a segment has room");
        self.articles.extend_from_slice(&segment.articles);
        self.titles.extend(segment.titles.counted());
        for (gram, groups) in segment.grams() {
            for Group { times, articles } in groups {
                let head = u64::from(gram.number()) << 32 | u64::from(times.0) << 16;
                self.entries.extend(
                    articles.iter().map(|article| head | (u64::from(*article) + first as u64)),
                );
            }
        }
    }

    pub(crate) fn build(mut self) -> Segment {
        self.entries.sort_unstable();
        let same_gram = |one: &u64, other: &u64| one >> 32 == other >> 32;
        let grams = self.entries.chunk_by(same_gram).count();
        let mut table = vec![Slot::default(); (grams * TABLE_ROOM).next_power_of_two().max(2)];
        let mut postings = Vec::with_capacity(self.entries.len() + grams * 4);
        for entries in self.entries.chunk_by(same_gram) {
            insert(&mut table, (entries[0] >> 32) as u32, postings.len() as u32);
            let groups = postings.len();
            postings.extend([0, entries.len() as u16]);
            for group in entries.chunk_by(|one, other| one >> 16 == other >> 16) {
                postings[groups] += 1;
                postings.push((group[0] >> 16) as u16);
                postings.push((group.len() - 1) as u16);
                postings.extend(group.iter().map(|entry| *entry as u16));
            }
        }
        Segment { articles: self.articles, table, postings, titles: TitlePairs::of(self.titles) }
    }
}

impl Segment {
    /// Where the gram's postings start; for [`Self::groups`].
    pub(crate) fn find(&self, gram: Gram) -> Option<u32> {
        let mut at = spread(gram.number(), self.table.len());
        loop {
            let slot = self.table[at];
            if slot.gram == gram.number() {
                return Some(slot.start);
            }
            if slot.gram == 0 {
                return None;
            }
            at = (at + 1) & (self.table.len() - 1);
        }
    }

    /// The groups of the gram whose postings start there.
    pub(crate) fn groups(&self, start: u32) -> Groups<'_> {
        let rest = &self.postings[start as usize..];
        Groups { left: rest[0], rest: &rest[2..] }
    }

    /// Articles that hold the gram.
    pub(crate) fn holding(&self, gram: Gram) -> u32 {
        self.find(gram).map_or(0, |start| self.holding_at(start))
    }

    /// Articles that hold the gram whose postings start there.
    pub(crate) fn holding_at(&self, start: u32) -> u32 {
        u32::from(self.postings[start as usize + 1])
    }

    /// Whether one article holds all these grams.
    pub(crate) fn has_all(&self, grams: &[Gram]) -> bool {
        let starts: Option<Vec<u32>> = grams.iter().map(|gram| self.find(*gram)).collect();
        let Some(mut starts) = starts else { return false };
        starts.sort_unstable_by_key(|start| self.holding_at(*start));
        let Some((&rarest, others)) = starts.split_first() else { return true };
        let holds = |start: u32, article: &u16| {
            self.groups(start).any(|group| group.articles.binary_search(article).is_ok())
        };
        let mut having = self.groups(rarest).flat_map(|group| group.articles);
        having.any(|article| others.iter().all(|start| holds(*start, article)))
    }

    /// All grams with their groups, ascending: what is added up over them comes to the same in every segment.
    pub(crate) fn grams(&self) -> impl Iterator<Item = (Gram, Groups<'_>)> {
        let mut filled: Vec<Slot> =
            self.table.iter().filter(|slot| slot.gram != 0).copied().collect();
        // Postings stand in the order of their grams.
        filled.sort_unstable_by_key(|slot| slot.start);
        filled.into_iter().map(|slot| (Gram::from_number(slot.gram), self.groups(slot.start)))
    }
}

/// The groups of one gram.
#[derive(Debug, Clone)]
pub(crate) struct Groups<'a> {
    left: u16,
    rest: &'a [u16],
}

impl<'a> Iterator for Groups<'a> {
    type Item = Group<'a>;

    fn next(&mut self) -> Option<Group<'a>> {
        self.left = self.left.checked_sub(1)?;
        let (head, rest) = self.rest.split_at(2);
        let (articles, rest) = rest.split_at(usize::from(head[1]) + 1);
        self.rest = rest;
        Some(Group { times: Times(head[0]), articles })
    }
}

fn spread(gram: u32, slots: usize) -> usize {
    // The product's high bits are its best; slots are a power of two.
    (gram.wrapping_mul(SPREAD) >> (u32::BITS - slots.trailing_zeros())) as usize
}

fn insert(table: &mut [Slot], gram: u32, start: u32) {
    let mut at = spread(gram, table.len());
    while table[at].gram != 0 {
        at = (at + 1) & (table.len() - 1);
    }
    table[at] = Slot { gram, start };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lodged(slot: u32) -> Lodged {
        Lodged { slot, stamp: 1, length: 0 }
    }

    fn times(in_text: u32) -> Times {
        Times::of(in_text, 0)
    }

    #[test]
    fn times_in_text_and_labels_are_told_apart_up_to_their_bounds() {
        let parts = |text, labels| {
            let times = Times::of(text, labels);
            (times.in_text(), times.all())
        };
        assert_eq!([parts(0, 1), parts(3, 0), parts(3, 2)], [(0, 1), (3, 3), (3, 5)]);
        assert_eq!(parts(90_000, 90), (2_047, 2_078));
    }

    fn gram(number: u32) -> Gram {
        Gram::from_number(number)
    }

    fn all(segment: &Segment, number: u32) -> Vec<(u16, Vec<u16>)> {
        let start = segment.find(gram(number));
        let groups = start.into_iter().flat_map(|start| segment.groups(start));
        groups.map(|group| (group.times.all(), group.articles.to_vec())).collect()
    }

    #[test]
    fn articles_with_equal_counts_stand_side_by_side_fewest_first() {
        let mut builder = Builder::default();
        builder.add(lodged(7), [(gram(1), times(2)), (gram(9), times(1))].into_iter());
        builder.add(lodged(8), [(gram(1), times(1))].into_iter());
        builder.add(lodged(9), [(gram(1), times(2))].into_iter());
        let segment = builder.build();
        assert_eq!(all(&segment, 1), [(1, vec![1]), (2, vec![0, 2])]);
        assert_eq!(all(&segment, 9), [(1, vec![0])]);
        assert_eq!((segment.holding(gram(1)), segment.holding(gram(2))), (3, 0));
    }

    #[test]
    fn a_segment_that_absorbs_others_is_the_one_made_of_their_articles() {
        let parts: Vec<Segment> = (0..3)
            .map(|part| {
                let mut builder = Builder::default();
                builder.add(
                    lodged(part),
                    [(gram(5), times(part + 1)), (gram(10 + part), times(1))].into_iter(),
                );
                builder.build()
            })
            .collect();
        let mut builder = Builder::default();
        parts.iter().for_each(|part| builder.absorb(part));
        let whole = builder.build();
        assert_eq!(all(&whole, 5), [(1, vec![0]), (2, vec![1]), (3, vec![2])]);
        assert_eq!(all(&whole, 12), [(1, vec![2])]);
        assert_eq!(whole.articles, [lodged(0), lodged(1), lodged(2)]);
    }

    #[test]
    fn grams_of_different_articles_are_in_no_article_together() {
        let mut builder = Builder::default();
        builder.add(lodged(1), [(gram(1), times(1)), (gram(2), times(3))].into_iter());
        builder.add(lodged(2), [(gram(2), times(1)), (gram(3), times(1))].into_iter());
        let segment = builder.build();
        assert!(segment.has_all(&[gram(1), gram(2)]) && segment.has_all(&[gram(2), gram(3)]));
        assert!(!segment.has_all(&[gram(1), gram(3)]) && !segment.has_all(&[gram(1), gram(9)]));
    }

    #[test]
    fn an_empty_segment_holds_no_gram() {
        assert_eq!(Builder::default().build().find(gram(3)), None);
    }
}
