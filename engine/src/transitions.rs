//! Which action is possible in which status, where it leads, and what it brings to other orders: the one table, for `decide`,
//! for the tests and for the chart in the docs.

use crate::glossary::ArticleStatus;
use crate::order::{Order, Status};
use crate::rejection::Rejection;

use Status::{
    Closed, Dispatched, Merged, Paused, Repeat, Replied, Signed, Transferred, Triage, Withdrawn,
};

/// Where something may lead from each status in which it is possible; to nowhere = the order stays where it is.
pub type Leads = &'static [(Status, &'static [Status])];

/// An action on an order, and where it leads.
#[derive(Clone, Copy, Debug)]
pub struct Transition {
    /// The word of the action, as [`crate::command::Action::name`] gives it.
    pub action: &'static str,
    /// What the order is by then, for refusals.
    pub participle: &'static str,
    /// Where it is possible, and where it leads from there.
    pub leads: Leads,
}

/// What an action on another order, or time alone, does to an order.
#[derive(Clone, Copy, Debug)]
pub struct Consequence {
    /// The word of the action.
    pub action: &'static str,
    /// On what it was, for people.
    pub on: &'static str,
    /// Where it leads.
    pub leads: Leads,
}

const fn row(action: &'static str, participle: &'static str, leads: Leads) -> Transition {
    Transition { action, participle, leads }
}

const fn brings(action: &'static str, on: &'static str, leads: Leads) -> Consequence {
    Consequence { action, on, leads }
}

const STAYS: &[Status] = &[];
const TO_MERGED: &[Status] = &[Merged, Repeat];
const ON_ITS_OWN: &[Status] = &[Triage, Dispatched, Signed];

/// Until it has ended, a caller may take it back.
const WITHDRAWABLE: Leads = &[
    (Triage, &[Withdrawn]),
    (Dispatched, &[Withdrawn]),
    (Signed, &[Withdrawn]),
    (Paused, &[Withdrawn]),
    (Replied, &[Withdrawn]),
    (Merged, &[Withdrawn]),
];
/// No danger waits for a pause to end.
const TRANSFERABLE: Leads = &[
    (Triage, &[Transferred]),
    (Dispatched, &[Transferred]),
    (Signed, &[Transferred]),
    (Paused, &[Transferred]),
    (Merged, &[Transferred]),
];
const REMINDABLE: Leads =
    &[(Triage, STAYS), (Dispatched, STAYS), (Signed, STAYS), (Paused, STAYS), (Merged, STAYS)];
const TO_WORK: &[Status] = &[Dispatched, Triage];
const SUPERVISABLE: Leads =
    &[(Triage, STAYS), (Dispatched, STAYS), (Signed, STAYS), (Paused, STAYS), (Replied, STAYS)];
/// An objection is decided on wherever the order is by then; what has ended stays as it ended.
const APPEALED: Leads = &[
    (Triage, &[Triage, Withdrawn]),
    (Dispatched, &[Dispatched, Withdrawn]),
    (Signed, &[Signed, Withdrawn]),
    (Paused, &[Paused, Withdrawn]),
    (Replied, &[Replied, Withdrawn]),
    (Closed, STAYS),
    (Withdrawn, STAYS),
    (Transferred, STAYS),
    (Merged, &[Merged, Withdrawn]),
    (Repeat, STAYS),
];
const EVERYWHERE: Leads = &[
    (Triage, STAYS),
    (Dispatched, STAYS),
    (Signed, STAYS),
    (Paused, STAYS),
    (Replied, STAYS),
    (Closed, STAYS),
    (Withdrawn, STAYS),
    (Transferred, STAYS),
    (Merged, STAYS),
    (Repeat, STAYS),
];

/// Where an order can stand when it is accepted.
pub const FIRST: [Status; 4] = [Triage, Dispatched, Closed, Repeat];

