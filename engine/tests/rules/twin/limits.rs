//! The twin on time: every limit of Longhu as a number, and the dues that follow from them.

use hotline_engine::calendar::Calendar;
use hotline_engine::deadline;
use hotline_engine::directory::UnitId;
use hotline_engine::escalation::{Ladder, Rung};
use hotline_engine::handling::Arbitration;
use hotline_engine::limit::Clock;
use hotline_engine::order::{Channel, CoUnit, Due, Dues, Kind, Stage, Urgency};
use hotline_engine::profile::Profile;
use hotline_engine::time::{Day, Timestamp};
use hotline_engine::{Rejection, Rules};

use super::{Numbers, Row, Twin};

/// The numbers, and the days they are counted by.
pub(crate) struct Limits {
    pub(crate) numbers: Numbers,
    /// For its conventions of counting alone.
    profile: Profile,
    calendar: Calendar,
    /// The last day of which no notice to come may say anything.
    pub(super) certain_until: Day,
}

impl Limits {
    /// By the notices up to a year, which are all in `rules`.
    pub(crate) fn new(numbers: Numbers, rules: &Rules, last_notice: i16) -> Limits {
        let profile = rules.profile(Timestamp::default()).clone();
        let certain_until = Day(Day::last_of(last_notice).0 - 3);
        Limits { numbers, profile, calendar: rules.calendar.clone(), certain_until }
    }

    pub(crate) fn working_days(&self, from: Timestamp, count: u16) -> Due {
        deadline::working_days(&self.profile, &self.calendar, from, count)
    }

    /// What handling took, minute by minute of the days that count.
    pub(super) fn took(&self, row: &Row) -> u32 {
        let (from, until) = (row.times.accepted, row.times.replied.expect("it was replied to"));
        let (mut took, mut day) = (0, from.day());
        while day <= until.day() {
            if self.calendar.status(day).working {
                let begins = if day == from.day() { from } else { day.start() };
                let ends = if day == until.day() { until } else { day.next().start() };
                took += ends.ms() - begins.ms();
            }
            day = day.next();
        }
        u32::try_from(took / 60_000).unwrap()
    }

    /// An arbiter's limit begins when he has the order.
    pub(super) fn before_arbiter(&self, rung: u16, since: Timestamp) -> Arbitration {
        let due = self.working_days(since, self.numbers.arbiters[usize::from(rung)]);
        Arbitration { rung, since, due: Some(due.current), assumed: due.assumed }
    }

    /// By when somebody must find a unit.
    pub(super) fn dispatch_due(&self, row: &Row, from: Timestamp) -> Option<Due> {
        match row.is_urgent() {
            _ if row.is_praise() => None,
            true => Some(by_the_clock(from, self.numbers.dispatch_minutes_urgent)),
            false => Some(self.working_days(from, self.numbers.dispatch)),
        }
    }

    /// What a unit that gets the order must do by when, and until when it may refuse.
    pub(super) fn unit_due(&self, row: &Row, stage: Stage, from: Timestamp) -> Option<Due> {
        let Numbers { sign, return_within, return_of_rework, contact_hours_urgent, .. } =
            self.numbers;
        match stage {
            _ if row.is_praise() => None,
            Stage::Sign => Some(self.working_days(from, sign)),
            Stage::Return if !row.reworks.is_empty() => {
                Some(self.working_days(from, return_of_rework))
            }
            Stage::Return => Some(self.working_days(from, return_within)),
            Stage::Contact if row.is_urgent() => {
                Some(by_the_clock(from, contact_hours_urgent * 60))
            }
            _ => None,
        }
    }

    pub(super) fn unit_dues(&self, row: &Row, from: Timestamp) -> Dues {
        let mut dues = Dues::default();
        for stage in [Stage::Sign, Stage::Contact, Stage::Return] {
            dues[stage] = self.unit_due_within(row, stage, from);
        }
        dues
    }

    pub(super) fn unit_due_within(&self, row: &Row, stage: Stage, from: Timestamp) -> Option<Due> {
        let due = self.unit_due(row, stage, from)?;
        Some(self.before_the_end(stage, due, self.handle_then(row, from), from))
    }

