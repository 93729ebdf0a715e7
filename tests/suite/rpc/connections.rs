//! How a stack connects: how often, and compressed or not.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use chronoscope::{
    Observability,
    commit::{Emission, OnCommit},
    rpc::Stack,
};
use http::HeaderMap;
use temporalio_client::{Connection, GrpcCompression, RetryOptions};
use tokio::net::TcpListener;
use tonic::{Status, body::Body, server::NamedService};
use tower::Service;

use super::{
    Passed,
    agreement::{self, Peer},
    count, options,
};

#[tokio::test]
async fn calls_take_turns_on_as_many_connections_as_asked_for() {
    for (stack, connections) in [
        (Stack::new(), 1),
        (Stack::new().connections(0), 1),
        (Stack::new().connections(4), 4),
        (Stack::new().connections(3).all(Passed::default()), 3),
    ] {
        let peer = Peer::start().await;
        let options = stack.wrap(options(&peer.url())).unwrap();
        let connection = Connection::connect(options).await.unwrap();
        for _ in 0..9 {
            count(&connection, "default").await.unwrap();
        }
        assert_eq!(peer.connections(), connections);
    }
}

#[tokio::test]
async fn what_reads_answers_opens_as_many_connections_as_asked_for() {
    for (on_commit, connections) in [
        (OnCommit::default(), 1),
        (OnCommit::default().connections(0), 1),
        (OnCommit::default().connections(3), 3),
    ] {
        let peer = Peer::start().await;
        let observability = Observability::builder().emission(Emission::OnCommit(on_commit));
        let observability = observability.build().unwrap();
        let wrapped = observability.wrap(options(&peer.url()));
        let wrapped = Stack::new().all(Passed::default()).wrap(wrapped).unwrap();
        let connection = Connection::connect(wrapped).await.unwrap();
        for _ in 0..9 {
            count(&connection, "default").await.unwrap();
        }
        assert_eq!(peer.connections(), connections);
    }
}

/// A server that knows no compression, as some proxies don't.
#[derive(Clone, Default)]
struct Plain(Arc<Mutex<Vec<HeaderMap>>>);

impl NamedService for Plain {
    const NAME: &'static str = "temporal.api.workflowservice.v1.WorkflowService";
}

impl Service<http::Request<Body>> for Plain {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        self.0.lock().unwrap().push(request.headers().clone());
        let is_compressed = request.headers().contains_key("grpc-encoding");
        Box::pin(async move {
            let status = match is_compressed {
                true => "grpc: Decompressor is not installed for grpc-encoding \"gzip\"",
                false => "not now",
            };
            Ok(Status::unimplemented(status).into_http())
        })
    }
}

#[tokio::test]
async fn a_server_that_knows_no_gzip_is_spoken_to_without() {
    // The client's own connection, and one through a stack.
    for stack in [
        None,
        Some(Stack::new()),
        Some(Stack::new().all(Passed::default())),
    ] {
        let plain = Plain::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let incoming = tonic::transport::server::TcpIncoming::from(listener);
        let server = tonic::transport::Server::builder();
        tokio::spawn(server.serve_with_incoming(plain.clone(), incoming));
        let options = agreement::options(&url, RetryOptions::no_retries(), GrpcCompression::Gzip);
        let options = match &stack {
            Some(stack) => stack.wrap(options).unwrap(),
            None => options,
        };
        let refused = Connection::connect(options).await.unwrap_err().to_string();
        assert!(refused.contains("not now"), "{refused}");
        let asked = plain.0.lock().unwrap();
        let compressed = asked.iter().map(|it| it.contains_key("grpc-encoding"));
        assert_eq!(compressed.collect::<Vec<_>>(), [true, false], "{stack:?}");
    }
}

#[tokio::test]
async fn messages_are_compressed_where_the_options_ask_for_it() {
    let server = chronoscope_testserver::TestServer::start().await;
    let address = server.listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    for compression in [GrpcCompression::Gzip, GrpcCompression::None] {
        for stack in [Stack::new(), Stack::new().all(Passed::default())] {
            let url = format!("http://{address}");
            let options = agreement::options(&url, RetryOptions::no_retries(), compression);
            let connection = Connection::connect(stack.wrap(options).unwrap())
                .await
                .unwrap();
            count(&connection, "default").await.unwrap();
            let missing = count(&connection, "missing").await.unwrap_err();
            assert!(!missing.details().is_empty(), "{missing:?}");
        }
    }
}
