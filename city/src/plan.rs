//! What a run is: all of it follows from this, on every machine. Also the command line that says so.

use hotline_people::Settings;

use crate::faults::{self, Fault};
use crate::judges::Promise;
use crate::tamper::Tamper;

/// Busier than the reference district, so that few steps see much.
const BUSY: Settings = Settings { per_day: 120, worked_on_per_hour: 60 };

/// A run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What everything else is drawn from.
    pub seed: u64,
    /// How many steps there are.
    pub steps: u64,
    /// Before this step nobody asks for anything.
    pub from: u64,
    /// Which faults there are, by their place in the list of the seed; none: all.
    pub faults: Option<Vec<usize>>,
    /// Which promises are judged; none: all.
    pub judged: Option<Promise>,
    /// Which guard is off: for the controls alone.
    pub tamper: Option<Tamper>,
    /// How busy the city is.
    pub settings: Settings,
}

impl Plan {
    /// Everything that the seed brings in so many steps.
    #[must_use]
    pub fn new(seed: u64, steps: u64) -> Plan {
        Plan { seed, steps, from: 0, faults: None, judged: None, tamper: None, settings: BUSY }
    }

    /// What goes wrong, each with its place in the list of the seed.
    #[must_use]
    pub fn faults(&self) -> Vec<(usize, Fault)> {
        let all = faults::of(self.seed, self.steps).into_iter().enumerate();
        let kept = |place: &usize| self.faults.as_ref().is_none_or(|kept| kept.contains(place));
        all.filter(|(place, _)| kept(place)).collect()
    }
}

impl std::fmt::Display for Plan {
    /// The command line that runs it again.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "cargo run -p hotline-city --bin simulate-faults -- --seed {} --steps {}",
            self.seed, self.steps
        )?;
        if self.from > 0 {
            write!(f, " --from {}", self.from)?;
        }
        if let Some(kept) = &self.faults {
            let kept: Vec<String> = kept.iter().map(ToString::to_string).collect();
            let kept = if kept.is_empty() { "none".to_owned() } else { kept.join(",") };
            write!(f, " --faults {kept}")?;
        }
        if let Some(tamper) = self.tamper {
            write!(f, " --guard-off {}", tamper.word())?;
        }
        Ok(())
    }
}
