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
        orders: own(include_str!("../examples/longhu/orders.jsonl")),
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
