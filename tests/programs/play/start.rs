//! Starts a program's first run.

use std::time::Duration;

use temporalio_client::{
    Client, WorkflowFetchHistoryOptions, WorkflowHandle, WorkflowIdConflictPolicy,
    WorkflowStartOptions, WorkflowUpdateWithStartOptions,
};
use temporalio_common::{
    RetryPolicy, protos::temporal::api::history::v1::history_event::Attributes,
};

use super::Workers;
use crate::{
    activities::SHORT_TASK,
    program::{Finish, Program, Start},
    workflow::{Change, Input, Interpreter, Message, Pace},
};

/// The id of the message that a run is started with.
const AT_START: usize = 500;

/// Starts the run, and returns its id.
pub async fn start(
    client: &Client,
    queue: &str,
    program: &Program,
    workers: Workers<'_>,
    is_real: bool,
) -> String {
    let retries = RetryPolicy::builder()
        .initial_interval(Duration::from_millis(50))
        .maximum_attempts(program.attempts)
        .build();
    // What a dead worker holds comes back after this time.
    let (task, patience) = match workers {
        Workers::Here if program.mentions("Outlives") => (SHORT_TASK, 20_000),
        Workers::Here => (Duration::from_secs(5), 20_000),
        Workers::Apart(_) => (Duration::from_secs(1), 1_000),
    };
    let retries = (program.attempts > 1).then_some(retries);
    let messages = (program.finish == Finish::Await).then(|| program.messages());
    let hurry = if is_real { 100 } else { 1 };
    let pace = Pace { patience, hurry };
    let input = Input::new(program.body.clone(), messages, pace);
    let timeout = match program.finish {
        Finish::TimeOut(_) if is_real => Some(Duration::from_secs(3)),
        Finish::TimeOut(minutes) => Some(Duration::from_secs(60 * u64::from(minutes))),
        _ => None,
    };
    let options = WorkflowStartOptions::new(queue, queue)
        .task_timeout(task)
        .maybe_run_timeout(timeout)
        .enable_eager_workflow_start(program.is_eager)
        .maybe_retry_policy(retries.clone())
        .build();
    let handle = match &program.start {
        Start::Alone => {
            client
                .start_workflow(Interpreter::run, input, options)
                .await
        }
        Start::Signal(steps) => {
            let message = Message::new(AT_START, steps.clone(), false);
            let signal = Interpreter::tell;
            let run = Interpreter::run;
            client
                .signal_with_start_workflow(run, input, signal, message, options)
                .await
        }
        Start::Update(steps) => {
            let conflict = WorkflowIdConflictPolicy::Fail;
            let options = WorkflowUpdateWithStartOptions::new(queue, queue, conflict)
                .task_timeout(task)
                .maybe_run_timeout(timeout)
                .maybe_retry_policy(retries)
                .build();
            let change = Change::Do(Message::new(AT_START, steps.clone(), false));
            let (run, update) = (Interpreter::run, Interpreter::change);
            let started =
                client.execute_update_with_start_workflow(run, input, update, change, options);
            // The history says how it ended.
            drop(started.await);
            let handle = client.get_workflow_handle::<Interpreter>(queue);
            return first_run(&handle).await;
        }
    };
    let handle = handle.expect("it starts");
    handle.run_id().unwrap_or_default().to_owned()
}

/// The id of the first run of a chain.
async fn first_run(handle: &WorkflowHandle<Client, Interpreter>) -> String {
    let history = handle.fetch_history(WorkflowFetchHistoryOptions::default());
    let events = history.into_events().await.expect("there is a history");
    match events.into_iter().find_map(|event| event.attributes) {
        Some(Attributes::WorkflowExecutionStartedEventAttributes(started)) => {
            started.first_execution_run_id
        }
        other => panic!("a history begins with a start, not {other:?}"),
    }
}
