//! Weighs the probabilities of matters by models that know groups of them, and chooses the candidates that the engine is asked
//! with. Matters under one parent are such a group, and those that one unit leads: a model of groups has seen all their texts
//! together, so it is sure of the group where its matters look alike, and doubts where those of two groups do.
//!
//! The duty list decides all the same: what is weighed here are probabilities.

use std::cmp::Reverse;

use hotline_engine::classifier::{CHOICES, Counted, Model};
use hotline_engine::order::Confidence;

/// No group is less probable: what a model of groups has never heard of may be so all the same. Of some ninety groups all the
/// others together then still weigh less than one that both models hold for likely.
const LEAST: f32 = 1e-4;

/// The group of each matter, by label of the model for matters; none for a matter that is in no group.
pub(super) type GroupOf = Vec<Option<u16>>;

/// A model whose labels are groups of matters.
#[derive(Debug)]
pub(super) struct Group {
    model: Model,
    of_matters: GroupOf,
}

/// Buffers of one reading thread.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    /// The probability of each matter.
    pub(super) matters: Vec<f32>,
    said: Vec<f32>,
    sums: Vec<f32>,
}

impl Group {
    pub(super) fn new(model: Model, of_matters: GroupOf) -> Group {
        Group { model, of_matters }
    }

    /// Pulls the matters towards what this model says of their groups: every group gets the root of what both say of it, and
    /// within a group the matters keep their proportions. All together keep their sum.
    pub(super) fn pull(&self, counted: &mut Counted<'_>, buffers: &mut Buffers) {
        self.model.probabilities_counted(counted, &mut buffers.said);
        let Buffers { matters, said, sums } = buffers;
        pull(matters, &self.of_matters, said, sums);
    }

    /// At most [`CHOICES`] matters, the surest first; each has its part of all that leads to its unit, so that their sum by
    /// unit is that of all matters: to be unsure between five matters of one unit costs nothing. The likeliest unit is always
    /// among them, and a second one where there is any.
    pub(super) fn candidates(&self, buffers: &mut Buffers) -> Vec<(u16, Confidence)> {
        let Buffers { matters, sums, .. } = buffers;
        sum_up(matters, &self.of_matters, self.model.labels().len(), sums);
        candidates(matters, &self.of_matters, sums)
    }
}

/// The likeliest matters, each with its own probability: what there is without a model for units.
pub(super) fn likeliest(matters: &[f32]) -> Vec<(u16, Confidence)> {
    let sure = |label: u16| (label, Confidence::from_probability(matters[usize::from(label)]));
    first_of(matters, |_| true).into_iter().map(sure).collect()
}

fn pull(matters: &mut [f32], group_of: &[Option<u16>], said: &[f32], sums: &mut Vec<f32>) {
    let before: f32 = matters.iter().sum();
    sum_up(matters, group_of, said.len(), sums);
    for (sum, &said) in sums.iter_mut().zip(said) {
        // From here on not the sum of a group, but what each of its matters is multiplied by.
        *sum = if *sum > 0.0 { (said.max(LEAST) / *sum).sqrt() } else { 0.0 };
    }
    for (matter, group) in matters.iter_mut().zip(group_of) {
        *matter *= group.map_or(1.0, |group| sums[usize::from(group)]);
    }
    let after: f32 = matters.iter().sum();
    if after > 0.0 {
        matters.iter_mut().for_each(|matter| *matter *= before / after);
    }
}

fn sum_up(matters: &[f32], group_of: &[Option<u16>], groups_count: usize, sums: &mut Vec<f32>) {
    sums.clear();
    sums.resize(groups_count, 0.0);
    for (matter, group) in matters.iter().zip(group_of) {
        if let Some(group) = group {
            sums[usize::from(*group)] += matter;
        }
    }
}

fn candidates(matters: &[f32], unit_of: &[Option<u16>], sums: &[f32]) -> Vec<(u16, Confidence)> {
    let unit = |label: u16| unit_of[usize::from(label)];
    let mut chosen = first_of(matters, |_| true);
    let asked = |of: u16| first_of(matters, |label| unit(label) == Some(of)).first().copied();
    let is_named = |chosen: &[u16], of: u16| chosen.iter().any(|&label| unit(label) == Some(of));
    let strongest = largest(sums, None);
    // Where all lead to the strongest, nobody would see which other unit is in doubt.
    for of in [strongest, largest(sums, strongest)].into_iter().flatten() {
        let is_alone = chosen.iter().all(|&label| unit(label) == strongest);
        if (Some(of) == strongest || is_alone)
            && !is_named(&chosen, of)
            && let Some(label) = asked(of)
        {
            chosen.truncate(CHOICES - 1);
            chosen.push(label);
        }
    }
    let named = |of: Option<u16>| -> f32 {
        let same = chosen.iter().filter(|&&label| unit(label) == of);
        same.map(|&label| matters[usize::from(label)]).sum()
    };
    let sure = |&label: &u16| {
        let own = matters[usize::from(label)];
        // A matter that leads nowhere stands for itself alone.
        let part = unit(label).map_or(own, |of| match named(Some(of)) {
            sum if sum > 0.0 => own / sum * sums[usize::from(of)],
            _ => 0.0,
        });
        (label, Confidence::from_probability(part))
    };
    let mut candidates: Vec<(u16, Confidence)> = chosen.iter().map(sure).collect();
    // Stable: of equals the likelier matter.
    candidates.sort_by_key(|(_, confidence)| Reverse(*confidence));
    candidates
}

