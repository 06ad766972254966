//! Memory that the machine has handed out already, given back as a hotline grows: as in a server that lets go of what has
//! ended, which grows into its own room. In a virtual machine a page's first touch may cost more than the command behind it.

/// What is given back at once, in bytes.
const CHUNK: usize = 1 << 20;
/// Lives that need no more than a chunk: each leaves less than 2 KiB behind.
const LIVES_A_CHUNK: usize = 512;

/// Room for lives of orders.
pub(crate) struct Room {
    chunks: Vec<Vec<u8>>,
    lives: usize,
}

impl Room {
    /// Room for so many, every page of it touched.
    pub(crate) fn for_lives(count: usize) -> Room {
        let chunks = 0..count.div_ceil(LIVES_A_CHUNK);
        Room { chunks: chunks.map(|_| vec![1; CHUNK]).collect(), lives: 0 }
    }

    /// Another order comes.
    pub(crate) fn give_for_one(&mut self) {
        if self.lives.is_multiple_of(LIVES_A_CHUNK) {
            self.chunks.pop();
        }
        self.lives += 1;
    }
}
