//! What an order costs by how many are open: whole lives (accept, sign, reply, close) in hotlines that fill up, in one process.
//! `cargo bench --bench open_orders -- --help` tells the load.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]
#![expect(clippy::print_stdout, reason = "what it is for")]

mod hotline;
mod room;

use std::time::Instant;

use clap::Parser;
use hotline_engine::command::Command;
use hotline_engine::time::Timestamp;

use hotline::{acceptance, draft, empty_hotline, fill, life, rules};
use room::Room;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser, Debug)]
struct Args {
    /// Open orders at which it is measured, rising
    #[arg(long, value_delimiter = ',', default_value = "10000,100000,1000000,5000000")]
    open: Vec<u64>,
    /// Cargo says so
    #[arg(long, hide = true)]
    bench: bool,
}

/// Lives a measurement, and measurements a row: the median of them is told, since a shared machine stands still now and then.
const LIVES: u64 = 2_000;
const TIMES: usize = 15;
/// Commands made ahead of the measured ones, as they come from the thread that read them.
const HOT: usize = 32;

fn main() {
    let Args { open, .. } = Args::parse();
    let (rules, start) = (rules(), Timestamp::parse("2026-03-02T08:00:00").unwrap());
    let mut state = empty_hotline(&rules, start, draft());
    let matter = state.directory().matter_id("大类1/中类1/事项1").unwrap();
    let (mut filled, mut first) = (0, None);
    // Callers and stories of the measured orders: none that filled the hotline has them.
    let mut turns = 1 << 40..;
    for count in open {
        fill(&mut state, &rules, start, filled..count);
        filled = count;
        let at = state.at();
        let mut room = Room::for_lives(LIVES as usize * TIMES);
        let mut each: Vec<f64> = (0..TIMES)
            .map(|_| {
                let mut took = 0.0;
                for _ in 0..LIVES / HOT as u64 {
                    let ahead = turns.by_ref().take(HOT).inspect(|_| room.give_for_one());
                    let accepts: Vec<Command> =
                        ahead.map(|turn| acceptance(matter, turn)).collect();
                    let began = Instant::now();
                    accepts.iter().for_each(|accept| life(&mut state, &rules, at, accept));
                    took += began.elapsed().as_nanos() as f64;
                }
                took / (LIVES / HOT as u64 * HOT as u64) as f64
            })
            .collect();
        each.sort_by(f64::total_cmp);
        let (median, quickest) = (each[TIMES / 2], each[0]);
        let before = *first.get_or_insert(median);
        println!(
            "{count:9} open orders: {median:5.0} ns a life of four commands (quickest {quickest:.0}), {:+.1} %",
            (median / before - 1.0) * 100.0
        );
    }
}
