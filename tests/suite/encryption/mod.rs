//! The codec of the example `encryption`: what it leaves alone, what it hides, and traces through it.

mod hidden;
mod sealed;
mod traced;

#[path = "../../../examples/encryption/activities.rs"]
mod activities;
#[path = "../../../examples/encryption/codec.rs"]
mod codec;
#[path = "../../canary/needles.rs"]
mod needles;
#[path = "../../../examples/encryption/workflows.rs"]
mod workflows;

use self::codec::EncryptionCodec;

const KEY_ID: &str = "test-key-id";
const KEY: &[u8; 32] = b"test-key-test-key-test-key-test!";

fn codec() -> EncryptionCodec {
    EncryptionCodec::new(KEY_ID, KEY).unwrap()
}
