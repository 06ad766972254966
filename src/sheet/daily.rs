//! The daily bulletin as a sheet.

use hotline_engine::time::Timestamp;
use maud::html;

use super::{file, scoped, table};
use crate::bulletin::Bulletin;

/// The whole file; `unit` names the one it is of, if it is, and `as_of` is the time of the last record.
pub(crate) fn daily(bulletin: &Bulletin, unit: Option<&str>, as_of: Timestamp) -> String {
    let rows: Vec<[String; 12]> =
        bulletin.rows.iter().chain([&bulletin.total]).map(|row| row.cells()).collect();
    let orders: Vec<[String; 10]> = bulletin.orders.iter().map(|order| order.cells()).collect();
    let body = html! {
        p.note { "情况截至 " (bulletin.at.0) ";数据截至 " (as_of) "。" }
        @for note in &bulletin.notes { p.note { (note) } }
        h2 { "各单位情况" }
        (table("件数", &Bulletin::HEADINGS, &rows))
        section.wide {
            h2 { "工单清单" }
            @if orders.is_empty() {
                p { "没有超时、逾期未签收或即将到期的工单。" }
            } @else {
                div.words { (table("办理到期最早的在前", &Bulletin::ORDER_HEADINGS, &orders)) }
            }
            @if let Some(cut) = bulletin.cut() { p { (cut) } }
        }
    };
    file("政务热线每日通报", &scoped(&bulletin.day, unit), &body)
}
