//! What normalising, finding and masking promise about texts.

#![expect(clippy::disallowed_types, reason = "a test builds its normaliser once")]

use std::borrow::Cow;
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

#[test]
fn numbers_of_persons_are_masked() {
    for (original, expected) in [
        ("请回13812345678谢谢", "请回138****5678谢谢"),
        ("１３８１２３４５６７８", "138****5678"),
        ("138 1234 5678", "138****5678"),
        // What nobody sees between digits hides nothing, however much of it there is.
        (
            "1\u{202e}3\u{202c}8\u{200b}\u{200b}\u{200b}\u{200b}12\u{2066}34\u{ad}5678",
            "138****5678",
        ),
        ("1\u{336}3\u{336}8\u{336}12345678", "138****5678"),
        ("1\u{fe0f}\u{20e3}381\u{e0020}2345678", "138****5678"),
        ("138-1234-5678 或 139 8765 4321", "138****5678 或 139****4321"),
        ("+86 13812345678", "+86 138****5678"),
        ("1381234 5678", "138****5678"),
        ("身份证440524199001011234。", "身份证4405**********1234。"),
        ("身份证44052419900101123X。", "身份证4405**********123X。"),
        ("440524 19900101 123x", "4405**********123X"),
        ("440524900101123", "4405*******1123"),
        ("(139)1234-5678", "(139****5678"),
        ("（139）1234 5678", "（139****5678"),
        ("139(1234)5678", "139****5678"),
        ("(139)12345678", "(139****5678"),
        ("(440507)199001011234", "(4405**********1234"),
        ("壹叁玖壹贰叁肆伍陆柒捌", "139****5678"),
        ("①③⑨①②③④⑤⑥⑦⑧", "139****5678"),
        ("١٣٩١٢٣٤٥٦٧٨", "139****5678"),
        ("座机(020)8123-4567", "座机(020******67"),
        ("座机（0754）8855 1234", "座机（0754******34"),
        ("座机0754-88123456", "座机0754******56"),
        ("座机0754-8812 3456", "座机0754******56"),
        ("座机8812345", "座机88***45"),
        ("卡号6222021234567890123", "卡号6222***********0123"),
    ] {
        assert_eq!(mask_identity(original), expected, "{original:?}");
    }
}

/// The identity numbers are made up and have the check digit that theirs would have.
#[test]
fn numbers_of_orders_stay_and_identity_numbers_that_look_like_them_do_not() {
    for (original, expected) in [
        // Accepted at 09:15:00, so digits 7..14 would be a birth in the year 0915.
        ("工单 260312091500000027 重复", "工单 260312091500000027 重复"),
        ("工单260312235959999999。", "工单260312235959999999。"),
        // 19:05:00 and 20:07:13: births in months 00 and 13.
        ("并入 260312190500123456", "并入 260312190500123456"),
        ("并入 260312200713123456", "并入 260312200713123456"),
        // 19:05:07: on day 00 or 32 of a month.
        ("并入 260312190507000027", "并入 260312190507000027"),
        ("并入 260312190507320000", "并入 260312190507320000"),
        ("260312091500000027,13812345678", "260312091500000027,138****5678"),
        // An order of 19:05:07 that may be somebody born on 1905-07-12.
        ("并入 260312190507120027", "并入 2603**********0027"),
        // No order was accepted in month 40 or 13, on day 00 or 32, at 24:00, 09:60 or 09:15:60.
        ("264012091500000027", "2640**********0027"),
        ("261312091500000027", "2613**********0027"),
        ("260300091500000027", "2603**********0027"),
        ("260332091500000027", "2603**********0027"),
        ("260312240000000027", "2603**********0027"),
        ("260312096000000027", "2603**********0027"),
        ("260312091560000027", "2603**********0027"),
        // Cut into pieces, longer or in other digits, it is no number that this desk wrote.
        ("260312 09150000 0027", "260312 09****00 0027"),
        ("2603120915000000271", "2603***********0271"),
        ("２６０３１２０９１５００００００２７", "2603**********0027"),
        // Their region would be a day of the year 2044, 2011, 2033, 2031 or 2012.
        ("身份证440512195510120000。", "身份证4405**********0000。"),
        ("身份证110105200102030104。", "身份证1101**********0104。"),
        ("身份证330106200903121003。", "身份证3301**********1003。"),
        ("身份证310115195809112302。", "身份证3101**********2302。"),
        ("身份证440524200011290004。", "身份证4405**********0004。"),
        ("身份证120111192301310004。", "身份证1201**********0004。"),
    ] {
        assert_eq!(mask_identity(original), expected, "{original:?}");
    }
}

