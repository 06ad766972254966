//! How long a hotline with very many orders takes to start, what it then holds in memory, and whether acceptances wait while it
//! makes a snapshot. `cargo bench --bench restart -- --help` tells the load.
//!
//! Builds a data folder by the product's own steps, journal and snapshots, starts it in a process of its own, and removes it.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]
#![expect(clippy::print_stdout, reason = "what it is for")]

use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::time::{Duration, Instant};

use clap::Parser;
use hdrhistogram::Histogram;
use hotline::clock::Clock;
use hotline::codec;
use hotline::district::District;
use hotline::partition::Partition;
use hotline::recovery::{self, DataFolder, Recovered, Retention};
use hotline_engine::actor::{Actor, Role};
use hotline_engine::command::{Acceptance, Action, Command};
use hotline_engine::handling::Answer;
use hotline_engine::order::{
    Caller, Candidate, Channel, Classification, Confidence, Kind, OrderId,
};
use hotline_engine::text::Sketch;
use hotline_engine::time::Timestamp;
use hotline_engine::{Rules, State, step};
use hotline_journal::Journal;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser, Debug)]
struct Args {
    /// Orders in the data folder
    #[arg(long, default_value_t = 1_000_000)]
    orders: u64,
    /// Of a hundred orders, the newest that are still open
    #[arg(long, default_value_t = 3)]
    open_percent: u64,
    /// Folder to build it in; a temporary one if left out
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Measure acceptances beside a snapshot too, so many a second
    #[arg(long)]
    accept_rate: Option<u64>,
    /// Start a folder that is there, and tell how it went
    #[arg(long, hide = true)]
    start: Option<PathBuf>,
    /// Cargo says so
    #[arg(long, hide = true)]
    bench: bool,
}

/// Orders before a snapshot is made while the folder is built.
const SNAPSHOT_EVERY_ORDERS: u64 = 500_000;
/// Records of one commit while the folder is built.
const COMMIT_EVERY: u64 = 512;
/// Starts from a warm cache.
const STARTS: usize = 3;
/// When the snapshot thread first looks, and how long a start is not counted.
const LOOKS_AFTER: Duration = Duration::from_secs(1);
const SETTLES: Duration = Duration::from_secs(1);
/// Orders a day: a city of a hundred thousand contacts, of which a third become orders of the hotline.
const ORDERS_A_DAY: u64 = 27_000;

fn main() {
    let args = Args::parse();
    if let Some(folder) = &args.start {
        return start(folder);
    }
    let temporary = tempfile::tempdir().unwrap();
    let root = args.folder.clone().unwrap_or_else(|| temporary.path().join("data"));
    let built = Built::make(&root, &args);
    println!("{} orders, {} % open; {} records", args.orders, args.open_percent, built.records);
    println!("built in {:.0} s; texts {} MB", built.took.as_secs_f64(), built.text_bytes >> 20);
    println!("data folder {} MB", bytes_of(&root) >> 20);
    forget_pages(&root);
    println!("cold: {}", started(&root));
    for _ in 0..STARTS {
        println!("warm: {}", started(&root));
    }
    let allowed = built.text_bytes * 13 / 10 + 256 * args.orders;
    println!("allowed at rest: {} MB (1.3 x texts + 256 B an order)", allowed >> 20);
    if let Some(rate) = args.accept_rate {
        beside_a_snapshot(&root, rate, args.orders);
    }
}

/// What the folder holds.
struct Built {
    records: u64,
    text_bytes: u64,
    took: Duration,
}

