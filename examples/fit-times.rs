//! What the simulated city takes from real data: when messages come, and how far handling times spread. Prints numbers, never a
//! text. Each file has a JSON object a line; `--stream` needs `received_at`, `--replies` also `replied_at`, `--letters` `created`
//! and `replied`, `--requests` `type`, `created` and `closed`.
#![expect(clippy::print_stdout, reason = "what it is for")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Parser;
use hotline_engine::calendar::Calendar;
use hotline_engine::profile::Profile;
use hotline_engine::time::{Day, Timestamp};
use serde_json::Value;

/// Longer is an order that somebody forgot, or a slip in the file.
const DAYS_MAX: i32 = 400;
/// Types with fewer requests say nothing about their spread.
const TYPE_MIN: usize = 30;
/// Standard deviations between the median and the ninth tenth of a normal distribution.
const NINTH_TENTH: f64 = 1.281_551_6;

#[derive(Parser, Debug)]
struct Args {
    /// Messages in time order
    #[arg(long)]
    stream: Option<PathBuf>,
    /// Replies with the time they took
    #[arg(long)]
    replies: Option<PathBuf>,
    /// Letters with their days
    #[arg(long)]
    letters: Option<PathBuf>,
    /// Requests of many types
    #[arg(long)]
    requests: Option<PathBuf>,
}

/// Working days and office hours, as the built-in profile has them.
struct Office {
    calendar: Calendar,
    profile: Profile,
}

impl Office {
    /// Office minutes between two instants.
    fn minutes(&self, from: Timestamp, until: Timestamp) -> f64 {
        let days = (from.day().0..=until.day().0).map(Day);
        let working = days.filter(|day| self.calendar.status(*day).working);
        let spans = working.flat_map(|day| {
            let hours = self.profile.hours_of(None);
            hours.into_iter().flat_map(move |row| row.work.on(day)).collect::<Vec<_>>()
        });
        let open = spans.map(|(open, close)| (close.min(until).ms() - open.max(from).ms()).max(0));
        open.sum::<i64>() as f64 / 60_000.0
    }
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let calendar = Calendar::parse(include_str!("../profiles/calendar/cn-holidays.csv"))?;
    let office =
        Office { calendar, profile: toml::from_str(include_str!("../profiles/longhu.toml"))? };
    if let Some(file) = &args.stream {
        arrivals(&office.calendar, &times(file, ["received_at", "received_at"], "")?);
    }
    if let Some(file) = &args.replies {
        let taken = times(file, ["received_at", "replied_at"], "")?;
        let minutes = taken.iter().map(|(_, from, until)| office.minutes(*from, *until));
        spread("office minutes until the reply", minutes.collect());
    }
    if let Some(file) = &args.letters {
        let taken = times(file, ["created", "replied"], "")?;
        // Only days are written: less than one is half of one.
        let days = taken.iter().map(|(_, from, until)| days_between(*from, *until).max(0.5));
        spread("days until the reply", days.collect());
    }
    if let Some(file) = &args.requests {
        by_type(&times(file, ["created", "closed"], "type")?);
    }
    Ok(())
}

fn days_between(from: Timestamp, until: Timestamp) -> f64 {
    (until.ms() - from.ms()) as f64 / 86_400_000.0
}

/// The two times of each line that has both, in order and not too far apart, with a word of it.
fn times(
    file: &Path,
    [from, until]: [&str; 2],
    word: &str,
) -> anyhow::Result<Vec<(String, Timestamp, Timestamp)>> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let mut all = Vec::new();
    for (line, text) in text.lines().enumerate() {
        let object: Value = serde_json::from_str(text)
            .with_context(|| format!("{}, line {}", file.display(), line + 1))?;
        let time = |field: &str| instant(object[field].as_str()?);
        let Some((from, until)) = time(from).zip(time(until)) else { continue };
        let near = until >= from && until.day().0 - from.day().0 <= DAYS_MAX;
        let word = object[word].as_str().unwrap_or_default().to_owned();
        all.extend(near.then_some((word, from, until)));
    }
    Ok(all)
}

/// An instant, or the beginning of a day.
fn instant(text: &str) -> Option<Timestamp> {
    let day = || Day::parse(text).ok().map(Day::start);
    Timestamp::parse(text).ok().or_else(day)
}

/// Median, ninth tenth, and the deviation of the log-normal that has both.
fn spread(what: &str, mut values: Vec<f64>) {
    values.retain(|value| *value > 0.0);
    values.sort_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else { return };
    let at = |share: f64| values[(share * last as f64) as usize];
    let deviation = (at(0.9) / at(0.5)).ln() / NINTH_TENTH;
    println!(
        "{what}: {} values, median {:.1}, 90 % {:.1}, 95 % {:.1}, log-normal deviation {deviation:.2}",
        values.len(),
        at(0.5),
        at(0.9),
        at(0.95)
    );
}

/// The deviation inside a type, over all types that have enough.
fn by_type(taken: &[(String, Timestamp, Timestamp)]) {
    let mut types: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (kind, from, until) in taken {
        let days = days_between(*from, *until);
        if days > 0.001 {
            types.entry(kind).or_default().push(days.ln());
        }
    }
    types.retain(|_, logs| logs.len() >= TYPE_MIN);
    let (mut squares, mut count) = (0.0, 0.0);
    for logs in types.values() {
        let mean = logs.iter().sum::<f64>() / logs.len() as f64;
        squares += logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>();
        count += logs.len() as f64;
    }
    let deviation: f64 = squares / count;
    println!(
        "{} types, {count} requests, log-normal deviation inside a type {:.2}",
        types.len(),
        deviation.sqrt()
    );
}

/// The share of each hour, and what a day of a weekend has against a working one. Those without a time of day are left out.
fn arrivals(calendar: &Calendar, messages: &[(String, Timestamp, Timestamp)]) {
    let timed: Vec<Timestamp> =
        messages.iter().map(|(_, at, _)| *at).filter(|at| at.of_day_ms() > 0).collect();
    let mut hours = [0_u64; 24];
    for at in &timed {
        hours[(at.of_day_ms() / 3_600_000) as usize] += 1;
    }
    let all = timed.len().max(1) as u64;
    println!(
        "{all} messages, thousandths of each hour: {:?}",
        hours.map(|count| (count * 1_000 + all / 2) / all)
    );
    let days: Vec<Day> = timed.iter().map(|at| at.day()).collect();
    let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) else { return };
    let working = |day: Day| calendar.status(day).working;
    // Make-up workdays are working days, and holidays are neither.
    let weekend = |day: Day| {
        let status = calendar.status(day);
        day.is_weekend() && !status.working && status.holiday.is_none()
    };
    let mean = |is: &dyn Fn(Day) -> bool| {
        let count = days.iter().filter(|day| is(**day)).count();
        let span = (first.0..=last.0).map(Day).filter(|day| is(*day)).count();
        count as f64 / span.max(1) as f64
    };
    println!(
        "a weekend's day has {:.0} % of a working one's",
        100.0 * mean(&weekend) / mean(&working)
    );
}