    /// Nobody has longer to sign, to refuse or to help than the whole is to take, unless that is over when he gets it.
    pub(super) fn before_the_end(
        &self,
        stage: Stage,
        due: Due,
        handle: Option<Due>,
        from: Timestamp,
    ) -> Due {
        let part = [Stage::Sign, Stage::Return, Stage::CoHandle].contains(&stage);
        let Some(handle) = handle.filter(|it| part && it.current > from) else { return due };
        if self.numbers.signs_after_due {
            return due;
        }
        let first = self.whichever_is_first(due, handle);
        Due { original: first.current, ..first }
    }

    /// What is first by what is known may not be by a notice: if it lies among the days that one is to come about.
    fn whichever_is_first(&self, one: Due, other: Due) -> Due {
        let mut both = [one, other];
        both.sort_by_key(|due| due.current);
        let [mut first, second] = both;
        if second.assumed && self.calendar.status(first.current.day()).assumed {
            first.assumed = true;
        }
        first
    }

    /// The same of what must be done for the city, which is counted backwards from days that a notice may be about.
    fn or_the_city_s(&self, own: Due, city: Option<Due>) -> Due {
        let Some(city) = city else { return own };
        let first = self.whichever_is_first(own, city);
        Due { assumed: first.assumed || city.assumed, ..first }
    }

    /// When handling was due then: what has moved it since is left out.
    pub(super) fn handle_then(&self, row: &Row, then: Timestamp) -> Option<Due> {
        let now = row.dues[Stage::Handle]?;
        let base = match now.assumed {
            true => self.handle(row)?.0,
            false => Due { current: now.original, ..now },
        };
        Some(self.moved_until(row, (base, Ladder::default()), then).0)
    }

    /// A pause is no longer than the limit that it stops, and in any case of ten working days; and ends when it must be done
    /// for the city.
    pub(super) fn pause_end(&self, row: &Row, from: Timestamp) -> Due {
        let longest = self.numbers.pause;
        let longest = self.working_days(from, longest);
        let own = match self.length(row) {
            Some(Length::Days(days)) => {
                self.whichever_is_first(longest, self.working_days(from, days))
            }
            Some(Length::Hours(hours)) if !self.numbers.hours_wait_for_days => {
                self.whichever_is_first(longest, by_the_clock(from, hours * 60))
            }
            _ => longest,
        };
        self.or_the_city_s(own, self.goes_on_for_the_city(row, from))
    }

    /// When a pause has taken as much time as there is between the due and the city's.
    fn goes_on_for_the_city(&self, row: &Row, from: Timestamp) -> Option<Due> {
        let (due, inner) = (row.dues[Stage::Handle]?.current, self.inner(row)?);
        let (mut at, mut assumed) = (from, inner.assumed);
        if !row.by_days() {
            at = Timestamp::of_ms(from.ms() + (inner.current.ms() - due.ms()).max(0));
            return Some(Due { original: at, current: at, assumed });
        }
        let works = |day: Day| self.calendar.status(day).working;
        let mut left = 0;
        let mut day = due.day();
        while day <= inner.current.day() {
            let (open, close) = (due.max(day.start()), inner.current.min(day.next().start()));
            left += if works(day) { (close.ms() - open.ms()).max(0) } else { 0 };
            day = day.next();
        }
        loop {
            assumed |= self.calendar.status(at.day()).assumed;
            let rest = at.day().next().start().ms() - at.ms();
            if works(at.day()) && left <= rest {
                at = Timestamp::of_ms(at.ms() + left);
                return Some(Due { original: at, current: at, assumed });
            }
            left -= if works(at.day()) { rest } else { 0 };
            at = at.day().next().start();
        }
    }

    /// A clock that the city keeps is stopped by nobody inside.
    pub(super) fn stands_still(&self, row: &Row) -> Result<(), Rejection> {
        match (row.dues[Stage::Handle], self.inner(row)) {
            (Some(due), Some(inner)) if due.current >= inner.current => {
                let refused = Rejection::BehindUpstream { order: row.id, until: inner.current };
                if self.numbers.city_waits_for_pauses { Ok(()) } else { Err(refused) }
            }
            _ => Ok(()),
        }
    }

