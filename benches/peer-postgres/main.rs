//! What one builds instead: orders into PostgreSQL, chosen and due in SQL (`schema.sql`), and the same orders into a hotline over
//! HTTP, in one run on one machine, with as many clients that wait and both durable; and how many of the sample's orders that are
//! held apart each sends to the right unit. `cargo bench --bench peer_postgres -- --help` tells the load.
//!
//! Not alike: PostgreSQL reads each text from a table by its key, through a socket of the system; a hotline gets it as JSON over
//! TCP, explains its choice and tells who watches. PostgreSQL knows no doubt: all its orders have some unit, if the place is known.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]
#![expect(clippy::print_stdout, reason = "what it is for")]

mod clients;
mod server;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use clap::Parser;
use hotline::district::{District, LabelledOrder};

use clients::{Client, Seen, closed_loop, order};
use server::{Postgres, said};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser, Debug)]
struct Args {
    /// Seconds for each row
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Cargo says so
    #[arg(long, hide = true)]
    bench: bool,
}

const CLIENTS: [usize; 2] = [16, 64];
/// Orders a request, where they come by the batch.
const BATCH: u64 = 1_000;
/// Clients that send batches: as many as a hotline takes at once.
const BATCH_CLIENTS: usize = 4;
/// Texts of the stream: pairs of stories, as `hotline load` sends.
const STREAM: usize = 20_000;
const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peer-postgres/schema.sql");
const DISTRICT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/longhu");
const CALENDAR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/calendar/cn-holidays.csv");

/// What somebody says.
pub(crate) struct Text {
    pub(crate) title: String,
    pub(crate) content: String,
}

/// A rate and its latencies, in milliseconds.
struct Row {
    orders_per_s: f64,
    p50_ms: f64,
    p99_ms: f64,
}

