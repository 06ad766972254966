//! Reads a JSON body: bounded, strict, and with the name of the field that is wrong.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use hotline_engine::text::mask_identity;
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// Bytes of a body: twenty times the longest order.
pub(crate) const BODY_BYTES_MAX: usize = 1 << 20;

/// Bytes that are read beyond that, to be heard by a client that sends first and listens later.
const PASSED_BYTES_MAX: usize = 16 << 20;

/// A body of type `T`, and its bytes as they came.
#[derive(Debug)]
pub(crate) struct Body<T> {
    pub(crate) value: T,
    pub(crate) bytes: Bytes,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Body<T>, Problem> {
        let media = request.headers().get(header::CONTENT_TYPE).map(|value| value.as_bytes());
        // curl's default for -d is a form: said plainly, as it is the first mistake everybody makes.
        if !media.is_some_and(|media| media.starts_with(b"application/json")) {
            let detail = "send `Content-Type: application/json`";
            return Err(Problem::new("unsupported-media-type", detail));
        }
        let bytes = read(request.into_body()).await?;
        let value = parse(&bytes)?;
        Ok(Body { value, bytes })
    }
}

/// Reads a bounded body. What is too long is read on for a while: a client that is still sending would see a broken
/// connection instead of the answer.
async fn read(mut body: axum::body::Body) -> Result<Bytes, Problem> {
    let (mut bytes, mut passed) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let broken =
            |error| Problem::new("bad-request", format!("the body could not be read: {error}"));
        let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
        if passed == 0 && bytes.len() + data.len() <= BODY_BYTES_MAX {
            bytes.extend_from_slice(&data);
            continue;
        }
        passed += data.len();
        if passed > PASSED_BYTES_MAX {
            break;
        }
    }
    if passed > 0 {
        let detail = format!("the body is longer than {BODY_BYTES_MAX} bytes");
        return Err(Problem::new("too-large", detail));
    }
    Ok(bytes.into())
}

/// Parses JSON; the problem names the field and the place.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // A struct would also be read from a list of its values, whose order nobody promised.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(Problem::field("", "a list, expected an object"));
    }
    let mut from = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut from).map_err(|error| {
        let path = mask_identity(&error.path().to_string()).into_owned();
        let inner = error.into_inner();
        match path.as_str() {
            _ if !inner.is_data() => Problem::new("bad-json", inner.to_string()),
            "." => Problem::field("", without_value(&inner.to_string())),
            field => {
                Problem::field(field, format!("{field}: {}", without_value(&inner.to_string())))
            }
        }
    })?;
    from.end().map_err(|error| Problem::new("bad-json", error.to_string()))?;
    Ok(value)
}

/// The parser's words without the text that it stumbled over, which may be somebody's name or number.
fn without_value(words: &str) -> String {
    match words.split_once("string \"").zip(words.rsplit_once("\", expected")) {
        Some(((before, _), (_, after))) => format!("{before}a string, expected{after}"),
        None => mask_identity(words).into_owned(),
    }
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
            (r#"{"13800000000":1}"#, "unknown field `138****0000`"),
            (r#"[["a"]]"#, "a list, expected an object"),
            (r#"{"tags":[]} x"#, "trailing characters at line 1 column 13"),
        ];
        for (body, wanted) in cases {
            let problem = parse::<Sample>(body.as_bytes()).unwrap_err();
            assert!(format!("{problem:?}").contains(wanted), "{problem:?}");
        }
    }
}
