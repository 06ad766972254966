//! Live assignments: server-sent events, resumed without gap or repeat, each watcher within his rights.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use hotline_engine::directory::Directory;
use hotline_engine::order::Order;
use hotline_engine::text::mask_identity;
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, sleep_until};
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::access::Badge;
use super::order_view::{HandlerView, UnitView};
use super::orders::query_problem;
use super::problem::{Problem, ProblemBody};
use crate::due_view::DuesView;
use crate::notices::{Notice, Tail};

/// Watchers at once: every handler of a province's largest city, with head-room.
pub(crate) const WATCHERS_MAX: usize = 10_000;
/// A comment goes out this often, so that proxies keep the line open.
const PING_EVERY: Duration = Duration::from_secs(15);
/// How long after it looked a watcher looks again: each commit would wake every watcher where they come thick.
const GATHERS: Duration = Duration::from_millis(50);
/// What a browser waits before it comes back.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Where to begin.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsQuery {
    /// As Last-Event-ID, for clients that cannot send the header.
    after: Option<u64>,
}

/// What happened to an order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventView {
    /// dispatched, assigned, unassigned, triage, signed, returned, replied, called-back, closed, due-passed …; also the
    /// event's name.
    r#type: &'static str,
    /// Journal sequence; also the event's id.
    sequence: u64,
    order: u64,
    number: String,
    title: String,
    kind: &'static str,
    urgency: &'static str,
    status: &'static str,
    matter: Option<String>,
    lead: Option<UnitView>,
    co_units: Vec<UnitView>,
    /// Who in the lead unit has it.
    handler: Option<HandlerView>,
    due: DuesView,
    overdue: Vec<&'static str>,
    /// The last rung of the ladder that it reached in this cycle.
    rung: Option<&'static str>,
    version: u32,
}

impl EventView {
    /// Of an order as it stands in `order`. Never who called.
    pub(crate) fn of(
        directory: &Directory,
        what: &'static str,
        sequence: u64,
        order: &Order,
    ) -> EventView {
        let unit = |id| UnitView::of(directory, id);
        let dispatch = order.dispatch.as_ref();
        let rung = order.escalations.last().filter(|reached| reached.at >= order.cycle_start());
        EventView {
            r#type: what,
            sequence,
            order: order.id.0,
            number: format!("{:018}", order.number),
            title: mask_identity(&order.title).into_owned(),
            kind: order.kind.code(),
            urgency: order.urgency.code(),
            status: order.status.code(),
            matter: order.matter.map(|id| directory.matter(id).to_owned()),
            lead: dispatch.map(|dispatch| unit(dispatch.lead)),
            co_units: order.co_units().iter().map(|helper| unit(helper.unit)).collect(),
            handler: HandlerView::of(directory, order),
            due: DuesView::from(&order.dues),
            overdue: order.overdue.iter().map(|stage| stage.code()).collect(),
            rung: rung.map(|reached| reached.rung.code()),
            version: order.version,
        }
    }

    /// Without the caller's words, for those outside the house.
    pub(crate) fn without_words(self) -> EventView {
        EventView { title: String::new(), ..self }
    }
}

