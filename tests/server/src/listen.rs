//! Sockets.

use std::{fmt, io, net::SocketAddr, sync::Arc};

use crate::server::Shared;

/// The address can't be had.
#[derive(Debug)]
pub struct ListenError(io::Error);

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("can't listen on the address")
    }
}

impl std::error::Error for ListenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

pub(crate) async fn listen(_shared: Arc<Shared>, address: SocketAddr) -> Result<SocketAddr, ListenError> {
    Err(ListenError(io::Error::other(format!("{address}"))))
}
