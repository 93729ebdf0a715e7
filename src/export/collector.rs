//! An OpenTelemetry collector, and how to send to it.

use std::{error::Error, path::PathBuf, time::Duration};

use opentelemetry::{Key, Value};

use super::{Compression, OtlpError, Protocol, endpoint::Written};

/// An OpenTelemetry collector, for [`MetricsBuilder::otlp`](crate::metrics::MetricsBuilder::otlp),
/// [`TracesBuilder::otlp`](crate::trace::TracesBuilder::otlp) and `LogsBuilder::otlp`.
///
/// The defaults are OpenTelemetry's own variables; a signal's own variable takes precedence over
/// the general one. Headers and attributes are merged by name.
///
/// | setter | variables | default |
/// |---|---|---|
/// | [`at`](Self::at) | `OTEL_EXPORTER_OTLP_ENDPOINT` | `http://localhost:4317`, over HTTP `:4318` |
/// | [`insecure`](Self::insecure) | `OTEL_EXPORTER_OTLP_INSECURE` | TLS for an address without a scheme |
/// | [`protocol`](Self::protocol) | `OTEL_EXPORTER_OTLP_PROTOCOL` | [`Protocol::Grpc`] |
/// | [`header`](Self::header) | `OTEL_EXPORTER_OTLP_HEADERS` | none |
/// | [`compression`](Self::compression) | `OTEL_EXPORTER_OTLP_COMPRESSION` | none |
/// | [`timeout`](Self::timeout) | `OTEL_EXPORTER_OTLP_TIMEOUT` | 10 seconds |
/// | [`certificate`](Self::certificate) | `OTEL_EXPORTER_OTLP_CERTIFICATE` | the system's roots, or `SSL_CERT_FILE` |
/// | [`client_certificate`](Self::client_certificate) | `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`, `…_CLIENT_KEY` | none |
/// | [`service_name`](Self::service_name) | `OTEL_SERVICE_NAME` | `unknown_service:` and the program's name |
/// | [`attribute`](Self::attribute) | `OTEL_RESOURCE_ATTRIBUTES` | those of the process |
///
/// ```
/// use chronoscope::export::{Collector, Compression, Protocol};
///
/// let by_grpc = Collector::at("http://localhost:4317").service_name("orders");
/// let by_http = Collector::at("https://otlp.example.com")
///     .protocol(Protocol::Http)
///     .header("api-key", "a secret")
///     .compression(Compression::Gzip);
/// # let _ = (by_grpc, by_http);
/// ```
///
/// # Security
///
/// `https` endpoints use TLS, by rustls. Values of headers, keys, and user and password in a URL
/// (sent as `authorization: Basic …`) never appear in a `Debug`, error, line or metric.
#[derive(Clone, Debug, Default)]
pub struct Collector {
    pub(super) endpoint: Option<Written>,
    pub(super) is_insecure: bool,
    pub(super) protocol: Option<Protocol>,
    pub(super) headers: Secret<Vec<(String, String)>>,
    pub(super) compression: Option<Compression>,
    pub(super) timeout: Option<Duration>,
    pub(super) certificate: Option<PathBuf>,
    pub(super) identity: Option<(PathBuf, PathBuf)>,
    pub(super) attributes: Vec<(Key, Value)>,
    pub(super) service_name: Option<String>,
}

/// A value that `Debug` does not show.
#[derive(Clone, Default)]
pub(super) struct Secret<T>(pub(super) T);

impl<T> std::fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl Collector {
    /// Creates a collector from its address: scheme, host and port.
    ///
    /// Over HTTP, each signal's own path (`/v1/traces`, `/v1/metrics`, `/v1/logs`) is added to an address
    /// without a path; one with a path is used unchanged.
    pub fn at(endpoint: impl Into<String>) -> Self {
        Self {
            endpoint: Some(Written(endpoint.into())),
            ..Self::default()
        }
    }

    /// Sends in the clear if the address has no scheme, as in `collector:4317`, which gRPC alone
    /// takes. A scheme takes precedence. Default: such an address in the program is an error, and
    /// one in the environment means TLS.
    #[must_use]
    pub fn insecure(mut self) -> Self {
        self.is_insecure = true;
        self
    }

    /// Sets the protocol. Default: [`Protocol::Grpc`].
    #[must_use]
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = Some(protocol);
        self
    }

    /// Sets a header of each request. Its value is a secret. Default: none.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.0.push((name.into(), value.into()));
        self
    }

    /// Sets the compression of requests. Default: none.
    ///
    /// If the environment says `gzip`, the program can't turn it off, since the exporter itself
    /// reads the variable.
    #[must_use]
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = Some(compression);
        self
    }

    /// Sets how long sending a batch may take, including connecting and retries. Zero means no
    /// limit. Default: 10 seconds.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets the PEM file with the root certificates that are trusted for the collector. They
    /// replace the system's. Default: the system's, which `SSL_CERT_FILE` replaces.
    #[must_use]
    pub fn certificate(mut self, file: impl Into<PathBuf>) -> Self {
        self.certificate = Some(file.into());
        self
    }

    /// Sets the PEM files with this process's own certificate and key, for collectors that require
    /// client certificates. Default: none.
    #[must_use]
    pub fn client_certificate(
        mut self,
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        self.identity = Some((certificate.into(), key.into()));
        self
    }

    /// Sets the resource's `service.name`.
    #[must_use]
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.service_name = Some(name.into());
        self
    }

    /// Sets an attribute of the resource, such as `service.namespace`. It takes precedence over
    /// detected ones (`service.instance.id`, `host.name`, `process.pid` and so on) and over the
    /// environment's.
    #[must_use]
    pub fn attribute(mut self, key: impl Into<Key>, value: impl Into<Value>) -> Self {
        self.attributes.push((key.into(), value.into()));
        self
    }

    /// Returns the error of a setting that can't be used.
    pub(crate) fn failed(&self, source: impl Into<Box<dyn Error + Send + Sync>>) -> OtlpError {
        OtlpError {
            endpoint: self.endpoint.clone(),
            protocol: self.protocol.unwrap_or_default(),
            variable: None,
            way_out: None,
            source: source.into(),
        }
    }
}
