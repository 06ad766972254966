//! A hash of the whole state: same journal, same digest. Proves replay; hides nothing.

use std::hash::{Hash, Hasher};

use xxhash_rust::xxh3::Xxh3;

use crate::order::{Caller, Order};
use crate::state::State;

/// 128 bits over everything a state holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest(pub u128);

/// Hashes the state. Linear in its size; compare on machines of one byte order.
pub fn digest(state: &State) -> Digest {
    let mut hasher = Wide(Xxh3::new());
    state.hash(&mut hasher);
    Digest(hasher.0.digest128())
}

/// Hashes an order and who is behind it: by this it is known again when it comes from a shelf.
pub fn dossier_digest(order: &Order, caller: Option<&Caller>) -> Digest {
    let mut hasher = Wide(Xxh3::new());
    order.hash(&mut hasher);
    caller.hash(&mut hasher);
    Digest(hasher.0.digest128())
}

/// Feeds a 128-bit hash through the 64-bit door of [`Hasher`].
struct Wide(Xxh3);

impl Hasher for Wide {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        self.0.digest()
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}
