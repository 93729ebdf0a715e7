//! The errors of serving introspection.

use std::{error::Error, fmt, io, net::SocketAddr};

use tonic::transport;

/// The error of an introspection service that can't be served.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServeError {
    /// Other machines could read without credentials.
    Unprotected(SocketAddr),
    /// The token is empty.
    Token(SocketAddr),
    /// The certificates can't be used, with the cause if TLS reported one.
    Tls(SocketAddr, Option<transport::Error>),
    /// The address can't be bound.
    Address(SocketAddr, io::Error),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unprotected(address) => write!(
                f,
                "refused to serve introspection on {address}, which other machines may reach: set \
                 a token (`IntrospectBuilder::token`), set a certificate and a CA of clients \
                 (`IntrospectBuilder::tls`, `IntrospectBuilder::client_ca`), or bind to the \
                 loopback interface"
            ),
            Self::Token(address) => write!(
                f,
                "refused to serve introspection on {address} with an empty token: set one that \
                 can't be guessed, or leave `token` out"
            ),
            Self::Tls(address, Some(_)) => write!(
                f,
                "cannot serve introspection on {address} by TLS: give certificates and the key as \
                 PEM"
            ),
            Self::Tls(address, None) => write!(
                f,
                "cannot serve introspection on {address} by TLS: a client CA requires a \
                 certificate of the server: set `IntrospectBuilder::tls`"
            ),
            Self::Address(address, _) => write!(
                f,
                "cannot serve introspection on {address}: stop the process that uses the port, or choose an \
                 address of this machine with another port (0 takes a free one)"
            ),
        }
    }
}

impl Error for ServeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Tls(_, source) => source.as_ref().map(|source| source as _),
            Self::Address(_, source) => Some(source),
            Self::Unprotected(_) | Self::Token(_) => None,
        }
    }
}
