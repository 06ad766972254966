//! How good a list of answers is, for questions whose one right article is known. Pure: takes ranks, searches nothing.
//!
//! A rank counts from 1; `None` means the right article was not among the answers.

use crate::Answer;

/// Answers that count in [`mrr10`] and [`ndcg10`].
const DEPTH: usize = 10;

/// The usual measures together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evaluation {
    /// Questions asked.
    pub questions_count: usize,
    /// See [`mrr10`].
    pub mrr10: f64,
    /// See [`recall`].
    pub recall1: f64,
    /// See [`recall`].
    pub recall5: f64,
    /// See [`recall`].
    pub recall10: f64,
    /// See [`ndcg10`].
    pub ndcg10: f64,
}

impl Evaluation {
    /// Measures the ranks of the right articles, one a question.
    #[must_use]
    pub fn of(ranks: &[Option<usize>]) -> Self {
        Self {
            questions_count: ranks.len(),
            mrr10: mrr10(ranks),
            recall1: recall(ranks, 1),
            recall5: recall(ranks, 5),
            recall10: recall(ranks, 10),
            ndcg10: ndcg10(ranks),
        }
    }
}

/// Rank of the article `id` among the answers.
#[must_use]
pub fn rank_of(id: &str, answers: &[Answer]) -> Option<usize> {
    answers.iter().position(|answer| answer.id == id).map(|position| position + 1)
}

/// Mean of 1 ÷ rank; beyond ten it counts as nothing.
#[must_use]
pub fn mrr10(ranks: &[Option<usize>]) -> f64 {
    mean(ranks, DEPTH, |rank| 1.0 / rank as f64)
}

/// Share of the questions whose right article is among the first `depth` answers.
#[must_use]
pub fn recall(ranks: &[Option<usize>], depth: usize) -> f64 {
    mean(ranks, depth, |_| 1.0)
}

/// Mean of 1 ÷ log₂(1 + rank) within ten: normalised discounted cumulative gain where one article is right.
#[must_use]
pub fn ndcg10(ranks: &[Option<usize>]) -> f64 {
    mean(ranks, DEPTH, |rank| 1.0 / (1.0 + rank as f64).log2())
}

fn mean(ranks: &[Option<usize>], depth: usize, gain: impl Fn(usize) -> f64) -> f64 {
    if ranks.is_empty() {
        return 0.0;
    }
    let within = ranks.iter().flatten().filter(|rank| **rank <= depth);
    // The sum of nothing is -0.0.
    within.map(|rank| gain(*rank)).fold(0.0, |sum, gain| sum + gain) / ranks.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_of_a_small_list_are_those_of_pen_and_paper() {
        let evaluation = Evaluation::of(&[Some(1), Some(3), Some(11), None]);
        assert_eq!(evaluation.questions_count, 4);
        assert!((evaluation.mrr10 - (1.0 + 1.0 / 3.0) / 4.0).abs() < 1e-12);
        assert_eq!((evaluation.recall1, evaluation.recall5, evaluation.recall10), (0.25, 0.5, 0.5));
        assert!((evaluation.ndcg10 - 1.5 / 4.0).abs() < 1e-12);
    }

    #[test]
    fn no_questions_measure_nothing() {
        assert_eq!(Evaluation::of(&[]).mrr10, 0.0);
        let found_none = Evaluation::of(&[None]);
        assert_eq!(found_none.mrr10.to_bits(), 0.0_f64.to_bits(), "and not less than nothing");
        assert_eq!(found_none.recall1.to_bits(), 0.0_f64.to_bits());
    }
}
