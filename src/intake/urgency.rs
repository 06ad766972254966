//! How urgent the words of a message are, beside what the keyword rules say: by a model of its own, learnt from the district's
//! orders. It may raise to urgent and no higher: what is critical calls a person at once, and for that the words must be listed.

use hotline_engine::classifier::{Counted, Model};
use hotline_engine::order::Urgency;

/// Surer than this, and an order is urgent. On the sample's training orders (five folds) that finds 0.38 of those that are, with
/// the keyword rules, and three of four that are found are urgent; the rules alone find 8 of 87.
const SURE_MIN: f32 = 0.6;

/// Its labels, in this order.
pub(super) const LABELS: [&str; 2] = ["normal", "urgent"];
const URGENT: u16 = 1;

/// The number of the label of an order.
pub(super) fn label_of(urgency: Urgency) -> u16 {
    if urgency == Urgency::Normal { 0 } else { URGENT }
}

/// The model for urgency.
#[derive(Debug)]
pub(super) struct UrgencyReader(Model);

impl UrgencyReader {
    pub(super) fn new(model: Model) -> UrgencyReader {
        UrgencyReader(model)
    }

    /// Urgent where the words are surely so.
    pub(super) fn read(&self, counted: &mut Counted<'_>) -> Urgency {
        let first = self.0.predict_counted(counted).first();
        let is_urgent = first.label == URGENT && first.probability >= SURE_MIN;
        if is_urgent { Urgency::Urgent } else { Urgency::Normal }
    }
}
