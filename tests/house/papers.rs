//! Rules for what people read: pages stay short, the two READMEs match, decisions are numbered without gaps.

use crate::tree::{File, assert_none, files};

/// What one can read before the first change.
const ARCHITECTURE_LINES_MAX: usize = 150;
/// Rules that nobody can keep in mind are not kept.
const STYLE_LINES_MAX: usize = 90;
/// One page: context, choice, cost.
const DECISION_LINES_MAX: usize = 40;
/// Stands in README.md before the command that runs the tests; CI runs what comes next.
const TEST_MARKER: &str = "<!-- test-command -->";

fn too_long(file: &File) -> Vec<String> {
    let most = match file.path.as_str() {
        "ARCHITECTURE.md" => ARCHITECTURE_LINES_MAX,
        "STYLE.md" => STYLE_LINES_MAX,
        path if path.starts_with("docs/decisions/") => DECISION_LINES_MAX,
        _ => return Vec::new(),
    };
    let lines = file.text.lines().count();
    if lines <= most {
        return Vec::new();
    }
    vec![format!("{}: {lines} lines, of {most} at most", file.path)]
}

/// Headings of the second level, outside code.
fn headings_count(text: &str) -> usize {
    let mut in_code = false;
    let mut count = 0;
    for line in text.lines() {
        in_code ^= line.trim_start().starts_with("```");
        count += usize::from(!in_code && line.starts_with("## "));
    }
    count
}

fn unlike(english: &str, chinese: &str) -> Vec<String> {
    let (english, chinese) = (headings_count(english), headings_count(chinese));
    if english == chinese && english > 0 {
        return Vec::new();
    }
    vec![format!("README.md has {english} sections, README.zh-CN.md has {chinese}")]
}

/// The first line of code after the marker.
fn test_command(readme: &str) -> Option<&str> {
    let (_, after) = readme.split_once(TEST_MARKER)?;
    after.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with("```"))
}

fn untested(readme: &str) -> Vec<String> {
    match test_command(readme) {
        Some(command)
            if command.starts_with("cargo test") && readme.matches(TEST_MARKER).count() == 1 =>
        {
            Vec::new()
        }
        found => vec![format!(
            "README.md: after {TEST_MARKER} stands {found:?}, not one `cargo test` command"
        )],
    }
}

/// `paths` are those under `docs/decisions/`, sorted.
fn misnumbered(paths: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, wanted) in paths.iter().zip(1_usize..) {
        let name = path.trim_start_matches("docs/decisions/");
        let fits = name.strip_prefix(&format!("{wanted:04}-")).is_some_and(|rest| {
            let word = rest.trim_end_matches(".md");
            !word.is_empty()
                && rest.ends_with(".md")
                && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        });
        if !fits {
            faults.push(format!("{path}: should be docs/decisions/{wanted:04}-what-was-chosen.md"));
        }
    }
    if paths.is_empty() {
        faults.push("docs/decisions: no decision is written down".into());
    }
    faults
}

fn text_of<'a>(files: &'a [File], path: &str) -> &'a str {
    files.iter().find(|file| file.path == path).map_or("", |file| file.text.as_str())
}

#[test]
fn pages_stay_short() {
    let long = "a line\n".repeat(ARCHITECTURE_LINES_MAX + 1);
    for path in ["ARCHITECTURE.md", "STYLE.md", "docs/decisions/0001-a.md"] {
        assert_eq!(too_long(&File::made_up(path, &long)).len(), 1, "{path}");
    }
    assert_none(&files().iter().flat_map(too_long).collect::<Vec<_>>());
}

#[test]
fn both_readmes_have_the_same_sections() {
    assert_eq!(unlike("## Start\n## Limits\n", "## 开始\n").len(), 1);
    assert_eq!(unlike("", "").len(), 1);
    assert_eq!(unlike("## Start\n```sh\n## no heading\n```\n", "## 开始\n").len(), 0);
    let files = files();
    assert_none(&unlike(text_of(&files, "README.md"), text_of(&files, "README.zh-CN.md")));
}

#[test]
fn the_readme_names_the_command_that_ci_runs() {
    let good = format!("{TEST_MARKER}\n```sh\ncargo test --workspace\n```\n");
    assert_eq!(test_command(&good), Some("cargo test --workspace"));
    assert_eq!(untested(&good).len(), 0);
    assert_eq!(untested("```sh\ncargo test\n```\n").len(), 1);
    assert_eq!(untested(&format!("{TEST_MARKER}\n```sh\nmake\n```\n")).len(), 1);
    assert_eq!(untested(&format!("{good}{good}")).len(), 1);
    assert_none(&untested(text_of(&files(), "README.md")));
}

#[test]
fn decisions_are_numbered_without_gaps() {
    assert_eq!(misnumbered(&[]).len(), 1);
    assert_eq!(misnumbered(&["docs/decisions/0001-a.md", "docs/decisions/0003-c.md"]).len(), 1);
    assert_eq!(misnumbered(&["docs/decisions/0001-.md"]).len(), 1);
    assert_eq!(misnumbered(&["docs/decisions/notes.md"]).len(), 1);
    let files = files();
    let paths: Vec<&str> = files
        .iter()
        .map(|file| file.path.as_str())
        .filter(|path| path.starts_with("docs/decisions/"))
        .collect();
    assert_none(&misnumbered(&paths));
}

#[test]
fn the_house_has_its_papers() {
    let files = files();
    for path in ["LICENSE", "ARCHITECTURE.md", "STYLE.md", "CHANGELOG.md"] {
        assert!(!text_of(&files, path).is_empty(), "no {path}");
    }
}
