//! A PostgreSQL of the distribution on a socket in a folder of its own, stopped when it is dropped, and by itself if nobody is left.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A program that only starts or stops something.
const START_SECONDS_MAX: u32 = 60;
/// The server, even if nobody is left to stop it.
const SERVER_SECONDS_MAX: u32 = 1_800;

/// A running server and its folder.
pub(crate) struct Postgres {
    server: Child,
    folder: PathBuf,
    is_root: bool,
}

impl Postgres {
    /// Makes a cluster in an empty folder and starts it durable: `fsync` and `synchronous_commit` are on.
    pub(crate) fn start(folder: &Path) -> Result<Postgres, String> {
        let is_root = rustix::process::geteuid().is_root();
        std::fs::create_dir(folder).map_err(|error| error.to_string())?;
        if is_root {
            open_to_others(folder);
        }
        let data = folder.join("data").display().to_string();
        let (encoding, locale) = ("--encoding=UTF8", "--locale=C.UTF-8");
        let made = ["-D", &data, "-U", "bench", "-A", "trust", encoding, locale];
        said(as_postgres(is_root, "initdb", START_SECONDS_MAX).args(made))?;
        let here = folder.display().to_string();
        let options = ["-c", "listen_addresses=", "-c", "fsync=on", "-c", "synchronous_commit=on"];
        let server = as_postgres(is_root, "postgres", SERVER_SECONDS_MAX)
            .args(["-D", &data, "-k", &here])
            .args(options)
            .args([
                "-c",
                "max_connections=200",
                "-c",
                "shared_buffers=1GB",
                "-c",
                "max_wal_size=4GB",
            ])
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("postgres: {error}"))?;
        let started = Postgres { server, folder: folder.to_owned(), is_root };
        let is_ready = (0..START_SECONDS_MAX).any(|_| {
            std::thread::sleep(Duration::from_secs(1));
            said(Command::new("pg_isready").args(["-h", &here])).is_ok()
        });
        if is_ready { Ok(started) } else { Err("PostgreSQL did not start".to_owned()) }
    }

    /// A client program on its socket: `psql` or `pgbench`.
    pub(crate) fn client(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.arg("-h").arg(&self.folder).args(["-U", "bench"]);
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.folder.join("data").display().to_string();
        let stop = ["-D", &data, "-m", "immediate", "-w", "stop"];
        let stopped = said(as_postgres(self.is_root, "pg_ctl", START_SECONDS_MAX).args(stop));
        let waited = self.server.wait();
        if let (Err(why), _) | (Ok(_), Err(why)) =
            (stopped, waited.map_err(|error| error.to_string()))
        {
            println!("PostgreSQL ends by itself later: {why}");
        }
    }
}

/// PostgreSQL does not run as root.
fn as_postgres(is_root: bool, program: &str, seconds_max: u32) -> Command {
    let mut command = Command::new("timeout");
    command.args(["--kill-after=5", &seconds_max.to_string()]);
    if is_root {
        command.args(["runuser", "-u", "postgres", "--"]);
    }
    command.arg(program).current_dir("/");
    command
}

/// What a program said, or why it failed.
pub(crate) fn said(command: &mut Command) -> Result<String, String> {
    let name = format!("{:?}", command.get_program());
    let output =
        command.stdin(Stdio::null()).output().map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("{name}: {}", words.lines().next().unwrap_or("failed")))
}

/// Lets another user into a folder made by root, and through the one above it.
fn open_to_others(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o777)).unwrap();
    let above = folder.parent().unwrap();
    std::fs::set_permissions(above, std::fs::Permissions::from_mode(0o755)).unwrap();
}
