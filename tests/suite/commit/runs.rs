//! Runs that begin and end in other ways than most.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use temporalio_client::{
    Client, WorkflowGetResultOptions, WorkflowHandle, WorkflowQueryOptions, WorkflowSignalOptions,
    WorkflowStartOptions, WorkflowTerminateOptions, tonic::Request,
};
use temporalio_common::{
    HasWorkflowDefinition,
    protos::temporal::api::{
        common::v1::WorkflowExecution,
        history::v1::{HistoryEvent, history_event::Attributes},
        workflowservice::v1::ResetWorkflowExecutionRequest,
    },
};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ChildWorkflowOptions, ContinueAsNewOptions, SyncWorkflowContext, WorkerOptions,
    WorkflowContext, WorkflowContextView, WorkflowResult, runtime::WorkflowErrorType,
};

use super::{beats::accepted, setting::Program};
use crate::{
    scenarios::all_events,
    support::{moment, observed, unique},
};

/// Whether somebody changed the code of a journey without legs.
static IS_CHANGED: AtomicBool = AtomicBool::new(false);

#[workflow]
#[derive(Default)]
struct Journey {
    is_told: bool,
}

#[workflow_methods]
impl Journey {
    /// Three tasks with a line each; before the last it waits for a signal.
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, legs: u32) -> WorkflowResult<()> {
        tracing::info!("step 1");
        if legs == 0 && IS_CHANGED.load(Ordering::SeqCst) {
            let child = ChildWorkflowOptions::builder().workflow_id("never".to_owned());
            let child = child.build();
            ctx.start_child_workflow(Journey::run, 0u32, child).await?;
        }
        ctx.timer(Duration::from_millis(1)).await;
        tracing::info!("step 2");
        if legs > 1 {
            ctx.continue_as_new(legs - 1, ContinueAsNewOptions::default())?;
        }
        ctx.timer(Duration::from_millis(1)).await;
        ctx.wait_condition(|journey: &Self| journey.is_told).await?;
        tracing::info!("step 3");
        Ok(())
    }

    #[signal]
    fn tell(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {
        self.is_told = true;
    }

    #[query]
    fn ask(&self, _ctx: &WorkflowContextView) -> bool {
        self.is_told
    }
}

fn worker(queue: &str) -> WorkerOptions {
    WorkerOptions::new(queue)
        .register_workflow::<Journey>()
        .unwrap()
        .build()
}

type Handle = WorkflowHandle<Client, journey::Run>;

async fn start(program: &Program, queue: &str, legs: u32, is_eager: bool) -> Handle {
    let options = WorkflowStartOptions::new(queue, queue)
        .enable_eager_workflow_start(is_eager)
        .build();
    let started = program.client.start_workflow(Journey::run, legs, options);
    started.await.unwrap()
}

/// Has the run go on to its end.
async fn tell(program: &Program, queue: &str) {
    let latest = program.client.get_workflow_handle::<Journey>(queue);
    let options = WorkflowSignalOptions::default();
    latest.signal(Journey::tell, (), options).await.unwrap();
    let result = latest.get_result(WorkflowGetResultOptions::default());
    result.await.unwrap();
}

async fn events<W: HasWorkflowDefinition>(
    program: &Program,
    run: &WorkflowHandle<Client, W>,
) -> Vec<HistoryEvent> {
    let id = run.info().workflow_id.clone();
    let run_id = run.run_id().map(str::to_owned);
    all_events(&program.client, vec![(id, run_id)])
        .await
        .remove(0)
}

async fn until_said(program: &Program, lines: usize) {
    while program.split().1.len() < lines {
        moment().await;
    }
}

fn check_said(program: &Program, expected: &[&str]) {
    let (marked, plain) = program.split();
    assert_eq!(plain, expected);
    assert!(marked.is_empty(), "{marked:?}");
    let commits = program.commits();
    assert_eq!((commits.held, commits.unseen), (0, 0));
}

#[tokio::test]
async fn one_that_begins_eagerly_holds_from_its_first_task() {
    let program = Program::holding().await;
    let queue = unique("eager");
    let options = worker(&queue);
    observed(&program.client, &program.observability, options, async {
        let run = start(&program, &queue, 1, true).await;
        until_said(&program, 2).await;
        tell(&program, &queue).await;
        let begin = events(&program, &run).await.remove(0);
        let Some(Attributes::WorkflowExecutionStartedEventAttributes(begin)) = begin.attributes
        else {
            panic!("a history begins with a start");
        };
        assert!(begin.eager_execution_accepted);
    })
    .await;
    check_said(&program, &["step 1", "step 2", "step 3"]);
    assert_eq!(program.commits().released.lines, 3);
}

