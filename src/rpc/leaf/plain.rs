//! Calls without compression. Nearly all responses are one whole message followed by status OK, and
//! are read here. Any other response is left to tonic's client, which costs ten thousand
//! instructions each.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use http::{
    HeaderMap, HeaderValue, Method, StatusCode, Version,
    header::{CONTENT_TYPE, TE},
};
use http_body::{Body as HttpBody, Frame};
use http_body_util::BodyExt as _;
use temporalio_client::tonic::{Status, body::Body, metadata::GRPC_CONTENT_TYPE};

use super::{
    codec::{PREFIX, limit},
    crossing,
};
use crate::rpc::message::{Request, Response};

/// Adds gRPC's headers to a call, which may lack them if a layer made it.
pub(super) fn dress(request: &mut Request) {
    *request.method_mut() = Method::POST;
    *request.version_mut() = Version::HTTP_2;
    let headers = request.headers_mut();
    headers.insert(TE, HeaderValue::from_static("trailers"));
    headers.insert(CONTENT_TYPE, GRPC_CONTENT_TYPE);
}

/// Frames a message, or returns `None` if it is too large for a frame.
pub(super) fn framed(request: Request) -> Option<http::Request<Body>> {
    let (parts, message) = request.into_parts();
    let length = u32::try_from(message.len()).ok()?;
    let mut frame = BytesMut::with_capacity(PREFIX + message.len());
    frame.put_u8(0);
    frame.put_u32(length);
    frame.put_slice(&message);
    let body = Pieces([Some(Ok(Frame::data(frame.freeze()))), None], None);
    Some(http::Request::from_parts(parts, Body::new(body)))
}

/// A response that was read.
pub(super) enum Answer {
    Plain(Response),
    /// As it came.
    Other(http::Response<Body>),
}

/// Reads a response, if it has the usual form.
pub(super) async fn read(answer: http::Response<Body>) -> Answer {
    let is_usual = answer.status() == StatusCode::OK
        && !answer.headers().contains_key(Status::GRPC_STATUS)
        && !answer.headers().contains_key(crossing::ENCODING);
    if !is_usual {
        return Answer::Other(answer);
    }
    let (mut head, mut body) = answer.into_parts();
    let first = body.frame().await;
    let Some(message) = message(&first) else {
        let body = Body::new(Pieces([first, None], Some(body)));
        return Answer::Other(http::Response::from_parts(head, body));
    };
    match body.frame().await {
        Some(Ok(frame)) if frame.trailers_ref().is_some_and(is_ok) => {
            if let Ok(mut trailers) = frame.into_trailers()
                // Most have no other trailer.
                && trailers.len() > 1
            {
                crossing::headers(&mut trailers);
                head.headers.extend(trailers);
            }
            Answer::Plain(http::Response::from_parts(head, message))
        }
        second => {
            let body = Body::new(Pieces([first, second], Some(body)));
            Answer::Other(http::Response::from_parts(head, body))
        }
    }
}

/// Returns the message of a whole, uncompressed frame.
fn message(piece: &Piece) -> Option<Bytes> {
    let data = piece.as_ref()?.as_ref().ok()?.data_ref()?;
    let (mut prefix, message) = data.split_at_checked(PREFIX)?;
    let is_plain = prefix.get_u8() == 0;
    let length = prefix.get_u32() as usize;
    (is_plain && length == message.len() && length <= limit()).then(|| data.slice(PREFIX..))
}

fn is_ok(trailers: &HeaderMap) -> bool {
    let status = trailers.get(Status::GRPC_STATUS);
    status.is_some_and(|status| status == "0")
}

type Piece = Option<Result<Frame<Bytes>, Status>>;

/// A body of pieces already read and of the rest. Like the client's own, it does not know its size
/// in advance.
struct Pieces([Piece; 2], Option<Body>);

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Piece> {
        match (self.0.iter_mut().find_map(Option::take), &mut self.1) {
            (Some(piece), _) => Poll::Ready(Some(piece)),
            (None, Some(rest)) => Pin::new(rest).poll_frame(cx),
            (None, None) => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        let is_end = |body: &Body| body.is_end_stream();
        self.0.iter().all(Option::is_none) && self.1.as_ref().is_none_or(is_end)
    }
}
