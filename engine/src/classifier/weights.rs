//! The quantised weights: one row of 16-bit numbers a feature, one lane a label and one for the feature's
//! rarity. Adds rows fast; knows nothing of text.

use super::features::Scratch;
use super::file::{ModelError, Reader, write_f32};

/// Weights use 13 bits with sign, so that [`ROWS_PER_SUM`] of them add up in 16 bits without overflow.
const WEIGHT_MAX: f32 = 4095.0;
const ROWS_PER_SUM: usize = 8;
/// Rows are whole groups of eight lanes: one 128-bit register.
const LANE_GROUP: usize = 8;
/// Steps of a feature's rarity, which is below 32 for any corpus that fits memory.
const RARITY_STEPS: f32 = 1024.0;
/// 16 MiB of weights: above that reading rows from memory costs more than everything else together.
const WEIGHTS_MAX: usize = 8 << 20;
/// So many features a model may have however many labels it tells apart; with 4,096 of them it has 128 MiB.
const FEATURES_ALWAYS: usize = 16 << 10;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weights {
    pub(super) counts: CountWeights,
    labels_count: usize,
    stride: usize,
    rows: Vec<i16>,
    /// What one step of a lane is worth.
    steps: Vec<f32>,
    biases: Vec<f32>,
}

/// Sums over many lanes, and over the squares of the features' lengths.
struct WideSums {
    lanes: Vec<f32>,
    square: f32,
}

/// One scoring, compiled once for each kind of registers.
struct Scoring<'a> {
    weights: &'a Weights,
    scratch: &'a mut Scratch,
}

impl pulp::NullaryFnOnce for Scoring<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        match self.weights.stride {
            8 => self.weights.score_lanes::<8>(self.scratch),
            16 => self.weights.score_lanes::<16>(self.scratch),
            _ => self.weights.score_wide(self.scratch),
        }
    }
}

/// Lanes of a row for so many labels.
fn stride(labels_count: usize) -> usize {
    (labels_count + 1).next_multiple_of(LANE_GROUP)
}

/// How many features a model for so many labels may have.
pub(super) fn features_max(labels_count: usize) -> usize {
    (WEIGHTS_MAX / stride(labels_count)).max(FEATURES_ALWAYS)
}

/// How much a feature weighs by the times it stands in a text: one and the logarithm.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CountWeights([f32; 256]);

impl CountWeights {
    pub(super) fn new() -> Self {
        Self(std::array::from_fn(|count| 1.0 + (count.max(1) as f32).ln()))
    }

    #[inline]
    pub(super) fn weight(&self, count: u8) -> f32 {
        self.0[usize::from(count)]
    }
}

impl Weights {
    /// Quantises `planes` (one a label, one weight a row, already times `rarity`).
    pub(super) fn new(planes: &[Vec<f32>], rarity: &[f32], biases: Vec<f32>) -> Self {
        let labels_count = planes.len();
        let stride = stride(labels_count);
        let mut rows = vec![0i16; rarity.len() * stride];
        let mut steps = Vec::with_capacity(labels_count);
        for (label, plane) in planes.iter().enumerate() {
            let largest = plane.iter().fold(f32::MIN_POSITIVE, |a, w| a.max(w.abs()));
            let step = largest / WEIGHT_MAX;
            steps.push(step);
            for (row, w) in rows.chunks_exact_mut(stride).zip(plane) {
                row[label] = (w / step).round() as i16;
            }
        }
        for (row, rarity) in rows.chunks_exact_mut(stride).zip(rarity) {
            row[labels_count] = (rarity * RARITY_STEPS).round() as i16;
        }
        Self { counts: CountWeights::new(), labels_count, stride, rows, steps, biases }
    }

    pub(super) fn rarity(&self, row: u32) -> f32 {
        f32::from(self.row(row)[self.labels_count]) / RARITY_STEPS
    }

    /// The weight of a row for a label, already times its rarity.
    pub(super) fn weight(&self, row: u32, label: usize) -> f32 {
        f32::from(self.row(row)[label]) * self.steps[label]
    }

    #[inline]
    fn row(&self, row: u32) -> &[i16] {
        &self.rows[row as usize * self.stride..][..self.stride]
    }

    /// Scores the counted features of `scratch` into its `scores`, one a label.
    pub(super) fn score(&self, scratch: &mut Scratch) {
        // The same sums on every machine, on one with wide registers in fewer steps.
        pulp::Arch::new().dispatch(Scoring { weights: self, scratch });
    }

