//! What orders teach: which matter each turned out to have, by whose word, in what words; which texts are alike; whether
//! one model is better than another; and how sure the hotline was over time. Trains nothing, reads no clock.

mod alike;
mod drift;
mod lesson;
mod paired;
mod words;

pub use alike::{Alike, NEAR_PERCENT};
pub use drift::{Bin, Drift, First, Judged, Week, first, judged};
pub use lesson::{Lesson, Source, Unlisted, lesson, unlisted};
pub use paired::{LEVEL, Paired};
pub use words::{CHARS_MAX, Words};
