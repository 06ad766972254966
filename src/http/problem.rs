//! Refusals and errors as `application/problem+json` (RFC 9457): a stable code, the field, what to do.

use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use hotline_engine::Rejection;
use problem_details::ProblemDetails;
use serde::Serialize;
use utoipa::ToSchema;

use crate::sequencer::Refusal;

/// Seconds after which a client that was turned away may try again.
const RETRY_AFTER_SECONDS: &str = "1";

/// An answer that is not what was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: String,
    pointer: Option<String>,
}

/// The body of every answer above 399.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemBody {
    /// Where the code is explained.
    #[schema(example = "/problems/wrong-status")]
    r#type: String,
    /// What went wrong, for people, in Chinese.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What exactly, and what to do.
    detail: String,
    #[serde(flatten)]
    extensions: Extensions,
}

#[derive(Debug, Serialize, ToSchema)]
struct Extensions {
    /// Stable word for programs.
    code: &'static str,
    /// The fields at fault; empty when it is none.
    errors: Vec<FieldError>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// JSON pointer into the request body, or the name of a header or query parameter.
    pointer: String,
    detail: String,
}

impl FieldError {
    /// Whether both are of one field.
    pub(crate) fn is_of_the_field_of(&self, other: &FieldError) -> bool {
        self.pointer == other.pointer
    }
}

/// A refusal in a line of an answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Refused {
    /// Stable word for programs; `/problems/{code}` explains it.
    code: &'static str,
    /// What exactly, and what to do.
    detail: String,
    /// The fields at fault; empty when it is none.
    errors: Vec<FieldError>,
}

/// Every code with its title and status: the page behind `type`.
pub(crate) const CODES: &[(&str, StatusCode, &str)] = &[
    ("bad-json", StatusCode::BAD_REQUEST, "请求内容不是有效的 JSON"),
    ("bad-request", StatusCode::BAD_REQUEST, "请求参数有误"),
    ("unauthenticated", StatusCode::UNAUTHORIZED, "缺少或无效的令牌"),
    ("not-allowed", StatusCode::FORBIDDEN, "无权进行此操作"),
    ("not-found", StatusCode::NOT_FOUND, "未找到"),
    ("method-not-allowed", StatusCode::METHOD_NOT_ALLOWED, "不支持的方法"),
    ("timeout", StatusCode::REQUEST_TIMEOUT, "请求超时"),
    ("wrong-status", StatusCode::CONFLICT, "工单或知识条目的状态不允许此操作"),
    ("return-too-late", StatusCode::CONFLICT, "已超过退单时限"),
    ("overtaken", StatusCode::CONFLICT, "已有更新的输入"),
    ("after-due", StatusCode::CONFLICT, "已过到期时间"),
    ("not-possible", StatusCode::CONFLICT, "规则不允许此操作"),
    ("upstream-known", StatusCode::CONFLICT, "上级工单号已有工单,内容不同"),
    ("stale", StatusCode::PRECONDITION_FAILED, "工单或知识条目已被他人更新"),
    ("too-large", StatusCode::PAYLOAD_TOO_LARGE, "请求内容过大"),
    ("unsupported-media-type", StatusCode::UNSUPPORTED_MEDIA_TYPE, "内容类型不符"),
    ("invalid", StatusCode::UNPROCESSABLE_ENTITY, "字段内容无效"),
    ("key-reused", StatusCode::UNPROCESSABLE_ENTITY, "幂等键已用于另一请求"),
    ("internal", StatusCode::INTERNAL_SERVER_ERROR, "服务内部错误"),
    ("unknown", StatusCode::INTERNAL_SERVER_ERROR, "写入时磁盘故障,是否留存未知"),
    ("busy", StatusCode::SERVICE_UNAVAILABLE, "系统繁忙,请稍后重试"),
    ("stopping", StatusCode::SERVICE_UNAVAILABLE, "服务正在停止"),
    ("full", StatusCode::INSUFFICIENT_STORAGE, "存储空间已满"),
];

impl Problem {
    /// A problem of one of the [`CODES`].
    pub(crate) fn new(code: &'static str, detail: impl Into<String>) -> Problem {
        let (_, status, title) = CODES
            .iter()
            .copied()
            .find(|(known, _, _)| *known == code)
            .expect("every code in use is in the table");
        Problem { status, code, title, detail: detail.into(), pointer: None }
    }

    /// A field of the body, by dotted name, that is not what it should be.
    pub(crate) fn field(name: &str, detail: impl Into<String>) -> Problem {
        Problem::new("invalid", detail).at(name)
    }

    /// A header or query parameter that is not what it should be.
    pub(crate) fn parameter(name: &str, detail: impl std::fmt::Display) -> Problem {
        let problem = Problem::new("bad-request", format!("{name}: {detail}"));
        Problem { pointer: Some(name.to_owned()), ..problem }
    }

    /// Points at a field of the body, by dotted name; the whole body has none (RFC 6901).
    pub(crate) fn at(self, field: &str) -> Problem {
        let parts = field.split(['.', '[']).filter(|part| !part.is_empty());
        let pointer = parts.map(|part| format!("/{}", part.trim_end_matches(']'))).collect();
        Problem { pointer: Some(pointer), ..self }
    }

    /// The status, and what else a line of an answer says of it.
    pub(crate) fn in_a_line(self) -> (u16, Refused) {
        let errors = self.errors();
        let Problem { status, code, detail, .. } = self;
        (status.as_u16(), Refused { code, detail, errors })
    }

