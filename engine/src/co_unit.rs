//! Units that help with an order (协办), and by when each must have said its word. No rules.

use crate::clocks::Due;
use crate::directory::UnitId;
use crate::glossary::Status;
use crate::handling::facts;
use crate::order::Order;

facts! {
    /// A unit that helps (协办), and by when it must have said its word.
    #[derive(Copy)]
    pub struct CoUnit {
        /// Which.
        pub unit: UnitId,
        /// By the rule for this unit; none where nothing limits it, or where the order is joined to another.
        pub due: Option<Due>,
        /// Whether that passed and nothing had come.
        pub late: bool,
    }
}

impl CoUnit {
    /// When all help must be in: the last of the dues.
    pub(crate) fn last_due(co_units: &[CoUnit]) -> Option<Due> {
        let dues = co_units.iter().filter_map(|helper| helper.due);
        dues.max_by_key(|due| (due.current, due.original))
    }
}

impl Order {
    /// The units that help.
    pub fn co_units(&self) -> &[CoUnit] {
        self.dispatch.as_ref().map_or(&[], |dispatch| &dispatch.co_units)
    }

    /// Whether a unit helps with this order.
    pub fn is_helped_by(&self, unit: UnitId) -> bool {
        self.co_units().iter().any(|helper| helper.unit == unit)
    }

    /// Changes how it stands with a unit that helps.
    pub(crate) fn change_help(&mut self, unit: UnitId, how: impl Fn(&mut CoUnit)) {
        let helpers = self.dispatch.iter_mut().flat_map(|dispatch| &mut dispatch.co_units);
        helpers.filter(|helper| helper.unit == unit).for_each(how);
    }

    /// Who still has to say his word, on time or not; nobody once the order has ended or is handled with another.
    pub(crate) fn silent(&self) -> impl Iterator<Item = &CoUnit> {
        let since = self.times.dispatched.unwrap_or(self.times.accepted);
        let is_own = self.status.is_open() && self.status != Status::Merged;
        self.co_units().iter().filter(move |it| is_own && !self.has_helped(it.unit, since))
    }

    /// The dues of helpers that neither have passed nor are met.
    pub(crate) fn owed_help(&self) -> impl Iterator<Item = (UnitId, Due)> {
        self.silent().filter(|helper| !helper.late).filter_map(|it| Some((it.unit, it.due?)))
    }
}
