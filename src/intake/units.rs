//! Weighs the matters of a message by a second model, which knows units instead of matters: it has seen every text of a unit
//! together, so it is sure of the unit where the matters of one unit look alike, and doubts where two units' matters do.
//!
//! The duty list decides all the same: what is weighed here are the probabilities of matters that it is asked with.

use std::collections::BTreeMap;

use hotline_engine::classifier::{Counted, Model};
use hotline_engine::directory::MatterId;
use hotline_engine::draft::HolderDraft;
use hotline_engine::order::Candidate;
use hotline_engine::order::Confidence;

use crate::district::{District, LabelledOrder};

/// What streets are called among the labels: which one it is, the place says.
const STREET: &str = "@street";
/// The same of villages and communities.
const COMMUNITY: &str = "@community";
/// A unit that the second model does not name among its first is so probable.
const LEAST: f32 = 0.01;

/// The model for units, and which of its labels each matter leads to.
#[derive(Debug)]
pub(super) struct Units {
    model: Model,
    /// By label of the model for matters; none where the duty list names nobody.
    of_matters: Vec<Option<u16>>,
}

/// Labels for the leads that a duty list names, and the one of each matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leads {
    /// Codes of departments, [`STREET`], [`COMMUNITY`]; sorted.
    pub(super) labels: Vec<String>,
    of_matters: BTreeMap<String, u16>,
}

impl Leads {
    /// Reads the rows that hold everywhere and have no end.
    pub(super) fn of(district: &District) -> Leads {
        let mut leads: BTreeMap<&str, &str> = BTreeMap::new();
        for row in &district.draft.rows {
            if row.place.is_none() && row.to.is_none() {
                leads.entry(&row.matter).or_insert(match &row.lead {
                    HolderDraft::Unit(code) => code,
                    HolderDraft::StreetOfPlace => STREET,
                    HolderDraft::CommunityOfPlace => COMMUNITY,
                });
            }
        }
        let mut labels: Vec<String> = leads.values().map(|lead| (*lead).to_owned()).collect();
        labels.extend([STREET.to_owned(), COMMUNITY.to_owned()]);
        labels.sort_unstable();
        labels.dedup();
        let lead_of = |path: &str| {
            let levels =
                std::iter::successors(Some(path), |path| path.rfind('/').map(|cut| &path[..cut]));
            levels.into_iter().find_map(|level| leads.get(level).copied())
        };
        let label = |path: &String| {
            let lead = lead_of(path)?;
            let at = labels.binary_search_by(|label| label.as_str().cmp(lead)).ok()?;
            Some((path.clone(), u16::try_from(at).expect("a directory has at most 60,000 units")))
        };
        let of_matters = district.draft.matters.iter().filter_map(label).collect();
        Leads { labels, of_matters }
    }

    /// The label of a matter.
    pub(super) fn of_matter(&self, path: &str) -> Option<u16> {
        self.of_matters.get(path).copied()
    }

    /// The label of the unit that an order has: a row for one street may have given it another than its matter's.
    pub(super) fn of_order(&self, district: &District, order: &LabelledOrder) -> Option<u16> {
        let unit = district.draft.units.iter().find(|unit| unit.code == order.lead)?;
        let word = match unit.level {
            level if level.is_street() => STREET,
            level if level.is_community() => COMMUNITY,
            _ => &unit.code,
        };
        let at = self.labels.binary_search_by(|label| label.as_str().cmp(word)).ok()?;
        u16::try_from(at).ok()
    }
}

impl Units {
    pub(super) fn new(model: Model, leads: &Leads, matters: &[String]) -> Units {
        Units { model, of_matters: matters.iter().map(|path| leads.of_matter(path)).collect() }
    }

