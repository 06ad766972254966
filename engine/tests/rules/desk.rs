//! The one place that calls the engine. Tests speak in scripts: `time who command -> outcome`, a line each.
//!
//! Who: a role, `handler@water`, or `supervisor@east,west`. Outcome: the events in short words, or `no: ` and the
//! rejection. `seen N` before the arrow sends the version the actor saw.

use hotline_engine::actor::{Actor, Role};
use hotline_engine::article::Article;
use hotline_engine::command::{Acceptance, Action, Command, IdempotencyKey};
use hotline_engine::directory::{MatterId, UnitId};
use hotline_engine::draft::DirectoryDraft;
use hotline_engine::event::Event;
use hotline_engine::figures::Calls;
use hotline_engine::handling::Answer;
use hotline_engine::order::{
    Callback, Caller, Candidate, Channel, Confidence, Dispatch, Due, Kind, Order, OrderId,
    PauseReason, ReturnReason, ReworkReason, Stage, Upstream, Urgency, Verdict,
};
use hotline_engine::rating::{Grade, ServiceReport};
use hotline_engine::text::Sketch;
use hotline_engine::time::{Day, Timestamp};
use hotline_engine::{Record, Rejection, Rules, State, decide};

use crate::{edges, sample};

/// A hotline with its journal.
pub(crate) struct Desk {
    pub(crate) state: State,
    pub(crate) rules: Rules,
    pub(crate) records: Vec<Record>,
    /// The state's parts are compared after every so many records.
    pub(crate) check_every: u64,
}

/// Opens the sample district and runs a script in it.
#[track_caller]
pub(crate) fn check(script: &str) -> Desk {
    let mut desk = Desk::open(sample::DISTRICT);
    desk.run(script);
    desk
}

impl Desk {
    /// A hotline with the sample units and this duty list.
    pub(crate) fn open(rows: &str) -> Desk {
        Desk::open_by(sample::rules(), rows)
    }

    /// The same, by other rules.
    pub(crate) fn open_by(rules: Rules, rows: &str) -> Desk {
        let (state, records) = (State::default(), Vec::new());
        let mut desk = Desk { state, rules, records, check_every: 1 };
        desk.record(sample::opening(sample::district(rows)));
        desk
    }

