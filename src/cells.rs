//! Cuts a table in CSV into rows of cells as it is read. A quote that is wrong would take the rows behind it along: it costs the
//! line in which it stands, which is told, and the next line begins a row again. Knows no headings.

use std::io::{self, Read};

/// How much is read at a time.
const READ_BYTES: u64 = 1 << 18;

pub(crate) const UNCLOSED: &str = "its quote `\"` never closes";
pub(crate) const NOT_DOUBLED: &str = "a quote `\"` inside quotes does not stand twice";

/// A row that is not blank.
#[derive(Debug, PartialEq)]
pub(crate) struct Row {
    /// The line in which it begins, or in which what is wrong with it stands, from 1.
    pub(crate) line: u64,
    /// The line in which it ends.
    pub(crate) last_line: u64,
    /// Its cells, or why it has none.
    pub(crate) cells: Result<csv::ByteRecord, String>,
}

/// A table being read.
pub(crate) struct Cells<R> {
    input: R,
    /// Bytes of a row; a quote that is not closed within them is taken for one that never is.
    row_bytes_max: usize,
    held: Vec<u8>,
    /// Where in `held` the next row begins, and in which line that is.
    from: usize,
    line: u64,
    /// Nothing comes behind what is held.
    is_all: bool,
}

/// What stands at the front of a table.
pub(crate) enum Front {
    /// A row, and how many bytes it takes with its end.
    Row(usize),
    /// Where a quote stands that is wrong, and why it is.
    Fault(usize, &'static str),
    /// A row whose end is not held, and where its open quote stands.
    Open(Option<usize>),
}

impl<R: Read> Cells<R> {
    pub(crate) fn of(input: R, row_bytes_max: usize) -> io::Result<Cells<R>> {
        let held = Vec::new();
        let mut cells = Cells { input, row_bytes_max, held, from: 0, line: 1, is_all: false };
        cells.read()?;
        const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
        if cells.held.starts_with(BYTE_ORDER_MARK) {
            cells.from = BYTE_ORDER_MARK.len();
        }
        Ok(cells)
    }

    /// The next row.
    pub(crate) fn next(&mut self) -> io::Result<Option<Row>> {
        loop {
            let rest = &self.held[self.from..];
            let is_longer = rest.len() > self.row_bytes_max;
            match rest.first() {
                None if self.is_all => return Ok(None),
                Some(b'\n' | b'\r') => {
                    self.pass_line()?;
                    continue;
                }
                _ => {}
            }
            let mut cells = csv::ByteRecord::new();
            return match front(rest, self.is_all, &mut cells) {
                Front::Open(_) if !is_longer => {
                    self.read()?;
                    continue;
                }
                Front::Row(bytes) if bytes <= self.row_bytes_max => {
                    let line = self.line;
                    let is_ended = matches!(rest[bytes - 1], b'\n' | b'\r');
                    self.pass(bytes);
                    let last_line = self.line - u64::from(is_ended);
                    Ok(Some(Row { line, last_line, cells: Ok(cells) }))
                }
                Front::Row(_) | Front::Open(None) => {
                    self.wrong(0, format!("is longer than {} bytes", self.row_bytes_max))
                }
                Front::Open(Some(at)) => self.wrong(at, UNCLOSED.to_owned()),
                Front::Fault(at, why) => self.wrong(at, why.to_owned()),
            };
        }
    }

    /// Passes the line in which something wrong stands.
    fn wrong(&mut self, at: usize, why: String) -> io::Result<Option<Row>> {
        self.pass(at);
        let line = self.line;
        self.pass_line()?;
        Ok(Some(Row { line, last_line: line, cells: Err(why) }))
    }

    /// Passes what is left of a line.
    fn pass_line(&mut self) -> io::Result<()> {
        loop {
            let rest = &self.held[self.from..];
            match rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
                Some(at) if at + 1 < rest.len() || self.is_all => {
                    self.pass(at + end_bytes(&rest[at..]));
                    return Ok(());
                }
                None if self.is_all => {
                    self.from = self.held.len();
                    return Ok(());
                }
                Some(at) => self.from += at,
                None => self.from = self.held.len(),
            }
            self.read()?;
        }
    }

    fn pass(&mut self, bytes: usize) {
        let passed = &self.held[self.from..self.from + bytes];
        let ends = |(at, &byte): (usize, &u8)| match byte {
            b'\n' => true,
            b'\r' => passed.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        self.line += passed.iter().enumerate().filter(|&it| ends(it)).count() as u64;
        self.from += bytes;
    }

    fn read(&mut self) -> io::Result<()> {
        self.held.drain(..self.from);
        self.from = 0;
        let read = self.input.by_ref().take(READ_BYTES).read_to_end(&mut self.held)?;
        self.is_all = read == 0;
        Ok(())
    }
}

/// Cuts the first row of a text that goes on unless it `is_all`; before a fault, the cells that stand before it.
pub(crate) fn front(text: &[u8], is_all: bool, cells: &mut csv::ByteRecord) -> Front {
    let mut at = 0;
    loop {
        let behind = match text.get(at) {
            Some(b'"') => match quoted(&text[at + 1..], is_all, cells) {
                Ok(Some(bytes)) => at + 1 + bytes,
                Ok(None) => return Front::Open(Some(at)),
                Err(why) => return Front::Fault(at, why),
            },
            _ => {
                // A quote in it is a character of its own: 5"管.
                let bare = &text[at..];
                let is_end = |byte: &u8| matches!(byte, b',' | b'\n' | b'\r');
                let end = bare.iter().position(is_end).unwrap_or(bare.len());
                cells.push_field(&bare[..end]);
                at + end
            }
        };
        match text.get(behind) {
            Some(b',') => at = behind + 1,
            // Whether a feed follows the return, or anything the cell, is not known yet.
            None | Some(b'\r') if !is_all && behind + 1 >= text.len() => return Front::Open(None),
            _ => return Front::Row(behind + end_bytes(&text[behind..])),
        }
    }
}

/// Takes a cell whose opening quote was passed; gives how many bytes it takes with its closing one, if that is there.
fn quoted(
    text: &[u8],
    is_all: bool,
    cells: &mut csv::ByteRecord,
) -> Result<Option<usize>, &'static str> {
    let mut cell = Vec::new();
    let mut from = 0;
    loop {
        let Some(inside) = text[from..].iter().position(|&byte| byte == b'"') else {
            return if is_all { Err(UNCLOSED) } else { Ok(None) };
        };
        cell.extend_from_slice(&text[from..from + inside]);
        from += inside + 1;
        match text.get(from) {
            Some(b'"') => {
                cell.push(b'"');
                from += 1;
            }
            None if !is_all => return Ok(None),
            None | Some(b',' | b'\n' | b'\r') => {
                cells.push_field(&cell);
                return Ok(Some(from));
            }
            Some(_) => return Err(NOT_DOUBLED),
        }
    }
}

