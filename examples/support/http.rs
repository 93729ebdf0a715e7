//! A minimal HTTP client.

use std::net::SocketAddr;

use anyhow::{Result, ensure};
use http_body_util::{BodyExt as _, Empty};
use hyper::{Request, body::Bytes, client::conn::http1::handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Fetches a page.
pub async fn get(address: SocketAddr, path: &str) -> Result<String> {
    let stream = TokioIo::new(TcpStream::connect(address).await?);
    let (mut client, connection) = handshake(stream).await?;
    tokio::spawn(connection);
    let request = Request::get(path)
        .header("host", address.to_string())
        .body(Empty::<Bytes>::new())?;
    let answer = client.send_request(request).await?;
    let status = answer.status();
    let body = answer.into_body().collect().await?.to_bytes();
    let body = String::from_utf8(body.to_vec())?;
    ensure!(status.is_success(), "{status}: {body}");
    Ok(body)
}