    /// No unit gets more hours by an extension than it had: a working day over a holiday is longer than that.
    pub(super) fn not_longer_than_the_limit(&self, row: &Row, days: u16) -> Result<(), Rejection> {
        let (Some(due), Some(Length::Hours(hours))) = (row.dues[Stage::Handle], self.length(row))
        else {
            return Ok(());
        };
        let until = due.current.plus_seconds(hours * 3_600);
        let free = deadline::extended(&self.profile, &self.calendar, due, days, None);
        if free.current > until && !self.numbers.hours_become_days {
            return Err(Rejection::LongerThanLimit { order: row.id, until });
        }
        Ok(())
    }

    /// When the unit must have replied in the present cycle; praise is never due.
    ///
    /// An order from above is due one working day before it is due there, if that is earlier.
    pub(super) fn handle(&self, row: &Row) -> Option<(Due, Ladder)> {
        let from = row.cycle_start();
        let own = match self.length(row)? {
            Length::Days(days) => self.working_days(from, days),
            Length::Hours(hours) => by_the_clock(from, hours * 60),
        };
        let due = self.or_the_city_s(own, self.inner(row));
        let due = Due { original: due.current, ..due };
        Some((due, self.ladder(row, due)))
    }

    /// When it must be done inside, if the city waits for it in this cycle.
    fn inner(&self, row: &Row) -> Option<Due> {
        Some(deadline::inner_due(&self.profile, &self.calendar, row.above()?, row.cycle_start()))
    }

    /// Whether so many days more would lie behind that.
    pub(super) fn not_behind_the_city(&self, row: &Row, days: u16) -> Result<(), Rejection> {
        let (Some(due), Some(inner)) = (row.dues[Stage::Handle], self.inner(row)) else {
            return Ok(());
        };
        let until = inner.current;
        let free = deadline::extended(&self.profile, &self.calendar, due, days, None);
        if free.current > until && !self.numbers.city_waits {
            return Err(Rejection::BehindUpstream { order: row.id, until });
        }
        Ok(())
    }

    /// A due that moved goes no further than the city lets it.
    fn for_the_city(&self, row: &Row, due: Due) -> Due {
        if self.numbers.city_waits_for_pauses {
            return due;
        }
        Due { original: due.original, ..self.or_the_city_s(due, self.inner(row)) }
    }

    /// How long a unit has in the present cycle: a later one is shorter than the first.
    fn length(&self, row: &Row) -> Option<Length> {
        let (numbers, first) = (self.numbers, row.reworks.is_empty());
        let either = |now, later| if first { now } else { later };
        let days = match row.acceptance.kind {
            Kind::Praise => return None,
            _ if row.acceptance.channel == Channel::Rating => {
                either(numbers.bad_grade, numbers.rework_of_bad_grade)
            }
            _ if row.is_urgent() => {
                let (now, later) = (numbers.handle_hours_urgent, numbers.rework_hours_urgent);
                return Some(Length::Hours(if first { now } else { later }));
            }
            Kind::Consultation => either(numbers.consultation, numbers.rework_of_consultation),
            Kind::Help | Kind::Suggestion if row.began_urban => {
                either(numbers.help_urban, numbers.rework)
            }
            Kind::Help | Kind::Suggestion => either(numbers.help, numbers.rework),
            Kind::Complaint | Kind::Report => either(numbers.complaint, numbers.rework),
        };
        Some(Length::Days(days))
    }

    /// The longest extension: never longer than the limit, and of hours a day.
    pub(super) fn longest_extension(&self, row: &Row) -> u16 {
        match self.length(row) {
            Some(Length::Days(days)) => days.min(self.numbers.extension),
            Some(Length::Hours(_)) => 1,
            None => self.numbers.extension,
        }
    }

    /// Granted time is counted from the day it was due.
    pub(super) fn extended(&self, row: &Row, due: Due, days: u16) -> (Due, Ladder) {
        let due = deadline::extended(&self.profile, &self.calendar, due, days, None);
        let due = self.for_the_city(row, due);
        (due, self.ladder(row, due))
    }

