//! The real binary on a disk that fills up: what is under way goes on in the space set aside, what is new waits for room.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::desk::Hotline;
use crate::tour::unpaid_wages;

/// Room for the models, what is set aside, and a few batches.
const DISK: &str = "size=96m";
/// Attempts of a client who waits for room: the writer looks every few seconds, a request takes some milliseconds.
const ATTEMPTS_MAX: usize = 20_000;

/// The binary on a small disk of its own, which is gone when the process ends.
struct Small {
    process: Child,
    data: PathBuf,
}

impl Drop for Small {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Small {
    /// Copies a data folder to the disk and serves it there. None where nobody may mount a disk.
    fn serving(from: &Path) -> Option<(Small, String)> {
        let data = from.with_file_name("small");
        fs::create_dir(&data).unwrap();
        let script = format!(
            "mount -t tmpfs -o {DISK} tmpfs {data} && cp -r {from}/. {data}/ && \
             exec {binary} serve --sample --data {data} --listen 127.0.0.1:0",
            data = data.display(),
            from = from.display(),
            binary = env!("CARGO_BIN_EXE_hotline"),
        );
        let mut process = Command::new("unshare")
            .args(["--mount", "--map-root-user", "sh", "-c", &script])
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("listening on http://").map(ToOwned::to_owned));
        let small = Small { process, data };
        Some((small, address?))
    }

    /// A file on its disk, as seen from outside.
    fn path(&self, name: &str) -> PathBuf {
        let inside = self.data.join(name);
        let inside = inside.strip_prefix("/").unwrap();
        Path::new("/proc").join(self.process.id().to_string()).join("root").join(inside)
    }

    /// Fills the disk to the last byte.
    fn fill(&self) {
        let mut filler =
            File::options().append(true).create(true).open(self.path("filler")).unwrap();
        for bytes in [1 << 20, 1 << 12, 1] {
            while filler.write_all(&vec![1; bytes]).is_ok() {}
        }
    }
}

fn order(key: &str) -> Value {
    json!({"content": format!("第 {key} 单:路灯不亮,晚上看不见路"), "channel": "web"})
}

fn accept(hotline: &Hotline, key: &str) -> u16 {
    let (body, headers) = (order(key).to_string(), [("idempotency-key", key)]);
    hotline.call("call-taker", "POST", "/api/v1/orders", &headers, body.as_bytes()).status
}

#[test]
fn on_a_full_disk_new_orders_are_refused_and_what_is_under_way_is_closed() {
    let mut hotline = Hotline::start();
    hotline.hire("human-resources");
    assert!(hotline.stop());
    let Some((small, address)) = Small::serving(hotline.data()) else {
        println!("skipped: this machine lets nobody mount a small disk");
        return;
    };
    hotline.address = address;
    let (id, _) = unpaid_wages(&hotline);
    let path = format!("/api/v1/orders/{id}");
    assert_eq!(accept(&hotline, "before"), 201);

    small.fill();
    // What the journal has taken up already is used first; then there is no room for a batch.
    let refused = (0..ATTEMPTS_MAX).find(|turn| accept(&hotline, &format!("full-{turn}")) == 507);
    assert!(refused.is_some(), "the disk never gets full");
    let problem = hotline.post("call-taker", "/api/v1/orders", &order("another"));
    assert_eq!((problem.status, problem.json["code"].as_str()), (507, Some("full")), "{problem:?}");
    let batch = format!("{}\n{}", order("x"), order("y"));
    let ndjson = [("content-type", "application/x-ndjson")];
    let refused =
        hotline.call("call-taker", "POST", "/api/v1/orders/batch", &ndjson, batch.as_bytes());
    assert_eq!((refused.status, refused.json["code"].as_str()), (507, Some("full")), "{refused:?}");
    assert_eq!(hotline.get("", "/readyz").status, 503);
    assert_eq!(accept(&hotline, "before"), 200, "what was accepted before is said again");
    assert_eq!(hotline.get("human-resources", &path).status, 200);
    assert_eq!(hotline.post("human-resources", &format!("{path}/sign"), &json!({})).status, 200);
    let reply = json!({"public_text": "已约谈用人单位,三日内补发。"});
    assert_eq!(hotline.post("human-resources", &format!("{path}/reply"), &reply).status, 200);
    let verdict = json!({"reached": true, "solved": true, "satisfied": true});
    assert_eq!(hotline.post("call-taker", &format!("{path}/callback"), &verdict).status, 200);
    let closed = hotline.post("call-taker", &format!("{path}/close"), &json!({}));
    assert_eq!(
        (closed.status, closed.json["status"].as_str()),
        (200, Some("closed")),
        "{closed:?}"
    );
    assert_eq!(accept(&hotline, "still-full"), 507);

    fs::remove_file(small.path("filler")).unwrap();
    let again = (0..ATTEMPTS_MAX).find(|turn| accept(&hotline, &format!("room-{turn}")) == 201);
    assert!(again.is_some(), "there is room, and nobody sees it");
    assert_eq!(hotline.get("", "/readyz").status, 200);
    assert_eq!(fs::metadata(small.path("set-aside")).unwrap().len(), 32 << 20);
}