    /// Weighs candidates, each with its label among matters: every unit gets the root of what both models say of it, and
    /// what is left for none of them as well; within a unit the matters keep their proportions.
    pub(super) fn weigh(
        &self,
        counted: &mut Counted<'_>,
        candidates: &[(u16, MatterId, f32)],
    ) -> Vec<Candidate> {
        let prediction = self.model.predict_counted(counted);
        let said = |unit: u16| {
            let named = prediction.top().iter().find(|choice| choice.label == unit);
            named.map_or(LEAST, |choice| choice.probability.max(LEAST))
        };
        let weighed = weighed(&self.of_matters, candidates, said);
        let mut weighed: Vec<Candidate> = candidates
            .iter()
            .zip(weighed)
            .map(|(&(_, matter, _), probability)| Candidate {
                matter,
                confidence: Confidence::from_probability(probability),
            })
            .collect();
        // Stable: of equals the model for matters decides.
        weighed.sort_by_key(|candidate| std::cmp::Reverse(candidate.confidence));
        weighed
    }
}

fn weighed(
    of_matters: &[Option<u16>],
    candidates: &[(u16, MatterId, f32)],
    said: impl Fn(u16) -> f32,
) -> Vec<f32> {
    let unit_of = |label: u16| of_matters[usize::from(label)];
    let mut sums: BTreeMap<Option<u16>, f32> = BTreeMap::new();
    for &(label, _, probability) in candidates {
        *sums.entry(unit_of(label)).or_default() += probability;
    }
    let named: f32 = sums.values().sum();
    let unsaid = 1.0 - sums.keys().flatten().map(|&unit| said(unit)).sum::<f32>();
    let rest = ((1.0 - named).max(0.0) * unsaid.max(0.0)).sqrt();
    // A matter that leads nowhere is weighed by its own model alone.
    let root = |unit: Option<u16>, sum: f32| unit.map_or(sum, |unit| (sum * said(unit)).sqrt());
    let all: f32 = sums.iter().map(|(&unit, &sum)| root(unit, sum)).sum::<f32>() + rest;
    let share = |&(label, _, probability): &(u16, MatterId, f32)| {
        let unit = unit_of(label);
        let sum = sums[&unit];
        if sum <= 0.0 || all <= 0.0 { 0.0 } else { probability / sum * root(unit, sum) / all }
    };
    candidates.iter().map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matters(probabilities: [f32; 3]) -> Vec<(u16, MatterId, f32)> {
        (0..).zip(probabilities).map(|(at, p)| (at, MatterId(at), p)).collect()
    }

    #[test]
    fn the_second_model_decides_between_units_that_are_close() {
        let of_matters = [Some(0), Some(1), Some(1)];
        let said = |unit: u16| if unit == 1 { 0.8 } else { 0.15 };
        let weighed = weighed(&of_matters, &matters([0.4, 0.2, 0.15]), said);
        assert!(weighed[1] + weighed[2] > weighed[0], "{weighed:?}");
        let proportion = weighed[1] / weighed[2];
        assert!((proportion - 0.2 / 0.15).abs() < 1e-4, "{proportion}");
        assert!(weighed.iter().sum::<f32>() <= 1.0, "{weighed:?}");
    }

    #[test]
    fn what_is_too_little_to_be_sure_by_stays_so() {
        let weighed = weighed(&[Some(0), Some(1), None], &matters([0.0; 3]), |_| 0.9);
        assert_eq!(weighed, [0.0; 3]);
    }

    #[test]
    fn leads_are_those_of_the_duty_list() {
        let district = District::sample().expect("the sample is right");
        let leads = Leads::of(&district);
        let lead = |path: &str| leads.of_matter(path).map(|at| &*leads.labels[usize::from(at)]);
        assert_eq!(lead("城市管理/市容环境/占道经营"), Some(STREET));
        assert_eq!(lead("城市管理/市容环境/乱堆杂物"), Some(COMMUNITY));
        assert_eq!(lead("公用事业/供电/停电"), Some("power-supply"));
        // A row that has ended says nothing.
        assert_eq!(lead("生态环境/大气污染/餐饮油烟"), Some("urban-management"));
        assert!(district.draft.matters.iter().all(|path| lead(path).is_some()));
    }
}