    /// After a pause as much is left as was left before.
    pub(super) fn resumed(
        &self,
        row: &Row,
        due: Due,
        pause: (Timestamp, Timestamp),
    ) -> (Due, Ladder) {
        let clock = if row.by_days() { Clock::WorkingDays } else { Clock::Minutes };
        let due = deadline::resumed(&self.profile, &self.calendar, clock, due, pause, None);
        let due = self.for_the_city(row, due);
        (due, self.ladder(row, due))
    }

    /// The rungs before the due begin with their day; where the start is behind it, they come at half of the way from there
    /// to the next. Those after it come when so many whole working days have gone by; red is the due itself.
    pub(super) fn ladder(&self, row: &Row, due: Due) -> Ladder {
        let (numbers, due, start) = (self.numbers, due.current, row.cycle_start());
        let (mut reminder, mut yellow) =
            (start, due.plus_seconds(-60 * numbers.yellow_minutes_before));
        if row.by_days() {
            reminder = self.beside(due, numbers.reminder_before, -1).start();
            yellow = self.beside(due, numbers.yellow_before, -1).start();
        }
        let halfway = |at: Timestamp, next: Timestamp| {
            if at > start { Some(at) } else { self.halfway(row, start, next) }
        };
        let mut ladder = Ladder::default();
        ladder[Rung::Yellow] = halfway(yellow, due);
        ladder[Rung::Reminder] = halfway(reminder, ladder[Rung::Yellow].unwrap_or(due));
        let mut looked_at = vec![(due.day(), self.beside(due, numbers.written_after, 1))];
        looked_at.push((due.day(), self.beside(due, numbers.supervision_after, 1)));
        if row.by_days() {
            looked_at.push((self.beside(due, numbers.reminder_before, -1), due.day()));
            looked_at.push((self.beside(due, numbers.yellow_before, -1), due.day()));
        }
        ladder.assumed = looked_at.into_iter().any(|(first, last)| {
            let beside = (first.0..=last.0).map(Day).filter(|day| *day != due.day());
            beside.into_iter().any(|day| self.calendar.status(day).assumed)
        });
        // Half of a way looks at all of it.
        let ways = [(yellow, Some(due)), (reminder, ladder[Rung::Yellow].or(Some(due)))];
        for (_, next) in ways.into_iter().filter(|(at, _)| *at <= start && row.by_days()) {
            let way = (start.day().0..=next.map_or(0, |next| next.day().0)).map(Day);
            ladder.assumed |= way.into_iter().any(|day| self.calendar.status(day).assumed);
        }
        ladder[Rung::Red] = Some(due);
        let whole_days_after = |count| {
            let days = self.beside(due, count, 1).0 - due.day().0;
            Some(due.plus_days(i64::from(days)))
        };
        ladder[Rung::Written] = whole_days_after(numbers.written_after);
        ladder[Rung::Supervision] = whole_days_after(numbers.supervision_after);
        ladder
    }

    /// Half of the time that counts between two instants; days off count only if there is nothing else.
    fn halfway(&self, row: &Row, start: Timestamp, next: Timestamp) -> Option<Timestamp> {
        let off = |at: Timestamp| row.by_days() && !self.calendar.status(at.day()).working;
        let mut pieces = vec![start];
        pieces.extend((start.day().0 + 1..=next.day().0).map(|day| Day(day).start()));
        pieces.push(next);
        let pairs: Vec<_> = pieces.windows(2).map(|pair| (pair[0], pair[1])).collect();
        let mut counted: Vec<_> = pairs.iter().filter(|(open, _)| !off(*open)).copied().collect();
        counted.retain(|(open, close)| open < close);
        if counted.is_empty() {
            counted.extend((start < next).then_some((start, next)));
        }
        let whole: i64 = counted.iter().map(|(open, close)| close.ms() - open.ms()).sum();
        let mut half = whole * self.numbers.short_limit_percent / 100;
        let (open, _) = *counted.iter().find(|(open, close)| {
            let fits = half <= close.ms() - open.ms();
            half -= if fits { 0 } else { close.ms() - open.ms() };
            fits
        })?;
        Some(Timestamp::of_ms(open.ms() + half)).filter(|at| *at > start)
    }

