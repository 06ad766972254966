//! `hotline explain`: why an order is where it is, on one screen; or how each due came about, day by day.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use hotline_engine::order::OrderId;

use crate::cli::Wrong;
use crate::commands::folder;
use crate::district::District;
use crate::explanation;

/// Options of `explain`.
#[derive(Args, Debug)]
pub struct ExplainArgs {
    /// Id or eighteen-digit number of the order
    id: String,
    /// Data folder of the hotline
    #[arg(long, value_name = "DIR", env = "HOTLINE_DATA", default_value = "hotline-data")]
    data: PathBuf,
    /// Folder of the district's files, whose rules explain the dues [default: the sample]
    #[arg(long, value_name = "DIR")]
    district: Option<PathBuf>,
    /// Tell every due day by day instead of the decision
    #[arg(long)]
    dues: bool,
}

/// Prints the explanation, in Chinese.
pub fn run(args: &ExplainArgs) -> anyhow::Result<()> {
    let state = folder::state(&folder::named(&args.data)?)?;
    let number = args.id.parse();
    let number: u64 = number.map_err(|_| Wrong(format!("`{}` is not an id or number", args.id)))?;
    let order = if args.id.len() == 18 {
        state.order_numbered(number)
    } else {
        state.order(OrderId(number))
    };
    let order = order.ok_or_else(|| Wrong(format!("no order {}", args.id)))?;
    let district = match &args.district {
        Some(folder) => District::load(folder)?,
        None => District::sample()?,
    };
    let (directory, rules) = (state.directory(), district.rules()?);
    let told = if args.dues {
        explanation::day_by_day(directory, &rules, order)
    } else {
        explanation::of(directory, state.precedents(), &rules, order)
    };
    Ok(io::stdout().write_all(told.as_bytes())?)
}
