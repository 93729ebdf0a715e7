//! What may be the reason of a failed export, and the setting to change.

use super::{Protocol, settings::Settings};

/// What is known of a collector that does not answer as it should.
#[derive(Debug)]
pub(super) struct WayOut {
    protocol: Protocol,
    port: Option<u16>,
    is_tls: bool,
    is_tls_by_default: bool,
    /// The variable of the endpoint, if it comes from one.
    variable: Option<&'static str>,
}

impl WayOut {
    pub(super) fn of(settings: &Settings) -> Self {
        let endpoint = &settings.endpoint;
        let url = endpoint.url.parse::<http::Uri>().ok();
        Self {
            protocol: settings.protocol,
            port: url.and_then(|url| url.port_u16()),
            is_tls: endpoint.is_tls,
            is_tls_by_default: endpoint.is_tls_by_default,
            variable: settings.variable,
        }
    }

    /// Returns advice for an error, to be appended to a message.
    pub(super) fn advice(&self, error: &str) -> Option<String> {
        if let Some(variable) = self.variable.filter(|_| self.is_tls_by_default) {
            return Some(format!(
                "; the endpoint has no scheme, so TLS is used: if the collector does not use TLS, set \
                 {}=true or begin {variable} with http://",
                variable.replace("_ENDPOINT", "_INSECURE")
            ));
        }
        // As rustls calls an answer that is not encrypted.
        if self.is_tls && error.contains("InvalidContentType") {
            let name = self.variable.unwrap_or("the address");
            return Some(format!(
                "; the collector does not use TLS: if that is intended, change {name}: begin it with \
                 http://"
            ));
        }
        let (this, port, other, value, call) = match self.protocol {
            Protocol::Grpc => ("gRPC", 4317, "HTTP", "http/protobuf", "Protocol::Http"),
            Protocol::Http => ("HTTP", 4318, "gRPC", "grpc", "Protocol::Grpc"),
        };
        let setting = match self.variable {
            Some(variable) => format!("set {}={value}", variable.replace("_ENDPOINT", "_PROTOCOL")),
            None => format!("call `Collector::protocol({call})`"),
        };
        self.is_of_other_protocol(error).then(|| {
            format!(
                "; this looks like the collector's port for {other}: {setting}, or send to its port \
                 for {this}, by convention {port}"
            )
        })
    }

    /// Returns whether the port is the other protocol's by convention, or the answer is of its kind.
    fn is_of_other_protocol(&self, error: &str) -> bool {
        // As h2 and hyper tell it.
        let (port, told): (_, &[_]) = match self.protocol {
            Protocol::Grpc => (4318, &["frame with invalid size", "broken pipe"]),
            Protocol::Http => (
                4317,
                &[
                    "unexpected message from connection",
                    "invalid HTTP version",
                    "connection was not ready",
                ],
            ),
        };
        self.port == Some(port) || told.iter().any(|told| error.contains(told))
    }
}
