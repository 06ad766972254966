//! What a caller of the knowledge base can rely on, told with a handful of made-up articles.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hotline_knowledge_base::{
    ANSWERS_MAX, Answer, Article, BODY_CHARACTERS_MAX, Day, Error, ID_BYTES_MAX,
    QUERY_CHARACTERS_MAX, Reader, SNIPPET_CHARACTERS_MAX, SearchOptions, TITLE_CHARACTERS_MAX,
    Writer, open,
};

const TODAY: Day = Day(20_600);

fn article(id: &str, title: &str, body: &str) -> Article {
    Article::new(id, title, body)
}

/// Six articles of a town that does not exist.
fn shelf() -> Vec<Article> {
    vec![
        article(
            "water",
            "停水后多久恢复供水",
            "计划停水提前一天公告，抢修停水一般在八小时内恢复。拨打供水热线，报出小区名称即可查询。",
        ),
        article(
            "fund",
            "住房公积金怎样提取",
            "购房、租房、退休可以提取住房公积金。带身份证和公积金联名卡到服务大厅，或在手机上申请。",
        ),
        article(
            "medical",
            "医疗保险异地就医备案",
            "异地就医之前先备案，凭医疗保险电子凭证在手机上办理，次日生效。",
        ),
        article(
            "noise",
            "夜间施工噪声扰民找谁",
            "夜间二十二点至次日六点不得施工。噪声扰民由城管部门现场检查，处以罚款。",
        ),
        article("lamp", "路灯不亮怎么报修", "报出灯杆编号和路名，路灯管理所三天内修复。"),
        article(
            "bus",
            "老年人免费乘坐公交车",
            "年满六十五周岁的老年人凭老年卡免费乘坐公交车，每年审验一次。",
        ),
    ]
}

fn filled(articles: impl IntoIterator<Item = Article>) -> (Writer, Reader) {
    let (mut writer, reader) = open().unwrap();
    for article in articles {
        writer.put(article).unwrap();
    }
    writer.commit().unwrap();
    (writer, reader)
}

fn search(reader: &Reader, question: &str) -> Vec<Answer> {
    reader.search(question, &SearchOptions::on(TODAY)).unwrap()
}

fn ids(reader: &Reader, question: &str) -> Vec<String> {
    search(reader, question).into_iter().map(|answer| answer.id).collect()
}

fn cut(text: &str, places: &[std::ops::Range<usize>]) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    places.iter().map(|place| characters[place.clone()].iter().collect()).collect()
}

#[test]
fn a_question_finds_the_article_that_answers_it() {
    let (_writer, reader) = filled(shelf());
    for (question, id) in [
        ("小区从昨晚停水到现在，什么时候恢复", "water"),
        ("我想提取公积金租房", "fund"),
        ("工地半夜还在施工，噪声太大睡不着", "noise"),
        ("楼下路灯坏了不亮", "lamp"),
        ("老人坐公交车要不要钱", "bus"),
    ] {
        assert_eq!(ids(&reader, question)[0], id, "{question}");
    }
}

#[test]
fn a_question_in_traditional_or_wide_letters_finds_the_simplified_article() {
    let (_writer, reader) = filled(shelf());
    assert_eq!(ids(&reader, "醫療保險異地就醫")[0], "medical");
    let (_writer, reader) = filled([article("wifi", "公园免费WiFi", "公园提供免费WiFi。")]);
    assert_eq!(ids(&reader, "ＷＩＦＩ"), ["wifi"]);
}

#[test]
fn a_traditional_article_is_found_by_a_simplified_question_and_shown_as_it_was_put() {
    let (_writer, reader) = filled([article("library", "圖書館開放時間", "圖書館週一閉館。")]);
    let answers = search(&reader, "图书馆");
    assert_eq!(cut(&answers[0].title, &answers[0].title_highlights), ["圖書館"]);
    assert_eq!(cut(&answers[0].snippet, &answers[0].highlights), ["圖書館"]);
}

