//! Power cuts under the real binary: a file system in a file, shut down under load as the loss of power would, and mounted
//! again. For root on Linux with ext4 and loop devices; says why where it cannot be done, and then has proved nothing.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::Ordering;

use serde_json::Value;
use tempfile::TempDir;

use crate::audited::{ACKNOWLEDGED, Acknowledged, audit, audit_replay, load_until};
use crate::desk::{Hotline, run};

/// Of the file system: the models, what is set aside, the journal, and room.
const DISK_BYTES: u64 = 512 << 20;
/// EXT4_IOC_SHUTDOWN (`_IOR('X', 125, __u32)`) by way of another program: own crates make no system calls by hand.
const SHUTDOWN: &str = "import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack('I', int(sys.argv[2])))";
/// Ends every write at once, the file system's own log included.
const AT_ONCE: &str = "2";
/// The file system's log is still written.
const AFTER_ITS_LOG: &str = "1";
/// A sync that reports what it did not do.
const LYING_SYNC: &str = "int fsync(int fd) { (void)fd; return 0; }\n\
    int fdatasync(int fd) { (void)fd; return 0; }\n";
/// Power cuts until a lying sync is found out; the first one mostly does it.
const LIES_MAX: usize = 5;

/// A file system in a file.
struct Disk {
    folder: TempDir,
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Where a test fails something may still be open on it: it goes when that does.
        drop(Command::new("umount").arg("--lazy").arg(self.mounted()).output());
    }
}

impl Disk {
    /// None, and a word about it, where this machine lets nobody make one.
    fn made() -> Option<Disk> {
        let disk = Disk { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(disk.mounted()).unwrap();
        File::create(disk.image()).unwrap().set_len(DISK_BYTES).unwrap();
        let made = said(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(disk.image()))
            .and_then(|()| disk.mount())
            .and_then(|()| disk.cut(AFTER_ITS_LOG))
            .and_then(|()| disk.unmount())
            .and_then(|()| disk.mount());
        match made {
            Ok(()) => Some(disk),
            Err(reason) => {
                println!("skipped, and nothing is proved: no power can be cut here: {reason}");
                None
            }
        }
    }

    fn image(&self) -> PathBuf {
        self.folder.path().join("image")
    }

    fn mounted(&self) -> PathBuf {
        self.folder.path().join("disk")
    }

    fn mount(&self) -> Result<(), String> {
        said(Command::new("mount").args(["-o", "loop"]).arg(self.image()).arg(self.mounted()))
    }

    fn unmount(&self) -> Result<(), String> {
        said(Command::new("umount").arg(self.mounted()))
    }

    fn cut(&self, how: &str) -> Result<(), String> {
        said(Command::new("python3").args(["-c", SHUTDOWN]).arg(self.mounted()).arg(how))
    }

    /// The power comes back.
    fn restored(&self) {
        self.unmount().and_then(|()| self.mount()).unwrap();
    }
}

/// Runs a command; what it said where it failed.
fn said(command: &mut Command) -> Result<(), String> {
    let ended = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let words = String::from_utf8_lossy(&ended.stderr).trim().to_owned();
    if ended.status.success() { Ok(()) } else { Err(format!("{command:?}: {words}")) }
}

/// Cuts the power while clients wait for answers. A cut takes a moment here, in which the file system grants syncs that it no
/// longer does (extents stay unwritten): without power nobody would have had an answer then.
fn load_until_cut(hotline: &mut Hotline, disk: &Disk, round: usize) -> Acknowledged {
    load_until(hotline, round, |hotline, is_void| {
        is_void.store(true, Ordering::SeqCst);
        disk.cut(if round.is_multiple_of(2) { AT_ONCE } else { AFTER_ITS_LOG }).unwrap();
        hotline.kill();
    })
}

#[test]
#[ignore = "a minute or two, and root"]
fn fifty_power_cuts_under_load_lose_no_acknowledged_order_and_make_none_twice() {
    const CUTS: usize = 50;
    let Some(disk) = Disk::made() else { return };
    let mut hotline = Hotline::start_at(&disk.mounted(), &[]);
    let mut acknowledged = Acknowledged::new();
    for round in 0..CUTS {
        let seen = load_until_cut(&mut hotline, &disk, round);
        disk.restored();
        hotline.again();
        audit(&hotline, &seen, round);
        acknowledged.extend(seen);
    }
    audit(&hotline, &acknowledged, CUTS);
    assert!(acknowledged.len() >= CUTS * ACKNOWLEDGED);
    println!(
        "{CUTS} power cuts, {} acknowledged orders: none lost, none twice",
        acknowledged.len()
    );
    audit_replay(hotline, &acknowledged);
}

/// The control: the same cuts under a sync that does nothing lose what was acknowledged.
#[test]
#[ignore = "root"]
fn a_power_cut_under_syncs_that_do_nothing_loses_acknowledged_orders() {
    let Some(disk) = Disk::made() else { return };
    let (source, library) = (disk.folder.path().join("lie.c"), disk.folder.path().join("lie.so"));
    fs::write(&source, LYING_SYNC).unwrap();
    let built =
        said(Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source));
    if let Err(reason) = built {
        println!("skipped, and nothing is proved: {reason}");
        return;
    }
    let mut hotline = Hotline::start_at(&disk.mounted(), &[]);
    assert!(hotline.stop());
    let mut acknowledged = 0;
    for round in 0..LIES_MAX {
        // What it begins with is on the disk; the lies begin here.
        disk.restored();
        hotline.again_under(&[("LD_PRELOAD", library.to_str().unwrap())]);
        acknowledged += load_until_cut(&mut hotline, &disk, 2 * round).len();
        disk.restored();
        let left = orders_in(&disk.mounted());
        if left.is_none_or(|left| left < acknowledged as u64) {
            println!("{acknowledged} acknowledged, {left:?} left after {} cuts", round + 1);
            return;
        }
    }
    panic!("{LIES_MAX} cuts lost nothing: this proves nothing about syncs");
}

/// Orders in a data folder; none where it cannot be replayed.
fn orders_in(data: &Path) -> Option<u64> {
    let verified = run(&["verify", data.to_str().unwrap(), "--json"]);
    serde_json::from_slice::<Value>(&verified.stdout).ok()?["orders"].as_u64()
}
