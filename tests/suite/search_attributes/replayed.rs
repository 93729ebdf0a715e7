//! The link on or off, and chronoscope's upserts instead of the SDK's: what replays, and what does
//! not.

use std::{fs, path::PathBuf};

use chronoscope::{
    Builder, Observability, export,
    rebuild::Recording,
    search_attributes::{TraceLink, TraceUrl},
    testing::{NotNeutral, replays_neutrally_under},
};
use serde_json::Value;
use temporalio_client::WorkflowHistory;
use temporalio_common::protos::temporal::api::history::v1::History;

use super::{workflows::*, *};
use crate::{
    support::{end, observed, start, unique, work},
    traces::rebuilt::workflows_of,
};

/// How a history was recorded, or is replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    On,
    /// Traces without a link.
    Off,
    /// Not even a layer.
    Bare,
}

impl Link {
    const ALL: [Self; 3] = [Self::On, Self::Off, Self::Bare];

    fn builder(self) -> Builder {
        // Nobody listens there: spans are made, and dropped.
        let nowhere = export::Collector::at("http://127.0.0.1:1");
        let builder = Observability::builder().traces(|t| t.otlp(nowhere));
        let url = TraceUrl::jaeger("http://jaeger.example:16686");
        let link = TraceLink::attribute(TRACE_ID).url(url);
        match self {
            Self::On => builder.search_attributes(|s| s.link(link)),
            _ => builder,
        }
    }

    fn observability(self) -> Option<Observability> {
        (self != Self::Bare).then(|| self.builder().build().unwrap())
    }

    fn folder(self) -> PathBuf {
        let name = match self {
            Self::On => "linked",
            Self::Off => "unlinked",
            Self::Bare => "bare",
        };
        PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("tests/histories")
            .join(name)
    }
}

/// Plays workflows that start children, continue as new and upsert; returns each run's history as
/// JSON.
async fn record(link: Link) -> Vec<(String, Vec<u8>)> {
    registered().await;
    let observability = link.observability();
    let client = connect(observability.as_ref()).await;
    let queue = unique("replayed");
    let play = async {
        let chain = start(&client, &queue, Chain::run, 2).await;
        end(&chain).await;
        let stages = start(&client, &queue, Stages::run, ()).await;
        end(&stages).await;
        let runs = [
            ("chain", &chain.info().workflow_id, chain.run_id()),
            ("stages", &stages.info().workflow_id, stages.run_id()),
        ];
        let mut histories = Vec::new();
        for (name, id, run_id) in runs {
            let run = (id.clone(), run_id.map(str::to_owned));
            let all = scenarios::all_events(&client, vec![run]).await;
            for (n, events) in all.into_iter().enumerate() {
                let history = History { events };
                let json = WorkflowHistory::from(history).to_json().await.unwrap();
                histories.push((format!("{name}-{n}"), json));
            }
        }
        histories
    };
    match &observability {
        Some(observability) => observed(&client, observability, worker(&queue, 0), play).await,
        None => work(&client, worker(&queue, 0), play).await,
    }
}

/// Replays it without a layer, and with this one.
async fn replay(history: &[u8], link: Link) -> Result<(), NotNeutral> {
    let recording = Recording::read("default", history).unwrap();
    let options = workflows_of(&worker("any", 0));
    replays_neutrally_under(link.builder(), [recording], options).await
}

async fn replays_each_way(name: &str, history: &[u8]) {
    for link in [Link::On, Link::Off] {
        let replayed = replay(history, link).await;
        assert!(replayed.is_ok(), "{name}, link {link:?}: {replayed:?}");
    }
}

#[tokio::test]
async fn histories_made_now_replay_with_the_link_on_and_off() {
    for link in Link::ALL {
        let histories = record(link).await;
        assert_eq!(histories.len(), 6);
        for (name, history) in histories {
            let stamped = String::from_utf8_lossy(&history).contains("jaeger.example");
            assert!(link == Link::On || !stamped, "{name}");
            replays_each_way(&name, &history).await;
        }
    }
}

#[tokio::test]
async fn recorded_histories_replay_with_the_link_on_and_off() {
    for link in Link::ALL {
        let mut checked = 0;
        for file in fs::read_dir(link.folder()).unwrap() {
            let file = file.unwrap().path();
            let history = fs::read(&file).unwrap();
            replays_each_way(&file.display().to_string(), &history).await;
            checked += 1;
        }
        assert_eq!(checked, 6);
    }
}

/// Records the histories anew:
/// `CHRONOSCOPE_TESTS=real cargo test --test suite -- --ignored record_linked_histories`.
#[tokio::test]
#[ignore = "writes files"]
async fn record_linked_histories() {
    for link in Link::ALL {
        fs::create_dir_all(link.folder()).unwrap();
        for (name, history) in record(link).await {
            let pretty: Value = serde_json::from_slice(&history).unwrap();
            let file = link.folder().join(format!("{name}.json"));
            fs::write(file, serde_json::to_vec_pretty(&pretty).unwrap()).unwrap();
        }
    }
}

#[tokio::test]
async fn our_upsert_in_place_of_the_sdks_needs_a_patch() {
    registered().await;
    VERSION.set(Version::Old);
    let client = connect(None).await;
    let queue = unique("upgraded");
    let history = work(&client, worker(&queue, 0), async {
        let run = start(&client, &queue, Upgraded::run, ()).await;
        end(&run).await;
        let id = run.info().workflow_id.clone();
        assert_eq!(upserts(&client, &id).await.len(), 2);
        scenarios::history(&client, &(id, None))
            .to_json()
            .await
            .unwrap()
    })
    .await;
    for (version, replays) in [
        (Version::Old, true),
        (Version::Replaced, false),
        (Version::Patched, true),
    ] {
        VERSION.set(version);
        let replayed = replay(&history, Link::On).await;
        assert_eq!(replayed.is_ok(), replays, "{version:?}: {replayed:?}");
    }

    // A new run takes the new way.
    let queue = unique("upgraded");
    work(&client, worker(&queue, 0), async {
        let run = start(&client, &queue, Upgraded::run, ()).await;
        end(&run).await;
        let upserts = upserts(&client, &run.info().workflow_id).await;
        assert_eq!(upserts, [[STATUS.name()]]);
    })
    .await;
}
