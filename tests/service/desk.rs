//! Starts the real binary on a folder of its own and talks to it. The only place that knows processes and HTTP.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;

use serde_json::Value;
use tempfile::TempDir;

/// A running hotline with the sample district, and a token of each role.
pub(crate) struct Hotline {
    /// Dropped last: the process ends before its folder goes.
    process: Child,
    pub(crate) address: String,
    tokens: BTreeMap<String, String>,
    folder: Option<TempDir>,
    pub(crate) data: PathBuf,
    log: PathBuf,
    /// The sample where it is none.
    district: Option<PathBuf>,
    around: Around,
}

/// What a process finds around it.
#[derive(Clone, Debug, Default)]
struct Around {
    environment: Vec<(String, String)>,
    /// What `serve` is told beside where its files are.
    options: Vec<String>,
    /// A command of the shell that goes before it.
    before: Option<String>,
}

impl Around {
    fn binary(&self) -> Command {
        let mut command = match &self.before {
            None => binary(),
            Some(before) => {
                let mut shell = Command::new("sh");
                shell.args(["-c", &format!("{before} && exec \"$0\" \"$@\"")]);
                shell.arg(env!("CARGO_BIN_EXE_hotline"));
                shell
            }
        };
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// An answer: status, headers of interest, JSON.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) etag: Option<String>,
    pub(crate) retry_after: Option<String>,
    pub(crate) media: String,
    pub(crate) json: Value,
}

pub(crate) fn binary() -> Command {
    Command::new(env!("CARGO_BIN_EXE_hotline"))
}

/// Runs the binary to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    binary().args(arguments).output().unwrap()
}

/// Models are trained once a test run, then copied: starting a hotline is not training.
static TRAINED: Mutex<Option<PathBuf>> = Mutex::new(None);

impl Hotline {
    /// On a new folder.
    pub(crate) fn start() -> Hotline {
        Hotline::start_with(|_| ())
    }

    /// On a new data folder that something was put into before.
    pub(crate) fn start_with(prepare: impl FnOnce(&Path)) -> Hotline {
        Hotline::start_under(&[], prepare)
    }

    /// As [`Hotline::start_with`], with these variables in its environment.
    pub(crate) fn start_under(
        environment: &[(&str, &str)],
        prepare: impl FnOnce(&Path),
    ) -> Hotline {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        prepare(&data);
        let mut hotline = Hotline::start_at(&data, environment);
        hotline.folder = Some(folder);
        hotline
    }

    /// On a folder of the caller's, which stays when the hotline ends.
    pub(crate) fn start_at(data: &Path, environment: &[(&str, &str)]) -> Hotline {
        let own = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        let environment = environment.iter().map(own).collect();
        let around = Around { environment, ..Around::default() };
        let mut trained = TRAINED.lock().unwrap();
        if let Some(models) = trained.as_ref() {
            std::fs::create_dir_all(data.join("models")).unwrap();
            for model in std::fs::read_dir(models).unwrap() {
                let model = model.unwrap();
                std::fs::copy(model.path(), data.join("models").join(model.file_name())).unwrap();
            }
        }
        let hotline = Hotline::on(data, None, around);
        if trained.is_none() {
            let kept = tempfile::tempdir().unwrap().keep();
            for model in std::fs::read_dir(data.join("models")).unwrap() {
                let model = model.unwrap();
                std::fs::copy(model.path(), kept.join(model.file_name())).unwrap();
            }
            *trained = Some(kept);
        }
        hotline
    }

