//! The histories that the examples left behind, replayed on their workflows as they are now, with
//! our layers and without.
//!
//! The workflows are those of the examples' own files, which for that need nothing of their
//! `main.rs`. Programs that are there to be copied are one file, and not among them.

use std::{collections::BTreeSet, fs, path::PathBuf};

use chronoscope::{rebuild::Recording, testing::replays_neutrally};
use serde_json::Value;
use temporalio_client::WorkflowHistory;
use temporalio_common::{
    data_converters::{DataConverter, DefaultFailureConverter, PayloadConverter},
    protos::temporal::api::history::v1::{History, HistoryEvent, history_event::Attributes},
};
use temporalio_sdk::workflow_replayer::WorkflowReplayerOptions;

use super::{
    play::{Play, Stage, play},
    rows,
};

macro_rules! examples {
    ($($name:ident $folder:literal ($($file:ident)*) $($workflow:ident)*;)*) => {
        $(
            #[path = $folder]
            #[allow(dead_code, reason = "the program needs more of it than its replays")]
            pub mod $name {
                $(pub mod $file;)*
            }
        )*

        /// The examples whose histories are kept.
        const RECORDED: &[&str] = &[$(stringify!($name)),*];

        fn registered(example: &str) -> WorkflowReplayerOptions {
            let options = WorkflowReplayerOptions::new();
            match example {
                $(stringify!($name) => options
                    $(.register_workflow::<$name::workflows::$workflow>().unwrap())*
                    .build(),)*
                other => panic!("no workflows of {other}"),
            }
        }
    };
}

examples! {
    async_completion "../../../examples/async_completion" (activities workflows) Survey;
    blocking_activities "../../../examples/blocking_activities" (activities workflows) Pottery;
    cancellation "../../../examples/cancellation" (activities workflows) Dinner;
    child_workflows "../../../examples/child_workflows" (workflows) Errand Household;
    continue_as_new "../../../examples/continue_as_new" (activities workflows) Reader;
    determinism "../../../examples/determinism" (workflows) Lottery;
    encryption "../../../examples/encryption" (activities workflows) Consultation;
    heartbeats "../../../examples/heartbeats" (activities workflows) Transcript;
    local_activities "../../../examples/local_activities" (activities workflows) Bill;
    metrics "../../../examples/metrics" (activities workflows) Shipment;
    nondeterminism "../../../examples/nondeterminism" (activities workflows) Letter;
    one_click_buy "../../../examples/one_click_buy" (activities workflows) OneClickBuyWorkflow;
    replay_storm "../../../examples/replay_storm" (activities workflows) StormWorkflow;
    replaying "../../../examples/replaying" (activities workflows) Cake;
    retries "../../../examples/retries" (activities workflows) Payment;
    saga "../../../examples/saga" (activities workflows) Trip;
    schedules "../../../examples/schedules" (activities workflows) Backup;
    search_attributes "../../../examples/search_attributes" (keys workflows) Order Parcel;
    signals "../../../examples/signals" (workflows) Mailbox Sender;
    tower "../../../examples/tower" (activities workflows) Morning;
    tracing "../../../examples/tracing" (activities workflows) Order Payment;
    updates "../../../examples/updates" (activities workflows) Cart;
    versioning "../../../examples/versioning" (activities workflows) PatchedOrder;
    wait_conditions "../../../examples/wait_conditions" (workflows) Workshop;
    worker_versioning "../../../examples/worker_versioning" (workflows) Parcel;
}

/// What replays an example's histories.
fn replayer(example: &str) -> WorkflowReplayerOptions {
    let mut options = registered(example);
    if example == "encryption" {
        options.data_converter = DataConverter::new(
            PayloadConverter::default(),
            DefaultFailureConverter::default(),
            crate::encryption::codec(),
        );
    }
    options
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/histories/examples")
}

#[tokio::test]
async fn the_histories_of_each_example_replay_with_layers_on_and_off() {
    let mut found = BTreeSet::new();
    for file in fs::read_dir(folder()).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let (example, _) = name.rsplit_once('-').unwrap();
        let history = fs::read(&path).unwrap();
        let recording = Recording::read("default", &history).unwrap();
        let neutral = replays_neutrally([recording], replayer(example)).await;
        assert!(neutral.is_ok(), "{name}: {neutral:?}");
        found.insert(example.to_owned());
    }
    let recorded: BTreeSet<_> = RECORDED.iter().map(|name| (*name).to_owned()).collect();
    let rows = rows().into_iter().filter(|row| row.copied.is_none());
    let rows: BTreeSet<_> = rows.map(|row| row.name.to_owned()).collect();
    assert_eq!(
        found, recorded,
        "histories of the examples whose workflows are here"
    );
    assert_eq!(found, rows, "histories of the examples in the matrix");
}

/// Records the histories under tests/histories/examples anew, or those of the examples that
/// `MATRIX_ONLY` names:
/// `CHRONOSCOPE_TESTS=real cargo test --test suite -- --ignored record_examples`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes files"]
async fn record_examples() {
    fs::create_dir_all(folder()).unwrap();
    let how = Play {
        stage: Stage::Home,
        cache: 1000,
        encrypted: false,
    };
    for row in super::chosen(rows().into_iter()).filter(|row| row.copied.is_none()) {
        let played = play(&row, how).await.unwrap();
        for (n, events) in played.histories.into_iter().enumerate() {
            let history = WorkflowHistory::from(History {
                events: replayable(events),
            });
            let json = history.to_json().await.unwrap();
            let pretty: Value = serde_json::from_slice(&json).unwrap();
            let file = folder().join(format!("{}-{n}.json", row.name));
            fs::write(file, serde_json::to_vec_pretty(&pretty).unwrap()).unwrap();
        }
    }
}

/// Leaves out what the core did where code did not fit: no code brings that about again.
fn replayable(mut events: Vec<HistoryEvent>) -> Vec<HistoryEvent> {
    if events.last().is_some_and(crate::oracle::is_given_up) {
        let signal = events.iter().position(|event| {
            matches!(
                event.attributes,
                Some(Attributes::WorkflowExecutionSignaledEventAttributes(_))
            )
        });
        events.truncate(signal.unwrap());
    }
    events
}