/// Watch what happens: `id` is the journal sequence; `Last-Event-ID` resumes. A `reset` event means: read the lists again.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "handling",
    params(EventsQuery, ("Last-Event-ID" = Option<String>, Header, description = "The `id` of the last event that was heard")),
    responses(
        (status = 200, description = "text/event-stream of EventView", body = EventView, content_type = "text/event-stream"),
        (status = "4XX", body = ProblemBody), (status = 503, body = ProblemBody),
    )
)]
pub(crate) async fn events(
    State(app): State<Arc<App>>,
    badge: Badge,
    query: Result<Query<EventsQuery>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Query(query) = query.map_err(|error| query_problem(&error))?;
    let position = match headers.get("last-event-id") {
        None => query.after,
        Some(value) => {
            let id = value.to_str().ok().and_then(|text| text.trim().parse().ok());
            Some(id.ok_or_else(|| Problem::parameter("Last-Event-ID", "is not a sequence number"))?)
        }
    };
    let permit = Arc::clone(&app.watchers).try_acquire_owned();
    let permit =
        permit.map_err(|_| Problem::new("busy", "too many are watching; try again later"))?;
    let head = app.published.notices.subscribe();
    let position = position.unwrap_or_else(|| app.published.notices.head());
    let stopping = app.stopping.subscribe();
    let (tokens, waiting) = (app.tokens_changed.subscribe(), VecDeque::new());
    // From here on changes are heard of; what changed before is asked for once more.
    let known = badge.now(&app);
    known.ok_or_else(|| Problem::new("unauthenticated", "the token is not known"))?;
    let watcher = Watcher {
        app,
        badge,
        position,
        head,
        stopping,
        tokens,
        handed_out: position,
        waiting,
        looked: Instant::now(),
        _permit: permit,
    };
    let ping = KeepAlive::new().interval(PING_EVERY);
    let stream = Sse::new(watch_stream(watcher)).keep_alive(ping);
    let unbuffered =
        [(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"))];
    Ok((unbuffered, stream).into_response())
}

struct Watcher {
    app: Arc<App>,
    badge: Badge,
    position: u64,
    head: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    /// Moves when tokens are taken over: the watcher may be known no longer, or act for others.
    tokens: watch::Receiver<u64>,
    /// The last event handed out: where to go on when what waits is dropped.
    handed_out: u64,
    /// Each with its record's sequence if it is the record's last; bounded by what the ring hands out at once. Written out
    /// only when it is sent: whoever does not take what he is sent holds no texts of his own.
    waiting: VecDeque<(Option<u64>, Notice)>,
    /// When it last looked for more.
    looked: Instant,
    _permit: OwnedSemaphorePermit,
}

fn watch_stream(watcher: Watcher) -> impl Stream<Item = Result<Event, Infallible>> {
    futures_util::stream::unfold(watcher, |mut watcher| async move {
        let event = watcher.next().await?;
        Some((Ok(event), watcher))
    })
}

impl Watcher {
    /// The next event; `None` when the service stops.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if self.tokens.has_changed().unwrap_or(true) {
                self.tokens.mark_unchanged();
                self.badge.actor = self.badge.now(&self.app)?;
                // What was read for him as he was is read again for him as he is.
                self.waiting.clear();
                self.position = self.handed_out;
            }
            if let Some((sequence, notice)) = self.waiting.pop_front() {
                self.handed_out = sequence.unwrap_or(self.handed_out);
                return Some(self.event(&notice, sequence));
            }
            self.handed_out = self.position;
            if *self.stopping.borrow() {
                return None;
            }
            // Marked as seen before reading, so that a change in between wakes us again.
            let head = *self.head.borrow_and_update();
            if let Some(reset) = self.read() {
                return Some(reset);
            }
            // What was read may all be for others while the ring holds more.
            if self.waiting.is_empty() && self.position >= head {
                tokio::select! {
                    changed = self.head.changed() => {
                        changed.ok()?;
                        sleep_until(self.looked + GATHERS).await;
                    }
                    stopped = self.stopping.changed() => stopped.ok()?,
                    changed = self.tokens.changed() => {
                        changed.ok()?;
                        self.tokens.mark_changed();
                    }
                }
            }
        }
    }

    /// With the sequence as its id, if it is the last of its record. Who has lost the order since, or is losing it by this, hears
    /// that something happened, and not the caller's words.
    fn event(&self, notice: &Notice, sequence: Option<u64>) -> Event {
        let views = &self.app.published.views;
        let view = EventView::of(&views.directory(), notice.what, notice.sequence, &notice.order);
        let now = || views.order(notice.order.id);
        let has_it = self.badge.actor.sees_all_orders()
            || now().is_some_and(|order| self.badge.actor.may_see(&order));
        let view = if has_it { view } else { view.without_words() };
        let data = serde_json::to_string(&view).expect("plain strings and numbers");
        let event = Event::default().event(notice.what);
        let event = match sequence {
            Some(sequence) => event.id(sequence.to_string()),
            None => event,
        };
        event.retry(RETRY_AFTER).data(data)
    }

    /// Takes over what came since; gives a reset back when too much did.
    fn read(&mut self) -> Option<Event> {
        self.looked = Instant::now();
        let actor = &self.badge.actor;
        match self.app.published.notices.tail(self.position, |notice| notice.is_for(actor)) {
            Tail::Lost { head } => {
                self.position = head;
                Some(Event::default().event("reset").id(head.to_string()).data("{}"))
            }
            Tail::Notices { notices, head } => {
                self.position = head;
                let mut mine = notices.into_iter().peekable();
                while let Some(notice) = mine.next() {
                    // Who goes away between two notices of a record hears all of them again.
                    let more = mine.peek().is_some_and(|next| next.sequence == notice.sequence);
                    let sequence = (!more).then_some(notice.sequence);
                    self.waiting.push_back((sequence, notice));
                }
                None
            }
        }
    }
}
