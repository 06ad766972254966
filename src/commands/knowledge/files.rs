//! Articles out of files and into them: JSONL, CSV, XLSX workbooks, and folders of Markdown pages. All mistakes are told with their
//! file, place and field, before anything is taken.

mod mistakes;
mod pages;
mod tables;

use std::collections::BTreeMap;
use std::path::Path;

use hotline_engine::article::ArticleDraft;
use hotline_engine::time::Day;

pub(super) use self::mistakes::Mistakes;
use crate::cli::Wrong;
use crate::commands::out;
use crate::district::{ArticleLine, articles_and_mistakes, read_text};

/// An article and where it stands, such as `line 3`.
pub(super) type Listed = (String, ArticleDraft);

/// Reads a file by its ending, or a folder of pages: all of it, or nothing and every mistake in it.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<Listed>> {
    let (articles, mistakes) = read_and_mistakes(path)?;
    mistakes.none()?;
    Ok(articles)
}

/// The same, where somebody else may find more mistakes: articles that have some are listed too, as far as they could be read.
pub(super) fn read_and_mistakes(path: &Path) -> anyhow::Result<(Vec<Listed>, Mistakes)> {
    let mut mistakes = Mistakes::default();
    let articles = if path.is_dir() {
        pages::read(path, &mut mistakes)?
    } else {
        match ending(path).as_deref() {
            Some("csv" | "xlsx") => tables::read(path, &mut mistakes)?,
            Some("md") => pages::page(path, path, &mut mistakes)?.into_iter().collect(),
            _ => lines(path, &mut mistakes)?,
        }
    };
    listed_once(&articles, &mut mistakes);
    Ok((articles, mistakes))
}

fn lines(path: &Path, mistakes: &mut Mistakes) -> anyhow::Result<Vec<Listed>> {
    let name = path.display().to_string();
    let text = read_text(path, &name)?;
    let place = |line: u64| format!("{name} line {line}");
    let lines = articles_and_mistakes(&name, &text, |mistake| {
        if let (Some(line), Some(field)) = (mistake.line(), mistake.field()) {
            mistakes.note(&place(line), &field);
        }
        mistakes.add(mistake.to_string());
    });
    Ok(lines.into_iter().map(|(line, draft)| (place(line), draft)).collect())
}

/// Writes articles by the ending of a file: CSV, JSONL, or Markdown pages into a folder.
pub(super) fn write(path: &Path, articles: &[ArticleDraft]) -> anyhow::Result<()> {
    let lines: Vec<ArticleLine> = articles.iter().map(ArticleLine::from).collect();
    match ending(path).as_deref() {
        None => pages::write(path, &lines),
        Some("csv") => out::write(path, &tables::csv(&lines)?),
        Some("jsonl") => out::write(path, &jsonl(&lines)?),
        Some(other) => {
            let what =
                format!("{}: `.{other}` is none of .jsonl, .csv and a folder", path.display());
            Err(Wrong(what).into())
        }
    }
}

pub(super) fn jsonl(lines: &[ArticleLine]) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut bytes, line)?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

fn ending(path: &Path) -> Option<String> {
    path.extension().map(|it| it.to_string_lossy().to_lowercase())
}

/// What a table or a page says, its mistakes told.
fn checked(place: &str, line: ArticleLine, mistakes: &mut Mistakes) -> Listed {
    for (field, fault) in line.faults() {
        mistakes.add_of(place, field, &fault.to_string());
    }
    (place.to_owned(), line.into())
}

fn listed_once(articles: &[Listed], mistakes: &mut Mistakes) {
    let mut places: BTreeMap<&str, &str> = BTreeMap::new();
    for (place, draft) in articles {
        let id = &draft.article.id;
        if mistakes.has(place, "id") {
            continue;
        }
        match places.get(id.as_str()) {
            Some(first) => {
                mistakes.add(format!("{place}: id `{id}` is listed twice, first in {first}"));
            }
            None => drop(places.insert(id, place)),
        }
    }
}

/// A day as people write it: 2026-02-13, 2026/2/13, 2026.2.13 or 2026年2月13日.
fn day(text: &str) -> Option<Day> {
    let parts: Vec<&str> = text
        .split(['-', '/', '.', '年', '月', '日'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    let [year, month, day] = parts[..] else { return None };
    Day::parse_in_reach(&format!("{year}-{month:0>2}-{day:0>2}")).ok()
}

/// A day in a field that may be empty.
fn day_in(place: &str, field: &str, text: &str, mistakes: &mut Mistakes) -> Option<Day> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let found = day(text);
    if found.is_none() {
        mistakes.add_of(place, field, &format!("`{text}` is not a date such as 2026-02-13"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_people_write_them() {
        let wanted = Day::parse("2026-02-03").ok();
        for text in ["2026-02-03", "2026/2/3", "2026.2.3", "2026年2月3日"] {
            assert_eq!(day(text), wanted, "{text}");
        }
        for text in ["2026-02-30", "2月3日", "1926-02-03", "明天"] {
            assert_eq!(day(text), None, "{text}");
        }
    }
}
