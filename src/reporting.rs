//! Reports: counts of a span of days by unit, kind, matter or day, each rate with numerator and denominator. What is
//! counted, and what is divided by what, is the engine's.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use hotline_engine::directory::{Directory, UnitId};
use hotline_engine::figures::{Counts, DayFigures, Figures, Measure, Place};
use hotline_engine::report::{Average, Figure, Rate};
use hotline_engine::time::Day;
use serde::Serialize;
use utoipa::ToSchema;

/// The counts as readers see them: put in place once a second, whole.
#[derive(Debug, Default)]
pub struct PublishedFigures {
    days: ArcSwap<BTreeMap<Day, Arc<DayFigures>>>,
}

impl PublishedFigures {
    /// Takes over the days that have changed. Called by the writer alone.
    pub fn publish(&self, figures: &Figures) {
        let before = self.days.load();
        let is_new = |day: &Day, of_day: &DayFigures| {
            before.get(day).is_none_or(|known| known.changed_by != of_day.changed_by)
        };
        let changed: Vec<_> =
            figures.all_days().filter(|(day, of_day)| is_new(day, of_day)).collect();
        if changed.is_empty() {
            return;
        }
        let mut days = BTreeMap::clone(&before);
        days.extend(changed.into_iter().map(|(day, of_day)| (*day, Arc::new(of_day.clone()))));
        self.days.store(Arc::new(days));
    }

    /// The days that were published last.
    pub(crate) fn load(&self) -> Arc<BTreeMap<Day, Arc<DayFigures>>> {
        self.days.load_full()
    }
}

/// What the rows of a report are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum By {
    /// A row a unit.
    Unit,
    /// A row a kind of order.
    Kind,
    /// A row a matter.
    Matter,
    /// A row a day.
    Day,
}

impl By {
    /// Reads the word of a query.
    pub(crate) fn parse(text: &str) -> Option<By> {
        <By as clap::ValueEnum>::from_str(text, false).ok()
    }
}

/// What a report is about.
#[derive(Clone, Debug)]
pub(crate) struct Question<'a> {
    pub(crate) from: Day,
    pub(crate) to: Day,
    pub(crate) by: By,
    /// Only these units; `None` = all, and what no unit has.
    pub(crate) units: Option<&'a [UnitId]>,
}

/// Counts and rates of a span of days.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Report {
    /// First day.
    #[schema(example = "2026-11-01")]
    from: String,
    /// Last day.
    #[schema(example = "2026-11-30")]
    to: String,
    /// Orders that are due in these days and are neither replied to nor late yet: while there are any, the rates of what was due
    /// say how those came out that have come out.
    unfinished: u64,
    /// What is divided by what.
    pub(crate) definitions: Vec<DefinitionView>,
    pub(crate) total: RowView,
    /// A row a unit, kind, matter or day that counts anything.
    pub(crate) rows: Vec<RowView>,
}

/// A rate in words.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DefinitionView {
    #[schema(example = "on-time-closure")]
    pub(crate) figure: &'static str,
    #[schema(example = "按时办结率")]
    pub(crate) label: &'static str,
    pub(crate) definition: &'static str,
}

/// The counts of one row, and the rates that they give.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RowView {
    /// Code of the unit or kind, path of the matter, or day; `total`, or `-` where there is none.
    pub(crate) key: String,
    /// Its name in Chinese.
    pub(crate) label: String,
    /// By measure: accepted, dispatched, due-met, due-missed, due-overdue, closed, returned, …
    pub(crate) counts: BTreeMap<&'static str, u64>,
    /// By figure: on-time-closure, first-dispatch, satisfaction, …
    pub(crate) rates: BTreeMap<&'static str, RateView>,
    /// By average: handling-days, wait-seconds.
    pub(crate) means: BTreeMap<&'static str, MeanView>,
    /// What the rates are made of.
    #[serde(skip)]
    pub(crate) sums: Counts,
}

/// A mean with its sum and how many it is of.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MeanView {
    /// In minutes, or seconds.
    pub(crate) sum: u64,
    pub(crate) count: u64,
    /// Two places, halves up, in days or seconds; null of nothing.
    #[schema(example = "4.60")]
    pub(crate) mean: Option<String>,
}

impl MeanView {
    fn of(average: Average, counts: &Counts) -> MeanView {
        let mean = average.of(counts);
        let shown = (mean.count > 0).then(|| mean.to_string());
        MeanView { sum: mean.sum, count: mean.count, mean: shown }
    }
}

/// A share with both its numbers.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RateView {
    pub(crate) numerator: u64,
    pub(crate) denominator: u64,
    /// Two places, halves up; null of nothing.
    #[schema(example = "99.98 %")]
    pub(crate) percent: Option<String>,
}

