//! Articles as Markdown pages of a folder: between two lines of `---` what the page is about, then a heading and the answer.
//! Without an id the name of the file is one; without a title the first heading is.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use hotline_engine::decide::ARTICLES_MAX;

use super::tables::source;
use super::{Listed, Mistakes, checked, day_in};
use crate::cli::Wrong;
use crate::commands::out;
use crate::district::{ArticleLine, DistrictError, read_text};

/// Folders within folders: deeper than anybody sorts pages.
const DEPTH_MAX: usize = 8;
/// What stands before and behind what a page is about.
const FENCE: &str = "---";
/// What a page may say about itself.
const KEYS: [&str; 11] = [
    "id",
    "title",
    "matter",
    "unit",
    "valid_from",
    "valid_to",
    "source",
    "source_number",
    "source_link",
    "review_on",
    "body",
];

/// Every page of a folder and of those in it, by name.
pub(super) fn read(folder: &Path, mistakes: &mut Mistakes) -> anyhow::Result<Vec<Listed>> {
    let mut paths = Vec::new();
    collect(folder, 0, &mut paths)?;
    ensure!(!paths.is_empty(), Wrong(format!("{}: has no .md files", folder.display())));
    let mut articles = Vec::new();
    for path in &paths {
        articles.extend(page(path, folder, mistakes)?);
    }
    Ok(articles)
}

fn collect(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let name = folder.display();
    ensure!(depth < DEPTH_MAX, Wrong(format!("{name}: lies more than {DEPTH_MAX} folders deep")));
    let entries = fs::read_dir(folder).with_context(|| format!("{name}: cannot be read"))?;
    let mut inside = Vec::new();
    for entry in entries {
        inside.push(entry.with_context(|| format!("{name}: cannot be read"))?);
    }
    inside.sort_by_key(fs::DirEntry::file_name);
    for entry in inside {
        // A link is not followed: it could lead back.
        let kind = entry.file_type().with_context(|| format!("{name}: cannot be read"))?;
        let path = entry.path();
        if kind.is_dir() {
            collect(&path, depth + 1, paths)?;
        } else if kind.is_file() && path.extension().is_some_and(|it| it.eq_ignore_ascii_case("md"))
        {
            let full = paths.len() as u64 >= ARTICLES_MAX;
            ensure!(!full, Wrong(format!("{name}: more than {ARTICLES_MAX} pages")));
            paths.push(path);
        }
    }
    Ok(())
}

/// One page, if it has no mistakes; its place is told from the folder on.
pub(super) fn page(
    path: &Path,
    folder: &Path,
    mistakes: &mut Mistakes,
) -> anyhow::Result<Option<Listed>> {
    let place = path.strip_prefix(folder).ok().filter(|rest| !rest.as_os_str().is_empty());
    let place = place.unwrap_or(path).display().to_string();
    let text = match read_text(path, &place) {
        Ok(text) => text,
        Err(error @ DistrictError::Read { .. }) => return Err(error.into()),
        Err(mistake) => {
            mistakes.add(mistake.to_string());
            return Ok(None);
        }
    };
    let (mut line, rest) = about(&place, &text, mistakes);
    if line.id.is_empty() {
        line.id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    }
    let rest = rest.trim();
    let (first, behind) = rest.split_once('\n').unwrap_or((rest, ""));
    let heading = first.strip_prefix("# ").map(str::trim);
    let is_title = |heading: &str| line.title.is_empty() || line.title.trim() == heading;
    let heading = heading.filter(|heading| is_title(heading));
    let body = heading.map_or(rest, |_| behind).trim();
    if line.title.is_empty() {
        line.title = heading.unwrap_or_default().to_owned();
    }
    if line.body.is_empty() {
        line.body = body.to_owned();
    } else if !body.is_empty() {
        mistakes.add(format!("{place}: body stands twice, once below"));
    }
    Ok(Some(checked(&place, line, mistakes)))
}

/// What a page says about itself, and the rest.
fn about<'a>(place: &str, text: &'a str, mistakes: &mut Mistakes) -> (ArticleLine, &'a str) {
    let (said, rest) = said(place, text, mistakes);
    let text =
        |name: &str| said.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value);
    let word = |name: &str| Some(text(name).to_owned()).filter(|word| !word.is_empty());
    let mut day = |name| day_in(place, name, text(name), mistakes);
    let [valid_from, valid_to, review_on] = ["valid_from", "valid_to", "review_on"].map(&mut day);
    let line = ArticleLine {
        id: text("id").to_owned(),
        title: text("title").to_owned(),
        body: text("body").to_owned(),
        matter: word("matter"),
        unit: word("unit"),
        valid_from,
        valid_to,
        source: source(place, word("source"), word("source_number"), word("source_link"), mistakes),
        review_on,
    };
    (line, rest)
}

