//! Orders that have ended, in lists of numbers: kept up by the writer, looked through by readers, who hold a list only while
//! they copy a few hundred numbers out.

use std::ops::ControlFlow;

use hotline_engine::ended::{EndedList, lists_of};
use hotline_engine::order::{Order, OrderId, Stage, Status};

use super::{Filter, Page, Position, Views};

/// Numbers copied out of a list at once.
const COPIED: usize = 256;
/// Numbers looked at for one page.
const LOOKED_AT_MAX: usize = 20_000;
/// Orders read from disk for one page, whether they fit or not.
const READ_MAX: usize = 2_000;

impl Views {
    /// Puts an order that is about to be shown as `new` into the lists it stands in now.
    pub(super) fn list_ended(&self, new: &Order) {
        let has = |list| self.ended.get(&list).is_some_and(|numbers| numbers.contains(new.id));
        let had_ended = all_that_ended().any(has);
        let old = had_ended.then(|| self.order(new.id)).flatten();
        let before = old.as_deref().map(lists_of).unwrap_or_default();
        let now = lists_of(new);
        for list in now.iter().filter(|list| !before.contains(list)) {
            self.ended.entry(*list).or_default().insert(new.id);
        }
        for list in before.iter().filter(|list| !now.contains(list)) {
            if let Some(mut numbers) = self.ended.get_mut(list) {
                numbers.remove(new.id);
            }
        }
    }

    /// Fills a page up with orders that have ended, the newest first.
    pub(super) fn add_ended(
        &self,
        page: &mut Page,
        filter: Filter,
        after: Option<Position>,
        limit: usize,
        may_see: impl Fn(&Order) -> bool,
    ) {
        let lists = match (filter.unit, filter.status) {
            (Some(unit), _) => vec![EndedList::Unit(unit)],
            (None, Some(status)) => vec![EndedList::Status(status)],
            (None, None) => all_that_ended().collect(),
        };
        let is_due = |order: &Order| match (filter.due_before, order.dues[Stage::Handle]) {
            (None, _) => true,
            (Some(until), due) => due.is_some_and(|due| due.current <= until),
        };
        let fits = |order: &Order| {
            let as_asked = filter.status.is_none_or(|status| order.status == status);
            // It may have been reopened since its number was copied.
            lists_of(order).iter().any(|list| lists.contains(list))
                && as_asked
                && is_due(order)
                && may_see(order)
        };
        let mut last = page.orders.last().map(|order| Position::of(order));
        let mut before = after.and_then(Position::as_ended).unwrap_or(OrderId(u64::MAX));
        let (mut looked_at, mut read) = (0, 0);
        loop {
            let numbers = self.copied(&lists, filter, before);
            let Some(&(oldest, _)) = numbers.last() else { return };
            let done = numbers.into_iter().try_for_each(|(id, as_asked)| {
                if page.orders.len() == limit || looked_at == LOOKED_AT_MAX || read == READ_MAX {
                    page.next = last;
                    return ControlFlow::Break(());
                }
                looked_at += 1;
                last = Some(Position::ended(id));
                if as_asked {
                    read += 1;
                    page.orders.extend(self.order(id).filter(|order| fits(order)));
                }
                ControlFlow::Continue(())
            });
            if done.is_break() {
                return;
            }
            before = oldest;
        }
    }

    /// The next numbers of lists before one, each with whether the order ended as the filter asks.
    fn copied(&self, lists: &[EndedList], filter: Filter, before: OrderId) -> Vec<(OrderId, bool)> {
        // Of each as many as may be wanted in all. A list is let go of before the next is taken: the writer waits for it.
        let copied_from = |list| -> Vec<OrderId> {
            let numbers = self.ended.get(list);
            numbers.iter().flat_map(|numbers| numbers.before(before).take(COPIED)).collect()
        };
        let mut copied: Vec<OrderId> = lists.iter().flat_map(copied_from).collect();
        copied.sort_unstable_by_key(|id| std::cmp::Reverse(*id));
        copied.truncate(COPIED);
        let asked = filter.status.map(EndedList::Status).filter(|asked| !lists.contains(asked));
        let Some(asked) = asked else { return copied.into_iter().map(|id| (id, true)).collect() };
        let numbers = self.ended.get(&asked);
        let fits = |id| numbers.as_ref().is_some_and(|numbers| numbers.contains(id));
        copied.into_iter().map(|id| (id, fits(id))).collect()
    }
}

/// An order that has ended stands in one of these.
fn all_that_ended() -> impl Iterator<Item = EndedList> {
    Status::ALL.iter().copied().filter(|status| !status.is_open()).map(EndedList::Status)
}
