//! Normalising and classifying self-made texts of 250 characters: 7 labels and 250. Speed only; the texts
//! say nothing about quality.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hotline_engine::classifier::{Document, Example, Model, Scratch, TrainOptions};
use hotline_engine::text::{Normalised, Normaliser};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TEXTS: usize = 1_000;
const CHARACTERS: usize = 250;
/// Common characters to draw from, the first more often than the last.
const ALPHABET: &str = "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而\
过天去能对小多然于心学么之都好看起发当没成只如事把还用第样道想作种开美总从无情己面最女但现前些所同日手又行意动方期它头经长儿\
回位分爱老因很给名法间斯知世什两次使身者被高已亲其进此话常与活正感见明问力理尔点文几定本公特做外孩相西果走将月十实向声车全信\
重三机工物气每并别真打太新比才便夫再书部水像眼等体却加电主界门利海受听表德少克代员许先口由死安写性马光白或住难望教命花结乐色";

/// Texts of 250 drawn characters; each label prefers a word of its own.
fn texts(labels_count: usize) -> Vec<(String, u16)> {
    let alphabet: Vec<char> = ALPHABET.chars().filter(|c| !c.is_whitespace()).collect();
    let mut random = 42u64;
    let mut draw = |below: usize| {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below
    };
    let mut text = |i: usize| {
        let label = i % labels_count;
        let mut text = String::new();
        for at in 0..CHARACTERS {
            let reach = draw(alphabet.len()) + 1;
            match at % 40 {
                0 => text.push('，'),
                10 => text.push(alphabet[label % alphabet.len()]),
                11 => text.push(alphabet[label * 7 % alphabet.len()]),
                _ => text.push(alphabet[draw(reach)]),
            }
        }
        (text, label as u16)
    };
    (0..TEXTS).map(&mut text).collect()
}

fn model(normaliser: &Normaliser, texts: &[(String, u16)], labels_count: usize) -> Model {
    let examples: Vec<Example<'_>> = texts
        .iter()
        .map(|(body, label)| Example { title: "", body, label: *label, weight: 1.0 })
        .collect();
    let labels = (0..labels_count).map(|i| i.to_string()).collect();
    let options = TrainOptions { inner_folds: 0, ..TrainOptions::default() };
    match Model::train(normaliser, &examples, labels, &options) {
        Ok(model) => model,
        Err(error) => panic!("{error}"),
    }
}

fn classify(criterion: &mut Criterion) {
    let normaliser = Normaliser::new();
    let mut group = criterion.benchmark_group("classify");
    group.throughput(Throughput::Elements(TEXTS as u64)).sample_size(20);
    let (title, mut body) = (Normalised::new(), Normalised::new());
    let some = texts(7);
    group.bench_function("normalise", |b| {
        b.iter(|| {
            for (text, _) in &some {
                normaliser.normalise(black_box(text), &mut body);
            }
        });
    });
    for labels_count in [7, 250] {
        let texts = texts(labels_count);
        let model = model(&normaliser, &texts, labels_count);
        let mut scratch = Scratch::new();
        group.bench_function(format!("normalise and predict, {labels_count} labels"), |b| {
            b.iter(|| {
                for (text, _) in &texts {
                    normaliser.normalise(black_box(text), &mut body);
                    let document = Document::whole(&title, &body);
                    black_box(model.predict(document, &mut scratch));
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, classify);
criterion_main!(benches);
