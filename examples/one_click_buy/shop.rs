//! The shop's HTTP endpoint.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::atomic::{AtomicU32, Ordering},
};

use anyhow::Result;
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::activities::Purchase;

static PURCHASES: AtomicU32 = AtomicU32::new(0);

/// Serves a shop on the loopback interface and returns its address.
pub async fn open() -> Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let connection =
                http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(sell));
            tokio::spawn(connection);
        }
    });
    Ok(address)
}

/// Sells anything but `sold-out`, and is too busy for the very first customer.
async fn sell(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, text) = match request.into_body().collect().await {
        Ok(body) => answer(&body.to_bytes()),
        Err(_) => (StatusCode::BAD_REQUEST, "half a request".to_owned()),
    };
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    Ok(response)
}

fn answer(body: &[u8]) -> (StatusCode, String) {
    let Ok(purchase) = serde_json::from_slice::<Purchase>(body) else {
        return (StatusCode::BAD_REQUEST, "not a purchase".to_owned());
    };
    if purchase.item_id == "sold-out" {
        return (StatusCode::CONFLICT, "sold out".to_owned());
    }
    if PURCHASES.fetch_add(1, Ordering::Relaxed) == 0 {
        return (StatusCode::SERVICE_UNAVAILABLE, "busy".to_owned());
    }
    (StatusCode::OK, format!("sold {}", purchase.item_id))
}
