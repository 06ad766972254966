//! What readers see of what was committed, beside the orders themselves: the directory, articles, what an event changes in
//! other orders, and what is counted.

use std::sync::Arc;

use hotline_engine::article::Article;
use hotline_engine::directory::Directory;
use hotline_engine::library::ArticleStep;
use hotline_engine::order::OrderId;
use hotline_engine::time::Day;
use hotline_engine::{Event, Record};

use super::Sequencer;
use crate::partition::Published;

impl Sequencer {
    /// What else readers see of an event: articles, the directory, figures.
    pub(super) fn publish(&self, event: &Event) {
        use metrics::counter;
        for id in self.state.articles_behind(event) {
            self.published.views.put_uses(&self.state, &id);
        }
        if let Some(order) = event.order() {
            self.publish_leading(order);
        }
        match event {
            Event::ArticlePut(Article { id, .. })
            | Event::ArticleRemoved { id }
            | Event::ArticleMoved { id, .. } => self.publish_article(event, id),
            Event::Accepted { .. } => counter!("hotline_orders_accepted_total").increment(1),
            Event::Dispatched { dispatch, .. } => {
                let mode = dispatch.mode.code();
                counter!("hotline_orders_dispatched_total", "mode" => mode).increment(1);
            }
            Event::SentToTriage { reason, .. } => {
                counter!("hotline_orders_triaged_total", "reason" => reason.code()).increment(1);
            }
            Event::Closed { .. } => counter!("hotline_orders_closed_total").increment(1),
            Event::DuePassed { stage, .. } => {
                counter!("hotline_orders_overdue_total", "stage" => stage.code()).increment(1);
            }
            Event::Escalated { rung, .. } => {
                counter!("hotline_orders_escalated_total", "rung" => rung.code()).increment(1);
            }
            _ => {}
        }
    }

    /// The directory, and the orders in which units helped that are no more.
    pub(super) fn publish_directory(&self) {
        let (views, directory) = (&self.published.views, self.state.directory());
        let before = views.directory();
        views.put_directory(directory);
        let dissolved =
            before.units().filter(|(id, unit)| unit.active && !directory.is_active(*id));
        for order in dissolved.flat_map(|(unit, _)| views.open_of(unit)) {
            if let Some(order) = self.state.order(order) {
                views.publish(&Arc::new(order.clone()));
            }
        }
        self.index_renamed(&before);
    }

    /// An article is found by the name of its unit too.
    fn index_renamed(&self, before: &Directory) {
        let now = self.state.directory();
        let name = |directory: &Directory, code: &str| {
            directory.unit_id(code).map(|unit| directory.unit(unit).name.clone())
        };
        for article in self.state.articles().values() {
            if article.unit.as_deref().is_some_and(|it| name(before, it) != name(now, it)) {
                self.published.indexer.changed(&article.id);
            }
        }
    }

    /// The order with which this one is handled, which knows how it presses, and stands in the inbox where the first is due.
    fn publish_leading(&self, order: OrderId) {
        let order = self.state.order(order);
        let into = order.and_then(|order| order.merge.as_ref()).map(|merge| merge.into);
        if let Some(leading) = into.and_then(|into| self.state.order(into)) {
            self.published.views.publish(&Arc::new(leading.clone()));
        }
    }

    /// How many articles changed on the days of these records, if any did.
    pub(super) fn publish_changes(&self, records: &[Record]) {
        let changes = |it: &&Record| it.events.iter().any(|it| it.article().is_some());
        let mut days: Vec<Day> = records.iter().filter(changes).map(|it| it.at.day()).collect();
        days.dedup();
        for day in days {
            self.published.views.put_changes(&self.state, day);
        }
    }

    /// An article as it stands now. One whose text did not change is not indexed again.
    fn publish_article(&self, event: &Event, id: &str) {
        let Published { views, indexer, .. } = &*self.published;
        views.put_life(&self.state, id);
        let step = match event {
            Event::ArticleMoved { step, .. } => Some(&**step),
            _ => None,
        };
        match step {
            None | Some(ArticleStep::Published | ArticleStep::Expired(_)) => {}
            Some(ArticleStep::Rated(_)) => return views.put_uses(&self.state, id),
            Some(ArticleStep::Backed(_) | ArticleStep::Rebacked(..)) => return indexer.changed(id),
            Some(ArticleStep::Drafted(_) | ArticleStep::Reviewed(_)) => return,
        }
        match self.state.articles().get(id) {
            Some(article) => views.put_article(article),
            None => views.remove_article(id),
        }
        indexer.changed(id);
    }
}
