//! Every working day written out one by one, apart from the engine's calendar: what limits in days are judged by.

use std::collections::BTreeMap;

use hotline_engine::time::Timestamp;

use crate::sample::CALENDAR;

const DAY_SECONDS: i64 = 86_400;
/// 1970-01-01 began at this second, at +08:00.
const SHIFT: i64 = 8 * 3_600;

/// Every working day from 2006-12-01 to the end of 2028, as days since 1970.
pub(crate) struct WorkingDays(Vec<i64>);

impl WorkingDays {
    pub(crate) fn new() -> WorkingDays {
        let named: BTreeMap<&str, bool> = CALENDAR
            .lines()
            .filter(|row| row.starts_with("20"))
            .map(|row| (&row[..10], row.ends_with("work")))
            .collect();
        // 2006-12-01 was a Friday, 13,483 days after 1970-01-01.
        let (mut number, mut weekday) = (13_483_i64, 5);
        let mut working = Vec::new();
        for year in 2006..=2028 {
            for month in if year == 2006 { 12..=12 } else { 1..=12 } {
                for date in 1..=month_days(year, month) {
                    let text = format!("{year}-{month:02}-{date:02}");
                    if *named.get(text.as_str()).unwrap_or(&(weekday < 6)) {
                        working.push(number);
                    }
                    number += 1;
                    weekday = weekday % 7 + 1;
                }
            }
        }
        WorkingDays(working)
    }

    /// The last millisecond of the `count`-th working day.
    pub(crate) fn end_of(&self, from: Timestamp, inclusive: bool, count: usize) -> Timestamp {
        let today = (from.ms() / 1000 + SHIFT) / DAY_SECONDS;
        let first = if inclusive { today } else { today + 1 };
        let start = self.0.partition_point(|&day| day < first);
        let last = self.0[start + count - 1];
        Timestamp::of_ms(((last + 1) * DAY_SECONDS - SHIFT) * 1000 - 1)
    }
}

fn month_days(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
