//! Answers of what speaks HTTP, but no gRPC: a proxy in between, or a server of another kind.

use std::{future::poll_fn, pin::Pin};

use http::StatusCode;
use http_body::Body as _;
use temporalio_client::tonic::{Code, Status, body::Body};

/// How much of a page is looked at for its title.
const LOOKED_AT: usize = 4096;

/// Returns the status that such an answer is. Codes are those that gRPC maps HTTP's to.
pub(super) async fn status(status: StatusCode, body: Body, from: &str) -> Status {
    let code = match status {
        StatusCode::BAD_REQUEST => Code::Internal,
        StatusCode::UNAUTHORIZED => Code::Unauthenticated,
        StatusCode::FORBIDDEN => Code::PermissionDenied,
        StatusCode::NOT_FOUND => Code::Unimplemented,
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => Code::Unavailable,
        _ => Code::Unknown,
    };
    let page = beginning(body).await;
    let title = title(&page).map_or_else(String::new, |title| format!(" and a page {title:?}"));
    Status::new(
        code,
        format!(
            "{from} answered with HTTP status {status}{title} instead of a gRPC status: it is no \
             Temporal server, or a proxy before one that refuses the call"
        ),
    )
}

async fn beginning(mut body: Body) -> Vec<u8> {
    let mut page = Vec::new();
    while page.len() < LOOKED_AT
        && let Some(Ok(frame)) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await
    {
        if let Some(data) = frame.data_ref() {
            page.extend_from_slice(data);
        }
    }
    page
}

/// Returns the title of a page, in which proxies say what they have against a call.
fn title(page: &[u8]) -> Option<&str> {
    let page = std::str::from_utf8(page).ok()?;
    let (_, rest) = page.split_once("<title>")?;
    let (title, _) = rest.split_once("</title>")?;
    Some(title.trim())
}
