//! What goes over the wire, and what comes back, against a server that says anything.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use chronoscope::rpc::{Request, Stack};
use http::{HeaderMap, HeaderValue};
use http_body::Frame;
use temporalio_client::{
    ClientKeepAliveOptions, Connection, GrpcCompression, grpc::WorkflowService,
};
use temporalio_common::protos::temporal::api::workflowservice::v1::{
    CountWorkflowExecutionsRequest, CountWorkflowExecutionsResponse,
};
use tokio::net::TcpListener;
use tonic::{Code, Status, body::Body, server::NamedService};
use tower::Service;

use super::{bridged, options, relay::Relay};

/// How the peer answers a count.
#[derive(Clone)]
enum Answer {
    /// With these frames and trailers.
    Frames(Vec<Bytes>, Option<HeaderMap>),
    Status(Status),
    /// Never.
    Silence,
}

/// A server of frames, and the headers that it got.
#[derive(Clone)]
struct Peer {
    answer: Answer,
    headers: Arc<Mutex<HeaderMap>>,
}

impl NamedService for Peer {
    const NAME: &'static str = "temporal.api.workflowservice.v1.WorkflowService";
}

impl Service<http::Request<Body>> for Peer {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let is_count = request.uri().path().ends_with("/CountWorkflowExecutions");
        let answer = match is_count {
            true => {
                *self.headers.lock().unwrap() = request.headers().clone();
                self.answer.clone()
            }
            false => Answer::Frames(vec![framed(b"")], Some(ok())),
        };
        Box::pin(async move {
            Ok(match answer {
                Answer::Frames(frames, trailers) => {
                    let body = Body::new(Frames(frames.into(), trailers));
                    let mut response = http::Response::new(body);
                    let kind = HeaderValue::from_static("application/grpc");
                    response.headers_mut().insert("content-type", kind);
                    let head = HeaderValue::from_static("head");
                    response.headers_mut().insert("from", head);
                    response
                }
                Answer::Status(status) => status.into_http(),
                Answer::Silence => std::future::pending().await,
            })
        })
    }
}

/// A body of these frames.
struct Frames(std::collections::VecDeque<Bytes>, Option<HeaderMap>);

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let data = self.0.pop_front().map(Frame::data);
        let frame = data.or_else(|| self.1.take().map(Frame::trailers));
        Poll::Ready(frame.map(Ok))
    }
}

fn framed(message: &[u8]) -> Bytes {
    let mut frame = vec![0];
    frame.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    frame.extend(message);
    frame.into()
}

fn ok() -> HeaderMap {
    let status = (
        "grpc-status".parse().unwrap(),
        HeaderValue::from_static("0"),
    );
    HeaderMap::from_iter([status])
}

