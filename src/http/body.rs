//! Reads a JSON body: bounded, strict, and with the name of the field that is wrong.

#[cfg(test)]
mod hostile;

use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use axum::extract::{FromRequest, Request};
use axum::http::header;
use hotline_engine::text::mask_identity;
use http_body_util::BodyExt;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::problem::Problem;

/// Bytes of a body: twenty times the longest order.
pub(crate) const BODY_BYTES_MAX: usize = 1 << 20;

/// How much is read of a body, and for how long.
const BOUNDS: Bounds = Bounds {
    bytes: BODY_BYTES_MAX,
    passed_bytes: 16 << 20,
    arrival: Some(Duration::from_secs(10)),
};

/// How much is read of a body, and for how long; tests take a bound away, to see what that lets happen.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    /// Of what is kept.
    bytes: usize,
    /// That are read beyond that, to be heard by a client that sends first and listens later.
    passed_bytes: usize,
    /// From the end of the headers to the end of the body: 1 MiB within it is a slow line, and slower is none.
    arrival: Option<Duration>,
}

/// Bytes of a body that are not counted: those of an order with a long story.
const SMALL_BYTES_MAX: usize = 16 << 10;

/// Bytes of all larger bodies under way: many connections may each send 1 MiB, and take their time.
const LARGE_BYTES_MAX: usize = 64 << 20;

/// A key longer than this is not shown in a mistake.
const KEY_SHOWN_BYTES_MAX: usize = 60;

/// Reads an object, and not a list of its values in an order that nobody promised: for a part of a body.
pub(crate) fn object<'de, T, D>(from: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    struct FieldsOf<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for FieldsOf<T> {
        type Value = Option<T>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Option<T>, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map)).map(Some)
        }

        fn visit_unit<E: serde::de::Error>(self) -> Result<Option<T>, E> {
            Ok(None)
        }
    }
    from.deserialize_any(FieldsOf(PhantomData))
}

/// A body of type `T`, and its bytes as they came.
#[derive(Debug)]
pub(crate) struct Body<T> {
    pub(crate) value: T,
    pub(crate) bytes: Bytes,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Body<T>, Problem> {
        let bytes = whole(request, "application/json").await?;
        let value = parse(&bytes.bytes)?;
        Ok(Body { value, bytes: bytes.bytes })
    }
}

/// No body, or an empty object: whoever says more means something that would not be done.
#[derive(Debug)]
pub(crate) struct NoBody;

impl<S: Send + Sync> FromRequest<S> for NoBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<NoBody, Problem> {
        let mut held = Held { bytes: 0, all: &LARGE_BYTES };
        let bytes = arrived(request.into_body(), &mut held, BOUNDS).await?;
        nothing_in(&bytes)
    }
}

fn nothing_in(bytes: &[u8]) -> Result<NoBody, Problem> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields, expecting = "no body, or an empty object")]
    struct Nothing {}
    if bytes.trim_ascii().is_empty() {
        return Ok(NoBody);
    }
    parse(bytes).map(|Nothing {}| NoBody)
}

/// Lines of JSON (NDJSON), none of them read yet.
#[derive(Debug)]
pub(crate) struct Lines(pub(crate) Whole);

impl<S: Send + Sync> FromRequest<S> for Lines {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Lines, Problem> {
        whole(request, "application/x-ndjson").await.map(Lines)
    }
}

/// A whole body, counted among the large ones for as long as it is kept.
#[derive(Debug)]
pub(crate) struct Whole {
    pub(crate) bytes: Bytes,
    _held: Held,
}

/// The body of a request of this media type.
async fn whole(request: Request, media: &'static str) -> Result<Whole, Problem> {
    let said = request.headers().get(header::CONTENT_TYPE).map(|value| value.as_bytes());
    // curl's default for -d is a form: said plainly, as it is the first mistake everybody makes.
    let is_meant = |said: &[u8]| {
        let kind = said.split(|byte| *byte == b';').next().unwrap_or_default();
        kind.trim_ascii().eq_ignore_ascii_case(media.as_bytes())
    };
    if request.headers().contains_key(header::CONTENT_ENCODING) {
        let detail = "send the body as it is, without `Content-Encoding`";
        return Err(Problem::new("unsupported-media-type", detail));
    }
    if !said.is_some_and(is_meant) {
        let detail = format!("send `Content-Type: {media}`");
        return Err(Problem::new("unsupported-media-type", detail));
    }
    let mut held = Held { bytes: 0, all: &LARGE_BYTES };
    let bytes = arrived(request.into_body(), &mut held, BOUNDS).await?;
    Ok(Whole { bytes, _held: held })
}

/// Bytes of large bodies that are held now.
static LARGE_BYTES: AtomicUsize = AtomicUsize::new(0);

