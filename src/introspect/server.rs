use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tonic::{
    Request,
    service::InterceptorLayer,
    transport::{self, Certificate, Identity, ServerTlsConfig},
};
use tonic_reflection::server as reflection;

use super::{
    error::{InvalidTls, ServeError, Unprotected, Unservable},
    guard::Token,
    places::connections,
    service::Service,
    v1::{DESCRIPTORS, introspect_server::IntrospectServer},
};
use crate::{export::ExportThread, observability::Inside};

/// How large a request may be. Those of this service are small.
const REQUEST_BYTES: usize = 64 * 1024;

/// How often a silent peer is asked whether it is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// How long a caller may take to agree on TLS.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How many calls a connection may have open at the same time.
const CALLS: u32 = 64;

/// Keeps a [`Server`] going. When it is dropped, the service ends. What goes on is kept further, in
/// the same bounds, for as long as the [`Observability`](crate::Observability) is used: another call of
/// [`introspect`](super::introspect) finds it.
#[must_use = "the service ends when this is dropped"]
pub struct Handle {
    _serving: Arc<Serving>,
}

/// The thread that serves, once one does.
type Serving = Mutex<Option<ExportThread>>;

/// A service of what goes on in this process, to be set up and served.
#[must_use = "a server does nothing until `serve`"]
pub struct Server {
    inside: Inside,
    handle: Weak<Serving>,
    address: SocketAddr,
    token: Token,
    tls: Option<Identity>,
    client_ca: Option<Certificate>,
}

impl Server {
    pub(super) fn new(inside: Inside) -> (Handle, Self) {
        let serving = Arc::new(Serving::default());
        let server = Self {
            inside,
            handle: Arc::downgrade(&serving),
            address: (Ipv4Addr::LOCALHOST, 9466).into(),
            token: Token::default(),
            tls: None,
            client_ca: None,
        };
        (Handle { _serving: serving }, server)
    }

    /// Sets where to serve. Default: port 9466 of the loopback interface; port 0 takes a free one.
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Sets the token that each caller has to send, as `authorization: Bearer TOKEN`. Default: none.
    ///
    /// Without [`tls`](Self::tls) it is sent in the clear.
    pub fn token(mut self, token: &str) -> Self {
        self.token = Token::new(token);
        self
    }

    /// Serves by TLS, with a certificate and its key as PEM. Default: in the clear.
    pub fn tls(mut self, certificate: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Self {
        self.tls = Some(Identity::from_pem(certificate, key));
        self
    }

    /// Sets the authority, as PEM, that has to have signed each caller's certificate. Default: none
    /// is asked for.
    pub fn client_ca(mut self, certificate: impl AsRef<[u8]>) -> Self {
        self.client_ca = Some(Certificate::from_pem(certificate));
        self
    }

    /// Serves on a thread of its own until the [`Handle`] is dropped. Returns where: with port 0,
    /// which port that came to be. At most 64 connections are served at the same time, and others
    /// wait until one of them ends.
    ///
    /// # Errors
    ///
    /// [`ServeError`] names the address: it is not one of the loopback interface and neither token nor
    /// client certificates are asked for, the certificates can't be used, the port is in use, or the
    /// handle was dropped already.
    pub fn serve(self) -> Result<SocketAddr, ServeError> {
        self.admits_nobody_unknown()?;
        let transport = self.transport()?;
        self.start(transport).map_err(|source| {
            ServeError::Address(Unservable {
                address: self.address,
                source,
            })
        })
    }

    fn admits_nobody_unknown(&self) -> Result<(), ServeError> {
        let asks = self.token.is_set() || self.client_ca.is_some();
        if asks || self.address.ip().to_canonical().is_loopback() {
            return Ok(());
        }
        Err(ServeError::Unprotected(Unprotected {
            address: self.address,
        }))
    }

    /// Returns what serves, by TLS if it is to.
    fn transport(&self) -> Result<transport::Server, ServeError> {
        let invalid = |source| {
            ServeError::Tls(InvalidTls {
                address: self.address,
                source,
            })
        };
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

    fn start(&self, server: transport::Server) -> io::Result<SocketAddr> {
        let gone = || io::Error::other("its handle was dropped: keep it as long as it is to serve");
        let handle = self.handle.upgrade().ok_or_else(gone)?;
        let listener = TcpListener::bind(self.address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let thread = ExportThread::start("chronoscope-introspect")?;
        let entered = thread.enter();
        let (incoming, accepts) = connections(tokio::net::TcpListener::from_std(listener)?);
        drop(entered);
        thread.spawn(accepts);
        let service = IntrospectServer::new(Service::new(self.inside.clone()))
            .max_decoding_message_size(REQUEST_BYTES);
        let reflection = || {
            reflection::Builder::configure()
                .register_encoded_file_descriptor_set(DESCRIPTORS)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        let v1 = reflection().build_v1().map_err(io::Error::other)?;
        let v1alpha = reflection().build_v1alpha().map_err(io::Error::other)?;
        let token = self.token.clone();
        let mut server = server.layer(InterceptorLayer::new(move |call: Request<()>| {
            token.check(call)
        }));
        let watched = self.inside.watched.clone();
        // Events don't wait for a reader.
        thread.keep_up(move || watched.events.take_over());
        thread.spawn(async move {
            let (reporter, health) = tonic_health::server::health_reporter();
            reporter.set_serving::<IntrospectServer<Service>>().await;
            let router = server.add_service(service).add_service(health);
            let router = router.add_service(v1).add_service(v1alpha);
            if let Err(error) = router.serve_with_incoming(incoming).await {
                tracing::error!(%address, %error, "introspection ended; the worker goes on");
            }
        });
        let mut serving = handle.lock().unwrap_or_else(PoisonError::into_inner);
        *serving = Some(thread);
        Ok(address)
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .field("token", &self.token)
            .field("tls", &self.tls.is_some())
            .field("client_ca", &self.client_ca.is_some())
            .finish_non_exhaustive()
    }
}
