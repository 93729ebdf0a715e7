//! The errors of setting up observability.

use std::{error::Error, fmt};

#[cfg(feature = "otlp")]
use crate::export::OtlpError;
#[cfg(feature = "introspect")]
use crate::introspect::ServeError;
#[cfg(feature = "logs")]
use crate::logs::{InvalidLogFilter, LogFileError, LogsError, SubscriberAlreadySet};
#[cfg(feature = "prometheus")]
use crate::metrics::export::PrometheusError;
use crate::{
    env::chain,
    metrics::{InvalidNamespaceLabel, MetricsError, RecorderAlreadySet},
};

/// The error of [`Builder::build`](crate::Builder::build) and
/// [`Builder::install`](crate::Builder::install). Nothing is bound, set or started.
#[non_exhaustive]
pub enum SetupError {
    /// The process has a `tracing` subscriber.
    #[cfg(feature = "logs")]
    Subscriber(SubscriberAlreadySet),
    /// The process has a `metrics` recorder.
    Recorder(RecorderAlreadySet),
    /// The log filter can't be parsed.
    #[cfg(feature = "logs")]
    LogFilter(InvalidLogFilter),
    /// The log file can't be opened.
    #[cfg(feature = "logs")]
    LogFile(LogFileError),
    /// The label `namespace` can't have the name that it was given.
    NamespaceLabel(InvalidNamespaceLabel),
    /// Metrics can't be served to Prometheus.
    #[cfg(feature = "prometheus")]
    Prometheus(PrometheusError),
    /// Nothing can be sent to a collector.
    #[cfg(feature = "otlp")]
    Otlp(OtlpError),
    /// Introspection can't be served.
    #[cfg(feature = "introspect")]
    Introspect(ServeError),
    /// The replay policy is [`Rebuild`](crate::execution::Policy::Rebuild), which no worker can
    /// have.
    Rebuilds,
}

/// The error of the policy that exports replayed spans, which no worker may have.
#[derive(Debug)]
pub(super) struct Rebuilds;

impl fmt::Display for Rebuilds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "refused the replay policy `rebuild`: a worker with it would export every span again at \
             each replay; call `Observability::rebuild`, which sets it for one history, or use \
             `suppress` or `show`",
        )
    }
}

impl Error for Rebuilds {}

impl SetupError {
    fn cause(&self) -> &(dyn Error + 'static) {
        match self {
            #[cfg(feature = "logs")]
            Self::Subscriber(error) => error,
            Self::Recorder(error) => error,
            #[cfg(feature = "logs")]
            Self::LogFilter(error) => error,
            #[cfg(feature = "logs")]
            Self::LogFile(error) => error,
            Self::NamespaceLabel(error) => error,
            #[cfg(feature = "prometheus")]
            Self::Prometheus(error) => error,
            #[cfg(feature = "otlp")]
            Self::Otlp(error) => error,
            #[cfg(feature = "introspect")]
            Self::Introspect(error) => error,
            Self::Rebuilds => &Rebuilds,
        }
    }
}

/// Shows the cause's own message.
/// `Debug` shows the message, because `main` prints the error that it returns by `Debug`.
impl fmt::Debug for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&chain(self))
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.cause(), f)
    }
}

impl Error for SetupError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause().source()
    }
}

#[cfg(feature = "logs")]
impl From<SubscriberAlreadySet> for SetupError {
    fn from(error: SubscriberAlreadySet) -> Self {
        Self::Subscriber(error)
    }
}

impl From<RecorderAlreadySet> for SetupError {
    fn from(error: RecorderAlreadySet) -> Self {
        Self::Recorder(error)
    }
}

#[cfg(feature = "logs")]
impl From<LogsError> for SetupError {
    fn from(error: LogsError) -> Self {
        match error {
            LogsError::Filter(error) => Self::LogFilter(error),
            LogsError::File(error) => Self::LogFile(error),
        }
    }
}

impl From<MetricsError> for SetupError {
    fn from(error: MetricsError) -> Self {
        match error {
            MetricsError::NamespaceLabel(error) => Self::NamespaceLabel(error),
            #[cfg(feature = "prometheus")]
            MetricsError::Prometheus(error) => Self::Prometheus(error),
            #[cfg(feature = "otlp")]
            MetricsError::Otlp(error) => Self::Otlp(error),
        }
    }
}

#[cfg(feature = "otlp")]
impl From<OtlpError> for SetupError {
    fn from(error: OtlpError) -> Self {
        Self::Otlp(error)
    }
}

#[cfg(not(feature = "otlp"))]
impl From<std::convert::Infallible> for SetupError {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

#[cfg(feature = "introspect")]
impl From<ServeError> for SetupError {
    fn from(error: ServeError) -> Self {
        Self::Introspect(error)
    }
}
