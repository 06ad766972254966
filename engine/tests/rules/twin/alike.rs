//! The twin on which orders may be about the same: of the last thirty days, by the caller's number, by a sketch of the
//! words, and by the words for the place.
//!
//! It goes through the orders from the newest back. As decision 16 says, under each of the six parts of a sketch, and of
//! each caller and place, the newest four are compared and no more; the twin counts them off. The engine's table may lose one more
//! where two parts fall into one bucket: the stories of the walk are such that none do.

use hotline_engine::command::Acceptance;
use hotline_engine::handling::Similar;
use hotline_engine::order::{Caller, Kind, Status};
use hotline_engine::time::Timestamp;

use super::{Row, Twin};

/// The likeliest first: of the same caller, then by their words, then the newest.
pub(super) fn similar(twin: &Twin, at: Timestamp, acceptance: &Acceptance) -> Vec<Similar> {
    let numbers = twin.limits.numbers;
    let number = acceptance.caller.as_ref().and_then(number_called);
    let first = || acceptance.classification.candidates.first().map(|it| it.matter);
    let matter = acceptance.matter.or_else(first);
    let mut found: Vec<Similar> = Vec::new();
    for row in compared(twin, at, acceptance) {
        let sketches = acceptance.sketch.zip(row.acceptance.sketch);
        let percent = sketches.map_or(0, |(own, other)| own.similarity(&other));
        let same_caller = number.is_some() && row.number_called == number;
        let same_place = acceptance.place.is_some() && row.acceptance.place == acceptance.place;
        let Some(row) = standing_for(twin, row, same_caller) else { continue };
        let places = acceptance.region.zip(row.acceptance.region);
        if places.is_some_and(|(here, there)| here != there) {
            continue;
        }
        let by_place = same_place && !numbers.places_say_nothing;
        let taken = row.acceptance.classification.candidates.first().map(|it| it.matter);
        let same_matter = matter.is_some() && (row.matter == matter || taken == matter);
        let about_it = (same_caller || by_place) && same_matter;
        if percent < numbers.similar_percent && !about_it {
            continue;
        }
        match found.iter_mut().find(|known| known.order == row.id) {
            Some(known) => {
                known.percent = known.percent.max(percent);
                known.same_caller |= same_caller;
                known.same_place |= same_place;
            }
            None => found.push(Similar { order: row.id, percent, same_caller, same_place }),
        }
    }
    found.sort_by_key(|it| std::cmp::Reverse((it.same_caller, it.percent, it.order)));
    found.truncate(numbers.named);
    found
}

/// Under each part of the sketch, and of the caller, the newest few. Praise has no words that could be said twice.
fn compared<'a>(twin: &'a Twin, at: Timestamp, acceptance: &Acceptance) -> Vec<&'a Row> {
    let numbers = twin.limits.numbers;
    let since = at.plus_days(-numbers.duplicate_days);
    let number = acceptance.caller.as_ref().and_then(number_called);
    let parts: Vec<u32> = acceptance.sketch.iter().flat_map(|sketch| sketch.bands()).collect();
    let taken_for = |it: &Acceptance| {
        it.matter.or(it.classification.candidates.first().map(|first| first.matter))
    };
    let place = acceptance.place.as_ref().filter(|_| taken_for(acceptance).is_some());
    let mut counts = vec![0; parts.len() + 2];
    let mut compared = Vec::new();
    for row in twin.rows.iter().rev().take_while(|row| row.times.accepted >= since) {
        let own = row.acceptance.sketch.filter(|_| !row.is_praise()).map(|it| it.bands());
        let mut agrees: Vec<bool> =
            (0..parts.len()).map(|part| own.is_some_and(|own| own[part] == parts[part])).collect();
        agrees.push(number.is_some() && row.number_called == number);
        let there = row.acceptance.place.as_ref() == place && !row.is_praise();
        let same = taken_for(&row.acceptance) == taken_for(acceptance);
        agrees.push(place.is_some() && there && same);
        let mut counted = false;
        for (count, _) in counts.iter_mut().zip(agrees).filter(|(_, agrees)| *agrees) {
            *count += 1;
            counted |= *count <= numbers.compared;
        }
        if counted {
            compared.push(row);
        }
    }
    compared
}

/// The order that a further contact would be joined to: from a repeat to what it repeats, and, but for the caller's own,
/// to what it is or was joined to, as far as that goes.
fn standing_for<'a>(twin: &'a Twin, row: &'a Row, same_caller: bool) -> Option<&'a Row> {
    let goes_on = |row: &Row| row.status == Status::Repeat || !same_caller;
    let mut row = row;
    if let Some(merge) = row.merge.as_ref().filter(|_| goes_on(row)) {
        row = twin.known(merge.into);
    }
    while goes_on(row) && matches!(row.status, Status::Repeat | Status::Merged) {
        row = twin.known(row.merge.as_ref().expect("it says to which").into);
    }
    let ended = matches!(row.status, Status::Withdrawn | Status::Transferred);
    (!ended && !row.is_praise()).then_some(row)
}

/// A caller comes again about what he said: his own order that is worked on, in the same words, of the same matter and not of
/// another place. What has become more urgent, came from above or was told of too often is for people.
pub(super) fn repeated<'a>(
    twin: &'a Twin,
    acceptance: &Acceptance,
    similar: &[Similar],
) -> Option<&'a Row> {
    let percent = twin.limits.numbers.similar_percent;
    if !twin.limits.numbers.own_is_hurried || acceptance.upstream.is_some() {
        return None;
    }
    let own = similar.iter().filter(|it| it.same_caller && it.percent >= percent);
    own.map(|it| twin.known(it.order)).find(|row| says_no_more(twin, acceptance, row))
}

fn says_no_more(twin: &Twin, acceptance: &Acceptance, row: &Row) -> bool {
    let worked_on = row.is_worked_on() || row.status == Status::Merged;
    let calm = acceptance.urgency <= row.acceptance.urgency;
    let calm = calm && acceptance.kind == row.acceptance.kind && row.reminders.len() < 100;
    let unnamed = acceptance.kind == Kind::Report
        || acceptance.caller.as_ref().is_some_and(|caller| caller.confidential);
    let taken = |it: &Acceptance| it.classification.candidates.first().map(|it| it.matter);
    let matter = acceptance.matter.or(taken(acceptance));
    let other_matter = matter.is_some() && matter != row.matter && matter != taken(&row.acceptance);
    let differ = |pair: (&String, &String)| pair.0 != pair.1;
    let moved = acceptance.place.as_ref().zip(row.acceptance.place.as_ref()).is_some_and(differ);
    let same = !other_matter && (!moved || twin.limits.numbers.places_say_nothing);
    worked_on && calm && same && (!unnamed || row.is_guarded())
}

/// Its digits from 13 to 19 on, eleven of them, behind the code of the country; what is shorter as it is, of fewer than seven none.
pub(super) fn number_called(caller: &Caller) -> Option<u64> {
    let digits: String = caller.phone.chars().filter(char::is_ascii_digit).collect();
    let mobile = ["0086", "86", ""].into_iter().find_map(|code| {
        let rest = digits.strip_prefix(code).filter(|rest| rest.starts_with("13"))?;
        rest.get(..11)
    });
    let number = mobile.unwrap_or(&digits);
    (number.len() >= 7).then(|| number.parse().expect("a telephone number"))
}
