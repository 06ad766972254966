//! How many texts a second one thread normalises and classifies, with the model that the figures come from.

use std::hint::black_box;
use std::time::Instant;

use anyhow::Context;
use hotline_engine::classifier::{Document, Model, Scratch};
use hotline_engine::text::{Normalised, Normaliser};
use serde::Serialize;

use crate::commands::labelled::Labelled;

/// A text of usual length: messages are counted as so many characters each.
const CHARACTERS: f64 = 250.0;
/// Times that all texts are gone through; the middle one counts.
const PASSES: usize = 9;

/// What was measured.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Speed {
    /// Texts of 250 characters a second.
    pub(super) texts_per_second: f64,
    /// Texts of one pass, as they are.
    pub(super) texts: usize,
    /// Their characters, titles included, on average.
    pub(super) mean_characters: f64,
}

/// Goes through texts that the model has not seen, on this thread alone.
///
/// # Errors
/// Where there is no text.
pub(super) fn measure(
    normaliser: &Normaliser,
    model: &Model,
    texts: &[&Labelled],
) -> anyhow::Result<Speed> {
    let count = |text: &str| text.chars().count();
    let characters: usize = texts.iter().map(|it| count(&it.title) + count(&it.content)).sum();
    let (mut title, mut body, mut scratch) = (Normalised::new(), Normalised::new(), Scratch::new());
    let mut seconds = [0.0; PASSES];
    for seconds in &mut seconds {
        let began = Instant::now();
        for text in texts {
            normaliser.normalise(&text.title, &mut title);
            normaliser.normalise(&text.content, &mut body);
            black_box(model.predict(Document::whole(&title, &body), &mut scratch));
        }
        *seconds = began.elapsed().as_secs_f64();
    }
    seconds.sort_by(f64::total_cmp);
    let characters =
        Some(characters as f64).filter(|it| *it > 0.0).context("no text to measure")?;
    Ok(Speed {
        texts_per_second: characters / CHARACTERS / seconds[PASSES / 2],
        texts: texts.len(),
        mean_characters: characters / texts.len() as f64,
    })
}
