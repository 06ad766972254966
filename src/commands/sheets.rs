//! Spreadsheets as rows of texts, from CSV and XLSX, within bounds. Knows nothing of what stands in them.

mod cells;

use std::io::Cursor;
use std::path::Path;

use anyhow::Context;
use calamine::{DataRef, Reader, Xlsx};
use hotline_engine::directory::ROWS_MAX;

use crate::cli::Wrong;
use crate::district::read_text;

pub(crate) use cells::Fault;

/// Bytes of a workbook: a duty list of a province has some 10 MB.
const WORKBOOK_BYTES_MAX: u64 = 32 << 20;
/// Sheets of a workbook: units, matters, the list, and what somebody keeps beside.
const SHEETS_MAX: usize = 32;
/// Rows of a sheet: those of the longest duty list and what stands above them.
const SHEET_ROWS_MAX: usize = ROWS_MAX + 100;
/// Columns of a sheet: what stands further right is not looked at.
const COLUMNS_MAX: usize = 64;
/// Characters of a cell, as in Excel.
const CELL_CHARS_MAX: usize = 32_767;

/// A sheet.
#[derive(Debug)]
pub(crate) struct Sheet {
    /// Its name; a CSV file's own.
    pub(crate) name: String,
    /// Its rows from the first; cells that were joined all have the text of the first of them.
    pub(crate) rows: Vec<Vec<String>>,
}

/// Reads a file by its ending.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<Sheet>> {
    let (sheets, fault) = read_to_fault(path)?;
    match fault {
        Some(Fault { row, column, why }) => {
            let (file, row, column) = (path.display(), row + 1, column + 1);
            Err(Wrong(format!("{file} row {row}: cell {column}: {why}")).into())
        }
        None => Ok(sheets),
    }
}

/// The same, but what stands before a quote that is wrong is given too: its row is then the last of the only sheet.
pub(crate) fn read_to_fault(path: &Path) -> anyhow::Result<(Vec<Sheet>, Option<Fault>)> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let ending = path.extension().map(|it| it.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some("csv") => of_csv(name, &read_text(path, &path.display().to_string())?),
        Some("xlsx") => Ok((of_xlsx(path)?, None)),
        _ => {
            let what = format!("{}: is neither .csv nor .xlsx; save it as one", path.display());
            Err(Wrong(what).into())
        }
    }
}

fn of_csv(name: String, text: &str) -> anyhow::Result<(Vec<Sheet>, Option<Fault>)> {
    let (rows, fault) = cells::cut(text);
    if rows.len() > SHEET_ROWS_MAX {
        return Err(too_long(&name).into());
    }
    let tidied = |row: Vec<String>| row.iter().map(|cell| tidy(cell)).collect::<Vec<String>>();
    let mut rows: Vec<Vec<String>> = rows.into_iter().map(tidied).collect();
    for (row, cells) in rows.iter_mut().enumerate() {
        if let Some(behind) = cells.iter().skip(COLUMNS_MAX).position(|cell| !cell.is_empty()) {
            return Err(too_wide(&name, row, COLUMNS_MAX + behind).into());
        }
        cells.truncate(COLUMNS_MAX);
    }
    Ok((vec![Sheet { name, rows }], fault))
}

fn of_xlsx(path: &Path) -> anyhow::Result<Vec<Sheet>> {
    let file = path.display();
    let missing = |error: std::io::Error| Wrong(format!("{file}: cannot be read: {error}"));
    let bytes_count = path.metadata().map_err(missing)?.len();
    if bytes_count > WORKBOOK_BYTES_MAX {
        let what =
            format!("{file}: has {bytes_count} bytes; at most {WORKBOOK_BYTES_MAX} are read");
        return Err(Wrong(what).into());
    }
    let bytes = std::fs::read(path).map_err(missing)?;
    let unreadable =
        |error: calamine::XlsxError| Wrong(format!("{file}: no XLSX workbook: {error}"));
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let names = book.sheet_names();
    if names.len() > SHEETS_MAX {
        let what = format!("{file}: has {} sheets; at most {SHEETS_MAX} are read", names.len());
        return Err(Wrong(what).into());
    }
    let mut sheets = Vec::new();
    for name in names {
        sheets.push(of_sheet(&mut book, name).with_context(|| file.to_string())?);
    }
    Ok(sheets)
}

