//! Who may read.

use std::{fmt, sync::Arc};

use subtle::ConstantTimeEq as _;
use tonic::{Request, Status};

/// What a caller has to bear, if anything.
#[derive(Clone, Default)]
pub(super) struct Token(Option<Arc<[u8]>>);

impl Token {
    /// Sets what a caller has to bear.
    pub(super) fn new(token: Option<&str>) -> Self {
        Self(token.map(|token| token.as_bytes().into()))
    }

    /// Lets a call through that bears the token.
    pub(super) fn check(&self, call: Request<()>) -> Result<Request<()>, Status> {
        let Some(token) = &self.0 else {
            return Ok(call);
        };
        let borne = call.metadata().get("authorization");
        let borne = borne.and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
        // How long it takes must not tell how much of a guess was right.
        match borne {
            Some(borne) if bool::from(borne.ct_eq(token)) => Ok(call),
            _ => Err(Status::unauthenticated(
                "this service takes a token: send it as `authorization: Bearer TOKEN`",
            )),
        }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "set" } else { "none" })
    }
}
