//! Reads a district's JSONL files: articles and labelled orders. Checks that what they name is listed elsewhere.

use std::collections::BTreeMap;

use hotline_engine::article::{Article, ArticleDraft};
use hotline_engine::directory::Level;
use hotline_engine::draft::{DirectoryDraft, UnitDraft};
use serde::de::DeserializeOwned;

use super::articles::ArticleLine;
use super::error::{DistrictError, Fault, ShapeFault};
use super::{
    ARTICLES, EXERCISES, Exercise, LabelledOrder, MATTERS, ORDERS, REGIONS, RegionShape, UNITS,
};

/// Reads each line that is not blank, with its number.
fn for_each_line<T: DeserializeOwned>(
    file: &str,
    text: &str,
    mut take: impl FnMut(u64, T) -> Result<(), DistrictError>,
) -> Result<(), DistrictError> {
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        take(line, entry(file, line, text)?)?;
    }
    Ok(())
}

fn entry<T: DeserializeOwned>(file: &str, line: u64, text: &str) -> Result<T, DistrictError> {
    let failed = |source| DistrictError::Json { file: file.to_owned(), line, source };
    let json = || serde_json::Deserializer::from_str(text);
    // A list of values in the order of the fields would be read as well: an order that nobody promised.
    if !text.trim_start().starts_with('{') {
        serde_path_to_error::deserialize::<_, Fields>(&mut json()).map_err(failed)?;
    }
    serde_path_to_error::deserialize(&mut json()).map_err(failed)
}

/// Articles of a file with their lines, without asking whether their matters and units exist.
///
/// # Errors
/// [`DistrictError`] names the line and the field of the first mistake.
pub fn articles(file: &str, text: &str) -> Result<Vec<(u64, ArticleDraft)>, DistrictError> {
    let mut mistakes = Vec::new();
    let articles = articles_and_mistakes(file, text, |mistake| mistakes.push(mistake));
    match mistakes.into_iter().next() {
        None => Ok(articles),
        Some(first) => Err(first),
    }
}

/// Mistakes of one line that are told: more than an article has fields.
const FAULTS_MAX: usize = 20;
/// Fields that every article has.
const NEEDED: [&str; 3] = ["id", "title", "body"];

type Fields = serde_json::Map<String, serde_json::Value>;

/// What the fields of a line say that can be read, and what is wrong with each of the others; none of it if it is no line of fields.
fn readable(
    file: &str,
    line: u64,
    text: &str,
) -> Result<(ArticleLine, Vec<DistrictError>), DistrictError> {
    let first = match entry(file, line, text) {
        Ok(article) => return Ok((article, Vec::new())),
        Err(mistake) => mistake,
    };
    let Ok(fields) = serde_json::from_str::<Fields>(text) else { return Err(first) };
    let read = |fields: Fields| {
        let read = serde_path_to_error::deserialize(serde_json::Value::Object(fields));
        read.map_err(|source| DistrictError::Json { file: file.to_owned(), line, source })
    };
    let blank = || Fields::from_iter(NEEDED.map(|name| (name.to_owned(), "".into())));
    let (mut good, mut mistakes) = (blank(), Vec::new());
    for name in NEEDED.into_iter().filter(|name| !fields.contains_key(*name)) {
        let others = blank().into_iter().filter(|(other, _)| other != name);
        mistakes.extend(read(others.collect()).err());
    }
    for (name, value) in fields {
        let mut alone = blank();
        alone.insert(name.clone(), value.clone());
        match read(alone) {
            Ok(_) => drop(good.insert(name, value)),
            Err(mistake) => mistakes.push(mistake),
        }
        if mistakes.len() == FAULTS_MAX {
            break;
        }
    }
    // Each field can be read, but not all of them together: one that stands twice.
    if mistakes.is_empty() {
        mistakes.push(first);
    }
    Ok((read(good)?, mistakes))
}

