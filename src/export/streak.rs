use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use opentelemetry_sdk::error::OTelSdkResult;

/// Counts the failures of an exporter, and says when they begin and end.
#[derive(Debug)]
pub(crate) struct Streak {
    what: &'static str,
    failures: Arc<AtomicU64>,
    in_a_row: AtomicU64,
}

impl Streak {
    /// Counts for the exporter of something: "metrics", "spans".
    pub(crate) fn new(what: &'static str) -> Self {
        Self {
            what,
            failures: Arc::default(),
            in_a_row: AtomicU64::new(0),
        }
    }

    pub(crate) fn failures(&self) -> Arc<AtomicU64> {
        self.failures.clone()
    }

    pub(crate) fn note(&self, exported: &OTelSdkResult) {
        let what = self.what;
        match exported {
            Ok(()) if self.in_a_row.swap(0, Ordering::Relaxed) > 0 => {
                tracing::info!("{what} reach the OpenTelemetry collector again");
            }
            Ok(()) => {}
            Err(error) => {
                self.failures.fetch_add(1, Ordering::Relaxed);
                if self.in_a_row.fetch_add(1, Ordering::Relaxed) == 0 {
                    tracing::warn!(
                        %error,
                        "{what} do not reach the OpenTelemetry collector; going on to try"
                    );
                }
            }
        }
    }
}
