//! The answers to completions: lost, late and refused.

use std::time::Duration;

use chronoscope::metrics::counter;
use chronoscope_testserver::Fault;
use temporalio_client::{WorkflowGetResultOptions, WorkflowStartOptions, tonic::Status};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{WorkerOptions, WorkflowContext, WorkflowResult};

use super::setting::Program;
use crate::support::{observed, start, unique};

#[workflow]
#[derive(Default)]
struct Stepping;

#[workflow_methods]
impl Stepping {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        for n in 1..=3 {
            tracing::info!("step {n}");
            counter!("steps_total").increment(1);
            ctx.timer(Duration::from_millis(1)).await;
        }
        Ok(())
    }
}

/// Runs a workflow of four tasks, with a fault at one of its completions.
async fn step(cache: usize, faults: Vec<Fault>) -> Program {
    let program = Program::holding().await;
    let queue = unique("answers");
    let options = WorkerOptions::new(&*queue)
        .max_cached_workflows(cache)
        .register_workflow::<Stepping>()
        .unwrap()
        .build();
    let recorder = program.recorder();
    let _local = metrics::set_default_local_recorder(&recorder);
    for fault in faults {
        program.server.inject("RespondWorkflowTaskCompleted", fault);
    }
    observed(&program.client, &program.observability, options, async {
        let run = start(&program.client, &queue, Stepping::run, ()).await;
        run.get_result(WorkflowGetResultOptions::default())
            .await
            .unwrap();
        // A doubt may be settled after the tasks that follow.
        while program.commits().held > 0 {
            tokio::task::yield_now().await;
        }
        // So may the last answer.
        while program.seen("RunWorkflow completed") == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    program
}

/// Checks that everything came out once, in whatever order doubts were settled.
fn check_once(program: &Program) {
    let (marked, mut plain) = program.split();
    plain.sort();
    assert_eq!(plain, ["step 1", "step 2", "step 3"]);
    assert!(marked.is_empty(), "{marked:?}");
    let counted = program.counted(["steps_total", "temporal_workflow_outcome_total"]);
    assert_eq!(counted, [3.0, 1.0]);
    let spans = program.spans();
    assert_eq!(spans["RunWorkflow:Stepping"], 1, "{spans:?}");
    assert_eq!(spans["StartTimer"], 3, "{spans:?}");
    assert_eq!(program.seen("RunWorkflow completed"), 1);
    let commits = program.commits();
    assert_eq!((commits.held, commits.held_bytes), (0, 0));
    assert_eq!(commits.unknown.total(), 0);
}

#[tokio::test]
async fn each_signal_comes_once_however_often_the_run_is_evicted() {
    for cache in [0, 1000] {
        let program = step(cache, Vec::new()).await;
        check_once(&program);
        assert_eq!(program.split().1, ["step 1", "step 2", "step 3"]);
        assert_eq!(program.commits().asked, 0);
        assert_eq!(program.commits().refused.total(), 0);
    }
}

#[tokio::test]
async fn a_completion_that_fails_and_is_sent_again_comes_once() {
    let fails = Fault::Fail(Status::unavailable("on purpose"));
    let program = step(1000, vec![fails.clone(), fails]).await;
    check_once(&program);
    assert_eq!(program.commits().asked, 0);
}

#[tokio::test]
async fn a_completion_whose_answer_is_lost_is_looked_up_in_history() {
    let program = step(1000, vec![Fault::DropResponse]).await;
    check_once(&program);
    assert_eq!(program.commits().asked, 1);
    assert_eq!(program.commits().refused.total(), 0);
}

#[tokio::test]
async fn an_error_after_the_fact_is_no_refusal() {
    // The client retries the first of them, and not the second.
    for status in [
        Status::internal("after the fact"),
        Status::permission_denied("after the fact"),
    ] {
        let program = step(1000, vec![Fault::FailAfter(status)]).await;
        check_once(&program);
        assert_eq!(program.commits().asked, 1);
        assert_eq!(program.commits().refused.total(), 0);
    }
}

#[tokio::test]
async fn a_bad_command_is_a_refusal() {
    let refused = Status::invalid_argument("BadScheduleActivityAttributes: on purpose");
    let program = Program::holding().await;
    let queue = unique("refused");
    let options = WorkerOptions::new(&*queue)
        .register_workflow::<Stepping>()
        .unwrap()
        .build();
    let server = &program.server;
    server.inject("RespondWorkflowTaskCompleted", Fault::Fail(refused));
    observed(&program.client, &program.observability, options, async {
        let started = WorkflowStartOptions::new(&*queue, &*queue).build();
        let started = program.client.start_workflow(Stepping::run, (), started);
        let run = started.await.unwrap();
        while program.commits().shown.lines == 0 {
            tokio::task::yield_now().await;
        }
        assert!(server.expire_workflow_task("default", &queue).unwrap());
        run.get_result(WorkflowGetResultOptions::default())
            .await
            .unwrap();
    })
    .await;
    let (marked, plain) = program.split();
    assert_eq!(plain, ["step 1", "step 2", "step 3"]);
    assert_eq!(marked.len(), 1);
    assert_eq!(marked[0]["task_failure"], "BAD_COMMAND");
}