#[test]
fn dates_amounts_and_house_numbers_stay() {
    for text in [
        "2020-01-06 12:09",
        "2020.1.6日3号楼1202室",
        "欠薪123456元",
        "拨打12345和110",
        "107国道15公里",
        "没有数字",
        "",
    ] {
        assert!(matches!(mask_identity(text), Cow::Borrowed(same) if same == text), "{text:?}");
    }
}

#[test]
fn numbers_stay_hidden_in_whatever_digits_and_between_whatever_signs() {
    for text in [
        "138【1234】5670",
        "138「1234」5670",
        "138『1234』5670",
        "138〔1234〕5670",
        "138〖1234〗5670",
        "138《1234》5670",
        "138〈1234〉5670",
        "138［1234］5670",
        "138｛1234｝5670",
        "138＜1234＞5670",
        "138{1234}5670",
        "138<1234>5670",
        "138﹙1234﹚5670",
        "138～1234～5670",
        "138〜1234〜5670",
        "138＿1234＿5670",
        "138・1234・5670",
        "138…1234…5670",
        "138;1234;5670",
        "138=1234=5670",
        "138#1234#5670",
        "138'1234'5670",
        "138“1234”5670",
        "138\\1234\\5670",
        "138＊1234＊5670",
        "138空格1234空格5670",
        "138 空格 1234 空格 5670",
        "⑴⑶⑻⑴⑵⑶⑷⑸⑹⑺0",
        "❶❸❽❶❷❸❹❺❻❼⓪",
        "⓵⓷⓼⓵⓶⓷⓸⓹⓺⓻⓪",
        "⒈⒊⒏⒈⒉⒊⒋⒌⒍⒎0",
        "㈠㈢㈧㈠㈡㈢㈣㈤㈥㈦〇",
        "㊀㊂㊇㊀㊁㊂㊃㊄㊅㊆〇",
        "¹³⁸¹²³⁴⁵⁶⁷⁰",
        "₁₃₈₁₂₃₄₅₆₇₀",
        "𝟏𝟑𝟖𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟎",
        "𝟙𝟛𝟠𝟙𝟚𝟛𝟜𝟝𝟞𝟟𝟘",
        "১৩৮১২৩৪৫৬৭০",
        "๑๓๘๑๒๓๔๕๖๗๐",
        "༡༣༨༡༢༣༤༥༦༧༠",
        "᠑᠓᠘᠑᠒᠓᠔᠕᠖᠗᠐",
        "壹參捌壹貳參肆伍陸柒零",
    ] {
        assert_eq!(mask_identity(text), "138****5670", "{text}");
    }
}

