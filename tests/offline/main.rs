//! What works without a running hotline, through the real binary: routing files, training, measuring, articles.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod articles;
mod auditing;
mod beside;
mod damaged_orders;
mod deciding;
mod district;
mod dues;
mod duplicates;
mod duty_lists;
mod duty_log;
mod explaining;
mod learning;
mod measuring;
mod office;
mod profiles;
mod replaying;
mod reporting;
mod restoring;
mod retention;
mod rewritten;
mod routing;
mod sheets;
mod shelving;
mod simulating;
mod tokens;
mod training;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

/// What the binary said.
#[derive(Debug)]
struct Said {
    code: i32,
    out: String,
    err: String,
}

fn hotline(args: &[&str]) -> Said {
    let output: Output = Command::new(env!("CARGO_BIN_EXE_hotline"))
        .args(args)
        .env_remove("HOTLINE_TOKEN")
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

/// Refused with exit code 2 and one line.
#[track_caller]
fn refused(args: &[&str]) -> String {
    let said = hotline(args);
    assert_eq!(said.code, 2, "{said:?}");
    assert_eq!(said.err.lines().count(), 1, "{said:?}");
    said.err.trim_end().to_owned()
}

/// Done with exit code 0; what it printed.
#[track_caller]
fn done(args: &[&str]) -> Said {
    let said = hotline(args);
    assert_eq!(said.code, 0, "{said:?}");
    said
}

/// Lines of JSON.
fn objects(text: &str) -> Vec<serde_json::Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A folder for one test.
struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    /// Writes a file and gives its path.
    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

/// A file of the sample district.
fn sample(name: &str) -> String {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/longhu").join(name);
    path.to_str().unwrap().to_owned()
}

/// A data folder with the models of the sample district, trained once by `hotline route`.
fn trained() -> &'static str {
    static DATA: OnceLock<(Folder, String)> = OnceLock::new();
    let (_, data) = DATA.get_or_init(|| {
        let folder = Folder::new();
        let message = folder.file("m.jsonl", r#"{"content":"路灯不亮"}"#);
        let data = folder.path("data");
        done(&["route", &message, "--data", &data]);
        (folder, data)
    });
    data
}
