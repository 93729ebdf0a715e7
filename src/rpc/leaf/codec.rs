//! A codec of already encoded messages: tonic does gRPC's frames, limits, compression and trailers,
//! and the content of a message is not read.

use std::sync::OnceLock;

use bytes::{Buf as _, BufMut as _, Bytes};
use temporalio_client::tonic::{
    Status,
    codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};

/// The codec of encoded messages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Encoded {
    /// The size of the request in bytes.
    size: usize,
}

/// The length of a frame's prefix in bytes.
pub(super) const PREFIX: usize = 5;

/// The variable that sets the client's limit on one message, and its default in bytes.
const LIMIT_VARIABLE: &str = "TEMPORAL_MAX_INCOMING_GRPC_BYTES";
const DEFAULT_LIMIT: usize = 128 * 1024 * 1024;

/// The sizes in bytes of tonic's buffer for a response, and of the smallest request that is sent in
/// pieces.
const BUFFER: usize = 8 * 1024;
const PIECE: usize = 32 * 1024;

/// Returns the longest response in bytes.
pub(super) fn limit() -> usize {
    static LIMIT: OnceLock<usize> = OnceLock::new();
    *LIMIT.get_or_init(|| {
        let set = std::env::var(LIMIT_VARIABLE).ok();
        set.and_then(|bytes| bytes.parse().ok())
            .unwrap_or(DEFAULT_LIMIT)
    })
}

impl Encoded {
    /// Returns the codec for a call with this message.
    pub(super) fn of(message: &Bytes) -> Self {
        Self {
            size: message.len() + PREFIX,
        }
    }
}

impl Codec for Encoded {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Answers;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Answers {
        Answers
    }
}

impl Encoder for Encoded {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.reserve(message.len());
        into.put(message);
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::new(self.size, PIECE)
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Answers;

impl Decoder for Answers {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::new(BUFFER, PIECE)
    }
}
