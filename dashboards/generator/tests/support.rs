//! Real parts, by the scripts of `tests/backends`.

#[path = "../../../tests/suite/support/served.rs"]
mod served;

#[path = "../../../tests/suite/support/http.rs"]
pub mod http;

use std::path::{Path, PathBuf};

pub use self::served::Served;

/// The script that gets a real part and serves it.
pub fn backend(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/backends")
        .join(name)
}

/// An id that nobody else uses.
pub fn unique(prefix: &str) -> String {
    format!("{prefix}-{}", uuid::Uuid::new_v4())
}