#[test]
fn nothing_is_found_before_the_commit_and_everything_after_it() {
    let (mut writer, reader) = open().unwrap();
    writer.put(article("lamp", "路灯报修", "报出灯杆编号。")).unwrap();
    assert!(ids(&reader, "路灯").is_empty());
    writer.commit().unwrap();
    assert_eq!(ids(&reader, "路灯"), ["lamp"]);
}

#[test]
fn after_a_replacement_only_the_new_text_answers() {
    let (mut writer, reader) = filled(shelf());
    writer.put(article("lamp", "窨井盖丢失怎么报修", "拨打市政热线，先设围挡。")).unwrap();
    assert_eq!(ids(&reader, "灯杆编号")[0], "lamp", "not yet committed");
    writer.commit().unwrap();
    assert!(ids(&reader, "灯杆").is_empty());
    assert_eq!(ids(&reader, "窨井盖"), ["lamp"]);
    assert_eq!(writer.articles_count(), 6);
}

#[test]
fn two_replacements_in_one_commit_leave_one_article() {
    let (mut writer, reader) = filled(shelf());
    writer.put(article("lamp", "路灯甲", "甲")).unwrap();
    writer.put(article("lamp", "路灯乙", "乙")).unwrap();
    writer.commit().unwrap();
    let answers = search(&reader, "路灯");
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].title, "路灯乙");
}

#[test]
fn a_removed_article_never_answers_and_its_place_is_taken_by_the_next() {
    let (mut writer, reader) = filled(shelf());
    assert!(writer.remove("lamp"));
    assert!(!writer.remove("lamp"));
    writer.put(article("tree", "行道树修剪", "树枝挡住窗户可以申请修剪。")).unwrap();
    writer.commit().unwrap();
    assert!(ids(&reader, "路灯").is_empty());
    assert_eq!(ids(&reader, "行道树"), ["tree"]);
    assert_eq!(writer.articles_count(), 6);
}

#[test]
fn an_article_put_and_removed_in_one_commit_is_not_there() {
    let (mut writer, reader) = filled(shelf());
    writer.put(article("tree", "行道树修剪", "树枝挡住窗户可以申请修剪。")).unwrap();
    writer.remove("tree");
    writer.commit().unwrap();
    assert!(ids(&reader, "行道树").is_empty());
}

#[test]
fn an_article_answers_from_its_first_to_its_last_day_and_never_outside() {
    let mut seasonal = article("heat", "供暖补贴申请", "供暖季内可申请供暖补贴。");
    seasonal.valid_from = Some(Day(100));
    seasonal.valid_to = Some(Day(110));
    let (_writer, reader) = filled([seasonal]);
    let found = |day| reader.search("供暖补贴", &SearchOptions::on(Day(day))).unwrap().len();
    assert_eq!([99, 100, 110, 111].map(found), [0, 1, 1, 0]);
}

#[test]
fn expired_articles_do_not_crowd_out_valid_ones() {
    let expired = (0..400).map(|number| {
        let mut article = article(&format!("old-{number}"), "供暖补贴", "供暖补贴");
        article.valid_to = Some(Day(TODAY.0 - 1));
        article
    });
    let valid =
        article("new", "供暖费用减免", "低保家庭可以申请供暖补贴，其他家庭按面积收取供暖费用。");
    let (_writer, reader) = filled(expired.chain([valid]));
    assert_eq!(ids(&reader, "供暖补贴"), ["new"]);
}

#[test]
fn only_the_unit_asked_for_answers() {
    let mut ours = article("ours", "路灯报修", "报出灯杆编号。");
    ours.unit = Some("U01".to_owned());
    let mut theirs = article("theirs", "路灯报修", "报出灯杆编号。");
    theirs.unit = Some("U02".to_owned());
    let (_writer, reader) = filled([ours, theirs, article("nobody", "路灯报修", "报出灯杆编号。")]);
    let options = SearchOptions { unit: Some("U02"), ..SearchOptions::on(TODAY) };
    let answers = reader.search("路灯", &options).unwrap();
    assert_eq!(answers.len(), 1);
    assert_eq!((answers[0].id.as_str(), answers[0].unit.as_deref()), ("theirs", Some("U02")));
}

