//! The files of this project, as text, with paths from its root. Knows no rules.

use std::fs;
use std::path::Path;

/// Where this project keeps Rust.
const RUST_FOLDERS: [&str; 10] = [
    "engine/",
    "fuzz/",
    "journal/",
    "knowledge-base/",
    "people/",
    "city/",
    "src/",
    "tests/",
    "benches/",
    "examples/",
];
/// Longer files are data, not something people wrote.
const TEXT_BYTES_MAX: u64 = 2 << 20;

/// One file.
#[derive(Debug)]
pub(crate) struct File {
    /// From the root, with `/` between folders.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    /// A file that does not exist, to try a rule on.
    pub(crate) fn made_up(path: &str, text: &str) -> File {
        File { path: path.into(), text: text.into() }
    }
}

/// The folder of the root manifest.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every text file that is not built or ignored, by path.
pub(crate) fn files() -> Vec<File> {
    let ignored = fs::read_to_string(root().join(".gitignore")).expect("a .gitignore at the root");
    let mut skipped: Vec<&str> = ignored
        .lines()
        .map(|line| line.trim_matches('/'))
        .filter(|line| !line.is_empty())
        .collect();
    skipped.push(".git");
    let mut found = Vec::new();
    collect(root(), "", &skipped, &mut found);
    assert!(found.len() > 20, "the walk of the tree found only {} files", found.len());
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Every Rust file in the folders that hold code.
pub(crate) fn sources() -> Vec<File> {
    let is_source = |path: &str| {
        path.ends_with(".rs") && RUST_FOLDERS.iter().any(|folder| path.starts_with(folder))
    };
    files().into_iter().filter(|file| is_source(&file.path)).collect()
}

fn collect(folder: &Path, prefix: &str, skipped: &[&str], found: &mut Vec<File>) {
    for entry in fs::read_dir(folder).expect("a folder of the tree can be listed") {
        let entry = entry.expect("a folder of the tree can be listed");
        let name = entry.file_name().into_string().expect("file names are UTF-8");
        let path = format!("{prefix}{name}");
        if skipped.contains(&path.as_str()) {
            continue;
        }
        let kind = entry.file_type().expect("a file has a type");
        if kind.is_dir() {
            collect(&entry.path(), &format!("{path}/"), skipped, found);
        } else if kind.is_file() && entry.metadata().is_ok_and(|it| it.len() <= TEXT_BYTES_MAX) {
            let bytes = fs::read(entry.path()).expect("a file of the tree can be read");
            if let Ok(text) = String::from_utf8(bytes) {
                found.push(File { path, text });
            }
        }
    }
}

/// Fails with one fault a line.
#[track_caller]
pub(crate) fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}
