//! What simulations run on: the scenarios of `scenarios/`, and the sample district as the ground of a simulated city. Its citizens
//! send the messages that the district holds apart, as this program's own intake reads them. What happens there is `people`'s.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

use anyhow::{Context, bail};
use hotline_engine::Rules;
use hotline_engine::directory::Directory;
use hotline_engine::time::Day;
use hotline_people::closure::{self, Ground, Outcome, Policy, Refused, Scenario, Told};
use rayon::prelude::*;

use crate::cli::Wrong;
use crate::district::{District, LabelledOrder, read_text};
use crate::intake::{Intake, Message, Workspace};

/// The scenarios inside the program, by name.
pub(crate) const SCENARIOS: [(&str, &str); 8] = [
    ("longhu-2020", include_str!("../scenarios/longhu-2020.toml")),
    ("strained-district", include_str!("../scenarios/strained-district.toml")),
    ("spring-festival", include_str!("../scenarios/spring-festival.toml")),
    ("typhoon", include_str!("../scenarios/typhoon.toml")),
    ("five-minute-burst", include_str!("../scenarios/five-minute-burst.toml")),
    ("directory-reform", include_str!("../scenarios/directory-reform.toml")),
    ("mega-city", include_str!("../scenarios/mega-city.toml")),
    ("province", include_str!("../scenarios/province.toml")),
];

/// Rows of the duty list count from here on in a simulation, whatever its year: the list is of 2025.
const LIST_FROM: &str = "2000-01-01";

/// A scenario by its name, or from a file.
///
/// # Errors
/// When there is none, or it says something that cannot be.
pub fn scenario(name: &str) -> anyhow::Result<Scenario> {
    let built_in = SCENARIOS.iter().find(|(known, _)| *known == name);
    let text = match built_in {
        Some((_, text)) => Cow::Borrowed(*text),
        None if name.ends_with(".toml") => Cow::Owned(read_text(Path::new(name), name)?),
        None => {
            let known: Vec<&str> = SCENARIOS.iter().map(|(known, _)| *known).collect();
            let known = known.join(", ");
            bail!(Wrong(format!("no scenario `{name}`: there are {known}, and files NAME.toml")));
        }
    };
    let wrong = |why: String| Wrong(format!("scenario {name}: {why}"));
    let scenario: Scenario =
        toml::from_str(&text).map_err(|error| wrong(error.message().to_owned()))?;
    scenario.check().map_err(wrong)?;
    Ok(scenario)
}

/// The sample district as a city stands on it. Its duty list counts as if it had always been in force.
///
/// # Errors
/// When the district's files are broken.
pub fn ground() -> anyhow::Result<Ground> {
    let district = District::sample()?;
    let mut draft = district.draft.clone();
    draft.handlers.clear();
    draft.rows.retain(|row| row.to.is_none());
    let from = Day::parse(LIST_FROM)?;
    draft.rows.iter_mut().for_each(|row| row.from = from);
    let directory = draft.adopted_by(&Directory::default());
    let intake = Intake::train(&district, &directory)?;
    let mut workspace = Workspace::new();
    let held_apart = district.orders.iter().filter(|order| order.held_apart);
    let told = held_apart.filter_map(|order| told(order, &directory, &intake, &mut workspace));
    let told = told.collect();
    let Rules { calendar, confidence_min, confidence_min_of, .. } = district.rules()?;
    let profiles = district.profiles.iter().map(|file| file.profile.clone()).collect();
    Ok(Ground { draft, profiles, calendar, confidence_min, confidence_min_of, told })
}

fn told(
    order: &LabelledOrder,
    directory: &Directory,
    intake: &Intake,
    workspace: &mut Workspace,
) -> Option<Told> {
    let message =
        Message { title: &order.title, content: &order.content, place: None, location: None };
    let reading = intake.read(message, workspace);
    let matter = directory.matter_id(&order.matter)?;
    let (classification, names_place) = (reading.classification, reading.place.is_some());
    Some(Told { matter, classification, names_place })
}

/// Which runs are made.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// Of which scenario.
    pub scenario: &'a Scenario,
    /// Under which policies.
    pub policies: &'a [Policy],
    /// By which seeds, added up.
    pub seeds: Range<u64>,
}

impl Plan<'_> {
    /// How many runs it is: one a policy, seed and district.
    pub fn runs_count(&self) -> u64 {
        self.policies.len() as u64 * self.of_policy_count()
    }

    fn of_policy_count(&self) -> u64 {
        (self.seeds.end - self.seeds.start) * u64::from(self.scenario.districts)
    }
}

/// Runs all of it, as many at once as there are cores; what comes out does not depend on how many those are. `tell` hears of
/// each percent of each run.
///
/// # Errors
/// When a run cannot be made.
pub fn outcomes(
    ground: &Ground,
    plan: &Plan<'_>,
    tell: &(dyn Fn(u64) + Sync),
) -> anyhow::Result<Vec<Outcome>> {
    let of_seed = |seed| (0..plan.scenario.districts).map(move |district| (seed, district));
    let runs: Vec<(u64, u32)> = plan.seeds.clone().flat_map(of_seed).collect();
    let play = |policy: Policy, run: (u64, u32)| {
        let mut told = 0;
        let mut hear = |percent: u64| {
            tell(percent - told);
            told = percent;
        };
        closure::run(ground, plan.scenario, policy, run, &mut hear).map_err(|why| match why {
            Refused::Scenario(why) => anyhow::Error::new(Wrong(format!("scenario: {why}"))),
            other => anyhow::Error::new(other).context("simulation"),
        })
    };
    let of_policy = |policy: &Policy| -> anyhow::Result<Outcome> {
        let all = runs.par_iter().map(|run| play(*policy, *run));
        let all = all.collect::<anyhow::Result<Vec<Outcome>>>()?;
        let (first, others) = all.split_first().context("simulation: no run was asked for")?;
        let mut whole = first.clone();
        others.iter().for_each(|other| whole.add(other));
        Ok(whole)
    };
    plan.policies.iter().map(of_policy).collect()
}
