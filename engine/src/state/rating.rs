//! Records services, their grades, and what became of objections (好差评).

use super::State;
use crate::figures::Measure;
use crate::handling::Decision;
use crate::order::{OrderId, Status};
use crate::rating::{RatedCase, Rating};
use crate::time::Timestamp;

impl State {
    pub(super) fn service_reported(&mut self, case: &str, service: &RatedCase) {
        if let Some(default_at) = service.default_at {
            self.unrated.insert((default_at, case.to_owned()));
        }
        self.services.insert(case.to_owned(), service.clone());
    }

    pub(super) fn rated(&mut self, case: &str, rating: &Rating) {
        let service = self.services.get_mut(case).expect("a service is told of before it is rated");
        if let Some(default_at) = service.default_at.take() {
            self.unrated.remove(&(default_at, case.to_owned()));
        }
        let measure = match rating {
            Rating { by_default: true, .. } => Measure::RatedByDefault,
            rating if rating.grade.is_bad() => Measure::RatedBadly,
            _ => Measure::RatedWell,
        };
        self.figures.count_grade(service.unit, rating.at.day(), measure, 1, self.records_count);
        service.rating = Some(rating.clone());
        if let Some(order) = rating.order {
            let hidden = self.caller(order).and_then(|caller| caller.hidden_from(case));
            self.entry(order).rated_case = Some(hidden.unwrap_or_else(|| case.to_owned()));
        }
    }

    /// The case that an order is about, though it may hide who called.
    fn case_of(&self, id: OrderId, shown: &str) -> Option<String> {
        let is_its = |service: &RatedCase| {
            service.rating.as_ref().is_some_and(|rating| rating.order == Some(id))
        };
        if self.services.get(shown).is_some_and(is_its) {
            return Some(shown.to_owned());
        }
        self.services.iter().find(|(_, service)| is_its(service)).map(|(case, _)| case.clone())
    }

    /// A grade that was struck out counts no more on its day, and its order is over; what has ended before stays as it ended.
    pub(super) fn appeal_decided(&mut self, at: Timestamp, id: OrderId, decision: &Decision) {
        let entry = self.entry(id);
        if let Some(appeal) = &mut entry.appeal {
            appeal.decision = Some(decision.clone());
        }
        let Some(case) = entry.rated_case.clone().filter(|_| decision.granted) else { return };
        if self.entry(id).status.is_open() {
            self.end(at, id, Status::Withdrawn);
        }
        let case = self.case_of(id, &case).expect("the order is of a service");
        let service = self.services.get_mut(&case).expect("it is known");
        if let Some(rating) = &mut service.rating {
            rating.struck = true;
            let (unit, day, record) = (service.unit, rating.at.day(), self.records_count);
            self.figures.count_grade(unit, day, Measure::RatedBadly, -1, record);
            self.figures.count_grade(unit, at.day(), Measure::RatingStruck, 1, record);
        }
    }
}