    fn on(data: &Path, district: Option<PathBuf>, around: Around) -> Hotline {
        let log = data.with_extension("log");
        let log_file = std::fs::OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let mut process = around
            .binary()
            .arg("serve")
            .args(district.as_ref().map_or(vec!["--sample".as_ref()], |folder| {
                vec!["--district".as_ref(), folder.as_os_str()]
            }))
            .args(["--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(&around.options)
            .env("RUST_LOG", "info")
            .stdout(Stdio::piped())
            .stderr(log_file)
            .spawn()
            .unwrap();
        let mut tokens = BTreeMap::new();
        let mut address = None;
        for line in BufReader::new(process.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if let Some(found) = line.strip_prefix("listening on http://") {
                address = Some(found.to_owned());
                break;
            }
            if let Some((token, role)) = line.trim().split_once("  ") {
                tokens.insert(role.split(' ').next().unwrap().to_owned(), token.to_owned());
            }
        }
        let log_text = || std::fs::read_to_string(&log).unwrap();
        let address = address.unwrap_or_else(|| panic!("did not start: {}", log_text()));
        let data = data.to_owned();
        Hotline { process, address, tokens, folder: None, data, log, district, around }
    }

    /// Ends the process without warning, as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// The code with which the process ends by itself.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        self.process.wait().unwrap().code()
    }

    /// Asks the process to stop, and waits for it. Gives back whether it ended well.
    pub(crate) fn stop(&mut self) -> bool {
        self.signal("-TERM");
        self.process.wait().unwrap().success()
    }

    /// Of the process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn signal(&self, signal: &str) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    /// Starts again on the same folder, as the hotline of this district.
    pub(crate) fn again_for(&mut self, district: &Path) {
        self.district = Some(district.to_owned());
        self.again();
    }

    /// Starts again on the same folder, with one more option this time.
    pub(crate) fn again_with(&mut self, option: &str) {
        self.options(option);
        self.again();
    }

    /// One more option from the next start on.
    pub(crate) fn options(&mut self, option: &str) {
        self.around.options.push(option.to_owned());
    }

    /// Starts again on the same folder, with these variables in its environment.
    pub(crate) fn again_under(&mut self, environment: &[(&str, &str)]) {
        let own = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        self.around.environment = environment.iter().map(own).collect();
        self.again();
    }

    /// Starts again on the same folder, behind this command of the shell.
    pub(crate) fn again_behind(&mut self, before: &str) {
        self.around.before = Some(before.to_owned());
        self.again();
    }

    /// Starts again on the same folder, with the same tokens.
    pub(crate) fn again(&mut self) {
        let next = Hotline::on(&self.data, self.district.take(), self.around.clone());
        let tokens = std::mem::take(&mut self.tokens);
        let folder = self.folder.take();
        *self = next;
        self.tokens = tokens;
        self.folder = folder;
    }

    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// What the process has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    pub(crate) fn token(&self, role: &str) -> &str {
        &self.tokens[role]
    }

    /// Makes a handler of this unit, known after the next start.
    pub(crate) fn hire(&mut self, unit: &str) {
        self.appoint("handler", unit, unit);
    }

    /// Makes somebody with a role for one unit, known after the next start.
    pub(crate) fn appoint(&mut self, role: &str, name: &str, unit: &str) {
        let data = self.data.to_str().unwrap().to_owned();
        let made = run(&["token", "--data", &data, "--role", role, "--name", name, "--unit", unit]);
        assert!(made.status.success(), "{made:?}");
        let token = String::from_utf8(made.stdout).unwrap().trim().to_owned();
        self.tokens.insert(name.to_owned(), token);
    }

    /// Makes somebody with a role for every unit, known after the next start.
    pub(crate) fn appoint_for_all(&mut self, role: &str, name: &str) {
        let data = self.data.to_str().unwrap().to_owned();
        let made = run(&["token", "--data", &data, "--role", role, "--name", name]);
        assert!(made.status.success(), "{made:?}");
        let token = String::from_utf8(made.stdout).unwrap().trim().to_owned();
        self.tokens.insert(name.to_owned(), token);
    }

    pub(crate) fn get(&self, role: &str, path: &str) -> Answer {
        self.call(role, "GET", path, &[], b"")
    }

