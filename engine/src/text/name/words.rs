//! The words that stand beside a person's name where the desk writes who calls: titles, kin, roles, doings, places.
//! Finds them in a stretch of letters; which letters are a name then, is not said here.

use super::Letter;

/// What a word says of what stands before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// 林小明先生: somebody's name, whatever it looks like.
    Title,
    /// 林小明母亲, 林小明委托: so nearly always.
    Kin,
    /// 林小明经理, 金涛庄业主: a name, or a place or a trade.
    Role,
    /// 金涛小区: a part of its own; a person's name comes behind it.
    Place,
}

/// Where one stands among the letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

const TITLES: &str = "
    先生 女士 小姐 同志 阿姨 大爷 大妈 大姐 大哥 大叔 大伯 大娘 大嫂 叔叔 伯伯 婶婶 奶奶 爷爷 太太 夫人 姑娘 小伙 小伙子
    同学 本人 教授 律师 警官 等人 老人 さん ちゃん 様 님 씨";
const KIN: &str = "
    家属 亲属 亲戚 亲友 家人 遗属 遗孀 配偶 爱人 母亲 父亲 妈妈 爸爸 父母 双亲 妻子 丈夫 老公 老婆 前夫 前妻 未婚夫 未婚妻 男友
    女友 男朋友 女朋友 儿子 女儿 子女 孩子 小孩 长子 次子 长女 次女 大儿子 小儿子 大女儿 小女儿 儿媳 媳妇 儿媳妇 女婿 公公 婆婆
    岳父 岳母 丈母娘 养父 养母 养子 养女 继父 继母 继子 继女 孙子 孙女 外孙 外孙女 外公 外婆 姥姥 姥爷 祖父 祖母 外祖父 外祖母
    哥哥 弟弟 姐姐 妹妹 二哥 二弟 二姐 二妹 大弟 大妹 小弟 小妹 表哥 表弟 表姐 表妹 堂哥 堂弟 堂姐 堂妹 姐夫 妹夫 嫂子 嫂嫂 弟媳
    弟妹 弟媳妇 小舅子 大舅子 小姨子 大姨子 伯父 伯母 叔父 婶子 舅舅 舅妈 舅父 姑姑 姑妈 姑父 姑母 姨妈 姨父 姨母 侄子 侄女
    侄儿 外甥 外甥女 夫妇 夫妻 两口子 父子 父女 母子 母女 兄弟 兄妹 姐弟 姐妹 爷孙 婆媳 一家 全家 一家人 全家人";
const DOINGS: &str = "委托 授权 代诉 代办 代为 转述 转达 口述";
const ROLES: &str = "
    业主 村民 居民 住户 市民 群众 家长 学生家长 户主 房主 车主 店主 船主 摊主 货主 雇主 机主 东家 房东 二房东 租客 租户 商户 商家 摊贩
    小贩 个体户 经营户 养殖户 种植户 贫困户 低保户 五保户 拆迁户 用户 农户 客户 顾客 乘客 旅客 游客 路人 行人 买家 卖家 消费者 经营者
    目击者 投诉者 举报者 反映者 志愿者 伤者 死者 患者 病人 病患 网友 网民 民众 公民 百姓 老百姓 邻居 邻里 街坊 老乡 同乡 朋友 好友
    室友 同事 工友 战友 校友 同伴 学生 学员 老师 大学生 中学生 小学生 研究生 教师 教练 导师 讲师 校医 班主任 辅导员 医生 大夫 护士 护工 药师
    法官 检察官 民警 警察 交警 辅警 城管 军人 退役军人 退伍军人 现役军人 老兵 战士 士兵 军属 烈属 烈士 党员 老党员 干部 村干部 公务员
    职工 员工 工人 职员 科员 店员 船员 保安 保安员 保洁 保洁员 清洁工 环卫工 农民工 民工 义工 社工 技工 电工 焊工 木工 瓦工 农民 渔民
    司机 驾驶员 师傅 老师傅 厨师 服务员 工作人员 业务员 售货员 营业员 销售 销售员 快递员 外卖员 客服 会计 出纳 秘书 助理 设计师 工程师 记者
    编辑 网格员 老板 老板娘 掌柜 经理 总经理 副总经理 副经理 项目经理 总监 主管 总裁 董事 董事长 监事 股东 合伙人 法人 法人代表
    法定代表人 主任 副主任 村主任 主席 副主席 会长 副会长 理事 理事长 秘书长 社长 部长 厂长 副厂长 局长 副局长 处长 科长 股长 组长
    副组长 小组长 队长 副队长 班长 所长 副所长 站长 院长 副院长 校长 副校长 园长 行长 馆长 店长 镇长 乡长 村长 区长 县长 市长 街长 楼长
    楼栋长 栋长 河长 路长 书记 副书记 支书 村支书 村书记 委员 代表 村民代表 居民代表 业主代表 职工代表 家长代表 员工代表 人大代表 退休教师
    来电人 来信人 来访人 举报人 投诉人 反映人 诉求人 申诉人 求助人 报警人 报案人 报修人 申请人 联系人 联络人 当事人 知情人 负责人 经办人
    经手人 监护人 委托人 受托人 代理人 代办人 代诉人 受害人 被害人 承租人 出租人 承包人 产权人 所有人 继承人 债权人 债务人 担保人 见证人
    证人 原告 被告 残疾人 老年人 年轻人 爱心人士 热心人士 代理 反映 来电 致电 投诉
    举报 咨询 求助 申诉 要求 请求 本人 自己 我叫 我是 名叫 我爸 我妈 我家 他爸 他妈 他家 她爸 她妈 她家 姓名 名字 全名 真名 实名 性别 男性 女性 匿名 隐名 无名氏 保密 要求保密 请保密 需保密 不愿
    不愿意 不肯 不便 不想 不方便 拒绝 透露 提供 告知 不愿透露 未透露 未提供 未告知 未留 未知 不详 不明 热心 爱心 全体 广大 部分 众多 多名
    多位 一名 一位 几名 几位 两名 两位 退休 离休 在职 下岗 残疾 本地 外地 当地 外来 务工 环卫 建筑 装修 家政 外卖 快递 公交 网约车
    出租车 滴滴 货车 附近 周边 楼上 楼下 隔壁 本村 同村 邻村 小哥";
