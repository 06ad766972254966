//! A simulated hotline that learns from what becomes of its dispatches, beside the same one that does not: the curve of
//! first-dispatch success over 20,000 orders, from 500 labelled ones on.
//!
//! `cargo run --release --example learning-curve -- FILE --label matter`; without a file the sample district's orders.
//!
//! Texts are fewer than orders, so each is streamed again in every pass, in another order. That it comes again must not
//! help: texts are in five folds, by how they begin, and for each fold there is a learner of its own, which is never taught a
//! text of that fold and dispatches all of them. So every order, at every time, is dispatched by a model that has seen neither its
//! text nor one that begins alike. A text that was taught once teaches nothing more.
//!
//! The dispatcher of the simulation knows the true unit. An order that the model is too unsure of goes to him, and teaches
//! at once; one that was dispatched wrongly is returned with a suggested unit, and teaches then; one that was dispatched rightly
//! teaches when it is closed. Candidates are trained aside, judged on a split by time and on the orders since, and promoted
//! only where McNemar's exact test finds them better.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Parser;
use hotline::district::District;
use hotline_engine::classifier::evaluation::fold_of;
use hotline_engine::classifier::{Document, Example, Model, Scratch, TrainError, TrainOptions};
use hotline_engine::learning::{Alike, Paired};
use hotline_engine::text::{Normalised, Normaliser, Sketch};
use rayon::prelude::*;

/// Learners, each blind to its own fold.
const FOLDS: u32 = 5;
/// Orders in a row of the table, and between two looks at the candidates.
const BLOCK: usize = 1_000;
/// Orders later that a unit returns an order, and that one is closed.
const RETURNED_AFTER: usize = 100;
const CLOSED_AFTER: usize = 400;
/// Of the lessons that the serving model has not learnt from, the newest in so many are for the test.
const TESTED_OF: usize = 3;
/// New lessons for which a candidate is trained anew.
const WORTH_LEARNING: usize = 100;

/// What is simulated.
#[derive(Parser, Debug)]
struct Args {
    /// Labelled texts in JSONL with title (optional), content and the label
    file: Option<PathBuf>,
    /// The field that says where an order belongs
    #[arg(long, default_value = "matter")]
    label: String,
    /// Labelled texts at the start
    #[arg(long, default_value_t = 500)]
    start: usize,
    /// Orders in all
    #[arg(long, default_value_t = 20_000)]
    orders: usize,
    /// Below this confidence a dispatcher decides
    #[arg(long, default_value_t = 0.7)]
    confidence_min: f32,
    /// Of chance
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// A text and where it belongs.
#[derive(Debug)]
struct Text {
    title: String,
    content: String,
    label: u16,
    fold: u32,
    sketch: Option<Sketch>,
}

/// Everything that does not change.
struct World {
    normaliser: Normaliser,
    texts: Vec<Text>,
    labels: Vec<String>,
    seed: u64,
}

/// A text that taught a learner, and when, counted in orders.
#[derive(Clone, Copy, Debug)]
struct Taught {
    text: usize,
    accepted: usize,
    known: usize,
}

/// A candidate on probation.
struct Candidate {
    model: Model,
    /// Lessons that it learnt.
    learnt: usize,
    trained: usize,
    split: Paired,
    live: Paired,
    judged: BTreeSet<usize>,
}

/// A hotline without the texts of one fold.
struct Learner {
    serving: Model,
    /// Lessons that the serving model learnt.
    served: usize,
    lessons: Vec<Taught>,
    known: BTreeSet<usize>,
    coming: Vec<Taught>,
    candidate: Option<Candidate>,
    promotions: Vec<String>,
}

/// How orders went.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    orders: u32,
    /// Dispatched by the model.
    auto: u32,
    auto_right: u32,
    /// The model's first choice was right, whether it was dispatched by or not.
    first_right: u32,
}

impl Counts {
    fn count(&mut self, is_auto: bool, is_right: bool) {
        self.orders += 1;
        self.auto += u32::from(is_auto);
        self.auto_right += u32::from(is_auto && is_right);
        self.first_right += u32::from(is_right);
    }

