//! Replays the orders of a data folder: each acceptance as it stands in the journal, beside a running hotline or without one.

use anyhow::Context;
use hotline_engine::Rules;
use hotline_engine::draft::DirectoryDraft;
use hotline_engine::event::{Event, Record};
use hotline_engine::order::{Mode, OrderId};
use hotline_engine::text::mask_identity;
use hotline_engine::time::Day;
use hotline_journal::Scan;

use super::pipeline::{self, CHUNK_BYTES, CHUNK_ENTRIES};
use super::tally::{Example, Tally, Way};
use super::{Replayed, Router};
use crate::codec;
use crate::commands::folder;
use crate::recovery::{self, DataFolder, RecoveryError};

/// Characters of a title in an example.
const TITLE_CHARS: usize = 24;

/// Routes every order once more.
pub(super) fn replay(
    folder: &DataFolder,
    draft: &DirectoryDraft,
    rules: &Rules,
    on: Option<Day>,
) -> anyhow::Result<Replayed> {
    recovery::beside(folder, || replay_once(folder, draft, rules, on))
}

fn replay_once(
    folder: &DataFolder,
    draft: &DirectoryDraft,
    rules: &Rules,
    on: Option<Day>,
) -> anyhow::Result<Replayed> {
    let context = || folder::of(folder);
    // Ids only grow: those of every record are known to the directory at the end.
    let state = folder::state(folder)?;
    let last_order = state.orders().len() as u64;
    let directory = draft.adopted_by(state.directory());
    drop(state);
    let removed = recovery::removed_records(folder).with_context(context)?;
    let mut scan = recovery::scan_from(folder, removed + 1).with_context(context)?;
    let router = Router { directory: &directory, rules, on };
    let read = || Ok(read(&mut scan)?);
    let tally = pipeline::run(read, |records| share(&router, records)).with_context(context)?;
    let seen = tally.orders() + tally.not_routed;
    let archived = last_order.saturating_sub(seen);
    Ok(Replayed { tally, directory, archived, bad_lines: 0 })
}

/// The next records, not decoded yet.
fn read(scan: &mut Scan) -> Result<Vec<hotline_journal::Record>, RecoveryError> {
    let (mut records, mut bytes) = (Vec::new(), 0);
    while records.len() < CHUNK_ENTRIES && bytes < CHUNK_BYTES {
        let Some(record) = scan.next() else { break };
        let record = record?;
        bytes += record.payload.len();
        records.push(record);
    }
    Ok(records)
}

fn share(router: &Router<'_>, records: &[hotline_journal::Record]) -> anyhow::Result<Tally> {
    let mut tally = Tally::default();
    for record in records {
        let decoded = codec::decode_record(&record.payload)
            .map_err(|source| RecoveryError::Codec { sequence: record.sequence, source })?;
        take(router, &decoded, &mut tally);
    }
    Ok(tally)
}

fn take(router: &Router<'_>, record: &Record, tally: &mut Tally) {
    for event in &record.events {
        match event {
            Event::Accepted { order, number, acceptance, .. } => {
                let Some(before) = decided(record, *order) else {
                    tally.not_routed += 1;
                    continue;
                };
                let after = router.route(record.at, acceptance);
                tally.decided(*order, before, after);
                let first = acceptance.classification.candidates.first();
                tally.order(before, after, record.at.day(), || Example {
                    id: format!("{number:018}"),
                    title: title(&acceptance.title, &acceptance.content),
                    matter: acceptance.matter.or(first.map(|candidate| candidate.matter)),
                    place: acceptance.region,
                    accepted: record.at.day(),
                });
            }
            Event::Dispatched { order, dispatch, .. }
                if matches!(dispatch.mode, Mode::Triage | Mode::Arbitration) =>
            {
                tally.named(*order, dispatch.lead);
            }
            _ => {}
        }
    }
}

/// What the engine decided with the acceptance, if it was asked.
fn decided(record: &Record, accepted: OrderId) -> Option<Way> {
    record.events.iter().find_map(|event| match event {
        Event::Dispatched { order, dispatch, .. }
            if *order == accepted && dispatch.mode == Mode::Auto =>
        {
            Some(Way::Unit(dispatch.lead))
        }
        Event::SentToTriage { order, reason, .. } if *order == accepted => {
            Some(Way::Triage(*reason))
        }
        _ => None,
    })
}

/// The beginning of what the order is called, or of its story; numbers of people are masked before it is cut.
pub(super) fn title(title: &str, content: &str) -> String {
    let text = if title.trim().is_empty() { content } else { title };
    mask_identity(text).chars().take(TITLE_CHARS).collect()
}
