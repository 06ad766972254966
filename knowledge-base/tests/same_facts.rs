//! The same articles give the same answers, whatever became of them before; among many that are nearly as good, and equal ones.

use hotline_knowledge_base::{Article, Day, Reader, SearchOptions, open};

const TODAY: Day = Day(20_600);

/// An article of few words, so that many are nearly as good; some say the same.
fn alike(number: u32) -> Article {
    let words = ["停水", "停电", "噪声", "路灯", "公交", "医保", "社保", "物业", "垃圾", "电梯"];
    let word = |at: u32| words[(at % 10) as usize];
    let (one, other) = (word(number), word(number / 10 + number % 3));
    let body = format!("{one}{other}办理指南，{}{one}。", word(number / 7));
    Article::new(format!("{number:04}"), format!("{one}怎么办"), body)
}

#[test]
fn the_same_articles_answer_alike_whatever_became_of_them_before() {
    let (mut writer, reader) = open().unwrap();
    (0..1_400).for_each(|number| writer.put(alike(number)).unwrap());
    writer.commit().unwrap();
    for number in 0..160 {
        match number % 4 {
            0 => {
                writer.put(Article { body: "别的内容，停水".to_owned(), ..alike(number) }).unwrap();
            }
            _ => assert!(writer.remove(&format!("{number:04}"))),
        }
        writer.commit().unwrap();
    }
    (0..160).step_by(4).for_each(|number| writer.put(alike(number)).unwrap());
    writer.commit().unwrap();

    let (mut other, fresh) = open().unwrap();
    for number in (0..1_400).rev().filter(|number| *number >= 160 || number % 4 == 0) {
        other.put(alike(number)).unwrap();
    }
    other.commit().unwrap();
    let questions =
        ["停水停电怎么办", "噪声", "路灯公交办理", "ts", "yibao", "社保 电梯", "垃圾指南物业"];
    let answers = |reader: &Reader| {
        let hits = |question: &&str| {
            reader.rank(question, &SearchOptions { limit: 50, ..SearchOptions::on(TODAY) })
        };
        questions.iter().map(hits).collect::<Vec<_>>()
    };
    assert_ne!(answers(&reader), answers(&fresh), "rarities are those of before");
    while !writer.recount().unwrap() {
        std::thread::yield_now();
    }
    for ((question, found), wanted) in questions.iter().zip(answers(&reader)).zip(answers(&fresh)) {
        assert!(!wanted.is_empty(), "{question}");
        assert_eq!(found, wanted, "{question}");
    }
    assert!(writer.recount().unwrap(), "nothing is left to count");
}

#[test]
fn a_word_that_many_articles_have_finds_them_though_none_has_what_means_the_same() {
    let (mut writer, reader) = open().unwrap();
    (0..1_400).for_each(|number| writer.put(alike(number)).unwrap());
    writer.commit().unwrap();
    for asked in ["噪声", "停水", "路灯"] {
        let found = reader.rank(asked, &SearchOptions::on(TODAY));
        assert_eq!(found.len(), 10, "{asked}");
    }
}
