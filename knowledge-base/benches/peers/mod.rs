//! The peers: SQLite and PostgreSQL through their command lines, timed by themselves. Judges nothing.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Load, PEER_QUESTIONS, Question, told, worth};

type Said = fn(&Question) -> &str;
const KINDS: [(&str, Said); 2] = [("line", |one| &one.line), ("story", |one| &one.story)];
/// Stands before the answers to each question.
const MARK: &str = "question";
/// A program that only starts or stops something, in seconds.
const START_SECONDS_MAX: u32 = 60;
/// PostgreSQL's answers to all questions, in seconds: what it has not answered by then is left out.
const ASKING_SECONDS_MAX: u32 = 300;
/// Its answer to one question, which then counts with this time and without answers.
const ANSWER_SECONDS_MAX: u32 = 10;
/// Its server, in seconds, even if nobody is left to stop it.
const SERVER_SECONDS_MAX: u32 = 900;
/// How `timeout` ends when it has stopped a program.
const TIMED_OUT: i32 = 124;

/// Runs of letters and digits, each cut into pieces of `letters`, once each, in order of appearance.
fn pieces(text: &str, letters: usize) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for run in text.split(|letter: char| !letter.is_alphanumeric()) {
        let run: Vec<char> = run.chars().collect();
        pieces.extend(
            run.windows(letters).map(|piece| piece.iter().collect::<String>().to_lowercase()),
        );
    }
    pieces.sort_unstable();
    pieces.dedup();
    pieces
}

/// FTS5 with its trigram tokenizer, any of the question's trigrams, ordered by its BM25.
pub(crate) fn sqlite(load: &Load) {
    let mut script = String::from(
        "CREATE VIRTUAL TABLE article USING fts5(id UNINDEXED, title, body, tokenize='trigram');\nBEGIN;\n",
    );
    let quoted = |text: &str| text.replace('\'', "''").replace('\0', "");
    for article in &load.articles {
        let (id, title, body) =
            (quoted(&article.id), quoted(&article.title), quoted(&article.body));
        writeln!(script, "INSERT INTO article VALUES('{id}','{title}','{body}');").unwrap();
    }
    script.push_str("COMMIT;\n.timer on\n");
    for (_, said) in KINDS {
        for question in load.questions.iter().take(PEER_QUESTIONS) {
            let any: Vec<_> =
                pieces(said(question), 3).iter().map(|piece| format!("\"{piece}\"")).collect();
            let any = if any.is_empty() { "\"\"".to_owned() } else { any.join(" OR ") };
            writeln!(script, ".print {MARK}").unwrap();
            writeln!(
                script,
                "SELECT id FROM article WHERE article MATCH '{any}' ORDER BY rank LIMIT 10;"
            )
            .unwrap();
        }
    }
    match run(Command::new("sqlite3").arg(":memory:"), &script) {
        Ok((said, _)) => report("SQLite FTS5 trigram", load, &said, "Run Time: real ", 1.0),
        Err(why) => println!("SQLite left out: {why}"),
    }
}

/// A tsvector of pairs under a GIN index, any of the question's pairs, ordered by `ts_rank`.
pub(crate) fn postgres(load: &Load) {
    if let Err(why) =
        postgres_in(load, &std::env::temp_dir().join(format!("knowledge-{}", std::process::id())))
    {
        println!("PostgreSQL left out: {why}");
    }
}

fn postgres_in(load: &Load, folder: &Path) -> Result<(), String> {
    std::fs::create_dir(folder).map_err(|error| error.to_string())?;
    let here = folder.display().to_string();
    // PostgreSQL does not run as root.
    let root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout == b"0\n");
    if root {
        run(Command::new("chmod").args(["777", &here]), "")?;
    }
    // Whatever becomes of us, each program ends by itself.
    let command = |program: &str, seconds_max: u32| {
        let mut command = Command::new("timeout");
        command.args(["--kill-after=5", &seconds_max.to_string()]);
        if root {
            command.args(["runuser", "-u", "postgres", "--"]);
        }
        command.arg(program);
        command
    };
    let data = format!("{here}/data");
    run(
        command("initdb", START_SECONDS_MAX).args(["-D", &data, "-U", "bench", "-A", "trust"]),
        "",
    )?;
    let mut server = command("postgres", SERVER_SECONDS_MAX)
        .args(["-D", &data, "-k", &here, "-c", "listen_addresses=", "-c", "fsync=off"])
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("postgres: {error}"))?;
    let ready = (0..START_SECONDS_MAX).any(|_| {
        std::thread::sleep(Duration::from_secs(1));
        run(command("pg_isready", START_SECONDS_MAX).args(["-h", &here]), "").is_ok()
    });
    let connection = ["-h", &here, "-U", "bench", "-qAt", "-v", "ON_ERROR_STOP=1", "postgres"];
    let said = match ready {
        true => {
            run_partly(command("psql", ASKING_SECONDS_MAX).args(connection), &postgres_script(load))
        }
        false => Err("it did not start".to_owned()),
    };
    let stop = ["-D", &data, "-m", "immediate", "-w", "stop"];
    let stopped = run(command("pg_ctl", START_SECONDS_MAX).args(stop), "");
    server.wait().map_err(|error| error.to_string())?;
    std::fs::remove_dir_all(folder).map_err(|error| error.to_string())?;
    let said = said?;
    stopped?;
    report("PostgreSQL tsvector of pairs", load, &said, "Time: ", 1e-3);
    Ok(())
}

