//! A real Alertmanager with the inhibition rules, and its own client.

use std::{
    collections::BTreeMap,
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::Command,
    thread::sleep,
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    folder,
    support::{Served, backend},
};

/// The labels of an alert.
pub type Labels = BTreeMap<String, String>;

/// An Alertmanager that runs as long as the value lives.
pub struct Alertmanager {
    program: String,
    server: Served,
}

impl Alertmanager {
    pub fn start() -> Self {
        let tools = Command::new(backend("alertmanager"))
            .output()
            .unwrap()
            .stdout;
        let tools = String::from_utf8(tools).unwrap();
        let advice = fs::read_to_string(folder().join("alerts/inhibit.yml")).unwrap();
        let config = format!("route: {{receiver: none}}\nreceivers: [{{name: none}}]\n{advice}");
        let started = Self {
            program: Path::new(tools.trim()).join("amtool").display().to_string(),
            server: Served::start("alertmanager", &config, &[]),
        };
        let answers = (0..300).any(|_| {
            sleep(Duration::from_millis(100));
            started
                .run(&["cluster".to_owned(), "show".to_owned()])
                .is_some()
        });
        assert!(answers, "Alertmanager does not answer");
        started
    }

    fn run(&self, args: &[String]) -> Option<String> {
        let output = Command::new(&self.program)
            .args([
                "--alertmanager.url",
                &format!("http://{}", self.server.address),
            ])
            .args(args)
            .output()
            .unwrap();
        output
            .status
            .success()
            .then(|| String::from_utf8(output.stdout).unwrap())
    }

    /// Posts firing alerts.
    pub fn fire(&self, alerts: &[Labels]) {
        let alerts: Vec<_> = alerts
            .iter()
            .map(|labels| json!({"labels": labels}))
            .collect();
        let body = Value::from(alerts).to_string();
        let mut stream = TcpStream::connect(self.server.address).unwrap();
        write!(
            stream,
            "POST /api/v2/alerts HTTP/1.0\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
    }

    /// Returns all alerts, each with whether it is inhibited.
    pub fn alerts(&self) -> Vec<(Labels, bool)> {
        let args = ["alert", "query", "--inhibited", "--active", "-o", "json"].map(str::to_owned);
        let answer: Value = serde_json::from_str(&self.run(&args).unwrap()).unwrap();
        let one = |alert: &Value| {
            let inhibited = !alert["status"]["inhibitedBy"]
                .as_array()
                .unwrap()
                .is_empty();
            (
                serde_json::from_value(alert["labels"].clone()).unwrap(),
                inhibited,
            )
        };
        answer.as_array().unwrap().iter().map(one).collect()
    }
}
