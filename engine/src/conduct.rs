//! How often and how long units may ask for more time, and who decides on an order that nobody wants: as data.

use serde::{Deserialize, Serialize};

use crate::profile::{Place, ProfileFault};

/// Later dues (延期): asked before expiry, with reason and approver, bounded in count and length.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtensionRule {
    /// How many may be granted in one cycle.
    pub times: u16,
    /// Working days each at most.
    pub working_days: u16,
    /// Whether none is longer than the limit that it extends.
    #[serde(default)]
    pub within_limit: bool,
    /// The document that says so.
    pub source: String,
}

/// Times in which the clock stands still because others must act first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PauseRule {
    /// How many there may be in one cycle.
    pub times: u16,
    /// Working days each at most; then the clock goes on by itself.
    pub working_days: u16,
    /// Whether none is longer than the limit whose clock it stops.
    #[serde(default)]
    pub within_limit: bool,
    /// The document that says so.
    pub source: String,
}

/// New cycles on the same order (重办).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReworkRule {
    /// Whether the first caller who is not satisfied sends the order back to its unit without anybody's word.
    pub automatic: bool,
    /// The document that says so.
    pub source: String,
}

/// Who decides on an order that was returned too often (裁决): a chain, each rung with its limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArbitrationRule {
    /// After so many returns the chain begins.
    pub after_returns: u16,
    /// Code of the unit that gets the order when the last rung has not decided in time: without one it would wait for ever.
    #[serde(default)]
    pub backstop: Option<String>,
    /// From the first to the last.
    #[serde(rename = "rung")]
    pub rungs: Vec<ArbitrationRung>,
    /// The document that says so.
    pub source: String,
}

/// One rung of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArbitrationRung {
    /// Who decides, for people.
    pub name: String,
    /// Working days to decide in; left out = it decides when it decides.
    #[serde(default)]
    pub working_days: Option<u16>,
}

/// Services that nobody rates (好差评).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RatingRule {
    /// Calendar days to rate in; then the default counts.
    pub days: u16,
    /// The document that says so.
    pub source: String,
}

impl RatingRule {
    pub(crate) fn fault(&self) -> Option<ProfileFault> {
        if self.source.trim().is_empty() {
            return Some(ProfileFault::Empty { at: Place::of("rating", "source") });
        }
        let (at, max, unit) = (Place::of("rating", "days"), COUNT_MAX.into(), "days");
        (self.days == 0 || self.days > COUNT_MAX).then_some(ProfileFault::Length { at, max, unit })
    }
}

/// More than this of anything is a typing mistake.
const COUNT_MAX: u16 = 100;

/// The first fault of the four rules, with its key.
pub(crate) fn fault(
    extension: Option<&ExtensionRule>,
    pause: Option<&PauseRule>,
    rework: Option<&ReworkRule>,
    arbitration: Option<&ArbitrationRule>,
) -> Option<ProfileFault> {
    let (mut counts, mut texts) = (Vec::new(), Vec::new());
    if let Some(rule) = extension {
        let at = |key| Place::of("extension", key);
        counts.extend([(at("times"), rule.times), (at("working_days"), rule.working_days)]);
        texts.push((at("source"), &rule.source));
    }
    if let Some(rule) = pause {
        let at = |key| Place::of("pause", key);
        counts.extend([(at("times"), rule.times), (at("working_days"), rule.working_days)]);
        texts.push((at("source"), &rule.source));
    }
    texts.extend(rework.map(|rule| (Place::of("rework", "source"), &rule.source)));
    if let Some(rule) = arbitration {
        let at = |key| Place::of("arbitration", key);
        if rule.rungs.is_empty() {
            return Some(ProfileFault::Empty { at: at("rung") });
        }
        counts.push((at("after_returns"), rule.after_returns));
        texts.push((at("source"), &rule.source));
        texts.extend(rule.backstop.iter().map(|code| (at("backstop"), code)));
        for (number, rung) in rule.rungs.iter().enumerate() {
            let at = Place::row("arbitration.rung", number);
            texts.push((at.key("name"), &rung.name));
            counts.extend(rung.working_days.map(|days| (at.key("working_days"), days)));
        }
    }
    if let Some((at, _)) = texts.into_iter().find(|(_, text)| text.trim().is_empty()) {
        return Some(ProfileFault::Empty { at });
    }
    if let Some((at, _)) = counts.into_iter().find(|&(_, count)| count == 0 || count > COUNT_MAX) {
        return Some(ProfileFault::Length {
            at,
            max: COUNT_MAX.into(),
            unit: "times or working days",
        });
    }
    // Behind one that never has to decide nobody ever does.
    let before_last = arbitration.map_or(&[][..], |rule| &rule.rungs[..rule.rungs.len() - 1]);
    if let Some(number) = before_last.iter().position(|rung| rung.working_days.is_none()) {
        let at = Place::row("arbitration.rung", number).key("working_days");
        return Some(ProfileFault::Empty { at });
    }
    let endless = arbitration.filter(|rule| rule.backstop.is_none());
    endless.map(|_| ProfileFault::Empty { at: Place::of("arbitration", "backstop") })
}
