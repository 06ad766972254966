//! Moves a running hotline to the shelves of its newest snapshot, a few pages at a time, so that orders which have ended do not
//! stay in memory. Changes nothing that anybody can see.

use std::sync::Arc;

use hotline_engine::State;

use crate::shelf::Shelves;
use crate::views::Views;

/// Pages of orders looked at in one tick: a few milliseconds.
const PAGES_EACH_TICK: usize = 8;

/// How far the move to the newest shelves has come.
#[derive(Debug)]
pub(crate) struct Moving {
    shelves: Arc<Shelves>,
    /// The page to look at next; none when all is done.
    next: Option<usize>,
}

impl Moving {
    /// Nothing to do until the views have newer shelves.
    pub(crate) fn of(views: &Views) -> Moving {
        Moving { shelves: views.shelves(), next: None }
    }

    /// Takes newer shelves if there are any, and lets go of what is on them and over, for a few pages.
    pub(crate) fn go_on(&mut self, state: &mut State, views: &Views) {
        let newest = views.shelves();
        if !Arc::ptr_eq(&newest, &self.shelves) {
            newest.put_under(state);
            self.next = Some(0);
            self.shelves = newest;
        }
        for _ in 0..PAGES_EACH_TICK {
            let Some(page) = self.next else { return };
            let gone = state.let_go(page);
            views.let_go(gone.as_deref().unwrap_or_default());
            self.next = gone.map(|_| page + 1);
        }
    }
}
