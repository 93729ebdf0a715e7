use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{BufMut as _, Bytes, BytesMut};
use http_body::{Body, Frame};

/// What stands before a message: whether it is compressed, and its length.
pub(super) const PREFIX: usize = 5;

/// A body of one message.
///
/// Its size is not told beforehand: the client's own requests don't say theirs either.
pub(super) struct Framed(Option<Bytes>);

impl Framed {
    /// Frames a message, or returns `None` for one that is too large for a frame.
    pub(super) fn new(message: &[u8]) -> Option<Self> {
        let length = u32::try_from(message.len()).ok()?;
        let mut framed = BytesMut::with_capacity(PREFIX + message.len());
        framed.put_u8(0);
        framed.put_u32(length);
        framed.put_slice(message);
        Some(Self(Some(framed.freeze())))
    }
}

impl Body for Framed {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|message| Ok(Frame::data(message))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }
}