/// Made-up numbers.
#[test]
fn numbers_from_abroad_landlines_in_parts_and_hong_kong_identities_are_masked() {
    for (original, expected) in [
        ("+852 9123 4567", "+852******67"),
        ("+852-9123-4567。", "+852******67。"),
        ("(852) 9123 4567", "(852******67"),
        ("(+852) 9123 4567", "(+852******67"),
        ("852 9123 4567", "852******67"),
        ("00852 9123 4567", "00852******67"),
        ("+853 6612 3456", "+853******56"),
        ("+886 912 345 678", "+886*******78"),
        ("+886 912-345-678", "+886*******78"),
        ("+44 20 7946 0958", "+44********58"),
        ("+44 7911 123456", "+44********56"),
        ("+65 8123 4567", "+65******67"),
        ("+81 90-1234-5678", "+81********78"),
        ("+61 412 345 678", "+61*******78"),
        ("+33 6 12 34 56 78", "+33*******78"),
        ("+60 12-345 6789", "+60*******89"),
        ("+7 916 123-45-67", "+7********67"),
        ("001-415-555-2671", "001********71"),
        ("+86 13812345678", "+86 138****5678"),
        ("+86 754 8888 1234", "+86*********34"),
        ("+852 91234567", "+852 91****67"),
        ("座机8888 1234", "座机88****34"),
        ("座机88-88-12-34", "座机88****34"),
        ("电话 338-1234", "电话 33***34"),
        ("固话：8888 1234转801", "固话：88****34转801"),
        ("打8888-1234", "打88****34"),
        ("打8888－1234找我", "打88****34找我"),
        ("香港身份证A123456(7)", "香港身份证A1******"),
        ("Z683365（5）", "Z6******"),
        ("WX123456(A)号", "WX1*****号"),
        ("身份证【440507】【19880101】【123X】", "身份证【4405**********123X】"),
        ("电话88881234元旦不通", "电话88****34元旦不通"),
        ("电话88881234户主", "电话88****34户主"),
        ("林老板88881234个体户", "林老板88****34个体户"),
        ("①13812345678一直打不通", "①138****5678一直打不通"),
        ("²13000000000。", "²130****0000。"),
        ("2.88881234", "2.88****34"),
        ("押金13812345678元", "押金138****5678元"),
        ("0754881元,075488881234元", "07***81元,07********34元"),
        ("电话20260309", "电话20****09"),
        ("水表12345678", "水表12****78"),
    ] {
        assert_eq!(mask_identity(original), expected, "{original:?}");
    }
}

#[test]
fn sums_counts_decimals_and_dates_are_nobody_s_number() {
    for text in [
        "拖欠工程款1250000元",
        "欠薪1234567.89元",
        "押金2000000 元",
        "共12345678余万元",
        "赔偿￥1380000",
        "RMB 1380000",
        "补偿款合计3,456,789元",
        "1234567人次",
        "7654321吨",
        "全市1234567户",
        "共有15000000平方米",
        "共有15000000㎡",
        "0.12345678",
        "3.1415926535",
        "20260309停电",
        "２０２６０３０９停电",
        "①②③④⑤⑥⑦⑧",
        "一二三四五六七八",
        "第①②③④⑤⑥⑦⑧⑨⑩⑪楼",
        "(1)(2)(3)(4)(5)(6)(7)(8)",
        "2000-2010年",
        "2024-2025学年",
        "每月3500-4500",
        "2301-2315室",
        "2021 2022 2023 2024 年",
        "8888.1234",
        "HT-2021-0507-1234",
        "400-800-8888",
        "3+12 3456 7890",
        "编号001 002 003 004",
        "GB0016-2006规定",
        "GB0016-20061-2006规定",
        "15班46.0046.2075.12",
        "8班23.0018.7918班23.0017",
        "面积852 123 4567",
        "20:00～22:00、23:00～24:00",
        "C123456(3栋)",
        "拨打12345或110",
    ] {
        assert_eq!(mask_identity(text), text);
    }
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

#[test]
fn a_number_cut_by_the_separators_of_a_list_is_one_and_a_list_of_rooms_is_none() {
    for (text, shown) in [
        ("139_1234_5678", "139****5678"),
        ("139+1234+5678", "139****5678"),
        ("139。1234。5678", "139****5678"),
        ("139•1234•5678", "139****5678"),
        ("共13户。1234元。5678元", "共13户。1234元。5678元"),
        ("粤府(2026)1234号", "粤府(2026)1234号"),
        ("①停水②停电③漏水", "①停水②停电③漏水"),
        ("一栋(1)、(2)、(3)单元", "一栋(1)、(2)、(3)单元"),
        ("139/1234/5678", "139****5678"),
        ("139、1234、5678", "139****5678"),
        ("139\n1234\n5678", "139****5678"),
        ("1391234,5678", "139****5678"),
        ("139:1234:5678", "139****5678"),
        ("一三九一二三四五六七八", "139****5678"),
        ("1301、1402、503室漏水", "1301、1402、503室漏水"),
        ("1501\n1602\n703", "1501\n1602\n703"),
        ("15、16、17、18、19、2栋停水", "15、16、17、18、19、2栋停水"),
        ("15000,12000,3", "15000,12000,3"),
        ("185、175、165、55公分", "185、175、165、55公分"),
        ("二〇二六年十一月二十四日", "二〇二六年十一月二十四日"),
    ] {
        assert_eq!(hotline_engine::text::mask_identity(text), shown, "{text}");
    }
}
