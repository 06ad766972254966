//! How long it takes to route every order of a journal once more under a changed duty list. `cargo bench --bench replay -- --help`
//! tells the load.
//!
//! Builds a data folder by the product's own steps, from the sample district's own orders: their texts, the candidates its models
//! find and the places it reads, with names and numbers of houses of their own. Then runs `hotline replay` as anybody would.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]
#![expect(clippy::print_stdout, reason = "what it is for")]

use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::time::Instant;

use clap::Parser;
use hotline::codec;
use hotline::district::{District, LabelledOrder};
use hotline::intake::{Given, Intake, Message, Reading, Workspace};
use hotline::recovery::{self, DataFolder};
use hotline_engine::actor::{Actor, Role};
use hotline_engine::command::{Action, Command};
use hotline_engine::order::{Caller, OrderId};
use hotline_engine::time::{Day, Timestamp};
use hotline_engine::{Rules, State, step};
use hotline_journal::Journal;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser, Debug)]
struct Args {
    /// Orders in the journal
    #[arg(long, default_value_t = 1_000_000)]
    orders: u64,
    /// Folder to build it in, and to keep; a temporary one if left out. One that is there is replayed as it is
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Replays, one after the other
    #[arg(long, default_value_t = 3)]
    runs: u32,
    /// Cargo says so
    #[arg(long, hide = true)]
    bench: bool,
}

/// Records of one commit while the folder is built.
const COMMIT_EVERY: u64 = 512;
/// Orders between snapshots while the folder is built.
const SNAPSHOT_EVERY: u64 = 500_000;
/// Orders a day: of a large city's hotline.
const ORDERS_A_DAY: i64 = 27_000;
/// The first order is accepted on this day.
const FIRST_DAY: &str = "2026-03-02";
/// Of a hundred rows of the duty list, those that another department leads in the new one.
const CHANGED_PERCENT: usize = 10;

fn main() {
    let args = Args::parse();
    let temporary = tempfile::tempdir().unwrap();
    let root = args.folder.clone().unwrap_or_else(|| temporary.path().join("data"));
    let folder = DataFolder::at(&root);
    if !folder.is_in_use().unwrap() {
        let began = Instant::now();
        let built = Built::make(&folder, args.orders);
        let (records, bytes) = (built.state.records_count(), built.text_bytes);
        println!("{} orders in {records} records, {} MB of texts", args.orders, bytes >> 20);
        println!("built in {:.0} s", began.elapsed().as_secs_f64());
    }
    println!("journal {} MB", bytes_of(&root.join("journal")) >> 20);
    let new = temporary.path().join("new");
    let changed = write_changed(&new);
    println!("the new list: another department leads {changed} rows");
    for _ in 0..args.runs {
        let began = Instant::now();
        let output = Process::new(env!("CARGO_BIN_EXE_hotline"))
            .args(["replay", "--json", "--directory"])
            .args([&new, &root])
            .output()
            .unwrap();
        let took = began.elapsed().as_secs_f64();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let orders = report["orders"].as_u64().unwrap();
        assert_eq!(orders + report["not_routed"].as_u64().unwrap(), args.orders);
        println!(
            "replayed {orders} orders in {took:.2} s ({:.0}/s): {} would go elsewhere; coverage {:.4} before, {:.4} after",
            orders as f64 / took,
            report["changed"],
            report["before"]["coverage"].as_f64().unwrap(),
            report["after"]["coverage"].as_f64().unwrap(),
        );
    }
}

/// A state, and the journal it came from.
struct Built {
    state: State,
    journal: Journal,
    rules: Rules,
    bytes: Vec<u8>,
    uncommitted: u64,
    text_bytes: u64,
}

impl Built {
    fn make(folder: &DataFolder, orders: u64) -> Built {
        folder.create().unwrap();
        let district = District::sample().unwrap();
        let recovered = recovery::recover(folder).unwrap();
        let mut built = Built {
            state: recovered.state,
            journal: recovered.journal,
            rules: district.rules().unwrap(),
            bytes: Vec::new(),
            uncommitted: 0,
            text_bytes: 0,
        };
        let start = Day::parse(FIRST_DAY).unwrap().start();
        let adopt = Action::AdoptDirectory(Box::new(district.draft.clone()));
        built.take(start, Role::Admin, adopt);
        let readings = readings(&district, built.state.directory());
        for turn in 0..orders {
            let at = start.plus_seconds(turn.cast_signed() * 86_400 / ORDERS_A_DAY);
            built.order(at, turn, &readings[turn as usize % readings.len()]);
            if turn % SNAPSHOT_EVERY == SNAPSHOT_EVERY - 1 {
                built.snapshot(folder);
            }
        }
        built.snapshot(folder);
        built
    }