fn of_sheet(book: &mut Xlsx<Cursor<Vec<u8>>>, name: String) -> anyhow::Result<Sheet> {
    let broken = |error: calamine::XlsxError| Wrong(format!("sheet {name}: {error}"));
    let mut rows: Vec<Vec<String>> = Vec::new();
    let joined = book.merge_cells_by_sheet_name(&name).map_err(broken)?;
    let mut cells = book.worksheet_cells_reader(&name).map_err(broken)?;
    while let Some(cell) = cells.next_cell().map_err(broken)? {
        let (row, column) = cell.get_position();
        let (row, column) = (row as usize, column as usize);
        if let DataRef::Error(error) = cell.get_value() {
            let place = format!("sheet {name} row {}: cell {}", row + 1, column + 1);
            return Err(Wrong(format!("{place}: is the error {error} of a formula")).into());
        }
        let text = text_of(cell.get_value());
        if text.is_empty() {
            continue;
        }
        if column >= COLUMNS_MAX {
            return Err(too_wide(&format!("sheet {name}"), row, column).into());
        }
        if row >= SHEET_ROWS_MAX {
            return Err(too_long(&name).into());
        }
        put(&mut rows, row, column, text);
    }
    for region in joined {
        let (first, last) = (region.start, region.end);
        let text = rows.get(first.0 as usize).and_then(|row| row.get(first.1 as usize)).cloned();
        let Some(text) = text.filter(|text| !text.is_empty()) else { continue };
        // What was joined beyond the rows that are filled says nothing.
        for row in first.0 as usize..=(last.0 as usize).min(rows.len() - 1) {
            for column in first.1 as usize..=(last.1 as usize).min(COLUMNS_MAX - 1) {
                put(&mut rows, row, column, text.clone());
            }
        }
    }
    Ok(Sheet { name, rows })
}

fn put(rows: &mut Vec<Vec<String>>, row: usize, column: usize, text: String) {
    if rows.len() <= row {
        rows.resize(row + 1, Vec::new());
    }
    if rows[row].len() <= column {
        rows[row].resize(column + 1, String::new());
    }
    rows[row][column] = text;
}

fn text_of(value: &DataRef<'_>) -> String {
    match value {
        DataRef::String(text) => tidy(text),
        DataRef::SharedString(text) => tidy(text),
        DataRef::Int(number) => number.to_string(),
        // Excel has no other numbers: a whole one is written without its point.
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(truth) => truth.to_string(),
        DataRef::DateTime(time) => {
            let (year, month, day, ..) = time.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => tidy(text),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

/// Without blanks around it, the full-width ones included.
fn tidy(text: &str) -> String {
    text.trim().chars().take(CELL_CHARS_MAX).collect()
}

/// What stands behind the last column would be lost.
fn too_wide(sheet: &str, row: usize, column: usize) -> Wrong {
    let place = format!("{sheet} row {}: cell {}", row + 1, column + 1);
    Wrong(format!("{place} is not empty; at most {COLUMNS_MAX} columns are read"))
}

fn too_long(name: &str) -> Wrong {
    Wrong(format!("sheet {name}: has more than {SHEET_ROWS_MAX} rows"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_behind_the_last_column_is_named_and_empty_ones_are_not() {
        let read = |last: &str| {
            let text = format!("id\na{}{last}\n", ",".repeat(COLUMNS_MAX));
            of_csv("a.csv".to_owned(), &text).map(|(sheets, _)| sheets[0].rows[1].len())
        };
        assert_eq!(read(" ").ok(), Some(COLUMNS_MAX));
        let error = read("lost").err().map(|error| error.to_string());
        let told = "a.csv row 2: cell 65 is not empty; at most 64 columns are read";
        assert_eq!(error.as_deref(), Some(told));
    }
}
