//! Answers of what speaks HTTP, but no gRPC: a proxy in between, or a server of another kind.

use std::{
    pin::Pin,
    sync::OnceLock,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt as _, Full};
use temporalio_client::tonic::{
    Status,
    body::Body,
    transport::{self, Channel, channel::ResponseFuture},
};
use tower::Service;

/// How much of a page is looked at for its title.
const LOOKED_AT: usize = 4096;

/// A channel that notes what pages come back instead of answers.
pub(super) struct Paged<'a> {
    pub(super) channel: Channel,
    pub(super) page: &'a OnceLock<String>,
}

impl<'a> Service<http::Request<Body>> for Paged<'a> {
    type Response = http::Response<Body>;
    type Error = transport::Error;
    type Future = Answer<'a>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), transport::Error>> {
        self.channel.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<Body>) -> Answer<'a> {
        Answer {
            page: self.page,
            progress: Progress::Requested(self.channel.call(request)),
        }
    }
}

/// The future of an answer, or of a page.
pub(super) struct Answer<'a> {
    page: &'a OnceLock<String>,
    progress: Progress,
}

enum Progress {
    Requested(ResponseFuture),
    Reading(Pin<Box<dyn Future<Output = (String, http::Response<Body>)> + Send>>),
}

impl Future for Answer<'_> {
    type Output = Result<http::Response<Body>, transport::Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            match &mut self.progress {
                Progress::Requested(asked) => {
                    let answer = ready!(Pin::new(asked).poll(cx))?;
                    if !is_page(&answer) {
                        return Poll::Ready(Ok(answer));
                    }
                    self.progress = Progress::Reading(Box::pin(read(answer)));
                }
                Progress::Reading(reading) => {
                    let (page, answer) = ready!(reading.as_mut().poll(cx));
                    let _ = self.page.set(page);
                    return Poll::Ready(Ok(answer));
                }
            }
        }
    }
}

fn is_page(answer: &http::Response<Body>) -> bool {
    answer.status() != StatusCode::OK && !answer.headers().contains_key(Status::GRPC_STATUS)
}

/// Describes a page, and returns it with as much of it as was looked at.
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
        "answered with HTTP status {status}{title} instead of a gRPC status: it is no Temporal \
         server, or a proxy before one that refuses the call"
    );
    let body = Body::new(Full::new(Bytes::from(page)));
    (described, http::Response::from_parts(parts, body))
}

/// Returns the title of a page, in which proxies say what they have against a call.
fn title(page: &[u8]) -> Option<&str> {
    let page = std::str::from_utf8(page).ok()?;
    let (_, rest) = page.split_once("<title>")?;
    let (title, _) = rest.split_once("</title>")?;
    Some(title.trim())
}
