//! Articles as rows of a table: columns are known by their headings, in Chinese or English.

use std::path::Path;

use hotline_engine::article::Source;

use super::{Listed, Mistakes, checked, day_in};
use crate::cli::Wrong;
use crate::commands::sheets::{self, Fault, Sheet};
use crate::district::ArticleLine;

/// A heading stands in one of the first rows: above it there are titles and remarks.
const HEADING_ROWS: usize = 10;
/// Characters of a cell by which whoever wrote it finds it again.
const SHOWN_CHARS: usize = 20;

/// Fields, and what people write above them; the first is the name in a table of ours.
const HEADINGS: [(&str, &[&str]); 11] = [
    ("id", &["编号", "知识编号", "条目编号", "序号"]),
    ("title", &["标题", "知识标题", "问题", "主题"]),
    ("body", &["内容", "正文", "答复", "答案", "答复口径", "知识内容"]),
    ("matter", &["事项", "事项路径", "诉求事项", "事项分类"]),
    ("unit", &["单位", "单位代码", "责任单位", "承办单位", "承办单位代码"]),
    ("valid_from", &["生效", "生效日期", "开始日期", "起始日期"]),
    ("valid_to", &["失效", "失效日期", "截止日期", "终止日期", "有效期至"]),
    ("source", &["来源", "来源文件", "依据", "政策依据", "文件名称"]),
    ("source_number", &["文号", "文件文号", "依据文号"]),
    ("source_link", &["链接", "来源链接", "文件链接", "网址"]),
    ("review_on", &["复审", "复审日期", "下次复审", "下次复审日期"]),
];

/// Every sheet that has headings of articles.
pub(super) fn read(path: &Path, mistakes: &mut Mistakes) -> anyhow::Result<Vec<Listed>> {
    let file = path.display().to_string();
    let mut articles = Vec::new();
    let mut tables = 0;
    let (sheets, fault) = sheets::read_to_fault(path)?;
    for sheet in sheets {
        let found = sheet.rows.iter().take(HEADING_ROWS).enumerate();
        let found = found.filter_map(|(row, cells)| Some((row, columns(cells)?))).next();
        if let Some((heading, columns)) = found {
            tables += 1;
            let table = Table { file: &file, sheet: &sheet, heading, columns: &columns };
            each_once(&file, &sheet.rows[heading], &columns, mistakes);
            // Of the row of a quote that is wrong nobody knows more than that.
            let whole = fault.as_ref().map_or(sheet.rows.len(), |fault| fault.row);
            table.read(whole, &mut articles, mistakes);
            if let Some(Fault { row, column, why }) = fault {
                mistakes.add(format!("{}: {} {why}", table.place(row), table.field(column)));
            }
        }
    }
    if let (0, Some(Fault { row, column, why })) = (tables, &fault) {
        return Err(Wrong(format!("{file} row {}: cell {}: {why}", row + 1, column + 1)).into());
    }
    if tables == 0 {
        let what = format!("{file}: no row has the headings id, title and body (编号、标题、内容)");
        return Err(Wrong(what).into());
    }
    Ok(articles)
}

/// A sheet with headings of articles.
struct Table<'a> {
    file: &'a str,
    sheet: &'a Sheet,
    /// The row of the headings.
    heading: usize,
    columns: &'a [Option<&'static str>],
}

impl Table<'_> {
    /// Reads the rows behind the headings, up to one.
    fn read(&self, to: usize, articles: &mut Vec<Listed>, mistakes: &mut Mistakes) {
        for (row, cells) in self.sheet.rows.iter().enumerate().take(to).skip(self.heading + 1) {
            if cells.iter().all(String::is_empty) {
                continue;
            }
            let place = self.place(row);
            self.all_headed(&place, cells, mistakes);
            let line = line(&place, cells, self.columns, mistakes);
            articles.push(checked(&place, line, mistakes));
        }
    }

    /// What stands under no heading would be lost: a comma too many moves what stands behind it.
    fn all_headed(&self, place: &str, cells: &[String], mistakes: &mut Mistakes) {
        let headings = &self.sheet.rows[self.heading];
        let is_headed = |at: usize| headings.get(at).is_some_and(|heading| !heading.is_empty());
        for (at, cell) in cells.iter().enumerate() {
            if !cell.is_empty() && !is_headed(at) {
                let start: String = cell.chars().take(SHOWN_CHARS).collect();
                mistakes.add(format!("{place}: cell {} `{start}` has no heading", at + 1));
            }
        }
    }

    fn place(&self, row: usize) -> String {
        let Table { file, sheet, .. } = self;
        match file.ends_with(&sheet.name) {
            true => format!("{file} row {}", row + 1),
            false => format!("{file} sheet {} row {}", sheet.name, row + 1),
        }
    }

    /// How the cells of a column are called.
    fn field(&self, column: usize) -> String {
        let known = self.columns.get(column).copied().flatten();
        known.map_or_else(|| format!("cell {}", column + 1), str::to_owned)
    }
}

