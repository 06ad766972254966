//! The writing half: takes articles, and publishes them to the readers at a commit. Does not search.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, RwLock};
use std::thread::JoinHandle;

use crate::checking::{self, Fact};
use crate::hot::Base;
use crate::reader::Published;
use crate::record::{Follower, Record};
use crate::shelf::Shelved;
use crate::{ARTICLES_MAX, Article, Error, Reader};

/// Changes, as a share of the articles, after which rarities are counted anew. They enter by their logarithm, so an eighth hardly
/// moves a weight, and counting (linear in all texts) stays rare.
const RECOUNT_AFTER_SHARE: usize = 8;
/// Further changes, as a share, after which what was counted beside the work is taken; by then it has long been ready.
const TAKE_AFTER_SHARE: usize = 32;
/// Up to so many articles are counted within the commit: it costs less than anybody notices.
const COUNT_AT_ONCE_MAX: usize = 1_000;

/// Opens an empty knowledge base in memory: its only writer, and a reader to clone.
///
/// # Errors
/// [`Error::Index`] when the index cannot start its threads.
pub fn open() -> Result<(Writer, Reader), Error> {
    let (record, follower) = Record::open()?;
    let published = Arc::new(RwLock::new(Arc::new(Published::default())));
    let reader = Reader::new(Arc::clone(&published), Arc::clone(&record));
    let writer = Writer {
        slots: HashMap::new(),
        free: Vec::new(),
        now: Published::default(),
        pending: BTreeSet::new(),
        stamp: 0,
        changes: 0,
        counting: None,
        published,
        record,
        _follower: follower,
    };
    Ok((writer, reader))
}

/// Takes articles. What it took is searched only after [`Writer::commit`].
pub struct Writer {
    slots: HashMap<String, u32>,
    free: Vec<u32>,
    now: Published,
    /// Slots put since the last commit.
    pending: BTreeSet<u32>,
    stamp: u64,
    /// Articles put or removed since rarities were counted, or since they began to be.
    changes: usize,
    counting: Option<Counting>,
    published: Arc<RwLock<Arc<Published>>>,
    record: Arc<Record>,
    /// Ends the record's thread with the writer.
    _follower: Follower,
}

/// A new base in the making, on a thread of its own.
struct Counting {
    thread: JoinHandle<Base>,
    /// How many segments of changes it will stand for.
    covered: usize,
    /// Changes, as a share of the articles, after which a commit takes it, and waits for it if need be.
    take_after_share: usize,
}

impl Writer {
    /// Adds the article, or replaces the one with the same id.
    ///
    /// # Errors
    /// A broken bound (see [`Article::check`]) or [`Error::Full`], and nothing has changed.
    pub fn put(&mut self, article: Article) -> Result<(), Error> {
        article.check()?;
        let slot = self.slot_for(&article.id)?;
        self.stamp += 1;
        self.slots.insert(article.id.clone(), slot);
        let shelved = Arc::new(Shelved::new(article, self.stamp));
        self.record.change(&shelved.article.id, Some(Arc::clone(&shelved)));
        self.now.shelf.put(slot, shelved);
        self.pending.insert(slot);
        self.changes += 1;
        Ok(())
    }

    /// Removes the article; says whether there was one.
    pub fn remove(&mut self, id: &str) -> bool {
        let Some(slot) = self.slots.remove(id) else { return false };
        self.record.change(id, None);
        self.now.shelf.clear(slot);
        self.pending.remove(&slot);
        self.free.push(slot);
        self.changes += 1;
        true
    }

    /// Publishes everything put and removed so far: a search that starts after this returns sees all of it, one that began before
    /// sees none of it. One change costs well below a millisecond, but for the rare commit that merges many; so do many at once.
    ///
    /// # Errors
    /// None any more; kept for an index that can fail.
    pub fn commit(&mut self) -> Result<(), Error> {
        let pending = std::mem::take(&mut self.pending);
        let articles = self.slots.len();
        let many = pending.len() * RECOUNT_AFTER_SHARE > articles;
        let stale = self.counting.is_none() && self.changes * RECOUNT_AFTER_SHARE > articles;
        if many || (stale && articles <= COUNT_AT_ONCE_MAX) {
            self.count_at_once();
        } else {
            let counting = self.counting.as_ref();
            let kept = counting.map_or(0, |counting| counting.covered);
            let take_after =
                counting.map_or(TAKE_AFTER_SHARE, |counting| counting.take_after_share);
            self.now.hot.add(&self.now.shelf, &pending, kept);
            if stale {
                self.begin_counting(TAKE_AFTER_SHARE)?;
            } else if self.changes * take_after > articles {
                self.take_counted();
            }
        }
        self.publish();
        Ok(())
    }

