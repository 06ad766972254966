//! What happens to a city: how many call when, how many can work, what surges and what changes. Data, from `scenarios/`.

use hotline_engine::time::{Day, Timestamp};
use serde::Deserialize;

/// Districts that one scenario may be made of.
const DISTRICTS_MAX: u32 = 100;
/// Contacts of one district: what 32 bits count, and a year of the largest city in one piece fits.
const CONTACTS_MAX: u64 = 50_000_000;
/// Ten years.
const DAYS_MAX: u32 = 3_660;
/// The heaviest surge that was published is seventeenfold; more is a slip of the pen.
const TIMES_MAX: u32 = 100;

/// A scenario. Where it is made of several districts, each is a hotline of its own and all are alike.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scenario {
    /// Its word on the command line.
    pub name: String,
    /// What people read.
    pub title: String,
    /// Where its figures come from.
    pub source: String,
    /// The first day that is counted.
    pub from: Day,
    /// How many days are counted.
    pub days: u32,
    /// How many districts there are.
    pub districts: u32,
    /// Contacts of one district in these days, surges apart.
    pub contacts: u64,
    /// Of ten thousand contacts, how many are urgent.
    pub urgent_per_10000: u64,
    /// Of a hundred contacts, how many the desk answers at once.
    pub answered_percent: u64,
    /// Orders that are open on the first day, accepted in the week before.
    pub carry_over: u32,
    /// What units can work, as a share of it that a desk by hand needs on average, in thousandths: less is more people.
    pub utilisation_permille: u64,
    /// Of a thousand duty rows, how many change in a year without anybody telling the hotline.
    pub drift_per_year_permille: u64,
    /// When more call than otherwise.
    #[serde(default)]
    pub surges: Vec<Surge>,
    /// When many duties change at once.
    #[serde(default)]
    pub reforms: Vec<Reform>,
}

/// A time in which more call.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Surge {
    /// From when, as an instant.
    pub from: String,
    /// For how long.
    pub minutes: u32,
    /// How many times as many.
    pub times: u32,
    /// About matters of one unit alone, by its code.
    #[serde(default)]
    pub unit: Option<String>,
}

/// A night in which duties change.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Reform {
    /// On this day the new duties hold.
    pub day: Day,
    /// Of a hundred matters, how many change hands.
    pub percent: u64,
}

impl Scenario {
    /// What is wrong with it, by the field's name.
    ///
    /// # Errors
    /// The field and what it must be.
    pub fn check(&self) -> Result<(), String> {
        let within = |field: &str, value: u64, least: u64, most: u64| {
            let fault = || format!("`{field}` is {value}; it must be {least} to {most}");
            (least..=most).contains(&value).then_some(()).ok_or_else(fault)
        };
        within("days", self.days.into(), 1, DAYS_MAX.into())?;
        within("districts", self.districts.into(), 1, DISTRICTS_MAX.into())?;
        within("contacts", self.contacts, 1, CONTACTS_MAX)?;
        within("urgent-per-10000", self.urgent_per_10000, 0, 10_000)?;
        within("answered-percent", self.answered_percent, 0, 100)?;
        within("carry-over", self.carry_over.into(), 0, 1_000_000)?;
        within("utilisation-permille", self.utilisation_permille, 1, 5_000)?;
        within("drift-per-year-permille", self.drift_per_year_permille, 0, 1_000)?;
        for surge in &self.surges {
            within("surges.times", surge.times.into(), 2, TIMES_MAX.into())?;
            within("surges.minutes", surge.minutes.into(), 1, 60 * 24 * 60)?;
            if Timestamp::parse_in_reach(&surge.from).is_err() {
                return Err(format!("`surges.from` is `{}`, which is no instant", surge.from));
            }
        }
        self.reforms.iter().try_for_each(|it| within("reforms.percent", it.percent, 1, 100))
    }

    /// The same, so many years of 365 days long; what surges and changes, does so in the first.
    #[must_use]
    pub fn of_years(&self, years: u32) -> Scenario {
        let days = years.saturating_mul(365);
        let contacts = self.contacts * u64::from(days) / u64::from(self.days.max(1));
        Scenario { days, contacts, ..self.clone() }
    }

    /// The last day that is counted.
    #[must_use]
    pub fn to(&self) -> Day {
        Day(self.from.0 + i32::try_from(self.days).unwrap_or(i32::MAX) - 1)
    }
}
