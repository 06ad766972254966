//! Records what happens to articles, and what they were good for.

use super::State;
use crate::article::Article;
use crate::event::Event;
use crate::glossary::ArticleStatus;
use crate::library::{ArticleStep, Life, Version};
use crate::order::{Kind, OrderId, Status};
use crate::time::Timestamp;

impl State {
    /// The library's part of a fact. Comes before the orders' part: it asks how they stood.
    pub(super) fn tell_library(&mut self, at: Timestamp, by: &str, event: &Event) {
        match event {
            Event::ArticlePut(article) => {
                let before = self.articles.insert(article.id.clone(), article.clone());
                self.library.put(at, by, article, before);
            }
            Event::ArticleRemoved { id } => {
                let before = self.articles.remove(id);
                self.library.removed(at, by, id, before);
            }
            Event::ArticleMoved { id, step } => self.move_article(at, by, id, step),
            Event::Answered { .. } => {
                for (_, id) in self.answers_behind(event) {
                    self.library.count(&id, |uses| {
                        uses.answered = uses.answered.saturating_add(1);
                        uses.last = Some(at.day());
                    });
                }
            }
            Event::Reworked { order, .. } if self.stands_answered(*order) => {
                for (order, id) in self.answers_behind(event) {
                    self.library.reopened(order, &id);
                }
            }
            Event::Accepted { .. } => {
                for (order, id) in self.answers_behind(event) {
                    self.library
                        .count(&id, |uses| uses.complained = uses.complained.saturating_add(1));
                    if self.stands_answered(order) {
                        self.library.complained(order, &id);
                    }
                }
            }
            _ => {}
        }
    }

    fn move_article(&mut self, at: Timestamp, by: &str, id: &str, step: &ArticleStep) {
        match step {
            ArticleStep::Drafted(article) => self.library.drafted(at, by, article),
            ArticleStep::Backed(backing) => self.library.backed(id, backing),
            ArticleStep::Reviewed(review) => self.library.reviewed(id, review),
            ArticleStep::Published => {
                let before = self.articles.remove(id);
                if let Some(article) = self.library.published(at, id, before) {
                    self.articles.insert(id.to_owned(), article);
                }
            }
            ArticleStep::Expired(decision) => {
                let before = self.articles.remove(id);
                self.library.expired(id, before, decision);
            }
            ArticleStep::Rebacked(number, backing) => {
                self.library.rebacked(at, by, id, *number, backing);
            }
            ArticleStep::Rated(remark) => self.library.rated(by, id, remark),
        }
    }

    /// The articles whose uses a fact may count for: each once.
    pub fn articles_behind(&self, event: &Event) -> Vec<String> {
        let mut found: Vec<String> =
            self.answers_behind(event).into_iter().map(|(_, article)| article).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The contacts that a fact is about and that articles closed, with the article.
    fn answers_behind(&self, event: &Event) -> Vec<(OrderId, String)> {
        let of_order = |id: OrderId| {
            let answer = self.order(id).and_then(|order| order.answer.as_ref());
            answer.and_then(|answer| Some((id, answer.article.clone()?)))
        };
        let mut found: Vec<(OrderId, String)> = match event {
            Event::Answered { order, answer } => {
                answer.article.clone().map(|article| (*order, article)).into_iter().collect()
            }
            Event::Reworked { order, .. } => of_order(*order).into_iter().collect(),
            Event::Accepted { acceptance, similar, .. } if acceptance.kind == Kind::Complaint => {
                let same = || similar.iter().filter(|it| it.same_caller).map(|it| it.order);
                // An answer is complained about once, however often its caller comes back.
                let complained = |answered: OrderId| {
                    let before = same().filter_map(|id| self.order(id));
                    before.filter(|it| it.kind == Kind::Complaint).any(|it| {
                        it.similar.iter().any(|it| it.same_caller && it.order == answered)
                    })
                };
                same().filter(|id| !complained(*id)).filter_map(of_order).collect()
            }
            _ => Vec::new(),
        };
        // One that nobody wrote is none: a journal of a version that did not ask may name it.
        found.retain(|(_, id)| self.library.life(id).is_some());
        found
    }

    /// Whether the desk's own answer is what the order ended with.
    fn stands_answered(&self, id: OrderId) -> bool {
        let order = self.order(id);
        order.is_some_and(|it| it.status == Status::Closed && it.dispatch.is_none())
    }

    /// What answers is what the lives say.
    pub(super) fn assert_answering(&self) {
        let says = |(id, life): (&String, &Life)| {
            let answering = life.answering()?;
            assert!(answering.text.is_none(), "the text of `{id}` stands once");
            Some(id.clone())
        };
        let answering = self.library.lives().iter().filter_map(says);
        assert!(answering.eq(self.articles.keys().cloned()), "what answers is what the lives say");
        for (id, life) in self.library.lives() {
            let published = |it: &&_| status_of(it) == ArticleStatus::Published;
            assert!(life.versions.iter().filter(published).count() <= 1, "one version of `{id}`");
            let named = |article: &Article| article.id == *id;
            assert!(life.versions.iter().filter_map(|it| it.text.as_ref()).all(named));
        }
    }
}

fn status_of(version: &Version) -> ArticleStatus {
    version.status
}
