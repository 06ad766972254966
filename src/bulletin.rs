//! The daily bulletin (每日通报): what is late, what waits unsigned and what is due next, by unit. Changes nothing.
//!
//! There is no history of statuses: a bulletin of a past day judges the orders that are open now against that day, and
//! takes the counts of the day from the figures.

mod words;

use std::borrow::Borrow;
use std::collections::BTreeMap;

use hotline_engine::calendar::Calendar;
use hotline_engine::directory::{Directory, UnitId};
use hotline_engine::escalation::Rung;
use hotline_engine::figures::{Counts, DayFigures, Measure};
use hotline_engine::order::{Due, Order, OrderId, Stage, Status};
use hotline_engine::report::Figure;
use hotline_engine::text::mask_identity;
use hotline_engine::time::{Day, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::due_view::Timestamped;
use crate::reporting::{RateView, unit_named};

/// Orders listed one by one: more than a meeting can go through. The counts are of all.
pub(crate) const ORDERS_LISTED_MAX: usize = 500;
/// Days looked ahead for the next working day: no holiday of a notice is half as long.
const AHEAD_DAYS_MAX: i32 = 31;

/// Which bulletin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edition<'a> {
    pub(crate) directory: &'a Directory,
    pub(crate) calendar: &'a Calendar,
    pub(crate) day: Day,
    /// The last instant that counts: the end of the day, or the last one that is over.
    pub(crate) at: Timestamp,
    /// Only these units; `None` = all, and what no unit has.
    pub(crate) units: Option<&'a [UnitId]>,
}

/// Orders whose clock of handling runs: one that is handled with another has its own.
pub(crate) const OWING: [Status; 4] =
    [Status::Triage, Status::Dispatched, Status::Signed, Status::Merged];

/// Which orders a bulletin can name, by their dues.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Horizon {
    /// Those to be replied to by then.
    pub(crate) handle: Timestamp,
    /// And those that were to be signed by then.
    pub(crate) sign: Timestamp,
}

impl<'a> Edition<'a> {
    /// The bulletin of a day, of all units; `None` for a day that has not begun.
    pub(crate) fn of(
        directory: &'a Directory,
        calendar: &'a Calendar,
        day: Day,
        now: Timestamp,
    ) -> Option<Edition<'a>> {
        let at = Timestamp::of_ms(day.end().ms().min(now.ms() - 1));
        (at >= day.start()).then_some(Edition { directory, calendar, day, at, units: None })
    }

    /// What must be looked at.
    pub(crate) fn horizon(&self) -> Horizon {
        let last = self.next_working_day().unwrap_or_else(|| self.day.next());
        Horizon { handle: last.end(), sign: self.at }
    }

    /// Whether an order of this unit belongs into it.
    pub(crate) fn covers(&self, unit: Option<UnitId>) -> bool {
        self.units.is_none_or(|units| unit.is_some_and(|unit| units.contains(&unit)))
    }

    /// The first working day after the day, if one is near.
    fn next_working_day(&self) -> Option<Day> {
        let ahead = (1..=AHEAD_DAYS_MAX).map(|days| Day(self.day.0 + days));
        ahead.into_iter().find(|day| self.calendar.status(*day).working)
    }

    /// Why an order stands in it, in the order of [`Why`]; empty for one that does not.
    fn reasons(&self, order: &Order) -> Vec<Why> {
        let owes = OWING.contains(&order.status);
        if !owes || order.times.accepted > self.at {
            return Vec::new();
        }
        let unsigned = order.dues[Stage::Sign]
            .is_some_and(|due| order.status == Status::Dispatched && due.current <= self.at);
        let handle = order.dues[Stage::Handle].and_then(|due| self.handle_reason(due));
        let reasons = [handle, unsigned.then_some(Why::Unsigned)];
        reasons.into_iter().flatten().collect()
    }

    fn handle_reason(&self, due: Due) -> Option<Why> {
        let (day, tomorrow) = (due.current.day(), self.day.next());
        if due.current <= self.at {
            Some(Why::Late)
        } else if day == self.day {
            Some(Why::DueToday)
        } else if day == tomorrow {
            Some(Why::DueTomorrow)
        } else {
            // Where tomorrow is a working day nothing lies between.
            self.next_working_day().filter(|next| day <= *next).map(|_| Why::DueNextWorkingDay)
        }
    }

    /// The mark an order got in its present cycle; the red one hides the yellow one.
    fn mark(&self, order: &Order) -> Option<Mark> {
        let (from, to) = (order.cycle_start(), self.at);
        let reached = order.escalations.iter().filter(|it| from <= it.at && it.at <= to);
        let marks = reached.filter_map(|it| match it.rung {
            Rung::Yellow => Some(Mark::Yellow),
            Rung::Red => Some(Mark::Red),
            Rung::Reminder | Rung::Written | Rung::Supervision => None,
        });
        marks.max()
    }

    fn tomorrow(&self) -> Tomorrow {
        let day = self.day.next();
        let status = self.calendar.status(day);
        let why = match (status.working, status.holiday) {
            (false, Some(holiday)) => holiday,
            (false, None) => "周末",
            (true, Some(_)) => "调休上班",
            (true, None) => "工作日",
        };
        let next = self.next_working_day().filter(|_| !status.working);
        Tomorrow {
            day: day.to_string(),
            working: status.working,
            why: why.to_owned(),
            assumed: status.assumed,
            next_working_day: next.map(|day| day.to_string()),
        }
    }
}

