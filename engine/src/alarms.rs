//! When each order that waits for time wakes: one instant an order, of millions of orders, in which putting in, taking out
//! and waking cost the same however many there are.
//!
//! Which instant an order has stands in a table by its id. Which order is next stands in two levels: a page for each hour or so
//! that has an alarm, in it a slot for each quarter of a minute, which holds keys in order. What is taken out is struck from the
//! table alone, and stays in its slot until that is next or most of it is void: most alarms are taken out long before their time,
//! and finding one in its slot would cost more than all else. Order, hash and archive are those of a plain sorted set: how it is
//! laid out is nobody's business.

mod keys;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use keys::Keys;

use crate::order::OrderId;
use crate::time::Timestamp;

/// Bits of an instant within its slot: 16.4 s.
const SLOT_BITS: u32 = 14;
/// Bits of a slot within its page: 256 slots, 70 minutes.
const PAGE_BITS: u32 = 8;
const SLOTS: usize = 1 << PAGE_BITS;
/// Bits of an order's id in a slot: a thousand years of a million orders a day.
const ID_BITS: u32 = 64 - SLOT_BITS;
/// Void keys that a slot may have beside as many as are alive: fewer are not worth a look at it.
const VOID_MAX: usize = 16;
/// Orders of a leaf of the table.
const LEAF: usize = 512;
/// An order without an alarm: before all instants.
const NONE: i64 = i64::MIN;

/// Instants with orders, the earliest first; of one instant the smallest id.
#[derive(Clone, Default)]
pub struct Alarms {
    table: Table,
    pages: BTreeMap<i64, Box<Page>>,
    count: usize,
}

/// The instant of each order that has one, in milliseconds, by its id.
#[derive(Clone, Default)]
struct Table {
    leaves: Vec<Option<Box<Leaf>>>,
}

#[derive(Clone)]
struct Leaf {
    count: usize,
    instants: [i64; LEAF],
}

/// Slots with something in them are marked, a bit each.
#[derive(Clone)]
struct Page {
    filled: [u64; SLOTS / 64],
    slots: [Slot; SLOTS],
}

/// Instants within the slot above, ids below: sorted as the pairs are. Void keys are among them.
#[derive(Clone, Default)]
struct Slot {
    /// How many are alive; of a filled one at least one.
    alive: u32,
    keys: Keys,
}

/// Where an alarm lies.
#[derive(Clone, Copy)]
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

impl Table {
    fn get(&self, order: OrderId) -> i64 {
        let leaf = self.leaves.get(order.0 as usize / LEAF).and_then(Option::as_ref);
        leaf.map_or(NONE, |leaf| leaf.instants[order.0 as usize % LEAF])
    }

    /// Puts an instant in the place of what is there, and gives that.
    fn replace(&mut self, order: OrderId, instant: i64) -> i64 {
        let number = order.0 as usize / LEAF;
        if self.leaves.len() <= number {
            self.leaves.resize(number + 1, None);
        }
        let leaf = self.leaves[number].get_or_insert_with(Leaf::empty);
        let had = std::mem::replace(&mut leaf.instants[order.0 as usize % LEAF], instant);
        leaf.count += usize::from(had == NONE);
        had
    }

    /// Strikes out what is there.
    fn strike(&mut self, order: OrderId) {
        let leaf = &mut self.leaves[order.0 as usize / LEAF];
        let Some(entries) = leaf else { return };
        entries.instants[order.0 as usize % LEAF] = NONE;
        entries.count -= 1;
        if entries.count == 0 {
            *leaf = None;
        }
    }

    fn is_alive(&self, place: Place) -> bool {
        let (at, order) = place.told();
        self.get(order) == at.ms()
    }
}