/// Keys and values between the two fences, each key once, and what stands behind them.
fn said<'a>(
    place: &str,
    text: &'a str,
    mistakes: &mut Mistakes,
) -> (Vec<(&'a str, String)>, &'a str) {
    let mut said: Vec<(&str, String)> = Vec::new();
    if text.lines().next().is_none_or(|first| first.trim() != FENCE) {
        return (said, text);
    }
    let mut at = text.find('\n').map_or(text.len(), |at| at + 1);
    for (number, line) in (2..).zip(text[at..].split_inclusive('\n')) {
        at += line.len();
        if line.trim() == FENCE {
            return (said, &text[at..]);
        }
        let Some((key, value)) = line.split_once(':') else {
            if !line.trim().is_empty() {
                mistakes.add(format!("{place} line {number}: is not `key: value`"));
            }
            continue;
        };
        let key = key.trim();
        if !KEYS.contains(&key) {
            let known = KEYS.join(", ");
            mistakes.add(format!("{place} line {number}: {key} is none of {known}"));
        } else if said.iter().any(|(other, _)| *other == key) {
            mistakes.add(format!("{place} line {number}: {key} stands twice"));
        } else {
            said.push((key, unquoted(value.trim())));
        }
    }
    mistakes.add(format!("{place}: no line `{FENCE}` ends what the page is about"));
    (said, "")
}

/// A value without the pair of quotes around the whole of it, if there is one; quotes within it are its own.
fn unquoted(value: &str) -> String {
    let inside = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    // People write quotes inside as they are; the exporter writes them, and line breaks, as JSON does.
    let inside = inside.map(|inside| serde_json::from_str(value).unwrap_or(inside.to_owned()));
    inside.unwrap_or_else(|| value.to_owned())
}

/// A value so that [`unquoted`] gives it back.
fn quoted(value: String) -> String {
    let is_plain =
        value.trim() == value && !value.starts_with('"') && !value.chars().any(char::is_control);
    if is_plain { value } else { serde_json::Value::from(value).to_string() }
}

/// A page an article, which [`read`] reads back; the folder must not be there, or be empty.
pub(super) fn write(folder: &Path, lines: &[ArticleLine]) -> anyhow::Result<()> {
    let name = folder.display();
    out::prove(folder)?;
    fs::create_dir_all(folder).map_err(|error| out::unwritten(folder, error))?;
    let mut inside = fs::read_dir(folder).with_context(|| format!("{name}: cannot be read"))?;
    ensure!(inside.next().is_none(), Wrong(format!("{name}: is not empty")));
    for (number, line) in (1..).zip(lines) {
        // An id may have letters that no file name has; the name that stands for it has a dot, which no id's own name has.
        let plain = line.id.chars().all(|c| c.is_alphanumeric() || "-_".contains(c));
        let stem = if plain { line.id.clone() } else { format!("article.{number}") };
        let path = folder.join(format!("{stem}.md"));
        out::write(&path, written(line).as_bytes())?;
    }
    Ok(())
}

fn written(line: &ArticleLine) -> String {
    let day = |day: Option<hotline_engine::time::Day>| day.map(|day| day.to_string());
    let source = line.source.as_ref();
    let about = [
        ("id", Some(line.id.clone())),
        ("title", Some(line.title.clone())),
        ("matter", line.matter.clone()),
        ("unit", line.unit.clone()),
        ("valid_from", day(line.valid_from)),
        ("valid_to", day(line.valid_to)),
        ("source", source.map(|source| source.document.clone())),
        ("source_number", source.and_then(|source| source.number.clone())),
        ("source_link", source.and_then(|source| source.link.clone())),
        ("review_on", day(line.review_on)),
    ];
    let ArticleLine { title, body, .. } = line;
    // Below, nobody sees blanks at its ends.
    let is_below = body.trim() == body;
    let above = ("body", (!is_below).then(|| body.clone()));
    let said = about.into_iter().chain([above]).filter_map(|(key, value)| Some((key, value?)));
    let said: String = said.map(|(key, value)| format!("{key}: {}\n", quoted(value))).collect();
    let below = if is_below { body } else { "" };
    format!("{FENCE}\n{said}{FENCE}\n# {title}\n\n{below}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_as_it_was_written_and_only_a_pair_around_it_is_taken_off() {
        for value in [
            "",
            "他说\"好\"",
            "\"好\"",
            "\"开头引",
            "结尾引\"",
            "\"",
            "\"\"",
            " 前后 ",
            "一\n二",
            "\\n",
            "\"\\",
        ] {
            assert_eq!(unquoted(quoted(value.to_owned()).trim()), value);
        }
        let by_hand = [
            ("他说\"好\"", "他说\"好\""),
            ("\"开头引", "\"开头引"),
            ("\"整个\"", "整个"),
            ("\"他说\"好\"的\"", "他说\"好\"的"),
        ];
        for (written, wanted) in by_hand {
            assert_eq!(unquoted(written), wanted);
        }
    }
}
