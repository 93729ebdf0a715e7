//! A proxy before the server that terminates TLS, and certificates for it.

use std::{
    fs,
    io::{self, Write as _},
    net::TcpStream,
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

pub use crate::support::authority::{Authority, Identity};
use crate::support::{backend, free_port, unique};

/// The name in the server's certificates.
pub const DOMAIN: &str = "temporal.test";

/// What a proxy asks of its callers.
#[derive(Default)]
pub struct Asks<'a> {
    /// A certificate of this authority's.
    pub clients: Option<&'a Authority>,
    pub key: Option<&'a str>,
}

/// A proxy process. It ends when this value is dropped, or this process dies.
pub struct Proxy {
    pub port: u16,
    folder: PathBuf,
    process: Child,
}

impl Proxy {
    /// Starts a proxy before a server.
    pub async fn before(upstream: &str, identity: &Identity, asks: Asks<'_>) -> Self {
        let folder = std::env::temp_dir().join(unique("chronoscope-nginx"));
        fs::create_dir(&folder).unwrap();
        let put = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
        put("server.pem", &identity.certificate);
        put("server.key", &identity.key);
        if let Some(clients) = asks.clients {
            put("clients.pem", &clients.certificate);
        }
        if let Some(key) = asks.key {
            put("key", key);
        }
        let port = free_port();
        let process = Command::new(backend("nginx"))
            .arg("serve")
            .arg(&folder)
            .args([&port.to_string(), upstream])
            // The script serves until this pipe is closed.
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut proxy = Self {
            port,
            folder,
            process,
        };
        proxy.wait().await;
        proxy
    }

    /// Waits until it listens. The first time, it is fetched before.
    async fn wait(&mut self) {
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            if let Some(status) = self.process.try_wait().unwrap() {
                let log = fs::read_to_string(self.folder.join("error.log"));
                let _ = io::stderr().write_all(log.unwrap_or_default().as_bytes());
                panic!("nginx ended at once: {status}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // It ends with its standard input.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
