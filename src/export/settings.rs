//! What holds for one signal to one collector. The library that sends is told all of it, whichever way
//! it came.

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
    variables::Signal,
};

/// What holds for one signal to one collector.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(super) signal: &'static Signal,
    pub(super) endpoint: Endpoint,
    /// The variable that names the endpoint, if one does.
    pub(super) variable: Option<&'static str>,
    pub(super) protocol: Protocol,
    pub(super) headers: Headers,
    pub(super) compression: Option<Compression>,
    /// How long a request may take.
    pub(super) timeout: Duration,
    /// How long an export may take, with all its requests.
    pub(super) limit: Duration,
    pub(super) tls: Option<Tls>,
    /// What came of requests over HTTP.
    pub(super) answers: Answers,
    pub(crate) resource: Resource,
}

impl Settings {
    pub(crate) fn is_http(&self) -> bool {
        self.protocol == Protocol::Http
    }

    /// Sets what an exporter that speaks gRPC sends to, and how.
    pub(crate) fn grpc<E: WithExportConfig + WithTonicConfig>(&self, exporter: E) -> E {
        let headers = self.headers.clone();
        let mut exporter = exporter
            .with_protocol(Transport::Grpc)
            .with_endpoint(&self.endpoint.url)
            .with_timeout(self.timeout)
            // Called last: what the library has read for itself does not stand above these.
            .with_interceptor(move |request| headers.intercept(request));
        if let Some(Compression::Gzip) = self.compression {
            exporter = exporter.with_compression(Algorithm::Gzip);
        }
        match &self.tls {
            Some(tls) => exporter.with_tls_config(tls.for_grpc()),
            None => exporter,
        }
    }

    /// Sets what an exporter that speaks HTTP sends to, and how.
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
