//! The SDK's replayer, under which everything is replay.

use chronoscope::Observability;
use temporalio_client::{WorkflowFetchHistoryOptions, WorkflowHistory, WorkflowSignalOptions};
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
    support::{Lines, connect, start, unique, work},
};

#[tokio::test]
async fn under_the_replayer_the_last_open_task_is_replay_too() {
    let observability = Observability::builder().build().unwrap();
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

    for (layers, expected) in [(true, 0), (false, 2)] {
        let lines = Lines::default();
        let _default = lines.set_default();
        let mut options = WorkflowReplayerOptions::new()
            .register_workflow::<Signalled>()
            .unwrap()
            .build();
        if layers {
            options = observability.wrap(options);
        }
        let replayer = WorkflowReplayer::new(options).unwrap();
        let history = WorkflowHistory::from(History {
            events: events.clone(),
        });
        replayer.replay_workflow(history).await.unwrap();
        assert_eq!(lines.messages().len(), expected, "layers: {layers}");
    }
}

fn kind(event: &HistoryEvent) -> EventType {
    event.event_type()
}
