//! Units as labels of a model beside that for matters: which of them each matter leads to, by the duty list, and which one an order
//! had.

use std::collections::BTreeMap;

use hotline_engine::draft::HolderDraft;

use crate::district::{District, LabelledOrder};

/// What streets are called among the labels: which one it is, the place says.
const STREET: &str = "@street";
/// The same of villages and communities.
const COMMUNITY: &str = "@community";

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

#[cfg(test)]
mod tests {
    use super::*;

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