/// A body's part in [`LARGE_BYTES`], given back when it is parsed or given up.
#[derive(Debug)]
struct Held {
    bytes: usize,
    /// Of all bodies.
    all: &'static AtomicUsize,
}

impl Held {
    /// Counts what a body grows to; refuses what would be too much of all together.
    fn grow_to(&mut self, bytes: usize) -> Result<(), Problem> {
        let more = bytes.saturating_sub(SMALL_BYTES_MAX).saturating_sub(self.bytes);
        if more == 0 {
            return Ok(());
        }
        if self.all.fetch_add(more, Ordering::Relaxed) + more > LARGE_BYTES_MAX {
            self.all.fetch_sub(more, Ordering::Relaxed);
            return Err(Problem::new("busy", "too many large requests are arriving; try again"));
        }
        self.bytes += more;
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.all.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// A body that has come in time.
async fn arrived(
    body: axum::body::Body,
    held: &mut Held,
    bounds: Bounds,
) -> Result<Bytes, Problem> {
    let arriving = read(body, held, bounds);
    match bounds.arrival {
        None => arriving.await,
        Some(patience) => {
            let arrived = tokio::time::timeout(patience, arriving).await;
            arrived.unwrap_or_else(|_| Err(super::timeout()))
        }
    }
}

/// Reads a bounded body. What is too long is read on for a while, and dropped: a client that is still sending would see a
/// broken connection instead of the answer.
async fn read(
    mut body: axum::body::Body,
    held: &mut Held,
    bounds: Bounds,
) -> Result<Bytes, Problem> {
    let too_large = || {
        let detail = format!("the body is longer than {} bytes", bounds.bytes);
        Problem::new("too-large", detail)
    };
    // Nothing is read of what says itself that it is endless.
    if body.size_hint().lower() > (bounds.bytes.saturating_add(bounds.passed_bytes)) as u64 {
        return Err(too_large());
    }
    let (mut bytes, mut passed) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let broken =
            |error| Problem::new("bad-request", format!("the body could not be read: {error}"));
        let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
        if passed == 0 && bytes.len() + data.len() <= bounds.bytes {
            held.grow_to(bytes.len() + data.len())?;
            bytes.extend_from_slice(&data);
            continue;
        }
        bytes = Vec::new();
        passed += data.len();
        if passed > bounds.passed_bytes {
            break;
        }
    }
    if passed > 0 { Err(too_large()) } else { Ok(bytes.into()) }
}

/// Parses JSON; the problem names the field and the place.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let is_object = bytes.trim_ascii_start().starts_with(b"{");
    // Only what has a mistake is read once more with an eye to where it is: keeping the path costs as much as reading.
    if is_object
        && !may_hold_nul(bytes)
        && let Ok(value) = serde_json::from_slice(bytes)
    {
        return Ok(value);
    }
    parse_with_path(bytes)
}

fn parse_with_path<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // A struct would also be read from a list of its values, whose order nobody promised.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(Problem::field("", "a list, expected an object"));
    }
    let mut from = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut from).map_err(|error| {
        let path = mask_identity(&error.path().to_string()).into_owned();
        let inner = error.into_inner();
        let (path, words) = (path_shown(&path), without_value(&inner.to_string()));
        let inside = |field: &str| match path.as_str() {
            "." => field.to_owned(),
            path => format!("{path}.{field}"),
        };
        match (path.as_str(), named_field(&words)) {
            _ if !inner.is_data() => Problem::new("bad-json", inner.to_string()),
            (_, Some((field, said))) => {
                let field = inside(field);
                Problem::field(&field, format!("{field}: {said}"))
            }
            (".", None) => Problem::field("", words),
            (field, None) => Problem::field(field, format!("{field}: {words}")),
        }
    })?;
    from.end().map_err(|error| Problem::new("bad-json", error.to_string()))?;
    match nul_in(bytes) {
        None => Ok(value),
        Some(field) => Err(Problem::field(&field, format!("{field}: holds the character U+0000"))),
    }
}

/// Whether the escape of a NUL stands in it; perhaps behind another backslash, where it is none.
fn may_hold_nul(bytes: &[u8]) -> bool {
    const ESCAPED: &[u8] = br"\u0000";
    bytes.contains(&b'\\') && bytes.windows(ESCAPED.len()).any(|piece| piece == ESCAPED)
}

