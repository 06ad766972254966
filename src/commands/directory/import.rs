//! `hotline directory import`: makes a district's folder of a spreadsheet, whole or not at all.

mod headings;
mod rows;

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use hotline_engine::draft::{DirectoryDraft, RowDraft, UnitDraft};

use super::named::code;
use crate::cli::{Wrong, say};
use crate::commands::{out, sheets};
use crate::district::{District, SETTINGS};
use headings::{Headings, Kind};
use rows::{Mistake, Units};

/// Mistakes that are told.
const MISTAKES_TOLD: usize = 20;
/// Files that a district's folder may have: its own nine, profiles and a calendar.
const FILES_MAX: usize = 100;
/// The tables that are written.
const TABLES: [&str; 3] = ["units.csv", "matters.csv", "duty-list.csv"];

/// Options of `directory import`.
#[derive(Args, Debug)]
pub struct ImportArgs {
    /// A duty list as .csv, or an .xlsx workbook with a sheet of it and perhaps sheets of units and matters. Columns are known
    /// by their headings in Chinese or English, wherever they stand; cells that are joined count for each row
    file: PathBuf,
    /// Folder to make; must not be there, or be empty
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Folder of the district's files until now: for units and matters that the file does not list, and for all other files
    #[arg(long, value_name = "DIR")]
    base: Option<PathBuf>,
}

/// What was read.
struct Tables {
    units: Vec<(UnitDraft, String)>,
    matters: Vec<(String, String)>,
    rows: Vec<RowDraft>,
}

/// Reads the file, and makes the folder if there is no mistake in it.
pub fn run(args: &ImportArgs) -> anyhow::Result<()> {
    let out = args.out.display();
    out::prove(&args.out)?;
    let is_taken = match fs::read_dir(&args.out) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    };
    if is_taken {
        bail!(Wrong(format!("--out {out}: is there already; name a folder that is not")));
    }
    let mut mistakes = Vec::new();
    let tables = tables(args, &mut mistakes)?;
    if !mistakes.is_empty() {
        return Err(refusal(args, &mistakes));
    }
    check(&tables).map_err(|error| Wrong(format!("{}: {error}", args.file.display())))?;
    put(args, &tables)?;
    let Tables { units, matters, rows } = &tables;
    let [rows, units, matters] = [rows.len(), units.len(), matters.len()];
    Ok(say(&format!("{out}:目录 {rows} 条、单位 {units} 个、事项 {matters} 个"))?)
}

/// Tells the first mistakes, and how many there are.
fn refusal(args: &ImportArgs, mistakes: &[Mistake]) -> anyhow::Error {
    for mistake in mistakes.iter().take(MISTAKES_TOLD) {
        eprintln!("{mistake}");
    }
    let (count, file) = (mistakes.len(), args.file.display());
    Wrong(format!("{file}: {count} mistakes; nothing was written")).into()
}

fn tables(args: &ImportArgs, mistakes: &mut Vec<Mistake>) -> anyhow::Result<Tables> {
    let mut sheets = sheets::read(&args.file)?;
    if let Some(base) = &args.base {
        for name in &TABLES[..2] {
            let of_base = sheets::read(&base.join(name))?;
            sheets.extend(of_base);
        }
    }
    // What the file lists stands before what the base lists.
    let of_kind = |kind: Kind| {
        let found = sheets.iter().filter_map(|sheet| Some((sheet, Headings::find(sheet)?)));
        let mut found = found.filter(|(_, headings)| headings.kind == kind);
        found.next()
    };
    let file = args.file.display();
    let Some((units, headings)) = of_kind(Kind::Units) else {
        let what = format!(
            "{file}: has no sheet of units (单位代码, 单位名称, 层级); name the district with --base"
        );
        bail!(Wrong(what));
    };
    let units = Units::read(units, &headings, mistakes);
    let mut matters = of_kind(Kind::Matters)
        .map_or_else(Vec::new, |(sheet, headings)| rows::matters(sheet, &headings, mistakes));
    let Some((list, headings)) = of_kind(Kind::DutyList) else {
        bail!(Wrong(format!("{file}: no sheet has headings of a duty list (事项, 主办单位, …)")));
    };
    let known = known_paths(&matters);
    let source = args.file.file_name().map(|name| name.to_string_lossy().into_owned());
    let source = source.unwrap_or_default();
    let rows = rows::duty_list(list, &headings, &units, &known, &source, mistakes);
    if matters.is_empty() {
        // Nobody lists them apart: the list itself does.
        let mut paths: Vec<&String> = rows.iter().map(|row| &row.matter).collect();
        paths.sort();
        paths.dedup();
        matters = paths.into_iter().map(|path| (path.clone(), String::new())).collect();
    }
    Ok(Tables { units: units.units, matters, rows })
}

