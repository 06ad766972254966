//! What chance asks for, and when: mostly what the twin's table allows to somebody who may.

use hotline_engine::actor::{Actor, Role};
use hotline_engine::article::Article;
use hotline_engine::command::{Acceptance, Action, Command, IdempotencyKey};
use hotline_engine::directory::{MatterId, UnitId};
use hotline_engine::draft::DirectoryDraft;
use hotline_engine::figures::Calls;
use hotline_engine::handling::Answer;
use hotline_engine::order::{
    Callback, Candidate, Channel, Classification, Confidence, Kind, OrderId, PauseReason,
    ReturnReason, ReworkReason, Upstream, Urgency, Verdict,
};
use hotline_engine::rating::{Grade, ServiceReport};
use hotline_engine::time::{Day, Timestamp};

use crate::dice::Dice;
use crate::sample;
use crate::twin::{RULES, Row, Rule, Twin};

use super::stories::{self, Stories};

/// Orders that are open at one time: few enough to be met again and again, over weeks.
const LIVE_MAX: usize = 150;
/// The sample district knows ten units and twelve matters; a few numbers behind them are nobody's.
const UNITS: u64 = 12;
const MATTERS: u64 = 13;
/// How often each command comes up among those that the status allows. What is not named comes up once.
const WEIGHTS: [(&str, u64); 16] = [
    ("sign", 18),
    ("reply", 12),
    ("dispatch", 12),
    ("return", 7),
    ("callback", 8),
    ("close", 5),
    ("rework", 3),
    ("review", 5),
    ("resume", 2),
    ("pause", 12),
    ("request-extension", 7),
    ("decide-extension", 10),
    ("contact", 3),
    ("co-reply", 3),
    ("merge", 6),
    ("assign", 5),
];

/// Of handlers, not in their order.
const ACCOUNTS: [&str; 4] = ["wu", "chen", "lin", "huang"];
/// What a handler may be good at.
const SKILLS: [&str; 4] = ["供水", "供水/停水", "城市管理", "市场/消费"];

pub(super) struct Lottery {
    dice: Dice,
    stories: Stories,
}

impl Lottery {
    pub(super) fn new(seed: u64) -> Lottery {
        // Small seeds have few bits, and the dice need some rolls to spread them.
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let stories = Stories::new(&mut dice);
        Lottery { dice, stories }
    }

    /// One in so many.
    fn one_in(&mut self, many: u64) -> bool {
        self.dice.below(many) == 0
    }

    pub(super) fn day_of_the_notice(&mut self, from: Timestamp) -> Timestamp {
        from.plus_seconds((25 + self.dice.below(45)).cast_signed() * 86_400)
    }

    /// Mostly minutes later, at times a quiet afternoon or a weekend, and now and then just when something is due.
    pub(super) fn next_time(&mut self, at: Timestamp, twin: &Twin) -> Timestamp {
        let seconds = match self.dice.below(1_000) {
            0..10 => return self.when_due(at, twin),
            10..12 => self.dice.below(2 * 86_400),
            12..60 => self.dice.below(900),
            _ => self.dice.below(120),
        };
        at.plus_seconds(1 + seconds.cast_signed())
    }

    /// The last instant in time of something within a day, or the one after it.
    fn when_due(&mut self, at: Timestamp, twin: &Twin) -> Timestamp {
        let wakes = twin.rows.iter().flat_map(Row::wakes).map(|(when, _)| when);
        let soon: Vec<Timestamp> =
            wakes.filter(|when| *when > at && when.ms() - at.ms() < 86_400_000).collect();
        if soon.is_empty() {
            return at.plus_seconds(1);
        }
        let due = self.dice.one_of(&soon);
        Timestamp::of_ms(due.ms() + self.dice.below(2).cast_signed())
    }

