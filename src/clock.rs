//! The one place that reads the wall clock.

use hotline_engine::time::Timestamp;

/// Now, by the system's clock; the sequencer makes sure that it never runs backwards.
pub fn now() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_millisecond())
}
