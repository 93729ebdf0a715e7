//! A proxy before the server that terminates TLS, and certificates for it.

use std::{
    fs,
    io::{self, Write as _},
    net::{TcpListener, TcpStream},
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};

use crate::support::{backend, unique};

/// The name in the server's certificates.
pub const DOMAIN: &str = "temporal.test";

/// A certificate and its key, in PEM.
pub struct Identity {
    pub certificate: String,
    pub key: String,
}

/// Somebody who signs certificates.
pub struct Authority {
    pub certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, unique("authority"));
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        Self {
            certificate,
            issuer,
        }
    }

    /// Signs a certificate that is good.
    pub fn sign(&self, name: &str) -> Identity {
        self.sign_with(name, |_| {})
    }

    /// Signs one that was good once.
    pub fn sign_expired(&self, name: &str) -> Identity {
        self.sign_with(name, |params| params.not_after = date_time_ymd(2001, 1, 1))
    }

    fn sign_with(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Identity {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        Identity {
            certificate: params.signed_by(&key, &self.issuer).unwrap().pem(),
            key: key.serialize_pem(),
        }
    }
}

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
        let port = free_port().unwrap();
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

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
