//! A Temporal server of one's own, for as long as the value lives.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};

/// A server process. It ends when this value is dropped, or this process dies.
pub struct Server {
    address: String,
    _process: Child,
}

impl Server {
    /// Starts a server on a free port of the loopback interface, building it first if need be.
    pub async fn start(flags: &[&str]) -> Result<Self> {
        get()?;
        let port = free_port()?;
        let address = format!("127.0.0.1:{port}");
        let mut process = Command::new(script())
            .arg("serve")
            .arg(port.to_string())
            .args(flags)
            // The script serves until this pipe is closed.
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .context("cannot start the Temporal server")?;
        let answers = async {
            while TcpStream::connect(&address).await.is_err() {
                if let Some(status) = process.try_wait()? {
                    bail!("the Temporal server ended at once: {status}");
                }
                sleep(Duration::from_millis(20)).await;
            }
            Ok(())
        };
        timeout(Duration::from_secs(60), answers)
            .await
            .with_context(|| format!("the Temporal server does not answer at {address}"))??;
        Ok(Self {
            address,
            _process: process,
        })
    }

    /// Where the server listens, as HOST:PORT.
    pub fn address(&self) -> &str {
        &self.address
    }
}

/// Returns the server's command-line tool, building it first if need be.
pub fn get() -> Result<PathBuf> {
    let output = Command::new(script())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run tests/backends/temporal: it needs bash")?;
    if !output.status.success() {
        bail!("there is no Temporal server to be had: name one with --address HOST:PORT");
    }
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim()))
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/backends/temporal")
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
