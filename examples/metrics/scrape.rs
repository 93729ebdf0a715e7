use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use http_body_util::{BodyExt as _, Empty};
use hyper::{Request, body::Bytes, client::conn::http1::handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Scrapes the endpoint as Prometheus does, and prints what is this program's own.
pub async fn print(address: SocketAddr) -> Result<()> {
    let scrape = get(address)
        .await
        .with_context(|| format!("cannot scrape {address}"))?;
    let own = ["parcels_", "items_", "parcel_", "shipment_"];
    for line in scrape.lines() {
        if own.iter().any(|prefix| line.starts_with(prefix)) {
            println!("{line}");
        }
    }
    let samples = scrape.lines().filter(|line| !line.starts_with('#'));
    let temporal = samples.filter(|line| line.starts_with("temporal_"));
    println!("and {} samples of Temporal's own metrics", temporal.count());
    Ok(())
}

async fn get(address: SocketAddr) -> Result<String> {
    let stream = TokioIo::new(TcpStream::connect(address).await?);
    let (mut client, connection) = handshake(stream).await?;
    tokio::spawn(connection);
    let request = Request::get("/metrics")
        .header("host", address.to_string())
        .body(Empty::<Bytes>::new())?;
    let answer = client.send_request(request).await?;
    let body = answer.into_body().collect().await?.to_bytes();
    Ok(String::from_utf8(body.to_vec())?)
}
