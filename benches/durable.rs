//! Durable records a second: the journal alone, then PostgreSQL and SQLite doing durable inserts of as many bytes on the same
//! disk in the same run. `cargo bench --bench durable -- --help` tells the load.
//!
//! Like for like are only the rows with as many waiting clients: each waits until its one record is on disk. A record of the
//! journal is an opaque payload; a row of a database goes through SQL and an index on its key.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]
#![expect(clippy::print_stdout, reason = "what it is for")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use clap::Parser;
use crossbeam_channel::{Receiver, Sender, bounded};
use hdrhistogram::Histogram;
use hotline_journal::{Disk, Journal, JournalOptions, RealDisk};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser, Debug)]
struct Args {
    /// Seconds for each row
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Folder on the disk to measure; a temporary one if left out
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Cargo says so
    #[arg(long, hide = true)]
    bench: bool,
}

/// Bytes of a record.
const PAYLOAD: usize = 512;
/// As many records as the writer commits at once.
const BATCH: usize = 1_024;
const CLIENTS: [usize; 3] = [1, 16, 64];
/// Records a second that count as a low load.
const LOW_RATE: u32 = 200;

fn main() {
    let args = Args::parse();
    let temporary = tempfile::tempdir().unwrap();
    let root = args.folder.as_deref().unwrap_or(temporary.path());
    let span = Duration::from_secs(args.seconds);
    let sync = raw_sync(&root.join("raw"), None);
    println!("one write of {PAYLOAD} bytes and fdatasync, one after another: {}", told(&sync));
    let sync = raw_sync(&root.join("raw"), Some(LOW_RATE));
    println!("the same at {LOW_RATE}/s: {}", told(&sync));
    println!(
        "journal, batches of {BATCH} in one thread: {:.0}/s",
        pipelined(&root.join("p"), span)
    );
    let low = waiting(&root.join("low"), 1, span, Some(LOW_RATE)).latencies;
    println!("journal, one client at {LOW_RATE}/s: {}", told(&low));
    let p99 = low.value_at_quantile(0.99) as f64;
    let times = |quantile| p99 / sync.value_at_quantile(quantile) as f64;
    println!("  its p99 is {:.1} x that p50 and {:.1} x that p99", times(0.5), times(0.99));
    let own = CLIENTS.map(|clients| {
        let measured = waiting(&root.join(format!("c{clients}")), clients, span, None);
        println!(
            "journal, {clients} waiting clients: {:.0}/s, {}",
            measured.rate,
            told(&measured.latencies)
        );
        measured.rate
    });
    match postgres(&root.join("postgres"), args.seconds) {
        Ok(rates) => compare("PostgreSQL", &CLIENTS, &own, &rates),
        Err(why) => println!("PostgreSQL left out: {why}"),
    }
    match sqlite(&root.join("sqlite.db"), span) {
        Ok(rate) => compare("SQLite", &CLIENTS[..1], &own, &[rate]),
        Err(why) => println!("SQLite left out: {why}"),
    }
}

fn compare(peer: &str, clients: &[usize], own: &[f64], rates: &[f64]) {
    for ((clients, own), rate) in clients.iter().zip(own).zip(rates) {
        println!("{peer}, {clients} waiting clients: {rate:.0}/s; the journal {:.1} x", own / rate);
    }
}

fn told(of: &Histogram<u64>) -> String {
    format!("p50 {} us, p99 {} us", of.value_at_quantile(0.5), of.value_at_quantile(0.99))
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000, 3).unwrap()
}

/// What the disk alone takes, in microseconds: a file of its length, written in place.
fn raw_sync(path: &Path, rate: Option<u32>) -> Histogram<u64> {
    let file = RealDisk.create(path).unwrap();
    file.write_all_at(0, &vec![1; 4 << 20]).unwrap();
    file.sync_data().unwrap();
    let mut taken = histogram();
    let mut next = Instant::now();
    for at in 0..500 {
        if let Some(rate) = rate {
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
            next += Duration::from_secs(1) / rate;
        }
        let began = Instant::now();
        file.write_all_at(at * PAYLOAD as u64, &[2; PAYLOAD]).unwrap();
        file.sync_data().unwrap();
        taken.saturating_record(began.elapsed().as_micros() as u64);
    }
    taken
}

fn journal(path: &Path) -> Journal {
    Journal::open(path, JournalOptions::new(1)).unwrap().0
}

/// One thread that waits for nobody but the disk.
fn pipelined(path: &Path, span: Duration) -> f64 {
    let mut journal = journal(path);
    let payload = [7; PAYLOAD];
    let (began, mut records) = (Instant::now(), 0_u64);
    while began.elapsed() < span {
        for _ in 0..BATCH {
            journal.append(&payload).unwrap();
        }
        journal.commit().unwrap();
        records += BATCH as u64;
    }
    records as f64 / began.elapsed().as_secs_f64()
}

struct Waited {
    rate: f64,
    latencies: Histogram<u64>,
}

/// Clients that each hand in a record and wait until it is on disk: tasks of a runtime with two threads, as those of the
/// program are (pgbench has two threads for its clients too). One thread commits.
fn waiting(path: &Path, clients: usize, span: Duration, rate: Option<u32>) -> Waited {
    let mut journal = journal(path);
    let (hand_in, handed_in) = bounded::<oneshot::Sender<()>>(BATCH);
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    let began = Instant::now();
    let client = |_| runtime.spawn(one_client(hand_in.clone(), began + span, rate));
    let clients: Vec<_> = (0..clients).map(client).collect();
    drop(hand_in);
    commit_all(&mut journal, &handed_in);
    let mut all = histogram();
    for client in clients {
        all.add(runtime.block_on(client).unwrap()).unwrap();
    }
    Waited { rate: all.len() as f64 / began.elapsed().as_secs_f64(), latencies: all }
}

