//! New orders by the batch: one a line of the body, answered line by line.
//!
//! Lines are read side by side on threads of their own, so that single orders find theirs free; the writer takes the batch
//! whole, with one sync.

use std::ops::Range;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hotline_engine::Rejection;
use hotline_engine::actor::Actor;
use hotline_engine::command::{Action, Command};
use hotline_engine::directory::Directory;
use rayon::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::access::Asking;
use super::body::{Lines, parse};
use super::orders::{NewOrder, acceptance, key_of, key_text};
use super::problem::{Problem, ProblemBody, Refused};
use crate::lanes::{BUNDLE_ORDERS_MAX, Outcomes};
use crate::sequencer::{Done, Refusal};

/// Lines that one thread takes at a time: a millisecond's work.
const SHARE_LINES: usize = 32;
/// Bytes of an answer's line, as a first guess.
const ANSWER_LINE_BYTES: usize = 80;
const NDJSON: &str = "application/x-ndjson";

/// What became of one line.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LineAnswer {
    /// Of the body, from 1.
    line: usize,
    /// As if the order had come alone: 201 for a new one, 200 for one that was answered before.
    status: u16,
    /// The order.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    /// Eighteen digits, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    /// Why there is none.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    refused: Option<Refused>,
}

impl LineAnswer {
    fn of(app: &App, line: usize, outcome: Result<Done, Problem>) -> LineAnswer {
        let done = match outcome {
            Ok(done) => done,
            Err(problem) => {
                let (status, refused) = problem.in_a_line();
                return LineAnswer { line, status, id: None, number: None, refused: Some(refused) };
            }
        };
        let status = if done.repeated { StatusCode::OK } else { StatusCode::CREATED };
        let number = done.order.and_then(|id| app.published.views.order(id));
        let number = number.map(|order| format!("{:018}", order.number));
        let id = done.order.map(|id| id.0);
        LineAnswer { line, status: status.as_u16(), id, number, refused: None }
    }
}

/// Accept many contacts at once: each line of the body is one order, and each is answered by a line of its own.
///
/// At most 1,024 lines and 1 MiB; blank lines are passed over. A line that is refused keeps no other from being accepted; when the
/// hotline is busy, stopping or without room, nothing of the batch is taken. All are on disk when the answer comes. With an
/// `Idempotency-Key` each line is harmless to repeat, by the key and its place. A batch waits for single orders: what is urgent
/// should come alone.
#[utoipa::path(
    post, path = "/api/v1/orders/batch", operation_id = "create_orders", tag = "orders",
    request_body(content = NewOrder, content_type = "application/x-ndjson", description = "One order a line"),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated batch harmless for three days")),
    responses(
        (status = 200, description = "One line for each line that is not blank, in their order",
            body = LineAnswer, content_type = "application/x-ndjson"),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    )
)]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    headers: HeaderMap,
    Lines(body): Lines,
) -> Result<Response, Problem> {
    let key = key_text(&headers)?.map(str::to_owned);
    let lines = lines(&body.bytes)?;
    let _place = app.gate.place_for_batch()?;
    if app.published.is_far_behind() {
        return Err(app.gate.refuse_order());
    }
    let batch = Batch { actor, key, directory: app.published.views.directory() };
    let reading = {
        let app = Arc::clone(&app);
        // The body goes along: its bytes are counted until it is read.
        move || batch.read(&app, &body.bytes, &lines)
    };
    let read = tokio::task::spawn_blocking(reading).await;
    let read = read.map_err(|_| Problem::new("internal", "see the log"))?;
    let (mut commands, mut lines) =
        (Vec::with_capacity(read.len()), Vec::with_capacity(read.len()));
    for (line, read) in read {
        match read {
            Ok(command) => {
                commands.push(command);
                lines.push((line, None));
            }
            Err(problem) => lines.push((line, Some(problem))),
        }
    }
    let outcomes =
        if commands.is_empty() { Vec::new() } else { app.submit_bundle(commands).await? };
    if let Some(refusal) = of_all(&outcomes) {
        return Err(refusal.clone().into());
    }
    let answers = written(&app, lines, outcomes);
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, NDJSON)], answers).into_response())
}