/// The articles of a file with their lines, as far as they can be read; every mistake is told.
pub fn articles_and_mistakes(
    file: &str,
    text: &str,
    mut tell: impl FnMut(DistrictError),
) -> Vec<(u64, ArticleDraft)> {
    let mut articles = Vec::new();
    let mut lines = BTreeMap::new();
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        let (article, unread) = match readable(file, line, text) {
            Ok(read) => read,
            Err(mistake) => {
                tell(mistake);
                continue;
            }
        };
        // What could not be read is empty in the article.
        let is_unread = |field: &str| unread.iter().any(|mistake| mistake.is_of(field));
        let twice = lines.get(&article.id).filter(|_| !is_unread("id")).map(|&first| {
            let value = article.id.clone();
            ("id", Fault::Twice { value, first })
        });
        let faults = twice.into_iter().chain(article.faults());
        let faults = faults.filter(|(field, _)| !is_unread(field)).map(|(field, fault)| {
            DistrictError::Field { file: file.to_owned(), line, field, fault }
        });
        let faults: Vec<DistrictError> = faults.collect();
        lines.entry(article.id.clone()).or_insert(line);
        unread.into_iter().chain(faults).for_each(&mut tell);
        articles.push((line, article.into()));
    }
    articles
}

/// What a directory lists, for look-ups.
pub(super) struct Listed<'a> {
    matters: Vec<&'a str>,
    units: BTreeMap<&'a str, &'a UnitDraft>,
}

impl<'a> Listed<'a> {
    pub(super) fn of(draft: &'a DirectoryDraft) -> Listed<'a> {
        let mut matters: Vec<&str> = draft.matters.iter().map(String::as_str).collect();
        matters.sort_unstable();
        Listed { matters, units: draft.units.iter().map(|unit| (&*unit.code, unit)).collect() }
    }

    fn matter(&self, path: &str) -> Result<(), Fault> {
        let listed = self.matters.binary_search(&path).is_ok();
        listed.then_some(()).ok_or_else(|| unlisted(path, MATTERS))
    }

    fn unit(&self, code: &str) -> Result<&UnitDraft, Fault> {
        self.units.get(code).copied().ok_or_else(|| unlisted(code, UNITS))
    }

    fn place(&self, code: &str) -> Result<(), Fault> {
        match self.unit(code)?.level {
            Level::Department => Err(Fault::NoPlace { value: code.to_owned() }),
            Level::Street | Level::Town | Level::Village | Level::Community => Ok(()),
        }
    }

    /// Refuses borders of what is no region.
    pub(super) fn regions(&self, shapes: &[RegionShape]) -> Result<(), DistrictError> {
        for (feature, shape) in (1..).zip(shapes) {
            self.place(&shape.unit).map_err(|_| {
                let fault = ShapeFault::NoRegion { unit: shape.unit.clone() };
                DistrictError::Shape { file: REGIONS, feature, fault }
            })?;
        }
        Ok(())
    }

    /// The articles of a district, whose matters and units must exist.
    pub(super) fn articles(&self, text: &str) -> Result<Vec<ArticleDraft>, DistrictError> {
        let mut listed = Vec::new();
        for (line, draft) in articles(ARTICLES, text)? {
            let wrong = |field| {
                move |fault| DistrictError::Field { file: ARTICLES.to_owned(), line, field, fault }
            };
            let Article { matter, unit, .. } = &draft.article;
            matter.as_deref().map_or(Ok(()), |it| self.matter(it)).map_err(wrong("matter"))?;
            unit.as_deref().map_or(Ok(()), |it| self.unit(it).map(drop)).map_err(wrong("unit"))?;
            listed.push(draft);
        }
        Ok(listed)
    }

    /// Texts to learn from, whose matters must exist.
    pub(super) fn exercises(&self, text: &str) -> Result<Vec<Exercise>, DistrictError> {
        let mut exercises = Vec::new();
        for_each_line(EXERCISES, text, |line, exercise: Exercise| {
            let wrong = |field, fault| DistrictError::Field {
                file: EXERCISES.to_owned(),
                line,
                field,
                fault,
            };
            if exercise.content.trim().is_empty() {
                return Err(wrong("content", Fault::Empty));
            }
            self.matter(&exercise.matter).map_err(|fault| wrong("matter", fault))?;
            exercises.push(exercise);
            Ok(())
        })?;
        Ok(exercises)
    }

    /// Labelled orders, whose matters and units must exist.
    pub(super) fn orders(&self, text: &str) -> Result<Vec<LabelledOrder>, DistrictError> {
        let mut orders = Vec::new();
        for_each_line(ORDERS, text, |line, order: LabelledOrder| {
            let wrong = |field| {
                move |fault| DistrictError::Field { file: ORDERS.to_owned(), line, field, fault }
            };
            if order.content.trim().is_empty() {
                return Err(wrong("content")(Fault::Empty));
            }
            self.matter(&order.matter).map_err(wrong("matter"))?;
            self.unit(&order.lead).map_err(wrong("lead"))?;
            order.place.as_deref().map_or(Ok(()), |it| self.place(it)).map_err(wrong("place"))?;
            orders.push(order);
            Ok(())
        })?;
        Ok(orders)
    }
}

fn unlisted(value: &str, listed_in: &'static str) -> Fault {
    Fault::Unlisted { value: value.to_owned(), listed_in }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> DirectoryDraft {
        let unit = |code: &str, level| UnitDraft {
            code: code.to_owned(),
            name: code.to_owned(),
            level,
            parent: None,
        };
        DirectoryDraft {
            units: vec![unit("housing", Level::Department), unit("jinxia", Level::Street)],
            matters: vec!["住房/物业".to_owned()],
            ..DirectoryDraft::default()
        }
    }

    fn refusal(text: &str) -> String {
        let draft = draft();
        Listed::of(&draft).orders(text).expect_err("the line has a mistake").to_string()
    }

    const ORDER: &str = r#"{"id":"1","title":"停水","content":"停水三天","kind":"help","matter":"住房/物业","lead":"housing","place":"jinxia","urgency":"normal","tags":[],"held_apart":false}"#;

    #[test]
    fn an_order_is_read() {
        let draft = draft();
        let orders = Listed::of(&draft).orders(ORDER).expect("the line is right");
        assert_eq!(orders[0].kind.code(), "help");
    }

    #[test]
    fn mistakes_are_named_with_line_and_field() {
        let second = |from: &str, to: &str| format!("{ORDER}\n\n{}\n", ORDER.replace(from, to));
        let cases = [
            (
                "\"住房/物业\"",
                "\"住房/水\"",
                "orders.jsonl line 3: matter `住房/水` is not in matters.csv",
            ),
            (
                "\"lead\":\"housing\"",
                "\"lead\":\"house\"",
                "orders.jsonl line 3: lead `house` is not in units.csv",
            ),
            (
                "\"jinxia\"",
                "\"housing\"",
                "orders.jsonl line 3: place `housing` is a department, not a place",
            ),
            ("停水三天", " ", "orders.jsonl line 3: content is empty"),
        ];
        for (from, to, wanted) in cases {
            assert_eq!(refusal(&second(from, to)), wanted);
        }
        let kind = refusal(&second("\"help\"", "\"ask\""));
        assert!(kind.starts_with("orders.jsonl line 3: kind: unknown variant `ask`"), "{kind}");
    }

    #[test]
    fn a_list_of_values_is_no_article() {
        let line = r#"["a","t","b",null,null,null,null,null,null]"#;
        let error = articles("a.jsonl", line).expect_err("nobody promised an order of fields");
        let said = error.to_string();
        assert!(
            said.starts_with("a.jsonl line 1: invalid type: sequence, expected a map"),
            "{said}"
        );
    }

    #[test]
    fn an_article_that_would_never_answer_is_named() {
        let line = r#"{"id":"a","title":"t","body":"b","matter":null,"unit":null,
            "valid_from":"2026-02-01","valid_to":"2026-01-31"}"#;
        let error = articles("a.jsonl", &line.replace('\n', "")).expect_err("never answers");
        assert_eq!(error.to_string(), "a.jsonl line 1: valid_to lies before valid_from");
    }