impl Leaf {
    fn empty() -> Box<Leaf> {
        Box::new(Leaf { count: 0, instants: [NONE; LEAF] })
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

    /// Gives an order the instant at which it wakes, in the place of the one that it had; says whether it had another, or none.
    pub fn insert(&mut self, at: Timestamp, order: OrderId) -> bool {
        let place = Place::of(at, order);
        let had = self.table.replace(order, at.ms());
        if had == at.ms() {
            return false;
        }
        let page = self.pages.entry(place.page).or_insert_with(Page::empty);
        page.slots[place.slot].keys.insert(place.key);
        page.slots[place.slot].alive += 1;
        page.filled[place.slot / 64] |= 1 << (place.slot % 64);
        self.count += 1;
        if had != NONE {
            self.void(Place::of(Timestamp::of_ms(had), order));
        }
        true
    }

    /// Takes one out; says whether it was there.
    pub fn remove(&mut self, at: Timestamp, order: OrderId) -> bool {
        let was_there = self.table.get(order) == at.ms();
        if was_there {
            self.table.strike(order);
            self.void(Place::of(at, order));
        }
        was_there
    }

    /// A key is void that was alive.
    fn void(&mut self, Place { page: number, slot, .. }: Place) {
        self.count -= 1;
        let is_next = self.pages.first_key_value().is_some_and(|(first, _)| *first == number);
        let page = self.pages.get_mut(&number).expect("what is alive has a page");
        page.slots[slot].alive -= 1;
        if page.slots[slot].alive == 0 {
            page.slots[slot] = Slot::default();
            page.filled[slot / 64] &= !(1 << (slot % 64));
            if page.filled == [0; SLOTS / 64] {
                self.pages.remove(&number);
            }
            return;
        }
        let table = &self.table;
        let is_alive = |key: u64| table.is_alive(Place { page: number, slot, key });
        let is_next = is_next && page.filled().next() == Some(slot);
        let Slot { alive, keys } = &mut page.slots[slot];
        if is_next {
            keys.drop_void_front(is_alive);
        }
        if keys.len() > 2 * *alive as usize + VOID_MAX {
            keys.keep(is_alive);
        }
    }

    /// All, the earliest first; of one instant the smallest id.
    pub fn iter(&self) -> impl Iterator<Item = (Timestamp, OrderId)> + '_ {
        self.pages.iter().flat_map(move |(&number, page)| {
            page.filled().flat_map(move |slot| {
                let place = move |&key: &u64| Place { page: number, slot, key };
                let alive =
                    page.slots[slot].keys.iter().map(place).filter(|it| self.table.is_alive(*it));
                alive.map(|place| place.told())
            })
        })
    }
}

impl Page {
    fn empty() -> Box<Page> {
        let slots = std::array::from_fn(|_| Slot::default());
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

    /// A plain sorted set, and the instant that each order has in it.
    #[derive(Default)]
    struct Plain {
        set: Set,
        of: BTreeMap<OrderId, Timestamp>,
    }

    impl Plain {
        fn insert(&mut self, at: Timestamp, id: OrderId) -> bool {
            let had = self.of.insert(id, at);
            had.into_iter().for_each(|had| {
                self.set.remove(&(had, id));
            });
            self.set.insert((at, id));
            had != Some(at)
        }

        fn remove(&mut self, at: Timestamp, id: OrderId) -> bool {
            let was_there = self.set.remove(&(at, id));
            if was_there {
                self.of.remove(&id);
            }
            was_there
        }
    }

    #[test]
    fn it_is_a_sorted_set_whatever_is_put_in_and_taken_out() {
        for (seed, span, wakes) in
            [(1, 20, 10), (2, 40_000, 5), (3, 3_000_000_000, 3), (4, 5_000_000, 2)]
        {
            let mut roll = dice(seed);
            let (mut alarms, mut plain) = (Alarms::default(), Plain::default());
            for _ in 0..30_000 {
                // Around the epoch, so that instants before it are met too.
                let at = Timestamp::of_ms(roll(span).cast_signed() - span.cast_signed() / 3);
                let id = OrderId(roll(4_000));
                let first = plain.set.first().copied();
                match (roll(100) < wakes, roll(3), first) {
                    (true, _, Some((at, id))) => {
                        assert!(alarms.remove(at, id) && plain.remove(at, id));
                    }
                    (_, 0, _) => {
                        let had = plain.of.get(&id).copied().unwrap_or(at);
                        assert_eq!(alarms.remove(had, id), plain.remove(had, id));
                    }
                    _ => assert_eq!(alarms.insert(at, id), plain.insert(at, id)),
                }
                assert_eq!(alarms.iter().next(), plain.set.first().copied());
            }
            assert_eq!(alarms.len(), plain.set.len());
            assert!(alarms.iter().eq(plain.set.iter().copied()), "span {span}");
            assert_eq!(hash(&alarms), hash(&plain.set), "a digest does not see the difference");
            let slots = || alarms.pages.values().flat_map(|page| &page.slots);
            let many = slots().filter(|slot| matches!(slot.keys, Keys::Lists(_))).count();
            assert_eq!(many > 0, span <= 40_000, "both shapes are met");
            for Slot { alive, keys } in slots() {
                assert!(
                    keys.len() <= 2 * *alive as usize + VOID_MAX,
                    "what is void does not pile up"
                );
            }
            for (at, id) in plain.set {
                assert!(alarms.remove(at, id));
            }
            assert!(alarms.is_empty() && alarms.pages.is_empty() && alarms == Alarms::default());
            assert!(alarms.table.leaves.iter().all(Option::is_none), "nothing is kept of nothing");
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
