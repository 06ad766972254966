//! Rules for what each folder may know: the arrows of ARCHITECTURE.md, held against paths in the code.

use crate::code::{code_of, in_word, line_of, words};
use crate::tree::{File, assert_none, sources};

/// A path that code in a folder must not name.
struct Ban {
    path: &'static str,
    /// Where it is banned; an empty prefix is everywhere.
    folder: &'static str,
    /// Where it is not, all the same.
    except: &'static [&'static str],
    reason: &'static str,
}

const fn ban(path: &'static str, folder: &'static str, reason: &'static str) -> Ban {
    Ban { path, folder, except: &[], reason }
}

const PURE: &str = "the engine is a function of state, rules, time and command";
const OPAQUE: &str = "the journal knows bytes, not orders";
const ALONE: &str = "the knowledge base has articles of its own";
const SEEDED: &str = "a city is a function of its seed";
const PLAYED: &str =
    "whoever drives a hotline with them knows its edge; they know the engine alone";
const WEB: &[&str] = &[
    "src/http/",
    "src/http.rs",
    "src/webhooks/",
    "src/commands/load",
    "src/commands/knowledge/import",
];
const INDEX: &[&str] = &["knowledge-base/src/"];
const SHEETS: &[&str] = &["src/sheet.rs", "src/sheet/"];

const BANS: [Ban; 31] = [
    ban("tokio", "engine/src/", PURE),
    ban("tantivy", "engine/src/", PURE),
    ban("tracing", "engine/src/", PURE),
    ban("metrics", "engine/src/", PURE),
    ban("rand", "engine/src/", PURE),
    ban("std::fs", "engine/src/", PURE),
    ban("std::net", "engine/src/", PURE),
    ban("std::thread", "engine/src/", PURE),
    ban("std::time", "engine/src/", PURE),
    ban("std::env", "engine/src/", PURE),
    ban("std::process", "engine/src/", PURE),
    ban("hotline_engine", "journal/", OPAQUE),
    ban("hotline_knowledge_base", "journal/", OPAQUE),
    ban("hotline_city", "journal/", OPAQUE),
    ban("hotline_engine", "knowledge-base/", ALONE),
    ban("hotline_journal", "knowledge-base/", ALONE),
    ban("hotline_city", "knowledge-base/", ALONE),
    ban("hotline_journal", "engine/", PURE),
    ban("hotline_knowledge_base", "engine/", PURE),
    ban("hotline", "people/", PLAYED),
    ban("hotline_journal", "people/", PLAYED),
    ban("hotline_city", "people/", PLAYED),
    ban("hotline_knowledge_base", "people/", PLAYED),
    ban("std::time", "people/src/", SEEDED),
    ban("std::thread", "people/src/", SEEDED),
    ban("std::thread", "city/src/", SEEDED),
    ban("hotline_city", "src/", "the city plays around the hotline, which does not know it"),
    Ban { path: "axum", folder: "src/", except: WEB, reason: "HTTP stays in src/http" },
    Ban { path: "hyper", folder: "src/", except: WEB, reason: "HTTP stays in src/http" },
    Ban { path: "maud", folder: "", except: SHEETS, reason: "HTML stays in src/sheet" },
    Ban { path: "tantivy", folder: "", except: INDEX, reason: "tantivy stays behind one door" },
];

impl Ban {
    fn holds_in(&self, path: &str) -> bool {
        path.starts_with(self.folder) && !self.except.iter().any(|except| path.starts_with(except))
    }
}

fn forbidden(file: &File) -> Vec<String> {
    let bans: Vec<&Ban> = BANS.iter().filter(|ban| ban.holds_in(&file.path)).collect();
    if bans.is_empty() {
        return Vec::new();
    }
    let code = code_of(&file.text);
    let mut named = use_paths(&code);
    named.extend(plain_paths(&code));
    let mut faults = Vec::new();
    for (at, path) in named {
        let Some(ban) = bans.iter().find(|ban| within(&path, ban.path)) else { continue };
        let line = line_of(&code, at);
        let fault =
            format!("{}:{line}: `{}` has no place here: {}", file.path, ban.path, ban.reason);
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }
    faults
}

