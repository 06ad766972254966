//! What an action is about, its word, and what was written in it, without who called. Decides nothing.

use std::borrow::Cow;

use super::Action;
use crate::handling::Answer;
use crate::order::{Caller, OrderId};

impl Action {
    /// The article whose newest version it takes for the one that the actor saw, if it does.
    pub fn article(&self) -> Option<&str> {
        match self {
            Action::PutArticle(draft) | Action::DraftArticle(draft) => Some(&draft.article.id),
            Action::RemoveArticle { id }
            | Action::BackArticle { id, .. }
            | Action::ReviewArticle { id, .. }
            | Action::PublishArticle { id }
            | Action::ExpireArticle { id, .. } => Some(id),
            _ => None,
        }
    }

    /// The order it is about, unless it makes one or concerns none.
    pub fn order(&self) -> Option<OrderId> {
        match self {
            Action::Dispatch { order, .. }
            | Action::Sign { order }
            | Action::Return { order, .. }
            | Action::Reply { order, .. }
            | Action::CallBack { order, .. }
            | Action::Contact { order, .. }
            | Action::RequestExtension { order, .. }
            | Action::DecideExtension { order, .. }
            | Action::Pause { order, .. }
            | Action::Resume { order, .. }
            | Action::CoReply { order, .. }
            | Action::Review { order, .. }
            | Action::Rework { order, .. }
            | Action::Remind { order, .. }
            | Action::Supervise { order, .. }
            | Action::Withdraw { order, .. }
            | Action::Transfer { order, .. }
            | Action::Reveal { order, .. }
            | Action::Merge { order, .. }
            | Action::Unmerge { order, .. }
            | Action::Answer { order, .. }
            | Action::Appeal { order, .. }
            | Action::DecideAppeal { order, .. }
            | Action::Assign { order, .. }
            | Action::Close { order } => Some(*order),
            Action::Accept(_)
            | Action::ReportService(_)
            | Action::CountCalls { .. }
            | Action::PutArticle(_)
            | Action::RemoveArticle { .. }
            | Action::DraftArticle(_)
            | Action::BackArticle { .. }
            | Action::ReviewArticle { .. }
            | Action::PublishArticle { .. }
            | Action::ExpireArticle { .. }
            | Action::RateArticle { .. }
            | Action::AdoptDirectory(_)
            | Action::Tick => None,
        }
    }

    /// The same without the names and numbers of these callers: units read what is written about an order, and who called is
    /// for the vault.
    pub(crate) fn naming_none<'c>(
        &self,
        callers: impl FnOnce() -> Vec<&'c Caller>,
    ) -> Cow<'_, Action> {
        let mut action = self.clone();
        let mut texts = action.texts();
        if texts.is_empty() {
            return Cow::Borrowed(self);
        }
        for caller in callers() {
            texts.iter_mut().for_each(|text| caller.hide_in(text));
        }
        Cow::Owned(action)
    }

    /// All that somebody wrote about an order that is there.
    fn texts(&mut self) -> Vec<&mut String> {
        match self {
            Action::Return { evidence: text, .. }
            | Action::Contact { note: text, .. }
            | Action::RequestExtension { reason: text, .. }
            | Action::DecideExtension { note: text, .. }
            | Action::Pause { note: text, .. }
            | Action::CoReply { text, .. }
            | Action::Review { note: text, .. }
            | Action::Rework { note: text, .. }
            | Action::Remind { note: text, .. }
            | Action::Supervise { note: text, .. }
            | Action::Withdraw { note: text, .. }
            | Action::Reveal { purpose: text, .. }
            | Action::Unmerge { note: text, .. }
            | Action::Answer { answer: Answer { text, .. }, .. }
            | Action::Appeal { reason: text, .. }
            | Action::DecideAppeal { note: text, .. } => vec![text],
            Action::Reply { public_text, internal_text, .. } => vec![public_text, internal_text],
            Action::Accept(_)
            | Action::Dispatch { .. }
            | Action::Sign { .. }
            | Action::CallBack { .. }
            | Action::Resume { .. }
            | Action::Transfer { .. }
            | Action::Close { .. }
            | Action::Merge { .. }
            | Action::Assign { .. }
            | Action::ReportService(_)
            | Action::CountCalls { .. }
            | Action::PutArticle(_)
            | Action::DraftArticle(_)
            | Action::BackArticle { .. }
            | Action::ReviewArticle { .. }
            | Action::PublishArticle { .. }
            | Action::ExpireArticle { .. }
            | Action::RateArticle { .. }
            | Action::RemoveArticle { .. }
            | Action::AdoptDirectory(_)
            | Action::Tick => Vec::new(),
        }
    }

    /// Its word, for refusals.
    pub fn name(&self) -> &'static str {
        match self {
            Action::Accept(_) => "accept",
            Action::Dispatch { .. } => "dispatch",
            Action::Sign { .. } => "sign",
            Action::Return { .. } => "return",
            Action::Reply { .. } => "reply",
            Action::CallBack { .. } => "callback",
            Action::Contact { .. } => "contact",
            Action::RequestExtension { .. } => "request-extension",
            Action::DecideExtension { .. } => "decide-extension",
            Action::Pause { .. } => "pause",
            Action::Resume { .. } => "resume",
            Action::CoReply { .. } => "co-reply",
            Action::Review { .. } => "review",
            Action::Rework { .. } => "rework",
            Action::Remind { .. } => "remind",
            Action::Supervise { .. } => "supervise",
            Action::Withdraw { .. } => "withdraw",
            Action::Transfer { .. } => "transfer",
            Action::Reveal { .. } => "reveal",
            Action::Close { .. } => "close",
            Action::Merge { .. } => "merge",
            Action::Unmerge { .. } => "unmerge",
            Action::Answer { .. } => "answer",
            Action::Appeal { .. } => "appeal",
            Action::DecideAppeal { .. } => "decide-appeal",
            Action::ReportService(_) => "report-service",
            Action::CountCalls { .. } => "count-calls",
            Action::PutArticle(_) => "put-article",
            Action::RemoveArticle { .. } => "remove-article",
            Action::DraftArticle(_) => "draft-article",
            Action::BackArticle { .. } => "back-article",
            Action::ReviewArticle { .. } => "review-article",
            Action::PublishArticle { .. } => "publish-article",
            Action::ExpireArticle { .. } => "expire-article",
            Action::RateArticle { .. } => "rate-article",
            Action::AdoptDirectory(_) => "adopt-directory",
            Action::Tick => "tick",
            Action::Assign { .. } => "assign",
        }
    }
}
