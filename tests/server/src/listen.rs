//! Sockets: the same handler for other processes, with gzip, health and reflection.

use std::{
    convert::Infallible,
    fmt, io,
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::{Buf, BufMut, Bytes};
use futures_util::future::BoxFuture;
use tokio::net::TcpListener;
use tonic::{
    Request, Response, Status,
    body::Body,
    codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder},
    server::{Grpc, NamedService, UnaryService},
    transport::{Server, server::TcpIncoming},
};
use tower::Service;

use crate::{
    rpc::{self, Patience},
    server::Shared,
};

/// All of Temporal's services and messages, for reflection.
const DESCRIPTORS: &[u8] = include_bytes!(env!("TEMPORAL_DESCRIPTORS"));
const GZIP: CompressionEncoding = CompressionEncoding::Gzip;
/// Larger messages are not even read; those above Temporal's own limit get its error.
const MOST_BYTES: usize = 2 * rpc::MESSAGE_BYTES;

/// The error of an address that can't be bound.
#[derive(Debug)]
pub struct ListenError(io::Error);

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("can't listen on the address")
    }
}

impl std::error::Error for ListenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// Serves until the server ends; answers the address that it serves on.
///
/// Boxed, it is compiled here, once, and not in each program that listens.
pub(crate) fn listen(
    shared: Arc<Shared>,
    address: SocketAddr,
) -> BoxFuture<'static, Result<SocketAddr, ListenError>> {
    Box::pin(serve(shared, address))
}

async fn serve(shared: Arc<Shared>, address: SocketAddr) -> Result<SocketAddr, ListenError> {
    let listener = TcpListener::bind(address).await.map_err(ListenError)?;
    let address = listener.local_addr().map_err(ListenError)?;
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(DESCRIPTORS)
    };
    let other = |error| ListenError(io::Error::other(error));
    let v1 = reflection().build_v1().map_err(other)?;
    let v1alpha = reflection().build_v1alpha().map_err(other)?;
    let (reporter, health) = tonic_health::server::health_reporter();
    for service in rpc::SERVICES {
        let serving = tonic_health::ServingStatus::Serving;
        reporter.set_service_status(service, serving).await;
    }
    let ending = Arc::clone(&shared);
    let closed = async move { ending.closed().await };
    let routes = Routes {
        shared,
        others: Arc::new([
            (
                name_of(&health),
                route(health.accept_compressed(GZIP).send_compressed(GZIP)),
            ),
            (
                name_of(&v1),
                route(v1.accept_compressed(GZIP).send_compressed(GZIP)),
            ),
            (
                name_of(&v1alpha),
                route(v1alpha.accept_compressed(GZIP).send_compressed(GZIP)),
            ),
        ]),
    };
    // An answer is written in parts: without this each but the first waits 40 ms for an acknowledgement.
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    tokio::spawn(Server::builder().serve_with_incoming_shutdown(routes, incoming, closed));
    Ok(address)
}

type Answer = BoxFuture<'static, Result<http::Response<Body>, Infallible>>;
type Route = Box<dyn Fn(http::Request<Body>) -> Answer + Send + Sync>;

fn name_of<S: NamedService>(_: &S) -> &'static str {
    S::NAME
}

fn route<S>(service: S) -> Route
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
{
    Box::new(move |request| Box::pin(service.clone().call(request)))
}

/// Sends a call to the service that it names; the handler takes what nobody else does.
#[derive(Clone)]
struct Routes {
    shared: Arc<Shared>,
    others: Arc<[(&'static str, Route); 3]>,
}

impl Service<http::Request<Body>> for Routes {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let path = request.uri().path().trim_start_matches('/');
        let (service, rpc) = path.split_once('/').unwrap_or((path, ""));
        if let Some((_, route)) = self.others.iter().find(|(name, _)| *name == service) {
            return route(request);
        }
        let call = Call {
            shared: Arc::clone(&self.shared),
            service: service.to_owned(),
            rpc: rpc.to_owned(),
        };
        Box::pin(async move {
            let mut grpc = Grpc::new(BytesCodec)
                .accept_compressed(GZIP)
                .send_compressed(GZIP)
                .max_decoding_message_size(MOST_BYTES);
            Ok(grpc.unary(call, request).await)
        })
    }
}

/// One call.
struct Call {
    shared: Arc<Shared>,
    service: String,
    rpc: String,
}

impl UnaryService<Bytes> for Call {
    type Response = Vec<u8>;
    type Future = BoxFuture<'static, Result<Response<Vec<u8>>, Status>>;

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let shared = Arc::clone(&self.shared);
        let (service, rpc) = (
            std::mem::take(&mut self.service),
            std::mem::take(&mut self.rpc),
        );
        Box::pin(async move {
            let reply = shared.handle(rpc::Call {
                service: &service,
                rpc: &rpc,
                bytes: request.get_ref(),
                patience: Patience::read(request.metadata().as_ref()),
            });
            reply.await.map(Response::new)
        })
    }
}

/// Messages as they come: the handler decodes them.
#[derive(Clone, Copy, Debug)]
struct BytesCodec;

impl Codec for BytesCodec {
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

impl Encoder for BytesCodec {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.put_slice(&item);
        Ok(())
    }
}

impl Decoder for BytesCodec {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