#[test]
fn an_article_of_the_matter_asked_about_comes_before_its_equals() {
    let with = |id, matter: &str| {
        let mut article = article(id, "收费标准", "收费标准见公示牌。");
        article.matter = Some(matter.to_owned());
        article
    };
    let (_writer, reader) =
        filled([with("a", "交通/停车场"), with("b", "交通/停车"), with("c", "物业")]);
    let first = |matter| {
        let options = SearchOptions { matter: Some(matter), ..SearchOptions::on(TODAY) };
        let answers = reader.search("收费标准", &options).unwrap();
        assert_eq!(answers.len(), 3);
        answers[0].id.clone()
    };
    assert_eq!(first("物业"), "c");
    assert_eq!(first("交通/停车/路边"), "b", "under the article's matter");
    assert_eq!(first("交通/停车"), "b", "a longer name is another matter");
    assert_eq!(first("教育"), "a", "by id when nothing else tells");
}

#[test]
fn highlights_point_at_the_characters_that_matched() {
    let (_writer, reader) = filled(shelf());
    let plain = reader.clone().with_synonyms(Arc::default());
    let answer = &search(&plain, "公积金提取")[0];
    assert_eq!(cut(&answer.title, &answer.title_highlights), ["公积金", "提取"]);
    assert_eq!(cut(&answer.snippet, &answer.highlights), ["提取", "公积金", "公积金"]);
}

#[test]
fn the_snippet_of_a_long_body_shows_the_matching_passage() {
    let body = format!(
        "{}超过期限可以补办居住证。{}",
        "一般说明文字。".repeat(300),
        "其余事项另行通知。".repeat(300)
    );
    let (_writer, reader) = filled([article("long", "办事指南", &body)]);
    let answer = &search(&reader, "补办居住证")[0];
    assert!(answer.snippet.chars().count() <= SNIPPET_CHARACTERS_MAX);
    assert_eq!(cut(&answer.snippet, &answer.highlights), ["补办居住证"]);
}

#[test]
fn a_score_lies_between_nothing_and_one_and_falls() {
    let (_writer, reader) = filled(shelf());
    let scores: Vec<f32> =
        search(&reader, "公积金和路灯和停水").iter().map(|answer| answer.score).collect();
    assert!(scores.len() >= 3);
    assert!(scores.is_sorted_by(|one, other| one >= other));
    assert!(scores.iter().all(|score| *score > 0.0 && *score <= 1.0), "{scores:?}");
}

#[test]
fn one_character_is_a_question_and_no_character_is_none() {
    let (_writer, reader) = filled(shelf());
    assert_eq!(ids(&reader, "灯"), ["lamp"]);
    assert_eq!(cut("路灯不亮怎么报修", &search(&reader, "灯")[0].title_highlights), ["灯"]);
    for question in ["", "   ", "？！……", "\u{0}\u{200d}"] {
        assert!(ids(&reader, question).is_empty(), "{question:?}");
    }
}

#[test]
fn an_empty_knowledge_base_answers_nothing() {
    let (mut writer, reader) = open().unwrap();
    assert!(ids(&reader, "停水").is_empty());
    writer.commit().unwrap();
    assert!(ids(&reader, "停水").is_empty());
}

#[test]
fn what_looks_like_a_query_language_is_only_words() {
    let (_writer, reader) = filled(shelf());
    for question in [
        "停水 AND (",
        "\"停水",
        "title:停水",
        "停水^9 OR NOT -恢复",
        "[停水 TO *]",
        "停水~2 \\",
        "body:{停水}",
        "停水'; DROP TABLE articles; --",
        "*停水* ?",
        "停水\u{202e}\u{feff}",
        "<script>停水</script>",
    ] {
        assert_eq!(ids(&reader, question)[0], "water", "{question}");
    }
}

#[test]
fn a_question_beyond_its_bound_is_read_up_to_it() {
    let (_writer, reader) = filled(shelf());
    let filler = "啊".repeat(QUERY_CHARACTERS_MAX);
    assert_eq!(ids(&reader, &format!("停水{filler}")), ["water"]);
    assert!(ids(&reader, &format!("{filler}停水")).is_empty());
}

