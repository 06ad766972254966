//! What a city stands on: a district's directory, rules and the messages of its citizens as the classifier reads them. The
//! edge reads all of it; here is only what a run needs.

use std::collections::BTreeMap;

use hotline_engine::calendar::Calendar;
use hotline_engine::directory::MatterId;
use hotline_engine::draft::DirectoryDraft;
use hotline_engine::order::{Classification, Confidence};
use hotline_engine::profile::Profile;

/// A message that citizens send: what it is about, and what the classifier says it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The right matter.
    pub matter: MatterId,
    /// What the classifier says of its words, which it was not trained on.
    pub classification: Classification,
    /// Whether the place stands in the words.
    pub names_place: bool,
}

/// All of it.
#[derive(Clone, Debug)]
pub struct Ground {
    /// Units, matters and duty list, without handlers: those are the run's.
    pub draft: DirectoryDraft,
    /// The profile's versions.
    pub profiles: Vec<Profile>,
    /// Working days.
    pub calendar: Calendar,
    /// Below this confidence a dispatcher decides.
    pub confidence_min: Confidence,
    /// The same for single units, by code.
    pub confidence_min_of: BTreeMap<String, Confidence>,
    /// What citizens send; drawn from with equal chances, and not empty.
    pub told: Vec<Told>,
}
