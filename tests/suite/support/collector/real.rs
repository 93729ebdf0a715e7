//! A real OpenTelemetry Collector, which passes on what it takes to one that can be asked; or that one
//! itself, where a run has no real parts.

use std::{
    fs,
    net::TcpStream,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::Collector;
use crate::support::{
    authority::{Authority, Identity},
    backend, free_port, is_real, unique,
};

/// What a collector asks of its callers.
#[derive(Clone, Copy)]
pub enum Asks<'a> {
    /// Nothing: it speaks in the clear.
    Nothing,
    /// TLS, with this certificate.
    Tls(&'a Identity),
    /// The same, and a certificate of somebody's.
    Mutual(&'a Identity, &'a Authority),
}

/// A collector process. It ends when this value is dropped, or this process dies.
pub struct Real {
    /// What it took.
    pub taken: Collector,
    grpc: u16,
    http: u16,
    scheme: &'static str,
    folder: PathBuf,
    process: Child,
}

/// Takes OTLP by gRPC in the clear: a real collector in the real tier.
pub struct Taking {
    pub taken: Collector,
    pub grpc: String,
    real: Option<Real>,
}

impl Taking {
    pub async fn start() -> Self {
        if is_real() {
            let real = Real::start(Asks::Nothing).await;
            Self {
                taken: real.taken.clone(),
                grpc: real.grpc(),
                real: Some(real),
            }
        } else {
            let (taken, grpc) = Collector::start().await;
            Self {
                taken,
                grpc,
                real: None,
            }
        }
    }

    /// What a real one said.
    pub fn log(&self) -> String {
        self.real.as_ref().map(Real::log).unwrap_or_default()
    }
}

impl Real {
    pub async fn start(asks: Asks<'_>) -> Self {
        let (taken, sink) = Collector::start().await;
        let folder = std::env::temp_dir().join(unique("chronoscope-collector"));
        fs::create_dir(&folder).unwrap();
        let (grpc, http) = (free_port(), free_port());
        let security = security(asks, &folder);
        let config = format!(
            r#"
receivers:
  otlp:
    protocols:
      grpc: {{ endpoint: "127.0.0.1:{grpc}"{security} }}
      http: {{ endpoint: "127.0.0.1:{http}"{security} }}
exporters:
  otlp_grpc:
    endpoint: "{}"
    compression: none
    tls: {{ insecure: true }}
    sending_queue: {{ enabled: false }}
    retry_on_failure: {{ enabled: false }}
service:
  pipelines:
    traces: {{ receivers: [otlp], exporters: [otlp_grpc] }}
    metrics: {{ receivers: [otlp], exporters: [otlp_grpc] }}
    logs: {{ receivers: [otlp], exporters: [otlp_grpc] }}
  telemetry:
    metrics: {{ level: none }}
"#,
            sink.trim_start_matches("http://")
        );
        let file = folder.join("config.yaml");
        fs::write(&file, config).unwrap();
        let log = fs::File::create(folder.join("log")).unwrap();
        let process = Command::new(backend("collector"))
            .arg("serve")
            .arg(&file)
            // The script serves until this pipe is closed.
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .process_group(0)
            .spawn()
            .unwrap();
        let scheme = match asks {
            Asks::Nothing => "http",
            _ => "https",
        };
        let mut real = Self {
            taken,
            grpc,
            http,
            scheme,
            folder,
            process,
        };
        real.wait().await;
        real
    }

    /// Waits until it listens. The first time, it is built before.
    async fn wait(&mut self) {
        let is_up = |port| TcpStream::connect(("127.0.0.1", port)).is_ok();
        while !(is_up(self.grpc) && is_up(self.http)) {
            if let Some(status) = self.process.try_wait().unwrap() {
                panic!("the collector ended at once: {status}: {}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What the process itself said.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Where it takes gRPC.
    pub fn grpc(&self) -> String {
        format!("{}://localhost:{}", self.scheme, self.grpc)
    }

    /// Where it takes HTTP.
    pub fn http(&self) -> String {
        format!("{}://localhost:{}", self.scheme, self.http)
    }
}

fn security(asks: Asks<'_>, folder: &Path) -> String {
    let (identity, clients) = match asks {
        Asks::Nothing => return String::new(),
        Asks::Tls(identity) => (identity, None),
        Asks::Mutual(identity, clients) => (identity, Some(clients)),
    };
    let (certificate, key) = identity.write(folder, "collector");
    let clients = clients.map(|clients| {
        let file = folder.join("clients.pem");
        fs::write(&file, &clients.certificate).unwrap();
        format!(", client_ca_file: {file:?}")
    });
    let clients = clients.unwrap_or_default();
    format!(", tls: {{ cert_file: {certificate:?}, key_file: {key:?}{clients} }}")
}

impl Drop for Real {
    fn drop(&mut self) {
        // It ends with its standard input.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
