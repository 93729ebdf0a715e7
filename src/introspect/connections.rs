//! The service's connections: their limits, and what a call knows of its own.

use std::{io, time::Duration};

use tokio::{net::TcpListener, sync::mpsc};
use tonic::{
    Request,
    codegen::tokio_stream::wrappers::ReceiverStream,
    transport::server::{Connected, TlsConnectInfo},
};

use crate::export::listener::{Connection, Limits, Slots, Traffic, accept};

/// Only a token identifies a reader, so the first call of a connection has a time limit. Pings keep
/// connections alive, and end unresponsive ones.
const LIMITS: Limits = Limits {
    connections: 64,
    first: Duration::from_secs(10),
    head: None,
    idle: Duration::from_secs(120),
};

/// Returns the stream of connections, and the future that accepts them, which must be spawned.
pub(super) fn connections(
    listener: TcpListener,
) -> (
    ReceiverStream<io::Result<Connection>>,
    impl Future<Output = ()>,
) {
    let (sender, made) = mpsc::channel(1);
    let accepts = accept(listener, Slots::new(LIMITS), move |connection| {
        let sender = sender.clone();
        async move { sender.send(Ok(connection)).await.is_ok() }
    });
    (ReceiverStream::new(made), accepts)
}

/// Notes on its connection that a call is one which its caller may make.
pub(super) fn admit(call: &Request<()>) {
    let extensions = call.extensions();
    let by_tls = || Some(extensions.get::<TlsConnectInfo<Traffic>>()?.get_ref());
    if let Some(traffic) = extensions.get::<Traffic>().or_else(by_tls) {
        traffic.admit();
    }
}

impl Connected for Connection {
    type ConnectInfo = Traffic;

    fn connect_info(&self) -> Traffic {
        self.traffic()
    }
}
