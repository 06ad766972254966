//! How the hotline ends when it cannot go on: the words, and the code that tells a script what to do about it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::desk::{Hotline, run};
use crate::tour::street_vendors;

/// Ended as it should: with this code, and these words on stderr.
#[track_caller]
fn check(what: &str, ended: &Output, code: i32, words: &[&str]) {
    let error = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(code), "{what}: {error}");
    for word in words {
        assert!(error.contains(word), "{what}: {error}");
    }
    let told = error.lines().filter(|line| line.starts_with("hotline: ")).count();
    assert!(told <= 1, "{what}: told once, on one line: {error}");
}

fn serve<'a>(data: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["serve", "--sample", "--listen", "127.0.0.1:0", "--data", data], more].concat()
}

fn first_segment(data: &Path) -> PathBuf {
    let names = fs::read_dir(data.join("journal")).unwrap().map(|entry| entry.unwrap().path());
    let is_segment = |path: &PathBuf| path.extension().is_some_and(|it| it == "journal");
    names.filter(is_segment).min().unwrap()
}

#[test]
fn unknown_words_on_the_command_line_end_with_2() {
    for arguments in [&["serve", "--frobnicate"][..], &["sreve"], &["serve", "--listen", "x"]] {
        let ended = run(arguments);
        check(&arguments.join(" "), &ended, 2, &["error: ", "--help"]);
    }
}

#[test]
fn a_taken_address_ends_with_69_and_a_taken_folder_with_75() {
    let hotline = Hotline::start();
    let other = tempfile::tempdir().unwrap();
    let (data, other) = (hotline.data().to_str().unwrap(), other.path().to_str().unwrap());
    let ended = run(&["serve", "--sample", "--data", other, "--listen", &hotline.address]);
    check("a taken address", &ended, 69, &["cannot listen on", &hotline.address]);
    assert!(fs::read_dir(other).unwrap().next().is_none(), "nothing was made before");
    let ended = run(&serve(data, &[]));
    check("a taken folder", &ended, 75, &["open for writing elsewhere", data]);
    // Somebody takes the file away that seemed to be in the way.
    fs::remove_file(hotline.data().join("journal/journal.lock")).unwrap();
    let ended = run(&serve(data, &[]));
    check("without its file", &ended, 75, &["open for writing elsewhere", data]);
    assert_eq!(hotline.get("", "/readyz").status, 200, "the first one goes on");
}

/// CRC-32 as of Ethernet, bit by bit: a few bytes in one test.
fn crc32(bytes: &[u8]) -> u32 {
    let fold = |crc: u32, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
    !bytes.iter().fold(!0, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), fold))
}

#[test]
fn a_journal_of_a_newer_version_ends_with_76_and_a_damaged_one_with_65_and_both_stay_as_they_are() {
    let mut hotline = Hotline::start();
    assert_eq!(hotline.post("call-taker", "/api/v1/orders", &street_vendors()).status, 201);
    assert!(hotline.stop());
    let data = hotline.data().to_str().unwrap().to_owned();
    let segment = first_segment(hotline.data());
    let whole = fs::read(&segment).unwrap();
    let mut newer = whole.clone();
    newer[8..12].copy_from_slice(&99_u32.to_le_bytes());
    let check_of_head = crc32(&newer[..60]);
    newer[60..64].copy_from_slice(&check_of_head.to_le_bytes());
    let mut damaged = whole.clone();
    let written = damaged.iter().rposition(|&byte| byte != 0).unwrap();
    damaged[written / 2] ^= 1;
    for (what, bytes, code, words) in [
        ("newer", newer, 76, ["has format 99", "use the program that wrote it"]),
        ("damaged", damaged, 65, ["is damaged at record", "from a copy"]),
    ] {
        fs::write(&segment, &bytes).unwrap();
        check(what, &run(&serve(&data, &[])), code, &words);
        check(what, &run(&["verify", &data]), code, &words);
        assert_eq!(fs::read(&segment).unwrap(), bytes, "{what}");
    }
    fs::write(&segment, &whole).unwrap();
    let tokens = hotline.data().join("tokens.json");
    let good = fs::read(&tokens).unwrap();
    fs::write(&tokens, &good[..good.len() / 2]).unwrap();
    check("half of the tokens", &run(&serve(&data, &[])), 65, &["tokens.json", "EOF"]);
    // The control: the very same bytes as before start.
    fs::write(&tokens, &good).unwrap();
    hotline.again();
    assert_eq!(hotline.get("admin", "/api/v1/orders/1").status, 200);
}

