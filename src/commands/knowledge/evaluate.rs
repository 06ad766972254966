//! `hotline knowledge evaluate`: asks questions whose right article is known, and says how far up it came. Searches a knowledge base
//! of its own, as the hotline would.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use hotline_knowledge_base::evaluation::{Evaluation, rank_of};
use hotline_knowledge_base::{Article, Day, Reader, SearchOptions, open};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cli::{Wrong, say};
use crate::district::read_text;

/// The title of a document that has none. All bear the same, so that it decides nothing.
const UNTITLED: &str = "答复";
/// Characters of a quotation that counts as a quoted title.
const QUOTED_CHARACTERS: std::ops::RangeInclusive<usize> = 4..=80;
const OPENING: [char; 3] = ['“', '"', '《'];
const CLOSING: [char; 3] = ['”', '"', '》'];

/// Options of `knowledge evaluate`.
#[derive(Args, Debug)]
pub struct EvaluateArgs {
    /// Documents: JSONL with doc, text and, where there are some, title, matter and unit
    documents: PathBuf,
    /// Questions: JSONL with id, topic, detail and relevant, the doc of the right answer. Where they have the matter that a
    /// classifier found, or `here`, the codes of the units of their place, the figures without these are printed too
    queries: PathBuf,
    /// First take from the documents what stands in “”, "" or 《》 (4 to 80 characters), and, from the answer of a question, its topic
    /// where it stands word by word
    #[arg(long)]
    strip_titles: bool,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Deserialize)]
struct Document {
    doc: Value,
    text: String,
    title: Option<String>,
    matter: Option<String>,
    unit: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Query {
    topic: String,
    detail: String,
    relevant: Value,
    matter: Option<String>,
    #[serde(default)]
    here: Vec<String>,
}

impl Query {
    fn is_boosted(&self) -> bool {
        self.matter.is_some() || !self.here.is_empty()
    }
}

pub(super) fn run(args: &EvaluateArgs) -> anyhow::Result<()> {
    let mut documents: Vec<Document> = lines(&args.documents)?;
    let queries: Vec<Query> = lines(&args.queries)?;
    check(args, &documents, &queries)?;
    if args.strip_titles {
        strip_titles(&mut documents, &queries);
    }
    let began = Instant::now();
    let reader = filled(&args.documents, documents)?;
    let filled_in = began.elapsed();
    let (ranks, mut times) = ask(&reader, &queries, boosted)?;
    times.sort_unstable();
    let evaluation = Evaluation::of(&ranks);
    let is_boosted = queries.iter().any(Query::is_boosted);
    let without = is_boosted.then(|| ask(&reader, &queries, plain)).transpose()?;
    let without = without.map(|(ranks, _)| Evaluation::of(&ranks));
    let latency = json!({
        "p50_us": micros(&times, 50), "p99_us": micros(&times, 99),
        "mean_us": times.iter().sum::<Duration>().as_micros() as f64 / times.len().max(1) as f64,
    });
    if args.json {
        let mut printed = measures(&evaluation);
        printed["queries"] = evaluation.questions_count.into();
        printed["strip_titles"] = args.strip_titles.into();
        printed["latency"] = latency;
        printed["filled_seconds"] = filled_in.as_secs_f64().into();
        if let Some(without) = without {
            printed["without_matter_and_place"] = measures(&without);
        }
        say(&printed.to_string())?;
    } else {
        say(&format!("{} questions, filled in {filled_in:.2?}", evaluation.questions_count))?;
        print(&evaluation)?;
        say(&format!("latency p50 {} µs  p99 {} µs", latency["p50_us"], latency["p99_us"]))?;
        if let Some(without) = without {
            say("without the matter and the place of the questions:")?;
            print(&without)?;
        }
    }
    Ok(())
}

fn measures(evaluation: &Evaluation) -> Value {
    let Evaluation { mrr10, recall1, recall5, recall10, ndcg10, .. } = evaluation;
    json!({
        "mrr10": mrr10, "recall1": recall1, "recall5": recall5, "recall10": recall10,
        "ndcg10": ndcg10,
    })
}

fn print(evaluation: &Evaluation) -> io::Result<()> {
    let Evaluation { mrr10, recall1, recall5, recall10, ndcg10, .. } = evaluation;
    say(&format!("mrr10 {mrr10:.4}  ndcg10 {ndcg10:.4}"))?;
    say(&format!("recall1 {recall1:.4}  recall5 {recall5:.4}  recall10 {recall10:.4}"))
}

fn lines<T: for<'de> Deserialize<'de>>(path: &Path) -> anyhow::Result<Vec<T>> {
    let name = path.display().to_string();
    let text = read_text(path, &name)?;
    let filled = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let parsed = filled.map(|(number, line)| {
        serde_json::from_str(line)
            .map_err(|error| Wrong(format!("{name} line {number}: {error}")).into())
    });
    parsed.collect()
}

/// Every document stands once, and every right answer is a document.
fn check(args: &EvaluateArgs, documents: &[Document], queries: &[Query]) -> Result<(), Wrong> {
    let mut known = BTreeSet::new();
    for document in documents {
        if !known.insert(id(&document.doc)) {
            let name = args.documents.display();
            return Err(Wrong(format!("{name}: doc {} is listed twice", document.doc)));
        }
    }
    let name = args.queries.display();
    if queries.is_empty() {
        return Err(Wrong(format!("{name}: holds no question")));
    }
    match (1..).zip(queries).find(|(_, query)| !known.contains(&id(&query.relevant))) {
        Some((number, query)) => {
            let relevant = &query.relevant;
            Err(Wrong(format!("{name} question {number}: relevant {relevant} is no document")))
        }
        None => Ok(()),
    }
}

/// An id may be a number or a word.
fn id(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn filled(path: &Path, documents: Vec<Document>) -> anyhow::Result<Reader> {
    let (mut writer, reader) = open()?;
    for document in documents {
        // Of some documents nothing is left without their quotations: nobody can find them.
        if !document.text.trim().is_empty() {
            let title = document.title.as_deref().unwrap_or(UNTITLED);
            let Document { doc, text, matter, unit, .. } = &document;
            let article = Article::new(id(doc), title, text);
            let put = writer.put(Article { matter: matter.clone(), unit: unit.clone(), ..article });
            put.map_err(|error| Wrong(format!("{}: doc {doc}: {error}", path.display())))?;
        }
    }
    writer.commit()?;
    Ok(reader)
}

/// How a question is asked without what a classifier found.
fn plain<'a>(query: &'a Query, _here: &'a [&'a str]) -> SearchOptions<'a> {
    SearchOptions { heading: Some(&query.topic), ..SearchOptions::on(Day(0)) }
}

