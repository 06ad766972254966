//! Reads JSONL and CSV line by line, within bounds: each line with its number, whatever is wrong with it.
//!
//! Knows how lines are cut, not what they mean.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use crate::cells::{Cells, Row};

/// Bytes of one line: the longest message the engine takes has 20,000 characters, 80 kB; what is longer is not read.
const LINE_BYTES_MAX: usize = 1 << 20;

/// How much is read from a file at a time.
const BUFFER_BYTES: usize = 1 << 18;

/// One line, or row of a table.
#[derive(Debug)]
pub(super) struct Line {
    /// Where it starts in the file, from 1.
    pub(super) number: u64,
    /// What it holds.
    pub(super) text: Text,
}

impl Line {
    /// How much memory it takes, roughly.
    pub(super) fn bytes_count(&self) -> usize {
        match &self.text {
            Text::Json(bytes) => bytes.len(),
            Text::Csv(record) => record.as_slice().len(),
            Text::Unreadable(reason) => reason.len(),
        }
    }
}

/// What a line holds.
#[derive(Debug)]
pub(super) enum Text {
    /// A line of JSON, not looked at.
    Json(Vec<u8>),
    /// A row of a table.
    Csv(csv::ByteRecord),
    /// Nothing that can be read, and why.
    Unreadable(String),
}

/// A file being read.
pub(crate) struct Rows {
    source: Source,
    /// The columns of a table.
    headers: csv::StringRecord,
}

enum Source {
    Json { reader: Box<dyn BufRead + Send>, number: u64 },
    Csv(Cells<Box<dyn Read + Send>>),
}

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RowsError {
    #[error("{file}: cannot be read: {source}")]
    Read { file: String, source: io::Error },
    #[error("{file} line {line}: {reason}")]
    Headers { file: String, line: u64, reason: String },
    #[error("{file} line 1: the column `{column}` stands there twice")]
    Twice { file: String, column: String },
}

impl Rows {
    /// Opens a `.csv` file as a table, any other, and `-` for standard input, as JSONL.
    ///
    /// `count` is told how many bytes each read brought.
    pub(super) fn open(
        path: &Path,
        count: impl FnMut(u64) + Send + 'static,
    ) -> Result<Rows, RowsError> {
        let file = path.display().to_string();
        let input: Box<dyn Read + Send> = if path == Path::new("-") {
            Box::new(io::stdin())
        } else {
            // A folder opens like a file, and then cannot be read.
            let opened = File::open(path).and_then(|opened| match opened.metadata()?.is_dir() {
                true => Err(io::ErrorKind::IsADirectory.into()),
                false => Ok(opened),
            });
            Box::new(opened.map_err(|source| RowsError::Read { file: file.clone(), source })?)
        };
        let input = Counted { input, count };
        if path.extension().is_none_or(|extension| !extension.eq_ignore_ascii_case("csv")) {
            return Ok(Rows::of_json(input));
        }
        Rows::of_table(input, file)
    }

    /// JSONL.
    pub(crate) fn of_json(input: impl Read + Send + 'static) -> Rows {
        let reader = Box::new(BufReader::with_capacity(BUFFER_BYTES, input));
        Rows { source: Source::Json { reader, number: 0 }, headers: csv::StringRecord::new() }
    }

    /// A table; `file` names it in an error.
    pub(crate) fn of_table(
        input: impl Read + Send + 'static,
        file: String,
    ) -> Result<Rows, RowsError> {
        let unreadable = |source| RowsError::Read { file: file.clone(), source };
        let input = Box::new(input) as Box<dyn Read + Send>;
        let mut cells = Cells::of(input, LINE_BYTES_MAX).map_err(unreadable)?;
        let first = cells.next().map_err(unreadable)?;
        let headers =
            first.map_or_else(|| Ok(csv::StringRecord::new()), |row| named(row, &file))?;
        if let Some(column) = twice(&headers) {
            return Err(RowsError::Twice { file, column: column.to_owned() });
        }
        Ok(Rows { source: Source::Csv(cells), headers })
    }