#[test]
fn a_folder_that_cannot_be_written_ends_with_77() {
    let mut hotline = Hotline::start();
    assert!(hotline.stop());
    let data = hotline.data().to_str().unwrap();
    // A mount of its own, read-only even for root, that ends with the process.
    let script = format!(
        "mount --bind {data} {data} && mount -o remount,ro,bind {data} && exec {} {}",
        env!("CARGO_BIN_EXE_hotline"),
        serve(data, &[]).join(" ")
    );
    let mut unshare = Command::new("unshare");
    let ended = unshare.args(["--mount", "--map-root-user", "sh", "-c", &script]).output();
    let Ok(ended) = ended else {
        println!("skipped: no unshare on this machine, so no folder is read-only for us");
        return;
    };
    let error = String::from_utf8_lossy(&ended.stderr);
    if error.contains("unshare") || error.contains("mount:") {
        println!("skipped: this machine lets nobody mount: {error}");
        return;
    }
    check("read-only", &ended, 77, &["Read-only file system", data]);
}

/// Makes the library that lets syncs fail while the file `broken` is there; none where there is no C compiler.
fn failing_syncs(folder: &Path) -> Option<PathBuf> {
    let (source, library) = (folder.join("eio.c"), folder.join("libeio.so"));
    let broken = folder.join("broken");
    let text = format!(
        r#"#include <errno.h>
#include <unistd.h>
#include <sys/syscall.h>
static int fails(void) {{ return access("{}", F_OK) == 0; }}
int fdatasync(int fd) {{ if (fails()) {{ errno = EIO; return -1; }} return syscall(SYS_fdatasync, fd); }}
int fsync(int fd) {{ if (fails()) {{ errno = EIO; return -1; }} return syscall(SYS_fsync, fd); }}
"#,
        broken.display()
    );
    fs::write(&source, text).unwrap();
    let made =
        Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status();
    made.is_ok_and(|status| status.success()).then_some(library)
}

#[test]
fn a_disk_that_fails_under_way_ends_with_74_and_acknowledges_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some(library) = failing_syncs(folder.path()) else {
        println!("skipped: no C compiler, so no library that lets syncs fail");
        return;
    };
    let preload = [("LD_PRELOAD", library.to_str().unwrap())];
    let mut hotline = Hotline::start_under(&preload, |_| ());
    let path = "/api/v1/orders";
    assert_eq!(hotline.post("call-taker", path, &street_vendors()).status, 201);
    fs::write(folder.path().join("broken"), "").unwrap();
    let answer = hotline.post("call-taker", path, &street_vendors());
    // Nobody knows whether the disk has it: it must not be told as refused.
    assert_eq!((answer.status, answer.json["code"].as_str()), (500, Some("unknown")));
    assert_eq!(hotline.ended(), Some(74), "{}", hotline.log());
    let log = hotline.log();
    assert!(log.contains("restart to recover") && log.contains("could not"), "{log}");
    // It does not start on such a disk either.
    let data = hotline.data().to_str().unwrap().to_owned();
    let ended = crate::desk::binary().args(serve(&data, &[])).envs(preload).output().unwrap();
    check("still broken", &ended, 74, &["Input/output error"]);
    // The control: the same disk, whole again, holds the acknowledged order and takes new ones.
    fs::remove_file(folder.path().join("broken")).unwrap();
    hotline.again();
    assert_eq!(hotline.get("admin", "/api/v1/orders/1").status, 200);
    assert_eq!(hotline.post("call-taker", path, &street_vendors()).status, 201);
}

/// A log that nobody takes any more, or that is full, costs no order and no reload, and the stop is clean.
#[test]
fn a_log_that_cannot_be_written_stops_nothing() {
    let mut hotline = Hotline::start();
    assert!(hotline.stop());
    hotline.again_behind("exec 2>/dev/full");
    let first = hotline.accept(&street_vendors());
    hotline.signal("-HUP");
    let second = hotline.accept(&street_vendors());
    assert_eq!(hotline.get("supervisor", "/readyz").status, 200);
    assert!(hotline.stop(), "it ends well");
    assert!(hotline.data().join("stopped-at").exists(), "and says so");
    hotline.again_behind("true");
    for order in [first, second] {
        let path = format!("/api/v1/orders/{}", order["id"]);
        assert_eq!(hotline.get("supervisor", &path).status, 200);
    }
}

