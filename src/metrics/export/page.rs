//! The pages of the endpoint that Prometheus scrapes.

use std::{
    convert::Infallible,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, Response, StatusCode,
    header::{ALLOW, CONTENT_TYPE},
};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{
    net::TcpListener,
    sync::Mutex,
    task::spawn_blocking,
    time::{Instant, sleep_until},
};

use super::parts::whole;
use crate::export::listener::{Connection, Limits, Slots, Traffic, accept};

const LIMITS: Limits = Limits {
    connections: 128,
    first: Duration::from_secs(10),
    head: Some(Duration::from_secs(10)),
    idle: Duration::from_secs(150),
};

/// How large the head of a request may be.
const HEAD: usize = 16 * 1024;

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// Returns whether every started worker polls, once it is known.
pub(crate) type Readiness = Arc<OnceLock<Box<dyn Fn() -> bool + Send + Sync>>>;

/// What the endpoint shows.
pub(super) struct Pages {
    handle: PrometheusHandle,
    readiness: Readiness,
    /// How many asked for the metrics so far.
    asked: AtomicU64,
    rendered: Arc<Mutex<Rendered>>,
}

/// What was rendered last, for those who wait for it.
#[derive(Default)]
struct Rendered {
    text: Option<Bytes>,
    /// Requests numbered below this may share the page.
    before: u64,
    /// When the next may be rendered: this takes half a core at most.
    next: Option<Instant>,
}

impl Pages {
    pub(super) fn new(handle: PrometheusHandle, readiness: Readiness) -> Arc<Self> {
        Arc::new(Self {
            handle,
            readiness,
            asked: AtomicU64::new(0),
            rendered: Arc::default(),
        })
    }

    /// Serves until all connections have ended.
    pub(super) async fn serve(self: Arc<Self>, listener: TcpListener) {
        accept(listener, Slots::new(LIMITS), move |connection| {
            drop(tokio::spawn(serve_one(self.clone(), connection)));
            std::future::ready(true)
        })
        .await;
    }

    async fn answer(
        self: &Arc<Self>,
        request: Request<Incoming>,
        traffic: &Traffic,
    ) -> Response<Full<Bytes>> {
        traffic.admit();
        let is_head = request.method() == Method::HEAD;
        if !is_head && request.method() != Method::GET {
            let mut refused = said(StatusCode::METHOD_NOT_ALLOWED, "GET or HEAD\n");
            refused
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return refused;
        }
        match request.uri().path() {
            "/metrics" if is_head => shown(Bytes::new(), TEXT),
            "/metrics" => {
                let _working = traffic.work();
                match self.clone().text().await {
                    Some(text) => shown(text, TEXT),
                    None => said(
                        StatusCode::INTERNAL_SERVER_ERROR,
                        "metrics cannot be rendered\n",
                    ),
                }
            }
            "/health" => said(StatusCode::OK, "OK"),
            "/-/healthy" => said(StatusCode::OK, "healthy\n"),
            "/-/ready" if self.is_ready() => said(StatusCode::OK, "ready\n"),
            "/-/ready" => said(
                StatusCode::SERVICE_UNAVAILABLE,
                "not ready: not every worker that was started polls\n",
            ),
            _ => said(
                StatusCode::NOT_FOUND,
                "there are /metrics, /health, /-/healthy and /-/ready\n",
            ),
        }
    }

    fn is_ready(&self) -> bool {
        self.readiness.get().is_some_and(|is_ready| is_ready())
    }

    /// Returns the metrics, or nothing if they can't be rendered. Concurrent requests get the same
    /// text.
    async fn text(self: Arc<Self>) -> Option<Bytes> {
        let own = self.asked.fetch_add(1, Ordering::Relaxed);
        let mut rendered = self.rendered.clone().lock_owned().await;
        if own < rendered.before {
            return rendered.text.clone();
        }
        if let Some(next) = rendered.next {
            sleep_until(next).await;
        }
        // The lock goes along: a client that leaves ends this request, and not the rendering.
        let rendering = spawn_blocking(move || {
            let begun = Instant::from_std(crate::clock::now());
            let before = self.asked.load(Ordering::Relaxed);
            let text = catch_unwind(AssertUnwindSafe(|| whole(self.handle.render())));
            let ended = Instant::from_std(crate::clock::now());
            let text = text.ok().map(Bytes::from);
            let waits = self.asked.load(Ordering::Relaxed) > own + 1;
            *rendered = Rendered {
                // Kept for those who wait, and no longer than that.
                text: text.clone().filter(|_| waits),
                before: if waits { before } else { 0 },
                next: Some(ended + (ended - begun)),
            };
            text
        });
        rendering.await.ok().flatten()
    }
}

async fn serve_one(pages: Arc<Pages>, connection: Connection) {
    let traffic = connection.traffic();
    let service = service_fn(|request| {
        let answer = pages.answer(request, &traffic);
        async { Ok::<_, Infallible>(answer.await) }
    });
    let mut server = http1::Builder::new();
    server.max_buf_size(HEAD);
    // A cancelled request does not affect the others.
    drop(
        server
            .serve_connection(TokioIo::new(connection), service)
            .await,
    );
}

fn shown(text: Bytes, kind: HeaderValue) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(text));
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

fn said(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = shown(Bytes::from_static(text.as_bytes()), PLAIN);
    *response.status_mut() = status;
    response
}
