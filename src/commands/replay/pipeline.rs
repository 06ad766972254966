//! Reads a chunk while the one before it is worked on by all cores; results are taken in the order of what was read.

use rayon::prelude::*;

use super::tally::Tally;

/// Entries that are read and worked on together: enough to keep all cores busy.
pub(super) const CHUNK_ENTRIES: usize = 8_192;
/// A chunk of long entries ends earlier.
pub(super) const CHUNK_BYTES: usize = 16 << 20;
/// Entries that one thread takes at a time.
const SHARE_ENTRIES: usize = 512;

/// Runs through everything that `read` gives, until it gives nothing.
pub(super) fn run<T: Send + Sync>(
    mut read: impl FnMut() -> anyhow::Result<Vec<T>> + Send,
    work: impl Fn(&[T]) -> anyhow::Result<Tally> + Sync,
) -> anyhow::Result<Tally> {
    let mut tally = Tally::default();
    let mut chunk = read()?;
    while !chunk.is_empty() {
        let all = || chunk.par_chunks(SHARE_ENTRIES).map(&work).collect::<Vec<_>>();
        let (shares, next) = rayon::join(all, &mut read);
        for share in shares {
            tally.add(share?);
        }
        chunk = next?;
    }
    Ok(tally)
}
