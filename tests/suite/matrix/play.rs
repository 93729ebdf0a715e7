//! Runs an example's program, and gathers what it left behind.

use std::{collections::BTreeMap, path::PathBuf};

use chronoscope_testserver::TestServer;
use temporalio_common::protos::temporal::api::history::v1::HistoryEvent;

use super::{
    copied,
    journal::{self, Entry},
    lines::Line,
    rows::Row,
    sealed,
};
use crate::{
    encryption,
    programs::example,
    scenarios,
    support::{
        address,
        collector::{Collector, Sent, Span},
        connect_to, namespace, unique,
    },
};

/// Where an example is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// On a server of its own, in this process.
    InProcess,
    /// On the server of this test run.
    Home,
}

/// How an example is played.
#[derive(Clone, Copy, Debug)]
pub struct Play {
    pub stage: Stage,
    /// How many runs the worker keeps.
    pub cache: usize,
    /// Whether payloads are encrypted.
    pub encrypted: bool,
}

impl Play {
    /// Whether an example can be played so.
    pub fn suits(self, row: &Row) -> bool {
        row.copied.is_none() || (self.cache > 0 && !self.encrypted)
    }
}

/// What a play left behind.
pub struct Played {
    pub namespace: String,
    pub spans: Vec<Span>,
    pub series: BTreeMap<String, Sent>,
    /// The example's own.
    pub lines: Vec<Line>,
    pub journal: Vec<Entry>,
    /// Of every run that was started.
    pub histories: Vec<Vec<HistoryEvent>>,
}

/// Plays an example to its end.
pub async fn play(row: &Row, play: Play) -> Result<Played, String> {
    let own = if row.copied.is_some() {
        "default"
    } else {
        "matrix"
    };
    let (address, namespace, server) = match play.stage {
        Stage::InProcess => {
            let server = TestServer::builder().namespace(own).start().await;
            let address = server.listen(([127, 0, 0, 1], 0).into()).await.unwrap();
            (address.to_string(), own, Some(server))
        }
        Stage::Home if row.copied.is_some() => (address().await.to_owned(), own, None),
        Stage::Home => (address().await.to_owned(), namespace().await, None),
    };
    let (collector, endpoint) = Collector::start().await;
    let folder = Folder::new(row.name);
    let (log, journal) = (folder.0.join("log.json"), folder.0.join("journal.json"));
    let mut program = tokio::process::Command::from(example(row.name));
    match row.copied {
        Some(_) => program
            .env("TEMPORAL_ADDRESS", &address)
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)
            .env("CHRONOSCOPE_LOG_FORMAT", "json")
            .env_remove("RUST_LOG"),
        None => program
            .args(["--address", &address, "--namespace", namespace])
            .args(["--otlp", &endpoint, "--cache", &play.cache.to_string()])
            .arg("--log-file")
            .arg(&log)
            .arg("--journal")
            .arg(&journal)
            .args(row.flags),
    };
    if play.encrypted {
        program.args(["--encryption-key", encryption::KEY]);
    }
    let output = program.kill_on_drop(true).output().await.unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let client = connect_to(&address, namespace, "chronoscope-suite", None).await;
    let (histories, journal, log) = match &row.copied {
        Some(copied) => {
            let history = copied::history(&client, copied).await;
            let journal = copied::journal(copied, &history);
            let log = String::from_utf8(output.stdout).unwrap();
            (vec![history], journal, log)
        }
        None => {
            let journal = journal::read(&journal);
            let histories = scenarios::all_events(&client, runs(&journal)).await;
            (histories, journal, std::fs::read_to_string(&log).unwrap())
        }
    };
    if play.encrypted {
        sealed::check(&histories).await?;
    }
    drop(server);
    let lines = log.lines().filter(|line| line.starts_with('{'));
    Ok(Played {
        namespace: namespace.to_owned(),
        spans: collector.spans(),
        series: collector.series(),
        lines: lines
            .filter_map(|line| Line::read(row.name, line))
            .collect(),
        journal,
        histories,
    })
}

/// The runs that a journal names.
fn runs(journal: &[Entry]) -> scenarios::Runs {
    let named = journal.iter().filter_map(|entry| match entry {
        Entry::Run(run) => Some((run.workflow_id.clone(), Some(run.run_id.clone()))),
        Entry::Call(call) if call.operation.contains("Start") && call.end == "completed" => {
            Some((call.workflow_id.clone(), call.run_id.clone()))
        }
        _ => None,
    });
    named
        .filter(|(_, run)| run.as_ref().is_some_and(|run| !run.is_empty()))
        .collect()
}

/// A folder that is gone when the value is.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(unique(&format!("chronoscope-matrix-{name}")));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
