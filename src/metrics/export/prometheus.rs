//! An endpoint that Prometheus scrapes.

use std::{
    error::Error,
    fmt, io,
    net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs as _},
    str::FromStr,
};

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusRecorder};

use super::{
    buckets::Buckets,
    page::{Pages, Readiness},
    served::escaped,
};
use crate::{
    env::{InvalidEnv, UnknownValue, Warnings},
    export::{ExportThread, listener::listen},
    metrics::cardinality::names,
};

/// An endpoint that Prometheus scrapes, for
/// [`MetricsBuilder::prometheus`](crate::metrics::MetricsBuilder::prometheus).
///
/// | path | response |
/// |---|---|
/// | `/metrics` | the metrics in the text format |
/// | `/health`, `/-/healthy` | 200 while the process serves |
/// | `/-/ready` | 200 while every started worker polls, 503 before and after |
///
/// Other paths give 404, methods other than `GET` and `HEAD` give 405. A worker that ended counts
/// as started until another one of its namespace and task queue runs in the process.
///
/// At most 128 connections are served at the same time: a further one replaces the longest idle
/// one. A connection is closed if it is silent for 10 seconds from its start, takes 10 seconds for
/// the head of a request, or is idle for 150 seconds. Concurrent requests get the same text, and
/// rendering takes at most half a core.
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

    /// Returns an endpoint with the settings of the environment.
    pub(crate) fn from_env(warnings: &mut Warnings) -> Self {
        const HOST: &str = "OTEL_EXPORTER_PROMETHEUS_HOST";
        const PORT: &str = "OTEL_EXPORTER_PROMETHEUS_PORT";
        let default = Self::default_address();
        let port = warnings
            .read(PORT)
            .map_or(default.port(), |Port(port)| port);
        let Some(host) = warnings.read::<String>(HOST) else {
            return Self::new(SocketAddr::new(default.ip(), port));
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let found = (bare, port)
            .to_socket_addrs()
            .and_then(|mut found| found.next().ok_or(std::io::ErrorKind::NotFound.into()));
        let address = found.unwrap_or_else(|error| {
            warnings.ignored(&InvalidEnv::new(HOST, host, error));
            SocketAddr::new(default.ip(), port)
        });
        Self::new(address)
    }

    /// Creates an endpoint on an address. Port 0 takes a free one, which
    /// [`Observability::prometheus_address`](crate::Observability::prometheus_address) returns.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            buckets: Buckets::default(),
            global_labels: Vec::new(),
        }
    }

    /// Sets the upper bounds of a histogram's buckets, by its exported name and in any order.
    /// Default: those of the [catalogue](crate::schema::Metric), and for others three per decade
    /// from 0.001 to 100,000.
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

    /// Adds a label to every series that has no label of that name, in whichever spelling.
    #[must_use]
    pub fn global_label(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.global_labels.push((name.into(), value.into()));
        self
    }

    /// Starts to serve, and returns the recorder and the address.
    pub(super) fn serve(
        &self,
        thread: &ExportThread,
        readiness: Readiness,
    ) -> Result<(PrometheusRecorder, SocketAddr), PrometheusError> {
        let recorder = self.recorder().map_err(|error| self.failed(error))?;
        let listened = self.listen(thread).map_err(|error| self.failed(error));
        let (listener, address) = listened?;
        let pages = Pages::new(recorder.handle(), readiness);
        thread.spawn(pages.serve(listener));
        let handle = recorder.handle();
        thread.keep_up(move || handle.run_upkeep());
        Ok((recorder, address))
    }

    /// Returns what all spellings of a global label have in common, and its name as it is served.
    pub(super) fn global_names(&self) -> Vec<(String, String)> {
        let names = self.global_labels.iter();
        let named = names.map(|(name, _)| (names::label_identity(name), names::served_label(name)));
        named.collect()
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

    fn recorder(&self) -> Result<PrometheusRecorder, BuildError> {
        let mut builder = PrometheusBuilder::new().set_buckets(Buckets::default_bounds())?;
        for (name, bounds) in self.buckets.by_name() {
            let metric = Matcher::Full(names::served(&name));
            builder = builder.set_buckets_for_metric(metric, &bounds)?;
        }
        for (name, value) in &self.global_labels {
            builder = builder.add_global_label(names::served_label(name), escaped(value));
        }
        Ok(builder.build_recorder())
    }

    fn listen(&self, thread: &ExportThread) -> io::Result<(tokio::net::TcpListener, SocketAddr)> {
        let _entered = thread.enter();
        let listener = listen(self.address)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    }
}

/// A port in a variable.
struct Port(u16);

impl FromStr for Port {
    type Err = UnknownValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse()
            .map(Self)
            .map_err(|_| UnknownValue("a port, 0 to 65535"))
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
            "cannot serve metrics on {}: stop the process that uses the port, or choose an address of this \
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
