//! Rules for the manifests: which crate may depend on what, and that every target they name exists.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::tree::{File, assert_none, files, root, sources};

/// What a crate may depend on. A new name here is argued in the commit that adds it.
struct Allowed {
    manifest: &'static str,
    /// Its arrows to the other crates of this project; hold for tests and benches too.
    crates: &'static [&'static str],
    /// The only crates from outside it may build with; `None` = the edge, which cargo-deny watches.
    outside: Option<&'static [&'static str]>,
}

/// Its target is made of the readers of a test, and needs what they need.
const FUZZER: &str = "fuzz/Cargo.toml";
const FUZZED: &str = "tests/untrusted/";

const ALLOWED: [Allowed; 7] = [
    Allowed {
        manifest: "Cargo.toml",
        crates: &["hotline-engine", "hotline-journal", "hotline-knowledge-base", "hotline-people"],
        outside: None,
    },
    Allowed {
        manifest: "engine/Cargo.toml",
        crates: &[],
        outside: Some(&[
            "daachorse",
            "ferrous-opencc",
            "jiff",
            "pulp",
            "rkyv",
            "roaring",
            "serde",
            "sha2",
            "thin-vec",
            "thiserror",
            "unicode-normalization",
            "xxhash-rust",
        ]),
    },
    Allowed {
        manifest: "journal/Cargo.toml",
        crates: &[],
        outside: Some(&["crc32fast", "rustix", "sha2", "thiserror"]),
    },
    Allowed {
        manifest: "knowledge-base/Cargo.toml",
        crates: &[],
        outside: Some(&[
            "ferrous-opencc",
            "pinyin",
            "rustc-hash",
            "serde",
            "tantivy",
            "thiserror",
            "unicode-normalization",
        ]),
    },
    Allowed {
        manifest: "people/Cargo.toml",
        crates: &["hotline-engine"],
        outside: Some(&["rand_chacha", "serde"]),
    },
    Allowed {
        manifest: "city/Cargo.toml",
        crates: &["hotline", "hotline-engine", "hotline-journal", "hotline-people"],
        outside: Some(&["clap", "tracing", "tracing-subscriber"]),
    },
    Allowed {
        manifest: FUZZER,
        crates: &["hotline", "hotline-engine", "hotline-journal", "hotline-knowledge-base"],
        outside: Some(&["libfuzzer-sys", "serde_json", "xxhash-rust"]),
    },
];

/// Where Cargo looks for a target that has a name and no path.
const TARGET_FOLDERS: [(&str, &str); 4] =
    [("test", "tests"), ("bench", "benches"), ("example", "examples"), ("bin", "src/bin")];

fn table(file: &File) -> Table {
    file.text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.path))
}

fn is_manifest(path: &str) -> bool {
    path == "Cargo.toml" || path.ends_with("/Cargo.toml")
}

/// The true names of what a manifest depends on, with the heading each stands under.
fn dependencies(manifest: &Table) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut sections = vec![(String::new(), manifest)];
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flatten();
    sections.extend(targets.filter_map(|(name, value)| Some((name.clone(), value.as_table()?))));
    for (target, section) in sections {
        for heading in ["dependencies", "build-dependencies", "dev-dependencies"] {
            let entries = section.get(heading).and_then(Value::as_table).into_iter().flatten();
            for (name, entry) in entries {
                let renamed = entry.get("package").and_then(Value::as_str);
                let place = format!("{target} {heading}").trim().to_owned();
                found.push((place, renamed.unwrap_or(name).to_owned()));
            }
        }
    }
    found
}

fn strangers(file: &File) -> Vec<String> {
    let Some(allowed) = ALLOWED.iter().find(|allowed| allowed.manifest == file.path) else {
        return vec![format!("{}: a crate without a list of what it may depend on", file.path)];
    };
    let mut faults = Vec::new();
    for (place, name) in dependencies(&table(file)) {
        let ours = name.starts_with("hotline");
        let for_tests = place.ends_with("dev-dependencies");
        let fits = if ours {
            allowed.crates.contains(&name.as_str())
        } else {
            for_tests || allowed.outside.is_none_or(|list| list.contains(&name.as_str()))
        };
        if !fits {
            faults.push(format!("{}: [{place}] must not name `{name}`", file.path));
        }
    }
    faults
}