/// Every action that concerns one order.
pub const TRANSITIONS: [Transition; 25] = [
    // Praise is passed on and over with; what a unit has is no praise.
    row("dispatch", "dispatched", &[(Triage, &[Dispatched, Closed]), (Dispatched, &[Dispatched])]),
    row("sign", "signed", &[(Dispatched, &[Signed])]),
    row("contact", "contacted about", &[(Dispatched, STAYS), (Signed, STAYS), (Paused, STAYS)]),
    row("return", "returned", &[(Dispatched, &[Triage]), (Signed, &[Triage])]),
    row("request-extension", "extended", &[(Signed, STAYS)]),
    row("decide-extension", "extended", &[(Signed, STAYS), (Paused, STAYS)]),
    row("pause", "paused", &[(Signed, &[Paused])]),
    row("resume", "resumed", &[(Paused, &[Signed])]),
    row(
        "co-reply",
        "helped with",
        &[(Dispatched, STAYS), (Signed, STAYS), (Paused, STAYS), (Replied, STAYS)],
    ),
    row("reply", "replied to", &[(Signed, &[Replied])]),
    row("review", "reviewed", &[(Replied, &[Replied, Signed])]),
    // What the desk answered by itself has no unit to go back to, nor has what was with a unit that is no more.
    row("callback", "called back", &[(Replied, &[Replied, Dispatched, Triage])]),
    row("rework", "reworked", &[(Replied, TO_WORK), (Closed, TO_WORK)]),
    row("close", "closed", &[(Replied, &[Closed])]),
    row("remind", "hurried", REMINDABLE),
    row("supervise", "supervised", SUPERVISABLE),
    row("withdraw", "withdrawn", WITHDRAWABLE),
    row("transfer", "transferred", TRANSFERABLE),
    row("merge", "joined", &[(Triage, TO_MERGED), (Dispatched, TO_MERGED), (Signed, TO_MERGED)]),
    row("unmerge", "parted", &[(Merged, ON_ITS_OWN), (Repeat, ON_ITS_OWN)]),
    row("answer", "answered", &[(Triage, &[Closed])]),
    row("appeal", "appealed against", &[(Dispatched, STAYS), (Signed, STAYS)]),
    row("decide-appeal", "appealed against", APPEALED),
    row("reveal", "revealed", EVERYWHERE),
    row("assign", "assigned", &[(Dispatched, STAYS), (Signed, STAYS)]),
];

/// Every change of status that nobody asked for on the order itself.
pub const CONSEQUENCES: [Consequence; 12] = [
    brings("tick", "the end of the pause", &[(Paused, &[Signed])]),
    brings("tick", "the end of arbitration", &[(Triage, &[Dispatched])]),
    brings(
        "tick",
        "the end of the unit",
        &[(Dispatched, &[Triage]), (Signed, &[Triage]), (Paused, &[Triage])],
    ),
    brings("reply", "the leading order", &[(Merged, &[Replied])]),
    brings("review", "the leading order", &[(Replied, &[Merged])]),
    brings("answer", "the leading order", &[(Merged, ON_ITS_OWN)]),
    // To a unit that has refused the joined one.
    brings("dispatch", "the leading order", &[(Merged, ON_ITS_OWN)]),
    brings("merge", "the leading order", &[(Merged, ON_ITS_OWN)]),
    brings("withdraw", "the leading order", &[(Merged, ON_ITS_OWN)]),
    brings("transfer", "the leading order", &[(Merged, ON_ITS_OWN)]),
    brings("decide-appeal", "the leading order", &[(Merged, ON_ITS_OWN)]),
    // The same caller again, with new facts.
    brings("merge", "a repeat", &[(Replied, TO_WORK), (Closed, TO_WORK)]),
];

impl Transition {
    /// Where it may lead from a status; none where it is not possible.
    pub fn from(&self, status: Status) -> Option<&'static [Status]> {
        self.leads.iter().find(|(from, _)| *from == status).map(|(_, to)| *to)
    }
}

/// What is done with an article that was written, by how far its newest version came, and how far one is then.
#[derive(Clone, Copy, Debug)]
pub struct ArticleTransition {
    /// The word of the action.
    pub action: &'static str,
    /// What the article is by then, for refusals.
    pub participle: &'static str,
    /// From where, and to where.
    pub leads: &'static [(ArticleStatus, &'static [ArticleStatus])],
}

