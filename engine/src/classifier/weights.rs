//! The quantised weights: one row of 8-bit numbers a feature, two lanes for its rarity, then one a label. Adds rows fast;
//! knows nothing of text.

use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use super::calibration::LANES;
use super::features::Scratch;
use super::file::{ModelError, Reader, write_f32};

/// The largest weight of a label takes seven bits; a sign makes eight.
const WEIGHT_MAX: f32 = 127.0;
/// So many rows add up in 16 bits without overflow.
const ROWS_PER_SUM: usize = 256;
/// Lanes before those of the labels. That each text's rows are first asked for their rarity also fetches them from memory.
const RARITY_LANES: usize = 2;
/// Steps of a feature's rarity. One of 32 or more (what stands in one text of 13,000 and tells all) is kept as 32.
const RARITY_STEPS: f32 = 1024.0;
/// Bytes that come from memory together.
const CACHE_LINE: usize = 64;
/// Rows are whole groups of sixteen lanes: one 128-bit register.
const LANE_GROUP: usize = 16;
/// 16 MiB of weights: above that reading rows from memory costs more than everything else together.
const WEIGHTS_MAX: usize = 16 << 20;
/// So many features a model may have however many labels it tells apart; with 4,096 of them it has 64 MiB.
const FEATURES_ALWAYS: usize = 16 << 10;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weights {
    pub(super) counts: CountWeights,
    stride: usize,
    rows: Arc<Rows>,
    /// Lanes before its own in each of the rows.
    at: usize,
    /// What one step of a lane is worth.
    steps: Vec<f32>,
    biases: Vec<f32>,
}

/// The rows of one model, or those of several side by side, so that each is fetched from memory once for all of them.
#[derive(Debug)]
struct Rows {
    /// The rows, from `from` on: at the border of a cache line, so that a row lies in as few of them as it can.
    lanes: Vec<i8>,
    from: usize,
    stride: usize,
    /// Where the lanes of each model begin.
    starts: Vec<usize>,
    /// Tells which rows a text was summed up by.
    fingerprint: u64,
}

impl PartialEq for Rows {
    /// Where in memory they begin makes no difference.
    fn eq(&self, other: &Self) -> bool {
        let parts = |it: &Self| (it.stride, it.fingerprint);
        parts(self) == parts(other)
            && self.starts == other.starts
            && self.lanes[self.from..] == other.lanes[other.from..]
    }
}

impl Rows {
    fn new(lanes: Vec<i8>, stride: usize, starts: Vec<usize>) -> Arc<Rows> {
        let starting = starts.iter().flat_map(|start| start.to_le_bytes());
        let bytes = lanes.iter().map(|lane| lane.cast_unsigned()).chain(starting);
        let fingerprint = xxh3_64(&bytes.collect::<Vec<u8>>());
        let mut aligned: Vec<i8> = Vec::with_capacity(lanes.len() + CACHE_LINE);
        let from = aligned.as_ptr().align_offset(CACHE_LINE).min(CACHE_LINE);
        aligned.resize(from, 0);
        aligned.extend(lanes);
        Arc::new(Rows { lanes: aligned, from, stride, starts, fingerprint })
    }

    #[inline(always)]
    fn row(&self, row: u32) -> &[i8] {
        &self.lanes[self.from + row as usize * self.stride..][..self.stride]
    }
}

/// Summing up the rows of a text, compiled once for each kind of registers.
struct Summing<'a> {
    rows: &'a Rows,
    counts: &'a CountWeights,
    scratch: &'a mut Scratch,
}

impl pulp::NullaryFnOnce for Summing<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Summing { rows, counts, scratch } = self;
        match rows.stride {
            LANE_GROUP => rows.sum_few(counts, scratch),
            _ => rows.sum_wide(counts, scratch),
        }
    }
}

