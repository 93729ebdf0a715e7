//! Parts of this program as processes of their own.

use std::{
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

/// A part that runs until it is killed or ends.
pub struct Part(Child);

/// Prepares to run an ignored test of this room as a program: alone, with a clean environment.
pub fn part(name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "--exact",
            &format!("door::{name}"),
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .env_remove("OTEL_EXPORTER_OTLP_ENDPOINT")
        .env_remove("OTEL_METRICS_EXPORTER")
        .env_remove("CHRONOSCOPE_TESTS")
        .env_remove("RUST_LOG")
        .stdin(Stdio::null());
    command
}

/// Runs a part to its end.
pub fn output(command: &mut Command) -> (bool, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let text = [stdout, stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    (status.success(), text.concat())
}

impl Part {
    pub fn start(command: &mut Command) -> Self {
        Self(command.stdout(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until it is so, or for a minute.
pub async fn eventually<T>(mut is_so: impl AsyncFnMut() -> Option<T>) -> T {
    let waits = async {
        loop {
            if let Some(found) = is_so().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waits)
        .await
        .unwrap()
}