/// Bytes of the line end that a text begins with.
fn end_bytes(text: &[u8]) -> usize {
    match text {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW_BYTES_MAX: usize = 40;

    /// Each row as its lines and its cells between `|`, or what is wrong with it.
    fn cut(text: &str) -> Vec<String> {
        let mut cells = Cells::of(text.as_bytes(), ROW_BYTES_MAX).unwrap();
        let told = |row: Row| match row.cells {
            Ok(cells) => {
                let cells: Vec<_> = cells.iter().map(String::from_utf8_lossy).collect();
                format!("{}-{} {}", row.line, row.last_line, cells.join("|"))
            }
            Err(why) => format!("{} {why}", row.line),
        };
        std::iter::from_fn(|| cells.next().unwrap()).map(told).collect()
    }

    #[test]
    fn cells_are_cut_as_they_were_written() {
        for (text, wanted) in [
            ("", &[][..]),
            ("\u{feff}a,b\nc,\n", &["1-1 a|b", "2-2 c|"]),
            ("a\r\n\r\n\n,b", &["1-1 a", "4-4 |b"]),
            ("a\r\"b\r\n\nc\",d\re", &["1-1 a", "2-4 b\r\n\nc|d", "5-5 e"]),
            ("5\",a\"b\"\nc", &["1-1 5\"|a\"b\"", "2-2 c"]),
            ("\"x,\"\"y\"\"\",\"\"\n\"z\"", &["1-1 x,\"y\"|", "2-2 z"]),
        ] {
            assert_eq!(cut(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn a_quote_that_is_wrong_costs_its_line_and_no_other() {
        let (unclosed, not_doubled) = (format!("2 {UNCLOSED}"), format!("2 {NOT_DOUBLED}"));
        for (text, wanted) in [
            ("a,b\nc,\"d\ne,f\n", [&unclosed, "3-3 e|f"]),
            ("a,b\nc,\"d\ne,\"f\"\n", [&not_doubled, "3-3 e|f"]),
            ("a,b\n\"c \"d\" e\",\ne,f\n", [&not_doubled, "3-3 e|f"]),
            ("a,b\n\"c\",\"\r\ne,f", [&unclosed, "3-3 e|f"]),
            ("\"a\n\",\"b\ne,f", [&unclosed, "3-3 e|f"]),
        ] {
            let rows = cut(text);
            assert_eq!(rows[rows.len() - 2..], wanted, "{text:?}");
        }
    }

    #[test]
    fn a_row_has_a_bound_and_so_has_what_a_quote_takes_along() {
        let long = "x".repeat(ROW_BYTES_MAX);
        let longer = "1 is longer than 40 bytes";
        assert_eq!(cut(&format!("{}\nb\n", &long[1..])), [&format!("1-1 {}", &long[1..]), "2-2 b"]);
        assert_eq!(cut(&format!("{long}\nb\n")), [longer, "2-2 b"]);
        assert_eq!(cut(&format!("\"a\n{long}\"\nb\n"))[2..], ["3-3 b"]);
        let many = format!("\"a\n{}", "b,c\n".repeat(READ_BYTES as usize / 2));
        let rows = cut(&many);
        assert_eq!(rows.len(), 1 + READ_BYTES as usize / 2);
        assert_eq!(rows[..2], [&format!("1 {UNCLOSED}"), "2-2 b|c"]);
    }

    #[test]
    fn a_row_is_the_same_however_much_of_it_has_been_read() {
        for text in ["a,\"b\"\"\r\n\",c\r\nd", "\"a\" b\n", "a\"b\n", "a,\n,"] {
            let mut all = csv::ByteRecord::new();
            let whole = front(text.as_bytes(), true, &mut all);
            for held in 0..text.len() {
                let mut cells = csv::ByteRecord::new();
                match (front(&text.as_bytes()[..held], false, &mut cells), &whole) {
                    (Front::Open(_), _) => {}
                    (Front::Row(bytes), Front::Row(all_bytes)) => {
                        assert_eq!((&cells, bytes), (&all, *all_bytes), "{text:?} {held}");
                    }
                    (Front::Fault(at, why), Front::Fault(all_at, all_why)) => {
                        assert_eq!((at, why), (*all_at, *all_why), "{text:?} {held}");
                    }
                    _ => panic!("{text:?} is another row when {held} bytes of it are read"),
                }
            }
        }
    }
}
