//! Keeps emitted signals: in this process, or in files that outlive it. The kit's `Capture` is code that the
//! oracle must not trust, and dies with its process.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Write},
    path::Path,
    sync::{Arc, Condvar, Mutex},
};

use metrics_util::debugging::{DebugValue, Snapshotter};
use opentelemetry::{
    Context,
    trace::{SpanId, Status},
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracing_subscriber::fmt::MakeWriter;

/// A span that ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    pub name: String,
    pub id: String,
    /// Empty for a root.
    pub parent: String,
    pub trace: String,
    /// The run that it is of, if it says so.
    pub run: Option<String>,
    /// The step of a program that opened it.
    pub step: Option<String>,
    pub failed: bool,
    /// All that it shows.
    pub text: String,
}

/// The emitted signals.
#[derive(Default)]
pub struct Emitted {
    pub lines: Vec<Value>,
    pub text: String,
    pub spans: Vec<Ended>,
    /// Series by `name{label=value,…}`; a histogram's value is how many samples it has.
    pub metrics: BTreeMap<String, f64>,
    /// How often each hook of a user's was called, by operation and class.
    pub hooks: BTreeMap<String, usize>,
    pub health: String,
    /// What health says that replay held back: lines and recordings.
    pub suppressed: (u64, u64),
    /// What health says that was left out of tasks that were executed anew, or refused: lines and
    /// recordings.
    pub left_out: (u64, u64),
    /// How many signals still wait for the server.
    pub held: u64,
    /// What health says that lines were lost.
    pub lost: u64,
    /// Records of runs that are left.
    pub runs_left: u64,
}

impl Emitted {
    /// Adds what processes wrote that were killed: a last line may be cut off.
    pub fn read(&mut self, folder: &Path) {
        let read = |name| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        let (lines, spans) = (read(LINES), read(SPANS));
        let parsed = lines
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        self.lines.extend(parsed);
        self.text.push_str(&lines);
        let ended = spans
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        self.spans.extend(ended);
    }
}

impl Ended {
    fn of(span: &SpanData) -> Self {
        let attribute = |name: &str| {
            let mut attributes = span.attributes.iter();
            let found = attributes.find(|attribute| attribute.key.as_str() == name)?;
            Some(found.value.to_string())
        };
        let step = attribute("step");
        let of_step = step.as_deref().and_then(|step| step.split(' ').next());
        let parent = span.parent_span_id;
        Self {
            name: span.name.to_string(),
            id: span.span_context.span_id().to_string(),
            trace: span.span_context.trace_id().to_string(),
            parent: match parent == SpanId::INVALID {
                true => String::new(),
                false => parent.to_string(),
            },
            run: of_step
                .map(str::to_owned)
                .or_else(|| attribute("temporalRunID")),
            step,
            failed: matches!(span.status, Status::Error { .. }),
            text: format!("{span:?}"),
        }
    }

    pub fn operation(&self) -> &str {
        self.name.split(':').next().unwrap_or_default()
    }
}

/// How often a user's hooks were called.
#[derive(Clone, Default)]
pub struct Hooks(Arc<Mutex<BTreeMap<String, usize>>>);

impl Hooks {
    pub fn note(&self, what: &str) {
        let mut calls = self.0.lock().expect("nobody panics here");
        *calls.entry(what.to_owned()).or_default() += 1;
    }

    pub fn all(&self) -> BTreeMap<String, usize> {
        self.0.lock().expect("nobody panics here").clone()
    }
}

/// What was recorded.
pub struct Recordings(Snapshotter);

impl Recordings {
    pub fn new(recordings: Snapshotter) -> Self {
        Self(recordings)
    }

    /// Takes what was recorded since the last time.
    pub fn take(&self) -> BTreeMap<String, f64> {
        let value = |value| match value {
            DebugValue::Counter(count) => count as f64,
            DebugValue::Gauge(gauge) => gauge.into_inner(),
            DebugValue::Histogram(values) => values.len() as f64,
        };
        let series = self.0.snapshot().into_vec().into_iter();
        series
            .map(|(key, _, _, seen)| {
                let labels = key.key().labels();
                let mut labels: Vec<_> = labels
                    .map(|label| format!("{}={}", label.key(), label.value()))
                    .collect();
                labels.sort();
                let name = format!("{}{{{}}}", key.key().name(), labels.join(","));
                (name, value(seen))
            })
            .collect()
    }
}

/// What was written.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    written: Arc<Mutex<Vec<u8>>>,
    file: Option<Arc<File>>,
    blocked: Option<Arc<Blocked>>,
}

/// Holds a writer up until it is opened.
#[derive(Debug, Default)]
struct Blocked {
    is_open: Mutex<bool>,
    opened: Condvar,
}

impl Lines {
    /// Takes nothing before it is unblocked.
    pub fn blocked() -> Self {
        Self {
            blocked: Some(Arc::default()),
            ..Self::default()
        }
    }

    pub fn unblock(&self) {
        if let Some(blocked) = &self.blocked {
            *blocked.is_open.lock().expect("nobody panics here") = true;
            blocked.opened.notify_all();
        }
    }

    /// Writes to a file of the folder, too, at once.
    pub fn to(folder: &Path) -> Self {
        Self {
            file: Some(Arc::new(append(&folder.join(LINES)))),
            ..Self::default()
        }
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.written.lock().expect("nobody panics here")).into_owned()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(blocked) = &self.blocked {
            let is_open = blocked.is_open.lock().expect("nobody panics here");
            let opened = blocked.opened.wait_while(is_open, |is_open| !*is_open);
            drop(opened.expect("nobody panics here"));
        }
        if let Some(mut file) = self.file.as_deref() {
            file.write_all(bytes)?;
        }
        let mut written = self.written.lock().expect("nobody panics here");
        written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The spans that ended.
#[derive(Clone, Debug, Default)]
pub struct Spans {
    ended: Arc<Mutex<Vec<SpanData>>>,
    file: Option<Arc<File>>,
}

const LINES: &str = "lines";
const SPANS: &str = "spans";

/// Opens a file that is written to at its end.
pub fn append(file: &Path) -> File {
    let opened = File::options().append(true).create(true).open(file);
    opened.expect("the file can be opened")
}

impl Spans {
    /// Writes to a file of the folder, too, at once.
    pub fn to(folder: &Path) -> Self {
        Self {
            file: Some(Arc::new(append(&folder.join(SPANS)))),
            ..Self::default()
        }
    }

    pub fn count(&self) -> u64 {
        self.ended.lock().expect("nobody panics here").len() as u64
    }

    pub fn all(&self) -> Vec<Ended> {
        let ended = self.ended.lock().expect("nobody panics here");
        ended.iter().map(Ended::of).collect()
    }
}

impl SpanProcessor for Spans {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if let Some(mut file) = self.file.as_deref() {
            let line = serde_json::to_string(&Ended::of(&span)).expect("a span is data");
            writeln!(file, "{line}").expect("the file can be written");
        }
        self.ended.lock().expect("nobody panics here").push(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: std::time::Duration) -> OTelSdkResult {
        Ok(())
    }
}
