//! When each order that waits for time wakes: a set of instants and orders that takes millions, in which putting in, taking out
//! and waking cost the same however many there are.
//!
//! Two levels: a page for each hour or so that has an alarm, in it a slot for each quarter of a minute. A slot is a sorted
//! list; one in which thousands meet, as at the end of an office day, becomes a tree. Order, hash and archive are those of a
//! plain sorted set: how it is laid out is nobody's business.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use thin_vec::ThinVec;

use crate::order::OrderId;
use crate::time::Timestamp;

/// Bits of an instant within its slot: 16.4 s.
const SLOT_BITS: u32 = 14;
/// Bits of a slot within its page: 256 slots, 70 minutes.
const PAGE_BITS: u32 = 8;
const SLOTS: usize = 1 << PAGE_BITS;
/// Bits of an order's id in a slot: a thousand years of a million orders a day.
const ID_BITS: u32 = 64 - SLOT_BITS;
/// A longer list is a tree: 4 KiB are moved in less time than a tree of as many takes.
const LIST_MAX: usize = 512;

/// Instants with orders, each pair once, in their order.
#[derive(Clone, Default)]
pub struct Alarms {
    pages: BTreeMap<i64, Box<Page>>,
    count: usize,
}

/// Slots with something in them are marked, a bit each.
#[derive(Clone)]
struct Page {
    filled: [u64; SLOTS / 64],
    slots: [Slot; SLOTS],
}

/// Instants within the slot above, ids below: sorted as the pairs are.
#[derive(Clone)]
enum Slot {
    List(ThinVec<u64>),
    #[expect(
        clippy::box_collection,
        reason = "few slots are trees: those that are none shall stay small"
    )]
    Tree(Box<BTreeSet<u64>>),
}

/// Where an alarm lies.
struct Place {
    page: i64,
    slot: usize,
    key: u64,
}

impl Place {
    fn of(at: Timestamp, order: OrderId) -> Place {
        assert!(order.0 >> ID_BITS == 0, "ids are counted from 1, and nobody counts so far");
        let slot = at.ms() >> SLOT_BITS;
        let within = (at.ms() - (slot << SLOT_BITS)).cast_unsigned();
        Place {
            page: slot >> PAGE_BITS,
            slot: (slot & (SLOTS as i64 - 1)) as usize,
            key: within << ID_BITS | order.0,
        }
    }

    fn told(&self) -> (Timestamp, OrderId) {
        let slot = self.page << PAGE_BITS | self.slot as i64;
        let within = (self.key >> ID_BITS).cast_signed();
        let id = self.key & ((1 << ID_BITS) - 1);
        (Timestamp::of_ms((slot << SLOT_BITS) + within), OrderId(id))
    }
}

impl Alarms {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Puts one in; says whether it was not there.
    pub fn insert(&mut self, at: Timestamp, order: OrderId) -> bool {
        let Place { page, slot, key } = Place::of(at, order);
        let page = self.pages.entry(page).or_insert_with(Page::empty);
        let is_new = page.slots[slot].insert(key);
        page.filled[slot / 64] |= 1 << (slot % 64);
        self.count += usize::from(is_new);
        is_new
    }

    /// Takes one out; says whether it was there.
    pub fn remove(&mut self, at: Timestamp, order: OrderId) -> bool {
        let Place { page: number, slot, key } = Place::of(at, order);
        let Some(page) = self.pages.get_mut(&number) else { return false };
        if !page.slots[slot].remove(key) {
            return false;
        }
        self.count -= 1;
        if page.slots[slot].is_empty() {
            page.filled[slot / 64] &= !(1 << (slot % 64));
            if page.filled == [0; SLOTS / 64] {
                self.pages.remove(&number);
            }
        }
        true
    }

    /// All, the earliest first; of one instant the smallest id.
    pub fn iter(&self) -> impl Iterator<Item = (Timestamp, OrderId)> + '_ {
        self.pages.iter().flat_map(|(&number, page)| {
            page.filled().flat_map(move |slot| {
                let told = move |&key: &u64| Place { page: number, slot, key }.told();
                page.slots[slot].keys().map(told)
            })
        })
    }
}

impl Page {
    fn empty() -> Box<Page> {
        let slots = std::array::from_fn(|_| Slot::List(ThinVec::new()));
        Box::new(Page { filled: [0; SLOTS / 64], slots })
    }

    /// Slots with something in them.
    fn filled(&self) -> impl Iterator<Item = usize> + '_ {
        self.filled.iter().enumerate().flat_map(|(word, &bits)| {
            // Without the lowest bit, until none is left.
            let rests = std::iter::successors(Some(bits), |bits| Some(bits & bits.wrapping_sub(1)));
            let rests = rests.take_while(|bits| *bits != 0);
            rests.map(move |bits| word * 64 + bits.trailing_zeros() as usize)
        })
    }
}

impl Slot {
    fn insert(&mut self, key: u64) -> bool {
        match self {
            Slot::Tree(tree) => tree.insert(key),
            Slot::List(list) => {
                // Ids rise, so that most come behind all others of their instant.
                let Err(at) = list.binary_search(&key) else { return false };
                if list.len() == LIST_MAX {
                    let mut tree: BTreeSet<u64> = list.iter().copied().collect();
                    tree.insert(key);
                    *self = Slot::Tree(Box::new(tree));
                } else {
                    list.insert(at, key);
                }
                true
            }
        }
    }

