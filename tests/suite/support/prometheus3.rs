//! A Prometheus of the third generation, which scrapes and takes what comes by OTLP.

use std::{
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::{backend, http, scraper, unique};

/// One that scrapes some addresses each second, for as long as the value lives.
pub struct Prometheus3 {
    pub address: SocketAddr,
    folder: PathBuf,
    process: Option<Child>,
}

impl Prometheus3 {
    /// Finds it an address.
    pub fn new() -> Self {
        let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let folder = std::env::temp_dir().join(unique("chronoscope-prometheus3"));
        std::fs::create_dir_all(&folder).unwrap();
        Self {
            address: free.local_addr().unwrap(),
            folder,
            process: None,
        }
    }

    /// Where to send metrics to by OTLP.
    pub fn otlp(&self) -> String {
        format!("http://{}/api/v1/otlp", self.address)
    }

    /// Starts it and waits until it answers.
    pub async fn start(&mut self, targets: &[String]) {
        let targets: Vec<_> = targets.iter().map(|target| format!("'{target}'")).collect();
        let found = Command::new(backend("prometheus3")).output().unwrap();
        let found = String::from_utf8(found.stdout).unwrap();
        let config = format!(
            "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\n\
             otlp: {{promote_resource_attributes: [service.instance.id, service.name]}}\n\
             scrape_configs:\n\
             - job_name: worker\n  static_configs: [{{targets: [{}]}}]\n\
             - job_name: itself\n  static_configs: [{{targets: ['{}']}}]\n",
            targets.join(", "),
            self.address
        );
        let file = self.folder.join("prometheus.yml");
        std::fs::write(&file, config).unwrap();
        let process = Command::new(PathBuf::from(found.trim()).join("prometheus"))
            .arg("--config.file")
            .arg(file)
            .arg("--storage.tsdb.path")
            .arg(self.folder.join("data"))
            .args(["--web.listen-address", &self.address.to_string()])
            .args(["--web.enable-otlp-receiver", "--log.level", "warn"])
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(self.folder.join("log")).unwrap())
            .spawn();
        self.process = Some(process.unwrap());
        while http::get(self.address, "/-/ready").is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What a query answers.
    pub fn query(&self, expr: &str) -> Vec<f64> {
        scraper::query(self.address, expr).unwrap_or_default()
    }

    /// Waits until a query answers this, and says what it answered last if it does not.
    pub async fn until(&self, expr: &str, expected: &[f64]) {
        let wait = async {
            while self.query(expr) != expected {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(60), wait).await;
        assert!(
            waited.is_ok(),
            "{expr}: {:?}, not {expected:?}",
            self.query(expr)
        );
    }

    /// Why scrapes fail.
    pub fn why(&self) -> String {
        let answer = http::get(self.address, "/api/v1/targets").unwrap();
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        let targets = answer["data"]["activeTargets"].as_array().unwrap().iter();
        targets
            .map(|target| target["lastError"].to_string())
            .collect()
    }

    /// What it complained of.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap()
    }
}

impl Drop for Prometheus3 {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