    /// The field at fault, if it is one.
    pub(crate) fn errors(&self) -> Vec<FieldError> {
        let error =
            |pointer: &String| FieldError { pointer: pointer.clone(), detail: self.detail.clone() };
        self.pointer.iter().map(error).collect()
    }

    /// What exactly is wrong.
    pub(crate) fn words(&self) -> String {
        self.detail.clone()
    }

    pub(crate) fn not_found(what: &str) -> Problem {
        Problem::new("not-found", format!("no {what}"))
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Problem {
        let code = match &rejection {
            Rejection::NotAllowed { .. }
            | Rejection::NotLead { .. }
            | Rejection::FinalOwnerKeeps { .. }
            | Rejection::OwnVersion { .. }
            | Rejection::ArticleOfAnother { .. }
            | Rejection::UnderSupervision { .. } => "not-allowed",
            Rejection::UnknownOrder { .. } | Rejection::UnknownArticle { .. } => "not-found",
            Rejection::WrongStatus { .. } | Rejection::WrongArticleStatus { .. } => "wrong-status",
            Rejection::Stale { .. } | Rejection::StaleArticle { .. } => "stale",
            Rejection::ReturnTooLate { .. } => "return-too-late",
            Rejection::NotCoUnit { .. } => "not-allowed",
            Rejection::AfterDue { .. } => "after-due",
            Rejection::FinalOwner { .. }
            | Rejection::BehindUpstream { .. }
            | Rejection::LongerThanLimit { .. }
            | Rejection::NotProvided { .. }
            | Rejection::AlreadyDone { .. }
            | Rejection::NotInForce { .. }
            | Rejection::ArticleNotInForce { .. }
            | Rejection::RatedEnough { .. }
            | Rejection::NothingOpen { .. }
            | Rejection::HandlerAbsent { .. }
            | Rejection::HandlerUnskilled { .. }
            | Rejection::HandlerFull { .. }
            | Rejection::AlreadyHis { .. }
            | Rejection::Enough { .. } => "not-possible",
            Rejection::KeyReused => "key-reused",
            Rejection::UpstreamKnown { .. } => "upstream-known",
            Rejection::Full { .. } => "full",
            Rejection::UnknownUnit { .. }
            | Rejection::UnknownMatter { .. }
            | Rejection::NoSuchArticle { .. }
            | Rejection::Refuser { .. }
            | Rejection::AlreadyThere { .. }
            | Rejection::NotJoinable { .. }
            | Rejection::ServiceOfAnother
            | Rejection::MoreThan { .. }
            | Rejection::InFuture { .. }
            | Rejection::LongAgo { .. }
            | Rejection::NoLink { .. }
            | Rejection::NotOneLine { .. }
            | Rejection::NoName { .. }
            | Rejection::FunctionalToGrassroots
            | Rejection::ValidityBackwards
            | Rejection::Empty { .. }
            | Rejection::OutOfRange { .. }
            | Rejection::NoEmergency { .. }
            | Rejection::UnknownHandler { .. }
            | Rejection::TooLong { .. }
            | Rejection::Draft(_) => "invalid",
        };
        let mut problem = Problem::new(code, rejection.to_string());
        match &rejection {
            Rejection::Stale { .. } => problem.title = "工单已被他人更新",
            Rejection::StaleArticle { .. } => problem.title = "知识条目已被他人更新",
            Rejection::WrongStatus { .. } => problem.title = "工单状态不允许此操作",
            Rejection::WrongArticleStatus { .. } => problem.title = "知识条目状态不允许此操作",
            _ => {}
        }
        match (rejection.field(), rejection) {
            (Some(field), _) => problem.at(field),
            (None, Rejection::UpstreamKnown { .. }) => problem.at("upstream.number"),
            (None, Rejection::KeyReused) => {
                Problem { pointer: Some("Idempotency-Key".into()), ..problem }
            }
            (None, _) => problem,
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        let code = match refusal {
            Refusal::Rejected(rejection) => return rejection.into(),
            Refusal::Busy => "busy",
            Refusal::NoSpace => "full",
            Refusal::TooLong { .. } => "too-large",
            Refusal::Stopping => "stopping",
            Refusal::Unknown => "unknown",
        };
        Problem::new(code, refusal.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let kind = Uri::try_from(format!("/problems/{}", self.code)).unwrap_or_default();
        let errors = self
            .pointer
            .map(|pointer| FieldError { pointer, detail: self.detail.clone() })
            .into_iter()
            .collect();
        let details = ProblemDetails::from_status_code(self.status)
            .with_type(kind)
            .with_title(self.title)
            .with_detail(self.detail)
            .with_extensions(Extensions { code: self.code, errors });
        let mut response = details.into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            let later = HeaderValue::from_static(RETRY_AFTER_SECONDS);
            response.headers_mut().insert(header::RETRY_AFTER, later);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rejection_has_a_code_of_the_table() {
        let rejections = [
            Rejection::KeyReused,
            Rejection::FunctionalToGrassroots,
            Rejection::Empty { field: "content" },
            Rejection::UnknownArticle { id: "a".into() },
        ];
        for rejection in rejections {
            let problem = Problem::from(rejection.clone());
            assert_eq!(problem.detail, rejection.to_string());
        }
    }

    #[test]
    fn a_nested_field_becomes_a_json_pointer() {
        for (field, pointer) in
            [("caller.phone", "/caller/phone"), ("tags[1]", "/tags/1"), ("", "")]
        {
            assert_eq!(Problem::field(field, "x").pointer.as_deref(), Some(pointer));
        }
    }
}