/// Why an order stands in a bulletin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Why {
    Late,
    DueToday,
    DueTomorrow,
    DueNextWorkingDay,
    Unsigned,
}

/// A card of the ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Yellow,
    Red,
}

impl Why {
    fn code(self) -> &'static str {
        match self {
            Why::Late => "late",
            Why::DueToday => "due-today",
            Why::DueTomorrow => "due-tomorrow",
            Why::DueNextWorkingDay => "due-next-working-day",
            Why::Unsigned => "unsigned",
        }
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Why::Late => "超时",
            Why::DueToday => "今日到期",
            Why::DueTomorrow => "明日到期",
            Why::DueNextWorkingDay => "至下一工作日到期",
            Why::Unsigned => "逾期未签收",
        }
    }
}

/// A daily bulletin: counts by unit, and the orders behind them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Bulletin {
    #[schema(example = "2026-11-24")]
    pub(crate) day: String,
    /// The last instant that counts: the end of the day, or now.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamped,
    pub(crate) tomorrow: Tomorrow,
    /// What the bulletin shows and what it cannot, in Chinese.
    pub(crate) notes: Vec<String>,
    pub(crate) total: BulletinRow,
    /// A row a unit that has anything; first what no unit has.
    pub(crate) rows: Vec<BulletinRow>,
    /// At most 500, the oldest reply due first.
    pub(crate) orders: Vec<BulletinOrder>,
    /// How many more there are.
    pub(crate) orders_cut_count: usize,
    /// Whether more orders wait than were looked at; the counts are then of those due first.
    pub(crate) is_incomplete: bool,
}

/// The day after, and the next working day where it is none.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Tomorrow {
    #[schema(example = "2026-11-25")]
    day: String,
    working: bool,
    /// Name of the holiday, or what the weekday makes of it.
    #[schema(example = "工作日")]
    why: String,
    /// No notice covers the year: the weekday alone decides.
    assumed: bool,
    /// Absent where tomorrow is a working day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_working_day: Option<String>,
}

