//! The HTTP client of exporters. The exporter drops the causes of a failure and the body of a
//! response: both are kept here.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use hyper_rustls::HttpsConnectorBuilder;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response, hyper::HyperClient};
use parking_lot::Mutex;
use prost::Message;

use super::{headers::Headers, tls::Tls};
use crate::env::chain;

/// The result of the last request.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers(Arc<Mutex<Answer>>);

/// The result of a request.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// Why there was no response, with all causes.
    pub(super) failure: Option<String>,
    /// The number of items that the collector rejected, and why.
    pub(super) rejected: Option<(u64, String)>,
}

impl Answers {
    fn set(&self, answer: Answer) {
        *self.0.lock() = answer;
    }

    pub(super) fn take(&self) -> Answer {
        std::mem::take(&mut *self.0.lock())
    }
}

/// Sends requests with headers over connections with TLS or without.
pub(super) struct Client {
    inner: Box<dyn HttpClient>,
    headers: Headers,
    answers: Answers,
}

impl Client {
    pub(super) fn new(
        tls: Option<&Tls>,
        timeout: Duration,
        headers: Headers,
        answers: Answers,
    ) -> Self {
        let inner: Box<dyn HttpClient> = match tls {
            None => Box::new(HyperClient::with_default_connector(timeout, None)),
            Some(tls) => {
                let connector = HttpsConnectorBuilder::new()
                    .with_tls_config(tls.for_http())
                    .https_only()
                    .enable_http1()
                    .build();
                Box::new(HyperClient::new(connector, timeout, None))
            }
        };
        Self {
            inner,
            headers,
            answers,
        }
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        self.headers.put_on(request.headers_mut());
        let mut answer = Answer::default();
        let mut response = self.inner.send_bytes(request).await;
        match &mut response {
            Err(error) => answer.failure = Some(chain(&**error)),
            Ok(response) if response.status().is_success() => {
                answer.rejected = rejected(response.body());
                if answer.rejected.is_some() {
                    // The rejection is logged once, by chronoscope.
                    *response.body_mut() = Bytes::new();
                }
            }
            Ok(_) => {}
        }
        self.answers.set(answer);
        response
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

/// The common part of the responses for all signals.
#[derive(Message)]
struct ExportResponse {
    #[prost(message, optional, tag = "1")]
    partial_success: Option<PartialSuccess>,
}

#[derive(Message)]
struct PartialSuccess {
    #[prost(int64, tag = "1")]
    rejected: i64,
    #[prost(string, tag = "2")]
    error_message: String,
}

fn rejected(body: &[u8]) -> Option<(u64, String)> {
    let answer = ExportResponse::decode(body).ok()?.partial_success?;
    let rejected = u64::try_from(answer.rejected).unwrap_or_default();
    let says = rejected > 0 || !answer.error_message.is_empty();
    says.then_some((rejected, answer.error_message))
}