    #[test]
    fn every_mistake_of_a_line_is_named() {
        let line = r#"{"id":5,"body":" ","unit":"housing","valid_to":"x","source":{"number":"1"},"foo":1,"review_on":"2026-02-30"}"#;
        let mut told = Vec::new();
        let read = articles_and_mistakes("a.jsonl", line, |mistake| told.push(mistake));
        for field in ["id", "title", "body", "valid_to", "source", "foo", "review_on"] {
            let of = told.iter().filter(|it| it.is_of(field)).count();
            assert_eq!(of, 1, "{field}: {told:?}");
        }
        assert_eq!(told.len(), 7, "{told:?}");
        assert_eq!(read[0].1.article.unit.as_deref(), Some("housing"), "the others are read");
        let mut told = Vec::new();
        articles_and_mistakes("a.jsonl", "[1]", |mistake| told.push(mistake.to_string()));
        assert_eq!(told.len(), 1, "{told:?}");
    }

    #[test]
    fn an_article_listed_twice_is_named() {
        let line = r#"{"id":"a","title":"t","body":"b","matter":null,"unit":null}"#;
        let error = articles("a.jsonl", &format!("{line}\n{line}\n")).expect_err("listed twice");
        assert_eq!(error.to_string(), "a.jsonl line 2: id `a` is listed twice, first in line 1");
    }
}