    #[inline(always)]
    fn score_lanes<const LANES: usize>(&self, scratch: &mut Scratch) {
        let rows = self.rows.as_chunks::<LANES>().0;
        let mut square = 0.0;
        let mut sums = [0f32; LANES];
        for &(row, count) in &scratch.rows {
            let value = self.counts.weight(count);
            let lanes = &rows[row as usize];
            let length = value * f32::from(lanes[self.labels_count]);
            square += length * length;
            for (sum, &lane) in sums.iter_mut().zip(lanes) {
                *sum += value * f32::from(lane);
            }
        }
        self.finish(square, &sums, scratch);
    }

    /// With many lanes the features of one count, most of which stand once, are first added in 16 bits,
    /// then weighed together.
    #[inline(always)]
    fn score_wide(&self, scratch: &mut Scratch) {
        let mut once = std::mem::take(&mut scratch.once);
        let mut often = std::mem::take(&mut scratch.often);
        once.clear();
        often.clear();
        for &counted in &scratch.rows {
            if counted.1 == 1 {
                once.push(counted);
            } else {
                often.push(counted);
            }
        }
        often.sort_unstable_by_key(|&(row, count)| (count, row));
        let mut sums = WideSums { lanes: std::mem::take(&mut scratch.wide), square: 0.0 };
        sums.lanes.clear();
        sums.lanes.resize(self.stride, 0.0);
        for group in [&once[..]].into_iter().chain(often.chunk_by(|a, b| a.1 == b.1)) {
            self.add_group(group, &mut scratch.block, &mut sums);
        }
        self.finish(sums.square, &sums.lanes, scratch);
        scratch.wide = sums.lanes;
        (scratch.once, scratch.often) = (once, often);
    }

    /// Adds the rows of one count.
    #[inline(always)]
    fn add_group(&self, group: &[(u32, u8)], block: &mut Vec<i16>, sums: &mut WideSums) {
        for rows in group.chunks(ROWS_PER_SUM) {
            let value = self.counts.weight(rows[0].1);
            block.clear();
            block.resize(self.stride, 0);
            let (fours, rest) = rows.as_chunks();
            for four in fours {
                add_four(four.map(|(row, _)| self.row(row)), block);
            }
            for &(row, _) in rest {
                block
                    .iter_mut()
                    .zip(self.row(row))
                    .for_each(|(sum, w)| *sum = sum.wrapping_add(*w));
            }
            for &(row, _) in rows {
                let length = value * f32::from(self.row(row)[self.labels_count]);
                sums.square += length * length;
            }
            for (sum, &lane) in sums.lanes.iter_mut().zip(&*block) {
                *sum += value * f32::from(lane);
            }
        }
    }

    #[inline(always)]
    fn finish(&self, square: f32, sums: &[f32], scratch: &mut Scratch) {
        let length = square.sqrt() / RARITY_STEPS;
        let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
        scratch.scores.clear();
        let lanes = sums.iter().zip(&self.steps).zip(&self.biases);
        scratch.scores.extend(lanes.map(|((sum, step), bias)| sum * step * scale + bias));
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for &value in self.steps.iter().chain(&self.biases) {
            write_f32(out, value);
        }
        out.extend(self.rows.iter().flat_map(|w| w.to_le_bytes()));
    }

    pub(super) fn read(
        from: &mut Reader<'_>,
        labels_count: usize,
        rows_count: usize,
    ) -> Result<Self, ModelError> {
        let stride = stride(labels_count);
        let steps = from.finite_f32s(labels_count)?;
        let biases = from.finite_f32s(labels_count)?;
        let bytes = from.take(rows_count.saturating_mul(stride * 2))?;
        let rows = bytes.as_chunks().0.iter().map(|&chunk| i16::from_le_bytes(chunk)).collect();
        Ok(Self { counts: CountWeights::new(), labels_count, stride, rows, steps, biases })
    }
}

#[inline(always)]
fn add_four([a, b, c, d]: [&[i16]; 4], block: &mut [i16]) {
    let lanes = a.iter().zip(b).zip(c).zip(d);
    for (sum, (((a, b), c), d)) in block.iter_mut().zip(lanes) {
        let four = a.wrapping_add(*b).wrapping_add(c.wrapping_add(*d));
        *sum = sum.wrapping_add(four);
    }
}
