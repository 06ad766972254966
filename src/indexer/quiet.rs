//! Says when the index may count rarities anew: when no article has changed for a while. Counts none itself.

use hotline_knowledge_base as knowledge;
use tracing::error;

/// Looks without a change before rarities are counted anew, some half a minute: to count 100,000 articles takes seconds of a core,
/// and whoever changes one mostly changes another.
const LOOKS: u32 = 6;

/// How long nothing has changed.
#[derive(Debug, Default)]
pub(super) struct Quiet {
    looks: u32,
}

impl Quiet {
    /// Something has changed.
    pub(super) fn ends(&mut self) {
        self.looks = 0;
    }

    /// Nothing has since the last look.
    pub(super) fn goes_on(&mut self, writer: &mut knowledge::Writer) {
        self.looks = self.looks.saturating_add(1);
        if self.looks >= LOOKS
            && let Err(error) = writer.recount()
        {
            error!(%error, "rarities of the knowledge index could not be counted anew");
        }
    }
}

#[cfg(test)]
mod tests {
    use hotline_knowledge_base::{Article, Day, Hit, Reader, SearchOptions};

    use super::*;

    fn articles(writer: &mut knowledge::Writer, from: u32) {
        for at in from..60 {
            let body = if at < 5 { "停水停电" } else { "停水" };
            writer.put(Article::new(format!("{at:02}"), "题目", body)).unwrap();
        }
        writer.commit().unwrap();
    }

    fn hits(reader: &Reader) -> Vec<Hit> {
        reader.rank("停水停电", &SearchOptions::on(Day(0)))
    }

    #[test]
    fn after_some_looks_without_a_change_the_answers_are_those_of_a_new_start() {
        let (mut writer, reader) = knowledge::open().unwrap();
        articles(&mut writer, 0);
        (0..4).for_each(|at| assert!(writer.remove(&format!("{at:02}"))));
        writer.commit().unwrap();
        let (mut other, fresh) = knowledge::open().unwrap();
        articles(&mut other, 4);
        let mut quiet = Quiet::default();
        for _ in 1..LOOKS {
            quiet.goes_on(&mut writer);
        }
        quiet.ends();
        for _ in 1..LOOKS {
            quiet.goes_on(&mut writer);
            assert_ne!(hits(&reader), hits(&fresh), "rarities are those of before");
        }
        quiet.goes_on(&mut writer);
        assert_eq!(hits(&reader), hits(&fresh));
    }
}
