//! Articles imported and changed with the real binary. A file with mistakes changes nothing. Under kills each article is acknowledged
//! as a whole or not there at all, and what the index finds after a restart is what the journal holds.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use crate::desk::{Hotline, binary};

/// Articles of an import.
const ARTICLES: u64 = 250;
/// Kills while one runs.
const KILLS: u64 = 6;

fn id(number: u64) -> String {
    format!("import-{number}")
}

/// A number that stands in no other article.
fn title(number: u64) -> String {
    format!("第{}号规程怎么查", 700_000 + number)
}

fn body(number: u64, round: u64) -> String {
    format!("第{round}稿。{}到窗口查询。", "请按须知办理。".repeat(40 + number as usize % 7))
}

fn lines(round: u64) -> String {
    let line =
        |number| json!({"id": id(number), "title": title(number), "body": body(number, round)});
    (0..ARTICLES).map(|number| format!("{}\n", line(number))).collect()
}

fn import(hotline: &Hotline, file: &std::path::Path) -> Child {
    let mut import = binary();
    import.args(["knowledge", "import", file.to_str().unwrap(), "--server", &hotline.address]);
    import.env("HOTLINE_TOKEN", hotline.token("admin"));
    import.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap()
}

/// How many articles the import was told that they are there.
fn acknowledged(import: Child) -> u64 {
    let ended = import.wait_with_output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    let after = said.split("after ").nth(1).and_then(|rest| rest.split(' ').next());
    match after {
        Some(count) => count.parse().unwrap(),
        None => {
            assert!(ended.status.success(), "{said}");
            ARTICLES
        }
    }
}

fn article(hotline: &Hotline, id: &str) -> Option<Value> {
    let answer = hotline.get("call-taker", &format!("/api/v1/knowledge/{id}"));
    (answer.status == 200).then_some(answer.json)
}

fn found_first(hotline: &Hotline, words: &str) -> Option<String> {
    let query: String = words.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let answer = hotline.get("call-taker", &format!("/api/v1/knowledge?q={query}&limit=1"));
    answer.json["data"][0]["id"].as_str().map(str::to_owned)
}

#[test]
fn kills_during_an_import_lose_no_article_and_leave_none_half_there() {
    let mut hotline = Hotline::start();
    let file = hotline.data().with_extension("jsonl");
    for round in 1..=KILLS {
        std::fs::write(&file, lines(round)).unwrap();
        let running = import(&hotline, &file);
        // Ever later in the import, and always while it runs.
        let reached = ARTICLES * round / (KILLS + 2);
        let is_new = |article: Value| article["body"] == body(reached, round);
        while !article(&hotline, &id(reached)).is_some_and(is_new) {}
        hotline.kill();
        let taken = acknowledged(running);
        // The kill may come before the import hears of the article that was just seen.
        assert!(taken >= reached, "{taken} were told of, and {reached} was seen");
        hotline.again();
        audit(&hotline, taken, round);
    }
    std::fs::write(&file, lines(KILLS + 1)).unwrap();
    assert_eq!(acknowledged(import(&hotline, &file)), ARTICLES, "the import runs to its end");
    hotline.kill();
    hotline.again();
    audit(&hotline, ARTICLES, KILLS + 1);
}

#[test]
fn an_import_names_every_mistake_that_the_hotline_sees_and_takes_nothing() {
    let hotline = Hotline::start();
    let file = hotline.data().with_extension("csv");
    let long = "长".repeat(20_001);
    let table = format!(
        "编号,标题,内容,单位,事项,链接,来源\n\
        m-1,好的,内容,,,,\n\
        m-2,单位不对,内容,nowhere,没有/这个/事项,,\n\
        m-3,太长,{long},,,,\n\
        m-4,链接不对,内容,,,ftp://example.com,文件\n\
        ,没有编号,内容,nowhere,,,\n"
    );
    std::fs::write(&file, table).unwrap();
    let ended = import(&hotline, &file).wait_with_output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(!ended.status.success() && said.contains("6 mistakes, nothing was taken:"), "{said}");
    assert_eq!(said.lines().count(), 7, "one a line: {said}");
    let name = file.display();
    for wanted in [
        format!("{name} row 3: matter: no such matter"),
        format!("{name} row 3: unit: no such unit in force"),
        format!("{name} row 4: body: is longer than 20000"),
        format!("{name} row 5: source.link: is not an address"),
        format!("{name} row 6: id is empty"),
        format!("{name} row 6: unit: no such unit in force"),
    ] {
        assert!(said.contains(&wanted), "{wanted}: {said}");
    }
    assert_eq!(article(&hotline, "m-1"), None, "what is right was not taken either");
    let file = hotline.data().with_extension("jsonl");
    let line = json!({"id": "m-6", "title": "", "unit": "nowhere", "valid_to": "morgen", "foo": 1});
    std::fs::write(&file, line.to_string()).unwrap();
    let ended = import(&hotline, &file).wait_with_output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(said.contains("5 mistakes, nothing was taken:"), "{said}");
    for wanted in [
        "title is empty",
        "missing field `body`",
        "unit: no such unit",
        "valid_to: ",
        "unknown field `foo`",
    ] {
        assert_eq!(said.matches(wanted).count(), 1, "{wanted}: {said}");
    }
}

