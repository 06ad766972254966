//! A naive twin of the desk: plain maps and lists, written apart from the engine. Knows statuses, owners and dues.

use std::collections::BTreeMap;

use hotline_engine::time::Timestamp;

use crate::sample::CALENDAR;

/// What the twin knows of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) status: &'static str,
    pub(crate) owner: Option<String>,
    pub(crate) matter: Option<String>,
    /// Milliseconds since 1970, as everywhere in the twin.
    pub(crate) handle_due: Option<i64>,
    pub(crate) sign_due: Option<i64>,
    pub(crate) late: Vec<&'static str>,
    pub(crate) given: i64,
    pub(crate) sign_late: bool,
    pub(crate) refusers: Vec<String>,
    pub(crate) praise: bool,
}

/// A whole hotline by the twin's lights: Guangdong limits, the sample district.
pub(crate) struct Twin {
    days: WorkingDays,
    pub(crate) rows: BTreeMap<u64, Row>,
}

impl Twin {
    pub(crate) fn new() -> Twin {
        Twin { days: WorkingDays::new(), rows: BTreeMap::new() }
    }

    /// Does what a line of a script asks, or nothing and answers false.
    pub(crate) fn obey(&mut self, at: i64, who: &str, request: &str) -> bool {
        let words: Vec<&str> = request.split(' ').collect();
        match words[0] {
            "accept" if who == "call-taker" => self.accept(at, &words),
            "tick" if who == "system" => self.tick(at),
            "accept" | "tick" => false,
            _ => self.act(at, who, &words),
        }
    }

    /// What has passed on the order comes before what is done to it; a refusal leaves all as it was.
    fn act(&mut self, at: i64, who: &str, words: &[&str]) -> bool {
        let Some(row) = self.find(words) else { return false };
        let before = row.clone();
        let_pass(row, at);
        let done = match words[0] {
            "dispatch" if who == "dispatcher" => self.dispatch(at, words),
            "callback" | "close" if who == "call-taker" => self.finish(words),
            "sign" | "reply" | "return" => self.handle(at, who, words),
            _ => false,
        };
        if !done && let Some(row) = self.find(words) {
            *row = before;
        }
        done
    }

    fn accept(&mut self, at: i64, words: &[&str]) -> bool {
        let after = |key: &str| {
            words.iter().position(|word| *word == key).map(|found| words[found + 1].to_owned())
        };
        let (kind, praise) = (words[1], words[1] == "praise");
        let mut row = Row { status: "triage", praise, ..Row::default() };
        if !praise {
            let limit = match kind {
                "consultation" => 2,
                "help" | "suggestion" => 10,
                _ => 15,
            };
            let own = self.days.end_of(Timestamp(at), false, limit).0;
            let outer = after("upstream").map(|text| Timestamp::parse(&text).unwrap().0);
            row.handle_due = Some(outer.map_or(own, |outer| outer.min(own)));
        }
        let sure = words.last().and_then(|percent| percent.parse::<u8>().ok());
        row.matter = match (words[2], sure) {
            ("?", Some(percent)) if percent >= 80 => after("maybe"),
            ("?", _) => None,
            (matter, _) => Some(matter.to_owned()),
        };
        let owner = row.matter.as_deref().and_then(|matter| owner_of(matter, after("at")));
        if let Some(owner) = owner {
            self.give(&mut row, at, &owner);
        }
        self.rows.insert(self.rows.len() as u64 + 1, row);
        true
    }

    fn give(&self, row: &mut Row, at: i64, unit: &str) {
        row.owner = Some(unit.to_owned());
        row.given = at;
        row.sign_late = false;
        row.status = if row.praise { "closed" } else { "dispatched" };
        row.sign_due = (!row.praise).then(|| self.days.end_of(Timestamp(at), false, 1).0);
    }

    fn tick(&mut self, at: i64) -> bool {
        self.rows.values_mut().for_each(|row| let_pass(row, at));
        true
    }