async fn one_client(
    hand_in: Sender<oneshot::Sender<()>>,
    until: Instant,
    rate: Option<u32>,
) -> Histogram<u64> {
    let mut taken = histogram();
    let mut next = Instant::now();
    while Instant::now() < until {
        if let Some(rate) = rate {
            tokio::time::sleep_until(next.into()).await;
            next += Duration::from_secs(1) / rate;
        }
        let began = Instant::now();
        let (done, told) = oneshot::channel();
        // There is room for more than there are clients.
        hand_in.try_send(done).unwrap();
        told.await.unwrap();
        taken.saturating_record(began.elapsed().as_micros() as u64);
    }
    taken
}

fn commit_all(journal: &mut Journal, handed_in: &Receiver<oneshot::Sender<()>>) {
    let payload = [7; PAYLOAD];
    let mut waiting = Vec::new();
    while let Ok(first) = handed_in.recv() {
        waiting.push(first);
        waiting.extend(handed_in.try_iter().take(BATCH - 1));
        for _ in &waiting {
            journal.append(&payload).unwrap();
        }
        journal.commit().unwrap();
        waiting.drain(..).for_each(|client| client.send(()).unwrap());
    }
}

/// Inserts of as many bytes, each a transaction with `synchronous_commit=on`, by pgbench through a socket.
fn postgres(folder: &Path, seconds: u64) -> Result<Vec<f64>, String> {
    std::fs::create_dir(folder).unwrap();
    let root = rustix::process::geteuid().is_root();
    // PostgreSQL does not run as root.
    let run = |program: &str, args: &[&str]| -> Result<String, String> {
        let mut command = match root {
            true => {
                let mut command = Command::new("runuser");
                command.args(["-u", "postgres", "--", program]);
                command
            }
            false => Command::new(program),
        };
        let output = command.args(args).stdin(Stdio::null()).current_dir("/").output();
        let output = output.map_err(|error| format!("{program}: {error}"))?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let answer = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() { Ok(answer) } else { Err(format!("{program}: {said}")) }
    };
    if root {
        open_to_others(folder);
    }
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let (data, here) = (text(&folder.join("data")), text(folder));
    run("initdb", &["-D", &data, "-U", "bench", "-A", "trust"])?;
    let options = format!("-k {here} -c listen_addresses= -c synchronous_commit=on -c fsync=on");
    let log = text(&folder.join("log"));
    run("pg_ctl", &["-D", &data, "-w", "-l", &log, "-o", &options, "start"])?;
    let measured = (|| {
        let table = "CREATE TABLE record (id bigserial PRIMARY KEY, payload bytea NOT NULL)";
        run("psql", &["-h", &here, "-U", "bench", "postgres", "-c", table])?;
        let script = folder.join("insert.sql");
        let insert = format!(
            "INSERT INTO record (payload) VALUES (decode(repeat('07', {PAYLOAD}), 'hex'));\n"
        );
        std::fs::write(&script, insert).unwrap();
        let (script, seconds) = (text(&script), seconds.to_string());
        let rate = |clients: usize| {
            let clients = clients.to_string();
            let args = ["-h", &here, "-U", "bench", "-n", "-f", &script, "-M", "prepared"];
            let load = ["-c", &clients, "-j", "2", "-T", &seconds, "postgres"];
            let said = run("pgbench", &[&args[..], &load[..]].concat())?;
            let tps = said.lines().find_map(|line| line.strip_prefix("tps = "));
            let tps = tps.and_then(|tps| tps.split_whitespace().next()?.parse().ok());
            tps.ok_or(format!("pgbench said no rate: {said}"))
        };
        CLIENTS.into_iter().map(rate).collect()
    })();
    run("pg_ctl", &["-D", &data, "-m", "fast", "-w", "stop"])?;
    measured
}

/// Lets another user into a folder made by root, and through those above it.
fn open_to_others(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o777)).unwrap();
    let above = folder.parent().unwrap();
    std::fs::set_permissions(above, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Inserts of as many bytes, each a transaction, in WAL mode with `synchronous=FULL`, in one process.
fn sqlite(path: &Path, span: Duration) -> Result<f64, String> {
    use std::io::Write;
    let mut child = Command::new("sqlite3")
        .arg(path)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .map_err(|error| format!("sqlite3: {error}"))?;
    let mut input = std::io::BufWriter::new(child.stdin.take().unwrap());
    writeln!(input, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;").unwrap();
    writeln!(input, "CREATE TABLE record (id INTEGER PRIMARY KEY, payload BLOB NOT NULL);")
        .unwrap();
    let insert = format!("INSERT INTO record (payload) VALUES (x'{}');", "07".repeat(PAYLOAD));
    let (began, mut rows) = (Instant::now(), 0_u64);
    // What is sent ahead is bounded by the pipe: some dozens of rows.
    while began.elapsed() < span {
        writeln!(input, "{insert}").map_err(|error| format!("sqlite3: {error}"))?;
        rows += 1;
    }
    input.flush().unwrap();
    drop(input);
    let done = child.wait().unwrap().success();
    if done {
        Ok(rows as f64 / began.elapsed().as_secs_f64())
    } else {
        Err("sqlite3 failed".into())
    }
}
