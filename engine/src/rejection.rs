//! Why a command was refused. A refusal is an answer, not a failure; each names the field or the fact.

use crate::actor::Role;
use crate::draft::DraftError;
use crate::glossary::ArticleStatus;
use crate::order::{OrderId, Status};
use crate::time::Timestamp;

/// The engine's answer to a command that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The role has no right to the action.
    #[error("a {} may not {action}", role.code())]
    NotAllowed {
        /// Who asked.
        role: Role,
        /// For what.
        action: &'static str,
    },
    /// The actor's unit helps with the order but does not lead it.
    #[error("order {} is led by another unit; only the lead may do this", order.0)]
    NotLead {
        /// The order.
        order: OrderId,
    },
    /// There is no such order, or none that this actor may know of.
    #[error("no order {}", order.0)]
    UnknownOrder {
        /// The id asked for.
        order: OrderId,
    },
    /// A unit that the directory does not list, or that is dissolved.
    #[error("{field}: no such unit in force")]
    UnknownUnit {
        /// The field that names it.
        field: &'static str,
    },
    /// A matter that the taxonomy does not list.
    #[error("{field}: no such matter")]
    UnknownMatter {
        /// The field that names it.
        field: &'static str,
    },
    /// The order's status does not allow the action.
    #[error("order {} is {}; it cannot be {action} now", order.0, status.code())]
    WrongStatus {
        /// The order.
        order: OrderId,
        /// Where it stands.
        status: Status,
        /// What was asked, as a participle.
        action: &'static str,
    },
    /// The order has moved on since the actor saw it.
    #[error("order {} is at version {current}; read it again", order.0)]
    Stale {
        /// The order.
        order: OrderId,
        /// Its version now.
        current: u32,
    },
    /// The return limit has passed (within 2 working days, with reason: 山东省政务服务热线管理办法).
    #[error("order {} could be returned until {until}", order.0)]
    ReturnTooLate {
        /// The order.
        order: OrderId,
        /// The last instant at which it could be.
        until: Timestamp,
    },
    /// The unit has refused this order before.
    #[error("{field}: the unit has already returned this order")]
    Refuser {
        /// The field that names it.
        field: &'static str,
    },
    /// The unit has the order: sending it there again would only restart its clocks.
    #[error("{field}: the unit has this order already")]
    AlreadyThere {
        /// The field that names it.
        field: &'static str,
    },
    /// A functional matter would go to the grassroots (国办函〔2025〕66号, art. 5).
    #[error("lead: the matter is functional and must not go to a street or community")]
    FunctionalToGrassroots,
    /// A text that must say something is empty.
    #[error("{field}: is empty")]
    Empty {
        /// The field.
        field: &'static str,
    },
    /// A text or list is longer than can be meant.
    #[error("{field}: is longer than {max}")]
    TooLong {
        /// The field.
        field: &'static str,
        /// Characters, or entries of a list.
        max: usize,
    },
    /// The same idempotency key came with another body.
    #[error("Idempotency-Key: was used for another request")]
    KeyReused,
    /// The order from above is here already, with other words or another due: nothing of it is lost, somebody must look.
    #[error("upstream.number: is order {} already, and says something else", order.0)]
    UpstreamKnown {
        /// The order.
        order: OrderId,
    },
    /// Another version was written since the actor saw the article.
    #[error("article `{id}` is at version {current}; read it again")]
    StaleArticle {
        /// Its id.
        id: String,
        /// Number of its newest version.
        current: u32,
    },
    /// A name with line breaks.
    #[error("{field}: is not one line")]
    NotOneLine {
        /// The field.
        field: &'static str,
    },
    /// A name that is a folder's, in a path.
    #[error("{field}: is `.` or `..`, which no path can hold")]
    NoName {
        /// The field.
        field: &'static str,
    },
    /// There is no such article.
    #[error("no such article")]
    UnknownArticle {
        /// The id asked for.
        id: String,
    },
    /// The article's status does not allow the action.
    #[error("article `{id}` is {}; it cannot be {action} now", status.code())]
    WrongArticleStatus {
        /// Its id.
        id: String,
        /// How far its newest version came.
        status: ArticleStatus,
        /// What was asked, as a participle.
        action: &'static str,
    },
    /// Four eyes: nobody judges what he wrote.
    #[error("article `{id}`: who wrote a version does not review it")]
    OwnVersion {
        /// Its id.
        id: String,
    },
    /// A handler writes articles of his own units alone.
    #[error("article `{id}` is not one of your units'")]
    ArticleOfAnother {
        /// Its id.
        id: String,
    },
    /// The article by which a caller was answered is none.
    #[error("{field}: no such article")]
    NoSuchArticle {
        /// The field that names it.
        field: &'static str,
    },
    /// The article by which a caller was answered does not answer today.
    #[error("{field}: the article is not in force today")]
    ArticleNotInForce {
        /// The field that names it.
        field: &'static str,
    },
    /// An article that does not answer on the day on which somebody would rate it.
    #[error("article `{id}` is not in force today")]
    NotInForce {
        /// Its id.
        id: String,
    },
    /// The account has rated the article often enough for a day.
    #[error("article `{id}` was rated {max} times by you today; more is not counted")]
    RatedEnough {
        /// Its id.
        id: String,
        /// The most that counts.
        max: u32,
    },
    /// Something that leads nowhere.
    #[error("{field}: is not an address that begins with http:// or https://")]
    NoLink {
        /// The field.
        field: &'static str,
    },
    /// An article that would never answer.
    #[error("valid_to: lies before valid_from")]
    ValidityBackwards,
    /// The directory has a mistake.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// The unit was named by arbitration: it handles first and argues later (深圳民意速办: 先办后议).
    #[error("order {} was given by arbitration; it cannot be returned", order.0)]
    FinalOwner {
        /// The order.
        order: OrderId,
    },
    /// The unit was named by arbitration: nobody but a supervisor takes the order from it, in any cycle.
    #[error("order {} was given by arbitration; only a supervisor takes it from its final owner", order.0)]
    FinalOwnerKeeps {
        /// The order.
        order: OrderId,
    },
    /// The order is watched: the desk does not end it (深圳民意速办: 再不满意的督办).
    #[error("order {} is under supervision; only a supervisor closes it, once it is replied to, or withdraws it", order.0)]
    UnderSupervision {
        /// The order.
        order: OrderId,
    },
    /// The actor's unit does not help with the order.
    #[error("order {} has no co-unit that you act for", order.0)]
    NotCoUnit {
        /// The order.
        order: OrderId,
    },
    /// The profile knows nothing of the kind.
    #[error("the rules in force provide no {what}")]
    NotProvided {
        /// Of what.
        what: &'static str,
    },
    /// It has been done, and is not done twice.
    #[error("{what} already")]
    AlreadyDone {
        /// What was done.
        what: &'static str,
    },
    /// There is nothing to decide on or to look at.
    #[error("the order has no {what} that this could be about")]
    NothingOpen {
        /// What is missing.
        what: &'static str,
    },
    /// The order has had as many as it may.
    #[error("the order has had its {max} {what}")]
    Enough {
        /// Of what.
        what: &'static str,
        /// How many.
        max: usize,
    },
    /// A number that the rules do not allow.
    #[error("{field}: is not between 1 and {max}")]
    OutOfRange {
        /// The field.
        field: &'static str,
        /// The most that the rules allow.
        max: u32,
    },
    /// More time is asked for and given before expiry (山东省 2017: 到期前申请).
    #[error("order {} was due at {due}; more time is asked for and given before", order.0)]
    AfterDue {
        /// The order.
        order: OrderId,
        /// When it was due.
        due: Timestamp,
    },
    /// The order was passed down, and would be due inside behind when it must be done for the city.
    #[error("order {} must be done inside by {until}, before it is due at the city; the city must extend first", order.0)]
    BehindUpstream {
        /// The order.
        order: OrderId,
        /// The latest inner due.
        until: Timestamp,
    },
    /// So many working days would be longer than the limit that they extend (延期不超过原办理时限).
    #[error("order {} can be due by {until} at the latest: no extension is longer than the limit", order.0)]
    LongerThanLimit {
        /// The order.
        order: OrderId,
        /// As long after its due as the limit is.
        until: Timestamp,
    },
    /// A number that is nobody to transfer to.
    #[error("{field}: is not one of 110, 119, 120, 122")]
    NoEmergency {
        /// The field.
        field: &'static str,
    },
    /// The two orders cannot be handled as one.
    #[error("into: {why}")]
    NotJoinable {
        /// Why not.
        why: &'static str,
    },
    /// The case was told of as another unit's.
    #[error("unit: the case is another unit's")]
    ServiceOfAnother,
    /// More of a part than there is of the whole.
    #[error("{field}: is more than {whole}")]
    MoreThan {
        /// The part.
        field: &'static str,
        /// The whole.
        whole: &'static str,
    },
    /// A day that has not come yet.
    #[error("{field}: has not come yet")]
    InFuture {
        /// The field that names it.
        field: &'static str,
    },
    /// A day of which nobody has figures any more.
    #[error("{field}: is more than {days_max} days ago")]
    LongAgo {
        /// The field that names it.
        field: &'static str,
        /// How far back it may be.
        days_max: i32,
    },
    /// The lead unit lists no such handler.
    #[error("{field}: the unit has no such handler")]
    UnknownHandler {
        /// The field that names him.
        field: &'static str,
    },
    /// The handler has the order.
    #[error("{field}: he has this order already")]
    AlreadyHis {
        /// The field that names him.
        field: &'static str,
    },
    /// The handler is away today.
    #[error("{field}: is absent today")]
    HandlerAbsent {
        /// The field that names him.
        field: &'static str,
    },
    /// The handler does not handle such matters.
    #[error("{field}: lacks the skill for the matter")]
    HandlerUnskilled {
        /// The field that names him.
        field: &'static str,
    },
    /// The handler has as many open orders as he can.
    #[error("{field}: has the {capacity} open orders that he can have")]
    HandlerFull {
        /// The field that names him.
        field: &'static str,
        /// How many.
        capacity: u16,
    },
    /// The engine holds as much as its ids can name.
    #[error("{what}: the hotline holds the most it can, {max}")]
    Full {
        /// Of what.
        what: &'static str,
        /// How many.
        max: u64,
    },
}

