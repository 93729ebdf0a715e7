//! The least that a bridge can do: a call goes from the client's callback to a channel, and the
//! answer back, with no look at either.

use std::{future::poll_fn, sync::Arc};

use bytes::{BufMut as _, Bytes, BytesMut};
use http_body_util::{BodyExt as _, Full};
use temporalio_client::{
    ConnectionOptions,
    callback_based::{CallbackBasedGrpcService, GrpcRequest, GrpcSuccessResponse},
    tonic::{
        Status,
        body::Body,
        transport::{Channel, Endpoint},
    },
};
use tower::Service as _;

/// What stands before a message: whether it is compressed, and its length.
const PREFIX: usize = 5;

/// Has a client's calls go through a callback to a channel of its own.
pub async fn through(mut options: ConnectionOptions) -> ConnectionOptions {
    let endpoint = Endpoint::from_shared(options.target.to_string()).unwrap();
    let channel = endpoint.connect().await.unwrap();
    options.service_override = Some(CallbackBasedGrpcService {
        callback: Arc::new(move |request| Box::pin(relay(channel.clone(), request))),
    });
    options
}

async fn relay(mut channel: Channel, request: GrpcRequest) -> Result<GrpcSuccessResponse, Status> {
    let mut framed = BytesMut::with_capacity(PREFIX + request.proto.len());
    framed.put_u8(0);
    framed.put_u32(u32::try_from(request.proto.len()).unwrap());
    framed.put_slice(&request.proto);
    let path = ["/", &request.service, "/", &request.rpc].concat();
    let mut call = http::Request::post(path)
        .version(http::Version::HTTP_2)
        .body(Body::new(Full::from(framed.freeze())))
        .unwrap();
    *call.headers_mut() = request.headers;
    poll_fn(|cx| channel.poll_ready(cx)).await.unwrap();
    let (head, body) = channel.call(call).await.unwrap().into_parts();
    let framed: Bytes = body.collect().await?.to_bytes();
    Ok(GrpcSuccessResponse {
        headers: head.headers,
        proto: framed.slice(PREFIX..).into(),
    })
}
