//! Each reader as a function of bytes: what it makes of them is checked as far as it can be, its words are looked at, and a
//! panic is a fault. Used by the replay here and by the fuzzer in `fuzz/`.

mod kept;
mod sent;

/// Longer inputs say nothing that shorter ones do not; it bounds the time and the memory of one.
pub(crate) const INPUT_BYTES_MAX: usize = 16 << 10;
/// A refusal is for people: a line or two.
const WORDS_MAX: usize = 1_000;

/// What became of an input: nothing to say, or the words of the refusal.
pub(crate) type Verdict = Result<(), String>;

/// A reader with the name of its corpus.
#[derive(Clone, Copy)]
pub(crate) struct Reader {
    pub(crate) name: &'static str,
    read: fn(&[u8]) -> Verdict,
}

pub(crate) const READERS: [Reader; 11] = [
    Reader { name: "segment", read: kept::segment },
    Reader { name: "journal", read: kept::journal },
    Reader { name: "record", read: kept::record },
    Reader { name: "snapshot", read: kept::snapshot },
    Reader { name: "folder", read: kept::folder },
    Reader { name: "model", read: kept::model },
    Reader { name: "order", read: sent::order },
    Reader { name: "messages", read: sent::messages },
    Reader { name: "profile", read: sent::profile },
    Reader { name: "district", read: sent::district },
    Reader { name: "question", read: sent::question },
];

/// What the corpora of the data folder's readers begin with.
#[cfg(test)]
pub(crate) use kept::seeds;

impl Reader {
    /// Reads an input, or the beginning of one that is too long.
    ///
    /// # Panics
    /// When the reader does, or says nothing to the point.
    pub(crate) fn read(self, bytes: &[u8]) -> Verdict {
        let verdict = (self.read)(&bytes[..bytes.len().min(INPUT_BYTES_MAX)]);
        if let Err(words) = &verdict {
            let length = words.chars().count();
            assert!(!words.trim().is_empty(), "{}: refused without a word", self.name);
            assert!(length <= WORDS_MAX, "{}: {length} characters to refuse it", self.name);
        }
        verdict
    }
}
