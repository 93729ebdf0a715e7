//! The token check.

use std::{fmt, sync::Arc};

use subtle::ConstantTimeEq as _;
use tonic::{Request, Status};

/// The token that callers must send, if any.
#[derive(Clone, Default)]
pub(super) struct Token(Option<Arc<[u8]>>);

impl Token {
    /// Sets the required token.
    pub(super) fn new(token: Option<&str>) -> Self {
        Self(token.map(|token| token.as_bytes().into()))
    }

    /// Lets a call with the token pass.
    pub(super) fn check(&self, call: Request<()>) -> Result<Request<()>, Status> {
        let Some(token) = &self.0 else {
            return Ok(call);
        };
        let borne = call.metadata().get("authorization");
        let borne = borne.and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
        // Compared in constant time, so that the duration reveals nothing about a guess.
        match borne {
            Some(borne) if bool::from(borne.ct_eq(token)) => Ok(call),
            _ => Err(Status::unauthenticated(
                "this service requires a token: send it as `authorization: Bearer TOKEN`",
            )),
        }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "set" } else { "none" })
    }
}