#[tokio::test]
async fn each_run_of_a_chain_says_its_own() {
    let program = Program::holding().await;
    let queue = unique("chain");
    let options = worker(&queue);
    observed(&program.client, &program.observability, options, async {
        start(&program, &queue, 3, false).await;
        until_said(&program, 6).await;
        tell(&program, &queue).await;
    })
    .await;
    let leg = ["step 1", "step 2"];
    check_said(&program, &[&leg[..], &leg, &leg, &["step 3"]].concat());
    assert_eq!(program.spans()["RunWorkflow:Journey"], 3);
    assert_eq!(program.seen("RunWorkflow continued_as_new"), 2);
    assert_eq!(program.seen("RunWorkflow completed"), 1);
}

#[tokio::test]
async fn one_that_is_reset_says_nothing_of_what_it_inherits() {
    let program = Program::holding().await;
    let queue = unique("reset");
    let options = worker(&queue);
    observed(&program.client, &program.observability, options, async {
        let run = start(&program, &queue, 1, false).await;
        until_said(&program, 2).await;
        let events = events(&program, &run).await;
        let completed = events.iter().filter(|event| {
            let attributes = event.attributes.as_ref();
            matches!(
                attributes,
                Some(Attributes::WorkflowTaskCompletedEventAttributes(_))
            )
        });
        // The second of its tasks is executed anew.
        let second = completed.map(|event| event.event_id).nth(1).unwrap();
        let request = ResetWorkflowExecutionRequest {
            namespace: "default".to_owned(),
            workflow_execution: Some(WorkflowExecution {
                workflow_id: queue.clone(),
                run_id: run.run_id().unwrap().to_owned(),
            }),
            workflow_task_finish_event_id: second,
            request_id: unique("reset"),
            ..Default::default()
        };
        let mut service = program.client.connection().workflow_service();
        let reset = service.reset_workflow_execution(Request::new(request));
        reset.await.unwrap();
        tell(&program, &queue).await;
    })
    .await;
    check_said(&program, &["step 1", "step 2", "step 2", "step 3"]);
    let lines = program.lines.of("suite::commit");
    let runs: BTreeSet<_> = (lines[2..].iter())
        .map(|line| line["run_id"].as_str())
        .collect();
    assert_eq!(runs.len(), 1);
    assert_ne!(lines[1]["run_id"], lines[2]["run_id"]);
}

#[tokio::test]
async fn one_that_was_terminated_says_nothing_when_it_is_asked() {
    let program = Program::holding().await;
    let queue = unique("asked");
    observed(
        &program.client,
        &program.observability,
        worker(&queue),
        async {
            start(&program, &queue, 1, false).await;
            until_said(&program, 2).await;
        },
    )
    .await;
    let run = program.client.get_workflow_handle::<Journey>(&*queue);
    let options = WorkflowSignalOptions::default();
    run.signal(Journey::tell, (), options).await.unwrap();
    let options = WorkflowTerminateOptions::default();
    run.terminate(options).await.unwrap();
    observed(
        &program.client,
        &program.observability,
        worker(&queue),
        async {
            for _ in 0..3 {
                let asked = run.query(Journey::ask, (), WorkflowQueryOptions::default());
                assert!(asked.await.unwrap());
            }
        },
    )
    .await;
    check_said(&program, &["step 1", "step 2"]);
    assert_eq!(program.seen("RunWorkflow completed"), 0);
}

#[tokio::test]
async fn code_that_does_not_follow_its_history_leaves_nothing() {
    for fails_run in [false, true] {
        let program = Program::holding().await;
        let queue = unique("changed");
        let begun = async {
            let run = start(&program, &queue, 0, false).await;
            accepted(&program.client, &queue, run.run_id(), 3).await;
            run
        };
        let (client, observability) = (&program.client, &program.observability);
        let run = observed(client, observability, worker(&queue), begun).await;
        let mut options = worker(&queue);
        if fails_run {
            options.workflow_failure_errors = [WorkflowErrorType::Nondeterminism].into();
        }
        IS_CHANGED.store(true, Ordering::SeqCst);
        program.server.forget_sticky("default", &queue).unwrap();
        let signal = run.signal(Journey::tell, (), WorkflowSignalOptions::default());
        signal.await.unwrap();
        observed(&program.client, &program.observability, options, async {
            loop {
                let events = events(&program, &run).await;
                let has_failed = events.iter().any(|event| {
                    matches!(
                        event.attributes,
                        Some(
                            Attributes::WorkflowTaskFailedEventAttributes(_)
                                | Attributes::WorkflowExecutionFailedEventAttributes(_)
                        )
                    )
                });
                if has_failed {
                    return;
                }
                moment().await;
            }
        })
        .await;
        IS_CHANGED.store(false, Ordering::SeqCst);
        let result = async {
            let result = run.get_result(WorkflowGetResultOptions::default());
            assert_eq!(result.await.is_err(), fails_run);
        };
        if fails_run {
            result.await;
            check_said(&program, &["step 1", "step 2"]);
            continue;
        }
        // The attempt that its worker left behind.
        program
            .server
            .expire_workflow_task("default", &queue)
            .unwrap();
        let options = worker(&queue);
        observed(&program.client, &program.observability, options, result).await;
        check_said(&program, &["step 1", "step 2", "step 3"]);
        assert_eq!(program.spans()["RunWorkflow:Journey"], 1);
    }
}