    fn dispatch(&mut self, at: i64, words: &[&str]) -> bool {
        let Some(mut row) = self.find(words).cloned() else { return false };
        let unit = words[2].to_owned();
        let matter = if words.len() > 3 { Some(words[4].to_owned()) } else { row.matter.clone() };
        let grassroots = !["urban-management", "water", "market", "education"].contains(&words[2]);
        let territorial = matter
            .as_deref()
            .is_some_and(|matter| ["城市管理/垃圾清运", "邻里/噪声", "其他"].contains(&matter));
        let may = ["triage", "dispatched"].contains(&row.status)
            && !row.refusers.contains(&unit)
            && row.owner.as_ref() != Some(&unit)
            && (territorial || !grassroots);
        if may {
            row.matter = matter;
            self.give(&mut row, at, &unit);
            self.rows.insert(words[1].parse().unwrap(), row);
        }
        may
    }

    fn handle(&mut self, at: i64, who: &str, words: &[&str]) -> bool {
        let Some(row) = self.find(words) else { return false };
        let unit = who.trim_start_matches("handler@").to_owned();
        if row.owner.as_ref() != Some(&unit) {
            return false;
        }
        let given = Timestamp(row.given);
        let return_until = self.days.end_of(given, false, 2).0;
        let Some(row) = self.find(words) else { return false };
        match (words[0], row.status) {
            ("sign", "dispatched") => row.status = "signed",
            ("reply", "signed") => row.status = "replied",
            ("return", "dispatched" | "signed") if at <= return_until => {
                row.status = "triage";
                row.refusers.push(unit);
                row.owner = None;
                row.sign_due = None;
            }
            _ => return false,
        }
        true
    }

    fn finish(&mut self, words: &[&str]) -> bool {
        let Some(row) = self.find(words) else { return false };
        let may = row.status == "replied";
        if may && words[0] == "close" {
            row.status = "closed";
        }
        may
    }

    fn find(&mut self, words: &[&str]) -> Option<&mut Row> {
        self.rows.get_mut(&words[1].parse().unwrap())
    }
}

/// Notes the dues that have passed.
fn let_pass(row: &mut Row, at: i64) {
    let mut passed = Vec::new();
    if row.status == "dispatched" && !row.sign_late {
        passed.extend(row.sign_due.filter(|due| *due < at).map(|due| (due, 0, "sign")));
    }
    let open = !["replied", "closed"].contains(&row.status);
    if open && !row.late.contains(&"handle") {
        passed.extend(row.handle_due.filter(|due| *due < at).map(|due| (due, 1, "handle")));
    }
    passed.sort_unstable();
    row.sign_late |= passed.iter().any(|(_, _, stage)| *stage == "sign");
    for (_, _, stage) in passed {
        if !row.late.contains(&stage) {
            row.late.push(stage);
        }
    }
}

/// The sample duty list, learnt by heart.
fn owner_of(matter: &str, region: Option<String>) -> Option<String> {
    let street = |region: String| match region.as_str() {
        "lotus" => "east".to_owned(),
        "pine" => "west".to_owned(),
        "reed" => "harbour".to_owned(),
        _ => region,
    };
    match matter {
        "城市管理/占道经营" | "城市管理/违建" => Some("urban-management".into()),
        "供水" | "供水/停水" => Some("water".into()),
        "市场/消费" => Some("market".into()),
        "城市管理/垃圾清运" => region.map(street),
        "邻里/噪声" => region,
        _ => None,
    }
}

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
        let today = (from.0 / 1000 + SHIFT) / DAY_SECONDS;
        let first = if inclusive { today } else { today + 1 };
        let start = self.0.partition_point(|&day| day < first);
        let last = self.0[start + count - 1];
        Timestamp(((last + 1) * DAY_SECONDS - SHIFT) * 1000 - 1)
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
