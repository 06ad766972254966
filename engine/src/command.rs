//! What somebody may ask for. A command may be refused.

mod naming;

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::article::{ArticleDraft, Backing};
use crate::directory::{MatterId, UnitId};
use crate::draft::DirectoryDraft;
use crate::figures::Calls;
use crate::handling::Answer;
use crate::order::{
    Callback, Caller, Channel, Classification, Kind, OrderId, PauseReason, ReturnReason,
    ReworkReason, Upstream, Urgency,
};
use crate::rating::ServiceReport;
use crate::text::{Sketch, shows_name};
use crate::time::Day;

use xxhash_rust::xxh3::xxh3_64;

/// A request with who makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Who asks.
    pub actor: Actor,
    /// The version of the order, or the newest of the article, that the actor saw; refused when it has moved on.
    pub seen: Option<u32>,
    /// What for.
    pub action: Action,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Accept a citizen's contact as an order (受理).
    Accept(Box<Acceptance>),
    /// A dispatcher's decision on an order in triage, or a new unit before signing (派单).
    Dispatch {
        /// The order.
        order: OrderId,
        /// Who leads.
        lead: UnitId,
        /// Who helps.
        co_units: Vec<UnitId>,
        /// The corrected matter, if the dispatcher corrects it.
        matter: Option<MatterId>,
    },
    /// The unit accepts receipt (签收).
    Sign {
        /// The order.
        order: OrderId,
    },
    /// The unit refuses (退单).
    Return {
        /// The order.
        order: OrderId,
        /// The class of reason.
        reason: ReturnReason,
        /// Who should have it instead.
        suggested: Option<UnitId>,
        /// What the refusal rests on.
        evidence: String,
    },
    /// The unit replies (答复).
    Reply {
        /// The order.
        order: OrderId,
        /// For the caller.
        public_text: String,
        /// For the file.
        internal_text: String,
    },
    /// Somebody called the caller back (回访).
    CallBack {
        /// The order.
        order: OrderId,
        /// How it went.
        callback: Callback,
    },
    /// The unit spoke with the caller (首次联系).
    Contact {
        /// The order.
        order: OrderId,
        /// What was said.
        note: String,
    },
    /// The unit asks for a later due (延期申请).
    RequestExtension {
        /// The order.
        order: OrderId,
        /// Working days more.
        working_days: u16,
        /// Why.
        reason: String,
    },
    /// Grant or refuse the extension that was asked for.
    DecideExtension {
        /// The order.
        order: OrderId,
        /// Which of the two.
        granted: bool,
        /// Why; may be empty.
        note: String,
    },
    /// Others must act first: the clock stands still (暂停计时).
    Pause {
        /// The order.
        order: OrderId,
        /// Why.
        reason: PauseReason,
        /// What is waited for.
        note: String,
    },
    /// The clock goes on.
    Resume {
        /// The order.
        order: OrderId,
    },
    /// A co-unit contributes (协办反馈).
    CoReply {
        /// The order.
        order: OrderId,
        /// For the lead unit and the file.
        text: String,
    },
    /// The desk judges a reply (审核).
    Review {
        /// The order.
        order: OrderId,
        /// Whether it may go out as it is; else the unit goes on.
        passed: bool,
        /// Why; may be empty when it passed.
        note: String,
    },
    /// A new handling cycle on the same order (重办).
    Rework {
        /// The order.
        order: OrderId,
        /// Why.
        reason: ReworkReason,
        /// What the unit should do better, or the new facts.
        note: String,
    },
    /// Tell the unit to hurry (催办).
    Remind {
        /// The order.
        order: OrderId,
        /// What to say.
        note: String,
    },
    /// Put the order under formal supervision (督办).
    Supervise {
        /// The order.
        order: OrderId,
        /// What is demanded.
        note: String,
    },
    /// The caller takes it back (撤回).
    Withdraw {
        /// The order.
        order: OrderId,
        /// Why.
        note: String,
    },
    /// Hand the caller to 110, 119 or 120 at once: no order waits for that (国办函〔2025〕66号).
    Transfer {
        /// The order.
        order: OrderId,
        /// The number.
        number: u16,
    },
    /// Look into the vault: who is behind the order. Each look stands in the journal.
    Reveal {
        /// The order.
        order: OrderId,
        /// What for.
        purpose: String,
    },
    /// Close a replied order (办结).
    Close {
        /// The order.
        order: OrderId,
    },
    /// Handle an order with another about the same (并单): which of the three cases it is, the two orders say.
    Merge {
        /// The order that is joined.
        order: OrderId,
        /// The order that is handled for both.
        into: OrderId,
    },
    /// Let a joined order be on its own again (撤销并单).
    Unmerge {
        /// The order.
        order: OrderId,
        /// Why.
        note: String,
    },
    /// The desk answers by itself (直接解答).
    Answer {
        /// The order.
        order: OrderId,
        /// What the caller heard.
        answer: Answer,
    },
    /// The unit objects to a bad grade (差评申诉).
    Appeal {
        /// The order that the grade became.
        order: OrderId,
        /// Why the grade is wrong.
        reason: String,
    },
    /// Uphold or dismiss the objection.
    DecideAppeal {
        /// The order.
        order: OrderId,
        /// Whether the grade is struck out.
        upheld: bool,
        /// Why; may be empty when it is upheld.
        note: String,
    },
    /// A service was done for a citizen, or rated by one (好差评).
    ReportService(Box<ServiceReport>),
    /// What the telephone platform counted on a day (话务量); a later count of the day replaces it.
    CountCalls {
        /// The day.
        day: Day,
        /// How many.
        calls: Calls,
    },
    /// Write an article and put it in force at once, by somebody who may do all of it.
    PutArticle(Box<ArticleDraft>),
    /// Remove a knowledge article.
    RemoveArticle {
        /// Its id.
        id: String,
    },
    /// Write a version of an article; what answers goes on answering (起草).
    DraftArticle(Box<ArticleDraft>),
    /// Say what an article rests on, and when it is looked at again, as it stands (复审).
    BackArticle {
        /// Its id.
        id: String,
        /// What.
        backing: Backing,
    },
    /// Judge the newest version of an article (审核).
    ReviewArticle {
        /// Its id.
        id: String,
        /// Whether it is right; else whoever wrote it goes on.
        passed: bool,
        /// Why; may be empty when it passed.
        note: String,
    },
    /// Let the reviewed version of an article answer (发布).
    PublishArticle {
        /// Its id.
        id: String,
    },
    /// Let nothing of an article answer any more (失效).
    ExpireArticle {
        /// Its id.
        id: String,
        /// Why.
        note: String,
    },
    /// Say whether an article helped (有用, 无用).
    RateArticle {
        /// Its id.
        id: String,
        /// Which.
        useful: bool,
        /// What is wrong or missing; may be empty.
        note: String,
    },
    /// Put a new version of units, matters and duty list in force.
    AdoptDirectory(Box<DirectoryDraft>),
    /// Ask which dues have passed. The edge sends one at least every second.
    Tick,
    /// Give an order to a handler of its lead unit, or to nobody for now (指派).
    Assign {
        /// The order.
        order: OrderId,
        /// Name of the handler's account; none = it waits again.
        handler: Option<String>,
    },
}

