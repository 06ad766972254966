//! Rules for what ties a file to one machine: folders that only it has, and hosts that only it reaches.

use crate::code::line_of;
use crate::tree::{File, assert_none, files};

/// Folders in which people work; a path through one works for nobody else.
const HOMES: [&str; 4] = ["work", "root", "home", "Users"];
/// Package registries, in two halves: where packages come from is a matter of whoever builds, not of this project.
const REGISTRIES: [(&str, &str); 6] = [
    ("index.", "crates.io"),
    ("static.", "crates.io"),
    ("pypi", ".org"),
    ("python", "hosted.org"),
    ("registry.", "npmjs.org"),
    ("deb.", "debian.org"),
];

/// A slash that begins a path does not follow a name, a tilde or a variable.
fn machine_paths(file: &File) -> Vec<String> {
    let mut faults = Vec::new();
    for home in HOMES {
        let folder = format!("/{home}/");
        for (at, _) in file.text.match_indices(&folder) {
            let inside = |c: char| c.is_alphanumeric() || "._-~}/*)".contains(c);
            if !file.text[..at].ends_with(inside) {
                let line = line_of(&file.text, at);
                faults.push(format!("{}:{line}: `{folder}` is on one machine only", file.path));
            }
        }
    }
    faults
}

fn registries(file: &File) -> Vec<String> {
    let mut faults = Vec::new();
    for (first, last) in REGISTRIES {
        let host = format!("{first}{last}");
        for (at, _) in file.text.match_indices(&host) {
            let line = line_of(&file.text, at);
            faults
                .push(format!("{}:{line}: `{host}`: name packages, not where they lie", file.path));
        }
    }
    faults
}

#[test]
fn no_file_names_a_folder_of_one_machine() {
    let bad = format!("cp /{}/me/a .\nlet b = \"/{}/b\";\n", HOMES[2], HOMES[0]);
    assert_eq!(machine_paths(&File::made_up("a.md", &bad)).len(), 2);
    let good = format!("https://example.cn/{}/a and ~/{}/a\n", HOMES[2], HOMES[0]);
    assert_eq!(machine_paths(&File::made_up("a.md", &good)), [""; 0]);
    assert_none(&files().iter().flat_map(machine_paths).collect::<Vec<_>>());
}

#[test]
fn no_file_names_the_host_of_a_registry() {
    for (first, last) in REGISTRIES {
        let bad = format!("index-url = https://{first}{last}/simple\n");
        assert_eq!(registries(&File::made_up("pip.conf", &bad)).len(), 1);
    }
    assert_none(&files().iter().flat_map(registries).collect::<Vec<_>>());
}
