//! Compares the knowledge index with the facts, some articles at a time and all of them in turn, and mends what differs. A mistake
//! of ours, or of the memory, must not hide an article until the next start.

use std::collections::BTreeSet;
use std::time::Duration;

use hotline_knowledge_base as knowledge;
use tracing::error;

/// How often some articles are compared.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Articles compared at once: some ten milliseconds, so that a change does not wait for long. 100,000 take half an hour.
const ARTICLES_MAX: usize = 256;

/// What is still to be compared.
#[derive(Debug, Default)]
pub(super) struct Checking {
    /// Of this round, in order; a round has every article, and whatever else the index has.
    left: Vec<String>,
    /// What differed at the last look. It may have been changed at that moment: it is mended if it still differs at the next.
    suspects: BTreeSet<String>,
}

impl Checking {
    /// Compares the next articles with what `fact` says of them; gives how many had to be mended.
    pub(super) fn look(
        &mut self,
        writer: &mut knowledge::Writer,
        ids: impl FnOnce() -> Vec<String>,
        fact: impl Fn(&str) -> Option<knowledge::Article>,
    ) -> Result<usize, knowledge::Error> {
        if self.left.is_empty() {
            let all: BTreeSet<String> = ids().into_iter().chain(writer.ids().cloned()).collect();
            self.left = all.into_iter().rev().collect();
        }
        let suspects = std::mem::take(&mut self.suspects);
        let next = self.left.split_off(self.left.len().saturating_sub(ARTICLES_MAX));
        let looked_at: BTreeSet<String> = suspects.iter().cloned().chain(next).collect();
        // What the index would refuse was told about when it came.
        let held = |id: &str| fact(id).filter(|article| article.check().is_ok());
        let facts = looked_at.into_iter().map(|id| {
            let article = held(&id);
            (id, article)
        });
        let facts: Vec<knowledge::Fact> = facts.collect();
        let differing: Vec<String> =
            writer.differing(&facts).into_iter().map(str::to_owned).collect();
        let (known, new): (Vec<_>, Vec<_>) =
            differing.into_iter().partition(|id| suspects.contains(id));
        self.suspects.extend(new);
        for id in &known {
            error!(article = id, "the knowledge index differs from the facts; it is mended");
            match held(id) {
                Some(article) => writer.put(article)?,
                None => drop(writer.remove(id)),
            }
        }
        if !known.is_empty() {
            metrics::counter!("hotline_knowledge_mended_total").increment(known.len() as u64);
            writer.commit()?;
        }
        Ok(known.len())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use hotline_knowledge_base::{Article, Day, SearchOptions};

    use super::*;

    #[test]
    fn what_differs_from_the_facts_is_mended_at_the_second_look() {
        let (mut writer, reader) = knowledge::open().unwrap();
        let texts = (0..ARTICLES_MAX + 50).map(|at| format!("第{at}条 水电煤气办理指南"));
        let facts: BTreeMap<String, Article> = (0..)
            .zip(texts)
            .map(|(at, body)| (format!("{at:04}"), Article::new(format!("{at:04}"), "指南", body)))
            .collect();
        facts.values().for_each(|article| writer.put(article.clone()).unwrap());
        writer.commit().unwrap();
        let mut checking = Checking::default();
        let mut look = |writer: &mut knowledge::Writer| {
            let ids = || facts.keys().cloned().collect();
            checking.look(writer, ids, |id| facts.get(id).cloned()).unwrap()
        };
        assert_eq!([look(&mut writer), look(&mut writer)], [0, 0]);

        writer.remove("0003");
        writer.put(Article::new("0300", "指南", "别的内容")).unwrap();
        writer.put(Article::new("none", "指南", "没有这一条")).unwrap();
        writer.commit().unwrap();
        let found = |question: &str| {
            let hits = reader.rank(question, &SearchOptions::on(Day(0)));
            hits.first().map(|hit| hit.id.clone())
        };
        assert_eq!(found("没有这一条").as_deref(), Some("none"));
        let mended: Vec<usize> = (0..4).map(|_| look(&mut writer)).collect();
        assert_eq!(mended, [0, 1, 2, 0], "each only when it differs at the next look too");
        assert_eq!(found("第300条").as_deref(), Some("0300"));
        assert_eq!(writer.articles_count(), facts.len());
        assert_ne!(found("没有这一条").as_deref(), Some("none"));
    }
}