/// The first ones are of this round, the one under way is of this round or the last, and the others are as they were; each is found.
fn audit(hotline: &Hotline, taken: u64, round: u64) {
    for number in 0..ARTICLES {
        let Some(article) = article(hotline, &id(number)) else {
            assert!(number >= taken, "round {round}: article {number} is lost");
            continue;
        };
        let said = article["body"].as_str().unwrap();
        let rounds = match number {
            _ if number < taken => round..=round,
            _ if number == taken => 1..=round,
            _ => 1..=round - 1,
        };
        let mut bodies = rounds.map(|round| body(number, round));
        assert!(bodies.any(|body| body == said), "round {round}: article {number} says {said}");
        assert_eq!(article["title"], title(number));
        assert_eq!(found_first(hotline, &title(number)), Some(id(number)), "round {round}");
    }
}

#[test]
fn kills_between_changes_of_one_article_leave_a_whole_version_that_search_agrees_with() {
    let mut hotline = Hotline::start();
    let path = "/api/v1/knowledge/one";
    // Names each change by a number that no other change has.
    let text = |change: u64| format!("编号{}的办法", 500_000 + change);
    let mut change = 0;
    for round in 0..KILLS {
        let told = AtomicU64::new(change);
        std::thread::scope(|scope| {
            let (shown, told) = (&hotline, &told);
            let writer = scope.spawn(move || {
                for next in change + 1.. {
                    let article = json!({"title": text(next), "body": text(next)}).to_string();
                    match shown.try_call("admin", "PUT", path, article.as_bytes()) {
                        Some(200) => told.store(next, Ordering::SeqCst),
                        _ => return,
                    }
                }
            });
            while told.load(Ordering::SeqCst) < change + 5 + round * 3 {}
            hotline.signal("-KILL");
            writer.join().unwrap();
        });
        let told = told.into_inner();
        hotline.ended();
        hotline.again();
        let article = article(&hotline, "one").expect("it was acknowledged");
        let now = (told..=told + 1).find(|change| article["title"] == text(*change));
        change = now.unwrap_or_else(|| panic!("{told} was acknowledged, and it is {article}"));
        assert_eq!(article["body"], text(change), "title and body are of one change");
        assert_eq!(found_first(&hotline, &text(change)).as_deref(), Some("one"));
        let life = hotline.get("auditor", &format!("{path}/versions")).json;
        assert_eq!(life["versions"][0]["body"], text(change));
        assert_eq!(life["answering"], change, "every acknowledged change is a version");
    }
}

/// Passes each line on to the hotline but the first two: one is told that it is busy, one hears nothing.
fn before(address: String) -> String {
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    let here = door.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let busy = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 0\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        for (number, line) in door.incoming().enumerate() {
            let mut line = line.unwrap();
            match number {
                0 => line.write_all(busy.as_bytes()).unwrap(),
                1 => {}
                _ => {
                    let hotline = TcpStream::connect(&address).unwrap();
                    let (mut asked, mut to) =
                        (line.try_clone().unwrap(), hotline.try_clone().unwrap());
                    std::thread::spawn(move || drop(std::io::copy(&mut asked, &mut to)));
                    std::thread::spawn(move || drop(std::io::copy(&mut &hotline, &mut line)));
                }
            }
        }
    });
    here
}

#[test]
fn an_import_comes_again_where_its_line_was_closed() {
    let hotline = Hotline::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("articles.jsonl");
    std::fs::write(&file, lines(1)).unwrap();
    let mut import = binary();
    let door = before(hotline.address.clone());
    import.args(["knowledge", "import", file.to_str().unwrap(), "--server", &door]);
    let import = import.env("HOTLINE_TOKEN", hotline.token("admin")).output().unwrap();
    assert!(import.status.success(), "{}", String::from_utf8_lossy(&import.stderr));
    let last = format!("/api/v1/knowledge/{}", id(ARTICLES - 1));
    assert_eq!(hotline.get("call-taker", &last).status, 200);
}
