//! `hotline token` on a folder that no hotline was ever started on.

use crate::{Folder, done, refused};

#[test]
fn the_first_token_is_made_before_the_first_start() {
    let folder = Folder::new();
    let data = folder.path("new/data");
    let said = done(&["token", "--data", &data, "--role", "dispatcher", "--name", "王"]);
    assert_eq!(said.out.trim_end().len(), 64, "{said:?}");
    let second = refused(&["token", "--data", &data, "--role", "dispatcher", "--name", "王"]);
    assert_eq!(second, "hotline: there is a token of `王` already");
}

#[test]
fn a_token_of_a_unit_waits_for_the_first_start() {
    let folder = Folder::new();
    let data = folder.path("data");
    let handler = ["--role", "handler", "--name", "x", "--unit", "taxation"];
    let error = refused(&[&["token", "--data", &data][..], &handler].concat());
    let wanted = format!(
        "hotline: data folder {data} has no units before the first start; start `hotline serve` on it, then make this token"
    );
    assert_eq!(error, wanted);
    assert!(!std::path::Path::new(&data).exists(), "nothing is left behind");
}
