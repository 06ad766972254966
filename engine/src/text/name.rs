//! Takes a caller's own name out of what the caller said: who calls is for the vault alone, and people introduce
//! themselves. Knows only the name that was given; other people's names are not its task.

mod field;
mod marks;
mod words;

use std::borrow::Cow;
use std::ops::RangeInclusive;

use unicode_normalization::UnicodeNormalization;

use self::field::{CHARACTERS_MIN, names};
use self::marks::Marks;
use super::normalise::Normaliser;

/// Other ways to write a character of a name, which simplifying leaves as they are.
const VARIANTS: [(char, char); 9] = [
    ('衞', '卫'),
    ('靑', '青'),
    ('囯', '国'),
    ('閆', '阎'),
    ('闫', '阎'),
    ('閻', '阎'),
    ('邨', '村'),
    ('萧', '肖'),
    ('傅', '付'),
];
/// Letters of Europe with their marks, large and small: ü, é, š, И.
const MARKED: [RangeInclusive<char>; 3] =
    ['\u{c0}'..='\u{24f}', '\u{370}'..='\u{52f}', '\u{1e00}'..='\u{1eff}'];
/// Behind them come the scripts that know no capitals; the last are the small letters of Ⱥ and Ⱦ.
const CASED_MAX: char = '\u{2c7f}';
/// Those that are more than a letter with a mark.
const LATIN_OTHERS: [(char, char); 4] = [('ł', 'l'), ('ø', 'o'), ('đ', 'd'), ('ı', 'i')];
/// Those that are two letters.
const LATIN_PAIRS: [(char, [char; 2]); 4] =
    [('ß', ['s', 's']), ('ẞ', ['s', 's']), ('æ', ['a', 'e']), ('œ', ['o', 'e'])];
/// Separators between two characters of a name: more of them are the columns of a table.
const GAP_MAX: usize = 3;
/// What people put between the characters of a name, beside white space.
const SEPARATORS: &str = "·•・‧.-–—_/|*~'’‘`ʼ";
/// A word of so many Latin letters is known with one separator in it: ZhangSan is also Zhang San.
const LATIN_WORD_MIN: usize = 6;

/// The text with a 某 for every character of each name of a field, wherever it stands: in traditional characters, in capitals,
/// with separators within it, without its title, with its words in the other order. Only names that tell somebody from others.
#[must_use]
pub(crate) fn mask_name<'a>(text: &'a str, field: &str) -> Cow<'a, str> {
    if !Marks::of(field).may_be_in(text) {
        return Cow::Borrowed(text);
    }
    names(field).iter().fold(Cow::Borrowed(text), |text, name| match masked(&text, name) {
        Some(masked) => Cow::Owned(masked),
        None => text,
    })
}

/// Whether a piece cut out of a text shows two neighbouring characters of the name or more, or is one behind its first: of a
/// name of two characters that is all but the surname.
#[must_use]
pub(crate) fn shows_name(piece: &str, name: &str) -> bool {
    let name = name.trim();
    if piece.chars().nth(1).is_none() {
        let is_of_name =
            |one: &Letter| letters(name).iter().skip(1).any(|it| it.folded == one.folded);
        return letters(piece).iter().any(is_of_name);
    }
    // Most pieces have nothing of it. A separator in it counts as it is written, and has no mark.
    let has_letters_alone = letters(name).len() == name.chars().count();
    if has_letters_alone && !Marks::of(name).may_be_in(piece) {
        return false;
    }
    let letters = letters(piece);
    let shows = |part: &[Letter]| {
        let starts = 0..(letters.len() + 1).saturating_sub(part.len());
        starts.into_iter().any(|at| stands_at(&letters, at, part))
    };
    let starts: Vec<usize> = name.char_indices().map(|(at, _)| at).chain([name.len()]).collect();
    let mut as_written = starts.windows(CHARACTERS_MIN + 1);
    let names = names(name);
    !names.is_empty()
        && (as_written.any(|at| piece.contains(&name[at[0]..at[CHARACTERS_MIN]]))
            || names.iter().flat_map(|name| name.windows(CHARACTERS_MIN)).any(shows))
}

