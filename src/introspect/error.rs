//! Why the service can't be served.

use std::{error::Error, fmt, io, net::SocketAddr};

use tonic::transport;

/// The error of a service that can't be served.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServeError {
    /// Others than this machine could read, and nothing asks who they are.
    Unprotected(Unprotected),
    /// The token is empty.
    Token(EmptyToken),
    /// The certificates can't be used.
    Tls(InvalidTls),
    /// The address can't be had.
    Address(Unservable),
}

/// The error of an address that others reach, where nothing asks who they are.
#[derive(Debug)]
pub struct Unprotected {
    pub(super) address: SocketAddr,
}

/// The error of a token that is empty.
#[derive(Debug)]
pub struct EmptyToken {
    pub(super) address: SocketAddr,
}

/// The error of certificates that can't be used.
#[derive(Debug)]
pub struct InvalidTls {
    pub(super) address: SocketAddr,
    pub(super) source: Option<transport::Error>,
}

/// The error of an address that can't be served on.
#[derive(Debug)]
pub struct Unservable {
    pub(super) address: SocketAddr,
    pub(super) source: io::Error,
}

impl fmt::Display for Unprotected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "refused to serve introspection on {}, which other machines may reach: set a token \
             (`IntrospectBuilder::token`), set a certificate and a CA of clients \
             (`IntrospectBuilder::tls`, `IntrospectBuilder::client_ca`), or bind to the loopback interface",
            self.address
        )
    }
}

impl fmt::Display for EmptyToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "refused to serve introspection on {} with an empty token: set one that can't be \
             guessed, or leave `token` out",
            self.address
        )
    }
}

impl fmt::Display for InvalidTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot serve introspection on {} by TLS: ", self.address)?;
        f.write_str(match self.source {
            Some(_) => "give certificates and the key as PEM",
            None => "a CA of clients takes a certificate of the server's own: set `IntrospectBuilder::tls`",
        })
    }
}

impl fmt::Display for Unservable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cannot serve introspection on {}: end what listens there, or choose an address of \
             this machine with another port (0 takes a free one)",
            self.address
        )
    }
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unprotected(error) => error.fmt(f),
            Self::Token(error) => error.fmt(f),
            Self::Tls(error) => error.fmt(f),
            Self::Address(error) => error.fmt(f),
        }
    }
}

impl Error for Unprotected {}

impl Error for EmptyToken {}

impl Error for InvalidTls {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

impl Error for Unservable {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

impl Error for ServeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unprotected(error) => error.source(),
            Self::Token(error) => error.source(),
            Self::Tls(error) => error.source(),
            Self::Address(error) => error.source(),
        }
    }
}