    fn remove(&mut self, key: u64) -> bool {
        match self {
            Slot::Tree(tree) => {
                let was_there = tree.remove(&key);
                if tree.is_empty() {
                    *self = Slot::List(ThinVec::new());
                }
                was_there
            }
            Slot::List(list) => {
                let Ok(at) = list.binary_search(&key) else { return false };
                list.remove(at);
                if list.is_empty() {
                    *list = ThinVec::new();
                }
                true
            }
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Slot::List(list) if list.is_empty())
    }

    fn keys(&self) -> impl Iterator<Item = &u64> {
        let (list, tree) = match self {
            Slot::List(list) => (Some(list), None),
            Slot::Tree(tree) => (None, Some(tree)),
        };
        list.into_iter().flatten().chain(tree.into_iter().flat_map(|tree| tree.iter()))
    }
}

impl std::fmt::Debug for Alarms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl PartialEq for Alarms {
    fn eq(&self, other: &Alarms) -> bool {
        self.count == other.count && self.iter().eq(other.iter())
    }
}

impl Eq for Alarms {}

/// As a sorted set hashes: the digest of a state says nothing of how alarms are laid out.
impl Hash for Alarms {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_usize(self.count);
        self.iter().for_each(|alarm| alarm.hash(hasher));
    }
}

impl FromIterator<(Timestamp, OrderId)> for Alarms {
    fn from_iter<I: IntoIterator<Item = (Timestamp, OrderId)>>(alarms: I) -> Alarms {
        let mut all = Alarms::default();
        alarms.into_iter().for_each(|(at, order)| {
            all.insert(at, order);
        });
        all
    }
}

/// How a snapshot holds alarms: as a sorted set.
#[derive(Debug)]
pub(crate) struct AsSet;

type Set = BTreeSet<(Timestamp, OrderId)>;

impl rkyv::with::ArchiveWith<Alarms> for AsSet {
    type Archived = rkyv::Archived<Set>;
    type Resolver = rkyv::Resolver<Set>;

    fn resolve_with(alarms: &Alarms, resolver: Self::Resolver, out: rkyv::Place<Self::Archived>) {
        rkyv::collections::btree_set::ArchivedBTreeSet::resolve_from_len(
            alarms.len(),
            resolver,
            out,
        );
    }
}

impl<S> rkyv::with::SerializeWith<Alarms, S> for AsSet
where
    S: rkyv::rancor::Fallible + ?Sized,
    Set: rkyv::Serialize<S>,
{
    fn serialize_with(alarms: &Alarms, serializer: &mut S) -> Result<Self::Resolver, S::Error> {
        rkyv::Serialize::serialize(&alarms.iter().collect::<Set>(), serializer)
    }
}

impl<D> rkyv::with::DeserializeWith<rkyv::Archived<Set>, Alarms, D> for AsSet
where
    D: rkyv::rancor::Fallible + ?Sized,
    rkyv::Archived<Set>: rkyv::Deserialize<Set, D>,
{
    fn deserialize_with(
        archived: &rkyv::Archived<Set>,
        deserializer: &mut D,
    ) -> Result<Alarms, D::Error> {
        let set: Set = rkyv::Deserialize::deserialize(archived, deserializer)?;
        Ok(set.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use xxhash_rust::xxh3::Xxh3;

    fn hash(of: &impl Hash) -> u64 {
        let mut hasher = Xxh3::new();
        of.hash(&mut hasher);
        hasher.finish()
    }

    /// SplitMix64.
    fn dice(seed: u64) -> impl FnMut(u64) -> u64 {
        let mut state = seed;
        move |below| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            (mixed ^ mixed >> 31) % below
        }
    }

    #[test]
    fn it_is_a_sorted_set_whatever_is_put_in_and_taken_out() {
        for (seed, span) in [(1, 20), (2, 100_000), (3, 3_000_000_000)] {
            let mut roll = dice(seed);
            let (mut alarms, mut set) = (Alarms::default(), Set::new());
            for _ in 0..30_000 {
                // Around the epoch, so that instants before it are met too.
                let at = Timestamp::of_ms(roll(span).cast_signed() - span.cast_signed() / 3);
                let id = OrderId(roll(2_000));
                if roll(3) < 2 {
                    assert_eq!(alarms.insert(at, id), set.insert((at, id)));
                } else {
                    let there = set.iter().nth(roll(set.len() as u64 + 1) as usize % 50).copied();
                    let (at, id) = there.unwrap_or((at, id));
                    assert_eq!(alarms.remove(at, id), set.remove(&(at, id)));
                }
                assert_eq!(alarms.iter().next(), set.first().copied());
            }
            assert_eq!(alarms.len(), set.len());
            assert!(alarms.iter().eq(set.iter().copied()), "span {span}");
            assert_eq!(hash(&alarms), hash(&set), "a digest does not see the difference");
            let trees = alarms.pages.values().flat_map(|page| &page.slots);
            let trees = trees.filter(|slot| matches!(slot, Slot::Tree(_))).count();
            assert_eq!(trees > 0, span == 20 || span == 100_000, "both shapes are met");
            for (at, id) in set {
                assert!(alarms.remove(at, id));
            }
            assert!(alarms.is_empty() && alarms.pages.is_empty() && alarms == Alarms::default());
        }
    }

    #[test]
    fn two_that_were_filled_in_another_order_are_equal() {
        let alarm = |at: i64| (Timestamp::of_ms(at), OrderId(at.cast_unsigned()));
        let there: Alarms = (0..2_000).map(alarm).collect();
        let mut back: Alarms = (0..3_000).rev().map(alarm).collect();
        (2_000..3_000).map(alarm).for_each(|(at, id)| {
            back.remove(at, id);
        });
        assert_eq!(there, back);
        assert_eq!(hash(&there), hash(&back));
        back.remove(Timestamp::of_ms(5), OrderId(5));
        assert_ne!(there, back);
    }
}