const PLACES: &str = "
    小区 社区 街道 花园 公寓 大厦 广场 市场 公司 有限公司 分公司 集团 工厂 商店 商行 超市 饭店 酒店 餐厅
    学校 小学 中学 大学 学院 幼儿园 年级 医院 诊所 药店 物业 村委 村委会 居委 居委会 业委会 业主委员会 村民委员会 居民委员会
    委员会 派出所 中心 银行 工地 单位 项目 项目部 部门 协会 商会 支部 大队 村民小组 事务所 工作室 合作社";

/// How places and trades end: 某庄业主 names a village, and 某车师傅 a trade.
pub(super) const PLACE_ENDS: &str =
    "庄村园区苑城里镇街路巷楼厦院校店厂社场市县坊寨屯湾墩埔车店馆站";
/// Behind a place, the parts of one; and those that given names end with, which have a number: 国栋, 二栋.
pub(super) const PLACE_PARTS: &str = "期座幢梯层室段口";
pub(super) const NUMBERED: &str = "期座幢梯层室栋号组班楼区";
pub(super) const NUMBERS: &str = "一二三四五六七八九十";
/// Characters that places end with and given names too: 陈建城.
pub(super) const NAME_ENDS: &str = "城厦";
/// Frequent surnames that hardly a quarter's name begins with, but for the family that founded it.
pub(super) const SURNAMES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱林何郭罗梁宋郑谢韩唐冯于董萧肖程曹袁邓许傅付沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪任姜范姚谭廖邹熊陆郝孔崔康邱秦侯邵孟段雷钱尹黎易武贺赖龚庄翁";
/// How many others there are is said behind a name with these, after 等.
const OTHERS: &str = "一二两三四五六七八九十百多几数余人户名位家";
/// One character for kin or a doing, which is told from one of a name by what stands before it: 林小明之子.
const BOUND: &str = "子女夫妻父母兄弟姐妹哥嫂孙侄甥媳婿友托";
const BINDING: [char; 3] = ['的', '之', '其'];
/// One character for kin that hardly a name has.
const LOOSE: &str = "妻媳婿";
/// One character that is none of the name where it is the last.
const LAST: &str = "代女男妻母父爸妈家";
/// One that is none of it where it is the first, some of them behind the number of a house.
const FIRST: &str = "受由为帮代替应请号室栋幢座层户";
/// With words for people these say no more of who it is.
const PARTICLES: &str = "我他她你本某男女的其各该是等";
/// Letters before which the words of one character are part of the name.
const NAME_MIN: usize = 2;

/// The words as letters, those that begin alike beside each other.
#[expect(clippy::disallowed_types, reason = "a constant that is dear to compute, and no state")]
static TABLE: std::sync::LazyLock<Vec<(Vec<char>, Kind)>> = std::sync::LazyLock::new(|| {
    let kinds = [
        (TITLES, Kind::Title),
        (KIN, Kind::Kin),
        (DOINGS, Kind::Kin),
        (ROLES, Kind::Role),
        (PLACES, Kind::Place),
    ];
    let words = kinds.iter().flat_map(|(words, kind)| {
        words.split_whitespace().map(|word| (super::folded_all(word), *kind))
    });
    let mut table: Vec<(Vec<char>, Kind)> = words.collect();
    // The longest of those that begin alike is met first, and of a word of two kinds the first.
    table.sort_by(|(one, _), (other, _)| {
        one[0].cmp(&other[0]).then(other.len().cmp(&one.len())).then(one.cmp(other))
    });
    table
});

