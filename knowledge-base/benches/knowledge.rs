//! What a search costs and what it is worth, beside SQLite FTS5 (trigram) and PostgreSQL (tsvector of pairs) on the same articles and
//! questions. `cargo bench -p hotline-knowledge-base --bench knowledge -- [ARTICLES] [DATA] [PART...]`, where a part is one of
//! `searches`, `agreement`, `changes`, `sqlite` and `postgres`; all of them unless told otherwise.
//!
//! Each question is asked several times: the time of a question is the middle one, so that what else the machine does is not taken
//! for a slow question; beside it stand the times of all askings.
//! DATA is a folder with `official-replies/` and `citizen-messages/`; without it (and without `../shared/data`) the articles of the
//! sample district are taken, and their titles and bodies are the questions. A peer that is not installed is left out, and why is
//! printed. Times of the peers are their own (`.timer`, `\timing`), without starting a process.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]
#![expect(clippy::disallowed_methods, reason = "a bench reads files and a clock")]

mod peers;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hotline_knowledge_base::{Article, Day, Reader, SearchOptions, Writer, open};
use serde_json::Value;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Articles unless told otherwise: a large city's.
const ARTICLES: usize = 13_600;
const LINE_CHARACTERS: usize = 30;
/// How often each question is asked.
const ROUNDS: usize = 5;
/// Questions to each peer, whose searches take milliseconds.
const PEER_QUESTIONS: usize = 200;
/// Questions to tantivy, which takes a tenth of a second for a story among as many articles as a large city's.
const RECORD_QUESTIONS: usize = 50;
/// Searches a second while articles change.
const SEARCHES_PER_SECOND: u32 = 1_000;
const CHANGING: Duration = Duration::from_secs(10);
const SAMPLE: &str = include_str!("../../examples/longhu/articles.jsonl");

/// A question as a line and as a story, and the id of its right article.
pub(crate) struct Question {
    pub(crate) line: String,
    pub(crate) story: String,
    pub(crate) right: String,
}

/// What is searched, and what is asked.
pub(crate) struct Load {
    pub(crate) articles: Vec<Article>,
    pub(crate) questions: Vec<Question>,
}

fn main() {
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let count = args.next().map_or(ARTICLES, |count| count.parse().unwrap());
    let data = args.next().map_or_else(|| PathBuf::from("../../shared/data"), PathBuf::from);
    let load = if data.is_dir() {
        real(&data, count)
    } else {
        println!("no {}: the sample district's articles are taken", data.display());
        sample()
    };
    let characters: usize = load.articles.iter().map(|one| one.body.chars().count()).sum();
    let mean = characters / load.articles.len();
    println!(
        "{} articles of {mean} characters, {} questions",
        load.articles.len(),
        load.questions.len()
    );

    let parts: Vec<String> = args.collect();
    let wants = |part: &str| parts.is_empty() || parts.iter().any(|named| named == part);
    let (mut writer, reader) = filled(&load);
    if wants("searches") {
        searches(&reader, &load);
    }
    if wants("agreement") {
        agreement(&writer, &reader, &load);
    }
    if wants("changes") {
        changes(&mut writer, &reader, &load);
    }
    if wants("sqlite") {
        peers::sqlite(&load);
    }
    if wants("postgres") {
        peers::postgres(&load);
    }
}

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

