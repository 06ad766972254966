//! The days that a report is about, said as a day, a month, a year, or from one day to another. Counts nothing.

use hotline_engine::time::Day;

/// The day after the last one must still have a name.
const YEAR_MAX: i16 = 9_998;

/// Days one after the other, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// First day.
    pub(crate) from: Day,
    /// Last day, not before the first.
    pub(crate) to: Day,
}

/// A month or a year that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not {wanted}")]
pub(crate) struct SpanError {
    wanted: &'static str,
}

impl Span {
    /// One day.
    pub(crate) fn day(day: Day) -> Span {
        Span { from: day, to: day }
    }

    /// Reads `YYYY-MM`.
    ///
    /// # Errors
    /// What was wanted instead.
    pub(crate) fn month(text: &str) -> Result<Span, SpanError> {
        let from = first(text, "YYYY-MM".len(), "-01", "a month such as 2026-11")?;
        Ok(Span { from, to: Day(next_month(from).0 - 1) })
    }

    /// Reads `YYYY`.
    ///
    /// # Errors
    /// What was wanted instead.
    pub(crate) fn year(text: &str) -> Result<Span, SpanError> {
        let from = first(text, "YYYY".len(), "-01-01", "a year such as 2026")?;
        Ok(Span { from, to: Day::last_of(from.year()) })
    }

    /// How many days.
    pub(crate) fn days_count(self) -> i32 {
        self.to.0 - self.from.0 + 1
    }

    /// In Chinese, as short as it can be said.
    pub(crate) fn label(self) -> String {
        let Span { from, to } = self;
        let name = from.to_string();
        if from == to {
            format!("{from} {}", from.weekday_zh())
        } else if from == Day::first_of(from.year()) && to == Day::last_of(from.year()) {
            format!("{}年", &name[..4])
        } else if from == from.first_of_month() && to.next() == next_month(from) {
            format!("{}年{}月", &name[..4], &name[5..7])
        } else {
            format!("{from} 至 {to}")
        }
    }
}

/// The first day of the month after.
pub(crate) fn next_month(day: Day) -> Day {
    // No month has more days than 31, and none so few that two of them would be passed.
    Day(day.first_of_month().0 + 31).first_of_month()
}

/// The first day of what `text` names, once `rest` stands behind it.
fn first(text: &str, length: usize, rest: &str, wanted: &'static str) -> Result<Day, SpanError> {
    let is_plain = text.len() == length && text.starts_with(|c: char| c.is_ascii_digit());
    let day = is_plain.then(|| Day::parse(&format!("{text}{rest}")).ok()).flatten();
    let day = day.filter(|day| day.year() <= YEAR_MAX);
    day.ok_or(SpanError { wanted })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_and_a_year_are_read_as_their_days() {
        let table = [
            (Span::month("2024-02"), "2024-02-01", "2024-02-29", "2024年02月"),
            (Span::month("2025-02"), "2025-02-01", "2025-02-28", "2025年02月"),
            (Span::month("2025-12"), "2025-12-01", "2025-12-31", "2025年12月"),
            (Span::year("2025"), "2025-01-01", "2025-12-31", "2025年"),
        ];
        for (span, from, to, label) in table {
            let span = span.unwrap();
            assert_eq!((span.from.to_string(), span.to.to_string()), (from.into(), to.into()));
            assert_eq!(span.label(), label);
        }
        assert_eq!(Span::day(Day::parse("2025-04-30").unwrap()).label(), "2025-04-30 周三");
    }

    #[test]
    fn what_is_no_month_or_year_is_refused() {
        for text in ["2025-13", "2025-1", "2025", "2025-02-01", "-025-01", "25-0001", "9999-12", ""]
        {
            assert!(Span::month(text).is_err(), "{text}");
        }
        for text in ["25", "20255", "-025", "year", "2025-01", "9999"] {
            assert!(Span::year(text).is_err(), "{text}");
        }
    }
}