    pub(super) fn next_command(&mut self, at: Timestamp, twin: &Twin) -> Command {
        let live: Vec<&Row> = twin.rows.iter().rev().filter(|row| row.is_open()).collect();
        let row = match self.dice.below(20) {
            // Done, or never made.
            0 => twin.row(OrderId(self.dice.below(twin.rows.len() as u64 + 2))),
            // Done a short while ago.
            1 => twin.rows.iter().rev().find(|row| !row.is_open()),
            _ if live.is_empty() => None,
            _ => Some(self.dice.one_of(&live)),
        };
        let hotline = match self.dice.below(1_000) {
            0..80 => Some("tick"),
            80..83 => Some("adopt-directory"),
            83..88 => Some("remove-article"),
            88..98 => Some("put-article"),
            98..122 => Some("report-service"),
            122..126 => Some("count-calls"),
            126..260 if live.len() < LIVE_MAX => Some("accept"),
            _ if live.is_empty() => Some("accept"),
            _ => None,
        };
        let rule = match (hotline, row) {
            (Some(word), _) => rule(word),
            (None, Some(row)) if !self.one_in(12) => self.fitting_rule(row),
            (None, _) => self.dice.one_of(&on_orders()),
        };
        let order = row.map_or(OrderId(self.dice.below(3)), |row| row.id);
        let actor = self.actor(rule, row);
        let seen = match self.dice.below(60) {
            0 => row.map(|row| row.version.wrapping_sub(1)),
            1..8 => row.map(|row| row.version),
            _ => None,
        };
        Command { actor, seen, action: self.action(rule.word, order, at, twin) }
    }

