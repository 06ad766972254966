//! Whatever people type or paste, as a question or as an article, a search gives an answer that can be shown.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use hotline_knowledge_base::{
    Answer, Article, Day, Reader, SNIPPET_CHARACTERS_MAX, SearchOptions, Writer, open,
};
use proptest::prelude::*;

fn filled(articles: [Article; 2]) -> (Writer, Reader) {
    let (mut writer, reader) = open().unwrap();
    for article in articles {
        writer.put(article).unwrap();
    }
    writer.commit().unwrap();
    (writer, reader)
}

fn search(reader: &Reader, question: &str) -> Vec<Answer> {
    reader.search(question, &SearchOptions::on(Day(20_600))).unwrap()
}

/// Anything at all, or a jumble of few letters, so that much of it matches.
fn text(characters: usize) -> impl Strategy<Value = String> {
    let anything = format!(r"(?s)[^\s].{{0,{characters}}}");
    let jumble = format!(
        r#"[停水電电ＷＷww①路灯]([停水電电Ｗw①路灯\u{{301}}，。\n (\"]){{0,{characters}}}"#
    );
    prop_oneof![
        proptest::string::string_regex(&anything).unwrap(),
        proptest::string::string_regex(&jumble).unwrap(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_text_makes_a_search_fail_and_highlights_stay_inside(
        question in text(200),
        title in text(60),
        body in text(400),
    ) {
        let (_writer, reader) = filled([Article::new("a", &title, &body), Article::new("b", "停水", "停水")]);
        for question in [&question, &title, &body] {
            for answer in search(&reader, question) {
                let length = answer.snippet.chars().count();
                prop_assert!(length <= SNIPPET_CHARACTERS_MAX);
                prop_assert!(answer.highlights.iter().all(|place| place.start < place.end && place.end <= length));
                prop_assert!(answer.highlights.is_sorted_by(|one, other| one.end < other.start));
                prop_assert!(answer.title_highlights.iter().all(|place| place.end <= answer.title.chars().count()));
                prop_assert!(answer.score > 0.0 && answer.score <= 1.0001);
            }
        }
    }
}
