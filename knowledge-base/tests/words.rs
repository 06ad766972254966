//! What people say and what offices write, and what is typed in Latin letters: both find the same articles.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeMap;
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

/// Words that callers use, by what a call-taker types for them.
const EVERYDAY: &str = "yb医保 sb社保 sbk社保卡 jzz居住证 sfz身份证 jsz驾驶证 yyzz营业执照 ddc电动车 ld路灯 ts停水 td停电 \
    zs噪声 wyf物业费 wy物业 lj垃圾 hk户口 jh结婚 db低保 gzf公租房 ylj养老金 syj失业金 gs工伤 yey幼儿园 hz护照 rq燃气 tc停车 dt电梯 \
    wj违建 qx欠薪 gz工资 wyc网约车 czc出租车 xf消防 fp发票 ym疫苗 gh挂号 cjr残疾人 yy油烟 jg井盖 xsd下水道 wf危房 ls漏水 \
    hld红绿灯 zx装修 bx报销 ht合同 ywh业委会 gcw广场舞 jt交通 ws卫生 hj户籍 lh落户";
/// How many of them at least have their word among the first three answers, and among the first ten.
const FOUND: [usize; 2] = [42, 46];

#[test]
fn initials_of_everyday_words_find_articles_that_have_them() {
    let (mut writer, reader) = open().unwrap();
    let mut texts = BTreeMap::new();
    for line in include_str!("../../examples/longhu/articles.jsonl").lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |field: &str| row[field].as_str().unwrap_or_default();
        let mut article = Article::new(text("id"), text("title"), text("body"));
        article.matter = row["matter"].as_str().map(str::to_owned);
        texts.insert(article.id.clone(), format!("{} {}", article.title, article.body));
        writer.put(article).unwrap();
    }
    writer.commit().unwrap();
    let (mut found, mut missed) = ([0, 0], Vec::new());
    for entry in EVERYDAY.split_whitespace() {
        let (typed, word) = entry.split_at(entry.find(|c: char| !c.is_ascii()).unwrap());
        let rank = ids(&reader, typed).iter().position(|id| texts[id].contains(word));
        found[0] += usize::from(rank.is_some_and(|rank| rank < 3));
        found[1] += usize::from(rank.is_some_and(|rank| rank < 10));
        if rank.is_none_or(|rank| rank >= 3) {
            missed.push(format!("{entry} {rank:?}"));
        }
    }
    let enough = found.iter().zip(FOUND).all(|(found, wanted)| *found >= wanted);
    assert!(enough, "{found:?} of {}; {missed:?}", EVERYDAY.split_whitespace().count());
}

#[test]
fn where_no_article_has_a_pair_of_the_question_its_letters_find_one_and_are_shown() {
    let (_writer, reader) = filled();
    let found = search(&reader, "灯修");
    assert_eq!(found[0].id, "lamp");
    assert!(!found[0].title_highlights.is_empty() && !found[0].reasons.is_empty());
    assert_eq!(ids(&reader, "魑魅"), [""; 0]);
}
