//! The rules in force, as values: profiles, calendar, thresholds. Changing them changes the future, never the journal.

use std::collections::BTreeMap;

use crate::calendar::Calendar;
use crate::directory::Unit;
use crate::order::Confidence;
use crate::profile::{Profile, ProfileError};
use crate::time::{Day, Timestamp};

/// What `decide` decides by.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Versions of one jurisdiction's profile, earliest first; never empty.
    profiles: Vec<Profile>,
    /// Working days.
    pub calendar: Calendar,
    /// Below this confidence a dispatcher decides.
    pub confidence_min: Confidence,
    /// The same for single units, by code, where enough is known of them.
    pub confidence_min_of: BTreeMap<String, Confidence>,
}

/// Why rules are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    /// A jurisdiction without a profile has no limits.
    #[error("no profile given")]
    NoProfile,
    /// A profile makes no sense.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// Two profiles begin on one day.
    #[error("two profiles are effective from {day}")]
    SameDay {
        /// The day.
        day: Day,
    },
}

impl Rules {
    /// Checks the profiles and orders them by their first day.
    pub fn new(
        mut profiles: Vec<Profile>,
        calendar: Calendar,
        confidence_min: Confidence,
    ) -> Result<Rules, RulesError> {
        profiles.iter().try_for_each(Profile::check)?;
        profiles.sort_by_key(|profile| profile.effective_from);
        if profiles.is_empty() {
            return Err(RulesError::NoProfile);
        }
        for pair in profiles.windows(2) {
            if pair[0].effective_from == pair[1].effective_from {
                return Err(RulesError::SameDay { day: pair[0].effective_from });
            }
        }
        Ok(Rules { profiles, calendar, confidence_min, confidence_min_of: BTreeMap::new() })
    }

    /// The confidence with which this unit gets an order without a dispatcher.
    pub fn wanted_of(&self, unit: &Unit) -> Confidence {
        self.confidence_min_of.get(&unit.code).copied().unwrap_or(self.confidence_min)
    }

    /// The profile in force at `at`; before the first one's day, the first.
    pub fn profile(&self, at: Timestamp) -> &Profile {
        let later = self.profiles.partition_point(|profile| profile.effective_from <= at.day());
        &self.profiles[later.saturating_sub(1)]
    }
}
