//! The builder of introspection: address, token and certificates.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use temporalio_client::Client;
use tonic::transport::{self, Certificate, Identity, ServerTlsConfig};

use super::{ServeError, asked::Asked, guard::Token, server::Bound};
use crate::export::{ExportThread, listener::listen};

/// The interval of keep-alive pings to a silent peer.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// The most concurrent calls per connection.
const CALLS: u32 = 64;

/// Sets up the introspection service, for [`Builder::introspect`](crate::Builder::introspect).
///
/// ```
/// use chronoscope::Observability;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let everywhere = ([0, 0, 0, 0], 0);
/// let refused = Observability::builder().introspect(|i| i.listen(everywhere)).build();
/// assert!(refused.is_err_and(|error| error.to_string().contains("introspection")));
///
/// let observability = Observability::builder()
///     .introspect(|i| i.listen(everywhere).token("one that nobody guesses"))
///     .build()?;
/// observability.shutdown();
/// # Ok(())
/// # }
/// ```
///
/// It is served on a separate thread until [`shutdown`](crate::Observability::shutdown), or until
/// nothing is wrapped any more. At most 64 connections are served at the same time: a further one
/// replaces the longest idle one, starting with connections without an authorized call. A
/// connection without an authorized call within 10 seconds is closed.
///
/// An address other than that of the loopback interface without a token or client certificates, an
/// empty token, certificates that can't be used and a port that is in use are errors of `build` and
/// `install`: [`ServeError`].
#[must_use = "a builder does nothing until it is returned"]
pub struct IntrospectBuilder {
    address: SocketAddr,
    token: Option<String>,
    tls: Option<Identity>,
    client_ca: Option<Certificate>,
    client: Option<Client>,
}

impl Default for IntrospectBuilder {
    fn default() -> Self {
        Self {
            address: (Ipv4Addr::LOCALHOST, 9466).into(),
            token: None,
            tls: None,
            client_ca: None,
            client: None,
        }
    }
}

impl IntrospectBuilder {
    /// Sets where to serve. Default: port 9466 of the loopback interface. Port 0 takes a free one,
    /// which [`Observability::introspect_address`](crate::Observability::introspect_address)
    /// returns.
    pub fn listen(mut self, address: impl Into<SocketAddr>) -> Self {
        self.address = address.into();
        self
    }

    /// Sets the token that each caller must send as `authorization: Bearer TOKEN`. Default: none.
    ///
    /// Without [`tls`](Self::tls) it is sent in the clear.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Serves over TLS, with a certificate and its key as PEM. Default: in the clear.
    pub fn tls(mut self, certificate: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Self {
        self.tls = Some(Identity::from_pem(certificate, key));
        self
    }

    /// Sets the certificate authority, as PEM, that must have signed each caller's certificate.
    /// Default: no client certificate is required.
    pub fn client_ca(mut self, certificate: impl AsRef<[u8]>) -> Self {
        self.client_ca = Some(Certificate::from_pem(certificate));
        self
    }

    /// Sets the client with which the service asks the server why an activity is not running, when a
    /// caller does (`ListPendingActivities`). Default: none, and that call is refused.
    ///
    /// It describes runs and nothing else, at most four at a time. Connect it first: it is a client
    /// of its own, which is not observed.
    pub fn client(mut self, client: Client) -> Self {
        self.client = Some(client);
        self
    }

    /// Binds the address and starts the thread. No call is answered yet.
    pub(crate) fn bind(self) -> Result<Bound, ServeError> {
        self.check_access()?;
        let transport = self.transport()?;
        let unservable = |source| ServeError::Address(self.address, source);
        let thread = ExportThread::start("chronoscope-introspect").map_err(unservable)?;
        let entered = thread.enter();
        let listener = listen(self.address).map_err(unservable)?;
        drop(entered);
        let address = listener.local_addr().map_err(unservable)?;
        Ok(Bound {
            address,
            token: Token::new(self.token.as_deref()),
            transport,
            listener,
            thread,
            server: Asked::by(self.client),
        })
    }

    fn check_access(&self) -> Result<(), ServeError> {
        let address = self.address;
        if self.token.as_deref() == Some("") {
            return Err(ServeError::Token(address));
        }
        let asks = self.token.is_some() || self.client_ca.is_some();
        if asks || address.ip().to_canonical().is_loopback() {
            return Ok(());
        }
        Err(ServeError::Unprotected(address))
    }

    /// Returns the transport, with TLS if it is set up.
    fn transport(&self) -> Result<transport::Server, ServeError> {
        let invalid = |source| ServeError::Tls(self.address, source);
        let server = transport::Server::builder()
            .http2_keepalive_interval(Some(KEEP_ALIVE))
            .max_concurrent_streams(Some(CALLS));
        let Some(identity) = &self.tls else {
            return match self.client_ca {
                Some(_) => Err(invalid(None)),
                None => Ok(server),
            };
        };
        let mut config = ServerTlsConfig::new()
            .identity(identity.clone())
            .timeout(HANDSHAKE);
        if let Some(authority) = &self.client_ca {
            config = config.client_ca_root(authority.clone());
        }
        let served = server.tls_config(config);
        served.map_err(|source| invalid(Some(source)))
    }
}

impl fmt::Debug for IntrospectBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntrospectBuilder")
            .field("address", &self.address)
            .field("token", &self.token.is_some())
            .field("tls", &self.tls.is_some())
            .field("client_ca", &self.client_ca.is_some())
            .field("client", &self.client.is_some())
            .finish()
    }
}
