//! Certificates.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};

use super::unique;

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

impl Identity {
    /// Writes both to files in a folder, and returns where.
    pub fn write(&self, folder: &Path, name: &str) -> (PathBuf, PathBuf) {
        let certificate = folder.join(format!("{name}.pem"));
        let key = folder.join(format!("{name}.key"));
        fs::write(&certificate, &self.certificate).unwrap();
        fs::write(&key, &self.key).unwrap();
        (certificate, key)
    }
}

/// A folder with the certificates of collectors' and of clients' authorities, and of a worker.
pub struct Trust {
    pub servers: Authority,
    pub clients: Authority,
    folder: PathBuf,
}

impl Trust {
    pub fn new() -> Self {
        let (servers, clients) = (Authority::new(), Authority::new());
        let folder = std::env::temp_dir().join(unique("chronoscope-trust"));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("servers.pem"), &servers.certificate).unwrap();
        fs::write(folder.join("others.pem"), Authority::new().certificate).unwrap();
        clients.sign("worker").write(&folder, "worker");
        Self {
            servers,
            clients,
            folder,
        }
    }

    /// Returns the path of one of its files.
    pub fn file(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Trust {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}