/// What each column holds; none where the row is no heading of articles.
fn columns(cells: &[String]) -> Option<Vec<Option<&'static str>>> {
    let columns: Vec<Option<&'static str>> = cells.iter().map(|cell| field(cell)).collect();
    let has = |name| columns.contains(&Some(name));
    (has("id") && has("title") && has("body")).then_some(columns)
}

/// A column that is not known could be a last day, and one that stands twice says two things.
fn each_once(
    file: &str,
    headings: &[String],
    columns: &[Option<&'static str>],
    mistakes: &mut Mistakes,
) {
    for (at, (heading, column)) in headings.iter().zip(columns).enumerate() {
        match column {
            None if heading.is_empty() => {}
            None => {
                let known: Vec<&str> = HEADINGS.iter().map(|(name, _)| *name).collect();
                let known = known.join(", ");
                mistakes.add(format!("{file}: column `{heading}` is none of {known}"));
            }
            Some(name) if columns[..at].contains(column) => {
                let what = format!("column `{heading}` is {name}, which another column is too");
                mistakes.add(format!("{file}: {what}"));
            }
            Some(_) => {}
        }
    }
}

/// What is said is what counts: blanks, and what stands in brackets, do not.
fn field(heading: &str) -> Option<&'static str> {
    let plain: String = heading.chars().filter(|c| !c.is_whitespace()).collect();
    let plain = plain.split(['(', '（']).next().unwrap_or_default().to_lowercase();
    let fits = |(name, names): &&(&'static str, &[&str])| {
        *name == plain || names.contains(&plain.as_str())
    };
    HEADINGS.iter().find(fits).map(|(name, _)| *name)
}

fn line(
    place: &str,
    cells: &[String],
    columns: &[Option<&'static str>],
    mistakes: &mut Mistakes,
) -> ArticleLine {
    let text = |name: &str| {
        let at = columns.iter().position(|column| *column == Some(name));
        at.and_then(|at| cells.get(at)).map_or("", String::as_str)
    };
    let word = |name| Some(text(name).to_owned()).filter(|word| !word.is_empty());
    let mut day = |name| day_in(place, name, text(name), mistakes);
    let [valid_from, valid_to, review_on] = ["valid_from", "valid_to", "review_on"].map(&mut day);
    ArticleLine {
        id: text("id").to_owned(),
        title: text("title").to_owned(),
        body: text("body").to_owned(),
        matter: word("matter"),
        unit: word("unit"),
        valid_from,
        valid_to,
        source: source(place, word("source"), word("source_number"), word("source_link"), mistakes),
        review_on,
    }
}

/// A number or a link without a document is nobody's.
pub(super) fn source(
    place: &str,
    document: Option<String>,
    number: Option<String>,
    link: Option<String>,
    mistakes: &mut Mistakes,
) -> Option<Source> {
    if document.is_none() && (number.is_some() || link.is_some()) {
        mistakes.add(format!("{place}: source is empty, though its number or link is not"));
    }
    Some(Source { document: document?, number, link })
}

/// The same articles as a table, which [`read`] reads back.
pub(super) fn csv(lines: &[ArticleLine]) -> anyhow::Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(HEADINGS.iter().map(|(name, _)| *name))?;
    for line in lines {
        let day = |day: Option<hotline_engine::time::Day>| day.map(|day| day.to_string());
        let source = line.source.as_ref();
        let fields = [
            Some(line.id.clone()),
            Some(line.title.clone()),
            Some(line.body.clone()),
            line.matter.clone(),
            line.unit.clone(),
            day(line.valid_from),
            day(line.valid_to),
            source.map(|source| source.document.clone()),
            source.and_then(|source| source.number.clone()),
            source.and_then(|source| source.link.clone()),
            day(line.review_on),
        ];
        table.write_record(fields.map(Option::unwrap_or_default))?;
    }
    Ok(table.into_inner()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_nobody_knows_and_one_that_stands_twice_are_refused_by_name() {
        let told = |headings: &str| {
            let cells: Vec<String> = headings.split(',').map(str::to_owned).collect();
            let columns = columns(&cells).unwrap_or_default();
            let mut mistakes = Mistakes::default();
            each_once("a.csv", &cells, &columns, &mut mistakes);
            mistakes.none().err().map(|error| error.to_string())
        };
        assert_eq!(told("编号,标题,正文,"), None);
        let unknown = told("id,title,body,valid_until").unwrap_or_default();
        assert!(unknown.starts_with("a.csv: column `valid_until` is none of id,"), "{unknown}");
        let twice = "a.csv: column `答案` is body, which another column is too";
        assert_eq!(told("id,title,正文,答案").as_deref(), Some(twice));
    }

    #[test]
    fn a_line_with_a_field_that_nobody_knows_is_refused_by_name() {
        let line = r#"{"id":"a","title":"b","body":"c","valid_until":"2026-01-01"}"#;
        let error = crate::district::read_articles("a.jsonl", line).err().map(|it| it.to_string());
        assert!(error.unwrap_or_default().contains("valid_until"));
    }
}