    /// Counts rarities anew, beside the work, if anything has changed since they were counted, and takes what was counted when it is
    /// ready; says whether the answers are those of an index that is filled anew with the same articles. For when nothing has
    /// changed for a while: between two counts a change is weighed by the rarities of before.
    ///
    /// # Errors
    /// [`Error::Index`] when the thread that counts cannot start.
    pub fn recount(&mut self) -> Result<bool, Error> {
        if !self.pending.is_empty() {
            return Ok(false);
        }
        if let Some(counting) = &self.counting {
            if !counting.thread.is_finished() {
                return Ok(false);
            }
            self.take_counted();
            self.publish();
        }
        if self.changes == 0 {
            return Ok(true);
        }
        if self.slots.len() > COUNT_AT_ONCE_MAX {
            // Whoever changes many articles now does not wait for it: it is taken when it is ready and nothing changes.
            self.begin_counting(RECOUNT_AFTER_SHARE)?;
            return Ok(false);
        }
        self.count_at_once();
        self.publish();
        Ok(true)
    }

    /// Waits until the index of record holds everything put and removed so far; see [`Reader::bm25_of_record`].
    ///
    /// # Errors
    /// [`Error::Index`] when it could not follow.
    pub fn settle(&self) -> Result<(), Error> {
        self.record.settle()
    }

    /// The ids of the facts that are not held as they are: another text, or a letter of it where no search finds it. What was put
    /// since the last commit is not held yet.
    #[must_use]
    pub fn differing<'a>(&self, facts: &'a [Fact]) -> Vec<&'a str> {
        checking::differing(&self.now, &self.slots, facts)
    }

    /// The ids of all articles, in no order.
    pub fn ids(&self) -> impl Iterator<Item = &String> {
        self.slots.keys()
    }

    /// Number of articles, with those not yet committed.
    #[must_use]
    pub fn articles_count(&self) -> usize {
        self.slots.len()
    }

    fn publish(&self) {
        let published = Arc::new(self.now.clone());
        *self.published.write().expect("no one panics while publishing") = published;
    }

    fn count_at_once(&mut self) {
        // What was being counted is older than what is counted now.
        self.counting = None;
        let shelf = &self.now.shelf;
        let base = Base::of(shelf.all().map(|(slot, shelved)| (slot, shelved.as_ref())));
        self.now.hot.rebase(base, self.now.hot.changes.len());
        self.changes = 0;
    }

    fn begin_counting(&mut self, take_after_share: usize) -> Result<(), Error> {
        let shelf = self.now.shelf.clone();
        let thread = std::thread::Builder::new()
            .name("knowledge-count".into())
            .spawn(move || Base::of(shelf.all().map(|(slot, shelved)| (slot, shelved.as_ref()))))
            .map_err(Error::index("starting the thread that counts"))?;
        let covered = self.now.hot.changes.len();
        self.counting = Some(Counting { thread, covered, take_after_share });
        self.changes = 0;
        Ok(())
    }

    /// At a fixed number of changes, not when it happens to be ready: the same articles in the same commits answer alike.
    fn take_counted(&mut self) {
        if let Some(Counting { thread, covered, .. }) = self.counting.take() {
            let base = thread.join().expect("counting does not panic");
            self.now.hot.rebase(base, covered);
        }
    }

    fn slot_for(&mut self, id: &str) -> Result<u32, Error> {
        if let Some(slot) = self.slots.get(id) {
            return Ok(*slot);
        }
        if self.slots.len() >= ARTICLES_MAX {
            return Err(Error::Full { limit: ARTICLES_MAX });
        }
        // Full slots and free slots are all the slots there are.
        Ok(self.free.pop().unwrap_or((self.slots.len() + self.free.len()) as u32))
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("articles_count", &self.slots.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hot::Hot;

    fn article(id: &str, body: &str) -> Article {
        Article::new(id, "题目", body)
    }

    #[test]
    fn what_the_index_does_not_hold_as_it_is_differs() {
        let (mut writer, _reader) = open().unwrap();
        let fact = |id: &str, body: &str| (id.to_owned(), Some(article(id, body)));
        let facts = [fact("a", "停水三天"), fact("b", "路灯不亮"), ("c".to_owned(), None)];
        for (_, article) in &facts {
            article.iter().for_each(|article| writer.put(article.clone()).unwrap());
        }
        assert_eq!(writer.differing(&facts), ["a", "b"], "before the commit");
        writer.commit().unwrap();
        assert!(writer.differing(&facts).is_empty());
        // Enough others, so that two more changes lie beside the base.
        (0..30).for_each(|at| writer.put(article(&format!("x{at}"), "别的事情")).unwrap());
        writer.commit().unwrap();
        assert!(writer.differing(&facts).is_empty());
        writer.put(article("b", "路灯又不亮")).unwrap();
        writer.put(article("c", "公园")).unwrap();
        writer.commit().unwrap();
        assert_eq!(writer.now.hot.changes.len(), 1);
        assert_eq!(writer.differing(&facts), ["b", "c"]);
        assert!(writer.differing(&[fact("b", "路灯又不亮"), fact("c", "公园")]).is_empty());
        writer.now.hot = Hot::default();
        assert_eq!(
            writer.differing(&facts[..1]),
            ["a"],
            "the text is there, but no search finds it"
        );
    }
}