#[test]
fn a_question_of_common_words_is_still_answered_among_many_articles() {
    let many = (0..1_200)
        .map(|number| article(&format!("a{number}"), "办理", &format!("办理事项{number}")));
    let (_writer, reader) = filled(many);
    assert_eq!(ids(&reader, "办理").len(), 10);
    assert_eq!(ids(&reader, "办理事项777")[0], "a777");
}

#[test]
fn no_more_answers_than_wanted_and_never_more_than_the_bound() {
    let many = (0..80).map(|number| article(&format!("a{number}"), "停水", "停水通知"));
    let (_writer, reader) = filled(many);
    let count = |limit| {
        let options = SearchOptions { limit, ..SearchOptions::on(TODAY) };
        reader.search("停水", &options).unwrap().len()
    };
    assert_eq!([0, 3, 10_000].map(count), [0, 3, ANSWERS_MAX]);
}

#[test]
fn an_article_that_breaks_a_bound_is_refused_with_the_field_named() {
    let (mut writer, _reader) = open().unwrap();
    let long = |count: usize| "长".repeat(count);
    let backwards = Article {
        valid_from: Some(Day(2)),
        valid_to: Some(Day(1)),
        ..article("a", "标题", "正文")
    };
    let cases = [
        (article("", "标题", "正文"), "id is empty".to_owned()),
        (
            article(&"x".repeat(ID_BYTES_MAX + 1), "标题", "正文"),
            "id is longer than 256 bytes".to_owned(),
        ),
        (article("a", " \n", "正文"), "title is empty".to_owned()),
        (
            article("a", &long(TITLE_CHARACTERS_MAX + 1), "正文"),
            "title is longer than 200 characters".to_owned(),
        ),
        (article("a", "标题", ""), "body is empty".to_owned()),
        (
            article("a", "标题", &long(BODY_CHARACTERS_MAX + 1)),
            "body is longer than 20000 characters".to_owned(),
        ),
        (backwards, "valid_to lies before valid_from".to_owned()),
    ];
    for (article, message) in cases {
        assert_eq!(writer.put(article).unwrap_err().to_string(), message);
    }
    assert_eq!(writer.articles_count(), 0);
    writer.put(article("a", &long(TITLE_CHARACTERS_MAX), &long(BODY_CHARACTERS_MAX))).unwrap();
}

#[test]
fn a_refused_replacement_leaves_the_old_article() {
    let (mut writer, reader) = filled(shelf());
    assert!(matches!(writer.put(article("lamp", "路灯", "")), Err(Error::Empty { field: "body" })));
    writer.commit().unwrap();
    assert_eq!(ids(&reader, "路灯"), ["lamp"]);
}

#[test]
fn searches_during_writes_see_whole_commits_only() {
    // Each commit replaces both articles by ones with the same round number; a search must never see two rounds.
    let round = |number: u32| {
        ["left", "right"].map(|id| article(id, "轮次通知", &format!("本次轮次是{number}号")))
    };
    let (mut writer, reader) = filled(round(0));
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let (reader, done) = (reader.clone(), &done);
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    let answers = search(&reader, "轮次通知");
                    assert_eq!(answers.len(), 2);
                    assert_eq!(answers[0].snippet, answers[1].snippet);
                }
            });
        }
        for number in 1..60 {
            round(number).into_iter().for_each(|article| writer.put(article).unwrap());
            writer.commit().unwrap();
            assert!(search(&reader, "轮次通知")[0].snippet.contains(&format!("是{number}号")));
        }
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn the_same_articles_put_in_another_order_give_the_same_answers() {
    let (_writer, forward) = filled(shelf());
    let (_writer, backward) = filled(shelf().into_iter().rev());
    let question = "公积金、路灯、停水、公交车都怎么办理";
    assert_eq!(search(&forward, question), search(&backward, question));
}

#[test]
fn many_commits_answer_like_one() {
    let (mut writer, piecemeal) = open().unwrap();
    for article in shelf() {
        writer.put(article).unwrap();
        writer.commit().unwrap();
    }
    let (_writer, whole) = filled(shelf());
    for question in ["停水多久恢复", "老年人坐公交车", "施工噪声"] {
        assert_eq!(search(&piecemeal, question), search(&whole, question), "{question}");
    }
}

