//! Who asks, and what they may do and see: the one place that grants rights.

use serde::{Deserialize, Serialize};

use crate::command::Action;
use crate::directory::UnitId;
use crate::glossary::words;
use crate::order::{Caller, Dispatch, Kind, Order};
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

    /// Whether this actor acts for a unit.
    pub fn acts_for(&self, unit: UnitId) -> bool {
        self.units.as_ref().is_some_and(|units| units.contains(&unit))
    }

    /// Whether this actor may see an order at all.
    pub fn may_see(&self, order: &Order) -> bool {
        self.sees_all_orders() || self.holds(order)
    }

    /// Whether this actor may see every order, whoever has it.
    pub fn sees_all_orders(&self) -> bool {
        match self.role {
            Role::Handler => false,
            Role::Supervisor => self.units.is_none(),
            Role::CallTaker
            | Role::Dispatcher
            | Role::Auditor
            | Role::Admin
            | Role::Integration
            | Role::System => true,
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

    /// Whether this actor may see which orders are alike: that says something of who called.
    pub fn may_see_similar(&self) -> bool {
        use Role::{Admin, Auditor, CallTaker, Dispatcher, Supervisor};
        matches!(self.role, CallTaker | Dispatcher | Supervisor | Auditor | Admin)
    }

    /// Whether this actor may see reports, of his own units where he is bound to some.
    pub fn may_see_reports(&self) -> bool {
        matches!(self.role, Role::Dispatcher | Role::Supervisor | Role::Auditor | Role::Admin)
    }

    /// Whether this actor may see articles that do not answer: drafts, and what was replaced.
    pub fn may_see_drafts(&self) -> bool {
        self.role != Role::Integration
    }

    fn holds(&self, order: &Order) -> bool {
        order.dispatch.iter().flat_map(Dispatch::units).any(|unit| self.acts_for(unit))
    }
}

impl Role {
    /// Who may ask for what at all, by the action's word; which order it concerns is `authorise`'s to ask.
    pub fn may_ask_for(self, action: &str) -> bool {
        use Role::{Admin, CallTaker, Dispatcher, Handler, Integration, Supervisor, System};
        let roles: &[Role] = match action {
            "accept" => &[CallTaker, Dispatcher, Admin, Integration],
            // What is under supervision is withdrawn by a supervisor alone (`decide/closing`).
            "withdraw" => &[CallTaker, Dispatcher, Supervisor, Admin, Integration],
            "remind" => &[CallTaker, Dispatcher, Supervisor, Admin, Integration],
            // A supervisor only where a unit is the final owner: nobody else takes an order from it.
            "dispatch" => &[Dispatcher, Supervisor, Admin],
            "sign" | "contact" | "return" | "request-extension" | "pause" | "co-reply"
            | "reply" => &[Handler],
            "resume" => &[Handler, Dispatcher],
            "decide-extension" | "review" | "rework" | "supervise" => {
                &[Dispatcher, Supervisor, Admin]
            }
            "callback" | "transfer" | "merge" | "unmerge" | "answer" => {
                &[CallTaker, Dispatcher, Admin]
            }
            // What is under supervision is closed by a supervisor alone (`decide/closing`).
            "close" => &[CallTaker, Dispatcher, Supervisor, Admin],
            "appeal" => &[Handler],
            "assign" => &[Handler, Dispatcher, Supervisor, Admin],
            "decide-appeal" => &[Dispatcher, Supervisor, Admin],
            "report-service" => &[Dispatcher, Admin, Integration],
            "count-calls" => &[Admin, Integration],
            "reveal" => &[CallTaker, Dispatcher, Handler],
            "put-article" | "remove-article" => &[Dispatcher, Admin, System],
            // A handler only on articles of his units (`decide/articles`).
            "draft-article" => &[CallTaker, Dispatcher, Handler, Admin],
            "back-article" | "expire-article" => &[Dispatcher, Handler, Admin],
            "review-article" => &[Dispatcher, Supervisor, Admin],
            "publish-article" => &[Dispatcher, Admin],
            "rate-article" => &[CallTaker, Dispatcher],
            "adopt-directory" => &[Admin, System],
            "tick" => &[System],
            _ => &[],
        };
        roles.contains(&self)
    }
}

/// Grants or refuses a command. Every path to an order ends here.
pub(crate) fn authorise(state: &State, actor: &Actor, action: &Action) -> Result<(), Rejection> {
    if !actor.role.may_ask_for(action.name()) {
        return Err(Rejection::NotAllowed { role: actor.role, action: action.name() });
    }
    if let Action::Accept(acceptance) = action
        && acceptance.answer.is_some()
        && !actor.role.may_ask_for("answer")
    {
        return Err(Rejection::NotAllowed { role: actor.role, action: "answer" });
    }
    let Some(order) = action.order().and_then(|id| state.order(id)) else { return Ok(()) };
    // To a handler or a supervisor an order of other units does not exist: its number must not be a hint.
    if !actor.may_see(order) {
        return Err(Rejection::UnknownOrder { order: order.id });
    }
    let lead = order.dispatch.as_ref().map(|dispatch| dispatch.lead);
    let leads = lead.is_some_and(|lead| actor.acts_for(lead));
    if actor.role == Role::Handler && !leads && !matches!(action, Action::CoReply { .. }) {
        return Err(Rejection::NotLead { order: order.id });
    }
    if let Action::Dispatch { .. } = action
        && actor.role == Role::Supervisor
        && !order.has_final_owner()
    {
        return Err(Rejection::NotAllowed { role: actor.role, action: action.name() });
    }
    if let Action::Reveal { .. } = action
        && actor.role == Role::Handler
        && (is_guarded(state, order) || !order.status.is_open())
    {
        return Err(Rejection::NotAllowed { role: actor.role, action: action.name() });
    }
    Ok(())
}

/// Whether the caller is kept even from the unit that handles the order: a report is stricter than a complaint, and a
/// caller may ask for it (GB/T 33358-2016: 保密处理).
pub(crate) fn is_guarded(state: &State, order: &Order) -> bool {
    guards(order.kind, state.caller(order.id))
}

/// The same of a contact that is no order yet.
pub(crate) fn guards(kind: Kind, caller: Option<&Caller>) -> bool {
    kind == Kind::Report || caller.is_some_and(|caller| caller.confidential)
}
