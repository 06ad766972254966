//! Reads which names a field holds that people fill in: several of them, with titles, kin, roles, numbers and
//! remarks beside them. Does not look for them anywhere.

use super::words::{
    self, Kind, NAME_ENDS, NUMBERED, NUMBERS, PLACE_ENDS, PLACE_PARTS, SURNAMES, Word,
};
use super::{CASED_MAX, Letter, letters};
use crate::text::normalise::Normaliser;

/// What is written before a name in Latin letters.
const LATIN_TITLES: [&str; 5] = ["mr", "mrs", "ms", "miss", "dr"];
/// A person's name in Chinese characters is no longer.
const HAN_NAME_MAX: usize = 4;
/// What parts the names of several people, or a name from what is said of it.
const BETWEEN_NAMES: &str = "、,;/|()[]{}<>《》【】「」〔〕:!=\"“”。&+~";
/// Words that do, where both sides may be names.
const AND: [char; 8] = ['和', '及', '与', '跟', '代', '替', '受', '-'];
/// What binds a name to the word behind it, and ends none.
const LINKS: [char; 3] = ['的', '及', '等'];
/// What binds it so, and may end one: 林小明系村民, 林小明原村长.
const LINKS_OR_NAMES: &str = "之其和与是为系副原前总兼现即同";
/// What is written before another name of the same person.
const ALSO: [&str; 7] = ["曾用名", "又名", "亦名", "别名", "原名", "化名", "英文名"];
/// What stands between the parts of a name of another language, each of which is called a name.
const BETWEEN_PARTS: [char; 4] = ['·', '•', '・', '‧'];
/// One character may be any word.
pub(super) const CHARACTERS_MIN: usize = 2;
/// Parts of one field that names are looked for in.
const PIECES_MAX: usize = 32;
/// Names of one caller that are looked for: some for every part.
const NAMES_MAX: usize = 4 * PIECES_MAX;

/// The names that a field holds, longest first, as far as they tell somebody from others.
pub(super) fn names(field: &str) -> Vec<Vec<Letter>> {
    let mut names: Vec<Vec<Letter>> = if is_short(field) {
        let letters = letters(field);
        let is_told = is_told(&words::find(&letters), &letters, 0, letters.len());
        is_told.then_some(letters).into_iter().collect()
    } else {
        pieces(field).into_iter().take(PIECES_MAX).flat_map(names_of_piece).collect()
    };
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let mut kept: Vec<Vec<Letter>> = Vec::new();
    for name in names {
        if kept.len() < NAMES_MAX && !kept.iter().any(|other| is_same(other, &name)) {
            kept.push(name);
        }
    }
    kept
}

fn is_same(one: &[Letter], other: &[Letter]) -> bool {
    let alike = |(at, (one, other)): (usize, (&Letter, &Letter))| {
        one.folded == other.folded && (at == 0 || (one.gap == 0) == (other.gap == 0))
    };
    one.len() == other.len() && one.iter().zip(other).enumerate().all(alike)
}

/// Too short to be a name with something beside it: most are.
fn is_short(field: &str) -> bool {
    let ends = field.chars().next().zip(field.chars().next_back());
    field.chars().count() <= CHARACTERS_MIN + 1
        && field.chars().all(char::is_alphabetic)
        && ends.is_none_or(|(first, last)| !words::may_be_cut(first, last))
}

/// The field as a whole, and what it is made of where it holds several names, a number or a remark.
fn pieces(field: &str) -> Vec<&str> {
    let normaliser = Normaliser::new();
    let parts = |c: char| {
        normaliser.folded(c).is_some_and(|c| BETWEEN_NAMES.contains(c) || c.is_ascii_digit())
    };
    let mut pieces = vec![field];
    let known_as = ALSO.iter().filter_map(|word| field.split_once(word));
    let known_as: Vec<&str> = known_as.flat_map(|(one, other)| [one, other]).collect();
    for piece in known_as.into_iter().chain([field]).flat_map(|field| field.split(parts)) {
        pieces.push(piece);
        pieces.extend(piece.split(BETWEEN_PARTS).filter(|part| !part.is_ascii()));
        // 李 四 is one name, and 李小四 王小五 are two; what is Latin beside these is another.
        pieces
            .extend(piece.split_whitespace().filter(|word| !word.is_ascii() || !piece.is_ascii()));
        for (at, and) in piece.char_indices().filter(|(_, c)| AND.contains(c)) {
            let (one, other) = (&piece[..at], &piece[at + and.len_utf8()..]);
            let are_names = [one, other].map(|side| letters(side).len() >= CHARACTERS_MIN);
            pieces.extend([one, other].into_iter().filter(|_| are_names == [true; 2]));
        }
    }
    pieces.retain(|piece| letters(piece).len() >= CHARACTERS_MIN);
    pieces.sort_unstable_by_key(|piece| (piece.as_ptr(), piece.len()));
    pieces.dedup();
    pieces
}