/// Everything an order starts with. What the classifier found travels inside, so a new model cannot change the past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// What the caller wants.
    pub kind: Kind,
    /// The matter, when the call-taker is sure; else the classification decides.
    pub matter: Option<MatterId>,
    /// Free tags.
    pub tags: Vec<String>,
    /// How fast it must move.
    pub urgency: Urgency,
    /// Where it came in.
    pub channel: Channel,
    /// May be empty.
    pub title: String,
    /// The story.
    pub content: String,
    /// The place in the caller's words.
    pub place: Option<String>,
    /// What the place resolved to.
    pub region: Option<UnitId>,
    /// Its double upstream.
    pub upstream: Option<Upstream>,
    /// 110, 119 or 120, when the text is life-threatening.
    pub transfer: Option<u16>,
    /// What the classifier said.
    pub classification: Classification,
    /// What the words look like, for finding duplicates.
    pub sketch: Option<Sketch>,
    /// What the desk answered by itself: no unit gets the order.
    pub answer: Option<Answer>,
    /// Who is behind it; goes to the vault.
    pub caller: Option<Caller>,
    /// Makes a repeated request harmless.
    pub idempotency: Option<IdempotencyKey>,
}

impl Acceptance {
    /// A contact of which nothing is known but what was said, and how.
    pub fn plain(kind: Kind, channel: Channel, content: String) -> Acceptance {
        Acceptance {
            kind,
            matter: None,
            tags: Vec::new(),
            urgency: Urgency::Normal,
            channel,
            title: String::new(),
            content,
            place: None,
            region: None,
            upstream: None,
            transfer: None,
            classification: Classification::default(),
            sketch: None,
            answer: None,
            caller: None,
            idempotency: None,
        }
    }

    /// The same, of this caller: his name is for the vault, and is taken out of what others read, however it is written there.
    #[must_use]
    pub fn told_by(mut self, caller: Caller) -> Acceptance {
        let answer = self.answer.as_mut().map(|answer| &mut answer.text);
        let texts = [&mut self.title, &mut self.content].into_iter().chain(answer);
        for text in texts.chain(&mut self.place).chain(&mut self.tags) {
            caller.hide_in(text);
        }
        if let Some(upstream) = &mut self.upstream
            && let Some(hidden) = caller.hidden_from(&upstream.number)
        {
            // Two numbers that differ in what is hidden are two.
            let told_apart = xxh3_64(upstream.number.as_bytes()) as u32;
            upstream.number = format!("{hidden}~{told_apart:08x}");
        }
        self.classification.evidence.retain(|piece| !shows_name(piece, &caller.name));
        self.caller = Some(caller);
        self
    }
}

/// A client's key for one request, and a hash of what it asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IdempotencyKey {
    /// Hash of the client's account and key.
    pub key: u128,
    /// Hash of the request's body.
    pub body: u64,
}