impl Rejection {
    /// The field of the request that stands against it, if one does.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Rejection::UnknownUnit { field }
            | Rejection::UnknownMatter { field }
            | Rejection::NoSuchArticle { field }
            | Rejection::ArticleNotInForce { field }
            | Rejection::Refuser { field }
            | Rejection::AlreadyThere { field }
            | Rejection::Empty { field }
            | Rejection::NoEmergency { field }
            | Rejection::OutOfRange { field, .. }
            | Rejection::UnknownHandler { field }
            | Rejection::AlreadyHis { field }
            | Rejection::HandlerAbsent { field }
            | Rejection::HandlerUnskilled { field }
            | Rejection::HandlerFull { field, .. }
            | Rejection::MoreThan { field, .. }
            | Rejection::InFuture { field }
            | Rejection::LongAgo { field, .. }
            | Rejection::NoLink { field }
            | Rejection::NotOneLine { field }
            | Rejection::NoName { field }
            | Rejection::TooLong { field, .. } => Some(field),
            Rejection::FunctionalToGrassroots => Some("lead"),
            Rejection::ValidityBackwards => Some("valid_to"),
            Rejection::NotJoinable { .. } => Some("into"),
            Rejection::ServiceOfAnother => Some("unit"),
            Rejection::NotAllowed { .. }
            | Rejection::NotLead { .. }
            | Rejection::UnknownOrder { .. }
            | Rejection::WrongStatus { .. }
            | Rejection::Stale { .. }
            | Rejection::StaleArticle { .. }
            | Rejection::ReturnTooLate { .. }
            | Rejection::FinalOwner { .. }
            | Rejection::FinalOwnerKeeps { .. }
            | Rejection::UnderSupervision { .. }
            | Rejection::NotCoUnit { .. }
            | Rejection::NotProvided { .. }
            | Rejection::AlreadyDone { .. }
            | Rejection::NothingOpen { .. }
            | Rejection::Enough { .. }
            | Rejection::AfterDue { .. }
            | Rejection::BehindUpstream { .. }
            | Rejection::LongerThanLimit { .. }
            | Rejection::KeyReused
            | Rejection::UpstreamKnown { .. }
            | Rejection::UnknownArticle { .. }
            | Rejection::WrongArticleStatus { .. }
            | Rejection::OwnVersion { .. }
            | Rejection::ArticleOfAnother { .. }
            | Rejection::NotInForce { .. }
            | Rejection::RatedEnough { .. }
            | Rejection::Draft(_)
            | Rejection::Full { .. } => None,
        }
    }
}