fn postgres_script(load: &Load) -> String {
    let mut script = String::from("CREATE TABLE article (id text, pairs tsvector);\nBEGIN;\n");
    for article in &load.articles {
        let text = format!("{} {}", article.title, article.body);
        let pairs: Vec<String> = pieces(&text, 2);
        let array: Vec<_> = pairs.iter().map(|pair| format!("'{pair}'")).collect();
        let (id, array) = (&article.id, array.join(","));
        writeln!(
            script,
            "INSERT INTO article VALUES ('{id}', array_to_tsvector(ARRAY[{array}]::text[]));"
        )
        .unwrap();
    }
    script.push_str("COMMIT;\nCREATE INDEX ON article USING gin (pairs);\nANALYZE article;\n");
    writeln!(script, "SET statement_timeout = '{ANSWER_SECONDS_MAX}s';").unwrap();
    script.push_str("\\set ON_ERROR_STOP 0\n\\timing on\n");
    for (_, said) in KINDS {
        for question in load.questions.iter().take(PEER_QUESTIONS) {
            let any: Vec<_> =
                pieces(said(question), 2).iter().map(|pair| format!("''{pair}''")).collect();
            let any = any.join("|");
            writeln!(script, "\\echo {MARK}").unwrap();
            writeln!(
                script,
                "SELECT id FROM article, to_tsquery('simple', '{any}') asked WHERE pairs @@ asked \
                 ORDER BY ts_rank(pairs, asked, 1) DESC LIMIT 10;"
            )
            .unwrap();
        }
    }
    script
}

/// Gives a program its input; what it said, even if it was stopped for taking too long.
fn run_partly(command: &mut Command, input: &str) -> Result<String, String> {
    let mut child = command
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let feeding = std::thread::spawn(move || stdin.write_all(input.as_bytes()).is_ok());
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let fed = feeding.join().unwrap();
    match output.status.code() {
        Some(0) if fed => {}
        Some(TIMED_OUT) => println!("PostgreSQL was stopped after {ASKING_SECONDS_MAX} s"),
        code => return Err(format!("ended with {code:?}")),
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Gives a program its input; what it said, and how long it took.
fn run(command: &mut Command, input: &str) -> Result<(String, Duration), String> {
    let name = format!("{:?}", command.get_program());
    let began = Instant::now();
    let mut child = command
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{name}: {error}"))?;
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // A program that ends early says why itself.
    let feeding = std::thread::spawn(move || stdin.write_all(input.as_bytes()).is_ok());
    let output = child.wait_with_output().map_err(|error| format!("{name}: {error}"))?;
    let fed = feeding.join().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || !fed {
        return Err(format!("{name}: {}", said.lines().next().unwrap_or("ended early")));
    }
    Ok((String::from_utf8_lossy(&output.stdout).into_owned(), began.elapsed()))
}

/// Reads the answers and the times that the program printed behind each mark.
fn report(peer: &str, load: &Load, said: &str, timer: &str, unit: f64) {
    let asked: Vec<&str> = said.split(&format!("{MARK}\n")).skip(1).collect();
    let each = load.questions.len().min(PEER_QUESTIONS);
    for (number, (name, _)) in KINDS.iter().enumerate() {
        let (mut times, mut ranks) = (Vec::new(), Vec::new());
        let answers = asked.iter().skip(number * each).take(each);
        for (answer, question) in answers.zip(&load.questions) {
            let ids = answer.lines().filter(|line| !line.starts_with(timer.trim_end()));
            ranks.push(ids.clone().position(|id| id == question.right).map(|at| at + 1));
            let time = answer.lines().find_map(|line| line.strip_prefix(timer));
            let seconds = time.and_then(|time| time.split_whitespace().next()?.parse::<f64>().ok());
            times.extend(seconds.map(|seconds| Duration::from_secs_f64(seconds * unit)));
        }
        if times.is_empty() {
            println!("{peer}, {name}: it told no times");
        } else {
            let answered = times.len();
            println!("{peer}, {name}: {}; {} of {answered} questions", told(times), worth(&ranks));
        }
    }
}
