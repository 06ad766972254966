//! Measures the answers on questions with known articles. Prints figures; keeps nothing.
//!
//! `cargo run --release --example measure_answers -- documents.jsonl queries.jsonl [without-quoted]`: a document is a line with
//! `doc` and `text`, a query one with `topic`, `detail` and `relevant` (a `doc`). `without-quoted` first takes from the documents
//! whatever stands in quotation marks, so that a reply cannot be found by the title it quotes.
#![expect(clippy::disallowed_methods, reason = "a program that measures reads files and a clock")]

use std::time::{Duration, Instant};

use hotline_knowledge_base::evaluation::{Evaluation, rank_of};
use hotline_knowledge_base::{Article, Day, SearchOptions, open};
use serde_json::Value;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [documents, queries, rest @ ..] = arguments.as_slice() else {
        return Err("say documents.jsonl and queries.jsonl".into());
    };
    let strip = rest.first().is_some_and(|word| word == "without-quoted");
    let began = Instant::now();
    let (mut writer, reader) = open()?;
    for document in lines(documents)? {
        let text = document["text"].as_str().ok_or("a document without text")?;
        let body = if strip { without_quoted(text) } else { text.to_owned() };
        // All replies bear one title, so that titles decide nothing here.
        writer.put(Article::new(document["doc"].to_string(), "答复", body))?;
    }
    writer.commit()?;
    println!("{} articles in {:.2?}", writer.articles_count(), began.elapsed());

    let queries = lines(queries)?;
    for whole in [true, false] {
        let (mut ranks, mut times) = (Vec::new(), Vec::new());
        for query in &queries {
            let topic = query["topic"].as_str().ok_or("a query without topic")?;
            let detail = query["detail"].as_str().ok_or("a query without detail")?;
            let question = if whole { format!("{topic} {detail}") } else { topic.to_owned() };
            let asked = Instant::now();
            let answers = reader.search(&question, &SearchOptions::on(Day(0)))?;
            times.push(asked.elapsed());
            ranks.push(rank_of(&query["relevant"].to_string(), &answers));
        }
        println!("{}", if whole { "topic and detail" } else { "topic only" });
        println!("  {:.4?}", Evaluation::of(&ranks));
        times.sort_unstable();
        println!("  p50 {:.0?}, p99 {:.0?}", percentile(&times, 50), percentile(&times, 99));
    }
    Ok(())
}

fn percentile(times: &[Duration], percent: usize) -> Duration {
    times[(times.len() - 1) * percent / 100]
}

fn lines(path: &str) -> Result<Vec<Value>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

/// Takes out what stands between quotation marks, if it is 4 to 80 characters long.
fn without_quoted(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(['“', '"', '《']) {
        let inner = start + rest[start..].chars().next().map_or(0, char::len_utf8);
        let end = rest[inner..].find(['”', '"', '》']).map(|end| inner + end);
        let quoted = end.filter(|end| (4..=80).contains(&rest[inner..*end].chars().count()));
        kept.push_str(&rest[..if quoted.is_some() { start } else { inner }]);
        rest = match quoted {
            Some(end) => &rest[end + rest[end..].chars().next().map_or(0, char::len_utf8)..],
            None => &rest[inner..],
        };
    }
    kept + rest
}
