//! `hotline knowledge import`: puts the articles of a file into a running hotline or into another file.
//!
//! First the whole file is read and each article is shown to the hotline, and all mistakes are named; only without any are they
//! taken, one by one. Should one be refused then (somebody else was at work, the hotline stopped), it says which, how many were
//! taken and how many are left; the same import again changes only what is not there yet.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::Args;
use hotline_engine::article::{Article, ArticleDraft};
use hotline_engine::decide::ARTICLES_MAX;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::files::{self, Listed, Mistakes};
use crate::cli::Wrong;
use crate::district::ArticleLine;

/// An answer to one article; a hotline under full load commits within a few milliseconds.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How often an article is sent again to a hotline that is busy, and how long each time it is waited for at most: half a minute of
/// What is waited where the hotline has closed the connection.
const AGAIN_AFTER_CLOSED: Duration = Duration::from_secs(1);
/// the second that a busy hotline asks for.
const AGAIN_MAX: u32 = 30;
const AGAIN_AFTER_MAX: Duration = Duration::from_secs(10);
/// Bytes of an answer that are read: a problem fits many times.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// Options of `knowledge import`.
#[derive(Args, Debug)]
pub struct ImportArgs {
    /// Articles: .jsonl, .csv, .xlsx, or a folder of .md pages; with id, title, body, and optionally matter, unit, valid_from,
    /// valid_to, source, source_number, source_link and review_on. In JSONL, source is an object of document, number and link
    file: PathBuf,
    /// Loopback address of the hotline
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:12345", conflicts_with = "out")]
    server: SocketAddr,
    /// A token that may put articles
    #[arg(long, env = "HOTLINE_TOKEN")]
    token: Option<String>,
    /// Put them into this file of articles instead; those with the same id are replaced
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(args: &ImportArgs) -> anyhow::Result<()> {
    if let Some(out) = &args.out {
        return merge(out, files::read(&args.file)?);
    }
    ensure!(
        args.server.ip().is_loopback(),
        Wrong(format!("--server: {} is not a loopback address", args.server))
    );
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (articles, mistakes) = files::read_and_mistakes(&args.file)?;
    let taken = runtime.block_on(send_all(args, &articles, mistakes))?;
    eprintln!("{taken} articles are in the hotline at {}", args.server);
    Ok(())
}

/// Replaces and appends; the file is whole before and after.
fn merge(out: &Path, articles: Vec<Listed>) -> anyhow::Result<()> {
    let name = out.display().to_string();
    let before = if out.exists() { files::read(out)? } else { Vec::new() };
    let mut merged: Vec<ArticleDraft> = before.into_iter().map(|(_, draft)| draft).collect();
    let mut places: BTreeMap<String, usize> =
        merged.iter().enumerate().map(|(at, draft)| (draft.article.id.clone(), at)).collect();
    let (mut added, mut replaced) = (0, 0);
    for (_, draft) in articles {
        if let Some(&at) = places.get(&draft.article.id) {
            merged[at] = draft;
            replaced += 1;
        } else {
            places.insert(draft.article.id.clone(), merged.len());
            merged.push(draft);
            added += 1;
        }
    }
    room(merged.len())?;
    files::write(out, &merged)?;
    eprintln!("{name}: {added} articles added, {replaced} replaced");
    Ok(())
}

/// Refuses more articles than a hotline holds.
fn room(count: usize) -> anyhow::Result<()> {
    let what = || {
        format!(
            "{count} articles, with those that are there; a hotline holds {ARTICLES_MAX}, and nothing was taken"
        )
    };
    ensure!(count as u64 <= ARTICLES_MAX, Wrong(what()));
    Ok(())
}

/// Refuses what would not all fit into the hotline. Only where it could be so, each article is asked for whether it is there.
async fn fits(
    args: &ImportArgs,
    sender: &mut SendRequest<Full<Bytes>>,
    articles: &[Listed],
) -> anyhow::Result<()> {
    let (_, answer) = send(args, sender, Method::GET, "/readyz", None).await?;
    let ready: Value = serde_json::from_slice(&answer).unwrap_or_default();
    let told = ready["articles"].as_u64().and_then(|count| usize::try_from(count).ok());
    let there = told.context("the hotline does not say how many articles it has")?;
    let mut all = there;
    if (there + articles.len()) as u64 <= ARTICLES_MAX {
        return Ok(());
    }
    for (_, draft) in articles {
        let (status, _) = send(args, sender, Method::GET, &path(draft), None).await?;
        all += usize::from(status == StatusCode::NOT_FOUND);
    }
    room(all)
}

async fn send_all(
    args: &ImportArgs,
    articles: &[Listed],
    mut mistakes: Mistakes,
) -> anyhow::Result<usize> {
    let mut sender = match connect(args.server).await {
        Ok(sender) => sender,
        // What is wrong in the file is wrong whoever reads it.
        Err(error) => return Err(mistakes.none().err().unwrap_or(error)),
    };
    for (place, draft) in articles {
        // One that is no id is no part of an address either; its other fields are looked at all the same.
        let asked = mistakes.has(place, "id").then(|| ArticleDraft {
            article: Article { id: "id".to_owned(), ..draft.article.clone() },
            backing: draft.backing.clone(),
        });
        let asked = asked.as_ref().unwrap_or(draft);
        let what = || format!("{place}: could not be checked; nothing was taken");
        let faults = check(args, &mut sender, asked).await.with_context(what)?;
        for (field, fault) in faults {
            if !mistakes.has(place, &field) {
                mistakes.add(format!("{place}: {fault}"));
            }
        }
    }
    mistakes.none()?;
    fits(args, &mut sender, articles).await?;
    for (taken, (place, draft)) in articles.iter().enumerate() {
        let put = put(args, &mut sender, draft).await;
        let left = articles.len() - taken;
        let what = || {
            format!("{place}: not taken, after {taken} articles that were; {left} are not taken")
        };
        put.with_context(what)?;
    }
    Ok(articles.len())
}

async fn connect(server: SocketAddr) -> anyhow::Result<SendRequest<Full<Bytes>>> {
    let stream = timeout(ANSWER_WITHIN, TcpStream::connect(server)).await;
    let stream = stream.map_err(anyhow::Error::new).and_then(|stream| Ok(stream?));
    let stream = stream.with_context(|| format!("no hotline at {server}"))?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    // It ends with the sender; what breaks it is told where an answer is awaited.
    tokio::spawn(connection);
    Ok(sender)
}

/// What stands against an article, each fault behind its field.
async fn check(
    args: &ImportArgs,
    sender: &mut SendRequest<Full<Bytes>>,
    draft: &ArticleDraft,
) -> anyhow::Result<Vec<(String, String)>> {
    let checked = format!("{}/check", path(draft));
    let (status, answer) = send(args, sender, Method::POST, &checked, Some(draft)).await?;
    let said: Value = serde_json::from_slice(&answer).unwrap_or_default();
    match (status, said["faults"].as_array()) {
        (StatusCode::OK, Some(faults)) => {
            let named = |fault: &Value| {
                let field = fault["pointer"].as_str()?.trim_start_matches('/').replace('/', ".");
                Some((field, fault["detail"].as_str()?.to_owned()))
            };
            Ok(faults.iter().filter_map(named).collect())
        }
        (StatusCode::UNPROCESSABLE_ENTITY, _) => {
            Ok(vec![(String::new(), refusal(status, &answer))])
        }
        _ => Err(Wrong(refusal(status, &answer)).into()),
    }
}

async fn put(
    args: &ImportArgs,
    sender: &mut SendRequest<Full<Bytes>>,
    draft: &ArticleDraft,
) -> anyhow::Result<()> {
    let (status, answer) = send(args, sender, Method::PUT, &path(draft), Some(draft)).await?;
    if status.is_success() {
        return Ok(());
    }
    Err(Wrong(refusal(status, &answer)).into())
}

/// The address of an article.
fn path(draft: &ArticleDraft) -> String {
    format!("/api/v1/knowledge/{}", percent_encoded(&draft.article.id))
}

/// Asks a path, with an article if there is one; again, bounded, as long as the hotline is busy or closes the connection: an article
/// that is put twice is put once.
async fn send(
    args: &ImportArgs,
    sender: &mut SendRequest<Full<Bytes>>,
    method: Method,
    path: &str,
    draft: Option<&ArticleDraft>,
) -> anyhow::Result<(StatusCode, Bytes)> {
    let mut again = 0;
    loop {
        let sent = timeout(ANSWER_WITHIN, send_once(args, sender, method.clone(), path, draft));
        let sent = sent.await.map_err(anyhow::Error::new).and_then(|it| it);
        let wait = match &sent {
            Ok((_, wait, _)) => *wait,
            Err(_) => sender.is_closed().then_some(AGAIN_AFTER_CLOSED),
        };
        let Some(wait) = wait.filter(|_| again < AGAIN_MAX) else {
            return sent.map(|(status, _, answer)| (status, answer));
        };
        again += 1;
        tokio::time::sleep(wait.min(AGAIN_AFTER_MAX)).await;
        if sender.is_closed() {
            *sender = connect(args.server).await?;
        }
    }
}

/// The same, once; with how long to wait before it is sent again, if the hotline is busy and says so.
async fn send_once(
    args: &ImportArgs,
    sender: &mut SendRequest<Full<Bytes>>,
    method: Method,
    path: &str,
    draft: Option<&ArticleDraft>,
) -> anyhow::Result<(StatusCode, Option<Duration>, Bytes)> {
    let body = draft.map(|draft| {
        let mut body = json!(ArticleLine::from(draft));
        // The address says it.
        body.as_object_mut().map(|fields| fields.remove("id"));
        body.to_string()
    });
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, args.server.to_string())
        .header(header::CONTENT_TYPE, "application/json");
    if let Some(token) = &args.token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    sender.ready().await.context("the hotline closed the connection")?;
    let body = Full::new(body.unwrap_or_default().into());
    let response = sender.send_request(request.body(body)?).await?;
    let status = response.status();
    let seconds = response.headers().get(header::RETRY_AFTER).and_then(|it| it.to_str().ok());
    let seconds = seconds.filter(|_| status == StatusCode::SERVICE_UNAVAILABLE);
    let wait = seconds.and_then(|it| it.parse().ok()).map(Duration::from_secs);
    let answer = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
    let answer = answer.map(|answer| answer.to_bytes());
    match answer {
        Ok(answer) => Ok((status, wait, answer)),
        // Whatever else it would say, it has taken the article.
        Err(_) if status.is_success() => Ok((status, None, Bytes::new())),
        Err(error) => Err(anyhow::anyhow!(error).context(status.to_string())),
    }
}