    fn line(&self) -> String {
        let share = |part: u32, of: u32| f64::from(part) / f64::from(of.max(1));
        let (first, auto) = (share(self.first_right, self.orders), share(self.auto, self.orders));
        format!("{first:7.3} {auto:7.3} {:7.3}", share(self.auto_right, self.auto))
    }
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let world = World::read(&args)?;
    if world.texts.len() <= args.start {
        bail!("{} texts are too few to start with {}", world.texts.len(), args.start);
    }
    let passes = passes(world.texts.len(), args.start + args.orders, args.seed);
    let (start, stream) = passes.split_at(args.start);
    let learners: Result<Vec<Learner>, TrainError> =
        (0..FOLDS).into_par_iter().map(|fold| Learner::new(&world, fold, start)).collect();
    let mut learners = learners?;
    let fixed: Vec<Model> = learners.iter().map(|learner| learner.serving.clone()).collect();
    let mut seen = Alike::new();
    start.iter().for_each(|&text| world.remember(&mut seen, text));
    head(&args, &world);
    for (block, orders) in stream.chunks(BLOCK).enumerate() {
        let first = block * BLOCK;
        let news: Vec<bool> = orders
            .iter()
            .map(|&text| {
                let is_new = !seen
                    .has_one_like(&world.texts[text].content, world.texts[text].sketch.as_ref());
                world.remember(&mut seen, text);
                is_new
            })
            .collect();
        let counted: Result<Vec<Block>, TrainError> = learners
            .par_iter_mut()
            .zip(&fixed)
            .enumerate()
            .map(|(fold, (learner, fixed))| {
                learner.work(&world, fold as u32, first, orders, &news, fixed, args.confidence_min)
            })
            .collect();
        row(first + orders.len(), &counted?);
    }
    for (fold, learner) in learners.iter().enumerate() {
        println!("learner {fold}: {}", learner.promotions.join("; "));
    }
    Ok(())
}

/// A block of orders with and without learning: all, and those unlike any before.
#[derive(Clone, Copy, Debug, Default)]
struct Block {
    learning: Counts,
    fixed: Counts,
    new_learning: Counts,
    new_fixed: Counts,
}

fn head(args: &Args, world: &World) {
    println!(
        "{} texts, {} labels, {} at the start, confidence_min {}, seed {}; {FOLDS} learners, each blind to the fold it dispatches",
        world.texts.len(),
        world.labels.len(),
        args.start,
        args.confidence_min,
        args.seed
    );
    println!(
        "per {BLOCK} orders: right if all were dispatched by the first choice; share dispatched automatically; right among those"
    );
    println!(
        "{:>6} | {:^23} | {:^23} | unlike any before: orders, right with and without",
        "orders", "learning", "without learning"
    );
}

fn row(orders: usize, blocks: &[Block]) {
    let sum = |of: fn(&Block) -> Counts| {
        blocks.iter().map(of).fold(Counts::default(), |a, b| Counts {
            orders: a.orders + b.orders,
            auto: a.auto + b.auto,
            auto_right: a.auto_right + b.auto_right,
            first_right: a.first_right + b.first_right,
        })
    };
    let (learning, fixed) = (sum(|b| b.learning), sum(|b| b.fixed));
    let (new, new_fixed) = (sum(|b| b.new_learning), sum(|b| b.new_fixed));
    let share = |counts: Counts| f64::from(counts.first_right) / f64::from(counts.orders.max(1));
    let apart = if new.orders == 0 {
        "-".to_owned()
    } else {
        format!("{:4} {:7.3} {:7.3}", new.orders, share(new), share(new_fixed))
    };
    println!("{orders:6} | {} | {} | {apart}", learning.line(), fixed.line());
}

/// Numbers of texts, each once a pass, every pass in another order.
fn passes(texts: usize, orders: usize, seed: u64) -> Vec<usize> {
    let mut state = seed;
    // SplitMix64: the same everywhere.
    let mut draw = move |below: usize| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ z >> 31) % below as u64) as usize
    };
    let mut all = Vec::with_capacity(orders + texts);
    while all.len() < orders {
        let mut pass: Vec<usize> = (0..texts).collect();
        (1..texts).rev().for_each(|at| pass.swap(at, draw(at + 1)));
        all.extend(pass);
    }
    all.truncate(orders);
    all
}