/// The field with a NUL in it: no text that people write has one, and other systems end their texts at it.
fn nul_in(bytes: &[u8]) -> Option<String> {
    if !may_hold_nul(bytes) {
        return None;
    }
    fn find(value: &serde_json::Value, path: &str) -> Option<String> {
        use serde_json::Value::{Array, Object, String};
        let inside = |name: &str| match path {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        };
        match value {
            String(text) => text.contains('\0').then(|| path.to_owned()),
            Array(all) => {
                all.iter().enumerate().find_map(|(at, one)| find(one, &format!("{path}[{at}]")))
            }
            Object(all) => all.iter().find_map(|(name, one)| find(one, &inside(name))),
            _ => None,
        }
    }
    find(&serde_json::from_slice(bytes).ok()?, "")
}

/// The field in "missing field `name`" and "duplicate field `name`", and what is said of it.
fn named_field(words: &str) -> Option<(&str, &'static str)> {
    let (field, said) = match words.strip_prefix("missing field `") {
        Some(field) => (field, "is missing"),
        None => (words.strip_prefix("duplicate field `")?, "is there twice"),
    };
    field.split_once('`').map(|(field, _)| (field, said))
}

/// The path to a mistake, if it is made of words as fields are: a key may be anything, even somebody's name.
fn path_shown(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.[]".contains(c);
    if path.len() <= KEY_SHOWN_BYTES_MAX && path.chars().all(plain) {
        mask_identity(path).into_owned()
    } else {
        ".".to_owned()
    }
}

/// The parser's words without the text that it stumbled over, which may be somebody's name or number.
fn without_value(words: &str) -> String {
    match words.split_once("string \"").zip(words.rsplit_once("\", expected")) {
        Some(((before, _), (_, after))) => format!("{before}a string, expected{after}"),
        None => without_key(&mask_identity(words)),
    }
}

/// The same for a key that nobody expects.
fn without_key(words: &str) -> String {
    let Some((before, rest)) = words.split_once("unknown field `") else { return words.to_owned() };
    let Some((key, after)) = rest.split_once('`') else { return words.to_owned() };
    let shown = if path_shown(key) == key { key } else { "…" };
    format!("{before}unknown field `{shown}`{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[serde(rename = "tags")]
        _tags: Vec<String>,
    }

    #[test]
    fn large_bodies_are_bounded_together_and_small_ones_are_not_counted() {
        static ALL: AtomicUsize = AtomicUsize::new(0);
        let mut bodies: Vec<Held> = Vec::new();
        loop {
            let mut held = Held { bytes: 0, all: &ALL };
            if held.grow_to(BODY_BYTES_MAX).is_err() {
                break;
            }
            bodies.push(held);
        }
        let fit = LARGE_BYTES_MAX / (BODY_BYTES_MAX - SMALL_BYTES_MAX);
        assert_eq!(bodies.len(), fit);
        let mut order = Held { bytes: 0, all: &ALL };
        assert!(order.grow_to(SMALL_BYTES_MAX).is_ok(), "an order comes in");
        drop(bodies);
        assert_eq!(ALL.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn where_nothing_is_asked_for_nothing_may_be_said() {
        for body in ["", " \n", "{}"] {
            assert!(nothing_in(body.as_bytes()).is_ok(), "{body:?}");
        }
        for (body, wanted) in [
            (r#"{"note":"x"}"#, "note: unknown field `note`"),
            ("[]", "a list, expected an object"),
            ("7", "expected no body, or an empty object"),
            ("x", "expected value"),
        ] {
            let problem = format!("{:?}", nothing_in(body.as_bytes()).unwrap_err());
            assert!(problem.contains(wanted), "{problem}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases = [
            (
                r#"{"tags":["a",7]}"#,
                "tags[1]: invalid type: integer `7`, expected a string at line 1 column 14",
            ),
            (r#"{"tags":[]"#, "EOF while parsing an object at line 1 column 10"),
            (r#"{"tagz":[]}"#, "tagz: unknown field `tagz`, expected `tags` at line 1 column 7"),
            (
                r#"{"tags":"林小明 13800000000"}"#,
                "tags: invalid type: a string, expected a sequence",
            ),
            (r#"{"13800000000":1}"#, "unknown field `…`, expected `tags`"),
            (r#"{"林小明":1}"#, "unknown field `…`, expected `tags`"),
            (r#"[["a"]]"#, "a list, expected an object"),
            (r#"{"tags":["a","b\u0000"]}"#, "tags[1]: holds the character U+0000"),
            (r#"{"tags":[],"tags":[]}"#, "tags: is there twice"),
            (r#"{"tags":[]} x"#, "trailing characters at line 1 column 13"),
        ];
        assert!(parse::<Sample>(br#"{"tags":["a\\u0000"]}"#).is_ok(), "a backslash and a word");
        for (body, wanted) in cases {
            let problem = parse::<Sample>(body.as_bytes()).unwrap_err();
            assert!(format!("{problem:?}").contains(wanted), "{problem:?}");
        }
    }
}
