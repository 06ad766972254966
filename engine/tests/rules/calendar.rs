//! The calendar data against an independent table, and what a year without a notice answers.

use std::collections::BTreeMap;

use hotline_engine::calendar::{Calendar, DayStatus};
use hotline_engine::time::Day;
use tyme4rs::tyme::holiday::{LEGAL_HOLIDAY_DATA, LegalHoliday};

use crate::sample::CALENDAR;

/// Days of 2007–2026 on which tyme4rs contradicts the notices, with what the notice says.
///
/// 2013-04-07 was the make-up Sunday of 清明节 (4–6 April), 2013-10-12 the make-up Saturday of 国庆节 (国办发明电〔2012〕33号).
/// Its third mistake lies in 2005, before these data begin.
const TYME_IS_WRONG: [(&str, bool); 2] = [("2013-04-07", true), ("2013-10-12", true)];

fn calendar() -> Calendar {
    Calendar::parse(CALENDAR).unwrap()
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

/// The legal holidays of tyme4rs: 13 characters each, of which eight are the date and a `0` follows on days worked.
fn tyme_holidays() -> BTreeMap<&'static str, bool> {
    let entries = (0..LEGAL_HOLIDAY_DATA.len()).step_by(13);
    entries
        .map(|at| (&LEGAL_HOLIDAY_DATA[at..at + 8], &LEGAL_HOLIDAY_DATA[at + 8..at + 9] == "0"))
        .collect()
}

#[test]
fn every_day_of_2007_to_2026_is_what_an_independent_table_says() {
    let (calendar, tyme) = (calendar(), tyme_holidays());
    let (mut at, last) = (day("2007-01-01"), day("2026-12-31"));
    let mut differences = Vec::new();
    while at <= last {
        let ours = calendar.status(at).working;
        let theirs = tyme.get(at.to_string().replace('-', "").as_str());
        if ours != theirs.copied().unwrap_or(!at.is_weekend()) {
            differences.push((at.to_string(), ours));
        }
        at = at.next();
    }
    let known = TYME_IS_WRONG.map(|(day, works)| (day.to_owned(), works));
    assert_eq!(differences, known);
    // The table was read as its own crate reads it.
    assert!(LegalHoliday::from_ymd(2026, 2, 14).unwrap().is_work());
    assert!(!LegalHoliday::from_ymd(2026, 2, 16).unwrap().is_work());
    assert_eq!((tyme["20260214"], tyme["20260216"]), (true, false));
}

#[test]
fn the_notices_cover_2007_to_2026_and_no_other_year() {
    assert_eq!(calendar().years(), (2007..=2026).collect::<Vec<i16>>());
}

#[test]
fn make_up_saturdays_and_sundays_are_worked() {
    for (text, name, weekday) in [
        ("2026-02-14", "春节", "周六"),
        ("2026-01-04", "元旦", "周日"),
        ("2026-09-20", "国庆节", "周日"),
        ("2025-09-28", "国庆节、中秋节", "周日"),
        ("2007-12-29", "元旦", "周六"),
        ("2018-12-29", "元旦", "周六"),
    ] {
        let worked = DayStatus { working: true, holiday: Some(name), assumed: false };
        assert_eq!(calendar().status(day(text)), worked, "{text}");
        assert_eq!(day(text).weekday_zh(), weekday);
    }
}

#[test]
fn a_holiday_on_a_weekday_is_off_and_an_unnamed_saturday_too() {
    let off = |holiday| DayStatus { working: false, holiday, assumed: false };
    assert_eq!(calendar().status(day("2026-02-16")), off(Some("春节")));
    assert_eq!(calendar().status(day("2026-03-14")), off(None));
    let open = DayStatus { working: true, holiday: None, assumed: false };
    assert_eq!(calendar().status(day("2026-03-13")), open);
}

