//! Prints when alerts begin to fire and when they are resolved.

use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

use anyhow::Result;
use serde_json::Value;

use support::get;

/// Prints when an alert begins to fire and when it is resolved, until the future is dropped.
pub async fn alerts(prometheus: SocketAddr) -> Result<()> {
    let mut firing = BTreeSet::new();
    loop {
        let now = firing_now(prometheus).await?;
        for alert in now.difference(&firing) {
            println!("FIRING  {alert}");
        }
        for alert in firing.difference(&now) {
            println!("clear   {alert}");
        }
        firing = now;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn firing_now(prometheus: SocketAddr) -> Result<BTreeSet<String>> {
    let answer: Value = serde_json::from_str(&get(prometheus, "/api/v1/alerts").await?)?;
    let alerts = answer["data"]["alerts"].as_array().into_iter().flatten();
    let firing = alerts.filter(|alert| alert["state"] == "firing");
    Ok(firing.map(|alert| described(&alert["labels"])).collect())
}

/// The name of an alert, then the labels that identify it.
fn described(labels: &Value) -> String {
    let name = labels["alertname"].as_str().unwrap_or_default();
    let known = ["alertname", "namespace", "job"];
    let labels = labels.as_object().into_iter().flatten();
    let rest = labels.filter(|(label, _)| !known.contains(&label.as_str()));
    let rest = rest.map(|(label, value)| format!("{label}={}", value.as_str().unwrap_or_default()));
    let rest: Vec<_> = rest.collect();
    format!("{name} {}", rest.join(" "))
}
