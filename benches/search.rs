//! How long a search takes, short and long, and how long a commit: on articles made of random syllables with Zipf-like frequencies.
//! The text means nothing, so answers are not judged here.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use hotline_knowledge_base::{Article, Day, Reader, SearchOptions, Writer, open};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ARTICLES: usize = 10_000;
const BODY_CHARACTERS: usize = 450;
const WORDS: u64 = 8_000;

/// A small seeded generator (splitmix64), so that every run has the same text.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A word of two characters; small numbers come far more often.
    fn word(&mut self) -> [char; 2] {
        let unit = (self.roll() >> 11) as f64 / (1u64 << 53) as f64;
        let rank = ((WORDS as f64).powf(unit)) as u64;
        let mut letters = Dice(rank);
        [(); 2].map(|()| char::from_u32(0x4E00 + (letters.roll() % 2_500) as u32).unwrap_or('一'))
    }

    fn text(&mut self, characters: usize) -> String {
        let mut text = String::new();
        for number in 0..characters / 2 {
            text.extend(self.word());
            if number % 8 == 7 {
                text.push('，');
            }
        }
        text
    }

    fn article(&mut self, number: usize) -> Article {
        Article::new(format!("a{number}"), self.text(16), self.text(BODY_CHARACTERS))
    }
}

fn filled(dice: &mut Dice) -> (Writer, Reader) {
    let (mut writer, reader) = open().expect("an index in memory opens");
    for number in 0..ARTICLES {
        writer.put(dice.article(number)).expect("generated articles keep the bounds");
    }
    writer.commit().expect("an index in memory commits");
    (writer, reader)
}

fn knowledge(criterion: &mut Criterion) {
    let mut dice = Dice(12_345);
    let (mut writer, reader) = filled(&mut dice);
    let options = SearchOptions::on(Day(20_000));
    for (name, characters) in
        [("search, title of 20 characters", 20), ("search, story of 400 characters", 400)]
    {
        criterion.bench_function(name, |bencher| {
            bencher.iter_batched(
                || dice.text(characters),
                |question| black_box(reader.search(&question, &options).expect("reads")),
                BatchSize::SmallInput,
            );
        });
    }
    let mut group = criterion.benchmark_group("commit");
    group.sample_size(20);
    group.bench_function("one article among 10,000", |bencher| {
        bencher.iter_batched(
            || dice.article(7),
            |article| {
                writer.put(article).expect("keeps the bounds");
                writer.commit().expect("commits");
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, knowledge);
criterion_main!(benches);
