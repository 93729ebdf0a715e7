//! The resolved settings of one signal and one collector. All of them are passed to the exporter,
//! independent of their source.

use std::time::Duration;

use opentelemetry_otlp::{
    Compression as Algorithm, Protocol as Transport, WithExportConfig, WithHttpConfig,
    WithTonicConfig,
};
use opentelemetry_sdk::Resource;

use super::{
    Compression, OtlpError, Protocol,
    client::{Answers, Client},
    endpoint::{Endpoint, Written},
    headers::Headers,
    tls::Tls,
    variables::Variables,
};

/// The resolved settings of one signal and one collector.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(super) signal: &'static Variables,
    pub(super) endpoint: Endpoint,
    /// The variable of the endpoint, if it comes from one.
    pub(super) variable: Option<&'static str>,
    pub(super) protocol: Protocol,
    pub(super) headers: Headers,
    pub(super) compression: Option<Compression>,
    /// How long a request may take.
    pub(super) timeout: Duration,
    /// How long an export may take, including all its requests.
    pub(super) limit: Duration,
    pub(super) tls: Option<Tls>,
    /// The results of requests over HTTP.
    pub(super) answers: Answers,
    pub(crate) resource: Resource,
}

impl Settings {
    pub(crate) fn is_http(&self) -> bool {
        self.protocol == Protocol::Http
    }

    /// Configures a gRPC exporter.
    pub(crate) fn grpc<E: WithExportConfig + WithTonicConfig>(&self, exporter: E) -> E {
        let headers = self.headers.clone();
        let mut exporter = exporter
            .with_protocol(Transport::Grpc)
            .with_endpoint(&self.endpoint.url)
            .with_timeout(self.timeout)
            // Called last, so that these headers replace those that the library has read itself.
            .with_interceptor(move |request| headers.intercept(request));
        if let Some(Compression::Gzip) = self.compression {
            exporter = exporter.with_compression(Algorithm::Gzip);
        }
        match &self.tls {
            Some(tls) => exporter.with_tls_config(tls.for_grpc()),
            None => exporter,
        }
    }

    /// Configures an HTTP exporter.
    pub(crate) fn http<E: WithExportConfig + WithHttpConfig>(&self, exporter: E) -> E {
        let client = Client::new(
            self.tls.as_ref(),
            self.timeout,
            self.headers.clone(),
            self.answers.clone(),
        );
        let exporter = exporter
            .with_protocol(Transport::HttpBinary)
            .with_endpoint(&self.endpoint.url)
            .with_timeout(self.timeout)
            .with_http_client(client);
        match self.compression {
            Some(Compression::Gzip) => exporter.with_compression(Algorithm::Gzip),
            None => exporter,
        }
    }

    pub(crate) fn failed(
        &self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> OtlpError {
        OtlpError {
            endpoint: Some(Written(self.endpoint.shown.clone())),
            protocol: self.protocol,
            variable: self.variable,
            way_out: None,
            source: source.into(),
        }
    }
}