const EVER: &[ArticleStatus] = &[ArticleStatus::Draft];
const AT_ONCE: &[ArticleStatus] = &[ArticleStatus::Published];
const NO_MORE: &[ArticleStatus] = &[ArticleStatus::Expired];
const AS_IT_WAS: &[ArticleStatus] = &[];
/// Another source is reviewed again; another day of review is not.
const SEEN_ANEW: &[ArticleStatus] = &[ArticleStatus::Draft, ArticleStatus::Reviewed];

const fn of_article(
    action: &'static str,
    participle: &'static str,
    leads: &'static [(ArticleStatus, &'static [ArticleStatus])],
) -> ArticleTransition {
    ArticleTransition { action, participle, leads }
}

/// Every action on an article that was written; the first draft or put begins its life.
pub const ARTICLE_TRANSITIONS: [ArticleTransition; 8] = {
    use ArticleStatus::{Draft, Expired, Published, Reviewed};
    [
        of_article(
            "draft-article",
            "drafted",
            &[(Draft, EVER), (Reviewed, EVER), (Published, EVER), (Expired, EVER)],
        ),
        of_article(
            "put-article",
            "put",
            &[(Draft, AT_ONCE), (Reviewed, AT_ONCE), (Published, AT_ONCE), (Expired, AT_ONCE)],
        ),
        of_article(
            "back-article",
            "backed",
            &[(Draft, AS_IT_WAS), (Reviewed, SEEN_ANEW), (Published, AS_IT_WAS)],
        ),
        of_article("review-article", "reviewed", &[(Draft, &[Reviewed, Draft])]),
        of_article("publish-article", "published", &[(Reviewed, AT_ONCE)]),
        of_article(
            "expire-article",
            "expired",
            &[(Draft, NO_MORE), (Reviewed, NO_MORE), (Published, NO_MORE)],
        ),
        of_article(
            "remove-article",
            "removed",
            &[(Draft, NO_MORE), (Reviewed, NO_MORE), (Published, NO_MORE)],
        ),
        // A draft may stand in front of the version that answers, and helped.
        of_article(
            "rate-article",
            "rated",
            &[(Draft, AS_IT_WAS), (Reviewed, SEEN_ANEW), (Published, AS_IT_WAS)],
        ),
    ]
};

/// Refuses an action that the article's status does not allow.
pub(crate) fn check_article(
    id: &str,
    status: ArticleStatus,
    action: &str,
) -> Result<(), Rejection> {
    let known = ARTICLE_TRANSITIONS.iter().find(|row| row.action == action);
    let row = known.expect("every action on an article has a row");
    if row.leads.iter().any(|(from, _)| *from == status) {
        return Ok(());
    }
    Err(Rejection::WrongArticleStatus { id: id.to_owned(), status, action: row.participle })
}

/// Refuses an action that the order's status does not allow.
pub(crate) fn check(order: &Order, action: &str) -> Result<(), Rejection> {
    let known = TRANSITIONS.iter().find(|row| row.action == action);
    let row = known.expect("every action on an order has a row");
    if row.from(order.status).is_some() {
        return Ok(());
    }
    let (order, status, action) = (order.id, order.status, row.participle);
    Err(Rejection::WrongStatus { order, status, action })
}

/// The table as a state diagram in Mermaid.
pub fn chart() -> String {
    let mut lines = vec!["stateDiagram-v2".to_owned()];
    lines.extend(FIRST.map(|first| format!("    [*] --> {}: accept", first.code())));
    let named = |status: &Status| {
        let code = status.code();
        format!("    {code}: {} {code}", status.label())
    };
    lines.extend(Status::ALL.iter().map(named));
    let mut draw = |leads: Leads, label: &str| {
        for (from, to) in leads.iter().flat_map(|(from, to)| to.iter().map(move |to| (from, to))) {
            lines.push(format!("    {} --> {}: {label}", from.code(), to.code()));
        }
    };
    TRANSITIONS.iter().for_each(|row| draw(row.leads, row.action));
    for Consequence { action, on, leads } in CONSEQUENCES {
        draw(leads, &format!("{action} ({on})"));
    }
    lines.push(String::new());
    lines.join("\n")
}