#[test]
fn a_year_without_a_notice_follows_the_weekday_and_says_so() {
    let calendar = calendar();
    let mut at = day("2027-01-01");
    while at <= day("2027-12-31") {
        let assumed = DayStatus { working: !at.is_weekend(), holiday: None, assumed: true };
        assert_eq!(calendar.status(at), assumed, "{at}");
        at = at.next();
    }
    // Two days of December 2006 stand in the notice for 2007; the year itself has none here.
    let named = DayStatus { working: true, holiday: Some("元旦"), assumed: false };
    assert_eq!(calendar.status(day("2006-12-30")), named);
    assert!(calendar.status(day("2006-12-29")).assumed);
}

/// A notice with one day for each holiday.
fn notice(year: &str, spring: &str) -> String {
    format!(
        "{year}-01-01,元旦,off\n{spring},春节,off\n{year}-04-05,清明节,off\n{year}-05-01,劳动节,off\n\
         {year}-06-14,端午节,off\n{year}-10-01,国庆节、中秋节,off\n"
    )
}

#[test]
fn a_year_is_certain_only_by_a_whole_notice() {
    let whole = notice("2027", "2027-02-06");
    let with = |text: &str| Calendar::parse_with(CALENDAR, text).unwrap();
    assert_eq!(with(&whole).years().last(), Some(&2027));
    for (at, lacking) in ["元旦", "春节", "清明节", "劳动节", "端午节", "国庆节"].iter().enumerate()
    {
        let others = whole.lines().enumerate().filter(|(line, _)| *line != at);
        let text: Vec<&str> = others.map(|(_, row)| row).collect();
        let calendar = with(&text.join("\n"));
        assert_eq!(calendar.years().last(), Some(&2026), "without {lacking}");
        assert_eq!(calendar.lacks(2027), [*lacking]);
        assert!(calendar.status(day("2027-03-01")).assumed, "without {lacking}");
        assert_eq!(calendar.certain_until(), Some(day("2026-12-28")));
    }
    let alone = with("2027-01-01,元旦,off\n");
    assert_eq!(alone.lacks(2027), ["春节", "清明节", "劳动节", "端午节", "国庆节"]);
    let new_year = DayStatus { working: false, holiday: Some("元旦"), assumed: false };
    assert_eq!(alone.status(day("2027-01-01")), new_year, "what is named is so");
    // A make-up workday is no holiday, and a row of December belongs to the notice of the next year.
    assert_eq!(
        with(&whole.replace("2027-02-06,春节,off", "2027-02-06,春节,work")).lacks(2027),
        ["春节"]
    );
    assert_eq!(with("2027-12-25,元旦,work\n").in_part().count(), 0);
}

#[test]
fn part_of_a_notice_amends_a_year_that_is_known() {
    let calendar = Calendar::parse_with(CALENDAR, "2026-01-01,元旦,off\n2026-09-03,纪念日,off\n");
    let calendar = calendar.unwrap();
    assert_eq!((calendar.years().last(), calendar.in_part().count()), (Some(&2026), 0));
    assert_eq!(calendar.status(day("2026-09-03")).holiday, Some("纪念日"));
    assert_eq!(calendar.status(day("2026-02-16")).holiday, Some("春节"), "the rest stands");
}

#[test]
fn before_2008_tomb_sweeping_and_dragon_boat_were_no_holidays() {
    let text =
        "2007-01-01,元旦,off\n2007-02-18,春节,off\n2007-05-01,“五一”,off\n2007-10-01,“十一”,off\n";
    assert_eq!(Calendar::parse(text).unwrap().years(), [2007]);
    let text = text.replace("2007", "2008");
    assert_eq!(Calendar::parse(&text).unwrap().lacks(2008), ["清明节", "端午节"]);
}

