//! What normalising, finding and masking promise about texts.

#![expect(clippy::disallowed_types, reason = "a test builds its normaliser once")]

use std::ops::Range;
use std::sync::OnceLock;

use hotline_engine::text::{
    Effect, Gazetteer, GazetteerError, KeywordError, KeywordRow, KeywordRules, Normalised,
    Normaliser, OWNERS_MAX, Raise, Transfer, mask_identity,
};
use proptest::prelude::*;

/// Built once for all tests: the table takes a while without optimisation.
fn normaliser() -> &'static Normaliser {
    static NORMALISER: OnceLock<Normaliser> = OnceLock::new();
    NORMALISER.get_or_init(Normaliser::new)
}

fn normalised(text: &str) -> Normalised {
    let mut out = Normalised::new();
    normaliser().normalise(text, &mut out);
    out
}

#[test]
fn texts_become_comparable() {
    let mut out = Normalised::new();
    for (original, expected) in [
        ("", ""),
        ("路灯不亮", "路灯不亮"),
        ("ＡＢＣ１２３，噪音！", "abc123,噪音!"),
        ("臺北市勞動檢查處", "台北市劳动检查处"),
        ("  两个\t空格\u{3000}\n一个 ", "两个 空格 一个"),
        ("零\u{200b}宽\u{202e}字\u{feff}符", "零宽字符"),
        ("电话13812345678，请回", "电话█,请回"),
        ("身份证44052419900101123X", "身份证█x"),
        ("拨打110，不是12345", "拨打110,不是█"),
        ("长数字1234\u{200b}5", "长数字█"),
        ("面积３０㎡，½", "面积30m2,1⁄2"),
        ("表情😀与\u{e123}私用", "表情😀与私用"),
        ("é e\u{301}", "é e\u{301}"),
        ("123 45", "123 45"),
    ] {
        normaliser().normalise(original, &mut out);
        assert_eq!(out.text(), expected, "{original:?}");
    }
}

#[test]
fn a_range_of_the_normalised_text_leads_back_to_the_original() {
    for (original, part, from) in [
        ("ＡＢ，噪音很大！", "噪音", "噪音"),
        ("ＡＢ，噪音很大！", "ab,", "ＡＢ，"),
        ("臺北市勞動局", "劳动局", "勞動局"),
        ("请打13812345678！", "█", "13812345678"),
        ("面积３０㎡大", "m2", "㎡"),
        ("面积３０㎡大", "2", "㎡"),
        ("零\u{200b}宽", "零", "零"),
        ("零\u{200b}宽", "宽", "宽"),
        ("零\u{200b}宽", "零宽", "零\u{200b}宽"),
        ("一 \n 二", " ", " \n "),
        ("尾巴 ", "尾巴", "尾巴"),
        ("Ａ1234B", "34", "34"),
    ] {
        let out = normalised(original);
        let at = out.text().find(part).expect("the part stands in the text");
        let range = out.original_range(at..at + part.len());
        assert_eq!(&original[range], from, "{part:?} of {original:?}");
    }
}

#[test]
fn an_empty_or_outside_range_leads_to_an_empty_one() {
    let out = normalised("噪音");
    assert_eq!(out.original_range(3..3), 3..3);
    assert_eq!(out.original_range(60..90), 6..6);
}

fn row(words: &[&str], effect: Effect) -> KeywordRow {
    KeywordRow { words: words.iter().map(|w| (*w).to_owned()).collect(), effect }
}

fn rules() -> KeywordRules {
    let rows = [
        row(&["漏水", "停电"], Effect::Urgency(Raise::Urgent)),
        row(&["爆炸", "火灾", "有人被困"], Effect::Urgency(Raise::Critical)),
        row(&["火灾隐患"], Effect::Urgency(Raise::Urgent)),
        row(&["火灾", "爆炸"], Effect::Transfer(Transfer::Fire)),
        row(&["打人"], Effect::Transfer(Transfer::Police)),
        row(&["農民工", "欠薪"], Effect::Tag("wages".into())),
        row(&["欠薪"], Effect::Tag("labour".into())),
    ];
    KeywordRules::new(normaliser(), &rows).expect("the rows are sound")
}

fn found(text: &str) -> Vec<(Effect, Range<usize>)> {
    rules().find(text).into_iter().map(|f| (f.effect.clone(), f.range)).collect()
}

#[test]
fn each_effect_is_found_once_where_it_stands_first() {
    let wages = "农民工被欠薪";
    assert_eq!(
        found(wages),
        [(Effect::Tag("labour".into()), 12..18), (Effect::Tag("wages".into()), 0..9)]
    );
    assert_eq!(found("停电又漏水"), [(Effect::Urgency(Raise::Urgent), 0..6)]);
    assert_eq!(found("一切都好"), []);
}

#[test]
fn the_strongest_urgency_wins() {
    let effects = found("漏水引起爆炸");
    assert_eq!(
        effects,
        [(Effect::Urgency(Raise::Critical), 12..18), (Effect::Transfer(Transfer::Fire), 12..18)]
    );
}

