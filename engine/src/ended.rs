//! Which orders have ended, in lists by status and by unit: what readers look through without reading the orders. Follows
//! from the orders; kept up with every record, so that nobody reads millions of them at a start.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use roaring::RoaringBitmap;

use crate::directory::UnitId;
use crate::order::{Dispatch, Order, OrderId, Status};

/// A list of orders that have ended.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
#[rkyv(derive(PartialEq, Eq, PartialOrd, Ord))]
pub enum EndedList {
    /// Of those that ended in this way.
    Status(Status),
    /// Of those that the unit led or helped with.
    Unit(UnitId),
}

/// The numbers of orders, packed.
#[derive(Clone, Debug, Default, PartialEq, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize)]
pub struct Numbers {
    #[rkyv(with = bytes::Packed)]
    packed: RoaringBitmap,
}

impl Numbers {
    /// Adds one.
    pub fn insert(&mut self, order: OrderId) {
        self.packed.insert(small(order));
    }

    /// Takes one away.
    pub fn remove(&mut self, order: OrderId) {
        self.packed.remove(small(order));
    }

    /// Whether it is one of them.
    pub fn contains(&self, order: OrderId) -> bool {
        self.packed.contains(small(order))
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.packed.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }

    /// Those before one, the newest first.
    pub fn before(&self, order: OrderId) -> impl Iterator<Item = OrderId> {
        self.packed.range(..small(order)).rev().map(|id| OrderId(id.into()))
    }
}

/// Ids end at a hundred million.
fn small(order: OrderId) -> u32 {
    u32::try_from(order.0).unwrap_or(u32::MAX)
}

/// The lists that an order stands in; none while it is open.
pub fn lists_of(order: &Order) -> Vec<EndedList> {
    if order.status.is_open() {
        return Vec::new();
    }
    let mut lists = vec![EndedList::Status(order.status)];
    lists.extend(order.dispatch.iter().flat_map(Dispatch::units).map(EndedList::Unit));
    lists
}

/// All lists.
#[derive(Clone, Debug, Default, PartialEq, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize)]
pub struct Ended {
    lists: BTreeMap<EndedList, Numbers>,
}

impl Ended {
    /// Of these orders, counted afresh.
    pub(crate) fn of<O: std::ops::Deref<Target = Order>>(orders: impl Iterator<Item = O>) -> Ended {
        let mut ended = Ended::default();
        for order in orders {
            ended.replace(order.id, &[], &lists_of(&order));
        }
        ended
    }

    /// Every list that has any.
    pub fn lists(&self) -> impl Iterator<Item = (EndedList, &Numbers)> {
        self.lists.iter().map(|(list, numbers)| (*list, numbers))
    }

    /// The orders from 1 to `last` that have not ended.
    pub(crate) fn open(&self, last: usize) -> impl Iterator<Item = OrderId> + use<> {
        let mut open = RoaringBitmap::new();
        open.insert_range(1..=small(OrderId(last as u64)));
        for (list, numbers) in &self.lists {
            if matches!(list, EndedList::Status(_)) {
                open -= &numbers.packed;
            }
        }
        open.into_iter().map(|id| OrderId(id.into()))
    }

    /// An order that stood in the one lists stands in the others now. What is empty is removed, so that equal states are
    /// equal.
    pub(crate) fn replace(&mut self, order: OrderId, before: &[EndedList], now: &[EndedList]) {
        for list in before.iter().filter(|list| !now.contains(list)) {
            let Some(numbers) = self.lists.get_mut(list) else { continue };
            numbers.remove(order);
            if numbers.is_empty() {
                self.lists.remove(list);
            }
        }
        for list in now.iter().filter(|list| !before.contains(list)) {
            self.lists.entry(*list).or_default().insert(order);
        }
    }
}

/// What follows from the orders adds nothing to a digest.
impl Hash for Ended {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl Eq for Ended {}

/// A packed set in an archive: the bytes of its own portable format.
mod bytes {
    use rkyv::Place;
    use rkyv::rancor::{Fallible, ResultExt, Source};
    use rkyv::ser::{Allocator, Writer};
    use rkyv::vec::{ArchivedVec, VecResolver};
    use rkyv::with::{ArchiveWith, DeserializeWith, SerializeWith};
    use roaring::RoaringBitmap;

    pub struct Packed;

    impl ArchiveWith<RoaringBitmap> for Packed {
        type Archived = ArchivedVec<u8>;
        type Resolver = VecResolver;

        fn resolve_with(set: &RoaringBitmap, resolver: VecResolver, out: Place<Self::Archived>) {
            ArchivedVec::resolve_from_len(set.serialized_size(), resolver, out);
        }
    }

    impl<S: Fallible<Error: Source> + Allocator + Writer + ?Sized> SerializeWith<RoaringBitmap, S>
        for Packed
    {
        fn serialize_with(
            set: &RoaringBitmap,
            serializer: &mut S,
        ) -> Result<VecResolver, S::Error> {
            let mut bytes = Vec::with_capacity(set.serialized_size());
            set.serialize_into(&mut bytes).into_error()?;
            ArchivedVec::serialize_from_slice(&bytes, serializer)
        }
    }

    impl<D: Fallible<Error: Source> + ?Sized> DeserializeWith<ArchivedVec<u8>, RoaringBitmap, D>
        for Packed
    {
        fn deserialize_with(bytes: &ArchivedVec<u8>, _: &mut D) -> Result<RoaringBitmap, D::Error> {
            RoaringBitmap::deserialize_from(bytes.as_slice()).into_error()
        }
    }
}
