//! An endpoint that Prometheus scrapes.

use std::{
    error::Error,
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, ToSocketAddrs as _},
};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusRecorder};

use super::buckets::Buckets;
use crate::{
    env::{InvalidEnv, Warnings},
    export::ExportThread,
};

/// How often another free port is tried, if somebody took the one that was free.
const TRIES: usize = 10;

/// An endpoint that Prometheus scrapes, for
/// [`MetricsBuilder::prometheus`](crate::metrics::MetricsBuilder::prometheus).
///
/// It answers every path but `/health` with the metrics in the text format.
///
/// ```
/// use std::net::SocketAddr;
///
/// use chronoscope::metrics::export::Prometheus;
///
/// let endpoint = Prometheus::new(SocketAddr::from(([127, 0, 0, 1], 9464)))
///     .buckets("order_items", [1.0, 2.0, 5.0, 10.0])
///     .global_label("region", "eu");
/// # let _ = endpoint;
/// ```
#[derive(Clone, Debug)]
pub struct Prometheus {
    address: SocketAddr,
    buckets: Buckets,
    global_labels: Vec<(String, String)>,
}

impl Default for Prometheus {
    /// Port 9464 of the loopback interface, the port that OpenTelemetry reserves.
    fn default() -> Self {
        Self::new(Self::default_address())
    }
}

impl<I: Into<IpAddr>> From<(I, u16)> for Prometheus {
    fn from(address: (I, u16)) -> Self {
        SocketAddr::from(address).into()
    }
}

impl From<SocketAddr> for Prometheus {
    fn from(address: SocketAddr) -> Self {
        Self::new(address)
    }
}

impl Prometheus {
    fn default_address() -> SocketAddr {
        (Ipv4Addr::LOCALHOST, 9464).into()
    }

    /// Returns what the environment says.
    pub(crate) fn from_env(warnings: &mut Warnings) -> Self {
        const HOST: &str = "OTEL_EXPORTER_PROMETHEUS_HOST";
        const PORT: &str = "OTEL_EXPORTER_PROMETHEUS_PORT";
        let default = Self::default_address();
        let port = warnings.read(PORT).unwrap_or(default.port());
        let Some(host) = warnings.read::<String>(HOST) else {
            return Self::new(SocketAddr::new(default.ip(), port));
        };
        let found = (&*host, port)
            .to_socket_addrs()
            .and_then(|mut found| found.next().ok_or(std::io::ErrorKind::NotFound.into()));
        let address = found.unwrap_or_else(|error| {
            warnings.ignored(&InvalidEnv::new(HOST, host, error));
            SocketAddr::new(default.ip(), port)
        });
        Self::new(address)
    }

    /// Creates an endpoint on an address. Port 0 takes a free one, which
    /// [`Observability::prometheus_address`](crate::Observability::prometheus_address) tells.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            buckets: Buckets::default(),
            global_labels: Vec::new(),
        }
    }

    /// Sets the upper bounds of a histogram's buckets, by its exported name. Default: those of the
    /// [catalogue](crate::schema::Metric), and for others three a decade from 0.001 to 100,000.
    #[must_use]
    pub fn buckets(
        mut self,
        metric: impl Into<String>,
        bounds: impl IntoIterator<Item = f64>,
    ) -> Self {
        let bounds = bounds.into_iter().collect();
        self.buckets.set(metric.into(), bounds);
        self
    }

    /// Adds a label to every series.
    #[must_use]
    pub fn global_label(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.global_labels.push((name.into(), value.into()));
        self
    }

    /// Starts to serve, and returns the recorder whose metrics are served, and where.
    pub(crate) fn serve(
        &self,
        thread: &ExportThread,
    ) -> Result<(PrometheusRecorder, SocketAddr), PrometheusError> {
        let tries = if self.address.port() == 0 { TRIES } else { 1 };
        let mut tried = self.try_to_serve(thread);
        for _ in 1..tries {
            if tried.is_ok() {
                break;
            }
            tried = self.try_to_serve(thread);
        }
        tried.map_err(|source| self.failed(source))
    }

    pub(super) fn failed(
        &self,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> PrometheusError {
        PrometheusError {
            address: self.address,
            source: source.into(),
        }
    }

    fn try_to_serve(
        &self,
        thread: &ExportThread,
    ) -> Result<(PrometheusRecorder, SocketAddr), Box<dyn Error + Send + Sync>> {
        // The exporter does not tell which port it got, so a free one is found first.
        let address = match self.address.port() {
            0 => TcpListener::bind(self.address)?.local_addr()?,
            _ => self.address,
        };
        let mut builder = PrometheusBuilder::new()
            .with_http_listener(address)
            .set_buckets(Buckets::default_bounds())?;
        for (name, bounds) in self.buckets.by_name() {
            builder = builder.set_buckets_for_metric(Matcher::Full(name), &bounds)?;
        }
        for (name, value) in &self.global_labels {
            builder = builder.add_global_label(name, value);
        }
        let entered = thread.enter();
        let (recorder, serving) = builder.build()?;
        drop(entered);
        thread.spawn(async move {
            if serving.await.is_err() {
                tracing::error!(%address, "the Prometheus endpoint ended; metrics go on unserved");
            }
        });
        Ok((recorder, address))
    }
}

/// The error of an endpoint that can't be served.
#[derive(Debug)]
pub struct PrometheusError {
    address: SocketAddr,
    source: Box<dyn Error + Send + Sync>,
}

impl fmt::Display for PrometheusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cannot serve metrics on {}: end what listens there, or choose an address of this \
             machine with another port (0 takes a free one)",
            self.address
        )
    }
}

impl Error for PrometheusError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
