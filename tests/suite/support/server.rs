//! A Temporal server process that ends with its value.

use std::{
    net::TcpListener,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use temporalio_client::{
    Connection, ConnectionOptions, Url,
    tonic::{Request, Status},
};
use temporalio_common::protos::temporal::api::workflowservice::v1::DescribeNamespaceRequest;
use tokio::time::{sleep, timeout};

/// A server process. It ends when this value is dropped, or this process dies.
pub struct Server {
    address: String,
    _process: Child,
}

impl Server {
    /// Starts a server with a namespace on a free port of the loopback interface, building it
    /// first if need be, and waits until it serves that namespace.
    pub async fn start(namespace: &str) -> Result<Self> {
        Self::start_with(namespace, &[]).await
    }

    /// The same, with more flags for the server.
    pub async fn start_with(namespace: &str, flags: &[String]) -> Result<Self> {
        get()?;
        let port = free_port()?;
        let address = format!("127.0.0.1:{port}");
        let mut process = Command::new(script())
            .arg("serve")
            .arg(port.to_string())
            .args(["--namespace", namespace])
            .args(flags)
            // The script serves until this pipe is closed.
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            // Ctrl-C is for this process, which still needs its server to end in good order.
            .process_group(0)
            .spawn()
            .context("cannot start the Temporal server")?;
        let answers = async {
            while !serves(&address, namespace).await {
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

async fn serves(address: &str, namespace: &str) -> bool {
    let Ok(url) = Url::parse(&format!("http://{address}")) else {
        return false;
    };
    let options = ConnectionOptions::new(url)
        .connect_timeout(Duration::from_secs(5))
        .build();
    let Ok(connection) = Connection::connect(options).await else {
        return false;
    };
    describe_namespace(&connection, namespace).await.is_ok()
}

/// Asks the server for a namespace.
async fn describe_namespace(connection: &Connection, namespace: &str) -> Result<(), Status> {
    let request = DescribeNamespaceRequest {
        namespace: namespace.to_owned(),
        ..Default::default()
    };
    let mut service = connection.workflow_service();
    service
        .describe_namespace(Request::new(request))
        .await
        .map(drop)
}

/// Returns the server's command-line tool, building it first if need be.
fn get() -> Result<PathBuf> {
    let output = Command::new(script())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run tests/backends/temporal: it needs bash")?;
    if !output.status.success() {
        bail!("cannot get a Temporal server: set TEMPORAL_ADDRESS to the address of one");
    }
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim()))
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/backends/temporal")
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