#[test]
fn the_index_that_answers_agrees_with_the_index_of_record() {
    let (mut writer, reader) = open().unwrap();
    let sample = include_str!("../../examples/longhu/articles.jsonl");
    let read = |line: &str| -> serde_json::Value { serde_json::from_str(line).unwrap() };
    let articles: Vec<_> = sample.lines().map(read).collect();
    for article in &articles {
        let text = |field: &str| article[field].as_str().unwrap().to_owned();
        writer.put(Article::new(text("id"), text("title"), text("body"))).unwrap();
    }
    writer.put(article("gone", "停水通知", "停水通知")).unwrap();
    writer.remove("gone");
    writer.commit().unwrap();
    writer.settle().unwrap();
    let (mut shared, mut all) = (0, 0);
    for article in articles.iter().take(25) {
        for question in [&article["title"], &article["body"]] {
            let question = question.as_str().unwrap();
            let ours = reader.bm25(question, 10);
            let record = reader.bm25_of_record(question, 10).unwrap();
            assert!((ours[0].score - record[0].score).abs() < 1e-3 * ours[0].score, "{question}");
            all += record.len();
            shared += record.iter().filter(|hit| ours.iter().any(|own| own.id == hit.id)).count();
        }
    }
    assert!(all >= 400, "most of fifty questions have ten answers: {all}");
    assert!(shared * 100 >= all * 99, "{shared} of {all}");
}

#[test]
fn the_index_of_record_follows_replacements_and_removals() {
    let (mut writer, reader) = filled(shelf());
    writer.put(article("lamp", "窨井盖丢失怎么报修", "先设围挡。")).unwrap();
    writer.remove("bus");
    writer.commit().unwrap();
    writer.settle().unwrap();
    let found = |question| reader.bm25_of_record(question, 10).unwrap().len();
    assert_eq!(["灯杆", "审验", "围挡"].map(found), [0, 0, 1]);
}

#[test]
fn what_the_heading_says_weighs_more() {
    let (_writer, reader) = filled([
        article("water", "停水报修", "停水报修请拨打热线"),
        article("lamp", "路灯报修", "路灯报修请拨打热线"),
    ]);
    let question = "停水，路灯";
    let first = |heading| {
        let options = SearchOptions { heading, ..SearchOptions::on(TODAY) };
        reader.search(question, &options).unwrap()[0].id.clone()
    };
    assert_eq!(first(Some("停水")), "water");
    assert_eq!(first(Some("路灯")), "lamp");
}

#[test]
fn an_article_of_another_place_comes_later() {
    let (_writer, reader) = filled([
        article("a", "医保缴费", "B市C2县居民医保缴费请到医保大厅办理"),
        article("b", "医保缴费", "B市A7县居民医保缴费请到医保大厅办理"),
    ]);
    assert_eq!(ids(&reader, "A7县居民医保缴费去哪里"), ["b", "a"]);
    assert_eq!(ids(&reader, "C2县居民医保缴费去哪里"), ["a", "b"]);
}

#[test]
fn thousands_of_single_changes_answer_as_the_same_articles_put_at_once() {
    let text = |number: u32, round: u32| {
        let id = format!("a{number}");
        let body = format!("第{}号事项由第{}科办理，第{round}版", 1_000 + number, number % 7);
        article(&id, "办事指南", &body)
    };
    let count = 1_100;
    let (mut writer, changed) = filled((0..count).map(|number| text(number, 100)));
    // Enough to count rarities beside the work, to take what was counted, and to merge small segments many times.
    for number in 0..count {
        writer.put(text(number, 200)).unwrap();
        writer.commit().unwrap();
    }
    assert!(ids(&changed, "第100版").iter().all(|id| *id != "a5"), "no replaced text answers");
    let (_writer, once) = filled((0..count).map(|number| text(number, 200)));
    for number in (0..count).step_by(97) {
        let question = format!("第{}号事项在哪一科", 1_000 + number);
        assert_eq!(ids(&changed, &question)[0], format!("a{number}"));
        assert_eq!(ids(&changed, &question)[0], ids(&once, &question)[0]);
    }
}