    /// The columns of a table; none for JSONL.
    pub(super) fn headers(&self) -> &csv::StringRecord {
        &self.headers
    }

    /// The next line that is not blank.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        match &mut self.source {
            Source::Json { reader, number } => loop {
                *number += 1;
                if *number == 1 && reader.fill_buf()?.starts_with("\u{feff}".as_bytes()) {
                    reader.consume("\u{feff}".len());
                }
                let Some(text) = next_line(reader)? else { return Ok(None) };
                if !matches!(&text, Text::Json(bytes) if bytes.trim_ascii().is_empty()) {
                    return Ok(Some(Line { number: *number, text }));
                }
            },
            Source::Csv(cells) => Ok(cells.next()?.map(|row| line_of(row, self.headers.len()))),
        }
    }
}

/// The next line without its end; one that is too long is read over.
fn next_line(reader: &mut Box<dyn BufRead + Send>) -> io::Result<Option<Text>> {
    let mut line = Vec::new();
    let limit = LINE_BYTES_MAX as u64 + 1;
    if reader.by_ref().take(limit).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if line.len() > LINE_BYTES_MAX {
        reader.skip_until(b'\n')?;
        return Ok(Some(too_long()));
    }
    // What has fields would also be read from a list of their values, whose order nobody promised.
    if line.trim_ascii_start().first() == Some(&b'[') {
        return Ok(Some(Text::Unreadable("a list, expected an object".to_owned())));
    }
    Ok(Some(Text::Json(line)))
}

/// The columns of a table.
fn named(row: Row, file: &str) -> Result<csv::StringRecord, RowsError> {
    let record = row.cells.and_then(|cells| {
        csv::StringRecord::from_byte_record(cells).map_err(|_| "is not UTF-8".to_owned())
    });
    let wrong = |reason| RowsError::Headers { file: file.to_owned(), line: row.line, reason };
    Ok(record.map_err(wrong)?.iter().map(str::trim).collect())
}

fn line_of(row: Row, columns: usize) -> Line {
    let text = match row.cells {
        Ok(cells) if cells.len() == columns => Text::Csv(cells),
        Ok(cells) => {
            let mut reason = format!("has {} fields, its table {columns} columns", cells.len());
            if row.last_line > row.line {
                reason += &format!("; quotes take it on to line {}", row.last_line);
            }
            Text::Unreadable(reason)
        }
        Err(reason) => Text::Unreadable(reason),
    };
    Line { number: row.line, text }
}

fn too_long() -> Text {
    Text::Unreadable(format!("is longer than {LINE_BYTES_MAX} bytes"))
}

/// Tells how much was read.
struct Counted<R, F> {
    input: R,
    count: F,
}

impl<R: Read, F: FnMut(u64)> Read for Counted<R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        (self.count)(read as u64);
        Ok(read)
    }
}

/// A column whose name stands in the headers twice: which of them counts, nobody could say.
fn twice(headers: &csv::StringRecord) -> Option<&str> {
    let named = || headers.iter().enumerate().filter(|(_, name)| !name.is_empty());
    named().find(|(at, name)| headers.iter().take(*at).any(|before| before == *name)).map(|it| it.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_before_the_first_line_is_no_part_of_it() {
        let mut rows = Rows::of_json("\u{feff}{\"a\":1}\n\n{\"b\":2}".as_bytes());
        let mut next = || rows.next().expect("it is readable");
        for (number, object) in [(1, "{\"a\":1}"), (3, "{\"b\":2}")] {
            let line = next().expect("there is one more");
            assert_eq!(line.number, number);
            assert!(matches!(line.text, Text::Json(bytes) if bytes == object.as_bytes()));
        }
        assert!(next().is_none());
    }
}
