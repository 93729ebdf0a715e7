//! Upserts that would change nothing.

use std::net::SocketAddr;

use chronoscope::{Observability, metrics::export::Prometheus, search_attributes};
use temporalio_client::WorkflowStartOptions;

use super::{workflows::*, *};
use crate::support::{end, http, observed, start, unique, work};

#[tokio::test]
async fn each_logical_upsert_is_one_event_and_counts_once_however_often_it_is_replayed() {
    registered().await;
    for cache in [0, 1000] {
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let observability = Observability::builder()
            .metrics(|m| m.prometheus(Prometheus::new(anywhere)))
            .build()
            .unwrap();
        let client = connect(Some(&observability)).await;
        let queue = unique("stages");
        observed(&client, &observability, worker(&queue, cache), async {
            let run = start(&client, &queue, Stages::run, ()).await;
            end(&run).await;
            let (events, skipped) = stages();
            assert_eq!(
                upserts(&client, &run.info().workflow_id).await,
                events,
                "cache {cache}"
            );
            let counts = observability.health().upserts;
            let sent = events.iter().map(|names| names.len() as u64).sum();
            assert_eq!((counts.sent, counts.skipped), (sent, skipped));
            let address = observability.prometheus_address().unwrap();
            let page = http::get(address, "/metrics").unwrap();
            let line = format!("chronoscope_upserts_skipped_total {skipped}");
            assert!(page.contains(&line), "{page}");
        })
        .await;
    }
}

#[tokio::test]
async fn what_an_earlier_run_unset_is_not_unset_again() {
    registered().await;
    let client = connect(None).await;
    let queue = unique("unset");
    work(&client, worker(&queue, 0), async {
        let id = unique("unset");
        let options = WorkflowStartOptions::new(&queue, &id)
            .search_attributes(search_attributes::of([ITEMS.set(5), STATUS.set("kept")]).unwrap())
            .build();
        let run = client
            .start_workflow(Unset::run, true, options)
            .await
            .unwrap();
        end(&run).await;
        // The first run unset it; the second had nothing to change.
        assert_eq!(upserts(&client, &id).await, [[""; 0]; 0]);
        let known = attributes(&client, &id).await;
        assert_eq!(STATUS.get(&known).unwrap().as_deref(), Some("kept"));
        assert_eq!(ITEMS.get(&known).unwrap(), None);
    })
    .await;
}
