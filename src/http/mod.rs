//! The HTTP edge: routes, bounds and shapes. Translates between JSON and commands; knows no rules.

mod access;
mod actions;
mod article_life;
mod articles;
mod batch;
mod body;
mod clock;
mod desk_actions;
mod docs;
mod events;
mod facts_view;
mod gate;
mod health;
mod joining_actions;
mod knowledge;
mod lists;
mod named;
mod order_view;
mod orders;
mod problem;
mod ratings;
mod reports;
mod server;
mod suggest;
mod typing;
mod unit_actions;
mod upkeep;

use std::cell::RefCell;
use std::sync::{Arc, RwLock};

use arc_swap::ArcSwap;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{from_fn_with_state, map_response_with_state};
use axum::response::{IntoResponse, Response};
use hotline_engine::accept::{CONTENT_CHARS_MAX, TITLE_CHARS_MAX};
use hotline_engine::command::{Acceptance, Command};
use hotline_engine::directory::Directory;
use hotline_engine::order::Urgency;
use hotline_engine::{Rejection, Rules};
use hotline_knowledge_base as kb;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::{Semaphore, watch};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::clock::Clock;
use crate::intake::{Intake, Message, Reading, Workspace};
use crate::lanes::{Desk, Outcomes};
use crate::partition::{Partition, Published};
use crate::sequencer::{Done, Refusal};
use crate::tokens::Tokens;
use crate::webhooks::Standings;
pub(crate) use events::EventView;
use gate::Gate;
pub use order_view::as_json;
use problem::Problem;
pub use server::{ServeError, listen, serve};

/// What handlers work with.
pub struct App {
    /// Taken away when the service stops, so that the writer can end.
    desk: RwLock<Option<Desk>>,
    published: Arc<Published>,
    knowledge: kb::Reader,
    rules: Arc<ArcSwap<Rules>>,
    clock: Arc<Clock>,
    intake: ArcSwap<Intake>,
    tokens: ArcSwap<Tokens>,
    /// Whoever comes without a token is a call-taker: for trials on loopback only.
    open: bool,
    gate: Gate,
    watchers: Arc<Semaphore>,
    stopping: watch::Sender<bool>,
    /// Moves when other tokens are in force.
    tokens_changed: watch::Sender<u64>,
    metrics: PrometheusHandle,
    /// Who is typing what.
    typing: typing::Typing,
    /// How far each webhook target has been told.
    webhooks: Arc<Standings>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("open", &self.open).finish_non_exhaustive()
    }
}

thread_local! {
    /// Buffers for reading texts, one set a thread.
    static WORKSPACE: RefCell<Workspace> = RefCell::default();
}

impl App {
    /// An application around a running partition.
    pub(crate) fn new(
        partition: &Partition,
        intake: Intake,
        tokens: Tokens,
        open: bool,
        metrics: PrometheusHandle,
        webhooks: Arc<Standings>,
    ) -> App {
        App {
            desk: RwLock::new(Some(partition.desk.clone())),
            published: Arc::clone(&partition.published),
            knowledge: partition.knowledge.clone(),
            rules: Arc::clone(&partition.rules),
            clock: Arc::clone(&partition.clock),
            intake: ArcSwap::from_pointee(intake),
            tokens: ArcSwap::from_pointee(tokens),
            open,
            gate: Gate::new(),
            watchers: Arc::new(Semaphore::new(events::WATCHERS_MAX)),
            stopping: watch::Sender::new(false),
            tokens_changed: watch::Sender::new(0),
            metrics,
            typing: typing::Typing::default(),
            webhooks,
        }
    }

    fn desk(&self) -> Option<Desk> {
        self.desk.read().expect("nothing panics while it holds the desk").clone()
    }

    /// The directory in force.
    pub(crate) fn directory(&self) -> Arc<Directory> {
        self.published.views.directory()
    }

    /// Puts these in force for the next request and the next command.
    pub(crate) fn take_over(&self, rules: Rules, intake: Intake, tokens: Tokens) {
        self.rules.store(Arc::new(rules));
        self.intake.store(Arc::new(intake));
        self.tokens.store(Arc::new(tokens));
        self.tokens_changed.send_modify(|version| *version += 1);
    }

    pub(crate) async fn submit(&self, command: Command) -> Result<Done, Refusal> {
        let done = self.desk().ok_or(Refusal::Stopping)?.submit(command).await;
        if let Err(refusal) = &done {
            metrics::counter!("hotline_refused_total", "why" => refusal.code()).increment(1);
        }
        done
    }

    /// The same of new orders that came together.
    async fn submit_bundle(&self, commands: Vec<Command>) -> Result<Outcomes, Refusal> {
        let outcomes = self.desk().ok_or(Refusal::Stopping)?.submit_bundle(commands).await;
        let refusals = match &outcomes {
            Ok(all) => all.iter().filter_map(|outcome| outcome.as_ref().err()).collect(),
            Err(refusal) => vec![refusal],
        };
        for refusal in refusals {
            metrics::counter!("hotline_refused_total", "why" => refusal.code()).increment(1);
        }
        outcomes
    }

    /// Whether commands are taken, and how many wait.
    fn desk_status(&self) -> (bool, usize) {
        self.desk().map_or((false, 0), |desk| (true, desk.waiting_count()))
    }

    /// Whether the words themselves call for haste, without all that reading finds out.
    fn is_urgent(&self, order: &orders::NewOrder) -> Result<bool, Problem> {
        let message = message(order)?;
        let urgency =
            WORKSPACE.with_borrow_mut(|workspace| self.intake.load().urgency(message, workspace));
        Ok(urgency != Urgency::Normal)
    }

