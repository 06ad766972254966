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
    files::write(out, &merged)?;
    eprintln!("{name}: {added} articles added, {replaced} replaced");
    Ok(())
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
        let checked = timeout(ANSWER_WITHIN, check(args, &mut sender, asked)).await;
        let what = || format!("{place}: could not be checked; nothing was taken");
        let faults = checked.map_err(anyhow::Error::new).and_then(|it| it).with_context(what)?;
        for (field, fault) in faults {
            if !mistakes.has(place, &field) {
                mistakes.add(format!("{place}: {fault}"));
            }
        }
    }
    mistakes.none()?;
    for (taken, (place, draft)) in articles.iter().enumerate() {
        let put = timeout(ANSWER_WITHIN, put(args, &mut sender, draft)).await;
        let left = articles.len() - taken;
        let what = || {
            format!("{place}: not taken, after {taken} articles that were; {left} are not taken")
        };
        put.map_err(anyhow::Error::new).and_then(|put| put).with_context(what)?;
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
    let (status, answer) = send(args, sender, Method::POST, "/check", draft).await?;
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
    let (status, answer) = send(args, sender, Method::PUT, "", draft).await?;
    if status.is_success() {
        return Ok(());
    }
    Err(Wrong(refusal(status, &answer)).into())
}

/// Sends an article to its address, and what is behind that.
async fn send(
    args: &ImportArgs,
    sender: &mut SendRequest<Full<Bytes>>,
    method: Method,
    behind: &str,
    draft: &ArticleDraft,
) -> anyhow::Result<(StatusCode, Bytes)> {
    let mut body = json!(ArticleLine::from(draft));
    // The address says it.
    body.as_object_mut().map(|fields| fields.remove("id"));
    let mut request = Request::builder()
        .method(method)
        .uri(format!("/api/v1/knowledge/{}{behind}", percent_encoded(&draft.article.id)))
        .header(header::HOST, args.server.to_string())
        .header(header::CONTENT_TYPE, "application/json");
    if let Some(token) = &args.token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    sender.ready().await.context("the hotline closed the connection")?;
    let response = sender.send_request(request.body(Full::new(body.to_string().into()))?).await?;
    let status = response.status();
    let answer = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
    let answer = answer.map(|answer| answer.to_bytes());
    match answer {
        Ok(answer) => Ok((status, answer)),
        // Whatever else it would say, it has taken the article.
        Err(_) if status.is_success() => Ok((status, Bytes::new())),
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
