//! A disk that takes its time: while a sync stands nothing is acknowledged and no queue grows beyond its bound; then all goes on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::desk::{Answer, Hotline};

/// Clients at once: more than there are places for new orders.
const CLIENTS: usize = 200;
/// Places, as `src/http/gate.rs` has them: whoever finds none is told so.
const PLACES: usize = 128;

/// Makes the library that lets syncs stand while the file `stalled` is there; none where there is no C compiler.
fn standing_syncs(folder: &Path) -> Option<PathBuf> {
    let (source, library) = (folder.join("stall.c"), folder.join("libstall.so"));
    let text = format!(
        r#"#include <unistd.h>
#include <sys/syscall.h>
static void stand(void) {{ while (access("{}", F_OK) == 0) usleep(1000); }}
int fdatasync(int fd) {{ stand(); return syscall(SYS_fdatasync, fd); }}
int fsync(int fd) {{ stand(); return syscall(SYS_fsync, fd); }}
"#,
        folder.join("stalled").display()
    );
    fs::write(&source, text).unwrap();
    let made =
        Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status();
    made.is_ok_and(|status| status.success()).then_some(library)
}

fn accept(hotline: &Hotline, number: usize, urgency: &str) -> Answer {
    let order = json!({"content": format!("第 {number} 单:路灯不亮"), "urgency": urgency});
    hotline.post("call-taker", "/api/v1/orders", &order)
}

#[test]
fn while_a_sync_stands_nothing_is_acknowledged_and_the_queue_keeps_its_bound() {
    let folder = tempfile::tempdir().unwrap();
    let Some(library) = standing_syncs(folder.path()) else {
        println!("skipped: no C compiler, so no library that lets syncs stand");
        return;
    };
    let preload = [("LD_PRELOAD", library.to_str().unwrap())];
    let hotline = Hotline::start_under(&preload, |_| ());
    assert_eq!(accept(&hotline, 0, "urgent").status, 201);
    let stalled = folder.path().join("stalled");
    fs::write(&stalled, "").unwrap();
    let (answers, refused) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let (hotline, answers, refused) = (&hotline, &answers, &refused);
        for number in 1..=CLIENTS {
            scope.spawn(move || {
                let answer = accept(hotline, number, "normal");
                refused.fetch_add(usize::from(answer.status == 503), Ordering::SeqCst);
                answers.lock().unwrap().push(answer);
            });
        }
        let urgent = scope.spawn(move || accept(hotline, CLIENTS + 1, "urgent"));
        while refused.load(Ordering::SeqCst) < CLIENTS - PLACES {
            // Whoever only reads is answered meanwhile.
            assert_eq!(hotline.get("dispatcher", "/api/v1/orders/1").status, 200);
        }
        let so_far: Vec<u16> = answers.lock().unwrap().iter().map(|it| it.status).collect();
        assert!(so_far.iter().all(|&status| status == 503), "acknowledged unsynced: {so_far:?}");
        fs::remove_file(&stalled).unwrap();
        assert_eq!(urgent.join().unwrap().status, 201, "urgent orders are never turned away");
    });
    let answers = answers.into_inner().unwrap();
    let (refused, kept): (Vec<_>, Vec<_>) = answers.iter().partition(|it| it.status == 503);
    assert!(refused.iter().all(|answer| answer.retry_after.is_some()), "{refused:?}");
    assert!(kept.iter().all(|answer| answer.status == 201), "those who waited have it: {kept:?}");
    assert!((1..=PLACES).contains(&kept.len()), "{} of {CLIENTS}", kept.len());
    // The control: on the same disk, when it does not stand, an order is acknowledged at once.
    assert_eq!(accept(&hotline, CLIENTS + 2, "urgent").status, 201);
}
