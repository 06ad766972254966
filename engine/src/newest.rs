//! The newest few orders under each of very many keys: a table that grows by one bucket at a time, so that no command waits
//! while it is rebuilt (linear hashing, Litwin 1980). What has no room falls out, the oldest first, and so does what is forgotten.

use crate::order::OrderId;

/// The most orders under one key: what is older than four others with the same words is found through them.
pub(crate) const KEPT: usize = SLOTS;
/// Entries of a bucket; half of them are filled on average, and of what is kept for long about a fifth falls out.
const SLOTS: usize = 4;
/// Entries a bucket before the next one is added.
const ENTRIES_EACH: usize = 2;
/// Buckets added at once: more than the keys of one order need.
const GROWN_MAX: usize = 2;
/// Buckets to begin with, and of each chunk of memory.
const CHUNK: usize = 1 << 12;

/// An order under a key; none has the id 0.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
struct Entry {
    id: u32,
    key: u32,
}

/// The newest first. Half a line of the cache.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
#[repr(align(32))]
struct Bucket([Entry; SLOTS]);

impl Bucket {
    fn push(&mut self, entry: Entry) {
        self.0.rotate_right(1);
        self.0[0] = entry;
    }
}

/// The table. Keys must be well mixed in their low bits.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Hash, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize,
)]
pub(crate) struct Newest {
    chunks: Vec<Box<[Bucket]>>,
    /// Buckets in use.
    buckets_count: usize,
    /// Orders before this one are forgotten.
    first: u32,
}

impl Newest {
    /// The orders under some keys, newest first under each.
    pub(crate) fn of_all<const KEYS: usize>(
        &self,
        keys: [u32; KEYS],
    ) -> impl Iterator<Item = OrderId> {
        // All buckets before the first is looked into: they are far apart in memory, and are fetched together.
        let bucket = |key| {
            if self.buckets_count == 0 { Bucket::default() } else { *self.bucket(self.place(key)) }
        };
        let found = keys.map(|key| (key, bucket(key)));
        found.into_iter().flat_map(|(key, bucket)| {
            let first = self.first.max(1);
            let under = bucket.0.into_iter().filter(move |it| it.id >= first && it.key == key);
            under.map(|it| OrderId(it.id.into()))
        })
    }

    /// Adds an order under one of its keys, newer than all that are in. The table has room for `keys_each` keys of every
    /// order that is not forgotten.
    pub(crate) fn push(&mut self, key: u32, order: OrderId, keys_each: usize) {
        let id = small(order);
        let orders = (id + 1).saturating_sub(self.first.max(1)) as usize;
        // As many as one order can ask for: no command pays for another's.
        for _ in 0..GROWN_MAX {
            if self.buckets_count * ENTRIES_EACH >= orders * keys_each {
                break;
            }
            self.grow();
        }
        let at = self.place(key);
        self.bucket_mut(at).push(Entry { id, key });
    }

    /// Forgets the orders before one: they are found no more, and newer ones take their places.
    pub(crate) fn forget_before(&mut self, first: OrderId) {
        self.first = small(first);
    }

    /// Where a key belongs while there are so many buckets: the last bits that name a bucket there is.
    fn place(&self, key: u32) -> usize {
        let mask = self.buckets_count.next_power_of_two() - 1;
        let at = key as usize & mask;
        if at < self.buckets_count { at } else { at & (mask >> 1) }
    }

    /// Adds a bucket and moves to it what belongs there: all that one other bucket may have to give.
    fn grow(&mut self) {
        if self.buckets_count.is_multiple_of(CHUNK) {
            self.chunks.push(vec![Bucket::default(); CHUNK].into_boxed_slice());
        }
        let new = self.buckets_count;
        if new < CHUNK {
            self.buckets_count = CHUNK;
            return;
        }
        let old = new & (new.next_power_of_two() / if new.is_power_of_two() { 1 } else { 2 } - 1);
        self.buckets_count += 1;
        let before = std::mem::take(self.bucket_mut(old));
        // The oldest first, so that the newest comes to stand first again.
        for entry in before.0.into_iter().rev().filter(|it| it.id != 0) {
            let at = self.place(entry.key);
            self.bucket_mut(at).push(entry);
        }
    }

    fn bucket(&self, at: usize) -> &Bucket {
        &self.chunks[at / CHUNK][at % CHUNK]
    }

    fn bucket_mut(&mut self, at: usize) -> &mut Bucket {
        &mut self.chunks[at / CHUNK][at % CHUNK]
    }
}

/// Ids end at a hundred million.
fn small(order: OrderId) -> u32 {
    u32::try_from(order.0).expect("an order's id has 32 bits")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mixed(value: u32) -> u32 {
        let value = (value ^ value >> 16).wrapping_mul(0x7feb_352d);
        let value = (value ^ value >> 15).wrapping_mul(0x846c_a68b);
        value ^ value >> 16
    }

    #[test]
    fn the_newest_of_a_key_are_found_however_far_the_table_has_grown() {
        let mut table = Newest::default();
        assert_eq!(table.of_all([7]).count(), 0);
        let orders = 60_000u32;
        for id in 1..=orders {
            table.push(mixed(id), OrderId(id.into()), 1);
        }
        assert!(table.buckets_count > 2 * CHUNK, "it has grown");
        let is_found = |&id: &u32| table.of_all([mixed(id)]).eq([OrderId(id.into())]);
        let newest = (orders - 1_000..=orders).filter(is_found).count();
        assert_eq!(newest, 1_001, "the newest have not fallen out");
        let all = (1..=orders).filter(is_found).count();
        assert!(all > 48_000, "of all of them most are there: {all}");
    }

    #[test]
    fn what_is_forgotten_is_gone_and_makes_room() {
        let mut table = Newest::default();
        for id in 1..=6 {
            table.push(9, OrderId(id), 1);
        }
        let found = |table: &Newest| table.of_all([9]).map(|id| id.0).collect::<Vec<_>>();
        assert_eq!(found(&table), [6, 5, 4, 3]);
        table.forget_before(OrderId(5));
        assert_eq!(found(&table), [6, 5]);
        table.push(9, OrderId(7), 1);
        assert_eq!(found(&table), [7, 6, 5]);
        table.forget_before(OrderId(8));
        assert!(found(&table).is_empty());
    }

    #[test]
    fn the_table_does_not_grow_beyond_what_is_remembered() {
        let mut table = Newest::default();
        for id in 1..=400_000u32 {
            table.forget_before(OrderId(id.saturating_sub(20_000).into()));
            table.push(mixed(id), OrderId(id.into()), 1);
        }
        let wanted = 20_000 / ENTRIES_EACH;
        assert!((wanted..wanted + CHUNK).contains(&table.buckets_count), "{}", table.buckets_count);
    }
}