/// Lanes of a row for so many labels.
fn stride(labels_count: usize) -> usize {
    (RARITY_LANES + labels_count).next_multiple_of(LANE_GROUP)
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
        let stride = stride(planes.len());
        let mut rows = vec![0i8; rarity.len() * stride];
        let mut steps = Vec::with_capacity(planes.len());
        for (label, plane) in planes.iter().enumerate() {
            let largest = plane.iter().fold(f32::MIN_POSITIVE, |a, w| a.max(w.abs()));
            let step = largest / WEIGHT_MAX;
            steps.push(step);
            for (row, w) in rows.chunks_exact_mut(stride).zip(plane) {
                row[RARITY_LANES + label] = (w / step).round() as i8;
            }
        }
        for (row, rarity) in rows.chunks_exact_mut(stride).zip(rarity) {
            let bytes = ((rarity * RARITY_STEPS).round() as i16).to_le_bytes();
            row[..RARITY_LANES].copy_from_slice(&bytes.map(u8::cast_signed));
        }
        Self::of(rows, stride, steps, biases)
    }

    fn of(lanes: Vec<i8>, stride: usize, steps: Vec<f32>, biases: Vec<f32>) -> Self {
        let rows = Rows::new(lanes, stride, vec![0]);
        Self { counts: CountWeights::new(), stride, rows, at: 0, steps, biases }
    }

    /// Puts the rows of several models side by side. All have as many.
    pub(super) fn join(all: &mut [&mut Weights]) {
        let starts = all.iter().scan(0, |next, it| {
            *next += it.stride;
            Some(*next - it.stride)
        });
        let (starts, stride): (Vec<usize>, usize) =
            (starts.collect(), all.iter().map(|it| it.stride).sum());
        let count = all.iter().map(|it| it.count()).min().unwrap_or(0);
        let mut lanes = Vec::with_capacity(count * stride);
        for row in 0..count as u32 {
            all.iter().for_each(|it| lanes.extend(it.row(row)));
        }
        let rows = Rows::new(lanes, stride, starts);
        for (it, &at) in all.iter_mut().zip(&rows.starts) {
            (it.rows, it.at) = (Arc::clone(&rows), at);
        }
    }

    fn count(&self) -> usize {
        (self.rows.lanes.len() - self.rows.from) / self.rows.stride
    }

    #[inline]
    pub(super) fn rarity(&self, row: u32) -> f32 {
        rarity_of(self.row(row))
    }

    /// The weight of a row for a label, already times its rarity.
    pub(super) fn weight(&self, row: u32, label: usize) -> f32 {
        f32::from(self.row(row)[RARITY_LANES + label]) * self.steps[label]
    }

    #[inline]
    fn row(&self, row: u32) -> &[i8] {
        &self.rows.row(row)[self.at..][..self.stride]
    }

    /// Scores the counted features of `scratch` into its `scores`, one a label, and as many of no label as make the lanes
    /// full.
    pub(super) fn score(&self, scratch: &mut Scratch) {
        if scratch.summed != Some(self.rows.fingerprint) {
            // The same sums on every machine, on one with wide registers in fewer steps.
            let (rows, counts) = (&*self.rows, &self.counts);
            pulp::Arch::new().dispatch(Summing { rows, counts, scratch });
            scratch.summed = Some(rows.fingerprint);
        }
        let Scratch { wide, squares, scores, .. } = scratch;
        let place = self.rows.starts.iter().position(|&start| start == self.at);
        let square = squares[place.expect("its rows know where it begins")];
        let scale = if square > 0.0 { 1.0 / square.sqrt() } else { 0.0 };
        let sums = &wide[self.at + RARITY_LANES..];
        scores.clear();
        let lanes = sums.iter().zip(&self.steps).zip(&self.biases);
        scores.extend(lanes.map(|((sum, step), bias)| sum * step * scale + bias));
        scores.resize(scores.len().next_multiple_of(LANES), f32::NEG_INFINITY);
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for &value in self.steps.iter().chain(&self.biases) {
            write_f32(out, value);
        }
        for row in 0..self.count() as u32 {
            out.extend(self.row(row).iter().map(|w| w.cast_unsigned()));
        }
    }

    pub(super) fn read(
        from: &mut Reader<'_>,
        labels_count: usize,
        rows_count: usize,
    ) -> Result<Self, ModelError> {
        let stride = stride(labels_count);
        let steps = from.finite_f32s(labels_count)?;
        let biases = from.finite_f32s(labels_count)?;
        let bytes = from.take(rows_count.saturating_mul(stride))?;
        let rows = bytes.iter().map(|byte| byte.cast_signed()).collect();
        Ok(Self::of(rows, stride, steps, biases))
    }
}