/// Whether the first or the last letter may be a word of one character.
pub(super) fn may_be_cut(first: char, last: char) -> bool {
    FIRST.contains(first) || LAST.contains(last) || last == '等'
}

/// Whether it says no more of who somebody is than the word behind it.
pub(super) fn is_particle(c: char) -> bool {
    PARTICLES.contains(c) || FIRST.contains(c) || BINDING.contains(&c)
}

/// The longest word at each letter, in order.
pub(super) fn find(letters: &[Letter]) -> Vec<Word> {
    let mut words: Vec<Word> =
        (0..letters.len()).filter_map(|at| listed(letters, at).next()).collect();
    let others = others(letters, &words);
    let single = (0..letters.len()).filter_map(|at| single(letters, at));
    let more: Vec<Word> = single.chain(others).collect();
    if !more.is_empty() {
        words.extend(more);
        words.sort_by_key(|word| (word.start, word.end));
    }
    words
}

/// The listed words that begin at a letter, the longest first.
fn listed(letters: &[Letter], at: usize) -> impl Iterator<Item = Word> {
    let first = letters[at].folded;
    let from = TABLE.partition_point(|(word, _)| word[0] < first);
    let alike = TABLE[from..].iter().take_while(move |(word, _)| word[0] == first);
    let is_here = move |word: &[char]| {
        letters.len() - at >= word.len()
            && letters[at..].iter().zip(word).all(|(letter, c)| letter.folded == *c)
    };
    alike.filter(move |(word, _)| is_here(word)).map(move |(word, kind)| Word {
        kind: *kind,
        start: at,
        end: at + word.len(),
    })
}

/// 等, 等三户: where more than one letter stands before it, or nothing but such words behind it.
fn others(letters: &[Letter], words: &[Word]) -> Vec<Word> {
    let at_least_one = 1..letters.len();
    let found = at_least_one.filter(|at| letters[*at].folded == '等').filter_map(|start| {
        let counts =
            |letter: &&Letter| OTHERS.contains(letter.folded) || letter.folded.is_ascii_digit();
        let end = start + 1 + letters[start + 1..].iter().take_while(counts).count();
        let goes_on = end < letters.len() && words.iter().all(|word| word.start != end);
        (start >= NAME_MIN || !goes_on).then_some(Word { kind: Kind::Role, start, end })
    });
    found.collect()
}

/// A word of one character, alone or bound to a name.
fn single(letters: &[Letter], start: usize) -> Option<Word> {
    let (here, is_last) = (letters[start].folded, start + 1 == letters.len());
    let next = letters.get(start + 1).map(|letter| letter.folded);
    let word = |kind, end| Some(Word { kind, start, end });
    if start == 0 && FIRST.contains(here) {
        return word(Kind::Role, 1);
    }
    if start < NAME_MIN {
        return None;
    }
    match next {
        Some(next) if BINDING.contains(&here) && BOUND.contains(next) => word(Kind::Kin, start + 2),
        _ if LOOSE.contains(here) => word(Kind::Kin, start + 1),
        _ if is_last && LAST.contains(here) => word(Kind::Kin, start + 1),
        _ => None,
    }
}

/// Whether the letters are words and nothing else.
pub(super) fn cover(words: &[Word], letters: &[Letter], start: usize, end: usize) -> bool {
    let mut reached = vec![false; end - start + 1];
    reached[0] = true;
    let mut has_word = false;
    for at in start..end {
        if !reached[at - start] {
            continue;
        }
        let others = words.iter().filter(|word| word.start == at).copied();
        for word in listed(letters, at).chain(others).filter(|word| word.end <= end) {
            // One of a single character may be a surname: 代老师.
            if word.end - at >= NAME_MIN {
                (reached[word.end - start], has_word) = (true, true);
            }
        }
        reached[at + 1 - start] |= PARTICLES.contains(letters[at].folded);
    }
    has_word && reached[end - start]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_and_letters_of_names_are_not() {
        for (field, expected) in [
            ("林小明", vec![]),
            ("林小明家属陈大文", vec!["家属"]),
            ("村民代表林小明", vec!["村民代表", "代表"]),
            ("林小明等三户居民", vec!["等三户", "居民"]),
            ("李等闲", vec![]),
            ("王等", vec!["等"]),
            ("林小明之子", vec!["之子"]),
            ("林子", vec![]),
            ("受林小明委托", vec!["受", "委托"]),
            ("王師傅", vec!["師傅"]),
            ("林小明妻", vec!["妻"]),
        ] {
            let letters = super::super::letters(field);
            let found = find(&letters)
                .into_iter()
                .map(|word| &field[letters[word.start].start..letters[word.end - 1].end]);
            assert_eq!(found.collect::<Vec<_>>(), expected, "{field}");
        }
    }
}
