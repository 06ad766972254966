//! The places of a message: which of several is meant, and why.

use super::*;
use crate::district::District;
use hotline_engine::time::Timestamp;

struct Desk {
    normaliser: Normaliser,
    directory: Directory,
    places: Places,
}

fn desk(district: &District) -> Desk {
    let state = district.adopted(Timestamp::of_ms(0)).expect("the sample is adopted");
    let normaliser = Normaliser::new();
    let places = Places::new(&normaliser, district, state.directory()).expect("names");
    Desk { normaliser, directory: state.directory().clone(), places }
}

fn sample() -> District {
    District::sample().expect("the sample is right")
}

/// The sample, where two roads and a market have names that stand for several places.
fn with_shared_names() -> District {
    let mut district = sample();
    let shared = [
        ("南北大道", "waisha-longtou"),
        ("南北大道", "zhuchi-mayu"),
        ("横一路", "waisha-longtou"),
        ("横一路", "waisha-pengsha"),
        ("横一路", "jinxia-jinlong"),
        ("中心市场", "waisha-daya"),
        ("中心市场", "waisha-pengsha"),
        ("平安里", "xinxi-qihe"),
        ("平安里", "jinxia-jinlong"),
    ];
    let place = |(name, unit): (&str, &str)| crate::district::PlaceName {
        name: name.to_owned(),
        unit: unit.to_owned(),
    };
    district.places.extend(shared.map(place));
    district
}

impl Desk {
    fn read(&self, title: &str, story: &str) -> Option<(&str, Why, String)> {
        let (mut headline, mut body) = (Normalised::new(), Normalised::new());
        self.normaliser.normalise(title, &mut headline);
        self.normaliser.normalise(story, &mut body);
        let texts = Texts { title: (&headline, title), story: (&body, story) };
        let found = self.places.told(texts, &mut Mentions::default())?;
        Some((self.directory.unit(found.region).code.as_str(), found.why, found.words))
    }

    #[track_caller]
    fn check(&self, story: &str, wanted: Option<(&str, Why, &str)>) {
        let found = self.read("", story);
        let found = found.as_ref().map(|(code, why, words)| (*code, *why, words.as_str()));
        assert_eq!(found, wanted, "{story}");
    }
}

#[test]
fn names_and_aliases_are_found_as_they_were_written() {
    let desk = desk(&sample());
    desk.check("韓江路夜市太吵", Some(("zhuchi-hanjiang", Why::Only, "韓江路夜市")));
    desk.check("外砂镇政府门口积水", Some(("waisha", Why::Office, "外砂镇政府")));
    desk.check("路灯不亮", None);
}

#[test]
fn a_community_in_the_street_beats_the_street() {
    let desk = desk(&sample());
    desk.check("珠池街道的韩江路夜市太吵", Some(("zhuchi-hanjiang", Why::Only, "韩江路夜市")));
    desk.check(
        "韩江路夜市太吵，珠池街道办不管",
        Some(("zhuchi-hanjiang", Why::Only, "韩江路夜市")),
    );
}

#[test]
fn the_place_where_it_happens_beats_the_callers_home() {
    let desk = desk(&sample());
    desk.check("我住外砂，在韩江路买的手机坏了", Some(("zhuchi-hanjiang", Why::Spot, "韩江路")));
    desk.check("我住丹霞庄，楼上半夜拖椅子", Some(("jinxia-danxia", Why::Home, "丹霞庄")));
    desk.check("韩江路夜市和丹霞市场都一样吵", Some(("zhuchi-hanjiang", Why::First, "韩江路夜市")));
}

#[test]
fn where_somebody_comes_from_or_what_is_compared_is_no_place() {
    let desk = desk(&sample());
    desk.check("我户口在金霞，想把老婆迁过来", None);
    desk.check(
        "我们厂原来在外砂，现在租了万吉工业区",
        Some(("longxiang-wanji", Why::Only, "万吉工业区")),
    );
}

#[test]
fn the_headline_counts_more_than_the_story() {
    let desk = desk(&sample());
    let found = desk.read("丹霞市场没人扫", "从韩江路搬来的人越来越多").expect("a place");
    assert_eq!((found.0, found.1), ("jinxia-danxia", Why::Spot));
}

#[test]
fn a_shared_name_means_the_place_in_the_street_named_elsewhere() {
    let desk = desk(&with_shared_names());
    desk.check("珠池街道南北大道没有路灯", Some(("zhuchi-mayu", Why::Context, "南北大道")));
    desk.check(
        "南北大道没有路灯，外砂镇里讲不归他们",
        Some(("waisha-longtou", Why::Context, "南北大道")),
    );
    desk.check("南北大道没有路灯", None);
}

#[test]
fn a_shared_name_within_one_street_gives_the_street() {
    let desk = desk(&with_shared_names());
    desk.check("中心市场地面太滑", Some(("waisha", Why::Street, "中心市场")));
}

#[test]
fn where_two_roads_cross_both_run() {
    let desk = desk(&with_shared_names());
    desk.check(
        "南北大道与横一路交界没有红绿灯",
        Some(("waisha-longtou", Why::Crossing, "南北大道")),
    );
    desk.check("横一路和平安里的路口没有红绿灯", Some(("jinxia-jinlong", Why::Crossing, "横一路")));
    desk.check("平安里、中心市场都没有路灯", Some(("waisha", Why::Street, "中心市场")));
}

#[test]
fn short_names_are_names_where_they_are_no_words() {
    let desk = desk(&sample());
    desk.check("辛厝寮的路灯不亮", Some(("longxiang-xincuoliao", Why::Only, "辛厝寮")));
    desk.check("渔洲这边的路灯不亮", Some(("outing-yuzhou", Why::Only, "渔洲")));
    desk.check("阿公八十六岁住七合，钱停了", Some(("xinxi-qihe", Why::Home, "七合")));
    desk.check("这个时代还停电", None);
}

#[test]
fn a_point_lies_in_the_smallest_region_around_it() {
    let desk = desk(&sample());
    let at = |x, y, datum| {
        let location = Location::new(x, y, datum).expect("in China");
        desk.places.at(location).map(|found| desk.directory.unit(found.region).code.clone())
    };
    // The middle of an invented community, as a receiver and as the maps of Amap and Baidu give it.
    let community = at(116.683, 23.345, Datum::Wgs84).expect("inside");
    assert!(community.starts_with("jinxia-"), "{community}");
    assert_eq!(at(116.687_9, 23.342_4, Datum::Gcj02), Some(community.clone()));
    assert_eq!(at(116.694_4, 23.348_3, Datum::Bd09), Some(community));
    assert_eq!(at(116.6, 23.345, Datum::Wgs84), None, "outside of all");
}

#[test]
fn every_sample_region_has_borders_and_its_community_lies_in_its_street() {
    let district = sample();
    let directory = district.directory();
    for shape in &district.shapes {
        let unit = directory.unit_id(&shape.unit).expect("listed");
        let Some(street) = directory.unit(unit).parent else { continue };
        let street = &directory.unit(street).code;
        let around = district.shapes.iter().find(|other| &other.unit == street).expect("drawn");
        let inner = geo::Centroid::centroid(&shape.borders).expect("it has an area");
        assert!(geo::Contains::contains(&around.borders, &inner), "{}", shape.unit);
    }
    assert_eq!(district.shapes.len(), 131);
}
