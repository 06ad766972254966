//! What callers say, in Chinese, put together from phrases. About any matter and any place; says nothing of who calls but
//! what callers say of themselves.

use hotline_engine::order::Kind;

use crate::chance::Chance;

const OPENINGS: [&str; 8] = [
    "您好,",
    "市民来电:",
    "我要反映一下,",
    "",
    "麻烦记一下,",
    "又来打扰了,",
    "你好我想说个事,",
    "请转给有关部门,",
];
const SINCE: [&str; 10] = [
    "已经三天了",
    "从上个月就开始",
    "昨天晚上又是这样",
    "好几年没人管",
    "今早刚发现",
    "每到下雨就严重",
    "周末最明显",
    "白天晚上都有",
    "前后报过两次",
    "最近一周越来越厉害",
];
const HARM: [&str; 10] = [
    "老人小孩出门都不方便",
    "整栋楼的人意见很大",
    "影响孩子睡觉",
    "路过的车差点出事",
    "味道实在受不了",
    "店里生意都做不成",
    "担心有人摔倒",
    "邻居之间都吵起来了",
    "看着就不安全",
    "大家都在群里说",
];
const WISHES: [&str; 8] = [
    "希望尽快派人来看看",
    "请给个明确的答复",
    "要求有关部门依法处理",
    "能不能先临时处理一下",
    "希望彻底解决不要反复",
    "请问归哪个单位管",
    "盼望早日处理",
    "请告知处理结果",
];
const QUESTIONS: [&str; 6] = [
    "请问怎么办理",
    "需要带哪些材料",
    "在哪个窗口办",
    "大概几天能办好",
    "网上可以办吗",
    "收费标准是多少",
];
const PRAISES: [&str; 4] = [
    "工作人员态度很好,办事又快",
    "处理得很及时,特意来电感谢",
    "谢谢师傅冒雨抢修",
    "点个赞,以后就该这样",
];
const REPLIES: [&str; 6] = [
    "经现场核查,已安排人员处理完毕,后续将加强巡查。",
    "已联系当事人说明情况,并约定整改时间。",
    "情况属实,已责令整改,三日内复查。",
    "该事项正在按程序办理,已将进度告知来电人。",
    "经核实不属实,已向来电人解释。",
    "已修复并恢复正常,感谢反映。",
];
const NOTES: [&str; 6] = [
    "已电话联系",
    "请抓紧办理",
    "材料不足,需补充",
    "现场情况复杂",
    "多次反映,请重视",
    "已说明政策依据",
];

/// A story about a matter at a place. The same dice tell the same story.
pub fn story(chance: &mut Chance, kind: Kind, matter: &str, place: &str) -> String {
    let about = matter.rsplit('/').next().unwrap_or(matter);
    let opening = chance.one_of(&OPENINGS);
    match kind {
        Kind::Consultation => {
            let (first, second) = (chance.one_of(&QUESTIONS), chance.one_of(&QUESTIONS));
            format!("{opening}我住{place},想问一下{about}的事,{first}?{second}?")
        }
        Kind::Praise => format!("{opening}{place}{about}这件事,{}。", chance.one_of(&PRAISES)),
        Kind::Suggestion => {
            let (harm, wish) = (chance.one_of(&HARM), chance.one_of(&WISHES));
            format!("{opening}建议{place}改进{about},现在{harm},{wish}。")
        }
        Kind::Help | Kind::Complaint | Kind::Report => {
            let (since, harm) = (chance.one_of(&SINCE), chance.one_of(&HARM));
            let (more, wish) = (chance.one_of(&SINCE), chance.one_of(&WISHES));
            format!("{opening}{place}{about}的问题,{since},{harm}。{more},{wish}。")
        }
    }
}

/// The same told once more: something is added, the rest stays.
pub fn again(chance: &mut Chance, story: &str) -> String {
    let added = chance.one_of(&WISHES);
    if chance.one_in(2) { format!("{story}{added}。") } else { format!("再次来电。{story}") }
}

/// What a caller says of himself when he feels like it.
pub fn introduced(chance: &mut Chance, story: &str, name: &str, phone: &str) -> String {
    match chance.below(4) {
        0 => format!("我叫{name},{story}"),
        1 => format!("{story}联系电话{phone}。"),
        2 => format!("{story}我是{name},请打{} {} {}。", &phone[..3], &phone[3..7], &phone[7..]),
        _ => story.to_owned(),
    }
}

/// A unit's reply.
pub fn reply(chance: &mut Chance) -> String {
    (*chance.one_of(&REPLIES)).to_owned()
}

/// A few words for the file.
pub fn note(chance: &mut Chance) -> String {
    (*chance.one_of(&NOTES)).to_owned()
}
