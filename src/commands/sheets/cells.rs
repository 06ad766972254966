//! Cuts a whole table in CSV into rows of cells, blank ones too. At a quote that is wrong it stops, and tells its place: a row
//! that is left out would make another table. Knows no headings.

use crate::cells::{Front, front};

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

/// The rows, and the first fault: its row is then the last one, cut off before its cell.
pub(super) fn cut(text: &str) -> (Vec<Vec<String>>, Option<Fault>) {
    let (mut rows, mut rest) = (Vec::new(), text.as_bytes());
    while !rest.is_empty() {
        let mut cells = csv::ByteRecord::new();
        let cut = front(rest, true, &mut cells);
        rows.push(cells.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect());
        match cut {
            Front::Row(bytes) => rest = &rest[bytes..],
            Front::Fault(_, why) => {
                let fault = Fault { row: rows.len() - 1, column: cells.len(), why };
                return (rows, Some(fault));
            }
            Front::Open(_) => unreachable!("nothing comes behind a whole table"),
        }
    }
    (rows, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::{NOT_DOUBLED, UNCLOSED};

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
