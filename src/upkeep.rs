//! What keeps a knowledge base good: how far it answers, what nobody uses, what was used in vain, what grows old, what changed,
//! and what is missing. Reads lives, uses and orders; decides nothing, and shows nobody who called.

mod clusters;
mod gaps;
mod phrases;
mod stale;
mod updates;
mod usage;

use std::sync::Arc;

use hotline_engine::State;
use hotline_engine::article::Article;
use hotline_engine::library::{Life, Uses};

use crate::views::{Lived, Views};

pub(crate) use gaps::{Contacts, GapReport, Near, ORDERS_MIN, Question, gaps};
pub(crate) use stale::{StaleReport, stale};
pub(crate) use updates::{UpdateReport, updates};
pub(crate) use usage::{UsageReport, usage};

/// Rows of a list of articles: more than anybody goes through. The counts are of all.
pub(crate) const ROWS_MAX: usize = 500;

/// An article with all that is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) life: Arc<Life>,
    /// The text that answers, in its days; none while none does.
    pub(crate) article: Option<Arc<Article>>,
    pub(crate) uses: Arc<Uses>,
}

impl Entry {
    /// Every article of a state that was ever written.
    pub(crate) fn all_of(state: &State) -> Vec<Entry> {
        let library = state.library();
        let entry = |(id, life): (&String, &Life)| Entry {
            id: id.clone(),
            life: Arc::new(life.clone()),
            article: state.articles().get(id).cloned().map(Arc::new),
            uses: Arc::new(library.uses().get(id).cloned().unwrap_or_default()),
        };
        library.lives().iter().map(entry).collect()
    }

    /// The same out of what readers see.
    pub(crate) fn all_in(views: &Views) -> Vec<Entry> {
        let entry = |(id, lived): (String, Arc<Lived>)| Entry {
            article: lived.text.clone(),
            uses: views.uses(&id).unwrap_or_default(),
            life: Arc::clone(&lived.life),
            id,
        };
        views.lives().into_iter().map(entry).collect()
    }

    /// The text that is or was last in force, or is being written.
    pub(crate) fn text(&self) -> Option<&Article> {
        let newest = self.life.versions.iter().rev().find_map(|version| version.text.as_ref());
        self.article.as_deref().or(newest)
    }

    /// Code of the unit that answers for it; empty for none.
    pub(crate) fn unit(&self) -> &str {
        self.text().and_then(|text| text.unit.as_deref()).unwrap_or_default()
    }

    fn title(&self) -> String {
        self.text().map_or_else(String::new, |text| text.title.clone())
    }
}

/// Whether an article is one of these units'; no units = every article.
pub(crate) fn is_of(entry: &Entry, units: Option<&[String]>) -> bool {
    units.is_none_or(|units| units.iter().any(|unit| unit == entry.unit()))
}
