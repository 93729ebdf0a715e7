//! The Prometheus of the demo.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result};
use chronoscope::schema::Naming;
use support::{get, unique};

use super::generate::{Faster, Links, rules};

/// A Prometheus with the rules loaded. It ends when this value is dropped or the process ends.
pub struct Prometheus {
    pub address: SocketAddr,
    process: Child,
    folder: PathBuf,
}

impl Prometheus {
    /// Starts a Prometheus that scrapes the target, with all durations divided, and waits until it
    /// responds.
    pub async fn start(target: SocketAddr, naming: Naming, faster: Faster) -> Result<Self> {
        let folder = std::env::temp_dir().join(unique("chronoscope-demo"));
        fs::create_dir_all(&folder)?;
        fs::write(
            folder.join("rules.yml"),
            rules::yaml(naming, faster, Links::default()),
        )?;
        let interval = faster.duration(interval(faster).mul_f64(faster.0));
        let config = folder.join("prometheus.yml");
        let text = format!(
            "global: {{scrape_interval: {interval}, scrape_timeout: {interval}, evaluation_interval: {interval}}}\n\
             rule_files: [rules.yml]\n\
             scrape_configs:\n- job_name: demo\n  static_configs: [{{targets: ['{target}']}}]\n"
        );
        fs::write(&config, text)?;
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        // The examples are a package of their own inside the repository.
        let within = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
        let mut scripts = within.map(|folder| folder.join("tests/backends/prometheus"));
        let script = scripts.find(|script| script.exists());
        let script = script.context("no tests/backends/prometheus: run it in the repository")?;
        let process = Command::new(script)
            .arg("serve")
            .arg(address.port().to_string())
            .args([&config, &folder.join("data")])
            // It runs until this pipe is closed.
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .context("cannot run tests/backends/prometheus: it needs bash")?;
        let mut started = Self {
            address,
            process,
            folder,
        };
        while get(address, "/-/ready").await.is_err() {
            if let Some(status) = started.process.try_wait()? {
                anyhow::bail!("Prometheus ended at once: {status}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(started)
    }
}

/// The interval of scrapes and evaluations: 15 seconds, divided, and at least half a second.
pub fn interval(faster: Faster) -> Duration {
    Duration::from_secs(15)
        .div_f64(faster.0)
        .max(Duration::from_millis(500))
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