/// A line's number, and where in the body it stands.
type Line = (usize, Range<usize>);

/// The lines that hold something.
fn lines(body: &[u8]) -> Result<Vec<Line>, Problem> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (at, line) in body.split(|&byte| byte == b'\n').enumerate() {
        let range = start..start + line.len();
        start = range.end + 1;
        if line.trim_ascii().is_empty() {
            continue;
        }
        if lines.len() == BUNDLE_ORDERS_MAX {
            let detail = format!("the batch has more than {BUNDLE_ORDERS_MAX} lines");
            return Err(Problem::new("too-large", detail));
        }
        lines.push((at + 1, range));
    }
    if lines.is_empty() {
        return Err(Problem::field("", "no line of the batch holds an order"));
    }
    Ok(lines)
}

/// What all lines have in common.
struct Batch {
    actor: Actor,
    key: Option<String>,
    directory: Arc<Directory>,
}

impl Batch {
    /// Reads the lines side by side: each with its number, as a command or why it is none.
    fn read(
        &self,
        app: &App,
        body: &[u8],
        lines: &[Line],
    ) -> Vec<(usize, Result<Command, Problem>)> {
        let read = |(line, range): &Line| (*line, self.command(app, *line, &body[range.clone()]));
        lines.par_iter().with_min_len(SHARE_LINES).map(read).collect()
    }

    fn command(&self, app: &App, line: usize, bytes: &[u8]) -> Result<Command, Problem> {
        let order: NewOrder = parse(bytes)?;
        let reading = app.read(&order)?;
        let mut acceptance = acceptance(&self.directory, order, reading)?;
        let key = self.key.as_deref();
        acceptance.idempotency = key.map(|key| key_of(&self.actor, key, Some(line), bytes));
        let action = Action::Accept(Box::new(acceptance));
        Ok(Command { actor: self.actor.clone(), seen: None, action })
    }
}

/// What every order was refused for that has nothing to do with what it says: then the batch is refused for it.
fn of_all(outcomes: &Outcomes) -> Option<&Refusal> {
    let first = outcomes.first()?.as_ref().err()?;
    let is_of_the_batch = matches!(
        first,
        Refusal::NoSpace | Refusal::Unknown | Refusal::Rejected(Rejection::NotAllowed { .. })
    );
    let is_of_all = || outcomes.iter().all(|outcome| outcome.as_ref().err() == Some(first));
    (is_of_the_batch && is_of_all()).then_some(first)
}

/// One line of the answer for each line of the batch: with a problem its own, else the next outcome's.
fn written(app: &App, lines: Vec<(usize, Option<Problem>)>, outcomes: Outcomes) -> Vec<u8> {
    let mut text = Vec::with_capacity(lines.len() * ANSWER_LINE_BYTES);
    let mut outcomes = outcomes.into_iter();
    for (line, problem) in lines {
        let outcome = match problem {
            Some(problem) => Err(problem),
            None => outcomes.next().expect("an outcome a command").map_err(Problem::from),
        };
        let answer = LineAnswer::of(app, line, outcome);
        serde_json::to_writer(&mut text, &answer).expect("plain data is written to memory");
        text.push(b'\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_numbers_and_blank_ones_are_passed_over() {
        let found = lines(b"\n{\"a\":1}\r\n  \n{}").unwrap();
        assert_eq!(found, [(2, 1..9), (4, 13..15)]);
        assert!(lines(b" \n\r\n").is_err(), "nothing at all is no batch");
        let most = "{}\n".repeat(BUNDLE_ORDERS_MAX);
        assert_eq!(lines(most.as_bytes()).unwrap().len(), BUNDLE_ORDERS_MAX);
        assert!(lines((most + "{}").as_bytes()).is_err(), "one more is too many");
    }
}
