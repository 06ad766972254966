//! Which units do not get an order though a row of the duty list names them, and why, in Chinese. Decides nothing.

use hotline_engine::directory::{Directory, DutyRow, Holder, UnitId};
use hotline_engine::order::Return;
use hotline_engine::routing::told::{Fate, rows};
use hotline_engine::routing::{Considered, Question};
use hotline_engine::text::mask_identity;
use serde::Serialize;
use utoipa::ToSchema;

use crate::explained_decision::holder;

/// A unit that does not get it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct RuledOut {
    pub(crate) unit: String,
    /// In Chinese.
    pub(crate) reason: String,
    pub(crate) row: Option<u32>,
}

/// Refusers first, then what the rows of each candidate say; each unit once.
pub(crate) fn ruled_out(
    directory: &Directory,
    question: Question<'_>,
    considered: &[Considered],
) -> Vec<RuledOut> {
    let mut out: Vec<RuledOut> =
        question.returns.iter().map(|refusal| refused(directory, refusal)).collect();
    let leads: Vec<UnitId> =
        considered.iter().filter_map(|it| Some(it.outcome.ok()?.unit)).collect();
    let mut put = |unit: String, reason: String, row: u32| {
        if !out.iter().any(|known| known.unit == unit) {
            out.push(RuledOut { unit, reason, row: Some(row) });
        }
    };
    for entry in considered {
        for told in rows(directory, question, entry.candidate.matter) {
            let Some(row) = directory.row(told.row) else { continue };
            // A unit that another row leads to is not ruled out.
            if matches!(row.lead, Holder::Unit(unit) if leads.contains(&unit)) {
                continue;
            }
            let name = |unit: UnitId| directory.unit(unit).name.clone();
            match told.fate {
                Fate::Decides(_) | Fate::Refused(_) | Fate::PlaceUnknown => {}
                Fate::Forbidden(unit) => {
                    let why = "职能事项不得派给镇街、村社区(国办函〔2025〕66号第五条)";
                    put(name(unit), why.to_owned(), told.row);
                }
                Fate::Dissolved(unit) => put(name(unit), "单位已撤销".to_owned(), told.row),
                Fate::NotInForce => {
                    put(holder(directory, row.lead), not_in_force(row, question), told.row);
                }
                Fate::OtherPlace => {
                    let place = row.place.map_or_else(String::new, name);
                    put(holder(directory, row.lead), format!("只管{place}"), told.row);
                }
                Fate::Behind(first) => {
                    let why = behind(directory, (told.row, row), first);
                    put(holder(directory, row.lead), why, told.row);
                }
            }
        }
    }
    out
}

fn refused(directory: &Directory, refusal: &Return) -> RuledOut {
    let evidence = mask_identity(&refusal.evidence);
    let lasting = if refusal.is_refusal() { ";不再派给该单位" } else { "" };
    RuledOut {
        unit: directory.unit(refusal.unit).name.clone(),
        reason: format!("已退单({}):{evidence}{lasting}", refusal.reason.label()),
        row: None,
    }
}

fn not_in_force(row: &DutyRow, question: Question<'_>) -> String {
    match row.to {
        Some(to) if to < question.on => format!("条目已于 {to} 到期"),
        _ => format!("条目自 {} 起才生效", row.from),
    }
}

/// Why another row comes before this one.
fn behind(directory: &Directory, (number, row): (u32, &DutyRow), first: u32) -> String {
    let is_rival = |it: &DutyRow| (it.matter, it.place) == (row.matter, row.place);
    if number < first && directory.row(first).is_some_and(is_rival) {
        return format!("同列一项,第 {first} 条的单位前例更好,先适用");
    }
    format!("第 {first} 条更具体或在前,先适用")
}
