//! The exporter of log records to one collector, which accounts for each.

use std::{fmt, time::Duration};

use opentelemetry_otlp::{ExporterBuildError, LogExporter as Sender};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    logs::{LogBatch, LogExporter},
};

use super::{batch::Held, record::weight};
use crate::{
    env::Warnings,
    export::{Collector, ExportThread, LOGS, OtlpError, Sending, Settings},
};

/// An exporter that accounts for each log record.
pub(super) struct Exporter {
    sender: Sender,
    sending: Sending,
    held: Held,
}

/// Opens the connection to a collector.
pub(super) fn open(
    collector: &Collector,
    thread: &ExportThread,
    warnings: &mut Warnings,
) -> Result<Exporter, OtlpError> {
    let settings = Settings::of(collector, &LOGS, warnings)?;
    // The channel's tasks live on the exporters' runtime.
    let entered = thread.enter();
    let mut sender = sender(&settings)?;
    drop(entered);
    sender.set_resource(&settings.resource);
    Ok(Exporter {
        sender,
        sending: Sending::new(&settings, thread.runtime()),
        held: Held::default(),
    })
}

fn sender(settings: &Settings) -> Result<Sender, OtlpError> {
    let sender = Sender::builder();
    let built = match settings.is_http() {
        true => settings.http(sender.with_http()).build(),
        false => settings.grpc(sender.with_tonic()).build(),
    };
    built.map_err(|error: ExporterBuildError| settings.failed(error))
}

impl Exporter {
    pub(super) fn held(&self) -> Held {
        self.held.clone()
    }
}

impl LogExporter for Exporter {
    /// Never fails: failures are logged and counted here, so the SDK need not repeat them.
    ///
    /// Waits, since this runs on the processor's own thread.
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        let (records, bytes) = batch.iter().fold((0, 0), |(records, bytes), (record, _)| {
            (records + 1, bytes + weight(record))
        });
        let sent = self.sending.wait(self.sender.export(batch));
        self.held.left(records, bytes, sent.unwrap_or(records));
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.sender.shutdown_with_timeout(timeout)
    }

    /// Each collector has a resource of its own.
    fn set_resource(&mut self, _: &Resource) {}
}

impl fmt::Debug for Exporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exporter").finish_non_exhaustive()
    }
}
