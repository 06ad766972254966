//! The API's description: OpenAPI 3.1, a page to read it that needs no network, and what each problem code means.

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, http::header};
use serde_json::json;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{OpenApi, RefOr};

use super::problem::{CODES, Problem};

/// Adds what handlers do not say themselves.
pub(crate) fn describe(mut api: OpenApi) -> OpenApi {
    api.info.title = "hotline".into();
    api.info.description = Some(
        "政务服务热线(12345)派单引擎。All times are RFC 3339 at +08:00; errors are problem+json."
            .into(),
    );
    // The library's own author stands there, and answers for nothing here.
    api.info.contact = None;
    api.info.version = env!("CARGO_PKG_VERSION").into();
    api.info.license = Some(
        utoipa::openapi::LicenseBuilder::new()
            .name("Apache-2.0")
            .identifier(Some("Apache-2.0"))
            .build(),
    );
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let mut components = api.components.unwrap_or_default();
    components.add_security_scheme("token", bearer);
    api.components = Some(components);
    for (path, item) in &mut api.paths.paths {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            also_unavailable(operation);
            describe_answers(operation);
            if !path.starts_with("/api/") {
                // Probes and figures are open to everybody on this machine.
                operation.security = Some(vec![SecurityRequirement::default()]);
            }
        }
    }
    api.security = Some(vec![SecurityRequirement::new("token", Vec::<String>::new())]);
    api
}

/// OpenAPI wants a description of each answer; ours follow from the status where the handler says nothing special.
fn describe_answers(operation: &mut Operation) {
    for (status, answer) in &mut operation.responses.responses {
        if let RefOr::T(answer) = answer
            && answer.description.is_empty()
        {
            answer.description = match status.as_str() {
                "204" => "Done; there is nothing to say",
                status if status.starts_with('2') => "What was asked for",
                "503" => "Too much is waiting, or the service is stopping; `Retry-After` says when to come back",
                status if status.starts_with('4') => "The request is refused; the code says why",
                _ => "The service failed",
            }
            .to_owned();
        }
        // Whatever is refused is refused in one form.
        if let RefOr::T(answer) = answer
            && !status.starts_with('2')
            && let Some(problem) = answer.content.shift_remove("application/json")
        {
            answer.content.insert("application/problem+json".to_owned(), problem);
        }
    }
}

/// Whatever writes may find the service busy, stopping or without room on the disk; what reads may find it busy.
fn also_unavailable(operation: &mut Operation) {
    let answers = &mut operation.responses.responses;
    if let Some(refused) = answers.get("4XX").cloned() {
        answers.entry("5XX".to_owned()).or_insert(refused);
    }
}

/// `/openapi.json`, `/docs` and `/problems/{code}`.
pub(crate) fn routes(api: &OpenApi) -> Router {
    let text = api.to_json().expect("a description of plain data");
    let page = json!({ "url": "/openapi.json", "withDefaultFonts": false });
    Router::new()
        .route(
            "/openapi.json",
            get(move || {
                let text = text.clone();
                async move { ([(header::CONTENT_TYPE, "application/json")], text) }
            }),
        )
        .route("/problems/{code}", get(problem))
        .merge(scalar_api_reference::axum::router("/docs", &page))
}

async fn problem(Path(code): Path<String>) -> Response {
    match CODES.iter().find(|(known, _, _)| *known == code) {
        Some((code, status, title)) => {
            Json(json!({ "code": code, "status": status.as_u16(), "title": title })).into_response()
        }
        None => Problem::not_found(&format!("problem `{code}`")).into_response(),
    }
}