    /// An order, and of every third in triage the decision of a dispatcher.
    fn order(&mut self, at: Timestamp, turn: u64, (order, reading): &(LabelledOrder, Reading)) {
        let given = Given::from(order);
        let story = format!("{}房主门牌{}号,来电流水{turn}。", given.content, turn % 977);
        let mut acceptance = reading.clone().acceptance(Given { content: story, ..given });
        let phone = format!("138{turn:08}");
        acceptance.caller = Some(Caller { name: "来电人".into(), phone, confidential: false });
        self.text_bytes += (acceptance.title.len() + acceptance.content.len()) as u64;
        self.take(at, Role::CallTaker, Action::Accept(Box::new(acceptance)));
        let id = OrderId(self.state.orders().len() as u64);
        let waits = self.state.order(id).unwrap().triage.is_some();
        let (Some(lead), true) =
            (self.state.directory().unit_id(&order.lead), waits && turn.is_multiple_of(3))
        else {
            return;
        };
        let matter = self.state.directory().matter_id(&order.matter);
        let dispatch = Action::Dispatch { order: id, lead, co_units: Vec::new(), matter };
        self.take(at, Role::Dispatcher, dispatch);
    }

    fn take(&mut self, at: Timestamp, role: Role, action: Action) {
        let actor = Actor { name: "bench".into(), role, units: None };
        let command = Command { actor, seen: None, action };
        let at = at.max(self.state.at());
        let record = step(&mut self.state, &self.rules, at, &command).unwrap().unwrap();
        codec::encode_record(&record, &mut self.bytes).unwrap();
        self.journal.append(&self.bytes).unwrap();
        self.uncommitted += 1;
        if self.uncommitted == COMMIT_EVERY {
            self.journal.commit().unwrap();
            self.uncommitted = 0;
        }
    }

    fn snapshot(&mut self, folder: &DataFolder) {
        self.journal.commit().unwrap();
        self.uncommitted = 0;
        if let Some(shelves) = recovery::write_snapshot(folder, &self.journal.reader()).unwrap() {
            shelves.put_under(&mut self.state);
        }
        for page in 0.. {
            if self.state.let_go(page).is_none() {
                break;
            }
        }
    }
}

/// The sample's orders as they are read when they come in; without what finds duplicates, or most would repeat another.
fn readings(
    district: &District,
    directory: &hotline_engine::directory::Directory,
) -> Vec<(LabelledOrder, Reading)> {
    let intake = Intake::train(district, directory).unwrap();
    let mut workspace = Workspace::new();
    let mut read = |order: &LabelledOrder| {
        let (title, content) = (&order.title, &order.content);
        let message = Message { title, content, place: None, location: None };
        let reading = intake.read(message, &mut workspace);
        (order.clone(), Reading { sketch: None, ..reading })
    };
    district.orders.iter().map(&mut read).collect()
}

/// The sample district with another lead in some rows; how many.
fn write_changed(new: &Path) -> usize {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/longhu");
    std::fs::create_dir(new).unwrap();
    for name in ["district.toml", "units.csv", "matters.csv", "duty-list.csv"] {
        std::fs::copy(sample.join(name), new.join(name)).unwrap();
    }
    let list = std::fs::read_to_string(sample.join("duty-list.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(list.as_bytes());
    let mut writer = csv::Writer::from_path(new.join("duty-list.csv")).unwrap();
    writer.write_record(reader.headers().unwrap()).unwrap();
    let mut changed = 0;
    for (turn, row) in reader.records().enumerate() {
        let row = row.unwrap();
        let other = if &row[2] == "justice" { "petitions" } else { "justice" };
        let is_changed = turn % (100 / CHANGED_PERCENT) == 0;
        changed += usize::from(is_changed);
        let fields = row.iter().enumerate();
        let fields = fields.map(|(at, field)| if at == 2 && is_changed { other } else { field });
        writer.write_record(fields).unwrap();
    }
    writer.flush().unwrap();
    changed
}

fn bytes_of(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).unwrap();
    files.map(|file| file.unwrap().metadata().unwrap().len()).sum()
}
