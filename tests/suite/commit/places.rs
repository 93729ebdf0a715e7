//! What is read of messages in their places, against what the SDK encodes; and the table of fates.

use chronoscope::testing::unwired::{fate, polled};
use proptest::prelude::*;
use prost::Message;
use prost_types::Timestamp;
use temporalio_common::protos::temporal::api::{
    common::v1::WorkflowExecution,
    history::v1::{History, HistoryEvent},
    workflowservice::v1::PollWorkflowTaskQueueResponse,
};

/// A time, in the crate that the SDK takes it from.
fn time<T: Message + Default>(seconds: i64, nanos: i32) -> T {
    let time = Timestamp { seconds, nanos };
    T::decode(&*time.encode_to_vec()).unwrap()
}

prop_compose! {
    fn events()(ids in prop::collection::vec((any::<i64>(), 0..60i32), 0..5)) -> History {
        let event = |(event_id, event_type)| HistoryEvent {
            event_id,
            event_type,
            ..Default::default()
        };
        History { events: ids.into_iter().map(event).collect() }
    }
}

prop_compose! {
    fn responses()(
        task_token in prop::collection::vec(any::<u8>(), 0..40),
        ids in prop::option::of(("[a-z0-9/-]{0,20}", "[a-z0-9-]{0,20}")),
        previous_started_event_id in any::<i64>(),
        started_event_id in any::<i64>(),
        attempt in 0..i32::MAX,
        started in prop::option::of((any::<i64>(), any::<i32>())),
        history in prop::option::of(events()),
        next_page_token in prop::collection::vec(any::<u8>(), 0..4),
        backlog_count_hint in any::<i64>(),
    ) -> PollWorkflowTaskQueueResponse {
        PollWorkflowTaskQueueResponse {
            task_token,
            workflow_execution: ids.map(|(workflow_id, run_id)| WorkflowExecution {
                workflow_id,
                run_id,
            }),
            previous_started_event_id,
            started_event_id,
            attempt,
            started_time: started.map(|(seconds, nanos)| time(seconds, nanos)),
            history,
            next_page_token,
            backlog_count_hint,
            ..Default::default()
        }
    }
}

proptest! {
    #[test]
    fn a_poll_is_read_as_it_was_written(response in responses()) {
        let read = polled(&response.encode_to_vec());
        let ids = response.workflow_execution.clone().unwrap_or_default();
        let at = response.started_time.unwrap_or_default();
        let expected = (!response.task_token.is_empty()).then(|| (
            response.task_token.clone(),
            ids.workflow_id,
            ids.run_id,
            (
                response.previous_started_event_id,
                response.started_event_id,
                response.attempt.unsigned_abs(),
            ),
            (at.seconds, at.nanos),
        ));
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn whatever_comes_is_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(polled(&bytes));
    }

    #[test]
    fn a_truncated_poll_is_no_panic(response in responses(), at in any::<prop::sample::Index>()) {
        let bytes = response.encode_to_vec();
        drop(polled(&bytes[..at.index(bytes.len() + 1)]));
    }
}

#[test]
fn only_the_answer_to_a_whole_completion_decides() {
    for was_in_doubt in [false, true] {
        for beats in [false, true] {
            assert_eq!(fate(Some((true, beats)), false, was_in_doubt), "discarded");
        }
        assert_eq!(fate(Some((false, true)), false, was_in_doubt), "kept");
        assert_eq!(fate(Some((false, false)), false, was_in_doubt), "accepted");
        assert_eq!(fate(None, false, was_in_doubt), "in_doubt");
    }
    // A completion that may have arrived before can't be refused now.
    assert_eq!(fate(None, true, false), "refused");
    assert_eq!(fate(None, true, true), "in_doubt");
}
