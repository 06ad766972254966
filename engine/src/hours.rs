//! Office hours of one day, as spans between minutes. Which days are worked is the calendar's to say.

use serde::{Deserialize, Serialize};

use crate::time::{Day, Timestamp};

const MINUTES_A_DAY: u16 = 24 * 60;

/// Spans of one day in ascending order, such as 08:30-12:00 and 14:00-17:30: the lunch break is what lies between.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Hours(Vec<Span>);

/// Minutes since midnight, from the first to before the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    from: u16,
    to: u16,
}

/// Spans that make no working day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// Not two times of day.
    #[error("`{text}` is not a span such as 08:30-12:00")]
    Shape {
        /// The span as given.
        text: String,
    },
    /// A span that ends before it begins, or begins before the one ahead of it ends.
    #[error("`{text}` does not lie after what comes before it")]
    Backwards {
        /// The span as given.
        text: String,
    },
    /// A day without a minute, on which no clock would ever run out.
    #[error("no span given")]
    Empty,
}

impl Hours {
    /// From midnight to midnight.
    pub fn whole_day() -> Hours {
        Hours(vec![Span { from: 0, to: MINUTES_A_DAY }])
    }

    /// The spans of `day` as instants.
    pub fn on(&self, day: Day) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let instant = move |minutes: u16| day.start().plus_seconds(i64::from(minutes) * 60);
        self.0.iter().map(move |span| (instant(span.from), instant(span.to)))
    }

    /// When the office closes on `day`; midnight is the last millisecond of the day.
    pub fn close(&self, day: Day) -> Timestamp {
        let last = self.0.last().map_or(MINUTES_A_DAY, |span| span.to);
        day.end().min(day.start().plus_seconds(i64::from(last) * 60))
    }
}

impl TryFrom<Vec<String>> for Hours {
    type Error = HoursError;

    fn try_from(texts: Vec<String>) -> Result<Hours, HoursError> {
        let mut spans: Vec<Span> = Vec::new();
        for text in texts {
            let read =
                text.split_once('-').and_then(|(from, to)| Some((minutes(from)?, minutes(to)?)));
            let Some((from, to)) = read else { return Err(HoursError::Shape { text }) };
            if from >= to || spans.last().is_some_and(|before| from < before.to) {
                return Err(HoursError::Backwards { text });
            }
            spans.push(Span { from, to });
        }
        if spans.is_empty() { Err(HoursError::Empty) } else { Ok(Hours(spans)) }
    }
}

/// `HH:MM`, up to 24:00.
fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    if hour.len() != 2 || minute.len() != 2 {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let all = hour * 60 + minute;
    (minute < 60 && all <= MINUTES_A_DAY).then_some(all)
}

impl From<Hours> for Vec<String> {
    fn from(hours: Hours) -> Vec<String> {
        hours.0.iter().map(ToString::to_string).collect()
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Span { from, to } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

impl std::fmt::Display for Hours {
    /// The spans, as people read them in Chinese.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, span) in self.0.iter().enumerate() {
            let before = if at == 0 { "" } else { "、" };
            write!(f, "{before}{span}")?;
        }
        Ok(())
    }
}