fn main() {
    let args = Args::parse();
    let orders = District::sample().unwrap().orders;
    let stream: Vec<Text> = (0..STREAM)
        .map(|turn| {
            let count = orders.len();
            let (first, second) =
                (&orders[turn % count], &orders[(turn + turn / count + 1) % count]);
            Text {
                title: first.title.clone(),
                content: format!("{}{}", first.content, second.content),
            }
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let span = Duration::from_secs(args.seconds);
    let peer = match peer(folder.path(), &stream, &orders, args.seconds) {
        Ok(peer) => peer,
        Err(why) => {
            println!("skipped: {why}");
            return;
        }
    };
    let hotline = Hotline::start(&folder.path().join("hotline"));
    let mut ratios = Vec::new();
    for (clients, theirs) in CLIENTS.into_iter().zip(&peer.rows) {
        let ours = Row::of(&closed_loop(&hotline.address, &stream, clients, 0, span));
        tell(&format!("PostgreSQL, {clients} clients"), theirs);
        tell(&format!("hotline, {clients} clients"), &ours);
        println!("  {:.1} x", ours.orders_per_s / theirs.orders_per_s);
        ratios.push(theirs.orders_per_s);
    }
    let ours = Row::of(&closed_loop(&hotline.address, &stream, BATCH_CLIENTS, BATCH, span));
    let most = ratios.into_iter().fold(0.0, f64::max);
    tell(
        &format!("PostgreSQL, {BATCH_CLIENTS} clients, {BATCH} orders a transaction"),
        &peer.batches,
    );
    tell(&format!("hotline, {BATCH_CLIENTS} clients, {BATCH} orders a request"), &ours);
    println!(
        "  {:.1} x its batches, {:.1} x its best with a transaction an order",
        ours.orders_per_s / peer.batches.orders_per_s,
        ours.orders_per_s / most
    );
    drop(hotline);
    let fresh = Hotline::start(&folder.path().join("fresh"));
    let (dispatched, right, likeliest) = routed(&fresh.address, &orders);
    let held = orders.iter().filter(|order| order.held_apart).count();
    println!(
        "of {held} orders held apart, to the right unit: PostgreSQL {} (all have its choice)",
        peer.right
    );
    println!(
        "  hotline {right} of the {dispatched} it dispatches itself; {likeliest} by the likeliest matter of all {held}"
    );
}

fn tell(name: &str, row: &Row) {
    let Row { orders_per_s, p50_ms, p99_ms } = row;
    println!("{name}: {orders_per_s:.0}/s, p50 {p50_ms:.2} ms, p99 {p99_ms:.2} ms");
}

impl Row {
    fn of(seen: &Seen) -> Row {
        let ms = |quantile| seen.latency_us.value_at_quantile(quantile) as f64 / 1_000.0;
        Row { orders_per_s: seen.orders_per_s, p50_ms: ms(0.5), p99_ms: ms(0.99) }
    }
}

/// What PostgreSQL came to.
struct Peer {
    rows: Vec<Row>,
    batches: Row,
    right: u64,
}

fn peer(
    folder: &Path,
    stream: &[Text],
    orders: &[LabelledOrder],
    seconds: u64,
) -> Result<Peer, String> {
    let file = |name: &str, rows: &mut dyn Iterator<Item = Vec<String>>| {
        let path = folder.join(name);
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_path(&path).unwrap();
        rows.for_each(|row| writer.write_record(&row).unwrap());
        writer.flush().unwrap();
        path
    };
    let texts =
        |(id, text): (usize, &Text)| vec![id.to_string(), text.title.clone(), text.content.clone()];
    let stream = file("stream.csv", &mut stream.iter().enumerate().map(texts));
    let labelled = |held: bool, label: fn(&LabelledOrder) -> &String| {
        let row =
            move |it: &LabelledOrder| vec![it.title.clone(), it.content.clone(), label(it).clone()];
        orders.iter().filter(move |order| order.held_apart == held).map(row)
    };
    let examples = file("examples.csv", &mut labelled(false, |it| &it.matter));
    let held = file("held.csv", &mut labelled(true, |it| &it.lead));
    let server = Postgres::start(&folder.join("postgres"))?;
    let psql = |args: &[&str]| {
        let mut command = server.client("psql");
        command.args(["-qAt", "-v", "ON_ERROR_STOP=1", "postgres"]).args(args);
        command.env("HOTLINE_DISTRICT", DISTRICT).env("HOTLINE_CALENDAR", CALENDAR);
        said(command.env("HOTLINE_STREAM", &stream).env("HOTLINE_EXAMPLES", &examples))
    };
    psql(&["-f", SCHEMA])?;
    psql(&["-c", "CREATE TABLE held (title text, content text, lead text)"])?;
    psql(&["-c", &format!("\\copy held FROM '{}' WITH (FORMAT csv)", held.display())])?;
    let right = "SELECT sum((chosen.lead = held.lead)::int) FROM held, LATERAL choose(title || ' ' || content) chosen";
    let right = psql(&["-c", right])?;
    let right = right.trim().parse().map_err(|_| format!("no count: {right}"))?;
    let bench = |name: &str, script: String, clients: usize, orders: f64| {
        let path = folder.join(name);
        std::fs::write(&path, script).unwrap();
        pgbench(&server, &path, clients, seconds, orders)
    };
    // By chance, since clients know nothing of each other; a number drawn twice is a caller who calls twice.
    let one = || "\\set turn random(1, 1000000000)\nSELECT accept_turn(:turn);\n".to_owned();
    let rows: Result<Vec<Row>, String> =
        CLIENTS.into_iter().map(|clients| bench("one.sql", one(), clients, 1.0)).collect();
    let many = format!(
        "\\set turn random(1, 1000000000)\nSELECT count(accept_turn(turn)) FROM generate_series(:turn, :turn + {}) turn;\n",
        BATCH - 1
    );
    let batches = bench("many.sql", many, BATCH_CLIENTS, BATCH as f64)?;
    Ok(Peer { rows: rows?, batches, right })
}

/// Orders a second, and how long a transaction took.
fn pgbench(
    server: &Postgres,
    script: &Path,
    clients: usize,
    seconds: u64,
    orders: f64,
) -> Result<Row, String> {
    let log = script.with_extension("log");
    let mut command = server.client("pgbench");
    command.arg("-n").arg("-f").arg(script).args(["-M", "prepared", "-j", "2", "-T"]);
    command.arg(seconds.to_string()).args(["-c", &clients.to_string(), "-l"]);
    command.arg(format!("--log-prefix={}", log.display())).arg("postgres");
    let words = said(&mut command)?;
    let tps = words.lines().find_map(|line| line.strip_prefix("tps = "));
    let tps = tps.and_then(|tps| tps.split_whitespace().next()?.parse::<f64>().ok());
    let tps = tps.ok_or(format!("pgbench said no rate: {words}"))?;
    // A line a transaction; its third word is how long it took, in microseconds.
    let mut latency_us = hdrhistogram::Histogram::<u64>::new(3).unwrap();
    for entry in std::fs::read_dir(log.parent().unwrap()).unwrap().map(Result::unwrap) {
        if !entry
            .file_name()
            .to_string_lossy()
            .starts_with(&*log.file_name().unwrap().to_string_lossy())
        {
            continue;
        }
        for line in BufReader::new(std::fs::File::open(entry.path()).unwrap()).lines() {
            let line = line.unwrap();
            latency_us.record(line.split(' ').nth(2).unwrap().parse().unwrap()).unwrap();
        }
        std::fs::remove_file(entry.path()).unwrap();
    }
    Ok(Row::of(&Seen { orders_per_s: tps * orders, latency_us }))
}

/// The real program on a folder of its own, open to whoever comes.
struct Hotline {
    process: Child,
    address: String,
}

impl Hotline {
    fn start(data: &Path) -> Hotline {
        let mut process = Command::new(env!("CARGO_BIN_EXE_hotline"))
            .args(["serve", "--sample", "--open", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("listening on http://").map(ToOwned::to_owned));
        Hotline { process, address: address.unwrap() }
    }
}

impl Drop for Hotline {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Of the orders held apart: dispatched, of these to the right unit, and right by the likeliest matter.
fn routed(address: &str, orders: &[LabelledOrder]) -> (u64, u64, u64) {
    let mut client = Client::to(address);
    let (mut dispatched, mut right, mut likeliest) = (0, 0, 0);
    for (turn, held) in (0..).zip(orders.iter().filter(|order| order.held_apart)) {
        let text = Text { title: held.title.clone(), content: held.content.clone() };
        let body = order(&text, turn);
        let (status, answer) = client.post("/api/v1/suggest", "application/json", &body);
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
        let said: serde_json::Value = serde_json::from_slice(&answer).unwrap();
        let first = &said["candidates"][0]["lead"]["code"];
        likeliest += u64::from(*first == *held.lead);
        if !said["lead"].is_null() {
            dispatched += 1;
            right += u64::from(said["lead"]["code"] == *held.lead);
        }
    }
    (dispatched, right, likeliest)
}