/// `exists` answers for paths from the root.
fn missing_targets(file: &File, exists: &dyn Fn(&str) -> bool) -> Vec<String> {
    let folder = file.path.trim_end_matches("Cargo.toml");
    let manifest = table(file);
    let mut faults = Vec::new();
    for (kind, default) in TARGET_FOLDERS {
        for target in manifest.get(kind).and_then(Value::as_array).into_iter().flatten() {
            let name = target.get("name").and_then(Value::as_str).unwrap_or("?");
            let given = target.get("path").and_then(Value::as_str);
            let paths = given.map_or_else(
                || vec![format!("{default}/{name}.rs"), format!("{default}/{name}/main.rs")],
                |path| vec![path.to_owned()],
            );
            if !paths.iter().any(|path| exists(&format!("{folder}{path}"))) {
                faults.push(format!("{}: {kind} `{name}` has no file {}", file.path, paths[0]));
            }
        }
    }
    faults
}

/// Dependencies of a manifest that no source beside it names.
fn unused(manifest: &File, sources: &[File]) -> Vec<String> {
    let folder = manifest.path.trim_end_matches("Cargo.toml");
    // The root's own sources are those of no other crate.
    let own = |path: &str| {
        let others = ALLOWED.iter().map(|other| other.manifest.trim_end_matches("Cargo.toml"));
        (manifest.path == FUZZER && path.starts_with(FUZZED))
            || path.starts_with(folder)
                && (!folder.is_empty()
                    || !others
                        .filter(|other| !other.is_empty())
                        .any(|other| path.starts_with(other)))
    };
    let own: Vec<&File> = sources.iter().filter(|file| own(&file.path)).collect();
    let is_named = |name: &str| {
        let path = format!("{}::", name.replace('-', "_"));
        own.iter().any(|file| file.text.contains(&path))
    };
    dependencies(&table(manifest))
        .into_iter()
        .filter(|(_, name)| !is_named(name))
        .map(|(place, name)| format!("{}: [{place}] nothing uses `{name}`", manifest.path))
        .collect()
}

fn manifests() -> Vec<File> {
    files().into_iter().filter(|file| is_manifest(&file.path)).collect()
}

#[test]
fn crates_depend_on_nothing_outside_their_list() {
    for (path, bad) in [
        ("engine/Cargo.toml", "[dependencies]\ntokio = \"1\""),
        ("engine/Cargo.toml", "[dependencies.rand]\nversion = \"0.9\""),
        ("engine/Cargo.toml", "[dependencies]\nserde = { package = \"tantivy\", version = \"1\" }"),
        ("engine/Cargo.toml", "[target.'cfg(unix)'.dependencies]\nlibc = \"0.2\""),
        ("engine/Cargo.toml", "[dev-dependencies]\nhotline-journal.workspace = true"),
        ("journal/Cargo.toml", "[dependencies]\nhotline-engine.workspace = true"),
        ("people/Cargo.toml", "[dependencies]\nhotline-journal.workspace = true"),
        ("city/Cargo.toml", "[dependencies]\nhotline-knowledge-base.workspace = true"),
        ("tools/Cargo.toml", "[package]\nname = \"tools\""),
    ] {
        assert_eq!(strangers(&File::made_up(path, bad)).len(), 1, "{path}: {bad}");
    }
    assert_none(&manifests().iter().flat_map(strangers).collect::<Vec<_>>());
}

#[test]
fn every_dependency_is_used() {
    let manifest = "[dependencies]\nserde-json.workspace = true\ntoml = \"1\"";
    let manifest = File::made_up("city/Cargo.toml", manifest);
    let made_up = [
        File::made_up("city/src/lib.rs", "use serde_json::Value;"),
        File::made_up("src/lib.rs", "use toml::Table;"),
    ];
    assert_eq!(
        unused(&manifest, &made_up),
        ["city/Cargo.toml: [dependencies] nothing uses `toml`"]
    );
    let sources = sources();
    assert_none(&manifests().iter().flat_map(|file| unused(file, &sources)).collect::<Vec<_>>());
}

#[test]
fn every_list_belongs_to_a_crate() {
    let manifests = manifests();
    let known: BTreeMap<&str, &File> =
        manifests.iter().map(|file| (file.path.as_str(), file)).collect();
    for allowed in &ALLOWED {
        assert!(known.contains_key(allowed.manifest), "no {}", allowed.manifest);
    }
}

#[test]
fn every_target_in_a_manifest_exists() {
    let bad = "[[test]]\nname = \"gone\"\n[[bench]]\nname = \"here\"\n[[bin]]\nname = \"x\"\npath = \"y.rs\"";
    let found = missing_targets(&File::made_up("city/Cargo.toml", bad), &|path| {
        path == "city/benches/here.rs"
    });
    assert_eq!(
        found,
        [
            "city/Cargo.toml: test `gone` has no file tests/gone.rs",
            "city/Cargo.toml: bin `x` has no file y.rs"
        ]
    );
    let exists = |path: &str| root().join(path).is_file();
    let faults: Vec<String> =
        manifests().iter().flat_map(|file| missing_targets(file, &exists)).collect();
    assert_none(&faults);
}