/// The counts of one unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct BulletinRow {
    /// Code of the unit; `total`, or `-` where no unit has the orders.
    pub(crate) key: String,
    pub(crate) label: String,
    /// Accepted on the day.
    accepted: u64,
    /// Closed on the day.
    closed: u64,
    /// Replied to in time of what fell due on the day.
    on_time: RateView,
    /// Past their reply due.
    pub(crate) late: u64,
    /// Days since the oldest due among them.
    late_days_max: Option<i32>,
    /// Not signed though they were to be.
    unsigned: u64,
    /// Still to be replied to on the day.
    due_today: u64,
    due_tomorrow: u64,
    /// After tomorrow and up to the next working day; nothing where tomorrow is one.
    due_next_working_day: u64,
    /// Orders of this bulletin with a yellow mark and no red one.
    yellow: u64,
    red: u64,
}

/// One order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct BulletinOrder {
    pub(crate) number: String,
    kind: &'static str,
    pub(crate) kind_label: &'static str,
    pub(crate) matter: Option<String>,
    /// Phone and identity numbers are masked.
    pub(crate) title: String,
    /// Code of the lead unit; `-` for none.
    pub(crate) unit: String,
    pub(crate) unit_label: String,
    /// When the reply is due.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) due: Option<Timestamped>,
    /// Days since the day it was due; 0 on the day itself, null where it is not late.
    pub(crate) late_days: Option<i32>,
    /// late, due-today, due-tomorrow, due-next-working-day, unsigned.
    reasons: Vec<&'static str>,
    #[serde(skip)]
    pub(crate) whys: Vec<Why>,
    /// Stages whose due has passed unmet.
    overdue: Vec<&'static str>,
    #[serde(skip)]
    pub(crate) overdue_labels: Vec<&'static str>,
    /// yellow or red.
    mark: Option<&'static str>,
    #[serde(skip)]
    pub(crate) mark_label: &'static str,
}

/// What the counts of a row are made of.
#[derive(Debug, Default)]
struct Sums {
    day: Counts,
    whys: BTreeMap<Why, u64>,
    marks: BTreeMap<Mark, u64>,
    late_days_max: Option<i32>,
}

/// Makes the bulletin of these orders, each given once, and of the figures of the day.
pub(crate) fn bulletin<O: Borrow<Order>>(
    edition: &Edition<'_>,
    orders: impl Iterator<Item = O>,
    of_day: Option<&DayFigures>,
) -> Bulletin {
    let mut total = Sums::default();
    let mut sums: BTreeMap<Option<UnitId>, Sums> = BTreeMap::new();
    for (place, counts) in of_day.iter().flat_map(|of_day| &of_day.counts) {
        if edition.covers(place.unit) {
            total.day.add(counts);
            sums.entry(place.unit).or_default().day.add(counts);
        }
    }
    let mut listed: Vec<(Place, O)> = Vec::new();
    for order in orders {
        let (unit, due) = (lead(order.borrow()), handle_due(order.borrow()));
        let whys = edition.reasons(order.borrow());
        if whys.is_empty() || !edition.covers(unit) {
            continue;
        }
        let mark = edition.mark(order.borrow());
        let late = late_days(edition, &whys, due);
        for sums in [&mut total, sums.entry(unit).or_default()] {
            sums.count(&whys, mark, late);
        }
        // Without a due of the reply: behind all that have one.
        listed.push(((due.is_none(), due, order.borrow().id), order));
    }
    listed.sort_unstable_by_key(|(place, _)| *place);
    let orders_cut_count = listed.len().saturating_sub(ORDERS_LISTED_MAX);
    listed.truncate(ORDERS_LISTED_MAX);
    let row = |(unit, sums): (Option<UnitId>, Sums)| {
        let row = sums.row(unit_named(edition.directory, unit));
        (!row.is_empty()).then_some(row)
    };
    Bulletin {
        day: edition.day.to_string(),
        at: Timestamped(edition.at),
        tomorrow: edition.tomorrow(),
        notes: words::notes(edition),
        total: total.row(("total".to_owned(), "合计".to_owned())),
        rows: sums.into_iter().filter_map(row).collect(),
        orders: listed.iter().map(|(_, order)| edition.line(order.borrow())).collect(),
        orders_cut_count,
        is_incomplete: false,
    }
}

