use std::{io, thread};

use opentelemetry::Context;
use tokio::{
    runtime::{self, EnterGuard, Handle},
    sync::oneshot,
};

/// The thread that exporters and the like run on, with a runtime of its own. It ends when this is
/// dropped.
#[derive(Debug)]
pub(crate) struct ExportThread {
    runtime: Handle,
    _ends_when_dropped: oneshot::Sender<()>,
}

impl ExportThread {
    pub(crate) fn start(name: &str) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let handle = runtime.handle().clone();
        let (sender, dropped) = oneshot::channel();
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                // What exporters do is not to be exported: that would never end.
                let _quiet = Context::enter_telemetry_suppressed_scope();
                let _ = runtime.block_on(dropped);
                runtime.shutdown_background();
            })?;
        Ok(Self {
            runtime: handle,
            _ends_when_dropped: sender,
        })
    }

    /// Enters the runtime, for what spawns or registers sockets on its own.
    pub(crate) fn enter(&self) -> EnterGuard<'_> {
        self.runtime.enter()
    }

    /// Returns the runtime, for what waits on another thread for something that needs one.
    #[cfg(feature = "otlp")]
    pub(crate) fn runtime(&self) -> Handle {
        self.runtime.clone()
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        drop(self.runtime.spawn(task));
    }

    /// Does something every few seconds for as long as the thread lives.
    pub(crate) fn keep_up(&self, upkeep: impl Fn() + Send + 'static) {
        self.spawn(async move {
            loop {
                upkeep();
                tokio::time::sleep(std::time::Duration::from_secs(5)).await;
            }
        });
    }
}