impl std::fmt::Display for RateView {
    /// `96.77 % (30/31)`: no rate without its numbers.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let percent = self.percent.as_deref().unwrap_or("—");
        write!(f, "{percent} ({}/{})", self.numerator, self.denominator)
    }
}

impl RateView {
    /// A part of a whole.
    pub(crate) fn share(numerator: u64, denominator: u64) -> RateView {
        let rate = Rate { numerator, denominator };
        let percent = rate.hundredths().map(|_| rate.to_string());
        RateView { numerator, denominator, percent }
    }

    /// What these counts give.
    pub(crate) fn of(figure: Figure, counts: &Counts) -> RateView {
        let rate = figure.of(counts);
        let percent = rate.hundredths().map(|_| rate.to_string());
        RateView { numerator: rate.numerator, denominator: rate.denominator, percent }
    }
}

impl RowView {
    fn of(key: String, label: String, sums: &Counts) -> RowView {
        let counts = sums;
        let count = |&measure: &Measure| (measure.code(), counts.of(measure));
        let rate = |&figure: &Figure| (figure.code(), RateView::of(figure, counts));
        let counts = Measure::ALL.iter().map(count).collect();
        let rates = Figure::ALL.iter().map(rate).collect();
        let mean = |&average: &Average| (average.code(), MeanView::of(average, sums));
        let means = Average::ALL.iter().map(mean).collect();
        RowView { key, label, counts, rates, means, sums: *sums }
    }
}

/// Sums up what the question asks for.
pub(crate) fn report<'a>(
    directory: &Directory,
    days: impl Iterator<Item = (&'a Day, &'a DayFigures)>,
    question: &Question<'_>,
) -> Report {
    let mut total = Counts::default();
    let mut rows: BTreeMap<Key, Counts> = BTreeMap::new();
    let asked = days.filter(|(day, _)| question.from <= **day && **day <= question.to);
    for (day, of_day) in asked {
        for (place, counts) in &of_day.counts {
            let is_asked = |units: &[UnitId]| place.unit.is_some_and(|unit| units.contains(&unit));
            if question.units.is_none_or(is_asked) {
                total.add(counts);
                rows.entry(Key::of(question.by, *day, place)).or_default().add(counts);
            }
        }
    }
    let definition = |figure: &Figure| DefinitionView {
        figure: figure.code(),
        label: figure.label(),
        definition: figure.definition(),
    };
    let row = |(key, counts): (Key, Counts)| {
        let (key, label) = key.named(directory);
        RowView::of(key, label, &counts)
    };
    Report {
        from: question.from.to_string(),
        to: question.to.to_string(),
        unfinished: total.of(Measure::DueOpen),
        definitions: Figure::ALL.iter().map(definition).collect(),
        total: RowView::of("total".to_owned(), "合计".to_owned(), &total),
        rows: rows.into_iter().map(row).collect(),
    }
}

impl Report {
    /// That the span has not come out yet, and how much of it, in Chinese.
    pub(crate) fn warning(&self) -> Option<String> {
        let open = self.unfinished;
        (open > 0).then(|| {
            format!("本期尚有 {open} 件未到期在办,按时办结率等只计已有结果的件,期满前会变")
        })
    }
}

/// What a row is the row of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Unit(Option<UnitId>),
    Kind(Option<hotline_engine::order::Kind>),
    Matter(Option<hotline_engine::directory::MatterId>),
    Day(Day),
}

impl Key {
    fn of(by: By, day: Day, place: &Place) -> Key {
        match by {
            By::Unit => Key::Unit(place.unit),
            By::Kind => Key::Kind(place.kind),
            By::Matter => Key::Matter(place.matter),
            By::Day => Key::Day(day),
        }
    }

    fn named(self, directory: &Directory) -> (String, String) {
        let nobody = |label: &str| ("-".to_owned(), label.to_owned());
        match self {
            Key::Unit(unit) => unit_named(directory, unit),
            Key::Kind(None) => nobody("话务与评价"),
            Key::Kind(Some(kind)) => (kind.code().to_owned(), kind.label().to_owned()),
            Key::Matter(None) => nobody("事项未知"),
            Key::Matter(Some(matter)) => {
                let path = directory.matter(matter).to_owned();
                (path.clone(), path)
            }
            Key::Day(day) => (day.to_string(), format!("{day} {}", day.weekday_zh())),
        }
    }
}

/// Code and name of whom a row belongs to.
pub(crate) fn unit_named(directory: &Directory, unit: Option<UnitId>) -> (String, String) {
    let named = unit.map(|unit| {
        let unit = directory.unit(unit);
        (unit.code.clone(), unit.name.clone())
    });
    named.unwrap_or_else(|| ("-".to_owned(), "未派单".to_owned()))
}
