//! The codec of the example `encryption`: what it leaves alone, what it hides, and traces through it.

mod hidden;
mod sealed;
mod traced;

#[path = "../../canary/needles.rs"]
mod needles;

use crate::matrix::recorded::encryption::{activities, codec, codec::EncryptionCodec, workflows};

const KEY_ID: &str = "test-key-id";
const KEY: &[u8; 32] = b"test-key-test-key-test-key-test!";

fn codec() -> EncryptionCodec {
    EncryptionCodec::new(KEY_ID, KEY).unwrap()
}
