//! `hotline load --typing`: types messages letter by letter into a running hotline, and says how long each answer took and how
//! still the first answer stood.

use anyhow::ensure;
use hdrhistogram::Histogram;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use hyper::{Method, Request, header};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::LoadArgs;
use super::seen::LATENCY_MAX_US;
use super::sending::connect;
use crate::cli::Wrong;
use crate::district::District;

/// Letters of a message: what a call-taker writes while he listens.
const LETTERS: usize = 60;
/// Bytes of a suggestion: three answers with snippets fit many times.
const ANSWER_BYTES_MAX: usize = 256 << 10;

/// What was seen while messages were typed.
#[derive(Default)]
struct Stillness {
    /// Letters at which an answer stood first before and after.
    letters: u64,
    /// Of these, those at which another came first.
    jumps: u64,
    /// Of these, those that brought one back that had been first before: the jump away from it had no reason.
    returns: u64,
}

impl Stillness {
    fn add(&mut self, firsts: &[Option<String>]) {
        let mut been: Vec<&String> = Vec::new();
        for pair in firsts.windows(2) {
            let [Some(before), Some(after)] = pair else { continue };
            self.letters += 1;
            if before != after {
                self.jumps += 1;
                been.push(before);
                self.returns += u64::from(been.contains(&after));
            }
        }
    }

    /// The share of letters at which the first answer stayed.
    fn share(&self) -> f64 {
        if self.letters == 0 { 1.0 } else { 1.0 - self.jumps as f64 / self.letters as f64 }
    }
}

/// Types so many messages, each in a session of its own, and reports.
pub(super) async fn run(args: &LoadArgs, messages: u32) -> anyhow::Result<Value> {
    let texts: Vec<String> = District::sample()?
        .orders
        .iter()
        .map(|order| order.content.chars().take(LETTERS).collect::<String>())
        .filter(|text| text.chars().count() == LETTERS)
        .take(messages as usize)
        .collect();
    ensure!(!texts.is_empty(), "the sample has no message of {LETTERS} letters");
    let mut sender = connect(args.server).await?;
    let mut latency_us = Histogram::<u64>::new_with_max(LATENCY_MAX_US, 3)?;
    let mut stillness = Stillness::default();
    let mut right = 0;
    for (number, text) in texts.iter().enumerate() {
        let ends = text.char_indices().map(|(at, letter)| at + letter.len_utf8());
        let mut firsts = Vec::new();
        for (turn, end) in (1..).zip(ends) {
            let began = Instant::now();
            let answer = suggest(args, &mut sender, &text[..end], number, turn).await?;
            let took = u64::try_from(began.elapsed().as_micros())?.clamp(1, LATENCY_MAX_US);
            latency_us.record(took)?;
            firsts.push(answer["answers"][0]["id"].as_str().map(str::to_owned));
        }
        stillness.add(&firsts);
        // The first answer to the whole message, had it come at once.
        let whole = suggest(args, &mut sender, text, number + texts.len(), 1).await?;
        right += usize::from(
            whole["answers"][0]["id"].as_str().map(str::to_owned) == firsts[LETTERS - 1],
        );
    }
    let ms = |quantile: f64| latency_us.value_at_quantile(quantile) as f64 / 1000.0;
    Ok(json!({
        "messages": texts.len(), "letters": LETTERS, "responses": latency_us.len(),
        "p50_ms": ms(0.5), "p90_ms": ms(0.9), "p99_ms": ms(0.99), "max_ms": ms(1.0),
        "in_sessions": !args.no_session,
        "stable": stillness.share(), "jumps_a_message": stillness.jumps as f64 / texts.len() as f64,
        "returns_a_message": stillness.returns as f64 / texts.len() as f64,
        "same_as_at_once": right as f64 / texts.len() as f64,
    }))
}

async fn suggest(
    args: &LoadArgs,
    sender: &mut SendRequest<Full<Bytes>>,
    text: &str,
    session: usize,
    turn: u64,
) -> anyhow::Result<Value> {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri("/api/v1/suggest")
        .header(header::HOST, args.server.to_string())
        .header(header::CONTENT_TYPE, "application/json");
    if !args.no_session {
        request = request
            .header("typing-session", format!("load-{}-{session}", std::process::id()))
            .header("typing-turn", turn.to_string());
    }
    if let Some(token) = &args.token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let body = json!({ "content": text }).to_string();
    sender.ready().await?;
    let response = sender.send_request(request.body(Full::new(body.into()))?).await?;
    let status = response.status();
    let answer = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
    let answer = answer.map_err(|error| anyhow::anyhow!("{error}"))?.to_bytes();
    let said: Value = serde_json::from_slice(&answer).unwrap_or_default();
    ensure!(status.is_success(), Wrong(format!("{status}: {}", said["detail"])));
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumps_are_counted_and_those_that_came_back() {
        let mut seen = Stillness::default();
        let firsts = [None, Some("a"), Some("a"), Some("b"), Some("a"), Some("c")];
        seen.add(&firsts.map(|id| id.map(str::to_owned)));
        assert_eq!((seen.letters, seen.jumps, seen.returns), (4, 3, 1));
        assert!((seen.share() - 0.25).abs() < 1e-9);
    }
}