/// The rarity in the first lanes of a row.
#[inline(always)]
fn rarity_of(row: &[i8]) -> f32 {
    let bytes = [row[0], row[1]].map(i8::cast_unsigned);
    f32::from(i16::from_le_bytes(bytes)) / RARITY_STEPS
}

impl Rows {
    /// With few lanes all sums stay in registers.
    #[inline(always)]
    fn sum_few(&self, counts: &CountWeights, scratch: &mut Scratch) {
        let lanes_of = self.lanes[self.from..].as_chunks::<LANE_GROUP>().0;
        let mut square = 0.0;
        let mut sums = [0f32; LANE_GROUP];
        for &(row, count) in &scratch.rows {
            let (value, lanes) = (counts.weight(count), &lanes_of[row as usize]);
            square += (value * rarity_of(lanes)).powi(2);
            for (sum, &lane) in sums.iter_mut().zip(lanes) {
                *sum += value * f32::from(lane);
            }
        }
        scratch.squares.clear();
        scratch.squares.push(square);
        scratch.wide.clear();
        scratch.wide.extend(sums);
    }

    /// With many lanes the features that stand once, most of them, are first added in 16 bits.
    #[inline(always)]
    fn sum_wide(&self, counts: &CountWeights, scratch: &mut Scratch) {
        let Scratch { rows, once, often, wide, squares, .. } = scratch;
        once.clear();
        often.clear();
        squares.clear();
        for &start in &self.starts {
            let mut square = 0.0;
            for &(row, count) in &*rows {
                square += (counts.weight(count) * rarity_of(&self.row(row)[start..])).powi(2);
            }
            squares.push(square);
        }
        for &(row, count) in &*rows {
            if count == 1 {
                once.push(row);
            } else {
                often.push((row, counts.weight(count)));
            }
        }
        wide.clear();
        wide.resize(self.stride, 0.0);
        for &(row, value) in &*often {
            let lanes = wide.iter_mut().zip(self.row(row));
            lanes.for_each(|(sum, &lane)| *sum += value * f32::from(lane));
        }
        for rows in once.chunks(ROWS_PER_SUM) {
            let rest = self.add_tiles::<160>(rows, wide);
            let rest = self.add_tiles::<64>(rows, rest);
            let rest = self.add_tiles::<32>(rows, rest);
            self.add_tiles::<LANE_GROUP>(rows, rest);
        }
    }

    /// Adds rows to the last sums of all, `N` lanes at a time, which stay in registers; gives the sums that are left.
    #[inline(always)]
    fn add_tiles<'a, const N: usize>(&self, rows: &[u32], sums: &'a mut [f32]) -> &'a mut [f32] {
        let mut at = self.stride - sums.len();
        let (tiles, rest) = sums.as_chunks_mut::<N>();
        for tile in tiles {
            let mut added = [0i16; N];
            for &row in rows {
                let Some(lanes) = self.row(row)[at..].first_chunk::<N>() else { continue };
                added.iter_mut().zip(lanes).for_each(|(sum, &lane)| *sum += i16::from(lane));
            }
            tile.iter_mut().zip(added).for_each(|(sum, added)| *sum += f32::from(added));
            at += N;
        }
        rest
    }
}