    /// Runs a script; panics at the line whose outcome differs.
    #[track_caller]
    pub(crate) fn run(&mut self, script: &str) {
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (request, expected) = line.split_once("->").expect("a line has an outcome");
            let (time, request) = request.trim().split_once(' ').expect("a line has a time");
            let (who, request) = request.trim().split_once(' ').expect("a line has a person");
            let outcome = self.say(time, who, request);
            assert_eq!(outcome, expected.trim(), "at `{line}`");
        }
    }

    /// Runs one command and tells its outcome.
    pub(crate) fn say(&mut self, time: &str, who: &str, request: &str) -> String {
        let mut words: Vec<&str> = request.split_whitespace().collect();
        let seen = match words.as_slice() {
            [.., "seen", version] => Some(version.parse().unwrap()),
            _ => None,
        };
        words.truncate(words.len() - if seen.is_some() { 2 } else { 0 });
        let command = Command { actor: self.actor(who), seen, action: self.action(&words) };
        let outcome = self.perform(Timestamp::parse(time).unwrap(), &command);
        outcome.unwrap_or_else(|rejection| format!("no: {rejection}"))
    }

    /// Has an administrator adopt a directory and tells the outcome.
    pub(crate) fn adopt(&mut self, time: &str, draft: DirectoryDraft) -> String {
        let action = Action::AdoptDirectory(Box::new(draft));
        let command = Command { actor: self.actor("admin"), seen: None, action };
        let outcome = self.perform(Timestamp::parse(time).unwrap(), &command);
        outcome.unwrap_or_else(|rejection| format!("no: {rejection}"))
    }

    /// Performs a command and tells its outcome.
    pub(crate) fn perform(&mut self, at: Timestamp, command: &Command) -> Result<String, String> {
        let events = self.obey(at, command).map_err(|rejection| rejection.to_string())?;
        if events.is_empty() {
            return Ok("nothing".into());
        }
        let told: Vec<_> = events.iter().map(|event| self.describe(event)).collect();
        Ok(told.join("; "))
    }

    /// Decides and applies; checks that a refusal leaves the events as they were.
    pub(crate) fn obey(
        &mut self,
        at: Timestamp,
        command: &Command,
    ) -> Result<Vec<Event>, Rejection> {
        let before = vec![Event::Closed { order: OrderId(4711) }];
        let mut events = before.clone();
        if let Err(rejection) = decide(&self.state, &self.rules, at, command, &mut events) {
            assert_eq!(events, before, "a refused command leaves the events as they were");
            return Err(rejection);
        }
        let events = events.split_off(before.len());
        if !events.is_empty() {
            let before = edges::standing(&self.state, &events);
            self.record(Record { at, actor: command.actor.clone(), events: events.clone() });
            edges::assert_listed(&command.action, &before, &self.state);
            if self.state.records_count().is_multiple_of(self.check_every) {
                self.state.assert_consistent();
            }
        }
        Ok(events)
    }

    fn record(&mut self, record: Record) {
        self.state.apply(&record);
        self.records.push(record);
    }

    pub(crate) fn order(&self, id: u64) -> &Order {
        self.state.order(OrderId(id)).expect("the script made this order")
    }

    pub(crate) fn unit(&self, code: &str) -> UnitId {
        self.state.directory().unit_id(code).unwrap_or(UnitId(999)) // a mistake that scripts want
    }

    pub(crate) fn matter(&self, path: &str) -> MatterId {
        self.state.directory().matter_id(path).unwrap_or(MatterId(999))
    }

    pub(crate) fn actor(&self, who: &str) -> Actor {
        let (role, units) = match who.split_once('@') {
            None => (who, None),
            Some((role, units)) => {
                (role, Some(units.split(',').map(|code| self.unit(code)).collect()))
            }
        };
        let role = Role::parse(role).unwrap_or_else(|| panic!("no role {role}"));
        Actor { name: who.to_owned(), role, units }
    }

    #[expect(clippy::too_many_lines, reason = "one arm a command")]
    pub(crate) fn action(&self, words: &[&str]) -> Action {
        let order = |word: &str| OrderId(word.parse().unwrap());
        match words {
            ["accept", kind, matter, rest @ ..] => {
                Action::Accept(Box::new(self.acceptance(kind, matter, rest)))
            }
            ["dispatch", id, lead, rest @ ..] => {
                let (mut co_units, mut matter) = (Vec::new(), None);
                for pair in rest.chunks(2) {
                    match pair {
                        ["with", unit] => co_units.push(self.unit(unit)),
                        ["as", path] => matter = Some(self.matter(path)),
                        other => panic!("not a dispatch: {other:?}"),
                    }
                }
                Action::Dispatch { order: order(id), lead: self.unit(lead), co_units, matter }
            }
            ["sign", id] => Action::Sign { order: order(id) },
            ["return", id, reason, rest @ ..] => {
                let (suggested, evidence) = match rest {
                    ["suggest", unit, evidence @ ..] => (Some(self.unit(unit)), evidence),
                    evidence => (None, evidence),
                };
                Action::Return {
                    order: order(id),
                    reason: ReturnReason::parse(reason).unwrap(),
                    suggested,
                    evidence: evidence.join(" "),
                }
            }
            ["reply", id, text @ ..] => Action::Reply {
                order: order(id),
                public_text: text.join(" "),
                internal_text: String::new(),
            },
            ["callback", id, verdict] => {
                Action::CallBack { order: order(id), callback: callback(verdict) }
            }
            ["close", id] => Action::Close { order: order(id) },
            ["contact", id, note @ ..] => {
                Action::Contact { order: order(id), note: note.join(" ") }
            }
            ["extend", id, days, reason @ ..] => Action::RequestExtension {
                order: order(id),
                working_days: days.parse().unwrap(),
                reason: reason.join(" "),
            },
            ["grant", id, note @ ..] => {
                Action::DecideExtension { order: order(id), granted: true, note: note.join(" ") }
            }
            ["deny", id, note @ ..] => {
                Action::DecideExtension { order: order(id), granted: false, note: note.join(" ") }
            }
            ["pause", id, reason, note @ ..] => {
                let reason = PauseReason::parse(reason).unwrap();
                Action::Pause { order: order(id), reason, note: note.join(" ") }
            }
            ["resume", id] => Action::Resume { order: order(id) },
            ["co-reply", id, text @ ..] => {
                Action::CoReply { order: order(id), text: text.join(" ") }
            }
            ["review", id, verdict, note @ ..] => {
                let passed = *verdict == "passed";
                Action::Review { order: order(id), passed, note: note.join(" ") }
            }
            ["rework", id, reason, note @ ..] => {
                let reason = ReworkReason::parse(reason).unwrap();
                Action::Rework { order: order(id), reason, note: note.join(" ") }
            }
            ["remind", id, note @ ..] => Action::Remind { order: order(id), note: note.join(" ") },
            ["supervise", id, note @ ..] => {
                Action::Supervise { order: order(id), note: note.join(" ") }
            }
            ["withdraw", id, note @ ..] => {
                Action::Withdraw { order: order(id), note: note.join(" ") }
            }
            ["transfer", id, number] => {
                Action::Transfer { order: order(id), number: number.parse().unwrap() }
            }
            ["reveal", id, purpose @ ..] => {
                Action::Reveal { order: order(id), purpose: purpose.join(" ") }
            }
            ["merge", id, "into", into] => Action::Merge { order: order(id), into: order(into) },
            ["unmerge", id, note @ ..] => {
                Action::Unmerge { order: order(id), note: note.join(" ") }
            }
            ["answer", id, text @ ..] => {
                let answer = Answer { text: text.join(" "), article: None };
                Action::Answer { order: order(id), answer }
            }
            ["answer-by", id, article, text @ ..] => {
                let answer = Answer { text: text.join(" "), article: Some((*article).into()) };
                Action::Answer { order: order(id), answer }
            }
            ["appeal", id, reason @ ..] => {
                Action::Appeal { order: order(id), reason: reason.join(" ") }
            }
            ["uphold", id, note @ ..] => {
                Action::DecideAppeal { order: order(id), upheld: true, note: note.join(" ") }
            }
            ["dismiss", id, note @ ..] => {
                Action::DecideAppeal { order: order(id), upheld: false, note: note.join(" ") }
            }
            ["service", case, unit] => self.service(case, unit, None),
            ["grade", case, unit, grade] => self.service(case, unit, Grade::parse(grade)),
            ["calls", day, numbers @ ..] => {
                let numbers: Vec<u32> = numbers.iter().map(|it| it.parse().unwrap()).collect();
                let [offered, answered, in_15s, in_30s, waited_seconds] = numbers[..] else {
                    panic!("five numbers of calls")
                };
                let calls = Calls { offered, answered, in_15s, in_30s, waited_seconds };
                Action::CountCalls { day: Day::parse(day).unwrap(), calls }
            }
            ["assign", id, handler] => {
                let handler = (*handler != "nobody").then(|| (*handler).to_owned());
                Action::Assign { order: order(id), handler }
            }
            ["put-article", id, body @ ..] => Action::PutArticle(article(id, &body.join(" "))),
            ["remove-article", id] => Action::RemoveArticle { id: (*id).into() },
            ["adopt-directory"] => {
                Action::AdoptDirectory(Box::new(sample::district(sample::DISTRICT)))
            }
            ["tick"] => Action::Tick,
            other => panic!("unknown command {other:?}"),
        }
    }

    fn service(&self, case: &str, unit: &str, grade: Option<Grade>) -> Action {
        let bad = grade.is_some_and(Grade::is_bad);
        let words = ["saying", case, "caller-known", "林", "13800000000"];
        let complaint = bad.then(|| Box::new(self.acceptance("complaint", "?", &words)));
        let (case, item, remark) = (case.to_owned(), "窗口办件".to_owned(), String::new());
        let unit = self.unit(unit);
        Action::ReportService(Box::new(ServiceReport {
            case,
            item,
            unit,
            grade,
            remark,
            complaint,
        }))
    }

    /// `accept KIND MATTER|? [at REGION] [urgency URGENCY] [key K BODY] [upstream DUE] [caller[-known] NAME PHONE]
    /// [saying TEXT] [answered TEXT] [maybe MATTER PERCENT]…`
    fn acceptance(&self, kind: &str, matter: &str, mut rest: &[&str]) -> Acceptance {
        let kind = Kind::parse(kind).expect("a kind");
        let mut acceptance = Acceptance {
            matter: (matter != "?").then(|| self.matter(matter)),
            ..Acceptance::plain(kind, Channel::Phone, "市民反映的情况".into())
        };
        while !rest.is_empty() {
            let used = match rest {
                ["at", region, ..] => {
                    acceptance.region = Some(self.unit(region));
                    2
                }
                ["urgency", word, ..] => {
                    acceptance.urgency = Urgency::parse(word).unwrap();
                    2
                }
                ["key", key, body, ..] => {
                    let (key, body) = (key.parse().unwrap(), body.parse().unwrap());
                    acceptance.idempotency = Some(IdempotencyKey { key, body });
                    3
                }
                ["upstream", due, ..] => {
                    let due = Some(Timestamp::parse(due).unwrap());
                    let number = format!("市{:04}", self.state.orders().len() + 1);
                    acceptance.upstream = Some(Upstream { number, due });
                    2
                }
                [word @ ("caller" | "caller-known"), name, phone, ..] => {
                    let (name, phone) = ((*name).into(), (*phone).into());
                    let confidential = *word == "caller";
                    acceptance.caller = Some(Caller { name, phone, confidential });
                    3
                }
                ["saying", text, ..] => {
                    acceptance.content = (*text).into();
                    acceptance.sketch = Sketch::of(&[text]);
                    2
                }
                ["answered", text, ..] => {
                    acceptance.answer = Some(Answer { text: (*text).into(), article: None });
                    2
                }
                ["maybe", matter, percent, ..] => {
                    let percent: u16 = percent.parse().unwrap();
                    acceptance.classification.candidates.push(Candidate {
                        matter: self.matter(matter),
                        confidence: Confidence(percent * 100),
                    });
                    3
                }
                other => panic!("not an acceptance: {other:?}"),
            };
            rest = &rest[used..];
        }
        acceptance
    }

    #[expect(clippy::too_many_lines, reason = "one arm a fact")]
    fn describe(&self, event: &Event) -> String {
        let unit = |id: UnitId| self.state.directory().unit(id).code.clone();
        match event {
            Event::Accepted { order, dues, .. } => match dues[Stage::Handle] {
                Some(due) => format!("{} accepted, reply by {}", order.0, paper(due)),
                None => format!("{} accepted", order.0),
            },
            Event::CallerRecorded { .. } => "caller to the vault".into(),
            Event::Dispatched { order, dispatch, dues, .. } => {
                let Dispatch { lead, co_units, mode, .. } = dispatch;
                let helpers: String =
                    co_units.iter().map(|&co| format!(" + {}", unit(co))).collect();
                let sign = dues[Stage::Sign]
                    .map(|due| format!(", sign by {}", paper(due)))
                    .unwrap_or_default();
                format!("{} {} to {}{helpers}{sign}", order.0, mode.code(), unit(*lead))
            }
            Event::SentToTriage { order, reason, .. } => {
                format!("{} waits: {}", order.0, reason.code())
            }
            Event::Signed { order } => format!("{} signed", order.0),
            Event::Returned { order, refusal } => {
                format!("{} returned by {}: {}", order.0, unit(refusal.unit), refusal.reason.code())
            }
            Event::Replied { order, .. } => format!("{} replied", order.0),
            Event::CalledBack { order, .. } => format!("{} called back", order.0),
            Event::Closed { order } => format!("{} closed", order.0),
            Event::PraisePassedOn { order } => format!("{} praise passed on", order.0),
            Event::DuePassed { order, stage } => format!("{} late: {}", order.0, stage.code()),
            Event::Escalated { order, rung } => format!("{} {}", order.0, rung.code()),
            Event::DueRecomputed { order, stage, due, .. } => {
                format!("{} certain: {} by {}", order.0, stage.code(), paper(*due))
            }
            Event::Contacted { order, .. } => format!("{} contacted", order.0),
            Event::ExtensionRequested { order, extension } => {
                format!("{} asks for {} days", order.0, extension.working_days)
            }
            Event::ExtensionDecided { order, handling, .. } => match handling {
                Some((due, _)) => format!("{} extended to {}", order.0, paper(*due)),
                None => format!("{} not extended", order.0),
            },
            Event::Paused { order, pause } => {
                format!("{} paused until {}", order.0, paper_at(pause.until))
            }
            Event::Resumed { order, handling } => {
                let due = handling.map_or_else(|| "no due".into(), |(due, _)| paper(due));
                format!("{} resumed, reply by {due}", order.0)
            }
            Event::CoReplied { order, reply } => {
                format!("{} helped by {}", order.0, unit(reply.unit))
            }
            Event::Reviewed { order, review } => {
                format!("{} {}", order.0, if review.passed { "passed" } else { "sent back" })
            }
            Event::Reworked { order, rework, handle_due, .. } => {
                let due = handle_due.map_or_else(|| "no due".into(), paper);
                format!("{} reworked: {}, reply by {due}", order.0, rework.reason.code())
            }
            Event::Reminded { order, .. } => format!("{} reminded", order.0),
            Event::Supervised { order, .. } => format!("{} supervised", order.0),
            Event::Withdrawn { order, .. } => format!("{} withdrawn", order.0),
            Event::Transferred { order, number } => format!("{} to {number}", order.0),
            Event::Revealed { order, .. } => format!("{} revealed", order.0),
            Event::Arbitrated { order, arbitration } => {
                let until = arbitration.due.map(paper_at);
                let until = until.map(|until| format!(" until {until}")).unwrap_or_default();
                format!("{} before arbiter {}{until}", order.0, arbitration.rung + 1)
            }
            Event::Merged { order, merge } => format!("{} joined to {}", order.0, merge.into.0),
            Event::Repeated { order, merge } => format!("{} repeats {}", order.0, merge.into.0),
            Event::Unmerged { order, .. } => format!("{} on its own", order.0),
            Event::Joined { order, child } => format!("{} stands for {}", order.0, child.0),
            Event::Parted { order, child } => format!("{} parted from {}", order.0, child.0),
            Event::Followed { order } => format!("{} follows", order.0),
            Event::RepliedWith { order, callback_due } => {
                let due = callback_due
                    .map_or_else(String::new, |due| format!(", call by {}", paper(due)));
                format!("{} replied with it{due}", order.0)
            }
            Event::ReviewedWith { order, .. } => format!("{} sent back with it", order.0),
            Event::Answered { order, .. } => format!("{} answered", order.0),
            Event::ServiceReported { case, service } => match service.default_at {
                Some(at) => format!("{case} may be rated until {}", paper_at(at)),
                None => format!("{case} done"),
            },
            Event::Rated { case, rating } => {
                let how = if rating.by_default { " by default" } else { "" };
                format!("{case} rated {}{how}", rating.grade.code())
            }
            Event::Appealed { order, .. } => format!("{} appealed", order.0),
            Event::AppealDecided { order, decision } => {
                format!("{} {}", order.0, if decision.granted { "struck out" } else { "stands" })
            }
            Event::CallsCounted { day, calls } => format!("{day}: {} calls", calls.offered),
            Event::Assigned { order, handler } => {
                let staff = self.state.directory().staff();
                format!("{} for {}", order.0, staff.handler(*handler).account)
            }
            Event::Unassigned { order } => format!("{} for nobody", order.0),
            Event::ArticlePut(article) => format!("article {} put", article.id),
            Event::ArticleRemoved { id } => format!("article {id} removed"),
            Event::DirectoryAdopted(_) => "directory adopted".into(),
        }
    }
}

/// A due at the end of a day is told by its day, any other in full; `?` marks an assumed year.
pub(crate) fn paper(due: Due) -> String {
    format!("{}{}", paper_at(due.current), if due.assumed { "?" } else { "" })
}

fn paper_at(at: Timestamp) -> String {
    let day = at.day();
    if at == day.end() {
        day.to_string()
    } else {
        at.to_string().trim_end_matches("+08:00").to_owned()
    }
}

fn callback(word: &str) -> Callback {
    match word {
        "not-reached" => Callback::NotReached,
        "satisfied" => Callback::Reached(Verdict { solved: true, satisfied: true }),
        "unsatisfied" => Callback::Reached(Verdict { solved: false, satisfied: false }),
        other => panic!("no callback {other}"),
    }
}

fn article(id: &str, body: &str) -> Article {
    let (id, title, body) = (id.to_owned(), "怎么办".to_owned(), body.to_owned());
    Article { id, title, body, matter: None, unit: None, valid_from: None, valid_to: None }
}
