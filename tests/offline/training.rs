//! `hotline train` and the model files it makes: used when they fit, refused with a reason when they do not.

use std::path::Path;

use xxhash_rust::xxh3::xxh3_128;

use crate::{Folder, done, objects, refused, sample, trained};

fn with_model(model: &str) -> String {
    let folder = Folder::new();
    let file = folder.file("m.jsonl", r#"{"content":"路灯不亮"}"#);
    let error = refused(&["route", &file, "--model", model]);
    error.rsplit("x.model: ").next().unwrap().to_owned()
}

#[test]
fn a_model_made_by_train_decides() {
    let folder = Folder::new();
    let model = folder.path("matter.model");
    done(&["train", &sample("orders.jsonl"), "--label", "matter", "--model", &model]);
    let file = folder.file("m.jsonl", r#"{"content":"小区门口的路灯坏了好几天，晚上一片漆黑。"}"#);
    let decision = objects(&done(&["route", &file, "--model", &model]).out).remove(0);
    assert!(decision["candidates"][0]["matter"].as_str().unwrap().contains("路灯"), "{decision}");
}

#[test]
fn the_same_texts_and_seed_give_the_same_model() {
    let folder = Folder::new();
    let train = |name: &str, seed: &str| {
        let path = folder.path(name);
        let args = ["--label", "urgency", "--model", &path, "--seed", seed];
        let said = done(&[&["train", &sample("orders.jsonl")], &args[..]].concat());
        assert!(said.err.contains("1590 texts, 3 labels"), "{}", said.err);
        std::fs::read(&path).unwrap()
    };
    assert_eq!(train("a.model", "7"), train("b.model", "7"));
    assert_ne!(train("a.model", "7"), train("b.model", "8"));
}

#[test]
fn a_label_that_no_line_has_is_named() {
    let folder = Folder::new();
    let args =
        ["train", &sample("orders.jsonl"), "--label", "departement", "--model", &folder.path("m")];
    let error = refused(&args);
    assert!(
        error.contains(
            "no line has a label in `departement`; there are the fields content, held_apart, id"
        ),
        "{error}"
    );
    let error = refused(&["evaluate", &sample("units.csv"), "--label", "level"]);
    assert!(error.ends_with("units.csv line 2: has no field `content`"), "{error}");
}

#[test]
fn a_line_that_cannot_be_read_stops_training() {
    let folder = Folder::new();
    let file = folder.file("t.jsonl", "{\"content\":\"a\",\"x\":1}\n{\"content\":\n");
    let error = refused(&["train", &file, "--label", "x", "--model", &folder.path("m")]);
    assert!(error.contains("t.jsonl line 2: EOF while parsing"), "{error}");
}

#[test]
fn a_model_that_does_not_fit_is_refused_with_the_reason() {
    let folder = Folder::new();
    let good = std::fs::read(Path::new(trained()).join("models/matter.model")).unwrap();
    let refusal = |bytes: &[u8]| with_model(&folder.file("x.model", bytes));

    let damaged =
        "the model file is cut off or damaged (its checksum does not fit); copy or train it again";
    assert_eq!(refusal(&good[..good.len() / 2]), damaged);
    let mut altered = good.clone();
    altered[good.len() / 3] ^= 1;
    assert_eq!(refusal(&altered), damaged);

    // A later format: the version behind the checksum is another, and the checksum fits.
    let mut later = good.clone();
    later[24] = 99;
    let checksum = xxh3_128(&later[24..]).to_le_bytes();
    later[8..24].copy_from_slice(&checksum);
    assert_eq!(
        refusal(&later),
        "the model file has format 99, this program reads 2; train it again"
    );

    assert_eq!(refusal(b"{}"), "this is not a hotline model file");
    assert!(with_model(&folder.path("x.model-none")).contains("cannot be read"));
}

#[test]
fn a_model_for_something_else_is_refused() {
    let folder = Folder::new();
    let model = folder.path("x.model");
    done(&["train", &sample("orders.jsonl"), "--label", "kind", "--model", &model]);
    assert_eq!(
        with_model(&model),
        "none of its 6 labels (such as `complaint`) is a matter of this district"
    );
}
