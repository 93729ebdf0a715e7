//! The rules in a running Prometheus of each generation, which scrapes a worker that does not poll:
//! every rule is evaluated without errors, and the alert fires.

use std::{
    collections::BTreeSet,
    fs,
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::{self, sleep},
    time::Duration,
};

use chronoscope::schema::Naming;
use serde_json::Value;

use crate::{
    days::unpolled_page,
    folder,
    generate::{Faster, Links, NAMINGS, alerts, rules},
    support::{backend, http, unique},
};

/// A Prometheus that runs as long as the value lives.
struct Prometheus {
    address: SocketAddr,
    folder: PathBuf,
    process: Child,
}

impl Prometheus {
    /// Starts one that scrapes a target and evaluates rule files once per second.
    fn start(generation: &str, target: SocketAddr, rules: &[PathBuf]) -> Self {
        let folder = std::env::temp_dir().join(unique("chronoscope-rules"));
        fs::create_dir_all(&folder).unwrap();
        let config = serde_json::json!({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": rules,
            "scrape_configs": [{
                "job_name": "worker", "honor_labels": true,
                "static_configs": [{"targets": [target.to_string()]}],
            }],
        });
        let file = folder.join("prometheus.yml");
        fs::write(&file, config.to_string()).unwrap();
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let tools = Command::new(backend(generation)).output().unwrap().stdout;
        let tools = String::from_utf8(tools).unwrap();
        let process = Command::new(Path::new(tools.trim()).join("prometheus"))
            .arg("--config.file")
            .arg(file)
            .arg("--storage.tsdb.path")
            .arg(folder.join("data"))
            .args(["--web.listen-address", &address.to_string()])
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.join("log")).unwrap())
            .spawn()
            .unwrap();
        Self {
            address,
            folder,
            process,
        }
    }

    /// Returns the state of all rules.
    fn rules(&self) -> Vec<Value> {
        let Ok(answer) = http::get(self.address, "/api/v1/rules") else {
            return Vec::new();
        };
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let groups = answer["data"]["groups"].as_array().unwrap().clone();
        let rules = groups
            .iter()
            .flat_map(|group| group["rules"].as_array().unwrap().clone());
        rules.collect()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Serves a page of metrics until the process ends.
fn serve(page: String) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let head = "HTTP/1.0 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n\r\n";
            let _ = stream.write_all((head.to_owned() + &page).as_bytes());
        }
    });
    address
}

fn loaded_and_fire(generation: &str) {
    let target = serve(unpolled_page());
    let fast = std::env::temp_dir().join(unique("rules"));
    let text = rules::yaml(Naming::Prometheus, Faster(60.0), Links::default());
    fs::write(&fast, text).unwrap();
    let alerts_of = |(_, name)| folder().join(format!("alerts/{name}.rules.yml"));
    let mut files: Vec<_> = NAMINGS.map(alerts_of).to_vec();
    files = files
        .iter()
        .map(|file| fs::canonicalize(file).unwrap())
        .collect();
    files.push(fast.clone());
    let prometheus = Prometheus::start(generation, target, &files);
    let mut found = Vec::new();
    let done = (0..600).any(|_| {
        sleep(Duration::from_millis(100));
        found = prometheus.rules();
        let is = |rule: &Value, key: &str, value: &str| rule[key] == value;
        let healthy = found.iter().filter(|rule| is(rule, "health", "ok")).count();
        let firing = found.iter().filter(|rule| is(rule, "state", "firing"));
        let firing: BTreeSet<_> = firing.map(|rule| rule["name"].to_string()).collect();
        healthy == 3 * alerts::all().count() && firing.contains("\"PollersZero\"")
    });
    fs::remove_file(fast).unwrap();
    let wrong = found.iter().filter(|rule| rule["health"] != "ok");
    let wrong: Vec<_> = wrong
        .map(|rule| (&rule["name"], &rule["lastError"]))
        .collect();
    assert!(
        done,
        "{generation}: {} rules, {wrong:?}\n{}",
        found.len(),
        prometheus.log()
    );
}

#[test]
fn prometheus_2_loads_the_rules_and_they_fire() {
    loaded_and_fire("prometheus");
}

#[test]
fn prometheus_3_loads_the_rules_and_they_fire() {
    loaded_and_fire("prometheus3");
}
