//! Against a real OpenTelemetry Collector, as programs set it up.

mod arrives;
mod deltas;
mod unharmed;

use std::{fs, path::PathBuf};

use crate::support::{
    authority::{Authority, Identity},
    unique,
};

/// The certificates of a collector and its clients.
struct Trust {
    clients: Authority,
    server: Identity,
    folder: PathBuf,
}

impl Trust {
    fn new() -> Self {
        let (servers, clients) = (Authority::new(), Authority::new());
        let folder = std::env::temp_dir().join(unique("chronoscope-trust"));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("servers.pem"), &servers.certificate).unwrap();
        clients.sign("worker").write(&folder, "worker");
        Self {
            server: servers.sign("localhost"),
            clients,
            folder,
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Drop for Trust {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}
