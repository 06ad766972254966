//! How a place is meant where it is named, by the words beside it: where it happens, where the caller lives, an office, or
//! somewhere else altogether. Knows no places.

use std::ops::Range;

use super::names::Weakness;

/// How a place is meant, the weaker first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sense {
    /// An office of it that was asked or told.
    Office,
    /// Where the caller lives.
    Home,
    /// Named, and nothing more.
    Plain,
    /// Where it happens.
    Spot,
}

/// Characters before a name that are read.
const BEFORE_CHARS: usize = 8;
/// Characters after a name that are read.
const AFTER_CHARS: usize = 6;
/// Characters between the names of two roads that cross.
const JOINT_CHARS: usize = 2;

/// Not where it happens: where somebody comes from, or what it is compared with.
const AWAY_BEFORE: [&str; 18] = [
    "户口在",
    "户籍在",
    "户口还在",
    "老家在",
    "老家",
    "嫁到",
    "嫁去",
    "以前在",
    "原来在",
    "之前在",
    "从前在",
    "以前住",
    "不像",
    "学学",
    "你看",
    "娘家在",
    "出生在",
    "调到",
];
const AWAY_AFTER: [&str; 1] = ["那样"];
const HOME_BEFORE: [&str; 12] = [
    "我住",
    "家住",
    "住在",
    "我家在",
    "们住",
    "人住",
    "租住",
    "租在",
    "住",
    "我家",
    "我是",
    "我们是",
];
const HOME_AFTER: [&str; 8] = ["居民", "村民", "业主", "住户", "人,", "人。", "的人", "打工"];
const OFFICE_AFTER: [&str; 13] = [
    "街道办",
    "办事处",
    "政府",
    "居委",
    "村委",
    "派出所",
    "执法队",
    "城管",
    "社区说",
    "社区讲",
    "社保所",
    "供电所",
    "党群",
];
/// Names that are those of an office.
const OFFICE_NAME: [&str; 4] = ["街道办", "办事处", "镇政府", "村委会"];
const SPOT_BEFORE: [&str; 8] = ["位于", "地址是", "地址", "地点", "在", "到", "经过", "路过"];
const SPOT_AFTER: [&str; 34] = [
    "门口", "门前", "旁", "附近", "对面", "路口", "楼下", "里面", "后面", "前面", "东区", "西区",
    "北区", "南区", "工地", "那个", "那家", "那段", "那边", "那片", "那里", "这边", "这里", "这段",
    "一带", "路段", "桥", "内", "里", "外", "边", "有", "后门", "侧门",
];
const JOINTS: [&str; 8] = ["与", "和", "跟", "同", "及", "、", "/", "-"];
const CROSSINGS: [&str; 9] =
    ["交界", "交叉", "交汇", "交接", "相交", "路口", "十字", "转角", "拐角"];
const STOPS: [char; 12] = [',', '.', ';', '!', '?', '，', '。', '；', '！', '？', '\n', '、'];

/// A short name that may be a word is a place before or after these (这边, 那片, 住七合).
const BEHIND_SHORT: [&str; 7] = ["这", "那", "一带", "附近", "村", "片区", "的女儿"];
const AHEAD_OF_SHORT: [&str; 5] = ["住", "住在", "我是", "我们是", "我们在"];
/// One that is no word of the district's articles, also after these.
const AHEAD_OF_NAME: [&str; 4] = ["在", "来", "到", "们"];

/// Whether a short name at `range` is the name of a place here.
pub(super) fn is_place(text: &str, range: Range<usize>, weakness: Weakness) -> bool {
    let (before, after) = (before(text, range.start), after(text, range.end));
    let ends = |words: &[&str]| words.iter().any(|word| before.ends_with(word));
    BEHIND_SHORT.iter().any(|word| after.starts_with(word))
        || ends(&AHEAD_OF_SHORT)
        || weakness == Weakness::Name && ends(&AHEAD_OF_NAME)
}

/// How the name at `range` is meant; none where it is not the place at all.
pub(super) fn sense_of(text: &str, range: Range<usize>) -> Option<Sense> {
    let (before, after) = (before(text, range.start), after(text, range.end));
    let name = &text[range];
    let ends = |words: &[&str]| words.iter().any(|word| before.ends_with(word));
    let begins = |words: &[&str]| words.iter().any(|word| after.starts_with(word));
    if ends(&AWAY_BEFORE) || begins(&AWAY_AFTER) {
        return None;
    }
    if begins(&OFFICE_AFTER) || OFFICE_NAME.iter().any(|word| name.ends_with(word)) {
        return Some(Sense::Office);
    }
    if ends(&HOME_BEFORE) || begins(&HOME_AFTER) {
        return Some(Sense::Home);
    }
    if ends(&SPOT_BEFORE) || begins(&SPOT_AFTER) {
        return Some(Sense::Spot);
    }
    Some(Sense::Plain)
}

/// Whether two names beside each other are roads that cross: 甲路与乙路交界.
pub(super) fn is_crossing(text: &str, first: &Range<usize>, second: &Range<usize>) -> bool {
    let joint = &text[first.end..second.start];
    let joined = joint.chars().count() <= JOINT_CHARS && JOINTS.contains(&joint);
    let after = after(text, second.end);
    let after = after.strip_prefix('的').unwrap_or(after);
    let closed = CROSSINGS.iter().any(|word| after.starts_with(word));
    // 甲路乙路交界 needs no word between them.
    (joined || joint.is_empty()) && closed
}

/// The characters just before, up to the end of the sentence before.
fn before(text: &str, at: usize) -> &str {
    let text = &text[..at];
    let mut from = at;
    for (at, c) in text.char_indices().rev().take(BEFORE_CHARS) {
        if STOPS.contains(&c) {
            break;
        }
        from = at;
    }
    &text[from..]
}

fn after(text: &str, at: usize) -> &str {
    let text = &text[at..];
    let end = text.char_indices().nth(AFTER_CHARS).map_or(text.len(), |(end, _)| end);
    &text[..end]
}
