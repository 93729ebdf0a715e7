//! The listener, with a limit on connections.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpListener,
    sync::mpsc,
};
use tonic::{
    Request,
    codegen::tokio_stream::wrappers::ReceiverStream,
    transport::server::{Connected, TlsConnectInfo},
};

use crate::export::listener::{Activity, Connection, Limits, Places, accept};

/// Only a token identifies a reader, so the first call of a connection has a time limit. Pings keep
/// connections alive, and end unresponsive ones.
const LIMITS: Limits = Limits {
    connections: 64,
    first: Duration::from_secs(10),
    head: None,
    idle: Duration::from_secs(120),
};

/// A connection in the form that the server accepts.
pub(super) struct Admitted(Connection);

/// What a call knows of its connection.
#[derive(Clone)]
pub(super) struct Caller {
    activity: Activity,
}

/// Returns the stream of connections, and the future that accepts them, which must be spawned.
pub(super) fn connections(
    listener: TcpListener,
) -> (
    ReceiverStream<io::Result<Admitted>>,
    impl Future<Output = ()>,
) {
    let (sender, made) = mpsc::channel(1);
    let accepts = accept(listener, Places::new(LIMITS), move |connection| {
        let sender = sender.clone();
        async move { sender.send(Ok(Admitted(connection))).await.is_ok() }
    });
    (ReceiverStream::new(made), accepts)
}

/// Notes on its connection that a call is one which its caller may make.
pub(super) fn admit(call: &Request<()>) {
    let extensions = call.extensions();
    let by_tls = || Some(extensions.get::<TlsConnectInfo<Caller>>()?.get_ref());
    if let Some(caller) = extensions.get::<Caller>().or_else(by_tls) {
        caller.activity.admit();
    }
}

impl Connected for Admitted {
    type ConnectInfo = Caller;

    fn connect_info(&self) -> Caller {
        let activity = self.0.activity();
        Caller { activity }
    }
}

impl AsyncRead for Admitted {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Admitted {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_shutdown(cx)
    }
}