/// Every listed path and all above it, sorted.
fn known_paths(matters: &[(String, String)]) -> Vec<&str> {
    let above = |path: &'_ str| path.rfind('/');
    let mut known: Vec<&str> = Vec::new();
    for (path, _) in matters {
        let mut path = path.as_str();
        known.push(path);
        while let Some(cut) = above(path) {
            path = &path[..cut];
            known.push(path);
        }
    }
    known.sort_unstable();
    known.dedup();
    known
}

/// What the tables cannot see of each other.
fn check(tables: &Tables) -> Result<(), hotline_engine::draft::DraftError> {
    let draft = DirectoryDraft {
        units: tables.units.iter().map(|(unit, _)| unit.clone()).collect(),
        matters: tables.matters.iter().map(|(path, _)| path.clone()).collect(),
        rows: tables.rows.clone(),
        ..DirectoryDraft::default()
    };
    draft.check()
}

/// Makes the folder beside its place, reads it as a district if it is one, and moves it there.
fn put(args: &ImportArgs, tables: &Tables) -> anyhow::Result<()> {
    let parent = match args.out.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        Some(_) | None => PathBuf::from("."),
    };
    let context = || format!("--out {}: cannot be written", args.out.display());
    fs::create_dir_all(&parent).with_context(context)?;
    let made = tempfile::Builder::new()
        .prefix(".hotline-import-")
        .permissions(Permissions::from_mode(0o755))
        .tempdir_in(&parent)
        .with_context(context)?;
    if let Some(base) = &args.base {
        copy_others(base, made.path())?;
    }
    let texts = [units_csv(tables)?, matters_csv(tables)?, duty_list_csv(tables)?];
    for (name, bytes) in TABLES.iter().zip(texts) {
        let mut file = File::create(made.path().join(name)).with_context(context)?;
        file.write_all(&bytes).and_then(|()| file.sync_all()).with_context(context)?;
    }
    if made.path().join(SETTINGS).exists() {
        District::load(made.path()).context("the other files of --base do not fit the new list")?;
    }
    File::open(made.path()).and_then(|folder| folder.sync_all()).with_context(context)?;
    fs::rename(made.path(), &args.out).with_context(context)?;
    // It has its place: nothing is left to remove.
    drop(made.keep());
    File::open(&parent).and_then(|folder| folder.sync_all()).with_context(context)
}

/// The files of a district beside the tables.
fn copy_others(base: &Path, to: &Path) -> anyhow::Result<()> {
    let context = || format!("--base {}", base.display());
    let mut copied = 0;
    for entry in fs::read_dir(base).with_context(context)? {
        let entry = entry.with_context(context)?;
        let is_table = TABLES.iter().any(|table| entry.file_name() == *table);
        if is_table || !entry.file_type().with_context(context)?.is_file() {
            continue;
        }
        copied += 1;
        if copied > FILES_MAX {
            let what = format!("--base {}: has more than {FILES_MAX} files", base.display());
            bail!(Wrong(what));
        }
        fs::copy(entry.path(), to.join(entry.file_name())).with_context(context)?;
    }
    Ok(())
}

fn units_csv(tables: &Tables) -> anyhow::Result<Vec<u8>> {
    let rows = tables.units.iter().map(|(unit, aliases)| {
        let parent = unit.parent.as_deref().unwrap_or_default();
        [&unit.code, &unit.name, unit.level.code(), parent, aliases].map(str::to_owned)
    });
    csv(["code", "name", "level", "parent", "aliases"], rows)
}

fn matters_csv(tables: &Tables) -> anyhow::Result<Vec<u8>> {
    csv(["path", "hints"], tables.matters.iter().map(|(path, hints)| [path.clone(), hints.clone()]))
}

fn duty_list_csv(tables: &Tables) -> anyhow::Result<Vec<u8>> {
    let columns = ["matter", "place", "lead", "co_units", "level", "basis", "from", "to", "source"];
    let rows = tables.rows.iter().map(|row| {
        let helpers: Vec<&str> = row.co_units.iter().map(code).collect();
        [
            row.matter.clone(),
            row.place.clone().unwrap_or_default(),
            code(&row.lead).to_owned(),
            helpers.join("|"),
            row.level.code().to_owned(),
            row.basis.clone(),
            row.from.to_string(),
            row.to.map_or_else(String::new, |to| to.to_string()),
            row.source.clone(),
        ]
    });
    csv(columns, rows)
}

fn csv<const N: usize>(
    columns: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> anyhow::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns)?;
    for row in rows {
        writer.write_record(row)?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}