fn within(path: &str, banned: &str) -> bool {
    path.strip_prefix(banned).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Every path that a `use` brings in, braces expanded, with the byte at which the `use` begins.
fn use_paths(code: &str) -> Vec<(usize, String)> {
    let mut paths = Vec::new();
    for (at, _) in words(code).into_iter().filter(|(_, word)| *word == "use") {
        let statement = code[at + "use".len()..].split(';').next().unwrap_or_default();
        let mut expanded = Vec::new();
        expand("", statement, &mut expanded);
        paths.extend(expanded.into_iter().map(|path| (at, path)));
    }
    paths
}

/// Expands one `use` tree; `prefix` ends in `::` or is empty.
fn expand(prefix: &str, tree: &str, paths: &mut Vec<String>) {
    let tree = tree.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((head, inside)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default().trim();
        let path = format!("{prefix}{path}");
        paths.push(path.trim_start_matches("::").trim_end_matches("::self").into());
        return;
    };
    let prefix = format!("{prefix}{}", head.trim());
    let inside = inside.trim_end().strip_suffix('}').unwrap_or(inside);
    let (mut depth, mut from) = (0, 0);
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                expand(&prefix, &inside[from..at], paths);
                from = at + 1;
            }
            _ => {}
        }
    }
    if !inside[from..].trim().is_empty() {
        expand(&prefix, &inside[from..], paths);
    }
}

/// Every path of two parts or more that stands in the code.
fn plain_paths(code: &str) -> Vec<(usize, String)> {
    let mut paths = Vec::new();
    for (at, word) in words(code) {
        let before = code[..at].strip_suffix("::").unwrap_or(&code[..at]);
        let inner = before.len() < at && before.ends_with(|c| in_word(c) || c == '>');
        let rest = &code[at + word.len()..];
        if inner || !rest.starts_with("::") {
            continue;
        }
        let end = rest.find(|c| !in_word(c) && c != ':').unwrap_or(rest.len());
        paths.push((at, format!("{word}{}", rest[..end].trim_end_matches(':'))));
    }
    paths
}

#[test]
fn use_trees_are_expanded() {
    let paths: Vec<String> =
        use_paths("use std::{fmt, fs::{self, File as F}, io::*};\nuse ::tokio;")
            .into_iter()
            .map(|(_, path)| path)
            .collect();
    assert_eq!(paths, ["std::fmt", "std::fs", "std::fs::File", "std::io::*", "tokio"]);
}

#[test]
fn no_folder_names_what_it_must_not_know() {
    for (path, bad) in [
        ("engine/src/a.rs", "use std::{fmt, fs};"),
        ("engine/src/a.rs", "fn now() -> u64 { std::time::Instant::now() }"),
        ("engine/src/a.rs", "fn f() { ::tokio::spawn(g()); }"),
        ("engine/tests/a/main.rs", "use hotline_journal as journal;"),
        ("journal/src/a.rs", "use hotline_engine::Event;"),
        ("knowledge-base/src/a.rs", "use hotline_engine::{article::Article};"),
        ("city/src/a.rs", "use std::thread;"),
        ("people/src/a.rs", "use std::time::Duration;"),
        ("people/src/a.rs", "use hotline::recovery;"),
        ("src/sequencer.rs", "use axum::Router;"),
        ("src/reporting.rs", "use maud::html;"),
        ("tests/knowledge/main.rs", "use tantivy::Index;"),
    ] {
        assert_eq!(forbidden(&File::made_up(path, bad)).len(), 1, "{path}: {bad}");
    }
    for (path, good) in [
        ("engine/src/a.rs", "// use tokio, one might think\nuse std::fmt;"),
        ("engine/src/a.rs", "fn f() { crate::rand::turn(); }"),
        ("src/http/orders.rs", "use axum::Router;"),
        ("src/sheet/chart.rs", "use maud::html;"),
        ("knowledge-base/src/a.rs", "use tantivy::Index;"),
    ] {
        assert_eq!(forbidden(&File::made_up(path, good)), [""; 0], "{path}: {good}");
    }
    assert_none(&sources().iter().flat_map(forbidden).collect::<Vec<_>>());
}