#[test]
fn a_longer_word_of_the_same_sort_silences_the_shorter_one_in_it() {
    assert_eq!(
        found("有火灾隐患"),
        [
            (Effect::Urgency(Raise::Urgent), 3..15),
            // No longer transfer word covers this one.
            (Effect::Transfer(Transfer::Fire), 3..9)
        ]
    );
    let both = found("火灾隐患成了火灾");
    assert_eq!(both[0], (Effect::Urgency(Raise::Critical), 18..24));
}

#[test]
fn no_rows_find_nothing_and_an_empty_word_is_refused() {
    let none = KeywordRules::new(normaliser(), &[]).expect("no rows are sound");
    assert!(none.find("爆炸").is_empty());
    let rows = [row(&["好", " \u{200b}"], Effect::Tag("t".into()))];
    let refused = KeywordRules::new(normaliser(), &rows);
    assert!(matches!(refused, Err(KeywordError::EmptyWord { row: 0, .. })));
}

#[test]
fn the_longest_name_is_found_at_each_place() {
    let names = [("龙湖区", 1), ("龙湖", 1), ("龍湖區外砂街道", 7), ("外砂", 7), ("3号路", 9)];
    let gazetteer = Gazetteer::new(normaliser(), names).expect("the names are sound");
    let text = "龙湖区外砂街道和龙湖的3号路";
    let places: Vec<(&str, &[u16])> =
        gazetteer.find(text).map(|p| (&text[p.range], p.numbers)).collect();
    let wanted: [(&str, &[u16]); 3] = [("龙湖区外砂街道", &[7]), ("龙湖", &[1]), ("3号路", &[9])];
    assert_eq!(places, wanted);
}

#[test]
fn a_name_with_two_numbers_stands_for_both() {
    let names = [("泰山路", 5), ("泰山路", 2), ("泰山路", 5)];
    let gazetteer = Gazetteer::new(normaliser(), names).expect("the names are sound");
    let owners: Vec<&[u16]> = gazetteer.find("泰山路").map(|place| place.numbers).collect();
    assert_eq!(owners, [[2, 5]]);
    let none = Gazetteer::new(normaliser(), []).expect("no names are sound");
    assert_eq!(none.find("外砂").count(), 0);
}

#[test]
fn a_name_of_too_many_places_or_of_nothing_is_refused() {
    let common = (0..=OWNERS_MAX as u16).map(|number| ("中心小学", number));
    let refused = Gazetteer::new(normaliser(), common).expect_err("it tells nothing");
    assert!(matches!(refused, GazetteerError::TooCommon { name } if name == "中心小学"));
    let refused = Gazetteer::new(normaliser(), [("\u{200b}", 1)]).expect_err("no name");
    assert!(matches!(refused, GazetteerError::EmptyName { .. }));
}

/// Characters that normalising treats in different ways, and any others.
fn text() -> impl Strategy<Value = String> {
    let special = "0123456789０９ 　\u{200b}\u{202e}，！㎡½ﷺ臺灣龍湖a Ａé\u{301}😀𝐀\u{f900}\u{2f800}\u{e000}-Xx";
    let special: Vec<char> = special.chars().collect();
    let character = prop_oneof![prop::sample::select(special), any::<char>()];
    prop::collection::vec(character, 0..60).prop_map(|c| c.into_iter().collect())
}

proptest! {
    #[test]
    fn every_range_leads_to_character_borders_inside_the_original(original in text()) {
        let out = normalised(&original);
        let borders: Vec<usize> =
            (0..=out.text().len()).filter(|at| out.text().is_char_boundary(*at)).collect();
        let mut last = 0;
        for pair in borders.windows(2) {
            let range = out.original_range(pair[0]..pair[1]);
            prop_assert!(original.get(range.clone()).is_some_and(|s| !s.is_empty()));
            prop_assert!(range.start >= last || range.end >= last);
            last = range.start;
        }
        for &start in &borders {
            for &end in &borders {
                prop_assert!(original.get(out.original_range(start..end)).is_some());
            }
        }
    }

    #[test]
    fn normalising_twice_is_normalising_once(original in text()) {
        let once = normalised(&original);
        let twice = normalised(once.text());
        prop_assert_eq!(once.text(), twice.text());
    }

    #[test]
    fn no_long_run_of_digits_survives(original in text()) {
        let longest = |text: &str| {
            text.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0)
        };
        prop_assert!(longest(normalised(&original).text()) < 5);
        // What has a unit is a count and nobody's number.
        prop_assert!(longest(&mask_identity(&original.replace('㎡', ""))) < 7);
    }

    #[test]
    fn masking_hides_every_mobile_number(before in "[^0-9０-９]{0,8}", number in "1[3-9][0-9]{9}") {
        let masked = mask_identity(&format!("{before}{number}。")).into_owned();
        prop_assert!(!masked.contains(&number));
        prop_assert!(masked.contains(&number[7..]), "{}", masked);
    }

    #[test]
    fn masking_leaves_everything_else(text in "[^0-9０-９]{0,40}") {
        prop_assert_eq!(mask_identity(&text), text.as_str());
    }
}
