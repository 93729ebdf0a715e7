//! Accepts connections, and closes those that must give way.

use std::{
    io::{self, ErrorKind},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    time::{MissedTickBehavior, interval},
};

use super::{Connection, Slots};

/// How long to wait when the system can't accept a connection, usually because descriptors have run
/// out.
const PAUSE: Duration = Duration::from_millis(100);

/// How often connections are checked.
const LOOK: Duration = Duration::from_secs(1);

/// How many connections may wait to be accepted: a client that finds no room retries a second later.
const WAITING: u32 = 4096;

/// Takes an address. To be called in a runtime.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // Elsewhere it would let two listen on one address.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING)
}

/// Accepts connections as long as they are served.
pub(crate) async fn accept<F>(
    listener: TcpListener,
    slots: Arc<Slots>,
    mut take: impl FnMut(Connection) -> F,
) where
    F: Future<Output = bool>,
{
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted.map(|(stream, _)| stream),
            _ = looks.tick() => {
                slots.close_overdue();
                continue;
            }
        };
        let Some(stream) = accepted_or_paused(accepted, &slots).await else {
            continue;
        };
        let connection = Connection::new(stream, slots.take().await);
        if !take(connection).await {
            return;
        }
    }
}

/// Returns the connection, or waits if there can be none.
async fn accepted_or_paused(accepted: io::Result<TcpStream>, slots: &Slots) -> Option<TcpStream> {
    match accepted {
        Ok(stream) => {
            // An answer is written in parts: without this each but the first may wait 40 ms for an
            // acknowledgement. A peer that is gone shows when it is read from.
            stream.set_nodelay(true).unwrap_or_default();
            Some(stream)
        }
        // The caller is already gone.
        Err(error) if error.kind() == ErrorKind::ConnectionAborted => None,
        Err(_) => {
            slots.give_way();
            tokio::time::sleep(PAUSE).await;
            None
        }
    }
}
