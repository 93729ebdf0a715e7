//! The protocol and the compression of requests to a collector.

use std::str::FromStr;

use crate::env::UnknownValue;

/// The protocol of a [`Collector`](super::Collector).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// gRPC, by convention on port 4317: the default.
    #[default]
    Grpc,
    /// Protobuf over HTTP, by convention on port 4318.
    Http,
}

/// OpenTelemetry's names, in any case.
impl FromStr for Protocol {
    type Err = UnknownValue;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name.to_ascii_lowercase().as_str() {
            "grpc" => Ok(Self::Grpc),
            "http/protobuf" => Ok(Self::Http),
            _ => Err(UnknownValue(
                "grpc, which collectors take on port 4317, or http/protobuf, which they take on \
                 port 4318",
            )),
        }
    }
}

/// The compression of requests to a [`Collector`](super::Collector).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// By gzip.
    Gzip,
}

/// The compression in a variable.
pub(super) struct SaidCompression(pub(super) Option<Compression>);

/// OpenTelemetry's names, in any case.
impl FromStr for SaidCompression {
    type Err = UnknownValue;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name.to_ascii_lowercase().as_str() {
            "gzip" => Ok(Self(Some(Compression::Gzip))),
            "none" => Ok(Self(None)),
            _ => Err(UnknownValue("gzip or none")),
        }
    }
}
