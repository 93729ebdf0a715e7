//! Ctrl-C and the other requests to end the process.

use anyhow::Result;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens for Ctrl-C and the system's other requests to end, from its creation on.
pub(super) struct End {
    #[cfg(unix)]
    interrupt: Signal,
    #[cfg(unix)]
    terminate: Signal,
}

impl End {
    #[cfg(unix)]
    pub(super) fn listen() -> Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    #[cfg(not(unix))]
    pub(super) fn listen() -> Result<Self> {
        Ok(Self {})
    }

    /// Waits until the process is asked to end.
    #[cfg(unix)]
    pub(super) async fn asked(&mut self) -> Result<()> {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        Ok(())
    }

    /// Waits until the process is asked to end.
    #[cfg(not(unix))]
    pub(super) async fn asked(&mut self) -> Result<()> {
        Ok(tokio::signal::ctrl_c().await?)
    }
}