/// The group with the largest sum but for one of them; of equals the first, and none where all are nothing.
fn largest(sums: &[f32], but: Option<u16>) -> Option<u16> {
    let mut largest: Option<(u16, f32)> = None;
    for (group, &sum) in (0..).zip(sums) {
        if Some(group) != but && sum > largest.map_or(0.0, |(_, most)| most) {
            largest = Some((group, sum));
        }
    }
    largest.map(|(group, _)| group)
}

/// The labels of the largest, at most [`CHOICES`], largest first; of equals the smaller label.
fn first_of(matters: &[f32], is_asked: impl Fn(u16) -> bool) -> Vec<u16> {
    let mut first: Vec<u16> = Vec::with_capacity(CHOICES + 1);
    for (label, &matter) in (0..).zip(matters).filter(|&(label, _)| is_asked(label)) {
        let before = |other: &u16| matters[usize::from(*other)] >= matter;
        let at = first.iter().take_while(|other| before(other)).count();
        if at < CHOICES {
            first.insert(at, label);
            first.truncate(CHOICES);
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pulled(matters: &[f32], group_of: &[Option<u16>], said: &[f32]) -> Vec<f32> {
        let mut matters = matters.to_vec();
        pull(&mut matters, group_of, said, &mut Vec::new());
        matters
    }

    fn chosen(matters: &[f32], unit_of: &[Option<u16>], units_count: usize) -> Vec<(u16, f64)> {
        let mut sums = Vec::new();
        sum_up(matters, unit_of, units_count, &mut sums);
        let chosen = candidates(matters, unit_of, &sums);
        chosen.into_iter().map(|(label, sure)| (label, sure.probability())).collect()
    }

    #[test]
    fn the_model_of_groups_decides_between_groups_that_are_close() {
        let group_of = [Some(0), Some(1), Some(1)];
        let matters = pulled(&[0.4, 0.2, 0.15], &group_of, &[0.15, 0.8]);
        assert!(matters[1] + matters[2] > matters[0], "{matters:?}");
        assert!((matters[1] / matters[2] - 0.2 / 0.15).abs() < 1e-4, "{matters:?}");
        assert!((matters.iter().sum::<f32>() - 0.75).abs() < 1e-4, "{matters:?}");
    }

    #[test]
    fn a_matter_of_no_group_is_pulled_nowhere() {
        let matters = pulled(&[0.5, 0.5], &[Some(0), None], &[0.5]);
        assert!((matters[0] - 0.5).abs() < 1e-4, "{matters:?}");
        assert_eq!(pulled(&[0.0, 0.0], &[Some(0), None], &[0.9]), [0.0, 0.0]);
    }

    #[test]
    fn all_matters_of_a_unit_count_for_it_and_not_only_those_that_are_named() {
        // Five matters of the second unit, each less likely than the first's only one.
        let unit_of = [Some(0), Some(1), Some(1), Some(1), Some(1), Some(1)];
        let chosen = chosen(&[0.3, 0.16, 0.15, 0.14, 0.13, 0.12], &unit_of, 2);
        let of_second: f64 = chosen.iter().filter(|(label, _)| *label > 0).map(|it| it.1).sum();
        assert_eq!(chosen.len(), CHOICES);
        assert!((of_second - 0.7).abs() < 1e-3, "{chosen:?}");
        assert_eq!(chosen[0].0, 1, "{chosen:?}");
    }

    #[test]
    fn the_likeliest_unit_is_named_though_each_of_its_matters_is_unlikely() {
        let unit_of = [Some(0), Some(1), Some(2), Some(3), Some(3), Some(3)];
        let chosen = chosen(&[0.2, 0.19, 0.18, 0.15, 0.14, 0.14], &unit_of, 4);
        assert_eq!(chosen[0].0, 3, "{chosen:?}");
        assert!((chosen[0].1 - 0.43).abs() < 1e-3, "{chosen:?}");
        assert_eq!(chosen.iter().map(|it| it.0).collect::<Vec<_>>(), [3, 0, 1]);
    }

    #[test]
    fn a_second_unit_is_named_though_three_matters_of_the_first_are_likelier() {
        let unit_of = [Some(1), Some(1), Some(1), Some(0), Some(2)];
        let named = chosen(&[0.4, 0.3, 0.15, 0.05, 0.1], &unit_of, 3);
        assert_eq!(named.iter().map(|it| it.0).collect::<Vec<_>>(), [0, 1, 4]);
        assert!((named[0].1 + named[1].1 - 0.85).abs() < 1e-3, "{named:?}");
        assert!((named[2].1 - 0.1).abs() < 1e-3, "{named:?}");
        let only = chosen(&[0.5, 0.3, 0.2], &[Some(1); 3], 3);
        assert_eq!(only.iter().map(|it| it.0).collect::<Vec<_>>(), [0, 1, 2]);
    }

    #[test]
    fn what_leads_nowhere_stands_for_itself() {
        assert_eq!(chosen(&[0.0; 3], &[Some(0), Some(1), None], 2)[0].1, 0.0);
        let chosen = chosen(&[0.1, 0.6], &[Some(0), None], 1);
        assert_eq!(chosen[0].0, 1);
        assert!((chosen[0].1 - 0.6).abs() < 1e-3, "{chosen:?}");
    }

    #[test]
    fn of_equals_the_smaller_label_comes_first() {
        assert_eq!(first_of(&[0.1, 0.3, 0.3, 0.3, 0.3], |_| true), [1, 2, 3]);
        assert_eq!(first_of(&[0.1, 0.3], |label| label == 0), [0]);
    }
}