/// Where an order stands in the list.
type Place = (bool, Option<Timestamp>, OrderId);

/// The unit whose row an order belongs to.
pub(crate) fn lead(order: &Order) -> Option<UnitId> {
    order.dispatch.as_ref().map(|dispatch| dispatch.lead)
}

fn handle_due(order: &Order) -> Option<Timestamp> {
    order.dues[Stage::Handle].map(|due| due.current)
}

fn late_days(edition: &Edition<'_>, whys: &[Why], due: Option<Timestamp>) -> Option<i32> {
    due.filter(|_| whys.contains(&Why::Late)).map(|due| edition.day.0 - due.day().0)
}

impl Sums {
    fn count(&mut self, whys: &[Why], mark: Option<Mark>, late_days: Option<i32>) {
        for &why in whys {
            *self.whys.entry(why).or_default() += 1;
        }
        if let Some(mark) = mark {
            *self.marks.entry(mark).or_default() += 1;
        }
        self.late_days_max = self.late_days_max.max(late_days);
    }

    fn row(&self, (key, label): (String, String)) -> BulletinRow {
        let why = |why| self.whys.get(&why).copied().unwrap_or(0);
        let mark = |mark| self.marks.get(&mark).copied().unwrap_or(0);
        BulletinRow {
            key,
            label,
            accepted: self.day.of(Measure::Accepted),
            closed: self.day.of(Measure::Closed),
            on_time: RateView::of(Figure::OnTimeClosure, &self.day),
            late: why(Why::Late),
            late_days_max: self.late_days_max,
            unsigned: why(Why::Unsigned),
            due_today: why(Why::DueToday),
            due_tomorrow: why(Why::DueTomorrow),
            due_next_working_day: why(Why::DueNextWorkingDay),
            yellow: mark(Mark::Yellow),
            red: mark(Mark::Red),
        }
    }
}

impl Edition<'_> {
    fn line(&self, order: &Order) -> BulletinOrder {
        let (unit, unit_label) = unit_named(self.directory, lead(order));
        let (whys, due) = (self.reasons(order), handle_due(order));
        let has_passed =
            |&&stage: &&Stage| order.dues[stage].is_some_and(|due| due.current <= self.at);
        let overdue: Vec<Stage> = order.overdue.iter().filter(has_passed).copied().collect();
        let mark = self.mark(order);
        BulletinOrder {
            number: format!("{:018}", order.number),
            kind: order.kind.code(),
            kind_label: order.kind.label(),
            matter: order.matter.map(|matter| self.directory.matter(matter).to_owned()),
            title: mask_identity(&order.title).into_owned(),
            unit,
            unit_label,
            due: due.map(Timestamped),
            late_days: late_days(self, &whys, due),
            reasons: whys.iter().map(|why| why.code()).collect(),
            whys,
            overdue: overdue.iter().map(|stage| stage.code()).collect(),
            overdue_labels: overdue.iter().map(|stage| stage.label()).collect(),
            mark: mark.map(Mark::code),
            mark_label: mark.map_or("", Mark::label),
        }
    }
}

impl Mark {
    fn code(self) -> &'static str {
        match self {
            Mark::Yellow => "yellow",
            Mark::Red => "red",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Mark::Yellow => "黄牌",
            Mark::Red => "红牌",
        }
    }
}

impl BulletinRow {
    /// A unit that only other days or other counts speak of.
    fn is_empty(&self) -> bool {
        let waiting = [self.late, self.unsigned, self.due_today, self.due_tomorrow];
        let of_day = [self.accepted, self.closed, self.on_time.denominator];
        self.due_next_working_day == 0 && waiting.iter().chain(&of_day).all(|&count| count == 0)
    }
}
