//! Counts what became of the messages of a file, and tells it at the end on stderr.

use std::collections::BTreeMap;
use std::time::Duration;

use comfy_table::{CellAlignment, Table};
use hotline_engine::order::TriageReason;

/// Counts of a run.
#[derive(Debug, Default)]
pub(super) struct Summary {
    /// Messages that a unit has.
    pub(super) dispatched: u64,
    /// Lines without a decision.
    pub(super) bad_lines: u64,
    /// Messages that a dispatcher must decide on.
    triage: BTreeMap<TriageReason, u64>,
}

impl Summary {
    pub(super) fn triaged(&mut self, reason: TriageReason) {
        *self.triage.entry(reason).or_default() += 1;
    }

    pub(super) fn add(&mut self, other: &Summary) {
        self.dispatched += other.dispatched;
        self.bad_lines += other.bad_lines;
        for (reason, count) in &other.triage {
            *self.triage.entry(*reason).or_default() += count;
        }
    }

    /// Whether there were lines, and none of them was a message.
    pub(super) fn is_all_bad(&self) -> bool {
        self.bad_lines > 0 && self.dispatched == 0 && self.triage.is_empty()
    }

    pub(super) fn tell(&self, took: Duration) {
        let messages = self.dispatched + self.triage.values().sum::<u64>();
        let share = |count: u64| format!("{:.1} %", 100.0 * count as f64 / messages.max(1) as f64);
        let seconds = took.as_secs_f64();
        let mut table = Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.add_row(["messages".to_owned(), messages.to_string(), String::new()]);
        table.add_row(["seconds".to_owned(), format!("{seconds:.2}"), String::new()]);
        let rate = messages as f64 / seconds.max(f64::MIN_POSITIVE);
        table.add_row(["messages/s".to_owned(), format!("{rate:.0}"), String::new()]);
        let row = |what: String, count: u64| [what, count.to_string(), share(count)];
        table.add_row(row("dispatched (coverage)".to_owned(), self.dispatched));
        for (reason, count) in &self.triage {
            table.add_row(row(format!("triage: {}", reason.code()), *count));
        }
        table.add_row(["bad lines".to_owned(), self.bad_lines.to_string(), String::new()]);
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        eprintln!("{table}");
    }
}