/// The text without one name, if it stands there.
fn masked(text: &str, name: &[Letter]) -> Option<String> {
    let normaliser = Normaliser::new();
    // Most texts do not even have its first character.
    let first = name[0].folded;
    let has_variants = VARIANTS.iter().any(|(_, usual)| *usual == first) || first <= CASED_MAX;
    text.chars().find(|&c| {
        let simple = normaliser.folded(c);
        simple == Some(first) || has_variants && folded(normaliser, c) == Some(first)
    })?;
    let (letters, mut at, mut kept_from) = (letters(text), 0, 0);
    let mut masked = String::new();
    while at + name.len() <= letters.len() {
        if !stands_at(&letters, at, name) {
            at += 1;
            continue;
        }
        let (start, end) = (letters[at].start, letters[at + name.len() - 1].end);
        masked.push_str(&text[kept_from..start]);
        masked.extend(text[start..end].chars().map(|_| '某'));
        (kept_from, at) = (end, at + name.len());
    }
    if kept_from == 0 {
        return None;
    }
    masked.push_str(&text[kept_from..]);
    Some(masked)
}

/// One character that is no separator.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Letter {
    /// What it stands for.
    folded: char,
    /// Separators before it.
    gap: usize,
    /// Its bytes in the text.
    start: usize,
    end: usize,
}

impl Letter {
    /// Whether it is part of a word as Latin letters make them: with a beginning and an end.
    fn is_latin(&self) -> bool {
        self.folded.is_ascii_alphanumeric()
    }
}

/// The character that one stands for; a Latin letter without its marks.
fn folded(normaliser: Normaliser, c: char) -> Option<char> {
    let simple = normaliser.folded(c)?;
    let simple =
        if MARKED.iter().any(|range| range.contains(&simple)) { unmarked(simple) } else { simple };
    let variant = VARIANTS.iter().find(|(other, _)| *other == simple);
    Some(variant.map_or(simple, |(_, usual)| *usual))
}

/// A word as it is compared with the letters of a text.
fn folded_all(word: &str) -> Vec<char> {
    letters(word).iter().map(|letter| letter.folded).collect()
}

fn unmarked(c: char) -> char {
    let letter = c.to_lowercase().nfd().next().unwrap_or(c);
    let other = LATIN_OTHERS.iter().find(|(other, _)| *other == letter);
    other.map_or(letter, |(_, plain)| *plain)
}

fn letters(text: &str) -> Vec<Letter> {
    let (normaliser, mut letters, mut gap) = (Normaliser::new(), Vec::<Letter>::new(), 0);
    for (start, c) in text.char_indices() {
        let end = start + c.len_utf8();
        // Smith, John: between Chinese characters a comma parts sentences.
        let is_comma = |c| c == ',' && letters.last().is_some_and(Letter::is_latin);
        let parts = |c: char| c.is_whitespace() || SEPARATORS.contains(c) || is_comma(c);
        let folded = folded(normaliser, c).filter(|c| !parts(*c));
        let mut push = |folded| {
            letters.push(Letter { folded, gap: std::mem::take(&mut gap), start, end });
        };
        match folded {
            Some(folded) => match LATIN_PAIRS.iter().find(|(one, _)| *one == folded) {
                Some((_, pair)) => pair.iter().for_each(|letter| push(*letter)),
                None => push(folded),
            },
            None => gap += 1,
        }
    }
    letters
}

