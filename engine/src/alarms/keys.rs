//! The keys of one slot, in order: a list while they are few, else a row of such lists. What comes behind all others, as most
//! keys do, is put there at once; what does not moves no more than one list.

use std::collections::VecDeque;

use thin_vec::ThinVec;

/// Keys of a list: 4 KiB are moved in less time than a tree of as many takes.
const LIST_MAX: usize = 512;

/// Keys, each once, the smallest first.
#[derive(Clone)]
pub(super) enum Keys {
    List(ThinVec<u64>),
    /// Boxed, since few slots need it: those that do not shall stay small.
    Lists(Box<Lists>),
}

/// Lists that are not empty, one behind the other.
#[derive(Clone, Default)]
pub(super) struct Lists {
    lists: VecDeque<ThinVec<u64>>,
    count: usize,
}

impl Default for Keys {
    fn default() -> Keys {
        Keys::List(ThinVec::new())
    }
}

impl Keys {
    /// Puts a key in, unless it is there.
    pub(super) fn insert(&mut self, key: u64) {
        match self {
            Keys::Lists(lists) => lists.insert(key),
            Keys::List(list) => {
                let Some(at) = place_in(list, key) else { return };
                if list.len() < LIST_MAX {
                    list.insert(at, key);
                } else {
                    let mut lists =
                        Lists { count: list.len(), lists: [std::mem::take(list)].into() };
                    lists.insert(key);
                    *self = Keys::Lists(Box::new(lists));
                }
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Keys::List(list) => list.len(),
            Keys::Lists(lists) => lists.count,
        }
    }

    /// Drops what is void before the first that is alive.
    pub(super) fn drop_void_front(&mut self, is_alive: impl Fn(u64) -> bool) {
        let drop_front = |list: &mut ThinVec<u64>| {
            let void = list.iter().take_while(|&&key| !is_alive(key)).count();
            list.drain(..void).count()
        };
        match self {
            Keys::List(list) => {
                drop_front(list);
            }
            Keys::Lists(many) => {
                let Lists { lists, count } = &mut **many;
                while let Some(first) = lists.front_mut() {
                    *count -= drop_front(first);
                    if !first.is_empty() {
                        break;
                    }
                    lists.pop_front();
                }
            }
        }
    }

    /// Keeps what is alive.
    pub(super) fn keep(&mut self, is_alive: impl Fn(u64) -> bool) {
        let mut kept = Keys::default();
        self.iter().copied().filter(|&key| is_alive(key)).for_each(|key| kept.insert(key));
        *self = kept;
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &u64> {
        let (list, lists) = match self {
            Keys::List(list) => (Some(list), None),
            Keys::Lists(lists) => (None, Some(lists)),
        };
        list.into_iter().chain(lists.into_iter().flat_map(|it| &it.lists)).flatten()
    }
}

impl Lists {
    fn insert(&mut self, key: u64) {
        let begins_before = |list: &ThinVec<u64>| list[0] <= key;
        let after = match self.lists.back() {
            Some(last) if begins_before(last) => self.lists.len(),
            _ => self.lists.partition_point(begins_before),
        };
        // What is smaller than all others comes into the first list.
        let number = after.saturating_sub(1);
        let list = &mut self.lists[number];
        let Some(at) = place_in(list, key) else { return };
        self.count += 1;
        if list.len() < LIST_MAX {
            list.insert(at, key);
            return;
        }
        // Behind a full list another one begins, with room for as many; within one it is cut in two.
        let mut behind = ThinVec::with_capacity(LIST_MAX);
        if at < LIST_MAX {
            behind.extend(list.drain(LIST_MAX / 2..));
        }
        match at.checked_sub(list.len()) {
            Some(at) => behind.insert(at, key),
            None => list.insert(at, key),
        }
        self.lists.insert(number + 1, behind);
    }
}

/// Where a key belongs in a list; nowhere if it is there.
fn place_in(list: &[u64], key: u64) -> Option<usize> {
    if list.last().is_none_or(|last| *last < key) {
        return Some(list.len());
    }
    list.binary_search(&key).err()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn keys_are_a_sorted_set(
            rising in 0u64..3_000,
            others in prop::collection::vec(0u64..6_000, 0..3_000),
            dead_below in 0u64..6_000,
            of in 1u64..5,
        ) {
            let mut plain = BTreeSet::new();
            let mut keys = Keys::default();
            for key in (0..rising).map(|at| at * 2).chain(others) {
                keys.insert(key);
                plain.insert(key);
            }
            prop_assert_eq!(keys.len(), plain.len());
            prop_assert!(keys.iter().eq(&plain));

            keys.drop_void_front(|key| key >= dead_below);
            plain.retain(|key| *key >= dead_below);
            prop_assert_eq!(keys.len(), plain.len());
            prop_assert!(keys.iter().eq(&plain));

            keys.keep(|key| key % of == 0);
            plain.retain(|key| key % of == 0);
            prop_assert_eq!(keys.len(), plain.len());
            prop_assert!(keys.iter().eq(&plain));
        }
    }

    #[test]
    fn a_list_is_never_longer_than_it_may_be() {
        let mut keys = Keys::default();
        for key in (0..10_000).chain((20_000..30_000).rev()).map(|at| at * 7_919 % 40_009) {
            keys.insert(key);
        }
        let Keys::Lists(lists) = &keys else { panic!("20,000 keys are no list") };
        assert!(lists.lists.iter().all(|list| (1..=LIST_MAX).contains(&list.len())));
        assert_eq!(keys.len(), 20_000);
    }
}
