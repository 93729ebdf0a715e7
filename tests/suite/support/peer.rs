//! The official SDK with its own tracing plugin, a program of its own.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::{address, namespace};

/// Runs orders on the test run's server, and sends their spans to a collector.
pub async fn official_plugin(endpoint: &str, runs: usize, cache: usize) {
    let output = Command::new(build().await)
        .args(["--address", address().await])
        .args(["--namespace", namespace().await])
        .args(["--otlp", endpoint])
        .args(["--runs", &runs.to_string()])
        .args(["--cache", &cache.to_string()])
        .output()
        .await
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let expected = format!("{{\"runs\":{runs},\"cache\":{cache}}}\n");
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
}

/// Builds it where this test program was built, which takes some minutes, once: its workspace is
/// its own, since its OpenTelemetry is another version.
async fn build() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let target = own.ancestors().nth(3).unwrap().join("official-plugin");
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = manifest.join("tests/peers/official-plugin/Cargo.toml");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--locked", "--manifest-path"])
        .arg(manifest)
        .arg("--target-dir")
        .arg(&target)
        .status()
        .await;
    assert!(built.unwrap().success(), "the official plugin is not built");
    target.join("debug/official-plugin")
}
