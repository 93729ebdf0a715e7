//! Messages as they are on the wire: gRPC's frames, limits, compression and trailers are tonic's,
//! and what is in a message is nobody's business here.

use std::sync::OnceLock;

use bytes::{Buf as _, BufMut as _, Bytes};
use temporalio_client::tonic::{
    Status,
    codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};

/// The codec of encoded messages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Encoded {
    /// How much room the request takes.
    size: usize,
}

/// What stands before a message in its frame.
pub(super) const PREFIX: usize = 5;

/// What the client itself takes in one message, and the variable by which users change it.
const LIMIT_VARIABLE: &str = "TEMPORAL_MAX_INCOMING_GRPC_BYTES";
const DEFAULT_LIMIT: usize = 128 * 1024 * 1024;

/// The room that tonic makes for an answer, and from which on a request is sent in pieces.
const BUFFER: usize = 8 * 1024;
const PIECE: usize = 32 * 1024;

/// Returns how long an answer may be.
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
