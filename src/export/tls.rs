//! The TLS settings of a collector, trusted roots and client certificate, shared by gRPC and HTTP.

use std::{
    error::Error,
    fmt, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use opentelemetry_otlp::tonic_types::transport::{ClientTlsConfig, Identity};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

type Failed = Box<dyn Error + Send + Sync>;

/// The TLS settings of one collector.
#[derive(Clone)]
pub(super) struct Tls {
    roots: Arc<RootCertStore>,
    identity: Option<Pem>,
    config: ClientConfig,
}

/// A certificate and its key, read from files.
#[derive(Clone)]
pub(super) struct Pem {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Pem {
    pub(super) fn read(certificate: &Path, key: &Path) -> Result<Self, Failed> {
        Ok(Self {
            certificate: content(certificate)?,
            key: content(key)?,
        })
    }
}

/// Returns the roots in a file, which replace the system's.
pub(super) fn roots_in(file: &Path) -> Result<RootCertStore, Failed> {
    let pem = content(file)?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| NoPem::new(file, error))?;
        let added = roots.add(certificate);
        added.map_err(|error| NoPem::new(file, error))?;
    }
    match roots.is_empty() {
        true => Err(NoPem::new(file, "it has no certificate").into()),
        false => Ok(roots),
    }
}

/// Returns the system's roots, which `SSL_CERT_FILE` and `SSL_CERT_DIR` replace.
pub(super) fn roots_of_system() -> Result<RootCertStore, Failed> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if !roots.is_empty() {
        return Ok(roots);
    }
    Err(match found.errors.into_iter().next() {
        Some(error) => Box::new(error),
        None => "the system has no root certificate".into(),
    })
}

impl Tls {
    pub(super) fn new(roots: RootCertStore, identity: Option<Pem>) -> Result<Self, Failed> {
        let roots = Arc::new(roots);
        let provider = CryptoProvider::get_default().cloned();
        let provider = provider.unwrap_or_else(|| Arc::new(ring::default_provider()));
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots.clone());
        let config = match &identity {
            None => config.with_no_client_auth(),
            Some(Pem { certificate, key }) => {
                let certificates = CertificateDer::pem_slice_iter(certificate);
                let certificates = certificates.collect::<Result<_, _>>()?;
                config.with_client_auth_cert(certificates, PrivateKeyDer::from_pem_slice(key)?)?
            }
        };
        Ok(Self {
            roots,
            identity,
            config,
        })
    }

    /// Returns the settings for a gRPC exporter.
    pub(super) fn for_grpc(&self) -> ClientTlsConfig {
        let tls = ClientTlsConfig::new().trust_anchors(self.roots.roots.iter().cloned());
        match &self.identity {
            Some(Pem { certificate, key }) => tls.identity(Identity::from_pem(certificate, key)),
            None => tls,
        }
    }

    /// Returns the settings for an HTTP client.
    pub(super) fn for_http(&self) -> ClientConfig {
        self.config.clone()
    }
}

/// Shows neither key nor certificate.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("roots", &self.roots.len())
            .field("identity", &self.identity.is_some())
            .finish()
    }
}

fn content(file: &Path) -> Result<Vec<u8>, NoPem> {
    fs::read(file).map_err(|error| NoPem::new(file, error))
}

/// The error of a file without the expected PEM content.
#[derive(Debug)]
struct NoPem {
    file: PathBuf,
    source: Failed,
}

impl NoPem {
    fn new(file: &Path, source: impl Into<Failed>) -> Self {
        Self {
            file: file.to_owned(),
            source: source.into(),
        }
    }
}

impl fmt::Display for NoPem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot use file {:?} as PEM", self.file)
    }
}

impl Error for NoPem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