    /// Reads a text of a length that can be meant.
    fn read(&self, order: &orders::NewOrder) -> Result<Reading, Problem> {
        let message = message(order)?;
        Ok(WORKSPACE.with_borrow_mut(|workspace| self.intake.load().read(message, workspace)))
    }

    /// Ends watching and refuses commands from now on.
    pub(crate) fn stop(&self) {
        self.stopping.send_replace(true);
        self.desk.write().expect("nothing panics while it holds the desk").take();
    }
}

/// The words of an order, of a length that can be meant.
fn message(order: &orders::NewOrder) -> Result<Message<'_>, Problem> {
    let chars =
        [("title", &order.title, TITLE_CHARS_MAX), ("content", &order.content, CONTENT_CHARS_MAX)];
    for (field, text, max) in chars {
        if text.len() > max && text.chars().count() > max {
            return Err(Rejection::TooLong { field, max }.into());
        }
    }
    Ok(Message {
        title: &order.title,
        content: &order.content,
        place: order.place.as_deref(),
        location: order.location,
    })
}

/// What a body asks to be accepted, beside no running hotline; or the words of the refusal.
pub(crate) fn acceptance_in(
    body: &[u8],
    directory: &Directory,
    intake: &Intake,
) -> Result<Acceptance, String> {
    let accepted = || {
        let order: orders::NewOrder = body::parse(body)?;
        let message = message(&order)?;
        let reading = WORKSPACE.with_borrow_mut(|workspace| intake.read(message, workspace));
        orders::acceptance(directory, order, reading)
    };
    accepted().map_err(|problem: Problem| problem.words())
}

/// The question in the query string of a search; or the words of the refusal.
pub(crate) fn question_in(query: &str) -> Result<String, String> {
    knowledge::question_in(query).map_err(|problem| problem.words())
}

/// What a layer answers by itself, in the form of all other refusals; and the last answer of a service that stops says that
/// it is the last.
async fn as_problem(State(app): State<Arc<App>>, response: Response) -> Response {
    let mut response = match response.status() {
        StatusCode::REQUEST_TIMEOUT => timeout().into_response(),
        _ => response,
    };
    if *app.stopping.borrow() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// What becomes of it is not known: what was queued is left undone, but it may be under way.
fn timeout() -> Problem {
    let detail = "the request took too long to arrive or to be answered; with its Idempotency-Key it may be sent again";
    Problem::new("timeout", detail)
}

/// Articles: found, read, written and judged.
fn knowledge_routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(knowledge::search))
        .routes(routes!(knowledge::get, knowledge::put, knowledge::remove))
        .routes(routes!(knowledge::check))
        .routes(routes!(articles::list))
        .routes(routes!(article_life::versions))
        .routes(routes!(article_life::write))
        .routes(routes!(article_life::back))
        .routes(routes!(article_life::review))
        .routes(routes!(article_life::publish))
        .routes(routes!(article_life::expire))
        .routes(routes!(article_life::rate))
}

/// Every route, with its bounds.
fn router(app: Arc<App>) -> Router {
    let (routes, api) = OpenApiRouter::new()
        .routes(routes!(orders::create, orders::list))
        .routes(routes!(batch::create))
        .routes(routes!(orders::get))
        .routes(routes!(orders::explain))
        .routes(routes!(unit_actions::sign))
        .routes(routes!(unit_actions::contact))
        .routes(routes!(unit_actions::return_order))
        .routes(routes!(unit_actions::extend))
        .routes(routes!(unit_actions::pause))
        .routes(routes!(unit_actions::resume))
        .routes(routes!(unit_actions::co_reply))
        .routes(routes!(unit_actions::reply))
        .routes(routes!(desk_actions::dispatch))
        .routes(routes!(desk_actions::decide_extension))
        .routes(routes!(desk_actions::review))
        .routes(routes!(desk_actions::callback))
        .routes(routes!(desk_actions::rework))
        .routes(routes!(desk_actions::remind))
        .routes(routes!(desk_actions::supervise))
        .routes(routes!(desk_actions::withdraw))
        .routes(routes!(desk_actions::transfer))
        .routes(routes!(desk_actions::reveal))
        .routes(routes!(desk_actions::close))
        .routes(routes!(unit_actions::assign))
        .routes(routes!(joining_actions::similar))
        .routes(routes!(joining_actions::merge))
        .routes(routes!(joining_actions::unmerge))
        .routes(routes!(joining_actions::answer))
        .routes(routes!(ratings::rate))
        .routes(routes!(ratings::appeal))
        .routes(routes!(ratings::decide_appeal))
        .routes(routes!(ratings::count_calls))
        .routes(routes!(lists::inbox))
        .routes(routes!(reports::on_time))
        .routes(routes!(reports::bulletin))
        .routes(routes!(upkeep::usage))
        .routes(routes!(upkeep::stale))
        .routes(routes!(upkeep::updates))
        .routes(routes!(upkeep::gaps))
        .routes(routes!(lists::triage))
        .routes(routes!(suggest::suggest))
        .merge(knowledge_routes())
        .routes(routes!(events::events))
        .routes(routes!(clock::confirm))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
        .with_state(Arc::clone(&app))
        .split_for_parts();
    let api = docs::describe(api);
    routes
        .merge(docs::routes(&api))
        .fallback(|| async { Problem::not_found("such path") })
        .method_not_allowed_fallback(|| async {
            Problem::new("method-not-allowed", "this path does not take this method")
        })
        .layer(from_fn_with_state(Arc::clone(&app), gate::pass))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, server::REQUEST_TIMEOUT))
        .layer(CatchPanicLayer::custom(|_| Problem::new("internal", "see the log").into_response()))
        .layer(map_response_with_state(app, as_problem))
}
