//! Which column of a sheet is what, by its heading in Chinese or English. Reads no rows.

use crate::commands::sheets::Sheet;

/// A heading stands in one of the first rows: above it there are titles and remarks.
const HEADING_ROWS: usize = 10;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Matter,
    /// The levels of a matter, in columns of their own.
    MatterLevel(u8),
    Hints,
    Place,
    Lead,
    CoUnits,
    Level,
    Basis,
    From,
    To,
    Source,
    Code,
    Name,
    Parent,
    Aliases,
}

/// What people write above a column.
const NAMES: [(Column, &[&str]); 18] = [
    (Column::Matter, &["matter", "path", "事项", "事项名称", "事项路径", "诉求事项", "事项分类"]),
    (Column::MatterLevel(1), &["matter1", "一级事项", "一级分类", "一级", "大类"]),
    (Column::MatterLevel(2), &["matter2", "二级事项", "二级分类", "二级", "中类"]),
    (Column::MatterLevel(3), &["matter3", "三级事项", "三级分类", "三级", "小类"]),
    (Column::MatterLevel(4), &["matter4", "四级事项", "四级分类", "四级", "细类"]),
    (Column::Hints, &["hints", "说法", "常用说法", "关键词"]),
    (Column::Place, &["place", "地点", "适用地点", "范围", "适用范围", "区域", "适用区域"]),
    (Column::Lead, &["lead", "主办", "主办单位", "承办单位", "牵头单位", "责任单位", "责任主体"]),
    (Column::CoUnits, &["co_units", "co-units", "协办", "协办单位", "配合单位"]),
    (Column::Level, &["level", "层级", "权责层级", "职责层级", "职责属性", "级别", "单位层级"]),
    (Column::Basis, &["basis", "依据", "职责依据", "法律依据", "设定依据"]),
    (Column::From, &["from", "生效", "生效日期", "起始日期", "开始日期"]),
    (Column::To, &["to", "失效", "失效日期", "截止日期", "终止日期"]),
    (Column::Source, &["source", "来源", "文件来源"]),
    (Column::Code, &["code", "代码", "单位代码", "编码", "单位编码"]),
    (Column::Name, &["name", "名称", "单位", "单位名称"]),
    (Column::Parent, &["parent", "上级", "上级单位", "上级镇街", "所属镇街"]),
    (Column::Aliases, &["aliases", "别名", "俗称", "简称"]),
];

/// What a sheet is a table of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    DutyList,
    Units,
    Matters,
}

/// The headings of a sheet.
#[derive(Debug)]
pub(super) struct Headings {
    pub(super) kind: Kind,
    /// The row they stand in, from 0.
    pub(super) row: usize,
    columns: Vec<(Column, usize)>,
}

impl Headings {
    /// The first row that has the columns of a table; none if no row has.
    pub(super) fn find(sheet: &Sheet) -> Option<Headings> {
        let rows = sheet.rows.iter().enumerate().take(HEADING_ROWS);
        rows.filter_map(|(row, cells)| Headings::of(row, cells)).next()
    }

    fn of(row: usize, cells: &[String]) -> Option<Headings> {
        let mut columns: Vec<(Column, usize)> = Vec::new();
        for (at, cell) in cells.iter().enumerate() {
            // Of two columns with one meaning the first counts, as of joined cells.
            if let Some(column) = column(cell)
                && !columns.iter().any(|(known, _)| *known == column)
            {
                columns.push((column, at));
            }
        }
        let has = |column: Column| columns.iter().any(|(known, _)| *known == column);
        let has_matter = has(Column::Matter) || has(Column::MatterLevel(1));
        let kind = if has(Column::Lead) && has_matter {
            Kind::DutyList
        } else if has(Column::Code) && has(Column::Name) {
            Kind::Units
        } else if has_matter {
            Kind::Matters
        } else {
            return None;
        };
        Some(Headings { kind, row, columns })
    }

    /// Where the column is, from 0.
    pub(super) fn place(&self, column: Column) -> Option<usize> {
        self.columns.iter().find(|(known, _)| *known == column).map(|(_, at)| *at)
    }
}

/// What is said is what counts: blanks, and what stands in brackets, do not.
fn column(heading: &str) -> Option<Column> {
    let plain: String = heading.chars().filter(|c| !c.is_whitespace()).collect();
    let plain = plain.split(['(', '（']).next().unwrap_or_default().to_lowercase();
    NAMES.iter().find(|(_, names)| names.contains(&plain.as_str())).map(|(column, _)| *column)
}

/// What to call a column that a sheet should have.
pub(super) fn name_of(column: Column) -> &'static str {
    let names = NAMES.iter().find(|(known, _)| *known == column).map(|(_, names)| names[0]);
    names.expect("every column has a name")
}