/// Pieces that stories are made of: places, what happened, when, and what is wanted.
const PLACES: [&str; 8] = [
    "东街菜市场北门",
    "西湖新村三号楼",
    "滨江路与解放路交叉口",
    "城南小学门口",
    "工业园二期宿舍区",
    "莲花社区活动中心",
    "人民医院急诊楼旁",
    "老车站公交首末站",
];
const MATTERS: [&str; 8] = [
    "有流动摊贩占道经营，油烟很大，行人只能走机动车道",
    "下水道反复堵塞，污水漫到一楼住户门前，气味难闻",
    "连续几晚施工到凌晨，孩子和老人都睡不好",
    "路灯坏了一整排，晚上回家的人看不清路面",
    "垃圾桶两天没有清运，野猫把袋子扒得到处都是",
    "自来水压力一直不够，六楼以上早晚都没有水用",
    "停在消防通道的车辆长期没有人管，救护车进不来",
    "商家拒绝退还预付卡余额，门店已经搬走",
];
const WISHES: [&str; 4] = [
    "来电人已向物业反映过两次，没有得到答复，希望有关部门到现场核实后尽快处理，并告知处理结果。",
    "市民表示情况已经持续半个多月，邻居都有意见，希望相关单位明确处理时限，避免再次发生。",
    "来电人要求说明由哪个部门负责、什么时候能够解决，并请经办人员在上门之前先电话联系。",
    "市民曾通过其他渠道反映，被告知不属于其职责范围，希望能够协调确定主办单位并跟进到底。",
];