/// Starts a peer on a free port.
async fn listen(answer: Answer) -> (String, Arc<Mutex<HeaderMap>>) {
    let headers = Arc::new(Mutex::new(HeaderMap::new()));
    let peer = Peer {
        answer,
        headers: headers.clone(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let incoming = tonic::transport::server::TcpIncoming::from(listener);
    let server = tonic::transport::Server::builder();
    tokio::spawn(server.serve_with_incoming(peer, incoming));
    (address, headers)
}

/// Each is a way of its own at the stack's end.
const COMPRESSIONS: [GrpcCompression; 2] = [GrpcCompression::Gzip, GrpcCompression::None];

/// Starts a peer and connects to it through a stack.
async fn serve(
    stack: &Stack,
    compression: GrpcCompression,
    answer: Answer,
) -> (Connection, Arc<Mutex<HeaderMap>>) {
    let (address, headers) = listen(answer).await;
    let mut options = options(&format!("http://{address}"));
    options.grpc_compression = compression;
    (bridged(stack, options).await, headers)
}

async fn ask(
    connection: &Connection,
    change: impl FnOnce(&mut tonic::Request<CountWorkflowExecutionsRequest>),
) -> Result<tonic::Response<CountWorkflowExecutionsResponse>, Status> {
    let mut request = tonic::Request::new(CountWorkflowExecutionsRequest {
        namespace: "orders".to_owned(),
        ..Default::default()
    });
    change(&mut request);
    WorkflowService::count_workflow_executions(&mut connection.clone(), request).await
}

#[tokio::test]
async fn headers_and_deadlines_go_over_and_metadata_comes_back() {
    let mut trailers = ok();
    trailers.insert("last", HeaderValue::from_static("tail"));
    let message = framed(&[8, 42]);
    // A message may come in pieces.
    let pieces: Vec<_> = (0..message.len()).map(|n| message.slice(n..=n)).collect();
    for compression in COMPRESSIONS {
        for frames in [vec![message.clone()], pieces.clone()] {
            let answer = Answer::Frames(frames, Some(trailers.clone()));
            let (connection, headers) = serve(&Stack::new(), compression, answer).await;
            let answer = ask(&connection, |request| {
                request.set_timeout(Duration::from_secs(17));
                request
                    .metadata_mut()
                    .insert("asked-by", "me".parse().unwrap());
                let bytes = tonic::metadata::MetadataValue::from_bytes(&[0, 255]);
                request.metadata_mut().insert_bin("asked-bin", bytes);
            })
            .await
            .unwrap();
            assert_eq!(answer.get_ref().count, 42);
            assert_eq!(answer.metadata().get("from").unwrap(), "head");
            assert_eq!(answer.metadata().get("last").unwrap(), "tail");
            let headers = headers.lock().unwrap();
            assert_eq!(headers["grpc-timeout"], "17000000u");
            assert_eq!(headers["asked-by"], "me");
            assert_eq!(headers["asked-bin"], "AP8");
            assert_eq!(headers["temporal-namespace"], "orders");
            assert!(headers["client-name"] == "temporal-rust" && headers["te"] == "trailers");
            let encoding = headers.get("grpc-encoding");
            let expected = (compression == GrpcCompression::Gzip).then_some("gzip");
            assert_eq!(encoding.map(|it| it.to_str().unwrap()), expected);
        }
    }
}

#[tokio::test]
async fn a_layer_may_make_a_call_of_its_own() {
    let own = tower::util::MapRequestLayer::new(|request: Request| {
        let own = http::Request::builder().uri(request.uri().path());
        own.body(request.into_body()).unwrap()
    });
    let stack = Stack::new().calls(own);
    for compression in COMPRESSIONS {
        let answer = Answer::Frames(vec![framed(&[8, 42])], Some(ok()));
        let (connection, headers) = serve(&stack, compression, answer).await;
        let answer = ask(&connection, |_| ()).await.unwrap();
        assert_eq!(answer.get_ref().count, 42);
        let headers = headers.lock().unwrap();
        assert_eq!(headers["te"], "trailers");
        assert_eq!(headers["content-type"], "application/grpc");
        assert!(!headers.contains_key("temporal-namespace"));
    }
}

#[tokio::test]
async fn a_status_comes_back_with_details_and_metadata() {
    let mut status = Status::with_details(
        Code::AlreadyExists,
        "once is enough: 100 %",
        Bytes::from_static(&[1, 2, 3]),
    );
    status.metadata_mut().insert("why", "so".parse().unwrap());
    let mut late = ok();
    late.insert("grpc-status", HeaderValue::from_static("6"));
    late.insert(
        "grpc-message",
        HeaderValue::from_static("once%20is enough: 100 %25"),
    );
    late.insert("grpc-status-details-bin", HeaderValue::from_static("AQID"));
    late.insert("why", HeaderValue::from_static("so"));
    for compression in COMPRESSIONS {
        for answer in [
            Answer::Status(status.clone()),
            Answer::Frames(vec![], Some(late.clone())),
        ] {
            let (connection, _) = serve(&Stack::new(), compression, answer).await;
            let status = ask(&connection, |_| ()).await.unwrap_err();
            assert_eq!(status.code(), Code::AlreadyExists);
            assert_eq!(status.message(), "once is enough: 100 %");
            assert_eq!(status.details(), [1, 2, 3]);
            assert_eq!(status.metadata().get("why").unwrap(), "so");
        }
    }
}

#[tokio::test]
async fn a_connection_that_went_dead_is_noticed_by_its_keep_alive() {
    let (address, _) = listen(Answer::Silence).await;
    let relay = Relay::to(&address).await;
    let mut options = options(&relay.url());
    let soon = Duration::from_millis(50);
    options.keep_alive = Some(
        ClientKeepAliveOptions::builder()
            .interval(soon)
            .timeout(soon)
            .build(),
    );
    let connection = bridged(&Stack::new(), options).await;
    relay.freeze();
    // Left to itself the call would wait for half a minute.
    let status = ask(&connection, |_| ()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    assert!(status.message().contains("keep-alive"), "{status}");
}