    /// The day that lies so many working days before or after the day of a due.
    fn beside(&self, due: Timestamp, count: u16, step: i32) -> Day {
        let days = (1..).map(|distance| Day(due.day().0 + step * distance));
        let mut working = days.filter(|&day| self.calendar.status(day).working);
        working.nth(usize::from(count) - 1).unwrap()
    }
}

impl Row {
    /// When it is due above, if that binds the present cycle: a later one as long as it lies ahead of its start.
    pub(super) fn above(&self) -> Option<Timestamp> {
        let above = self.acceptance.upstream.as_ref()?.due?;
        let is_over = !self.reworks.is_empty() && above <= self.cycle_start();
        (!is_over).then_some(above)
    }

    pub(super) fn is_urgent(&self) -> bool {
        self.acceptance.urgency != Urgency::Normal && !self.is_praise()
    }

    pub(super) fn is_praise(&self) -> bool {
        self.acceptance.kind == Kind::Praise
    }

    /// Urgent orders are handled by the clock, and all others, bad grades too, by working days.
    fn by_days(&self) -> bool {
        !self.is_urgent() || self.acceptance.channel == Channel::Rating
    }
}

/// How long somebody has.
enum Length {
    Days(u16),
    Hours(i64),
}

fn by_the_clock(from: Timestamp, minutes: i64) -> Due {
    let at = from.plus_seconds(60 * minutes);
    Due { original: at, current: at, assumed: false }
}

/// The last of those who help has until then.
pub(super) fn all_help_is_in(co_units: &[CoUnit]) -> Option<Due> {
    let dues = co_units.iter().filter_map(|helper| helper.due);
    dues.max_by_key(|due| (due.current, due.original))
}

impl Twin {
    /// When somebody must have called back who left a number.
    pub(super) fn call_due(&self, row: &Row, at: Timestamp) -> Option<Due> {
        row.number_called.map(|_| self.limits.working_days(at, self.limits.numbers.callback))
    }

    /// When a unit that helps must have said its word: each by its own limit.
    pub(super) fn help_due(&self, row: &Row, unit: UnitId, from: Timestamp) -> Option<Due> {
        let Numbers { co_handle, co_handle_market, .. } = self.limits.numbers;
        let market = self.duties.unit("market") == Some(unit);
        let days = if market { co_handle_market } else { co_handle };
        let due = Some(self.limits.working_days(from, days)).filter(|_| !row.is_praise())?;
        let handle = self.limits.handle_then(row, from);
        Some(self.limits.before_the_end(Stage::CoHandle, due, handle, from))
    }
}

impl Limits {
    /// The handling due of the present cycle, and on top of it whatever has moved it since, in the order it came.
    pub(super) fn handle_again(&self, row: &Row) -> Option<(Due, Ladder)> {
        let now = row.cycle_start().plus_days(36_500);
        Some(self.moved_until(row, self.handle(row)?, now))
    }

    /// The same until some instant, from a due that the cycle began with.
    fn moved_until(&self, row: &Row, begun: (Due, Ladder), then: Timestamp) -> (Due, Ladder) {
        let mut handling = begun;
        let mut moves: Vec<(Timestamp, Result<u16, Timestamp>)> = Vec::new();
        for extension in &row.extensions {
            if let Some(decision) = extension.decision.as_ref().filter(|it| it.granted) {
                moves.push((decision.at, Ok(extension.working_days)));
            }
        }
        for pause in &row.pauses {
            moves.extend(pause.ended.map(|ended| (ended, Err(pause.from))));
        }
        moves.retain(|(at, _)| *at >= row.cycle_start() && *at <= then);
        moves.sort_by_key(|(at, _)| *at);
        for (at, step) in moves {
            handling = match step {
                Ok(days) => self.extended(row, handling.0, days),
                Err(since) => self.resumed(row, handling.0, (since, at)),
            };
        }
        handling
    }
}
