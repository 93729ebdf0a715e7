//! The thread of exporters and servers, with its own runtime.

use std::{
    io,
    sync::Arc,
    thread::{self, JoinHandle},
};

use opentelemetry::Context;
use parking_lot::Mutex;
use tokio::{
    runtime::{self, EnterGuard, Handle},
    sync::oneshot,
};

/// The thread of exporters and servers, with its own runtime. It ends when this is dropped, or
/// before.
#[derive(Debug)]
pub(crate) struct ExportThread {
    runtime: Handle,
    running: Mutex<Option<Running>>,
}

/// A thread that ends when this is dropped.
#[derive(Debug)]
struct Running {
    ends_when_dropped: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl ExportThread {
    pub(crate) fn start(name: &str) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let handle = runtime.handle().clone();
        let (sender, dropped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                // The exporters' own telemetry is not exported: each export would cause another.
                let _quiet = Context::enter_telemetry_suppressed_scope();
                let _ = runtime.block_on(dropped);
                runtime.shutdown_background();
            })?;
        Ok(Self {
            runtime: handle,
            running: Mutex::new(Some(Running {
                ends_when_dropped: sender,
                thread,
            })),
        })
    }

    /// Ends the thread with all its tasks, and waits for it.
    pub(crate) fn end(&self) {
        let mut running = self.running.lock();
        let Some(running) = running.take() else {
            return;
        };
        drop(running.ends_when_dropped);
        if running.thread.thread().id() != thread::current().id() {
            drop(running.thread.join());
        }
    }

    /// Enters the runtime, for code that spawns or registers sockets itself.
    pub(crate) fn enter(&self) -> EnterGuard<'_> {
        self.runtime.enter()
    }

    /// Returns the runtime, for code on another thread that waits for a future that needs one.
    #[cfg(feature = "otlp")]
    pub(crate) fn runtime(&self) -> Handle {
        self.runtime.clone()
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        drop(self.runtime.spawn(task));
    }

    /// Runs the action every few seconds as long as the thread lives.
    pub(crate) fn keep_up(&self, upkeep: impl Fn() + Send + 'static) {
        self.spawn(async move {
            loop {
                upkeep();
                tokio::time::sleep(std::time::Duration::from_secs(5)).await;
            }
        });
    }
}

/// The one thread of all exporters and of upkeep, started when the first needs it.
#[derive(Debug, Default)]
pub(crate) struct ExportThreads(Option<Arc<ExportThread>>);

impl ExportThreads {
    /// Returns the thread, and starts it if that was not done.
    pub(crate) fn get(&mut self) -> io::Result<Arc<ExportThread>> {
        let thread = match &self.0 {
            Some(thread) => thread.clone(),
            None => Arc::new(ExportThread::start("chronoscope-export")?),
        };
        self.0 = Some(thread.clone());
        Ok(thread)
    }

    /// Returns the thread, if it was started.
    pub(crate) fn started(self) -> Option<Arc<ExportThread>> {
        self.0
    }
}
