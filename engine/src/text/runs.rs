//! Cuts a text into its runs of digits, and tells what stands between two of them. Does not know what makes a number.

use super::digits::digit_value;
use super::table::is_unseen;

/// A run of digits, cut from its neighbours by anything that is not a digit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) digits: usize,
    /// The next run follows after few separators only, so both may be one number.
    pub(super) joined: bool,
    /// One of these separators also stands between the entries of a list.
    pub(super) listed: bool,
}

/// `138 空格 1234`: a separator of two characters with a blank on both sides.
const SEPARATORS_MAX: usize = 4;

/// The runs of a text in their order.
pub(super) fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let (mut separators, mut listed) = (usize::MAX, false);
    for (at, c) in text.char_indices() {
        if digit_value(c).is_some() {
            let end = at + c.len_utf8();
            match runs.last_mut() {
                Some(run) if run.end == at => {
                    run.end = end;
                    run.digits += 1;
                }
                last => {
                    if let Some(run) = last {
                        run.joined = separators <= SEPARATORS_MAX;
                        run.listed = listed;
                    }
                    runs.push(Run { start: at, end, digits: 1, joined: false, listed: false });
                }
            }
            (separators, listed) = (0, false);
        } else if separators != usize::MAX {
            match separator(c) {
                Some(Separator::Within) => separators = separators.saturating_add(1),
                Some(Separator::Listing) => {
                    separators = separators.saturating_add(1);
                    listed = true;
                }
                // Whoever reads it reads the digits as one number.
                None if is_unseen(c) => {}
                None => separators = usize::MAX,
            }
        }
    }
    runs
}

/// What stands between two runs of one number.
enum Separator {
    /// A blank, a bracket or a dash.
    Within,
    /// What also stands between the entries of a list: rooms, amounts, heights.
    Listing,
}

fn separator(c: char) -> Option<Separator> {
    match c {
        ' ' | '\u{3000}' | '\u{a0}' | '-' | '－' | '–' | '—' | '‐' | '‑' | '−' | '﹣' | '·'
        | '.' => Some(Separator::Within),
        '(' | ')' | '（' | '）' | '﹙' | '﹚' | '[' | ']' | '［' | '］' | '【' | '】' | '〔'
        | '〕' | '〖' | '〗' | '{' | '}' | '｛' | '｝' | '<' | '>' | '＜' | '＞' | '〈' | '〉'
        | '《' | '》' | '「' | '」' | '『' | '』' => Some(Separator::Within),
        '+' | '＋' | '。' | '•' | '・' | '_' | '＿' | '/' | '／' | '\\' | '＼' | ',' | '，'
        | '、' | ';' | '；' | ':' | '：' | '|' | '｜' | '~' | '～' | '〜' | '*' | '＊' | '…'
        | '=' | '＝' | '#' | '＃' | '\'' | '"' | '‘' | '’' | '“' | '”' | '\n' | '\r' | '\t' => {
            Some(Separator::Listing)
        }
        // Said, and written down as it was said.
        '空' | '格' | '横' | '杠' => Some(Separator::Listing),
        _ => None,
    }
}
