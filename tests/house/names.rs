//! Rules for declared names: they say what a thing is, not that it does something with something.

use crate::code::{code_of, line_of, words};
use crate::tree::{File, assert_none, sources};

/// Words that fit everything, so they say nothing; wherever they stand in a name.
const EMPTY_WORDS: [&str; 12] = [
    "dto",
    "helper",
    "helpers",
    "manager",
    "managers",
    "misc",
    "processor",
    "processors",
    "util",
    "utility",
    "utils",
    "wrapper",
];
/// Last words of a type that only repeat that it is one.
const EMPTY_ENDINGS: [&str; 6] = ["data", "impl", "info", "object", "service", "struct"];
/// Modules that are drawers.
const DRAWERS: [&str; 6] = ["common", "data", "info", "models", "shared", "types"];
/// A function whose name has this many words is a sentence, as tests have: it may speak of anything.
const SENTENCE_WORDS: usize = 5;
/// What begins a question: `is_new` asks, `decide_new` is a second `decide`.
const QUESTIONS: [&str; 4] = ["are", "has", "is", "was"];

fn empty_names(file: &File) -> Vec<String> {
    let code = code_of(&file.text);
    let all = words(&code);
    let fault = |pair: &[(usize, &str)]| {
        let [(_, keyword), (at, name)] = *pair else { return None };
        let why = complaint(keyword, name)?;
        Some(format!("{}:{}: {keyword} `{name}`: {why}", file.path, line_of(&code, at)))
    };
    all.windows(2).filter_map(fault).collect()
}

fn complaint(keyword: &str, name: &str) -> Option<String> {
    let is_type = matches!(keyword, "struct" | "enum" | "trait" | "type" | "union");
    if !is_type && keyword != "fn" && keyword != "mod" {
        return None;
    }
    let parts = parts(name);
    if keyword == "fn" && parts.len() >= SENTENCE_WORDS {
        return None;
    }
    let last = parts.last()?.as_str();
    if let Some(word) = parts.iter().find(|part| EMPTY_WORDS.contains(&part.as_str())) {
        return Some(format!("`{word}` says nothing; say what it does or holds"));
    }
    if is_type && EMPTY_ENDINGS.contains(&last) {
        return Some(format!("`{last}` says nothing at the end of a type"));
    }
    if keyword == "mod" && DRAWERS.contains(&name) {
        return Some("a drawer; name it after what it holds".into());
    }
    let number = last.strip_prefix('v').is_some_and(|rest| rest.parse::<u32>().is_ok());
    let newer = last == "new" && parts.len() > 1 && !QUESTIONS.contains(&parts[0].as_str());
    (number || newer).then(|| "a second way beside the first; replace the first".into())
}

/// `OrderViewV2` and `order_view_v2` both give order, view, v2.
fn parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut lower_before = false;
    for c in name.chars() {
        if c == '_' || (c.is_uppercase() && lower_before) {
            parts.push(String::new());
        }
        if c != '_' {
            parts.last_mut().expect("never empty").extend(c.to_lowercase());
        }
        lower_before = c.is_lowercase() || c.is_numeric();
    }
    parts.retain(|part| !part.is_empty());
    parts
}

#[test]
fn every_name_says_something() {
    for bad in [
        "struct OrderManager;",
        "pub(crate) enum OrderDto {}",
        "trait RouteProcessor {}",
        "mod utils;",
        "mod common {}",
        "fn decide_v2() {}",
        "fn decide_new() {}",
        "struct StateImpl;",
        "type CallerInfo = u8;",
        "fn date_helper() {}",
    ] {
        assert_eq!(empty_names(&File::made_up("src/a.rs", bad)).len(), 1, "{bad}");
    }
    for good in [
        "// struct OrderManager\nstruct Order;",
        "impl Order { fn new() {} }",
        "fn is_new() {}",
        "mod model;",
        "struct DataFolder;",
        "fn a_repeated_request_makes_nothing_new() {}",
    ] {
        assert_eq!(empty_names(&File::made_up("src/a.rs", good)), [""; 0], "{good}");
    }
    assert_none(&sources().iter().flat_map(empty_names).collect::<Vec<_>>());
}

/// Types that the API's description knows by their name alone, each with its place: of two with one name it would describe one.
fn shapes(file: &File) -> Vec<(String, String)> {
    let derived = file.text.match_indices("ToSchema)]").filter_map(|(at, _)| {
        let code = code_of(&file.text[at..]);
        let all = words(&code);
        let mut types = all.windows(2).filter(|pair| matches!(pair[0].1, "struct" | "enum"));
        let (_, name) = types.next()?[1];
        Some((name.to_owned(), format!("{}:{}", file.path, line_of(&file.text, at))))
    });
    derived.collect()
}

fn twice_described(files: &[File]) -> Vec<String> {
    let mut known = std::collections::BTreeMap::new();
    let mut faults = Vec::new();
    for (name, place) in files.iter().flat_map(shapes) {
        if let Some(first) = known.insert(name.clone(), place.clone()) {
            faults.push(format!("{place}: `{name}` is described at {first} too: rename one"));
        }
    }
    faults
}

#[test]
fn no_two_shapes_of_the_api_have_one_name() {
    let shape = |path: &str| {
        File::made_up(path, "#[derive(Debug, ToSchema)]\n/// A b.\npub(crate) struct Given {}\n")
    };
    assert_eq!(twice_described(&[shape("a.rs"), shape("b.rs")]).len(), 1);
    assert_eq!(twice_described(&[shape("a.rs")]), [""; 0]);
    let sources = sources();
    assert!(sources.iter().flat_map(shapes).count() > 30, "the shapes are found");
    assert_none(&twice_described(&sources));
}
