use std::{error::Error, fmt, str::FromStr};

use http::Uri;
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::Resource;

use crate::env::Unknown;

/// An OpenTelemetry collector, for [`MetricsBuilder::otlp`](crate::metrics::MetricsBuilder::otlp) and
/// [`TracesBuilder::otlp`](crate::trace::TracesBuilder::otlp).
///
/// What is not set here is what OpenTelemetry's own variables say: `OTEL_EXPORTER_OTLP_ENDPOINT`
/// and the like, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`.
///
/// ```
/// use chronoscope::export::{Collector, Protocol};
///
/// let by_grpc = Collector::at("http://localhost:4317").service_name("orders");
/// let by_http = Collector::at("http://localhost:4318").protocol(Protocol::Http);
/// # let _ = (by_grpc, by_http);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Collector {
    endpoint: Option<String>,
    protocol: Protocol,
    service_name: Option<String>,
    /// The variable of the environment that names it.
    variable: Option<&'static str>,
}

/// How a [`Collector`] is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// gRPC, by convention on port 4317. The default.
    #[default]
    Grpc,
    /// Protobuf over HTTP, by convention on port 4318. Without TLS: that takes gRPC.
    Http,
}

impl Collector {
    /// Names a collector by its address: scheme, host and port.
    pub fn at(endpoint: impl Into<String>) -> Self {
        Self {
            endpoint: Some(endpoint.into()),
            ..Self::default()
        }
    }

    /// Sets how it is spoken to. Default: [`Protocol::Grpc`].
    #[must_use]
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// Sets the resource's `service.name`.
    #[must_use]
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.service_name = Some(name.into());
        self
    }

    pub(crate) fn of_variable(mut self, variable: &'static str) -> Self {
        self.variable = Some(variable);
        self
    }

    pub(crate) fn is_http(&self) -> bool {
        self.protocol == Protocol::Http
    }

    /// Sets what an exporter that speaks gRPC sends to.
    pub(crate) fn grpc<E: WithExportConfig>(&self, exporter: E) -> Result<E, OtlpError> {
        Ok(match self.named()? {
            Some(endpoint) => exporter.with_endpoint(endpoint),
            None => exporter,
        })
    }

    /// Sets what an exporter that speaks HTTP sends to. Each signal has a path of its own.
    pub(crate) fn http<E: WithExportConfig>(
        &self,
        exporter: E,
        path: &str,
    ) -> Result<E, OtlpError> {
        let Some(endpoint) = self.named()? else {
            return Ok(exporter);
        };
        if endpoint.starts_with("https:") {
            return Err(self.failed("HTTP goes without TLS here: https takes the gRPC protocol"));
        }
        let has_path = endpoint.trim_end_matches('/').matches('/').count() > 2;
        Ok(match has_path {
            true => exporter.with_endpoint(endpoint),
            false => exporter.with_endpoint(format!("{}{path}", endpoint.trim_end_matches('/'))),
        })
    }

    /// Returns the endpoint that was named here, if it can be one.
    fn named(&self) -> Result<Option<&str>, OtlpError> {
        let Some(endpoint) = self.endpoint.as_deref() else {
            return Ok(None);
        };
        let uri: Uri = endpoint.parse().map_err(|error| self.failed(error))?;
        match (uri.scheme_str(), uri.authority()) {
            (Some("http" | "https"), Some(_)) => Ok(Some(endpoint)),
            _ => Err(self.failed("it needs a scheme, http or https, and a host")),
        }
    }

    /// Returns the resource that what is sent belongs to.
    pub(crate) fn resource(&self) -> Resource {
        let resource = Resource::builder();
        // OpenTelemetry's own variable stands above a `service.name` among `OTEL_RESOURCE_ATTRIBUTES`,
        // by its specification.
        let named = || std::env::var("OTEL_SERVICE_NAME").ok();
        let name = self.service_name.clone().or_else(named);
        match name.filter(|name| !name.is_empty()) {
            Some(name) => resource.with_service_name(name).build(),
            None => resource.build(),
        }
    }

    pub(crate) fn failed(&self, source: impl Into<Box<dyn Error + Send + Sync>>) -> OtlpError {
        OtlpError {
            endpoint: self.endpoint.clone(),
            protocol: self.protocol,
            variable: self.variable,
            source: source.into(),
        }
    }
}

/// OpenTelemetry's names.
impl FromStr for Protocol {
    type Err = Unknown;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "grpc" => Ok(Self::Grpc),
            "http/protobuf" => Ok(Self::Http),
            _ => Err(Unknown(
                "grpc, which collectors take on port 4317, or http/protobuf, which they take on \
                 port 4318",
            )),
        }
    }
}

/// The error of a collector that nothing can be sent to.
#[derive(Debug)]
pub struct OtlpError {
    endpoint: Option<String>,
    protocol: Protocol,
    variable: Option<&'static str>,
    source: Box<dyn Error + Send + Sync>,
}

impl fmt::Display for OtlpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot send by OTLP")?;
        if let Some(endpoint) = &self.endpoint {
            write!(f, " to {endpoint:?}")?;
        }
        if let Some(variable) = self.variable {
            let value = std::env::var(variable).unwrap_or_default();
            write!(f, " as {variable}={value:?} says")?;
        }
        f.write_str(match self.protocol {
            Protocol::Grpc => ": name a collector's gRPC endpoint, such as http://localhost:4317",
            Protocol::Http => ": name a collector's HTTP endpoint, such as http://localhost:4318",
        })
    }
}

impl Error for OtlpError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
