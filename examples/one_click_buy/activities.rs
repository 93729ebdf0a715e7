//! The activity that posts a purchase to the shop.

use std::{net::SocketAddr, sync::Arc};

use chronoscope::info;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use temporalio_macros::activities;
use temporalio_sdk::{
    ApplicationFailure,
    activities::{ActivityContext, ActivityError},
};
use tokio::net::TcpStream;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Purchase {
    pub item_id: String,
    pub user_id: String,
}

/// Posts purchases to a shop.
pub struct PurchaseActivities {
    pub shop: SocketAddr,
}

#[activities]
impl PurchaseActivities {
    #[activity]
    pub async fn do_purchase(
        self: Arc<Self>,
        _ctx: ActivityContext,
        purchase: Purchase,
    ) -> Result<(), ActivityError> {
        let stream = TokioIo::new(TcpStream::connect(self.shop).await?);
        let (mut sender, connection) = http1::handshake(stream).await?;
        tokio::spawn(chronoscope::execution::in_current(connection));
        let request = Request::post("/purchase")
            .header("host", self.shop.to_string())
            .header("content-type", "application/json")
            .body(Full::<Bytes>::from(serde_json::to_vec(&purchase)?))?;
        let response = sender.send_request(request).await?;
        let status = response.status();
        info!(status = status.as_u16(), "shop answered");
        let body = response.into_body().collect().await?.to_bytes();
        let message = || format!("{status}: {}", String::from_utf8_lossy(&body));
        // A retry does not help with a bad request.
        if status.is_client_error() {
            return Err(ApplicationFailure::non_retryable(message()).into());
        }
        if !status.is_success() {
            return Err(ApplicationFailure::new(message()).into());
        }
        Ok(())
    }
}
