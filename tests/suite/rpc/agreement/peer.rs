//! A peer that counts the attempts of each call, and misbehaves as the call asks it to.

use std::{
    collections::HashMap,
    convert::Infallible,
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::BodyExt as _;
use hyper::{body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Notify,
};

use super::{body::Steps, fault::Fault};

/// The metadata by which a call says who it is and what it wants.
pub const CALL: &str = "call";
pub const FAULT: &str = "fault";

#[derive(Default)]
struct Seen {
    attempts: Mutex<HashMap<String, u64>>,
    headers: Mutex<HashMap<String, HeaderMap>>,
    connections: AtomicU64,
}

/// A server that ends with this process.
#[derive(Clone)]
pub struct Peer {
    address: SocketAddr,
    seen: Arc<Seen>,
}

impl Peer {
    pub async fn start() -> Self {
        Self::after(Duration::ZERO).await
    }

    /// Starts one that takes its time for each handshake.
    pub async fn after(handshake: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let peer = Self {
            address: listener.local_addr().unwrap(),
            seen: Arc::default(),
        };
        let seen = peer.seen.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let seen = seen.clone();
                seen.connections.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(async move {
                    tokio::time::sleep(handshake).await;
                    serve(stream, seen).await;
                });
            }
        });
        peer
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many attempts of a call came.
    pub fn attempts(&self, call: &str) -> u64 {
        let attempts = self.seen.attempts.lock().unwrap();
        attempts.get(call).copied().unwrap_or_default()
    }

    /// The headers of a call's last attempt.
    pub fn headers(&self, call: &str) -> HeaderMap {
        self.seen.headers.lock().unwrap()[call].clone()
    }

    /// How many connections came.
    pub fn connections(&self) -> u64 {
        self.seen.connections.load(Ordering::Relaxed)
    }
}

/// What ends a connection.
#[derive(Clone, Default)]
struct Ends {
    cut: Arc<Notify>,
    go_away: Arc<Notify>,
}

async fn serve(stream: TcpStream, seen: Arc<Seen>) {
    let ends = Ends::default();
    let answering = ends.clone();
    let service = service_fn(move |request| answer(request, seen.clone(), answering.clone()));
    let server = http2::Builder::new(TokioExecutor::new());
    let mut connection = pin!(server.serve_connection(TokioIo::new(stream), service));
    let mut has_gone = false;
    loop {
        tokio::select! {
            _ = &mut connection => return,
            () = ends.cut.notified() => return,
            () = ends.go_away.notified(), if !has_gone => {
                has_gone = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

async fn answer(
    request: Request<Incoming>,
    seen: Arc<Seen>,
    ends: Ends,
) -> Result<Response<Steps>, Infallible> {
    let text = |name| {
        let value = request.headers().get(name);
        value.map_or("", |value: &HeaderValue| value.to_str().unwrap())
    };
    let (call, fault) = (text(CALL).to_owned(), Fault::named(text(FAULT)));
    let headers = request.headers().clone();
    seen.headers.lock().unwrap().insert(call.clone(), headers);
    let attempt = {
        let mut attempts = seen.attempts.lock().unwrap();
        let attempts = attempts.entry(call).or_default();
        *attempts += 1;
        *attempts
    };
    let _ = request.into_body().collect().await;
    match fault {
        Fault::GoAway if attempt == 1 => ends.go_away.notify_one(),
        Fault::CutBeforeAnswer if attempt == 1 => {
            ends.cut.notify_one();
            std::future::pending().await
        }
        Fault::Cut => {
            ends.cut.notify_one();
            std::future::pending().await
        }
        Fault::Hangs => std::future::pending().await,
        _ => {}
    }
    let answer = fault.answer(attempt);
    let mut response = Response::new(Steps::new(answer.steps, ends.cut));
    *response.status_mut() = answer.code;
    *response.headers_mut() = answer.head;
    let kind = match fault {
        Fault::Page => "text/html",
        _ => "application/grpc",
    };
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert("content-type", kind);
    Ok(response)
}