/// The piece itself, and what is left between the words in it.
fn names_of_piece(piece: &str) -> Vec<Vec<Letter>> {
    let piece = piece.trim();
    let bare = untitled(piece);
    let (whole, own) = (letters(piece), letters(bare));
    let mut names = if bare.len() < piece.len() { vec![whole] } else { Vec::new() };
    let words = words::find(&own);
    let is_several = own.iter().any(|letter| BETWEEN_NAMES.contains(letter.folded));
    if !is_several || words.is_empty() {
        let cut = Cut { letters: &own, words: &words, has_parts: bare.contains(BETWEEN_PARTS) };
        for (start, end) in cut.names() {
            let name = &bare[own[start].start..own[end - 1].end];
            let turned = name.split_once(' ').filter(|_| name.is_ascii());
            names.push(own[start..end].to_vec());
            names.extend(turned.map(|(first, last)| letters(&format!("{last} {first}"))));
        }
    }
    names
}

/// A name in Latin letters without its title.
fn untitled(name: &str) -> &str {
    let title = name
        .split_once([' ', '.'])
        .filter(|(title, _)| LATIN_TITLES.iter().any(|known| known.eq_ignore_ascii_case(title)));
    title.map_or(name, |(_, name)| name.trim_start_matches([' ', '.']))
}

/// Whether it tells somebody from others.
fn is_told(words: &[Word], letters: &[Letter], start: usize, end: usize) -> bool {
    end >= start + CHARACTERS_MIN && !words::cover(words, letters, start, end)
}

/// 二期, A栋.
fn is_numbered(letters: &[Letter]) -> bool {
    let is_number = |c: char| NUMBERS.contains(c) || c.is_ascii_alphanumeric();
    letters
        .last_chunk()
        .is_some_and(|[number, last]| is_number(number.folded) && NUMBERED.contains(last.folded))
}

/// A piece with the words in it.
struct Cut<'a> {
    letters: &'a [Letter],
    words: &'a [Word],
    has_parts: bool,
}

/// Where a name may begin, or end, and by what.
type Edge = (usize, Option<Kind>);