#[test]
fn the_last_days_of_december_are_assumed_until_the_next_year_has_its_notice() {
    let assumed = |calendar: &Calendar, text| calendar.status(day(text)).assumed;
    for (text, is_assumed) in [
        ("2026-12-28", false),
        ("2026-12-29", true),
        ("2026-12-30", true),
        ("2026-12-31", true),
        // The years after these have theirs.
        ("2025-12-31", false),
        ("2007-12-29", false),
    ] {
        assert_eq!(assumed(&calendar(), text), is_assumed, "{text}");
    }
    assert_eq!(calendar().certain_until(), Some(day("2026-12-28")));
    let next = format!("2026-12-31,元旦,off\n{}", notice("2027", "2027-02-06"));
    let known = Calendar::parse_with(CALENDAR, &next).unwrap();
    let off = DayStatus { working: false, holiday: Some("元旦"), assumed: false };
    assert_eq!(known.status(day("2026-12-31")), off);
    assert!(!assumed(&known, "2026-12-29") && assumed(&known, "2027-12-29"));
    assert_eq!(known.certain_until(), Some(day("2027-12-28")));
    // A year between two that have a notice.
    let years = [notice("2020", "2020-01-24"), notice("2022", "2022-01-31")];
    let gap = Calendar::parse(&years.concat()).unwrap();
    assert_eq!(gap.certain_until(), Some(day("2020-12-28")));
    assert!(
        assumed(&gap, "2020-12-29") && assumed(&gap, "2021-06-01") && !assumed(&gap, "2022-01-03")
    );
    // What a notice names is known, whichever year's it is.
    let named = Calendar::parse(&format!("{}2020-12-31,元旦,off\n", years[0])).unwrap();
    assert!(assumed(&named, "2020-12-30") && !assumed(&named, "2020-12-31"));
}

/// The bound of the last days is that of the notices of twenty years.
#[test]
fn no_notice_names_a_day_of_the_year_before_that_comes_before_the_29th() {
    let december = CALENDAR.lines().filter_map(|row| row.get(..10)?.split_once("-12-"));
    let days: Vec<u8> = december.map(|(_, day)| day.parse().unwrap()).collect();
    assert_eq!((days.len(), days.iter().min()), (10, Some(&29)));
}

#[test]
fn of_a_year_that_is_announced_anew_only_the_later_rows_count() {
    let first = [notice("2019", "2019-02-05"), notice("2020", "2020-01-24")].concat();
    let later = [
        "2019-12-29,元旦,work\n".to_owned(),
        notice("2020", "2020-02-03"),
        notice("2021", "2021-02-12"),
    ];
    let calendar = Calendar::parse_with(&first, &later.concat()).unwrap();
    assert_eq!(calendar.years(), [2019, 2020, 2021]);
    let holiday = |text| calendar.status(day(text)).holiday.map(str::to_owned);
    assert_eq!(holiday("2019-05-01").as_deref(), Some("劳动节"), "a row of December is no notice");
    assert_eq!(holiday("2019-12-29").as_deref(), Some("元旦"));
    assert_eq!(holiday("2020-01-24"), None);
    assert_eq!(holiday("2020-02-03").as_deref(), Some("春节"));
}

#[test]
fn a_calendar_that_cannot_be_meant_is_refused_with_its_line() {
    for (text, said) in [
        ("2026-01-01,元旦", "calendar line 1: expected `date,name,off|work`"),
        ("date,name,kind\n2026-01-01,元旦,free", "calendar line 2: expected `date,name,off|work`"),
        ("2026-13-01,元旦,off", "calendar line 1: `2026-13-01` is not a date such as 2026-02-13"),
        (
            "2026-01-02,元旦,off\n2026-01-02,元旦,off",
            "calendar line 2: 2026-01-02 does not come after the line before",
        ),
        (
            "0000-02-13,春节,off",
            "calendar line 1: `0000-02-13` is not a day of the years 2000 to 2100",
        ),
        (
            "2026-01-01,元旦,off\n2101-01-01,元旦,off",
            "calendar line 2: `2101-01-01` is not a day of the years 2000 to 2100",
        ),
        ("2026-01-01,元旦,off\n2026-02-16, ,off", "calendar line 2: the name is empty"),
        (
            "2026-02-16,春节,work",
            "calendar line 1: 2026-02-16 is no Saturday or Sunday, so it cannot be made a `work` day",
        ),
        ("date,name,kind\n", "calendar: names no day"),
        ("", "calendar: names no day"),
    ] {
        assert_eq!(Calendar::parse(text).unwrap_err().to_string(), said);
    }
}
