//! One call over one channel.

use std::{
    future::{self, poll_fn},
    sync::OnceLock,
};

use http::Extensions;
use temporalio_client::tonic::{
    self, Status,
    body::Body,
    client::Grpc,
    codec::CompressionEncoding,
    metadata::MetadataMap,
    transport::{self, Channel},
};
use tower::{Service, ServiceExt as _, service_fn};

use super::{
    codec::{Encoded, limit},
    crossing, page, plain,
};
use crate::rpc::message::{Request, Response};

/// Makes a call without compression.
pub(super) async fn plain(
    mut channel: Channel,
    request: Request,
    target: &str,
) -> Result<Response, Status> {
    let ready = poll_fn(|cx| channel.poll_ready(cx)).await;
    ready.map_err(|error| not_ready(&error))?;
    let request = plain::framed(request)
        .ok_or_else(|| Status::resource_exhausted("the message is too large for a frame"))?;
    let answered = match channel.call(request).await {
        Ok(answer) => match plain::read(answer).await {
            plain::Answer::Plain(response) => return Ok(response),
            plain::Answer::Other(answer) => Ok(answer),
        },
        Err(error) => Err(error),
    };
    let mut answered = Some(answered);
    let answers = service_fn(|_| {
        let answered = answered.take();
        future::ready(answered.unwrap_or_else(|| Ok(http::Response::default())))
    });
    Box::pin(by_tonic(answers, Request::default(), false, target)).await
}

/// Makes a call with tonic's client.
pub(super) async fn by_tonic<S>(
    service: S,
    request: Request,
    gzip: bool,
    target: &str,
) -> Result<Response, Status>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = transport::Error>,
{
    let page = OnceLock::new();
    let service = service.and_then(|answer| page::noted(answer, &page));
    let mut grpc = Grpc::new(service).max_decoding_message_size(limit());
    if gzip {
        grpc = grpc
            .send_compressed(CompressionEncoding::Gzip)
            .accept_compressed(CompressionEncoding::Gzip);
    }
    let ready = grpc.ready().await;
    ready.map_err(|error| not_ready(&error))?;
    let (parts, message) = request.into_parts();
    let path = parts.uri.into_parts().path_and_query;
    let path = path.ok_or_else(|| Status::internal("the call has no path"))?;
    let codec = Encoded::of(&message);
    let metadata = MetadataMap::from_headers(parts.headers);
    let request = tonic::Request::from_parts(metadata, Extensions::new(), message);
    let answered = grpc.unary(request, path, codec).await;
    let (metadata, message, _) = answered
        .map_err(|status| {
            let page = page.get();
            crossing::status(status, page.map(|page| format!("{target} {page}")))
        })?
        .into_parts();
    let mut response = http::Response::new(message);
    *response.headers_mut() = metadata.into_headers();
    crossing::headers(response.headers_mut());
    Ok(response)
}

/// The text is the client's own.
fn not_ready(error: &transport::Error) -> Status {
    Status::unknown(format!("Service was not ready: {error}"))
}