/// Whether the name stands here. Latin words have separators only where the name has, and are no parts of longer words.
fn stands_at(letters: &[Letter], at: usize, name: &[Letter]) -> bool {
    let here = &letters[at..at + name.len()];
    let same = here.iter().zip(name).all(|(here, own)| here.folded == own.folded);
    let is_one_word = name.len() >= LATIN_WORD_MIN && name[1..].iter().all(|it| it.gap == 0);
    let parted = here[1..].iter().filter(|letter| letter.gap > 0).count();
    let may_part = |at: usize| {
        let in_word = name[at - 1].is_latin() && name[at].is_latin() && name[at].gap == 0;
        here[at].gap == 0 || here[at].gap <= GAP_MAX && (!in_word || is_one_word && parted == 1)
    };
    let goes_on = |one: &Letter, next: &Letter| one.is_latin() && next.is_latin() && next.gap == 0;
    let before = at.checked_sub(1).map(|before| &letters[before]);
    let begins = before.is_none_or(|before| !goes_on(before, &here[0]));
    let ends =
        letters.get(at + name.len()).is_none_or(|next| !goes_on(&here[name.len() - 1], next));
    same && begins && ends && (1..name.len()).all(may_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_hidden_wherever_it_stands_and_words_for_nobody_are_not() {
        for (text, name, said) in [
            ("我叫林小明,林小明住三楼", "林小明", "我叫某某某,某某某住三楼"),
            ("I am Lin Da", " Lin Da ", "I am 某某某某某某"),
            ("王婆卖瓜", "王", "王婆卖瓜"),
            ("市民反映", "市民", "市民反映"),
            ("路灯不亮", "", "路灯不亮"),
        ] {
            assert_eq!(mask_name(text, name), said);
        }
    }

    #[test]
    fn a_name_is_found_however_it_is_written() {
        for (text, name, said) in [
            ("我是john smith,请回电", "John Smith", "我是某某某某某某某某某某,请回电"),
            ("JOHN-SMITH", "john smith", "某某某某某某某某某某"),
            ("JohnSmith", "John Smith", "某某某某某某某某某"),
            ("Smith, John来电", "John Smith", "某某某某某某某某某某某来电"),
            ("楼高,明天来", "高明", "楼高,明天来"),
            ("我叫陳國華", "陈国华", "我叫某某某"),
            ("我叫陈国华", "陳國華", "我叫某某某"),
            ("我叫李 四", "李四", "我叫某某某"),
            ("我叫李四", "李 四", "我叫某某"),
            ("我叫林\u{3000}小\n明", "林小明", "我叫某某某某某"),
            ("买买提·吐尔逊来电", "买买提吐尔逊", "某某某某某某某来电"),
            ("林.小-明", "林小明", "某某某某某"),
            ("林\u{200b}小明", "林小明", "某某某某"),
            ("我是林小明", "林小明先生", "我是某某某"),
            ("林小明住三楼", "林小明(业主)", "某某某住三楼"),
            ("我是林小明,他是陈国华", "林小明、陈国华", "我是某某某,他是某某某"),
            ("I am Xiaoming Lin", "Lin Xiaoming", "I am 某某某某某某某某某某某某"),
            ("王先生来电", "王先生", "某某某来电"),
            ("我是林小明", "林小明 13800138000", "我是某某某"),
            ("我是林小明", "林小明先生13800138000", "我是某某某"),
            ("林小明,陈国华", "林小明 陈国华", "某某某,某某某"),
            ("林小明,陈国华", "林小明和陈国华", "某某某,某某某"),
            ("林小明的家人", "林小明及家人", "某某某的家人"),
            ("林小明,陈国华", "林小明&陈国华", "某某某,某某某"),
            ("我是林小明", "举报人林小明", "我是某某某"),
            ("我是林小明", "林小明 男", "我是某某某"),
            ("我是林小明", "林小明教授", "我是某某某"),
            ("我是林小明", "林小明老师", "我是某某某"),
            ("李和平来电", "李和平", "某某某来电"),
            ("衞小靑", "卫小青", "某某某"),
            ("我是閆囯华", "阎国华", "我是某某某"),
            ("我是蕭红", "肖红", "我是某某"),
            ("我是林小明,代陈国华来电", "林小明代陈国华", "我是某某某,代某某某来电"),
            ("我是林大明", "林小明(曾用名林大明)", "我是某某某"),
            ("我叫林阿明", "林小明又名林阿明", "我叫某某某"),
            ("买买提来电", "买买提·吐尔逊", "某某某来电"),
            ("我是Zhang San", "ZHANGSAN", "我是某某某某某某某某某"),
            ("I am O’Brien", "O'Brien", "I am 某某某某某某某"),
            ("韩梅梅没空", "李雷(代韩梅梅)", "某某某没空"),
            ("我是tom lin", "林小明,英文名Tom Lin", "我是某某某某某某某"),
            ("Nguyen Van An", "Nguyễn Văn An", "某某某某某某某某某某某某某"),
            ("Lukasz Kowal", "Łukasz Kowal", "某某某某某某某某某某某某"),
            ("ich bin Muller", "Müller", "ich bin 某某某某某某"),
            ("ich bin MÜLLER", "Muller", "ich bin 某某某某某某"),
        ] {
            assert_eq!(mask_name(text, name), said, "{name} in {text}");
        }
    }

    #[test]
    fn a_name_is_found_whatever_else_stands_in_its_field() {
        for (text, name, said) in [
            ("我是林小明,他是陈国华", "林小明、陈国华等3人", "我是某某某,他是某某某"),
            ("我是林小明", "林小明等", "我是某某某"),
            ("我是林小明", "林小明等三户", "我是某某某"),
            ("我是林小明", "林小明-女", "我是某某某"),
            ("我是林小明", "林小明女", "我是某某某"),
            ("林小明住院", "林小明家属", "某某某住院"),
            ("林小明住院", "林小明母亲", "某某某住院"),
            ("我是林小明", "村民代表林小明", "我是某某某"),
            ("我是林小明", "法人代表林小明", "我是某某某"),
            ("我是林小明", "退休教师林小明", "我是某某某"),
            ("我是林小明", "姓名林小明", "我是某某某"),
            ("我是林小明", "林小明!", "我是某某某"),
            ("我是林小明", "「林小明」", "我是某某某"),
            ("我是林小明", "林小明=户主", "我是某某某"),
            ("王大海替林小明说", "林小明(受托人王大海)", "某某某替某某某说"),
            ("王大海替林小明说", "林小明(由王大海代诉)", "某某某替某某某说"),
            ("王大海替林小明说", "王大海受林小明委托", "某某某替某某某说"),
            ("I am John Smith", "Mr. John Smith", "I am 某某某某某某某某某某"),
            ("I am Smith", "Mr Smith", "I am 某某某某某"),
            ("我是David", "林小明 David", "我是某某某某某"),
            ("ich bin Hans Weiss", "Hans Weiß", "ich bin 某某某某某某某某某某"),
            ("ich bin Weiß", "Weiss", "ich bin 某某某某"),
            ("Sahin Yilmaz", "Şahin Yılmaz", "某某某某某某某某某某某某"),
            ("Aesa", "Æsa", "某某某某"),
            ("иван петров", "Иван Петров", "某某某某某某某某某某某"),
        ] {
            assert_eq!(mask_name(text, name), said, "{name} in {text}");
        }
    }

    #[test]
    fn a_name_is_found_between_the_words_beside_it() {
        for (names, fields) in [
            (
                "林小明",
                "受林小明委托|受林小明的委托|林小明授权|由林小明反映|代林小明|应林小明要求|林小明村民代表| \
                 林小明业主代表|林小明居民代表|林小明代表|林小明村主任|林小明楼长|林小明原村长|林小明爸| \
                 我爸林小明|林小明他妈|林小明隔壁邻居|业主：林小明|业主:林小明|林小明(不愿透露全名)| \
                 林小明等居民|林小明等村民|林小明等业主|林小明等30余户居民|林小明等三户|林小明等村民代表| \
                 林小明一家|林小明夫妇|林小明及其家人|林小明之妻|林小明之子|林小明妻|林小明母亲|林小明的母亲| \
                 林小明的儿子|林小明丈夫|林小明父亲|林小明女儿|林小明孙子|林小明表哥|林小明亲属|林小明朋友| \
                 林小明邻居|林小明工友|林小明同事|林小明房东|林小明店主|林小明负责人|林小明经理|林小明员工| \
                 林小明司机|林小明学生|林小明书记|林小明组长|林小明队长|林小明(之妻)|林小明業主|林小明是村民| \
                 当事人林小明|网友林小明|老板林小明|房东林小明|租客林小明|工人林小明|学生家长林小明| \
                 退役军人林小明|个体户林小明|业委会主任林小明|我叫林小明|女业主林小明|匿名林小明| \
                 林小明(要求保密)|某公司法人林小明|龙湖区某某公司林小明|小明小吃店林小明|金新玩具厂林小明| \
                 金涛庄林小明|金涛庄村民林小明|龙湖区金涛庄林小明村民代表|长平路88号林小明",
            ),
            (
                "林小明|陈大文",
                "陈大文（受林小明委托）|陈大文受林小明的委托|林小明家属陈大文|林小明的家属陈大文| \
                 林小明(陈大文代)|林小明妻子陈大文|林小明及其妻子陈大文|林小明之妻陈大文|林小明妻陈大文| \
                 林小明丈夫陈大文|林小明(家属:陈大文)|陈大文代表林小明|林小明的儿子陈大文代诉| \
                 林小明经理、员工陈大文|受林小明和陈大文委托",
            ),
            (
                "林明",
                "林明等|林明女|林明妻|林明村民代表|由林明代诉|受林明委托|林明之子|林明等居民|小区业主林明",
            ),
            (
                "陈建城",
                "陈建城母亲|受陈建城委托|陈建城妻子林小英|陈建城业主|金新公司陈建城|业主陈建城等三户",
            ),
            ("陈国栋", "陈国栋业主|金新公司陈国栋|金涛庄陈国栋等居民"),
            ("林向东", "林向东家属|林向东家属陈大文"),
            ("田中太郎", "田中太郎さん"),
            ("王经理|王先生", "王经理、王先生|某公司王经理,王先生的母亲"),
            ("方代表", "方代表|方代表等三人"),
            ("王等", "王等|王等先生"),
            ("高朋友", "高朋友|高朋友等三户|高朋友母亲"),
            ("孙子涵", "孙子涵|孙子涵等村民|家长孙子涵"),
            ("代小明", "代小明|代小明的母亲"),
            ("代老师", "代老师"),
            ("王羲之", "王羲之|王羲之母亲|王羲之的母亲"),
            ("余多多", "余多多|余多多等两户"),
            ("李等闲", "李等闲|李等闲等业主"),
            ("John Smith", "John Smith的母亲|John Smith等三户"),
            (
                "买买提吐尔逊",
                "买买提·吐尔逊的家属|买买提·吐尔逊等业主|买买提吐尔逊母亲|户主买买提吐尔逊",
            ),
        ] {
            for field in fields.split('|').map(str::trim) {
                for name in names.split('|') {
                    let said = format!("案:{}说", "某".repeat(name.chars().count()));
                    assert_eq!(mask_name(&format!("案:{name}说"), field), said, "{field}");
                }
            }
        }
    }

    #[test]
    fn what_is_another_word_is_left() {
        for (text, name) in [
            ("请发email", "Ma"),
            ("john smithson", "John Smith"),
            ("a nd", "and"),
            ("我姓王,明天再来", "王明"),
            ("王。明天", "王明"),
            ("王    明天", "王明"),
            ("找先 生", "先生"),
            ("小明", "林小明"),
            ("王(明", "王明"),
            ("金涛庄东区12栋", "金涛庄业主"),
            ("幸福花园停水", "幸福花园业主"),
            ("我们小区停水", "小区业主"),
            ("附近停水", "附近居民"),
            ("学校门口堵车", "学校老师"),
            ("医院门口堵车", "医院医生"),
            ("出租车拒载", "出租车师傅"),
            ("家人在等", "林小明及家人"),
            ("家属楼停水", "村民家属"),
            ("代表说好了", "村民代表"),
            ("村民代表大会没开", "村民代表"),
            ("要求保密处理", "保密"),
            ("要求保密处理", "林小明(要求保密)"),
            ("不愿透露姓名的群众", "不愿透露"),
            ("不愿透露姓名的群众", "不愿透露姓名"),
            ("龙湖区居民反映", "龙湖区居民"),
            ("金平区金涛庄东区的居民", "金平区金涛庄东区的居民"),
            ("出租车师傅拒载", "出租车师傅"),
            ("热心市民反映", "热心市民"),
            ("金砂街道居民区", "金砂街道居民"),
            ("村民代表说", "林小明村民代表"),
            ("外卖小哥说", "外卖小哥"),
            ("三楼住户,二期业主,B栋群众", "三楼住户、二期业主、B栋群众"),
            ("金涛庄东区,村民代表", "金涛庄东区村民代表"),
            ("利民商店员工", "利民商店员工"),
            ("龙湖区等居民", "龙湖区等居民"),
            ("碧桂园老师", "碧桂园老师"),
            ("某女士反映", "某女士"),
            ("有位老师说", "学生老师"),
            ("受理中心委托施工", "受林小明委托"),
            ("三户人家等三天了", "林小明等三户"),
            ("业主: 我家停水", "业主:林小明"),
            ("幸福花园二期停水", "幸福花园二期业主"),
            ("我母亲住院", "我母亲林小明"),
            ("妻子的母亲", "林小明妻子"),
        ] {
            assert_eq!(mask_name(text, name), text, "{name}");
        }
    }

    #[test]
    fn half_a_name_is_a_name() {
        assert!(shows_name("林 小", "林小明") && shows_name("陳國", "陈国华"));
        assert!(shows_name("叫林小", "林小明") && shows_name("小明", "林小明"));
        assert!(!shows_name("林", "林小明") && !shows_name("市民", "市民"));
        assert!(
            shows_name("雷", "李雷") && shows_name("華", "陈国华") && !shows_name("雨", "李雷")
        );
    }
}