/// What a problem+json says, in one line.
fn refusal(status: StatusCode, answer: &[u8]) -> String {
    let problem: serde_json::Value = serde_json::from_slice(answer).unwrap_or_default();
    let detail =
        problem["detail"].as_str().or(problem["title"].as_str()).unwrap_or("no reason given");
    format!("{status}: {detail}")
}

/// An id as one part of a path.
fn percent_encoded(id: &str) -> String {
    let mut encoded = String::with_capacity(id.len());
    for byte in id.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(byte.into());
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_any_letters_is_one_part_of_a_path() {
        assert_eq!(percent_encoded("a-1/水"), "a-1%2F%E6%B0%B4");
    }

    /// A hotline that says this, one answer after the other, and the requests that it saw.
    async fn saying(answers: &[String]) -> (SocketAddr, tokio::task::JoinHandle<Vec<String>>) {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, answers) = (listener.local_addr().unwrap(), answers.to_vec());
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut seen = Vec::new();
            for answer in answers {
                let (mut request, mut piece) = (String::new(), [0; 4_096]);
                while !request.contains("\r\n\r\n") || !request.trim_end().ends_with(['}', '\n']) {
                    let read = stream.read(&mut piece).await.unwrap();
                    request.push_str(&String::from_utf8_lossy(&piece[..read]));
                    if request.starts_with("GET") || read == 0 {
                        break;
                    }
                }
                seen.push(request.lines().next().unwrap_or_default().to_owned());
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            seen
        });
        (address, served)
    }

    fn said(status: &str, header: &str, body: &str) -> String {
        let length = body.len();
        format!("HTTP/1.1 {status}\r\n{header}content-length: {length}\r\n\r\n{body}")
    }

    fn imported(answers: &[String], count: usize) -> (anyhow::Result<usize>, Vec<String>) {
        let article = |at: usize| {
            let line = json!({"id": format!("a{at}"), "title": "t", "body": "b"});
            let line: ArticleLine = serde_json::from_value(line).unwrap();
            (format!("line {at}"), ArticleDraft::from(line))
        };
        let articles: Vec<Listed> = (1..=count).map(article).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (server, served) = saying(answers).await;
            let (file, token, out) = (PathBuf::new(), None, None);
            let args = ImportArgs { file, server, token, out };
            let taken = send_all(&args, &articles, Mistakes::default()).await;
            (taken, served.await.unwrap())
        })
    }

    #[test]
    fn a_busy_hotline_is_asked_again_as_often_as_is_bounded() {
        let busy = || said("503 Service Unavailable", "retry-after: 0\r\n", "{}");
        let fine = || said("200 OK", "", r#"{"faults":[]}"#);
        let ready = || said("200 OK", "", r#"{"articles":0}"#);
        let (taken, seen) = imported(&[busy(), fine(), ready(), busy(), busy(), fine()], 1);
        assert_eq!(taken.unwrap(), 1);
        let (check, put) =
            ("POST /api/v1/knowledge/a1/check HTTP/1.1", "PUT /api/v1/knowledge/a1 HTTP/1.1");
        assert_eq!(seen, [check, check, "GET /readyz HTTP/1.1", put, put, put]);
        let ever = std::iter::repeat_with(busy).take(AGAIN_MAX as usize + 1);
        let (taken, seen) = imported(&ever.collect::<Vec<_>>(), 1);
        assert_eq!(seen.len(), AGAIN_MAX as usize + 1);
        let error = format!("{:#}", taken.unwrap_err());
        assert!(
            error.starts_with("line 1: could not be checked; nothing was taken: 503"),
            "{error}"
        );
        let stopping = said("503 Service Unavailable", "", "{}");
        assert!(imported(&[stopping], 1).0.is_err(), "nobody says that it comes back");
    }

    #[test]
    fn what_would_not_all_fit_is_refused_before_any_of_it_is_taken() {
        let fine = || said("200 OK", "", r#"{"faults":[]}"#);
        let ready = || said("200 OK", "", &json!({"articles": ARTICLES_MAX - 1}).to_string());
        let there = || said("200 OK", "", "{}");
        let none = || said("404 Not Found", "", "{}");
        let (taken, _) = imported(&[fine(), fine(), ready(), there(), none(), fine(), fine()], 2);
        assert_eq!(taken.unwrap(), 2, "one of them is there");
        let (taken, seen) = imported(&[fine(), fine(), ready(), none(), none()], 2);
        let error = taken.unwrap_err().to_string();
        assert!(error.starts_with("100001 articles, with those that are there;"), "{error}");
        assert!(seen.iter().all(|request| !request.starts_with("PUT")), "{seen:?}");
    }

    #[test]
    fn a_refusal_says_what_the_problem_says() {
        let answer = br#"{"title":"invalid","detail":"matter: no such matter"}"#;
        assert_eq!(
            refusal(StatusCode::UNPROCESSABLE_ENTITY, answer),
            "422 Unprocessable Entity: matter: no such matter"
        );
        assert_eq!(refusal(StatusCode::BAD_GATEWAY, b"<html>"), "502 Bad Gateway: no reason given");
    }
}
