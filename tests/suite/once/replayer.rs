//! The SDK's replayer, under which everything is replay.

use chronoscope::{
    Observability,
    execution::Policy,
    rebuild::Recording,
    testing::{Capture, replays_neutrally},
};
use temporalio_client::{WorkflowFetchHistoryOptions, WorkflowSignalOptions};
use temporalio_common::protos::temporal::api::{
    enums::v1::EventType,
    history::v1::{History, HistoryEvent},
};
use temporalio_sdk::{
    WorkerOptions,
    workflow_replayer::{WorkflowReplayer, WorkflowReplayerOptions},
};

use crate::{
    scenarios::Signalled,
    support::{connect, start, unique, work},
};

#[tokio::test]
async fn under_the_replayer_the_last_open_task_is_replay_too() {
    let client = connect(None).await;
    let queue = unique("open");
    let options = WorkerOptions::new(&queue)
        .register_workflow::<Signalled>()
        .unwrap()
        .build();
    let mut events = work(&client, options, async {
        let open = start(&client, &queue, Signalled::run, 9).await;
        open.signal(Signalled::add, 1, WorkflowSignalOptions::default())
            .await
            .unwrap();
        let history = || {
            open.fetch_history(WorkflowFetchHistoryOptions::default())
                .into_events()
        };
        let is_fired = |event: &_| kind(event) == EventType::TimerFired;
        loop {
            let events = history().await.unwrap();
            let last = events
                .iter()
                .rposition(|event| kind(event) == EventType::WorkflowTaskStarted);
            let fired = events.iter().position(is_fired);
            if fired.is_some() && last > fired {
                break events;
            }
        }
    })
    .await;
    let last = events
        .iter()
        .rposition(|event| kind(event) == EventType::WorkflowTaskStarted);
    events.truncate(last.unwrap() + 1);

    let options = WorkflowReplayerOptions::new()
        .register_workflow::<Signalled>()
        .unwrap()
        .build();
    let open = || {
        Recording::new(
            "default",
            History {
                events: events.clone(),
            }
            .into(),
        )
    };
    replays_neutrally([open()], options.clone()).await.unwrap();

    // Shown, its lines come again.
    let shown = Observability::builder().replay_policy(Policy::Show);
    let shown = Capture::of(shown).unwrap();
    let replayer = WorkflowReplayer::new(shown.wrap(options)).unwrap();
    let replayed = replayer.replay_workflow(open().into_history()).await;
    replayed.unwrap();
    assert_eq!(shown.lines().len(), 2);
}

fn kind(event: &HistoryEvent) -> EventType {
    event.event_type()
}