    pub(crate) fn post(&self, role: &str, path: &str, body: &Value) -> Answer {
        self.call(role, "POST", path, &[], body.to_string().as_bytes())
    }

    /// A new order, asked for again while the machine is too busy for the hotline, as any client would.
    pub(crate) fn accept(&self, order: &Value) -> Value {
        let mut asked = (0..1_000).map(|_| self.post("call-taker", "/api/v1/orders", order));
        let made = asked.find(|answer| answer.status != 503);
        let made = made.expect("it has time again");
        assert_eq!(made.status, 201, "{made:?}");
        made.json
    }

    /// Any request; `role` may be empty for none.
    pub(crate) fn call(
        &self,
        role: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address));
        if !body.is_empty() && !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        if !role.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.tokens[role]));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut response = agent.run(request.body(body.to_vec()).unwrap()).unwrap();
        let header =
            |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (etag, retry_after) = (header("etag"), header("retry-after"));
        let media = header("content-type").unwrap_or_default();
        let status = response.status().as_u16();
        let text = response.body_mut().read_to_string().unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Answer { status, etag, retry_after, media, json }
    }

    /// The status of an answer, if one comes: the process may be killed meanwhile.
    pub(crate) fn try_call(
        &self,
        role: &str,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> Option<u16> {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address))
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", self.tokens[role]));
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let answer = agent.run(request.body(body.to_vec()).unwrap()).ok()?;
        Some(answer.status().as_u16())
    }

    /// A report, once it says what it should: it is up to a second old.
    pub(crate) fn report_with(
        &self,
        role: &str,
        path: &str,
        is_there: impl Fn(&Value) -> bool,
    ) -> Value {
        for _ in 0..2_000 {
            let report = self.get(role, path).json;
            if is_there(&report) {
                return report;
            }
        }
        panic!("{path} never says so")
    }

    /// Listens from now on.
    pub(crate) fn listen(&self, role: &str) -> Listening {
        let response = ureq::get(format!("http://{}/api/v1/events", self.address))
            .header("authorization", format!("Bearer {}", self.tokens[role]))
            .call()
            .unwrap();
        Listening(BufReader::new(response.into_body().into_reader()).lines())
    }

    /// Watches events from after `last`; reads until `count` have come.
    pub(crate) fn watch(
        &self,
        role: &str,
        last: Option<u64>,
        count: usize,
    ) -> Vec<(u64, String, Value)> {
        let mut request = ureq::get(format!("http://{}/api/v1/events", self.address))
            .header("authorization", format!("Bearer {}", self.tokens[role]));
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        let mut response = request.call().unwrap();
        let reader = BufReader::new(response.body_mut().as_reader());
        events(reader, count)
    }
}

/// A stream of events that stays open.
pub(crate) struct Listening(Lines<BufReader<ureq::BodyReader<'static>>>);

impl Listening {
    /// The name of the next event; none when the stream has ended.
    pub(crate) fn next_named(&mut self) -> Option<String> {
        let mut named = self.0.by_ref().map_while(Result::ok);
        named.find_map(|line| line.strip_prefix("event: ").map(str::to_owned))
    }
}

fn events(reader: impl BufRead, count: usize) -> Vec<(u64, String, Value)> {
    let mut seen = Vec::new();
    let (mut id, mut name) = (0, String::new());
    for line in reader.lines() {
        let line = line.unwrap();
        if let Some(text) = line.strip_prefix("id: ") {
            id = text.parse().unwrap();
        } else if let Some(text) = line.strip_prefix("event: ") {
            name = text.to_owned();
        } else if let Some(text) = line.strip_prefix("data: ") {
            seen.push((id, name.clone(), serde_json::from_str(text).unwrap()));
            if seen.len() == count {
                break;
            }
        }
    }
    seen
}

impl Drop for Hotline {
    fn drop(&mut self) {
        // Already ended where a test ended it: both calls then fail, and nothing is left to do.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