/// Replies first, for their questions are known; then messages; then halves of two of these joined, until there are enough.
fn real(data: &Path, count: usize) -> Load {
    let mut texts = Vec::new();
    for reply in lines(&data.join("official-replies/documents.jsonl")) {
        texts.push((reply["doc"].to_string(), "答复".to_owned(), text(&reply, "text")));
    }
    for (at, message) in lines(&data.join("citizen-messages/messages.jsonl")).iter().enumerate() {
        texts.push((format!("m{at}"), text(message, "title"), text(message, "content")));
    }
    let own = texts.len();
    for at in own..count {
        let (one, other) = (&texts[at * 7_919 % own].2, &texts[(at * 104_729 + at / own) % own].2);
        let half = |text: &str| text.chars().count() / 2;
        let joined = one.chars().take(half(one)).chain(other.chars().skip(half(other))).collect();
        texts.push((format!("j{at}"), texts[at % own].1.clone(), joined));
    }
    texts.truncate(count);
    let filled = |title: String| if title.trim().is_empty() { "无题".to_owned() } else { title };
    let articles = texts.into_iter().map(|(id, title, body)| {
        let title: String = filled(title).chars().take(200).collect();
        Article::new(id, title, body.chars().take(20_000).collect::<String>())
    });
    let questions = lines(&data.join("official-replies/queries.jsonl")).into_iter().map(|query| {
        let topic = text(&query, "topic");
        Question {
            line: topic.chars().take(LINE_CHARACTERS).collect(),
            story: format!("{topic} {}", text(&query, "detail")),
            right: query["relevant"].to_string(),
        }
    });
    Load {
        articles: articles.filter(|one| one.check().is_ok()).collect(),
        questions: questions.collect(),
    }
}

fn sample() -> Load {
    let rows: Vec<Value> = SAMPLE.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let articles: Vec<Article> = rows
        .iter()
        .map(|row| Article::new(text(row, "id"), text(row, "title"), text(row, "body")))
        .collect();
    let question = |article: &Article| Question {
        line: article.title.chars().take(LINE_CHARACTERS).collect(),
        story: format!("{} {}", article.title, article.body),
        right: article.id.clone(),
    };
    let questions = articles.iter().map(question).collect();
    Load { articles, questions }
}

fn filled(load: &Load) -> (Writer, Reader) {
    let (mut writer, reader) = open().unwrap();
    let began = Instant::now();
    for article in &load.articles {
        writer.put(article.clone()).unwrap();
    }
    writer.commit().unwrap();
    let rate = |took: Duration| load.articles.len() as f64 / took.as_secs_f64();
    println!("indexed and searchable: {:.0} articles/s", rate(began.elapsed()));
    writer.settle().unwrap();
    println!("in the index of record too: {:.0} articles/s", rate(began.elapsed()));
    (writer, reader)
}

/// p50 and p99, in µs.
pub(crate) fn told(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let micros = |percent: usize| times[(times.len() - 1) * percent / 100].as_nanos() as f64 / 1e3;
    format!("p50 {:.1} µs, p99 {:.1} µs", micros(50), micros(99))
}

/// Share of the questions whose right article is among the first ten, and the mean of 1 ÷ its rank.
pub(crate) fn worth(ranks: &[Option<usize>]) -> String {
    let all = ranks.len() as f64;
    let found = ranks.iter().flatten().filter(|rank| **rank <= 10);
    let mrr: f64 = found.clone().map(|rank| 1.0 / *rank as f64).sum();
    format!("recall@10 {:.3}, MRR@10 {:.3}", found.count() as f64 / all, mrr / all)
}

fn searches(reader: &Reader, load: &Load) {
    let options = SearchOptions::on(Day(0));
    type Said = fn(&Question) -> &str;
    let kinds: [(&str, Said); 2] = [("line", |one| &one.line), ("story", |one| &one.story)];
    for (name, said) in kinds {
        let asked = load.questions.len();
        let (mut ranked, mut shown) = (vec![Vec::new(); asked], vec![Vec::new(); asked]);
        let mut ranks = vec![None; asked];
        for round in 0..=ROUNDS {
            for (at, question) in load.questions.iter().enumerate() {
                let began = Instant::now();
                let hits = black_box(reader.rank(said(question), &options));
                let took = began.elapsed();
                let began = Instant::now();
                black_box(reader.search(said(question), &options).unwrap());
                // The first round only wakes the caches.
                if round > 0 {
                    ranked[at].push(took);
                    shown[at].push(began.elapsed());
                    let right = hits.iter().position(|hit| hit.id == question.right);
                    ranks[at] = right.map(|at| at + 1);
                }
            }
        }
        println!("{name}: search and rank {}; {}", each(&ranked), worth(&ranks));
        println!("{name}: with snippets and highlights {}", each(&shown));
    }
}

