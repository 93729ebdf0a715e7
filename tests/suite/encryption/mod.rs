//! The codec that the examples encrypt by: what it leaves alone, what it hides, and traces through
//! it.

mod hidden;
mod sealed;
mod traced;

#[path = "../../canary/needles.rs"]
pub mod needles;

#[path = "../../../examples/support/encryption.rs"]
mod codec;

use self::codec::EncryptionCodec;
use crate::matrix::recorded::encryption::{activities, workflows};

const KEY_ID: &str = "test-key-id";

/// The key of the example.
pub const KEY: &str = "test-key-test-key-test-key-test!";

pub fn codec() -> EncryptionCodec {
    EncryptionCodec::new(KEY_ID, KEY.as_bytes()).unwrap()
}
