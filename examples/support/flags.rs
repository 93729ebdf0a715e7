//! The flags that every example takes.

use std::path::PathBuf;

use anyhow::Result;
use chronoscope::{Builder, Observability};
use clap::{Args, Command, FromArgMatches};

use super::encryption::{CodecError, EncryptionCodec};

/// The flags that every example takes.
#[derive(Clone, Debug, clap::Args)]
pub struct Flags {
    /// The Temporal server to use. By default one is started in this process.
    #[arg(long, value_name = "HOST:PORT", env = "TEMPORAL_ADDRESS")]
    pub address: Option<String>,

    /// The namespace to work in; it must exist, unless the server is in this process.
    #[arg(long, default_value = "default")]
    pub namespace: String,

    /// How many workflows to run.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub runs: usize,

    /// How many workflows the worker keeps in memory; 0 replays each from the start at every task.
    #[arg(long, value_name = "N")]
    pub cache: Option<usize>,

    /// Also write every log line to this file, as JSON.
    #[arg(long, value_name = "FILE")]
    pub log_file: Option<PathBuf>,

    /// Also write a journal of client calls and activity attempts to this file.
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,

    /// Serve metrics to Prometheus on this address.
    #[cfg(feature = "prometheus")]
    #[arg(long, value_name = "ADDR")]
    pub prometheus: Option<std::net::SocketAddr>,

    /// Send metrics, traces and log records to this OpenTelemetry collector, by gRPC.
    #[cfg(feature = "otlp")]
    #[arg(long, value_name = "ENDPOINT")]
    pub otlp: Option<String>,

    /// Serve introspection of the worker on this address: see the example `top`. Clients must send
    /// the token in INTROSPECT_TOKEN, if that is set.
    #[cfg(feature = "introspect")]
    #[arg(long, value_name = "ADDR")]
    pub introspect: Option<std::net::SocketAddr>,

    /// Encrypt arguments, results and memos with this key of 32 bytes.
    #[arg(
        long,
        value_name = "KEY",
        env = "ENCRYPTION_KEY",
        hide_env_values = true
    )]
    pub encryption_key: Option<String>,

    /// Keep the worker serving after the work is done, until Ctrl-C.
    #[arg(long)]
    pub hold: bool,
}

impl Flags {
    /// Reads the flags of a program without flags of its own.
    pub fn parse(about: &'static str) -> Self {
        let command = Command::new("example").about(about);
        let matches = Self::augment_args(command).get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }

    /// Returns a builder with the settings of the environment and these flags.
    pub fn observability(&self) -> Result<Builder> {
        let mut builder = Observability::from_env()?;
        if let Some(file) = &self.log_file {
            builder = builder.logs(|l| l.file(file));
        }
        #[cfg(feature = "prometheus")]
        if let Some(address) = self.prometheus {
            let page = chronoscope::metrics::export::Prometheus::new(address);
            builder = builder.metrics(|m| m.prometheus(page));
        }
        #[cfg(feature = "otlp")]
        if let Some(endpoint) = &self.otlp {
            let collector = chronoscope::export::Collector::at(endpoint);
            builder = builder
                .metrics(|m| m.otlp(collector.clone()))
                .logs(|l| l.otlp(collector.clone()))
                .traces(|t| t.otlp(collector));
        }
        #[cfg(feature = "introspect")]
        if let Some(address) = self.introspect {
            builder = builder.introspect(|i| i.listen(address));
            if let Ok(token) = std::env::var("INTROSPECT_TOKEN") {
                builder = builder.introspect(|i| i.token(token));
            }
        }
        Ok(builder)
    }

    /// Returns the encryption codec, if these flags have a key.
    pub fn codec(&self) -> Result<Option<EncryptionCodec>, CodecError> {
        let key = self.encryption_key.as_deref();
        key.map(|key| EncryptionCodec::new("test-key-id", key.as_bytes()))
            .transpose()
    }
}
