//! Rules for one source file: it says what it is for, bears the name of what it holds, is short, and is finished.

use crate::code::{code_of, line_of, words};
use crate::tree::{File, assert_none, sources};

/// Lines before the tests in the file: what one can read in one sitting.
const FILE_LINES_MAX: usize = 500;
/// Names that say nothing of what is inside.
const DRAWERS: [&str; 19] = [
    "common",
    "data",
    "dto",
    "dtos",
    "helper",
    "helpers",
    "info",
    "manager",
    "managers",
    "misc",
    "models",
    "object",
    "objects",
    "processor",
    "shared",
    "type",
    "types",
    "util",
    "utils",
];
/// Macros that mean "not yet" or "only while I looked".
const UNFINISHED: [&str; 3] = ["todo", "unimplemented", "dbg"];

fn heading(file: &File) -> Vec<String> {
    if file.text.starts_with("//!") {
        return Vec::new();
    }
    vec![format!("{}: open with `//!` and say what the file is for", file.path)]
}

fn file_name(file: &File) -> Vec<String> {
    let stems = file.path.split('/').map(|part| part.trim_end_matches(".rs"));
    stems
        .filter(|stem| DRAWERS.contains(stem))
        .map(|stem| format!("{}: `{stem}` is a drawer; name it after what it holds", file.path))
        .collect()
}

fn length(file: &File) -> Vec<String> {
    let lines = file.text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
    if lines <= FILE_LINES_MAX {
        return Vec::new();
    }
    vec![format!("{}: {lines} lines, of {FILE_LINES_MAX} at most; split it by idea", file.path)]
}

fn unfinished(file: &File) -> Vec<String> {
    let code = code_of(&file.text);
    words(&code)
        .into_iter()
        .filter(|(at, word)| UNFINISHED.contains(word) && code[at + word.len()..].starts_with('!'))
        .map(|(at, word)| format!("{}:{}: `{word}!` is left over", file.path, line_of(&code, at)))
        .collect()
}

#[test]
fn every_file_says_what_it_is_for() {
    assert_eq!(heading(&File::made_up("src/a.rs", "use std::fmt;\n")).len(), 1);
    assert_eq!(heading(&File::made_up("src/a.rs", "// A plain comment.\n")).len(), 1);
    assert_none(&sources().iter().flat_map(heading).collect::<Vec<_>>());
}

#[test]
fn every_file_is_named_after_what_it_holds() {
    assert_eq!(file_name(&File::made_up("src/utils.rs", "")).len(), 1);
    assert_eq!(file_name(&File::made_up("engine/tests/common/mod.rs", "")).len(), 1);
    assert_eq!(file_name(&File::made_up("engine/src/model.rs", "")).len(), 0);
    assert_none(&sources().iter().flat_map(file_name).collect::<Vec<_>>());
}

#[test]
fn every_file_is_short() {
    let long = "fn a() {}\n".repeat(FILE_LINES_MAX + 1);
    assert_eq!(length(&File::made_up("src/a.rs", &long)).len(), 1);
    let tested = format!("fn a() {{}}\n#[cfg(test)]\n{long}");
    assert_eq!(length(&File::made_up("src/a.rs", &tested)).len(), 0);
    assert_none(&sources().iter().flat_map(length).collect::<Vec<_>>());
}

#[test]
fn nothing_is_left_unfinished() {
    let bad = File::made_up("src/a.rs", "fn a() {\n    todo!()\n}\nfn b() { dbg!(1); }\n");
    assert_eq!(
        unfinished(&bad),
        ["src/a.rs:2: `todo!` is left over", "src/a.rs:4: `dbg!` is left over"]
    );
    assert_eq!(unfinished(&File::made_up("src/a.rs", "// todo!() would be wrong\n")).len(), 0);
    assert_none(&sources().iter().flat_map(unfinished).collect::<Vec<_>>());
}
