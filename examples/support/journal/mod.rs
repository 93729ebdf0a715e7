//! A journal of facts that leave no event in a history: activity attempts, client calls, and the
//! runs that the worker had.
//!
//! It consists of plain SDK interceptors, so that it is an independent record. It has one JSON
//! object per line, whose `entry` is `run`, `attempt` or `call`. An entry that was dropped before
//! its end has `dropped` as its `end`. Arguments, results and messages are left out.

mod calls;
mod worker;

use std::{
    fs::File,
    io::Write as _,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use temporalio_client::{ClientInterceptor, ClientOptions};
use temporalio_sdk::{
    SimplePlugin, WorkerOptions, WorkerPlugin as _,
    interceptors::{ActivityInboundInterceptor, WorkerInterceptor},
};

/// A file with one line per entry. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Journal(Arc<Mutex<File>>);

impl Journal {
    /// Begins a journal.
    pub fn create(path: &Path) -> Result<Self> {
        let file = File::create(path)
            .with_context(|| format!("cannot write the journal {}", path.display()))?;
        Ok(Self(Arc::new(Mutex::new(file))))
    }

    /// Records the calls of a client.
    pub fn of_client(&self, options: &mut ClientOptions) {
        let calls: Arc<dyn ClientInterceptor> = Arc::new(calls::Calls(self.clone()));
        options.client_interceptors.insert(0, calls);
    }

    /// Records the activity attempts of a worker, and its runs.
    pub fn of_worker(&self, options: &mut WorkerOptions) -> Result<()> {
        let activities: Arc<dyn ActivityInboundInterceptor> =
            Arc::new(worker::Attempts(self.clone()));
        let runs: Arc<dyn WorkerInterceptor> = Arc::new(worker::Runs::new(self.clone()));
        SimplePlugin::builder("journal")
            .worker_interceptors(vec![runs])
            .activity_inbound_interceptors(
                // Outermost: an attempt that another interceptor refuses counts, too.
                move |inner: Option<Vec<Arc<dyn ActivityInboundInterceptor>>>| {
                    let mut all = inner.unwrap_or_default();
                    all.insert(0, activities.clone());
                    all
                },
            )
            .build()
            .configure_worker_options(options)?;
        Ok(())
    }

    fn write(&self, entry: &Value) {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = writeln!(file, "{entry}") {
            tracing::warn!(%error, "the journal cannot be written");
        }
    }

    /// Begins an entry that is written when it ends or is dropped.
    fn begin(&self, entry: Value) -> Entry {
        Entry {
            journal: self.clone(),
            entry,
            end: json!({"end": "dropped"}),
        }
    }
}

/// An entry that is not written yet.
struct Entry {
    journal: Journal,
    entry: Value,
    end: Value,
}

impl Entry {
    fn end(mut self, end: Value) {
        self.end = end;
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut entry = self.entry.take();
        if let (Value::Object(entry), Value::Object(end)) = (&mut entry, self.end.take()) {
            entry.extend(end);
        }
        self.journal.write(&entry);
    }
}