/// The middle time of each question, and in brackets all times.
fn each(times: &[Vec<Duration>]) -> String {
    let middle = |times: &Vec<Duration>| {
        let mut times = times.clone();
        times.sort_unstable();
        times[times.len() / 2]
    };
    let middles = told(times.iter().map(middle).collect());
    format!("{middles} (all askings {})", told(times.concat()))
}

fn agreement(writer: &Writer, reader: &Reader, load: &Load) {
    writer.settle().unwrap();
    type Said = fn(&Question) -> &str;
    let kinds: [(&str, Said); 2] = [("lines", |one| &one.line), ("stories", |one| &one.story)];
    for (name, said) in kinds {
        let (mut shared, mut all, mut times) = (0, 0, Vec::new());
        for question in load.questions.iter().take(RECORD_QUESTIONS) {
            let began = Instant::now();
            let record = reader.bm25_of_record(said(question), 10).unwrap();
            times.push(began.elapsed());
            let own = reader.bm25(said(question), 10);
            all += record.len();
            shared += record.iter().filter(|hit| own.iter().any(|one| one.id == hit.id)).count();
        }
        let share = shared as f64 / all as f64;
        println!("{name}: overlap@10 with tantivy's own BM25 {share:.4}; tantivy {}", told(times));
    }
}

/// One article at a time, each looked for until it is found, while others search at a steady rate.
fn changes(writer: &mut Writer, reader: &Reader, load: &Load) {
    let alone = steady(reader, load, &AtomicBool::new(false));
    println!("searches at {SEARCHES_PER_SECOND}/s alone: {}", told(alone));
    let done = AtomicBool::new(false);
    let options = SearchOptions::on(Day(0));
    let (mut visible, mut during) = (Vec::new(), Vec::new());
    std::thread::scope(|scope| {
        let searching = scope.spawn(|| steady(reader, load, &done));
        let began = Instant::now();
        for number in 0.. {
            if began.elapsed() >= CHANGING {
                break;
            }
            // A syllable of Korean, that no other article has.
            let rare = char::from_u32(0xAC00 + number as u32 % 11_000).unwrap();
            let mark = format!("{rare}{rare}");
            let old = &load.articles[number * 37 % load.articles.len()];
            let mut body: String = old.body.chars().take(19_000).collect();
            body.push_str(&mark);
            let changing = Instant::now();
            writer.put(Article::new(&old.id, &old.title, body)).unwrap();
            writer.commit().unwrap();
            assert_eq!(reader.rank(&mark, &options)[0].id, old.id, "found at once");
            visible.push(changing.elapsed());
            std::thread::sleep(Duration::from_millis(20));
        }
        done.store(true, Ordering::Relaxed);
        during = searching.join().unwrap();
    });
    println!("{} changes searchable after {}", visible.len(), told(visible));
    println!("searches at {SEARCHES_PER_SECOND}/s meanwhile: {}", told(during));
}

fn steady(reader: &Reader, load: &Load, done: &AtomicBool) -> Vec<Duration> {
    let options = SearchOptions::on(Day(0));
    let (began, mut times) = (Instant::now(), Vec::new());
    for number in 0.. {
        let due = Duration::from_secs(1) / SEARCHES_PER_SECOND * number;
        if due > CHANGING * 2
            || done.load(Ordering::Relaxed)
            || (due > CHANGING && times.len() > SEARCHES_PER_SECOND as usize * 9)
        {
            break;
        }
        std::thread::sleep(due.saturating_sub(began.elapsed()));
        let question = &load.questions[number as usize % load.questions.len()];
        let asked = Instant::now();
        black_box(reader.search(&question.line, &options).unwrap());
        times.push(asked.elapsed());
    }
    times
}
