//! Rust text without what is in comments and between quotes, so that rules look at code alone. No parser.

/// The text with comments and the insides of literals blanked; every line stays where it was.
pub(crate) fn code_of(text: &str) -> String {
    let mut rest = text;
    let mut code = String::with_capacity(text.len());
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '"' => quoted(rest),
            'r' if begins_literal(&code) => raw_quoted(rest).unwrap_or(0),
            '\'' => character(rest).unwrap_or(0),
            _ => 0,
        };
        if length == 0 {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            code.extend(rest[..length].chars().map(|c| if c == '\n' { c } else { ' ' }));
            rest = &rest[length..];
        }
    }
    code
}

/// The number of the line that holds byte `at`, from 1.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Whether `c` can stand in a name.
pub(crate) fn in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The words of the code with the byte at which each begins: names, keywords, numbers.
pub(crate) fn words(code: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut from = 0;
    while let Some(start) = code[from..].find(in_word).map(|at| from + at) {
        let end = code[start..].find(|c| !in_word(c)).map_or(code.len(), |at| start + at);
        words.push((start, &code[start..end]));
        from = end;
    }
    words
}

/// Whether an `r` after this code can begin a literal: nothing stands before it, or the `b` of bytes, or the `c` of C.
fn begins_literal(code: &str) -> bool {
    let before = code.trim_end_matches(in_word);
    matches!(&code[before.len()..], "" | "b" | "c")
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    loop {
        let Some(next) = text[at..].find(['/', '*']).map(|found| at + found) else {
            return text.len();
        };
        let (opens, closes) = (text[next..].starts_with("/*"), text[next..].starts_with("*/"));
        at = next + if opens || closes { 2 } else { 1 };
        depth += i32::from(opens) - i32::from(closes);
        if depth == 0 {
            return at;
        }
    }
}

fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    text.len()
}

/// `r"…"` or `r#"…"#`; `None` for a name that begins with r.
fn raw_quoted(text: &str) -> Option<usize> {
    let hashes = text[1..].chars().take_while(|&c| c == '#').count();
    text[1 + hashes..].strip_prefix('"')?;
    let ending = format!("\"{}", "#".repeat(hashes));
    let inside = 2 + hashes;
    Some(text[inside..].find(&ending).map_or(text.len(), |at| inside + at + ending.len()))
}

/// `'x'` or `'\n'`; `None` for a lifetime.
fn character(text: &str) -> Option<usize> {
    let mut inside = text[1..].chars();
    let first = inside.next()?;
    if first == '\\' {
        let escaped = inside.next()?.len_utf8();
        return Some(2 + escaped + text[2 + escaped..].find('\'')? + 1);
    }
    (inside.next()? == '\'').then_some(first.len_utf8() + 2)
}

#[test]
fn comments_and_quotes_are_blanked_and_lines_stay() {
    let text =
        "let a = \"mod util \\\" \"; // fn helper\n/* a /* b */\n enum Dto */ let b = 'x';\n";
    let code = code_of(text);
    assert_eq!(code.lines().count(), text.lines().count());
    let left: Vec<&str> = words(&code).into_iter().map(|(_, word)| word).collect();
    assert_eq!(left, ["let", "a", "let", "b"]);
}

#[test]
fn raw_strings_are_blanked_and_lifetimes_are_not() {
    let code = code_of("fn f<'a>(r: &'a str) -> &'a str { r#\"mod \"util\" \"# ; '\\'' ; r }");
    let left: Vec<&str> = words(&code).into_iter().map(|(_, word)| word).collect();
    assert_eq!(left, ["fn", "f", "a", "r", "a", "str", "a", "str", "r"]);
}

#[test]
fn raw_bytes_are_blanked_to_their_last_hash() {
    let code = code_of("f(br#\"{\"a\":\"todo!()\"\\\"#); for_r\"x\"");
    let left: Vec<&str> = words(&code).into_iter().map(|(_, word)| word).collect();
    assert_eq!(left, ["f", "b", "for_r"]);
}

#[test]
fn lines_are_counted_from_one() {
    assert_eq!(line_of("a\nb\nc", 0), 1);
    assert_eq!(line_of("a\nb\nc", 4), 3);
}
