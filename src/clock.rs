//! The one place that reads the wall clock.

use hotline_engine::time::Timestamp;

/// Now, by the system's clock; the sequencer makes sure that it never runs backwards.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
pub fn now() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_millisecond())
}
