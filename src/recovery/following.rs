//! Records from disk, decoded and applied: a journal may be whole, with every checksum right, and yet hold a record that does not follow from
//! those before it, since somebody wrote it anew. The engine knows no way to refuse one but a panic; here that becomes an error.

use std::cell::{Cell, RefCell};
use std::panic::{
    AssertUnwindSafe, PanicHookInfo, catch_unwind, resume_unwind, set_hook, take_hook,
};
use std::sync::Once;

use super::RecoveryError;
use crate::codec;
use crate::shelf::ShelfFault;

thread_local! {
    /// Whether a panic on this thread becomes an error, so that its own words are not to be printed.
    static IS_CAUGHT: Cell<bool> = const { Cell::new(false) };
    /// Where the last one came from.
    static CAME_FROM: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What a record says.
pub(crate) fn decoded(
    record: &hotline_journal::Record,
) -> Result<hotline_engine::Record, RecoveryError> {
    codec::decode_record(&record.payload)
        .map_err(|source| RecoveryError::Codec { sequence: record.sequence, source })
}

/// Has a record change a state, which is thrown away if that fails.
pub(super) fn following<T>(sequence: u64, apply: impl FnOnce() -> T) -> Result<T, RecoveryError> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = take_hook();
        set_hook(Box::new(move |panic| noted(panic, &others)));
    });
    let before = IS_CAUGHT.replace(true);
    let applied = catch_unwind(AssertUnwindSafe(apply));
    IS_CAUGHT.set(before);
    applied.map_err(|panic| match panic.is::<ShelfFault>() {
        true => resume_unwind(panic),
        false => RecoveryError::DoesNotFollow { sequence, place: CAME_FROM.take() },
    })
}

/// What it says may hold what an order says: the place in the program is enough.
fn noted(panic: &PanicHookInfo<'_>, others: &dyn Fn(&PanicHookInfo<'_>)) {
    if IS_CAUGHT.get() {
        CAME_FROM.set(panic.location().map(ToString::to_string).unwrap_or_default());
    } else {
        others(panic);
    }
}