/// And with it.
fn boosted<'a>(query: &'a Query, here: &'a [&'a str]) -> SearchOptions<'a> {
    SearchOptions { matter: query.matter.as_deref(), here, ..plain(query, here) }
}

fn ask(
    reader: &Reader,
    queries: &[Query],
    options: impl for<'a> Fn(&'a Query, &'a [&'a str]) -> SearchOptions<'a>,
) -> anyhow::Result<(Vec<Option<usize>>, Vec<Duration>)> {
    let (mut ranks, mut times) = (Vec::new(), Vec::new());
    for query in queries {
        let question = format!("{} {}", query.topic, query.detail);
        let here: Vec<&str> = query.here.iter().map(String::as_str).collect();
        let options = options(query, &here);
        let asked = Instant::now();
        let answers = reader.search(&question, &options)?;
        times.push(asked.elapsed());
        ranks.push(rank_of(&id(&query.relevant), &answers));
    }
    Ok((ranks, times))
}

fn micros(ascending: &[Duration], percent: usize) -> f64 {
    let at = ascending.len().saturating_sub(1) * percent / 100;
    ascending.get(at).map_or(0.0, |time| time.as_nanos() as f64 / 1e3)
}

fn strip_titles(documents: &mut [Document], queries: &[Query]) {
    let mut topics: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for query in queries {
        let topic = query.topic.trim();
        if topic.chars().count() >= *QUOTED_CHARACTERS.start() {
            topics.entry(id(&query.relevant)).or_default().push(topic);
        }
    }
    for document in documents {
        document.text = without_quoted(&document.text);
        for topic in topics.get(&id(&document.doc)).into_iter().flatten() {
            document.text = document.text.replace(topic, "");
        }
    }
}

/// The text without what stands between an opening and the next closing mark, if it is as long as a title.
fn without_quoted(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(OPENING) {
        let width = |at: usize| rest[at..].chars().next().map_or(0, char::len_utf8);
        let inner = start + width(start);
        // No further than a title reaches.
        let mut near = rest[inner..].char_indices().take(QUOTED_CHARACTERS.end() + 1).enumerate();
        let end = near.find(|(_, (_, mark))| CLOSING.contains(mark));
        let quoted = end.filter(|(count, _)| QUOTED_CHARACTERS.contains(count));
        let quoted = quoted.map(|(_, (end, _))| inner + end);
        kept.push_str(&rest[..if quoted.is_some() { start } else { inner }]);
        rest = &rest[quoted.map_or(inner, |end| end + width(end))..];
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotations_as_long_as_a_title_are_taken_out_with_their_marks() {
        assert_eq!(without_quoted("反映“小区停水三天”的来信"), "反映的来信");
        assert_eq!(without_quoted("《停水》“路灯\"和\"不亮\"了"), "《停水》“路灯\"和\"不亮\"了");
        assert_eq!(
            without_quoted(&format!("“{}”", "长".repeat(81))),
            format!("“{}”", "长".repeat(81))
        );
        assert_eq!(without_quoted("没有结尾的《引文"), "没有结尾的《引文");
        assert_eq!(without_quoted(&format!("“{}”", "长".repeat(80))), "");
        assert_eq!(without_quoted("“一二三”"), "“一二三”");
    }
}
