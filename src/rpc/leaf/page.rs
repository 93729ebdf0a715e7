//! HTTP responses that are not gRPC: from a proxy in between, or another kind of server.

use std::sync::OnceLock;

use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt as _, Full};
use temporalio_client::tonic::{Status, body::Body, transport};

/// How much of a page is searched for its title, in bytes.
const LOOKED_AT: usize = 4096;

/// Notes the page that comes back instead of a response, if one does.
pub(super) async fn noted(
    answer: http::Response<Body>,
    page: &OnceLock<String>,
) -> Result<http::Response<Body>, transport::Error> {
    if !is_page(&answer) {
        return Ok(answer);
    }
    let (described, answer) = read(answer).await;
    let _ = page.set(described);
    Ok(answer)
}

fn is_page(answer: &http::Response<Body>) -> bool {
    answer.status() != StatusCode::OK && !answer.headers().contains_key(Status::GRPC_STATUS)
}

/// Describes a page, and returns it with the part that was read.
async fn read(answer: http::Response<Body>) -> (String, http::Response<Body>) {
    let (parts, mut body) = answer.into_parts();
    let mut page = Vec::new();
    while page.len() < LOOKED_AT
        && let Some(Ok(frame)) = body.frame().await
    {
        if let Some(data) = frame.data_ref() {
            page.extend_from_slice(data);
        }
    }
    let title = title(&page).map_or_else(String::new, |title| format!(" and a page {title:?}"));
    let status = parts.status;
    let described = format!(
        "answered with HTTP status {status}{title} instead of a gRPC status: it is not a Temporal \
         server, or a proxy in front of one refused the call"
    );
    let body = Body::new(Full::new(Bytes::from(page)));
    (described, http::Response::from_parts(parts, body))
}

/// Returns the title of a page, in which proxies give their reason for refusing a call.
fn title(page: &[u8]) -> Option<&str> {
    let page = std::str::from_utf8(page).ok()?;
    let (_, rest) = page.split_once("<title>")?;
    let (title, _) = rest.split_once("</title>")?;
    Some(title.trim())
}