fn story(turn: u64) -> String {
    let mixed = turn.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let pick = |shift: u64, of: &[&'static str]| of[(mixed >> shift) as usize % of.len()];
    let (house, hour) = (mixed >> 8 & 0xff, mixed >> 20 & 0xf);
    format!(
        "市民反映{}附近{house}号一带，从第{turn}天前的晚上{hour}点左右开始，{}，另外{}。{}",
        pick(32, &PLACES),
        pick(40, &MATTERS),
        pick(48, &MATTERS),
        pick(56, &WISHES)
    )
}

impl Built {
    /// Two of three contacts are answered at the desk, the rest goes to units and is signed, answered and closed; the newest
    /// of all are still open.
    fn make(root: &Path, args: &Args) -> Built {
        let began = Instant::now();
        let folder = DataFolder::at(root).keeping(Retention::Remove);
        folder.create().unwrap();
        let district = District::sample().unwrap();
        let rules = district.rules().unwrap();
        let mut builder = Builder::on(&folder, rules);
        let adopt = Action::AdoptDirectory(Box::new(district.draft.clone()));
        // The newest come in now: a start finds few dues that have passed.
        let start = Timestamp::of_ms(
            Clock::of_system(None).now().ms()
                - (args.orders * 86_400_000 / ORDERS_A_DAY).cast_signed(),
        );
        builder.take(start, &by(Role::Admin, None, adopt));
        let first_open = args.orders - args.orders * args.open_percent / 100;
        for turn in 0..args.orders {
            let at = start.plus_seconds((turn * 86_400 / ORDERS_A_DAY).cast_signed());
            builder.order(at, turn, turn < first_open);
            if turn % SNAPSHOT_EVERY_ORDERS == SNAPSHOT_EVERY_ORDERS - 1 {
                builder.snapshot(&folder);
            }
        }
        builder.snapshot(&folder);
        let Builder { state, text_bytes, .. } = builder;
        Built { records: state.records_count(), text_bytes, took: began.elapsed() }
    }
}

/// Steps a state and writes what it records.
struct Builder {
    state: State,
    journal: Journal,
    rules: Rules,
    bytes: Vec<u8>,
    uncommitted: u64,
    text_bytes: u64,
}

impl Builder {
    fn on(folder: &DataFolder, rules: Rules) -> Builder {
        let Recovered { state, journal, .. } = recovery::recover(folder).unwrap();
        Builder { state, journal, rules, bytes: Vec::new(), uncommitted: 0, text_bytes: 0 }
    }

    fn take(&mut self, at: Timestamp, command: &Command) {
        let at = at.max(self.state.at());
        let record = step(&mut self.state, &self.rules, at, command).unwrap().unwrap();
        codec::encode_record(&record, &mut self.bytes).unwrap();
        self.journal.append(&self.bytes).unwrap();
        self.uncommitted += 1;
        if self.uncommitted == COMMIT_EVERY {
            self.journal.commit().unwrap();
            self.uncommitted = 0;
        }
    }

    /// An order, with all that follows if it is to be over.
    fn order(&mut self, at: Timestamp, turn: u64, over: bool) {
        let matters = self.state.directory().matters().count() as u64;
        let matter = hotline_engine::directory::MatterId((turn % matters) as u16);
        let acceptance = acceptance(matter, turn, over && !turn.is_multiple_of(3));
        self.text_bytes += text_bytes(&acceptance);
        self.take(at, &by(Role::CallTaker, None, Action::Accept(Box::new(acceptance))));
        let order = OrderId(self.state.orders().len() as u64);
        let dispatch = self.state.order(order).unwrap().dispatch.clone();
        let Some(dispatch) = dispatch.filter(|_| over) else {
            if over && self.state.order(order).unwrap().status.is_open() {
                let note = "来电人撤回。".into();
                self.take(at, &by(Role::CallTaker, None, Action::Withdraw { order, note }));
            }
            return;
        };
        let unit = || Some(vec![dispatch.lead]);
        self.take(at, &by(Role::Handler, unit(), Action::Sign { order }));
        let public_text = format!("{}经现场核实，已责成责任方整改，并将继续巡查。", turn % 97);
        self.text_bytes += public_text.len() as u64;
        let reply = Action::Reply { order, public_text, internal_text: String::new() };
        self.take(at, &by(Role::Handler, unit(), reply));
        self.take(at, &by(Role::Dispatcher, None, Action::Close { order }));
    }

    fn snapshot(&mut self, folder: &DataFolder) {
        self.journal.commit().unwrap();
        self.uncommitted = 0;
        let shelves = recovery::write_snapshot(folder, &self.journal.reader()).unwrap();
        // As a running hotline does: what is over leaves memory.
        if let Some(shelves) = shelves {
            shelves.put_under(&mut self.state);
        }
        for page in 0.. {
            if self.state.let_go(page).is_none() {
                break;
            }
        }
    }
}

fn by(
    role: Role,
    units: Option<Vec<hotline_engine::directory::UnitId>>,
    action: Action,
) -> Command {
    Command { actor: Actor { name: "bench".into(), role, units }, seen: None, action }
}

fn acceptance(
    matter: hotline_engine::directory::MatterId,
    turn: u64,
    answered: bool,
) -> Acceptance {
    let content = story(turn);
    let sketch = Sketch::of(&[&content]);
    let answer = Answer {
        text: "已按知识库口径向来电人说明办理条件和所需材料。".into(),
        article: None,
    };
    Acceptance {
        matter: None,
        title: MATTERS[turn as usize % MATTERS.len()].into(),
        place: Some(PLACES[turn as usize % PLACES.len()].into()),
        classification: Classification {
            candidates: vec![Candidate { matter, confidence: Confidence(9_300) }],
            evidence: vec!["占道经营".into(), "油烟".into()],
            model: "bench".into(),
        },
        sketch,
        answer: answered.then_some(answer),
        caller: Some(Caller {
            name: "来电人".into(),
            phone: format!("138{turn:08}"),
            confidential: false,
        }),
        ..Acceptance::plain(Kind::Help, Channel::Phone, content)
    }
}

fn text_bytes(it: &Acceptance) -> u64 {
    let caller = it.caller.as_ref().map_or(0, |caller| caller.name.len() + caller.phone.len());
    let answer = it.answer.as_ref().map_or(0, |answer| answer.text.len());
    let evidence: usize = it.classification.evidence.iter().map(String::len).sum();
    let place = it.place.as_ref().map_or(0, String::len);
    (it.title.len() + it.content.len() + place + caller + answer + evidence) as u64
}

/// Starts the folder in a process of its own; what that one says.
fn started(root: &Path) -> String {
    let output = Process::new(std::env::current_exe().unwrap()).arg("--start").arg(root).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

fn start(root: &Path) {
    let rules = District::sample().unwrap().rules().unwrap();
    let began = Instant::now();
    let partition = Partition::start(&DataFolder::at(root), rules).unwrap();
    let took = began.elapsed();
    let orders = partition.published.views.orders_count();
    println!(
        "ready in {:.3} s with {orders} orders, {} MB in memory (most so far {} MB)",
        took.as_secs_f64(),
        memory("VmRSS:") >> 10,
        memory("VmHWM:") >> 10
    );
    partition.stop().unwrap();
}

/// A line of the system's own account of this process, in KiB.
fn memory(key: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

fn bytes_of(root: &Path) -> u64 {
    files(root).iter().map(|file| file.metadata().unwrap().len()).sum()
}

fn files(root: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Has the system drop what it keeps of the files in memory.
fn forget_pages(root: &Path) {
    for path in files(root) {
        let file = std::fs::File::open(path).unwrap();
        file.sync_all().unwrap();
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
    }
}

/// Acceptances at a steady rate, without and then beside a snapshot of everything.
fn beside_a_snapshot(root: &Path, rate: u64, orders: u64) {
    let rules = District::sample().unwrap().rules().unwrap();
    // No snapshot for the last records, so that a running hotline makes one soon, and in no hurry.
    let folder = DataFolder::at(root);
    let mut builder = Builder::on(&folder, rules.clone());
    let at = builder.state.at();
    for turn in orders..orders + 110_000 {
        builder.order(at, turn, false);
    }
    builder.journal.commit().unwrap();
    drop(builder);
    let before = snapshots(root);
    // What the system still has to write of the folder would hold up the first syncs.
    files(root).iter().for_each(|path| std::fs::File::open(path).unwrap().sync_all().unwrap());
    let partition = Partition::start(&folder, rules).unwrap();
    let (mut without, mut with) = (histogram(), histogram());
    let began = Instant::now();
    let gap = Duration::from_nanos(1_000_000_000 / rate);
    let matter = hotline_engine::directory::MatterId(0);
    let mut done = None;
    // The snapshot thread looks after a second, and begins then; its files say when it is done. Then as long without.
    for turn in 0_u64.. {
        let due = began + gap * u32::try_from(turn).unwrap();
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let accept = acceptance(matter, orders + 300_000 + turn, false);
        let command = by(Role::CallTaker, None, Action::Accept(Box::new(accept)));
        partition.desk.submit_blocking(command).unwrap();
        let took = due.elapsed().as_micros() as u64;
        let passed = began.elapsed();
        let beside = passed > LOOKS_AFTER && done.is_none();
        if passed > SETTLES {
            (if beside { &mut with } else { &mut without }).saturating_record(took);
        }
        if beside && turn % 64 == 0 && snapshots(root) != before {
            done = Some(passed);
        }
        if done.is_some_and(|done| passed > done + (done - LOOKS_AFTER).max(LOOKS_AFTER)) {
            break;
        }
        assert!(passed < Duration::from_secs(300), "no snapshot was made");
    }
    for (name, of) in [("without", &without), ("beside a snapshot", &with)] {
        println!(
            "accept {name}: {} of {rate}/s, p50 {} us, p99 {} us, worst {} us",
            of.len(),
            of.value_at_quantile(0.5),
            of.value_at_quantile(0.99),
            of.max()
        );
    }
    println!("the snapshot took {:.1} s", (done.unwrap() - LOOKS_AFTER).as_secs_f64());
    partition.stop().unwrap();
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000, 3).unwrap()
}

fn snapshots(root: &Path) -> Vec<PathBuf> {
    let mut files = files(&root.join("snapshots"));
    files.retain(|path| path.extension().is_some_and(|ending| ending == "snapshot"));
    files.sort();
    files
}
