//! Holds a text to one screen: so many lines, so many columns. Knows nothing of what it says.

/// Lines of a screen.
pub(crate) const LINES_MAX: usize = 40;
/// Columns of a line; a Chinese character takes two.
pub(crate) const COLUMNS_MAX: usize = 100;

/// Puts blank lines before headings while there is room, leaves out the end of `rest` where there is none, and cuts lines that
/// are too long.
pub(crate) fn screen(lines: Vec<String>, mut rest: Vec<String>, more: &str) -> String {
    let room = LINES_MAX.saturating_sub(lines.len());
    if rest.len() > room {
        rest.truncate(room.saturating_sub(1));
        rest.push(more.to_owned());
    }
    let mut all: Vec<String> = lines.into_iter().chain(rest).take(LINES_MAX).collect();
    let headings = all.iter().skip(1).filter(|line| line.starts_with('【')).count();
    if all.len() + headings <= LINES_MAX {
        let spaced = all.into_iter().enumerate().flat_map(|(at, line)| {
            let blank = (at > 0 && line.starts_with('【')).then(String::new);
            blank.into_iter().chain([line])
        });
        all = spaced.collect();
    }
    all.iter().map(|line| format!("{}\n", fitted(line))).collect()
}

/// How many columns a character takes; what is not ASCII is taken for wide, so that no line is too long anywhere.
fn columns(c: char) -> usize {
    if c.is_ascii() { 1 } else { 2 }
}

/// The line without breaks, cut with an ellipsis where it is too long.
fn fitted(line: &str) -> String {
    let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.chars().map(columns).sum::<usize>() <= COLUMNS_MAX {
        return line;
    }
    let mut width = columns('…');
    let fits = |c: &char| {
        width += columns(*c);
        width <= COLUMNS_MAX
    };
    let mut cut: String = line.chars().take_while(fits).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_and_a_break_in_it_is_a_blank() {
        let text = screen(vec!["宽".repeat(60), "a\nb".to_owned()], Vec::new(), "");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines, [format!("{}…", "宽".repeat(49)).as_str(), "a b"]);
        assert_eq!(fitted(&"a".repeat(100)), "a".repeat(100));
        assert_eq!(fitted(&"a".repeat(101)), format!("{}…", "a".repeat(98)));
    }

    #[test]
    fn what_has_no_room_is_left_out_with_a_word() {
        let many = |count: usize| (0..count).map(|at| at.to_string()).collect::<Vec<_>>();
        let text = screen(many(30), many(20), "more");
        assert_eq!(text.lines().count(), LINES_MAX);
        assert_eq!(text.lines().last(), Some("more"));
        assert_eq!(screen(many(60), many(2), "more").lines().count(), LINES_MAX);
    }

    #[test]
    fn headings_are_set_apart_while_there_is_room() {
        let lines = |count: usize| vec!["【一】".to_owned(); count];
        assert_eq!(screen(lines(3), Vec::new(), ""), "【一】\n\n【一】\n\n【一】\n");
        assert_eq!(screen(lines(21), Vec::new(), "").lines().count(), 21);
    }
}