    /// By its weight, among those that the status allows.
    fn fitting_rule(&mut self, row: &Row) -> &'static Rule {
        let mut drawn = Vec::new();
        for rule in on_orders() {
            if rule.statuses.contains(&row.status) {
                let weight = WEIGHTS.iter().find(|(word, _)| *word == rule.word);
                // What is seldom possible is asked for often then.
                let weight = match rule.word {
                    "appeal" if row.rated_case.is_some() => 20,
                    "decide-appeal"
                        if row.appeal.as_ref().is_some_and(|it| it.decision.is_none()) =>
                    {
                        20
                    }
                    "withdraw" | "transfer" | "answer" if !row.merged.is_empty() => 5,
                    _ => weight.map_or(1, |it| it.1),
                };
                drawn.extend((0..weight).map(|_| rule));
            }
        }
        self.dice.one_of(&drawn)
    }

    /// Mostly one who may, and of the unit that has the order or helps with it.
    fn actor(&mut self, rule: &Rule, row: Option<&Row>) -> Actor {
        let roles = if self.one_in(30) { Role::ALL } else { rule.roles };
        let role = self.dice.one_of(roles);
        let dispatch = row.and_then(|row| row.dispatch.as_ref());
        let own = match dispatch {
            Some(dispatch) if !self.one_in(20) => {
                let helps = rule.word == "co-reply" || self.one_in(30);
                match dispatch.co_units.as_slice() {
                    [] => vec![dispatch.lead],
                    co_units if helps => {
                        let one = |dice: &mut Dice| dice.one_of(co_units).unit;
                        vec![one(&mut self.dice), one(&mut self.dice)]
                    }
                    _ => vec![dispatch.lead],
                }
            }
            _ => vec![self.unit(), self.unit()],
        };
        let units = match role {
            Role::Handler => Some(own),
            Role::Supervisor if self.one_in(2) => Some(own),
            _ => None,
        };
        Actor { name: role.code().to_owned(), role, units }
    }

    fn unit(&mut self) -> UnitId {
        let all = if self.one_in(40) { UNITS } else { 10 };
        UnitId(self.dice.below(all) as u16)
    }

    fn matter(&mut self) -> MatterId {
        let all = if self.one_in(60) { MATTERS } else { 9 };
        MatterId(self.dice.below(all) as u16)
    }

    /// Something, seldom nothing, and once in a long while far too much.
    fn words(&mut self) -> String {
        match self.dice.below(2_000) {
            0 => "长".repeat(20_001),
            1..40 => " ".to_owned(),
            _ => "已核实".to_owned(),
        }
    }

    fn action(&mut self, word: &str, order: OrderId, at: Timestamp, twin: &Twin) -> Action {
        match word {
            "accept" => Action::Accept(Box::new(self.acceptance(at, twin))),
            "dispatch" => {
                let (lead, co_unit) = (self.unit(), self.unit());
                let co_units = match self.dice.below(6) {
                    0..3 => vec![],
                    3 => vec![co_unit, self.unit(), co_unit, lead],
                    4 if self.one_in(20) => vec![co_unit; 21],
                    _ => vec![co_unit],
                };
                let matter = self.one_in(3).then(|| self.matter());
                Action::Dispatch { order, lead, co_units, matter }
            }
            "sign" => Action::Sign { order },
            "return" => {
                let reason = self.dice.one_of(ReturnReason::ALL);
                let suggested = (!self.one_in(4)).then(|| self.unit());
                Action::Return { order, reason, suggested, evidence: self.words() }
            }
            "reply" => {
                let (public_text, internal_text) = (self.words(), self.words());
                Action::Reply { order, public_text, internal_text }
            }
            "callback" => Action::CallBack { order, callback: self.callback() },
            "contact" => Action::Contact { order, note: self.words() },
            "request-extension" => {
                let working_days = if self.one_in(3) { 1 } else { self.dice.below(12) as u16 };
                Action::RequestExtension { order, working_days, reason: self.words() }
            }
            "decide-extension" => {
                let granted = !self.one_in(3);
                Action::DecideExtension { order, granted, note: self.words() }
            }
            "pause" => {
                let reason = self.dice.one_of(PauseReason::ALL);
                Action::Pause { order, reason, note: self.words() }
            }
            "resume" => Action::Resume { order },
            "co-reply" => Action::CoReply { order, text: self.words() },
            "review" => {
                let passed = self.one_in(2);
                Action::Review { order, passed, note: self.words() }
            }
            "rework" => {
                let reason = self.dice.one_of(ReworkReason::ALL);
                Action::Rework { order, reason, note: self.words() }
            }
            "remind" => Action::Remind { order, note: self.words() },
            "supervise" => Action::Supervise { order, note: self.words() },
            "withdraw" => Action::Withdraw { order, note: self.words() },
            "transfer" => {
                Action::Transfer { order, number: self.dice.one_of(&[110, 119, 120, 122, 12345]) }
            }
            "reveal" => Action::Reveal { order, purpose: self.words() },
            "close" => Action::Close { order },
            "put-article" => Action::PutArticle(self.article().into()),
            "remove-article" => Action::RemoveArticle { id: self.dice.below(9).to_string() },
            "adopt-directory" => Action::AdoptDirectory(Box::new(self.directory(at))),
            "tick" => Action::Tick,
            other => self.seldom_action(other, order, at, twin),
        }
    }

    /// On orders about the same, on answers, grades and calls.
    fn seldom_action(&mut self, word: &str, order: OrderId, at: Timestamp, twin: &Twin) -> Action {
        match word {
            "merge" => Action::Merge { order, into: self.other(order, twin) },
            "unmerge" => Action::Unmerge { order, note: self.words() },
            "answer" => Action::Answer { order, answer: self.answer() },
            "assign" => {
                let handler = (!self.one_in(6)).then(|| self.dice.one_of(&ACCOUNTS).to_owned());
                Action::Assign { order, handler }
            }
            "appeal" => Action::Appeal { order, reason: self.words() },
            "decide-appeal" => {
                let upheld = self.one_in(2);
                Action::DecideAppeal { order, upheld, note: self.words() }
            }
            "report-service" => Action::ReportService(Box::new(self.service(at, twin))),
            "count-calls" => {
                let day = Day(at.day().0 + 1 - self.dice.below(9) as i32);
                let mut calls = [0; 5].map(|_| self.dice.below(4) as u32);
                if !self.one_in(4) {
                    calls.sort_unstable_by_key(|count| std::cmp::Reverse(*count));
                }
                let [offered, answered, in_30s, in_15s, waited_seconds] = calls;
                let calls = Calls { offered, answered, in_15s, in_30s, waited_seconds };
                Action::CountCalls { day, calls }
            }
            other => panic!("nobody has said how chance asks for {other}"),
        }
    }

    /// One that is about the same, by what was found; else any that is open, and seldom one that has ended, or never was.
    fn other(&mut self, order: OrderId, twin: &Twin) -> OrderId {
        let similar = twin.row(order).map_or(&[][..], |row| &row.similar);
        let live = |row: &&Row| row.is_open() || row.id == order;
        let live: Vec<OrderId> = twin.rows.iter().rev().filter(live).map(|row| row.id).collect();
        match self.dice.below(20) {
            0 => OrderId(self.dice.below(twin.rows.len() as u64 + 2)),
            1..14 if !similar.is_empty() => self.dice.one_of(similar).order,
            _ if live.is_empty() => OrderId(0),
            _ => self.dice.one_of(&live),
        }
    }

    fn answer(&mut self) -> Answer {
        let article = self.one_in(3).then(|| self.dice.below(9).to_string());
        Answer { text: self.words(), article }
    }

    /// One that was told of a short while ago, or the next.
    fn service(&mut self, at: Timestamp, twin: &Twin) -> ServiceReport {
        let number = (twin.services.len() as u64).saturating_sub(self.dice.below(15));
        let case = if self.one_in(40) { " ".to_owned() } else { format!("办-{number:06}") };
        let known = twin.service(&case).map(|service| service.unit);
        let unit = known.filter(|_| !self.one_in(12)).unwrap_or_else(|| self.unit());
        let grade = (!self.one_in(3)).then(|| self.dice.one_of(Grade::ALL));
        let complaint = (!self.one_in(12)).then(|| {
            let complaint = self.acceptance(at, twin);
            let (answer, idempotency) = (None, None);
            Box::new(Acceptance { kind: Kind::Complaint, answer, idempotency, ..complaint })
        });
        let (item, remark) = ("窗口办件".to_owned(), self.words());
        ServiceReport { case, item, unit, grade, remark, complaint }
    }

    fn callback(&mut self) -> Callback {
        match self.dice.below(5) {
            0 => Callback::NotReached,
            1..3 => Callback::Reached(Verdict { solved: self.one_in(2), satisfied: true }),
            _ => Callback::Reached(Verdict { solved: false, satisfied: false }),
        }
    }

    fn acceptance(&mut self, at: Timestamp, twin: &Twin) -> Acceptance {
        let sure = !self.one_in(4);
        let candidates = (0..self.dice.below(7)).map(|_| {
            let (matter, percent) = (self.matter(), self.dice.below(101) as u16);
            Candidate { matter, confidence: Confidence(percent * 100) }
        });
        let candidates: Vec<Candidate> = candidates.collect();
        let classification = Classification { candidates, ..Classification::default() };
        let content = if self.one_in(40) { " ".into() } else { self.stories.one(&mut self.dice) };
        let title = if self.one_in(80) { "题".repeat(201) } else { String::new() };
        let days = self.dice.below(25).cast_signed() - 3;
        let due = Some(at.plus_seconds(days * 86_400 + 3_600)).filter(|_| days != 0);
        let count = twin.rows.len() as u64;
        let number = format!("市{:04}", count.saturating_sub(self.dice.below(20)));
        let upstream = self.one_in(6).then_some(Upstream { number, due });
        let caller = (!self.one_in(3)).then(|| stories::caller(&mut self.dice));
        // Some come again about what they said a while ago.
        let before = twin.row(OrderId(count.saturating_sub(self.dice.below(60))));
        let (content, caller, matter) = match before.filter(|_| self.one_in(6)) {
            Some(row) => (row.acceptance.content.clone(), row.caller.clone(), row.matter),
            None => (content, caller, sure.then(|| self.matter())),
        };
        // Four keys among a few orders a day: they come again before and after they are forgotten.
        let idempotency = self.one_in(4).then(|| {
            let (key, body) = (self.dice.below(4).into(), self.dice.below(2));
            IdempotencyKey { key, body }
        });
        // The city tells of an order twice.
        let told = before.filter(|row| row.acceptance.upstream.is_some() && self.one_in(4));
        if let Some(row) = told {
            return row.acceptance.clone();
        }
        Acceptance {
            kind: self.dice.one_of(Kind::ALL),
            matter,
            tags: vec!["夜间".to_owned(); self.dice.below(3) as usize],
            urgency: self.dice.one_of(&[Urgency::Normal, Urgency::Normal, Urgency::Urgent]),
            channel: self.dice.one_of(Channel::ALL),
            title,
            sketch: stories::sketch(&content),
            content,
            place: self.one_in(4).then(|| format!("莲花小区{}栋", self.dice.below(9))),
            region: (!self.one_in(3)).then(|| UnitId(self.dice.below(7) as u16 + 3)),
            upstream,
            transfer: None,
            classification,
            answer: self.one_in(25).then(|| self.answer()),
            caller,
            idempotency,
        }
    }

    fn article(&mut self) -> Article {
        let id = if self.one_in(30) { "长".repeat(65) } else { self.dice.below(9).to_string() };
        let day = |month: u64| Day::parse(&format!("2026-0{month}-01")).unwrap();
        let (matter, unit) = (["供水", "无此事项"], ["water", "nobody"]);
        Article {
            id,
            title: "怎么办".to_owned(),
            body: self.words(),
            matter: self.one_in(2).then(|| self.dice.one_of(&matter).to_owned()),
            unit: self.one_in(2).then(|| self.dice.one_of(&unit).to_owned()),
            valid_from: self.one_in(2).then(|| day(1 + self.dice.below(8))),
            valid_to: self.one_in(2).then(|| day(1 + self.dice.below(8))),
        }
    }

    /// The sample district with a second unit for a matter, or with a backstop, with a department dissolved, with a row for a place, or with a
    /// unit listed twice.
    fn directory(&mut self, at: Timestamp) -> DirectoryDraft {
        let handlers = self.handlers(at.day());
        let district = format!("{}\n{}\n{handlers}", sample::UNITS, sample::DISTRICT);
        let backstop = "unit government-services department";
        match self.dice.below(6) {
            0 => sample::draft(&format!("{district}\nrow 市场/消费 -> education functional")),
            1 => sample::draft(&district.replace("unit education department", "")),
            2 => sample::draft(&format!("{district}\nrow 供水 in east -> east territorial")),
            3 => sample::draft(&format!("{district}\n{backstop}\n{backstop}")),
            _ => sample::draft(&format!("{district}\n{backstop}")),
        }
    }

    /// Most units have some handlers: all-round or specialists, some of them away these days; and some matters take longer.
    pub(super) fn handlers(&mut self, today: Day) -> String {
        let mut lines = vec!["work 供水 60".to_owned(), "work 城市管理/占道经营 900".to_owned()];
        for unit in ["water", "market", "urban-management", "east", "lotus", "reed"] {
            for account in ACCOUNTS {
                if self.one_in(4) {
                    continue;
                }
                let capacity = 1 + self.dice.below(4);
                let mut line = format!("handler {unit} {account} for {capacity}");
                for _ in 0..self.dice.below(3) {
                    line += &format!(" can {}", self.dice.one_of(&SKILLS));
                }
                if self.one_in(3) {
                    let from = Day(today.0 + self.dice.below(4) as i32);
                    let to = Day(from.0 + self.dice.below(9) as i32);
                    line += &format!(" away {from}..{to}");
                }
                lines.push(line);
            }
        }
        if self.one_in(2) {
            lines.push("work 供水/停水 1200".to_owned());
        }
        lines.join("\n")
    }
}

fn on_orders() -> Vec<&'static Rule> {
    RULES.iter().filter(|rule| !rule.statuses.is_empty()).collect()
}

fn rule(word: &str) -> &'static Rule {
    RULES.iter().find(|rule| rule.word == word).expect("a line for every command")
}
