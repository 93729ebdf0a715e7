//! The introspection service from outside: its data about real workers, and who may read it.

mod access;
mod agreement;
mod fuzz;
mod generated;
mod health;
mod hidden;
mod paging;
mod python;
mod readers;
mod restarted;
mod states;

use std::net::{Ipv4Addr, SocketAddr};

use chronoscope::{
    Builder, Observability,
    introspect::v1::{introspect_client::IntrospectClient, *},
};
use tonic::{
    Streaming,
    transport::{Channel, Endpoint},
};

type Client = IntrospectClient<Channel>;

/// A free port of the loopback interface.
fn anywhere() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

/// Serves introspection of a value's workers.
fn serve(builder: Builder) -> (Observability, SocketAddr) {
    let observability = builder
        .introspect(|i| i.listen(anywhere()))
        .build()
        .unwrap();
    let address = observability.introspect_address().unwrap();
    (observability, address)
}

async fn channel(address: SocketAddr) -> Channel {
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    endpoint.connect().await.unwrap()
}

pub async fn client(address: SocketAddr) -> Client {
    let client = IntrospectClient::new(channel(address).await);
    client.max_decoding_message_size(64 << 20)
}

/// Ticks as often as a stream may.
fn often() -> Option<Pace> {
    Some(Pace {
        interval: Some(prost_types::Duration {
            seconds: 0,
            nanos: 100_000_000,
        }),
    })
}

fn page(size: u32) -> Option<Page> {
    Some(Page {
        size,
        token: String::new(),
    })
}

/// Reads a stream until a message is as it should be.
async fn until<M>(mut stream: Streaming<M>, is_so: impl Fn(&M) -> bool) -> M {
    loop {
        let message = stream.message().await.unwrap().expect("it never ends");
        if is_so(&message) {
            return message;
        }
    }
}

/// Watches the runs of a task queue until they are as they should be.
async fn runs_until(
    client: &mut Client,
    queue: &str,
    is_so: impl Fn(&ListRunsResponse) -> bool,
) -> ListRunsResponse {
    let request = WatchRunsRequest {
        filter: Some(RunFilter {
            task_queue: queue.to_owned(),
            ..Default::default()
        }),
        page: page(1000),
        pace: often(),
    };
    let stream = client.watch_runs(request).await.unwrap().into_inner();
    until(stream, is_so).await
}
