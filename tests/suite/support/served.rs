//! A real part that a script of `tests/backends` serves, for as long as the value lives.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use super::{backend, unique};

/// A server that was started by a configuration file, with a folder for its files.
pub struct Served {
    pub address: SocketAddr,
    pub folder: PathBuf,
    process: Child,
}

impl Served {
    /// Starts `tests/backends/NAME serve PORT CONFIG DIR` with this configuration.
    pub fn start(name: &str, config: &str, more: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(unique(&format!("chronoscope-{name}")));
        fs::create_dir_all(&folder).unwrap();
        for (file, text) in more {
            fs::write(folder.join(file), text).unwrap();
        }
        let file = folder.join("config.yml");
        fs::write(&file, config).unwrap();
        let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let process = Command::new(backend(name))
            .arg("serve")
            .arg(address.port().to_string())
            .args([&file, &folder.join("data")])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            address,
            folder,
            process,
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
