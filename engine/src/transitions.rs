//! Which action is possible in which status: the one table, for `decide`, for the tests and for the chart in the docs.

use crate::order::{Order, Status};
use crate::rejection::Rejection;

use Status::{
    Closed, Dispatched, Merged, Paused, Repeat, Replied, Signed, Transferred, Triage, Withdrawn,
};

/// An action on an order, and where it leads.
#[derive(Clone, Copy, Debug)]
pub struct Transition {
    /// The word of the action, as [`crate::command::Action::name`] gives it.
    pub action: &'static str,
    /// What the order is by then, for refusals.
    pub participle: &'static str,
    /// Where it is possible.
    pub from: &'static [Status],
    /// Where it may lead; empty = it stays where it is.
    pub to: &'static [Status],
}

const fn row(
    action: &'static str,
    participle: &'static str,
    from: &'static [Status],
    to: &'static [Status],
) -> Transition {
    Transition { action, participle, from, to }
}

/// Until it has ended, a caller may take it back.
const WITHDRAWABLE: &[Status] = &[Triage, Dispatched, Signed, Paused, Replied, Merged];

/// Every action that concerns one order.
pub const TRANSITIONS: [Transition; 25] = [
    row("dispatch", "dispatched", &[Triage, Dispatched], &[Dispatched, Closed]),
    row("sign", "signed", &[Dispatched], &[Signed]),
    row("contact", "contacted about", &[Dispatched, Signed, Paused], &[]),
    row("return", "returned", &[Dispatched, Signed], &[Triage]),
    row("request-extension", "extended", &[Signed], &[]),
    row("decide-extension", "extended", &[Signed, Paused], &[]),
    row("pause", "paused", &[Signed], &[Paused]),
    row("resume", "resumed", &[Paused], &[Signed]),
    row("co-reply", "helped with", &[Dispatched, Signed, Paused, Replied], &[]),
    row("reply", "replied to", &[Signed], &[Replied]),
    row("review", "reviewed", &[Replied], &[Replied, Signed]),
    row("callback", "called back", &[Replied], &[Replied, Dispatched]),
    row("rework", "reworked", &[Replied, Closed], &[Dispatched, Triage]),
    row("close", "closed", &[Replied], &[Closed]),
    row("remind", "hurried", &[Triage, Dispatched, Signed, Paused, Merged], &[]),
    row("supervise", "supervised", &[Triage, Dispatched, Signed, Paused, Replied], &[]),
    row("withdraw", "withdrawn", WITHDRAWABLE, &[Withdrawn]),
    row("transfer", "transferred", &[Triage, Dispatched, Signed, Merged], &[Transferred]),
    row("merge", "joined", &[Triage, Dispatched, Signed], &[Merged, Repeat]),
    row("unmerge", "parted", &[Merged, Repeat], &[Triage, Dispatched]),
    row("answer", "answered", &[Triage], &[Closed]),
    row("appeal", "appealed against", &[Dispatched, Signed], &[]),
    row("decide-appeal", "appealed against", &[Dispatched, Signed, Paused], &[Withdrawn]),
    row("reveal", "revealed", Status::ALL, &[]),
    row("assign", "assigned", &[Dispatched, Signed], &[]),
];

/// Refuses an action that the order's status does not allow.
pub(crate) fn check(order: &Order, action: &str) -> Result<(), Rejection> {
    let known = TRANSITIONS.iter().find(|row| row.action == action);
    let row = known.expect("every action on an order has a row");
    if row.from.contains(&order.status) {
        return Ok(());
    }
    let (order, status, action) = (order.id, order.status, row.participle);
    Err(Rejection::WrongStatus { order, status, action })
}

/// The table as a state diagram in Mermaid.
pub fn chart() -> String {
    let mut lines = vec!["stateDiagram-v2".to_owned()];
    lines.extend(
        [Triage, Dispatched, Closed, Repeat]
            .map(|first| format!("    [*] --> {}: accept", first.code())),
    );
    let named = |status: &Status| {
        let code = status.code();
        format!("    {code}: {} {code}", status.label())
    };
    lines.extend(Status::ALL.iter().map(named));
    for row in TRANSITIONS {
        for from in row.from {
            for to in row.to.iter().filter(|to| row.to.len() > 1 || *to != from) {
                lines.push(format!("    {} --> {}: {}", from.code(), to.code(), row.action));
            }
        }
    }
    lines.push(String::new());
    lines.join("\n")
}
