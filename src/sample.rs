//! The files of the sample district and the built-in profiles, inside the program: it starts on an empty machine.

use crate::district::Files;

/// The files of `examples/longhu`.
pub(crate) fn files() -> Files {
    let own = |text: &'static str| text.into();
    Files {
        settings: own(include_str!("../examples/longhu/district.toml")),
        units: own(include_str!("../examples/longhu/units.csv")),
        matters: own(include_str!("../examples/longhu/matters.csv")),
        handlers: own(include_str!("../examples/longhu/handlers.csv")),
        work_times: own(include_str!("../examples/longhu/work-times.csv")),
        duty_list: own(include_str!("../examples/longhu/duty-list.csv")),
        keywords: own(include_str!("../examples/longhu/keywords.csv")),
        articles: own(include_str!("../examples/longhu/articles.jsonl")),
        synonyms: own(""),
        orders: own(include_str!("../examples/longhu/orders.jsonl")),
        exercises: own(include_str!("../examples/longhu/exercises.jsonl")),
        thresholds: own(include_str!("../examples/longhu/thresholds.csv")),
        regions: own(include_str!("../examples/longhu/regions.geojson")),
    }
}

/// The profiles of `profiles/`, by name.
pub(crate) const PROFILES: [(&str, &str); 7] = [
    ("guangdong", include_str!("../profiles/guangdong.toml")),
    ("beijing", include_str!("../profiles/beijing.toml")),
    ("shandong", include_str!("../profiles/shandong.toml")),
    ("sichuan", include_str!("../profiles/sichuan.toml")),
    ("shanghai", include_str!("../profiles/shanghai.toml")),
    ("zhuhai-enterprise", include_str!("../profiles/zhuhai-enterprise.toml")),
    ("longhu", include_str!("../profiles/longhu.toml")),
];

/// The scoring rules of `profiles/scores/`, by name.
pub(crate) const SCORES: [(&str, &str); 2] = [
    ("lianyungang-2021", include_str!("../profiles/scores/lianyungang-2021.toml")),
    ("lianyungang-2022", include_str!("../profiles/scores/lianyungang-2022.toml")),
];

/// Holidays and make-up workdays of the years that have a notice.
pub(crate) const CALENDAR: &str = include_str!("../profiles/calendar/cn-holidays.csv");

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::district::District;

    /// Three characters in a row, of those that are letters.
    fn trigrams(title: &str, content: &str) -> BTreeSet<[char; 3]> {
        let chars: Vec<char> =
            title.chars().chain(content.chars()).filter(|c| c.is_alphanumeric()).collect();
        chars.windows(3).map(|three| [three[0], three[1], three[2]]).collect()
    }

    /// More of a text's trigrams in common with another, and the two are one text.
    const COMMON_MAX: f64 = 0.6;

    fn common(own: &BTreeSet<[char; 3]>, other: &BTreeSet<[char; 3]>) -> f64 {
        own.intersection(other).count() as f64 / own.len().max(1) as f64
    }

    #[test]
    fn nothing_that_is_learnt_from_is_nearly_an_order_held_apart() {
        let district = District::sample().expect("the sample is right");
        let held: Vec<_> = district
            .orders
            .iter()
            .filter(|order| order.held_apart)
            .map(|order| (&order.id, trigrams(&order.title, &order.content)))
            .collect();
        let orders = district.orders.iter().filter(|order| !order.held_apart);
        let orders = orders.map(|order| (&order.title, &order.content));
        let exercises = district.exercises.iter().map(|it| (&it.title, &it.content));
        for (title, content) in orders.chain(exercises) {
            let own = trigrams(title, content);
            for (id, other) in &held {
                let common = common(&own, other);
                assert!(common <= COMMON_MAX, "{common:.2} of `{content}` stands in order {id}");
            }
        }
    }

    #[test]
    fn a_text_has_all_in_common_with_itself() {
        let text = trigrams("路灯不亮", "整条街黑了三天");
        assert!(common(&text, &text) > COMMON_MAX);
        assert!(common(&text, &trigrams("停水", "早上起就没有水")) <= COMMON_MAX);
    }

    #[test]
    fn every_leaf_matter_has_exercises() {
        let district = District::sample().expect("the sample is right");
        for matter in &district.matters {
            let count = district.exercises.iter().filter(|it| it.matter == matter.path).count();
            assert!(count >= 7, "{} has {count}", matter.path);
        }
    }
}
