//! What an article is found by beside its title and body: its matter, the name of its unit, and the document it was taken from.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use hotline_knowledge_base::{Article, Day, Reader, SearchOptions, Writer, open};

/// Rows: id, matter, name of the unit, source, body; `-` = none. All bear the same title.
const ARTICLES: &str = "
stall    城市管理/占道经营 市城管局       市容管理办法　穗府办〔2020〕12号  报出地点即可。
market   市场监管/食品安全 市场监管局     食品条例　穗府办〔2020〕11号      凭小票投诉。
licence  市场监管/证照     市场监管局     -                            带身份证到窗口办理。
school   教育/入学         -              入学通知　穗教发〔2020〕12号      每年五月报名。
plain    -                 -              -                            拨打热线咨询。
";

/// Rows: what is typed, where it stands, and what comes first; further ones in any order, `*` = whatever.
const TYPED: &str = "
穗府办〔2020〕12号      source stall *
穗府办[2020]12号        source stall *
穗府办〔２０２０〕１２号  source stall *
请问穗府办2020 11号文    source market *
穗教发〔2020〕12号      source school *
入学通知                source school
食品条例                source market *
市场监管局              unit   licence market *
城管局                  unit   stall *
占道经营                matter stall
食品安全                matter market
小票                    body   market
";

fn filled() -> (Writer, Reader) {
    let (mut writer, reader) = open().unwrap();
    for row in ARTICLES.lines().filter(|line| !line.is_empty()) {
        // The blank inside a source is a wide one.
        let cells: Vec<&str> = row.split(' ').filter(|cell| !cell.is_empty()).collect();
        let [id, matter, unit_name, source, body] = cells[..] else { panic!("{row}") };
        let label = |cell: &str| Some(cell.to_owned()).filter(|cell| cell != "-");
        let article = Article::new(id, "办事问答", body);
        let (matter, unit_name, source) = (label(matter), label(unit_name), label(source));
        writer.put(Article { matter, unit_name, source, ..article }).unwrap();
    }
    writer.commit().unwrap();
    (writer, reader)
}

#[test]
fn an_article_is_found_by_its_matter_its_unit_and_its_source_and_says_so() {
    let (_writer, reader) = filled();
    for line in TYPED.lines().filter(|line| !line.is_empty()) {
        let at = ["source", "unit", "matter", "body"].iter().find_map(|it| line.find(*it)).unwrap();
        let (typed, told) = (line[..at].trim(), line[at..].split_whitespace().collect::<Vec<_>>());
        let (field, wanted) = told.split_first().unwrap();
        let answers = reader.search(typed, &SearchOptions::on(Day(0))).unwrap();
        let found: Vec<&str> = answers.iter().map(|answer| answer.id.as_str()).collect();
        let named = wanted.iter().filter(|id| **id != "*").count();
        let mut first: Vec<&str> = found.iter().take(named).copied().collect();
        first.sort_unstable();
        assert_eq!(first, wanted[..named], "{typed}: {found:?}");
        assert!(found.len() == named || wanted.contains(&"*"), "{typed}: {found:?}");
        let reason = &answers[0].reasons[0];
        assert_eq!(format!("{:?}", reason.field).to_lowercase(), *field, "{typed}: {reason:?}");
    }
}

#[test]
fn both_indexes_have_the_same_labels() {
    let (writer, reader) = filled();
    writer.settle().unwrap();
    for typed in ["市场监管局", "占道经营", "穗府办〔2020〕12号", "入学通知", "办事问答"]
    {
        let of_record = reader.bm25_of_record(typed, 5).unwrap();
        let own = reader.bm25(typed, 5);
        assert!(!of_record.is_empty(), "{typed}");
        let ids = |hits: &[hotline_knowledge_base::Hit]| {
            let mut ids: Vec<String> = hits.iter().map(|hit| hit.id.clone()).collect();
            ids.sort_unstable();
            ids
        };
        assert_eq!(ids(&of_record), ids(&own), "{typed}");
        let (one, other) = (of_record[0].score, own[0].score);
        assert!((one - other).abs() < 1e-3, "{typed}: {one} and {other}");
    }
}

#[test]
fn a_label_that_changes_is_found_as_it_is_now() {
    let (mut writer, reader) = filled();
    let named = |name: &str| {
        let article = Article::new("licence", "办事问答", "带身份证到窗口办理。");
        Article { unit_name: Some(name.to_owned()), ..article }
    };
    let found = |typed: &str| {
        let hits = reader.rank(typed, &SearchOptions::on(Day(0)));
        hits.iter().any(|hit| hit.id == "licence")
    };
    assert!(found("市场监管局") && !found("税务大厅"));
    writer.put(named("税务大厅")).unwrap();
    writer.commit().unwrap();
    assert!(found("税务大厅") && !found("场监"));
    assert!(writer.differing(&[("licence".to_owned(), Some(named("税务大厅")))]).is_empty());
    assert_eq!(writer.differing(&[("licence".to_owned(), Some(named("市场监管局")))]), ["licence"]);
}
