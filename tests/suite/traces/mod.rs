//! Spans, as they arrive at a collector, against what the histories tell.

mod again;
mod ended_by_the_server;
mod exactly_once;
mod faults;
mod headers;
mod jaeger;
mod killed;
mod logical;
mod many;
mod options;
mod orders;
mod overtaken;
mod process;
pub mod python;
pub mod rebuilt;
mod spans_of_users;

use chronoscope::{Observability, export};
use temporalio_common::protos::temporal::api::history::v1::HistoryEvent;

use crate::{
    scenarios::{self, Scenario},
    support::{
        collector::{Collector, Span},
        connect, unique, work,
    },
};

/// What a scenario left behind.
struct Played {
    spans: Vec<Span>,
    /// One for each run.
    histories: Vec<Vec<HistoryEvent>>,
}

/// Plays a scenario under traces.
async fn play(scenario: Scenario, cache: usize) -> Played {
    let (collector, observability) = collected().await;
    let client = connect(Some(&observability)).await;
    let queue = unique(scenario.name);
    let options = observability.wrap(scenarios::worker(&queue, cache));
    let runs = work(&client, options, (scenario.play)(client.clone(), queue)).await;
    let histories = scenarios::all_events(&client, runs).await;
    shut_down(&observability).await;
    Played {
        spans: collector.spans(),
        histories,
    }
}

/// Something that sends its spans to a collector.
async fn collected() -> (Collector, Observability) {
    let (collector, endpoint) = Collector::start().await;
    let observability = Observability::builder()
        .traces(|t| t.otlp(export::Collector::at(endpoint)))
        .build()
        .unwrap();
    (collector, observability)
}

/// Sends what there is. The collector lives on this thread, so that another one has to wait.
pub async fn shut_down(observability: &Observability) {
    let observability = observability.clone();
    tokio::task::spawn_blocking(move || observability.shutdown())
        .await
        .unwrap();
}
