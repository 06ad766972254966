//! What people say and what offices write, and what is typed in Latin letters: both find the same articles.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;

use hotline_knowledge_base::{Answer, Article, Day, Reader, SearchOptions, Synonyms, Writer, open};

/// Five articles of a town that does not exist.
fn filled() -> (Writer, Reader) {
    let (mut writer, reader) = open().unwrap();
    for (id, title, body) in [
        (
            "water",
            "停水后多久恢复供水",
            "计划停水提前一天公告。拨打供水热线，报出小区名称即可查询。",
        ),
        ("fund", "住房公积金怎样提取", "购房、租房、退休可以提取住房公积金。"),
        ("noise", "夜间施工噪声扰民找谁", "夜间二十二点至次日六点不得施工。"),
        ("lamp", "路灯不亮怎么报修", "报出灯杆编号和路名，路灯管理所三天内修复。"),
        ("bus", "老年人免费乘坐公交车", "年满六十五周岁的老年人凭老年卡免费乘坐公交车。"),
    ] {
        writer.put(Article::new(id, title, body)).unwrap();
    }
    writer.commit().unwrap();
    (writer, reader)
}

fn search(reader: &Reader, question: &str) -> Vec<Answer> {
    reader.search(question, &SearchOptions::on(Day(20_600))).unwrap()
}

fn ids(reader: &Reader, question: &str) -> Vec<String> {
    search(reader, question).into_iter().map(|answer| answer.id).collect()
}

#[test]
fn what_people_say_finds_what_offices_write_and_says_so() {
    let (_writer, reader) = filled();
    for (said, id) in
        [("家里没水了", "water"), ("半夜施工吵死了", "noise"), ("阿公坐公車要錢吗", "bus")]
    {
        assert_eq!(ids(&reader, said)[0], id, "{said}");
    }
    let plain = reader.clone().with_synonyms(Arc::default());
    // By letters alone it is found with less.
    let score = |reader: &Reader| search(reader, "家里没水了").first().map_or(0.0, |it| it.score);
    assert!(score(&plain) < score(&reader));
    let own = Synonyms::beside_built_in("灯瞎了 路灯不亮\n").unwrap();
    let local = reader.with_synonyms(Arc::new(own));
    assert_eq!(ids(&local, "灯瞎了")[0], "lamp");
    assert_eq!(ids(&local, "没水")[0], "water", "the list inside the program stays");
    let answer = &search(&local, "没水")[0];
    assert_eq!(answer.reasons[0].term, "停水", "{:?}", answer.reasons);
}

#[test]
fn pinyin_and_its_initials_find_titles_while_they_are_typed() {
    let (_writer, reader) = filled();
    for typed in
        ["gongjijin", "gong ji jin", "gjj", "zfgjj", "GJJ tq", "公积金tiqu", "zhufanggongji"]
    {
        assert_eq!(ids(&reader, typed).first().map(String::as_str), Some("fund"), "{typed}");
    }
    assert_eq!(ids(&reader, "ludeng")[0], "lamp");
    assert_eq!(ids(&reader, "xyzq"), [""; 0]);
}

#[test]
fn where_no_article_has_a_pair_of_the_question_its_letters_find_one_and_are_shown() {
    let (_writer, reader) = filled();
    let found = search(&reader, "灯修");
    assert_eq!(found[0].id, "lamp");
    assert!(!found[0].title_highlights.is_empty() && !found[0].reasons.is_empty());
    assert_eq!(ids(&reader, "魑魅"), [""; 0]);
}