impl World {
    fn read(args: &Args) -> anyhow::Result<World> {
        let rows = match &args.file {
            Some(file) => rows_of(file, &args.label)?,
            None => {
                println!(
                    "no file was named: the sample district's own orders, which are made up, by the unit that leads them"
                );
                let orders = District::sample()?.orders;
                orders.into_iter().map(|order| (order.title, order.content, order.lead)).collect()
            }
        };
        let labels: BTreeSet<&String> = rows.iter().map(|(_, _, label)| label).collect();
        let labels: Vec<String> = labels.into_iter().cloned().collect();
        let numbers: BTreeMap<&String, u16> = labels.iter().zip(0..).collect();
        let normaliser = Normaliser::new();
        let (mut title_buffer, mut body_buffer) = (Normalised::new(), Normalised::new());
        let texts = rows
            .iter()
            .map(|(title, content, label)| {
                normaliser.normalise(title, &mut title_buffer);
                normaliser.normalise(content, &mut body_buffer);
                Text {
                    label: numbers[label],
                    fold: fold_of(content, FOLDS),
                    sketch: Sketch::of(&[title_buffer.text(), body_buffer.text()]),
                    title: title.clone(),
                    content: content.clone(),
                }
            })
            .collect();
        Ok(World { normaliser, texts, labels, seed: args.seed })
    }

    fn remember(&self, alike: &mut Alike, text: usize) {
        let text = &self.texts[text];
        alike.add(&text.content, text.sketch.as_ref());
    }

    fn train(&self, texts: impl Iterator<Item = usize>) -> Result<Model, TrainError> {
        let example = |text: usize| {
            let Text { title, content, label, .. } = &self.texts[text];
            Example { title, body: content, label: *label, weight: 1.0 }
        };
        let examples: Vec<Example<'_>> = texts.map(example).collect();
        let options = TrainOptions { seed: self.seed, ..TrainOptions::default() };
        Model::train(&self.normaliser, &examples, self.labels.clone(), &options)
    }

    /// Which unit, and how sure.
    fn predict(&self, model: &Model, text: usize, buffers: &mut Buffers) -> (u16, f32) {
        let Buffers { title, body, scratch } = buffers;
        self.normaliser.normalise(&self.texts[text].title, title);
        self.normaliser.normalise(&self.texts[text].content, body);
        let first = model.predict(Document::whole(title, body), scratch).first();
        (first.label, first.probability)
    }

    fn is_right(&self, model: &Model, text: usize, buffers: &mut Buffers) -> bool {
        self.predict(model, text, buffers).0 == self.texts[text].label
    }
}

/// Reused by one thread.
#[derive(Default)]
struct Buffers {
    title: Normalised,
    body: Normalised,
    scratch: Scratch,
}

fn rows_of(file: &PathBuf, label: &str) -> anyhow::Result<Vec<(String, String, String)>> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let mut rows = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let row: serde_json::Value = serde_json::from_str(line)
            .with_context(|| format!("{} line {number}", file.display()))?;
        let field = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let (content, known) = (field("content"), field(label));
        if known.is_empty() || content.is_empty() {
            bail!("{} line {number}: `content` or `{label}` is missing", file.display());
        }
        rows.push((field("title"), content, known));
    }
    Ok(rows)
}

impl Learner {
    fn new(world: &World, fold: u32, start: &[usize]) -> Result<Learner, TrainError> {
        let own = start.iter().copied().filter(|&text| world.texts[text].fold != fold);
        let lessons: Vec<Taught> = own.map(|text| Taught { text, accepted: 0, known: 0 }).collect();
        let serving = world.train(lessons.iter().map(|it| it.text))?;
        let known = lessons.iter().map(|it| it.text).collect();
        let (served, promotions) = (lessons.len(), Vec::new());
        Ok(Learner {
            serving,
            served,
            lessons,
            known,
            coming: Vec::new(),
            candidate: None,
            promotions,
        })
    }

