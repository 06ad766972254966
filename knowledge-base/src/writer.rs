//! The writing half: takes articles, and publishes them to the readers at a commit. Does not search.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, RwLock};

use tantivy::{IndexReader, IndexWriter, Term};

use crate::index::{Fields, create};
use crate::letters::Letters;
use crate::rerank::Profile;
use crate::shelf::{Published, Shelf, Shelved};
use crate::{ARTICLES_MAX, Article, Error, Reader};

/// Changes, as a share of the articles, after which gram frequencies are counted anew. Frequencies enter by their logarithm, so an
/// eighth hardly moves a weight, and counting (linear in all texts) stays rare.
const RECOUNT_AFTER_SHARE: usize = 8;

/// Opens an empty knowledge base in memory: its only writer, and a reader to clone.
///
/// # Errors
/// [`Error::Index`] when the index cannot start its threads.
pub fn open() -> Result<(Writer, Reader), Error> {
    let (fields, index, refresh) = create()?;
    let shelf = Shelf::default();
    let published = Published { searcher: refresh.searcher(), shelf: shelf.clone() };
    let published = Arc::new(RwLock::new(Arc::new(published)));
    let reader = Reader::new(fields, Arc::clone(&published));
    let writer = Writer {
        fields,
        index,
        refresh,
        slots: HashMap::new(),
        free: Vec::new(),
        shelf,
        changes: 0,
        published,
    };
    Ok((writer, reader))
}

/// Takes articles. What it took is searched only after [`Writer::commit`].
pub struct Writer {
    fields: Fields,
    index: IndexWriter,
    refresh: IndexReader,
    slots: HashMap<String, u32>,
    free: Vec<u32>,
    shelf: Shelf,
    /// Articles put or removed since the frequencies were counted.
    changes: usize,
    published: Arc<RwLock<Arc<Published>>>,
}

impl Writer {
    /// Adds the article, or replaces the one with the same id.
    ///
    /// # Errors
    /// A broken bound (see [`Article::check`]) or [`Error::Full`], and nothing has changed; or [`Error::Index`].
    pub fn put(&mut self, article: Article) -> Result<(), Error> {
        article.check()?;
        let slot = self.slot_for(&article.id)?;
        let title = Letters::of(&article.title);
        let body = Letters::of(&article.body);
        self.index.delete_term(Term::from_field_text(self.fields.id, &article.id));
        self.index
            .add_document(self.fields.document(&article.id, slot, &title.text(), &body.text()))
            .map_err(Error::index("taking an article"))?;
        self.slots.insert(article.id.clone(), slot);
        let profile = Profile::of(&[&title, &body]);
        self.shelf.place(slot, Arc::new(Shelved { article, profile }));
        self.changes += 1;
        Ok(())
    }

    /// Removes the article; says whether there was one.
    pub fn remove(&mut self, id: &str) -> bool {
        let Some(slot) = self.slots.remove(id) else { return false };
        self.index.delete_term(Term::from_field_text(self.fields.id, id));
        self.shelf.clear(slot);
        self.free.push(slot);
        self.changes += 1;
        true
    }

    /// Publishes everything put and removed so far: a search that starts after this returns sees all of it, one that began before
    /// sees none of it. Costs some milliseconds, whatever the number of changes; so commit many at once.
    ///
    /// # Errors
    /// [`Error::Index`]; searches go on with what was published last.
    pub fn commit(&mut self) -> Result<(), Error> {
        self.index.commit().map_err(Error::index("committing"))?;
        self.refresh.reload().map_err(Error::index("reloading after a commit"))?;
        if self.changes * RECOUNT_AFTER_SHARE > self.slots.len() {
            self.shelf.recount();
            self.changes = 0;
        }
        let published = Published { searcher: self.refresh.searcher(), shelf: self.shelf.clone() };
        *self.published.write().expect("no one panics while publishing") = Arc::new(published);
        Ok(())
    }

    /// Number of articles, with those not yet committed.
    #[must_use]
    pub fn articles_count(&self) -> usize {
        self.slots.len()
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
