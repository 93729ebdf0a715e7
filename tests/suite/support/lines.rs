//! Log lines that a test can read, as bytes in every format: the kit's `Capture` keeps fields, and is made of
//! the layers that are tested here.

use std::{
    io::{self, Write},
    sync::{Arc, LazyLock, Mutex},
};

use chronoscope::logs::{ExecutionFormat, ReplayFilter};
use serde_json::Value;
use tracing::{Dispatch, Subscriber, subscriber::DefaultGuard};
use tracing_subscriber::{
    Layer,
    fmt::{self, MakeWriter},
    layer::SubscriberExt as _,
    registry::LookupSpan,
};

/// Two dispatchers that live as long as the process.
///
/// With a single one, `tracing` asks the thread that first reaches a callsite whether it is of
/// interest, and keeps a "never" for all threads. Tests on other threads have no subscriber.
static SEVERAL: LazyLock<[Dispatch; 2]> =
    LazyLock::new(|| [(); 2].map(|()| Dispatch::new(tracing_subscriber::registry())));

/// What a log layer wrote.
#[derive(Clone, Debug, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    /// A layer that writes JSON lines with the execution's fields here.
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        LazyLock::force(&SEVERAL);
        fmt::layer()
            .json()
            .with_writer(self.clone())
            .map_event_format(ExecutionFormat::new)
    }

    /// What was written, as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The lines of a target that starts with the prefix.
    pub fn of(&self, target: &str) -> Vec<Value> {
        let lines = self.text();
        let parsed = lines
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        parsed
            .filter(|line| line["target"].as_str().unwrap().starts_with(target))
            .collect()
    }

    /// A subscriber that writes here what the replay filter lets through.
    pub fn filtered(&self) -> impl Subscriber + Send + Sync + use<> {
        tracing_subscriber::registry()
            .with(self.layer())
            .with(ReplayFilter::global())
    }

    /// Makes these lines, filtered, what this thread logs to until the guard is dropped.
    pub fn set_default(&self) -> DefaultGuard {
        tracing::subscriber::set_default(self.filtered())
    }

    /// The suite's own lines with the message.
    pub fn with_message(&self, message: &str) -> Vec<Value> {
        let mut found = self.of("suite");
        found.retain(|line| line["fields"]["message"] == message);
        found
    }

    /// The messages of this test program's own lines.
    pub fn messages(&self) -> Vec<String> {
        let message = |line: &Value| line["fields"]["message"].as_str().unwrap().to_owned();
        self.of("suite").iter().map(message).collect()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
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