    /// A block of orders: its own fold is dispatched and counted, the others are dispatched and teach.
    #[expect(clippy::too_many_arguments, reason = "the world, the orders and how they are judged")]
    fn work(
        &mut self,
        world: &World,
        fold: u32,
        first: usize,
        orders: &[usize],
        news: &[bool],
        fixed: &Model,
        confidence_min: f32,
    ) -> Result<Block, TrainError> {
        let (mut block, mut buffers) = (Block::default(), Buffers::default());
        for ((&text, &is_new), now) in orders.iter().zip(news).zip(first..) {
            let own = world.texts[text].fold == fold;
            if !own && self.known.contains(&text) {
                continue;
            }
            let (label, confidence) = world.predict(&self.serving, text, &mut buffers);
            let (is_auto, is_right) =
                (confidence >= confidence_min, label == world.texts[text].label);
            if own {
                let (label, confidence) = world.predict(fixed, text, &mut buffers);
                let without = (confidence >= confidence_min, label == world.texts[text].label);
                block.learning.count(is_auto, is_right);
                block.fixed.count(without.0, without.1);
                if is_new {
                    block.new_learning.count(is_auto, is_right);
                    block.new_fixed.count(without.0, without.1);
                }
                self.judge(world, text, is_right, &mut buffers);
                continue;
            }
            let after = match (is_auto, is_right) {
                (false, _) => 0,
                (true, false) => RETURNED_AFTER,
                (true, true) => CLOSED_AFTER,
            };
            self.known.insert(text);
            self.coming.push(Taught { text, accepted: now, known: now + after });
        }
        self.look(world, first + orders.len(), &mut buffers)?;
        Ok(block)
    }

    /// The candidate beside the serving model, on a text it has not been judged on before.
    fn judge(&mut self, world: &World, text: usize, serving_right: bool, buffers: &mut Buffers) {
        let Some(candidate) = &mut self.candidate else { return };
        if candidate.judged.insert(text) {
            let right = world.is_right(&candidate.model, text, buffers);
            candidate.live.count(right, serving_right);
        }
    }

    /// Promotes a candidate that has proved better; trains another where there is enough to learn.
    fn look(&mut self, world: &World, now: usize, buffers: &mut Buffers) -> Result<(), TrainError> {
        let (known, coming) = self.coming.drain(..).partition(|it| it.known < now);
        self.coming = coming;
        self.lessons.extend::<Vec<Taught>>(known);
        let proved = |it: &Candidate| {
            it.split.plus(it.live).is_better()
                && it.live.candidate_right() >= it.live.serving_right()
        };
        if let Some(candidate) = self.candidate.take_if(|it| proved(it)) {
            let Candidate { model, learnt, trained, split, live, .. } = candidate;
            let chance = split.plus(live).chance();
            self.promotions
                .push(format!("at {now} the one of {trained} ({learnt} lessons, p = {chance:.4})"));
            (self.serving, self.served) = (model, learnt);
        }
        let learnt = self.candidate.as_ref().map_or(self.served, |candidate| candidate.learnt);
        if self.lessons.len() < learnt + WORTH_LEARNING {
            return Ok(());
        }
        let split = self.split(world, buffers)?;
        let model = world.train(self.lessons.iter().map(|it| it.text))?;
        let (learnt, live, judged) = (self.lessons.len(), Paired::default(), BTreeSet::new());
        self.candidate = Some(Candidate { model, learnt, trained: now, split, live, judged });
        Ok(())
    }

    /// A sibling that knows what was known before the newest third, judged there.
    fn split(&self, world: &World, buffers: &mut Buffers) -> Result<Paired, TrainError> {
        let mut new: Vec<Taught> = self.lessons[self.served..].to_vec();
        new.sort_by_key(|it| it.accepted);
        let from = new[new.len() - new.len() / TESTED_OF].accepted;
        let older =
            || self.lessons[..self.served].iter().chain(new.iter().filter(|it| it.known < from));
        let sibling = world.train(older().map(|it| it.text))?;
        let (mut seen, mut paired) = (Alike::new(), Paired::default());
        let before = self.lessons.iter().filter(|it| it.accepted < from);
        before.for_each(|it| world.remember(&mut seen, it.text));
        for it in new.iter().filter(|it| it.accepted >= from) {
            let text = &world.texts[it.text];
            if !seen.has_one_like(&text.content, text.sketch.as_ref()) {
                let candidate = world.is_right(&sibling, it.text, buffers);
                paired.count(candidate, world.is_right(&self.serving, it.text, buffers));
            }
            world.remember(&mut seen, it.text);
        }
        Ok(paired)
    }
}