impl Cut<'_> {
    /// The whole, unless it only says what somebody is; what stands before, between and behind words; and a surname with
    /// the word behind it.
    fn names(&self) -> Vec<(usize, usize)> {
        let (starts, ends, count) = (self.starts(), self.ends(), self.letters.len());
        let mut names = Vec::new();
        if !ends.iter().any(|end| self.is_place_with_role(*end)) {
            names.push((0, count));
        }
        for &start in &starts {
            let between = ends.iter().filter(|end| self.is_name(start, **end));
            names.extend(between.map(|(end, _)| (start.0, *end)));
            let behind = self.words.iter().filter(|word| self.is_surname_before(start.0, word));
            names.extend(behind.map(|word| (start.0, word.end)));
        }
        names.retain(|(start, end)| is_told(self.words, self.letters, *start, *end));
        names
    }

    fn starts(&self) -> Vec<Edge> {
        let behind_words = self.words.iter().map(|word| (word.end, Some(word.kind)));
        let is_in_word =
            |at: usize| self.words.iter().any(|word| word.start <= at && at + 1 < word.end);
        let ends_place =
            |at: &usize| PLACE_ENDS.contains(self.letters[*at].folded) && !is_in_word(*at);
        let behind_places = (CHARACTERS_MIN..self.letters.len()).filter(ends_place);
        let behind_places = behind_places.map(|at| (at + 1, Some(Kind::Place)));
        let mut starts: Vec<Edge> = behind_words.chain(behind_places).collect();
        // A start behind a word and a place's last character is one behind a place.
        starts.sort_unstable_by_key(|(at, kind)| (*at, *kind != Some(Kind::Place)));
        starts.dedup_by_key(|(at, _)| *at);
        starts.insert(0, (0, None));
        starts
    }

    fn ends(&self) -> Vec<Edge> {
        let mut ends = vec![(self.letters.len(), None)];
        let is_place = |word: &Word| word.kind == Kind::Place;
        let is_in_place =
            |at: usize| self.words.iter().any(|it| is_place(it) && it.start < at && at < it.end);
        let ending = |word: &&Word| !is_place(word) && !is_in_place(word.start);
        for word in self.words.iter().filter(ending) {
            let mut end = word.start;
            while end > CHARACTERS_MIN {
                let last = self.letters[end - 1].folded;
                let may_end = !LINKS.contains(&last);
                ends.extend(may_end.then_some((end, Some(word.kind))));
                if may_end && !LINKS_OR_NAMES.contains(last) {
                    break;
                }
                end -= 1;
            }
            ends.extend((end <= CHARACTERS_MIN).then_some((end, Some(word.kind))));
        }
        ends
    }

    /// Whether an end is that before 代表 within 村民代表.
    fn is_split(&self, word: &Word, end: usize) -> bool {
        let is_inner = |inner: &Word| inner.start == end && inner.end == word.end;
        word.kind == Kind::Role && word.start < end && self.words.iter().any(is_inner)
    }

    /// Whether a name stands between two edges, and no longer word could be cut off.
    fn is_name(&self, (start, before): Edge, (end, behind): Edge) -> bool {
        if end < start + CHARACTERS_MIN || start == 0 && behind.is_none() {
            return false;
        }
        let is_long = |word: &&Word| word.end - word.start >= CHARACTERS_MIN;
        let is_cut_before = self
            .words
            .iter()
            .filter(is_long)
            .any(|word| word.start == start && word.end + CHARACTERS_MIN <= end);
        let is_cut_behind = self.words.iter().filter(is_long).any(|word| {
            (word.end == end || self.is_split(word, end)) && start + CHARACTERS_MIN <= word.start
        });
        let count =
            self.letters[start..end].iter().filter(|letter| letter.folded > CASED_MAX).count();
        let may_be_long = match (before, behind) {
            (None, Some(Kind::Title | Kind::Kin)) => true,
            (Some(before), None) => before != Kind::Place,
            _ => self.has_parts,
        };
        !is_cut_before
            && !is_cut_behind
            && (count <= HAN_NAME_MAX || may_be_long)
            && !self.is_place((start, before), (end, behind))
    }

    fn is_place(&self, (start, before): Edge, (end, behind): Edge) -> bool {
        let letters = &self.letters[start..end];
        let (first, last) = (letters[0].folded, letters[letters.len() - 1].folded);
        let is_full_name = letters.len() == CHARACTERS_MIN + 1 && SURNAMES.contains(first);
        match (before, behind) {
            _ if is_full_name && NAME_ENDS.contains(last) => false,
            (Some(Kind::Place), _) => {
                self.ends_as_place(end) || PLACE_PARTS.contains(last) || is_numbered(letters)
            }
            (_, Some(Kind::Role)) => {
                letters.len() > CHARACTERS_MIN && self.ends_as_place(end) || is_numbered(letters)
            }
            _ => false,
        }
    }

    fn ends_as_place(&self, end: usize) -> bool {
        let is_word = |word: &Word| word.kind == Kind::Place && word.end == end;
        PLACE_ENDS.contains(self.letters[end - 1].folded) || self.words.iter().any(is_word)
    }

    /// 龙湖区居民 is nobody.
    fn is_place_with_role(&self, (end, behind): Edge) -> bool {
        end > 0
            && self.is_place((0, None), (end, behind))
            && words::cover(self.words, self.letters, end, self.letters.len())
    }

    /// 王 before 代表: no more than both tell who it is.
    fn is_surname_before(&self, start: usize, word: &Word) -> bool {
        word.start == start + 1
            && matches!(word.kind, Kind::Title | Kind::Role)
            && word.end - word.start >= CHARACTERS_MIN
            && !words::is_particle(self.letters[start].folded)
    }
}
