//! Who asks, and what they may do and see: the one place that grants rights.

use serde::{Deserialize, Serialize};

use crate::command::Action;
use crate::directory::UnitId;
use crate::glossary::words;
use crate::order::Order;
use crate::rejection::Rejection;
use crate::state::State;

words! {
    /// What somebody is to the hotline.
    Role {
        /// Takes calls (话务员).
        CallTaker = "call-taker" "话务员",
        /// Dispatches what the engine is not sure of (派单员).
        Dispatcher = "dispatcher" "派单员",
        /// Handles orders of one unit (经办人).
        Handler = "handler" "经办人",
        /// Watches units (督办人员).
        Supervisor = "supervisor" "督办人员",
        /// Reads, never writes (审计人员).
        Auditor = "auditor" "审计人员",
        /// Runs the hotline's settings (管理员).
        Admin = "admin" "管理员",
        /// Another system that files and reads orders (对接系统).
        Integration = "integration" "对接系统",
        /// The process itself: ticks and adoptions. No token has this role.
        System = "system" "系统",
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Name of the account, for the record; not a citizen's.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// The units they act for; `None` = not bound to units.
    pub units: Option<Vec<UnitId>>,
}

impl Actor {
    /// The process itself.
    pub fn system() -> Actor {
        Actor { name: "system".into(), role: Role::System, units: None }
    }

    fn acts_for(&self, unit: UnitId) -> bool {
        self.units.as_ref().is_some_and(|units| units.contains(&unit))
    }

    /// Whether this actor may see an order at all.
    pub fn may_see(&self, order: &Order) -> bool {
        match self.role {
            Role::CallTaker | Role::Dispatcher | Role::Auditor | Role::Admin | Role::System => true,
            Role::Integration => true,
            Role::Handler => self.holds(order),
            Role::Supervisor => self.units.is_none() || self.holds(order),
        }
    }

    /// Whether this actor may see the inbox of a unit and what reaches it.
    pub fn may_see_unit(&self, unit: UnitId) -> bool {
        match self.role {
            Role::Handler => self.acts_for(unit),
            Role::Supervisor => self.units.is_none() || self.acts_for(unit),
            Role::Integration => false,
            Role::CallTaker | Role::Dispatcher | Role::Auditor | Role::Admin | Role::System => true,
        }
    }

    /// Whether this actor may see the triage list.
    pub fn may_see_triage(&self) -> bool {
        matches!(self.role, Role::Dispatcher | Role::Admin | Role::Auditor)
    }

    fn holds(&self, order: &Order) -> bool {
        order.dispatch.as_ref().is_some_and(|dispatch| {
            self.acts_for(dispatch.lead)
                || dispatch.co_units.iter().any(|&unit| self.acts_for(unit))
        })
    }
}

/// Grants or refuses a command. Every path to an order ends here.
pub(crate) fn authorise(state: &State, actor: &Actor, action: &Action) -> Result<(), Rejection> {
    use Role::{Admin, CallTaker, Dispatcher, Handler, Integration, System};
    let allowed: &[Role] = match action {
        Action::Accept(_) => &[CallTaker, Dispatcher, Admin, Integration],
        Action::Dispatch { .. } => &[Dispatcher, Admin],
        Action::Sign { .. } | Action::Return { .. } | Action::Reply { .. } => &[Handler],
        Action::CallBack { .. } | Action::Close { .. } => &[CallTaker, Dispatcher, Admin],
        Action::PutArticle(_) | Action::RemoveArticle { .. } => &[Dispatcher, Admin, System],
        Action::AdoptDirectory(_) => &[Admin, System],
        Action::Tick => &[System],
    };
    if !allowed.contains(&actor.role) {
        return Err(Rejection::NotAllowed { role: actor.role, action: action.name() });
    }
    let Some(order) = action.order().and_then(|id| state.order(id)) else { return Ok(()) };
    let lead = order.dispatch.as_ref().map(|dispatch| dispatch.lead);
    // To a handler an order of another unit does not exist: its number must not be a hint.
    if actor.role == Handler && !lead.is_some_and(|lead| actor.acts_for(lead)) {
        return Err(if actor.may_see(order) {
            Rejection::NotLead { order: order.id }
        } else {
            Rejection::UnknownOrder { order: order.id }
        });
    }
    Ok(())
}
