//! Arbitrary requests: each gets a response or an error, and the service keeps running.

use std::{io::Write as _, net::TcpStream};

use bytes::{Buf as _, BufMut as _, Bytes};
use chronoscope::{Observability, introspect::v1::*};
use proptest::{collection::vec, prelude::*};
use prost::Message;
use tonic::{
    Code, Request, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    transport::Channel,
};

use super::{channel, client, serve};

const CALLS: [&str; 10] = [
    "ListWorkers",
    "WatchWorkers",
    "ListRuns",
    "WatchRuns",
    "ListActivities",
    "WatchActivities",
    "ListEvents",
    "WatchEvents",
    "GetHealth",
    "WatchHealth",
];

/// Messages as they come.
#[derive(Clone, Copy, Debug, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}

/// Sends bytes as a request, and returns the first answer.
pub async fn call(channel: Channel, path: &str, bytes: Vec<u8>) -> Result<Bytes, Status> {
    let mut grpc = Grpc::new(channel);
    grpc.ready()
        .await
        .map_err(|error| Status::from_error(Box::new(error)))?;
    let path = path.parse().unwrap();
    let answers = grpc
        .server_streaming(Request::new(bytes), path, Raw)
        .await?;
    let first = answers.into_inner().message().await?;
    first.ok_or_else(|| Status::not_found("no answer"))
}

/// Each call either answers or says what is wrong with its request; none breaks the connection.
async fn all_answer(channel: &Channel, bytes: &[u8]) -> Result<(), TestCaseError> {
    for name in CALLS {
        let path = format!("/chronoscope.introspect.v1.Introspect/{name}");
        if let Err(error) = call(channel.clone(), &path, bytes.to_vec()).await {
            let says = [Code::InvalidArgument, Code::Internal, Code::OutOfRange];
            prop_assert!(says.contains(&error.code()), "{name}: {error:?}");
            // What can't be decoded is the only thing internal.
            let is_decoding = error.message().contains("decode");
            prop_assert!(
                error.code() != Code::Internal || is_decoding,
                "{name}: {error:?}"
            );
        }
    }
    Ok(())
}

/// Requests that decode, with whatever numbers and texts.
fn any_request() -> impl Strategy<Value = Vec<u8>> {
    let page = (any::<u32>(), prop_oneof!["[0-9]{0,25}", ".{0,8}"]);
    let interval = (any::<i64>(), any::<i32>());
    let numbers = vec(prop_oneof![-2..9, any::<i32>()], 0..4);
    let texts = (".{0,6}", ".{0,6}", ".{0,6}");
    let all = (page, interval, numbers, texts, any::<Option<bool>>());
    all.prop_map(|((size, token), (seconds, nanos), numbers, texts, flag)| {
        let (task_queue, of_type, prefix) = texts;
        let page = Some(Page { size, token });
        let pace = Some(Pace {
            interval: Some(prost_types::Duration { seconds, nanos }),
        });
        // Other calls read the same numbers of fields as something else, and that is well.
        let runs = WatchRunsRequest {
            filter: Some(RunFilter {
                task_queue,
                workflow_type: of_type,
                workflow_id_prefix: prefix,
                states: numbers,
                stuck: flag,
            }),
            page,
            pace,
        };
        runs.encode_to_vec()
    })
}

/// Runs many cases against one service, which has to answer afterwards.
async fn check(strategy: impl Strategy<Value = Vec<u8>> + Send + 'static) {
    let (_observability, address) = serve(Observability::builder());
    let channel = channel(address).await;
    let runtime = tokio::runtime::Handle::current();
    let cases = tokio::task::spawn_blocking(move || {
        let config = ProptestConfig {
            cases: 200,
            failure_persistence: None,
            ..Default::default()
        };
        proptest!(config, |(bytes in strategy)| {
            runtime.block_on(all_answer(&channel, &bytes))?;
        });
    });
    cases.await.unwrap();
    let health = client(address).await.get_health(GetHealthRequest {}).await;
    assert_eq!(health.unwrap().into_inner().streams.unwrap().events, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_bytes_are_answered() {
    check(vec(any::<u8>(), 0..200)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_request_is_answered() {
    check(any_request()).await;
}

#[tokio::test]
async fn large_requests_and_other_protocols_are_refused() {
    let (_observability, address) = serve(Observability::builder());
    let channel = channel(address).await;
    let path = "/chronoscope.introspect.v1.Introspect/ListRuns";
    let large = call(channel.clone(), path, vec![0; 1 << 20]).await;
    assert_eq!(large.unwrap_err().code(), Code::OutOfRange);
    let unknown = "/chronoscope.introspect.v1.Introspect/Terminate";
    let unknown = call(channel, unknown, Vec::new()).await;
    assert_eq!(unknown.unwrap_err().code(), Code::Unimplemented);
    for nonsense in [
        &b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"[..],
        &[0xff; 4096],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x7f",
    ] {
        let mut stream = TcpStream::connect(address).unwrap();
        let _ = stream.write_all(nonsense);
    }
    let health = client(address).await.get_health(GetHealthRequest {}).await;
    health.unwrap();
}