/// What a binary says whose stdout is a pipe that nobody reads any more.
fn unread(arguments: &[&str]) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    crate::desk::binary().args(arguments).stdout(writer).output().unwrap()
}

/// Whoever reads no further has heard enough; what can be seen this once was not seen.
#[test]
fn a_pipe_that_has_ended_ends_a_command_well_but_for_what_is_shown_once() {
    let folder = tempfile::tempdir().unwrap();
    let first = folder.path().join("first").to_str().unwrap().to_owned();
    let started = unread(&serve(&first, &[]));
    check("a first start", &started, 1, &["the tokens cannot be shown, and are not kept"]);
    assert!(!Path::new(&first).join("tokens.json").exists());

    let mut hotline = Hotline::start();
    hotline.accept(&street_vendors());
    assert!(hotline.stop());
    let data = hotline.data().to_str().unwrap();
    let token = ["token", "--data", data, "--name", "neu", "--role", "supervisor"];
    check("a token", &unread(&token), 1, &["take this one out of tokens.json"]);
    for arguments in [
        &["verify", data][..],
        &["explain", "1", "--data", data],
        &["model", "list", data],
        &["model", "drift", data],
    ] {
        check(&arguments.join(" "), &unread(arguments), 0, &[]);
    }
}

/// A pipe, a device or a link stays what it is: what is written goes to where it leads.
#[test]
fn what_is_no_file_is_written_to_and_not_replaced() {
    let mut hotline = Hotline::start();
    hotline.accept(&street_vendors());
    assert!(hotline.stop());
    let data = hotline.data().to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let to = |name: &str| {
        let out = path(name).to_str().unwrap().to_owned();
        check(name, &run(&["audit", "1", "--data", data, "--out", &out]), 0, &[]);
    };
    fs::write(path("file"), "old").unwrap();
    std::os::unix::fs::symlink(path("file"), path("link")).unwrap();
    to("link");
    assert!(
        path("link").is_symlink()
            && fs::read_to_string(path("file")).unwrap().contains("hotline-trail")
    );
    let made = Command::new("mkfifo").arg(path("pipe")).status().unwrap();
    assert!(made.success());
    let reader = std::thread::spawn({
        let pipe = path("pipe");
        move || fs::read_to_string(pipe).unwrap()
    });
    to("pipe");
    assert!(reader.join().unwrap().contains("hotline-trail"));
}

/// A write beyond the largest file that a process may have is an error of its disk, not the end of it without a word.
#[test]
fn a_limit_on_files_is_an_error_of_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data").to_str().unwrap().to_owned();
    let binary = env!("CARGO_BIN_EXE_hotline");
    let line = format!("ulimit -f 1024; exec {binary} {}", serve(&data, &[]).join(" "));
    let ended = Command::new("bash").args(["-c", &line]).output().unwrap();
    check("files of 1 MiB", &ended, 74, &["File too large"]);
}

/// A stop has its note to write there, and a snapshot its folder: that neither can be made is known at the start.
#[test]
fn a_folder_that_may_not_be_written_is_refused_although_its_journal_may() {
    use std::os::unix::fs::PermissionsExt;

    let mut hotline = Hotline::start();
    assert!(hotline.stop());
    let data = hotline.data().to_owned();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o500)).unwrap();
    let is_bound = fs::write(data.join("probe"), "").is_err();
    let ended = is_bound.then(|| run(&serve(data.to_str().unwrap(), &[])));
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
    match ended {
        Some(ended) => check("read only", &ended, 77, &["Permission denied"]),
        None => println!("skipped: root may write everywhere"),
    }
    hotline.again();
}

/// Nobody panics where a pipe has ended or what is printed finds no room: it is an end like any other.
#[test]
fn what_cannot_be_printed_ends_in_words() {
    let mut hotline = Hotline::start();
    hotline.accept(&street_vendors());
    assert!(hotline.stop());
    let data = hotline.data().to_str().unwrap();
    let explain = ["explain", "1", "--data", data];
    let token = ["token", "--data", data, "--name", "neu", "--role", "supervisor"];
    for (arguments, word) in [
        (&["verify", data][..], "No space"),
        (&explain, "No space"),
        (&token, "take this one out of"),
    ] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let ended = crate::desk::binary().args(arguments).stdout(full).output().unwrap();
        let error = String::from_utf8_lossy(&ended.stderr);
        assert!(!error.contains("panicked") && error.contains(word), "{arguments:?}: {error}");
        assert!(ended.status.code().is_some_and(|code| code != 0 && code != 101), "{arguments:?}");
    }
}
