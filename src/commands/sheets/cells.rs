//! Cuts a table in CSV into rows of cells. A quote that is wrong would take the cells behind it along: it is told with its place,
//! and nothing behind it is read. Knows no headings.

/// A quote that is wrong.
#[derive(Debug, PartialEq)]
pub(crate) struct Fault {
    /// Row of its cell, from 0.
    pub(crate) row: usize,
    /// Column of its cell, from 0.
    pub(crate) column: usize,
    /// What is wrong.
    pub(crate) why: &'static str,
}

const UNCLOSED: &str = "its quote `\"` never closes";
const NOT_DOUBLED: &str = "a quote `\"` inside quotes does not stand twice";

/// The rows, and the first fault: its row is then the last one, cut off before its cell.
pub(super) fn cut(text: &str) -> (Vec<Vec<String>>, Option<Fault>) {
    let (mut rows, mut row) = (Vec::new(), Vec::new());
    let mut rest = text;
    while !(rest.is_empty() && row.is_empty()) {
        let (cell, behind) = match rest.strip_prefix('"').map_or_else(|| Ok(bare(rest)), quoted) {
            Ok(cut) => cut,
            Err(why) => {
                let fault = Fault { row: rows.len(), column: row.len(), why };
                rows.push(row);
                return (rows, Some(fault));
            }
        };
        row.push(cell);
        if let Some(more) = behind.strip_prefix(',') {
            rest = more;
        } else {
            rows.push(std::mem::take(&mut row));
            rest = ["\r\n", "\n", "\r"]
                .iter()
                .find_map(|end| behind.strip_prefix(end))
                .unwrap_or_default();
        }
    }
    (rows, None)
}

/// A cell without quotes around it, and what stands behind it.
fn bare(text: &str) -> (String, &str) {
    let (cell, behind) = text.split_at(text.find([',', '\n', '\r']).unwrap_or(text.len()));
    (cell.to_owned(), behind)
}

/// A cell whose opening quote was read, and what stands behind its closing one.
fn quoted(text: &str) -> Result<(String, &str), &'static str> {
    let mut cell = String::new();
    let mut rest = text;
    loop {
        let (inside, behind) = rest.split_once('"').ok_or(UNCLOSED)?;
        cell.push_str(inside);
        match behind.bytes().next() {
            Some(b'"') => {
                cell.push('"');
                rest = &behind[1..];
            }
            None | Some(b',' | b'\n' | b'\r') => return Ok((cell, behind)),
            Some(_) => return Err(NOT_DOUBLED),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_cut_as_they_were_written() {
        for (text, wanted) in [
            ("", &[][..]),
            ("a,b\nc,\n", &[&["a", "b"][..], &["c", ""]]),
            ("a\r\n\r\n,b", &[&["a"], &[""], &["", "b"]]),
            ("a,", &[&["a", ""]]),
            ("\"x,\n\"\"y\"\"\",5\"\r\"\"", &[&["x,\n\"y\"", "5\""], &[""]]),
        ] {
            let (rows, fault) = cut(text);
            let row = |cells: &&[&str]| cells.iter().map(|&cell| cell.to_owned()).collect();
            let wanted: Vec<Vec<String>> = wanted.iter().map(row).collect();
            assert_eq!((rows, fault), (wanted, None));
        }
    }

    #[test]
    fn a_quote_that_is_wrong_is_told_with_its_cell() {
        for (text, row, column, why) in [
            ("a,b\nc,\"d\ne,f\n", 1, 1, UNCLOSED),
            ("\"他说\"好\"的\"\n", 0, 0, NOT_DOUBLED),
            ("a\nb,\"c\nd,\"e\"\n", 1, 1, NOT_DOUBLED),
        ] {
            let (rows, fault) = cut(text);
            assert_eq!(fault, Some(Fault { row, column, why }));
            assert_eq!((rows.len(), rows[row].len()), (row + 1, column));
        }
    }
}
