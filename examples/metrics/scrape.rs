//! Scrapes the program's own endpoint, as Prometheus does.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};

use support::get;

/// Scrapes the endpoint as Prometheus does, and prints this program's own metrics.
pub async fn print(address: SocketAddr) -> Result<()> {
    let scrape = get(address, "/metrics")
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
