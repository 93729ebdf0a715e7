//! A first task that fails again and again, and then succeeds.

use std::sync::atomic::Ordering;

use chronoscope::{
    commit::{Emission, Lines, OnCommit, Refused},
    metrics::counter,
};
use temporalio_client::{WorkflowGetResultOptions, WorkflowStartOptions};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{WorkerOptions, WorkflowContext, WorkflowResult};

use super::setting::{Program, fail_first, is_to_fail};
use crate::support::{moment, observed, unique};

#[workflow]
#[derive(Default)]
struct Failing;

#[workflow_methods]
impl Failing {
    #[run]
    async fn run(_ctx: &mut WorkflowContext<Self>, name: String) -> WorkflowResult<()> {
        for n in 1..=3 {
            tracing::info!("line {n}");
        }
        counter!("failing_total").increment(1);
        assert!(!is_to_fail(&name), "on purpose");
        Ok(())
    }
}

/// Runs a workflow whose first task fails this often.
async fn fail(program: &Program, times: u32) {
    let queue = unique("failing");
    let executions = fail_first(&queue, times);
    let options = WorkerOptions::new(&*queue)
        .register_workflow::<Failing>()
        .unwrap()
        .build();
    let recorder = program.recorder();
    let _local = metrics::set_default_local_recorder(&recorder);
    observed(&program.client, &program.observability, options, async {
        let started = WorkflowStartOptions::new(&*queue, &*queue).build();
        let started = program
            .client
            .start_workflow(Failing::run, queue.clone(), started);
        let run = started.await.unwrap();
        // The core reports the first failure alone; the others time out.
        for attempt in 2..=times {
            while executions.load(Ordering::SeqCst) < attempt {
                moment().await;
            }
            let server = &program.server;
            assert!(server.expire_workflow_task("default", &queue).unwrap());
        }
        run.get_result(WorkflowGetResultOptions::default())
            .await
            .unwrap();
    })
    .await;
    assert_eq!(executions.load(Ordering::SeqCst), times + 1);
}

const LINES: [&str; 3] = ["line 1", "line 2", "line 3"];

/// Besides, it is measured how long the signals of so many tasks waited.
fn check_all_else_came_once(program: &Program, waited: u32) {
    let counted = program.counted([
        "failing_total",
        "temporal_workflow_outcome_total",
        "temporal_worker_task_signals_hold_latency_seconds",
    ]);
    assert_eq!(counted, [1.0, 1.0, f64::from(waited)]);
    for once in ["RunWorkflow starts", "RunWorkflow completed"] {
        assert_eq!(program.seen(once), 1, "{once}");
    }
    let spans = program.spans();
    assert_eq!(spans["RunWorkflow:Failing"], 1, "{spans:?}");
    assert_eq!(spans["WorkflowExecutionStarted:Failing"], 1, "{spans:?}");
}

#[tokio::test]
async fn its_last_words_are_written_once_and_all_else_when_it_was_accepted() {
    let program = Program::holding().await;
    fail(&program, 30).await;
    let (marked, plain) = program.split();
    assert_eq!(plain, LINES);
    assert_eq!(marked.len(), 3);
    for line in marked {
        assert_eq!(line["task_failed"], true);
        assert_eq!(line["task_attempt"], 1);
        assert_eq!(line["task_failure"], "WORKFLOW_WORKER_UNHANDLED_FAILURE");
        assert_eq!(line["workflow_type"], "Failing");
    }
    check_all_else_came_once(&program, 31);
    let commits = program.commits();
    assert_eq!(commits.shown.lines, 3);
    assert_eq!(commits.refused.lines, 29 * 3);
    assert_eq!(commits.refused.recordings, 30);
    assert_eq!(commits.released.lines, 3);
    assert_eq!((commits.held, commits.held_bytes), (0, 0));
}

#[tokio::test]
async fn without_holding_what_the_first_attempt_emitted_does_not_come_again() {
    for is_layered in [false, true] {
        let program = Program::at_once(is_layered).await;
        fail(&program, 30).await;
        let (marked, plain) = program.split();
        assert_eq!(plain, LINES, "layer: {is_layered}");
        assert!(marked.is_empty());
        check_all_else_came_once(&program, 0);
        let commits = program.commits();
        assert_eq!(commits.repeated.lines, 30 * 3);
        assert_eq!(commits.repeated.recordings, 30);
    }
}

#[tokio::test]
async fn lines_that_do_not_wait_are_written_by_the_first_attempt_and_all_else_is_held() {
    let on_commit = OnCommit::default().lines(Lines::AtOnce);
    let program = Program::with(Emission::OnCommit(on_commit)).await;
    fail(&program, 30).await;
    let (marked, plain) = program.split();
    assert_eq!(plain, LINES);
    assert!(marked.is_empty(), "{marked:?}");
    check_all_else_came_once(&program, 31);
    let commits = program.commits();
    assert_eq!(commits.repeated.lines, 30 * 3);
    assert_eq!(commits.refused.recordings, 30);
    assert_eq!(commits.released.lines + commits.refused.lines, 0);
    assert_eq!((commits.held, commits.held_bytes), (0, 0));
}

#[tokio::test]
async fn every_line_says_its_place_in_the_run() {
    for emission in [Emission::Immediate, Emission::OnCommit(OnCommit::default())] {
        let program = Program::with(emission).await;
        fail(&program, 3).await;
        let lines = program.lines.of("suite::commit");
        let plain = lines.iter().filter(|line| line["task_failed"].is_null());
        let places = plain.map(|line| (line["workflow_task"].as_u64(), line["task_line"].as_str()));
        let expected = ["0.1", "0.2", "0.3"].map(|line| (Some(0), Some(line)));
        assert_eq!(places.collect::<Vec<_>>(), expected);
    }
}

#[tokio::test]
async fn every_attempt_is_written_on_demand_or_none() {
    for (refused, shown) in [(Refused::Every, 4), (Refused::Drop, 0)] {
        let on_commit = OnCommit::default().refused(refused);
        let program = Program::with(Emission::OnCommit(on_commit)).await;
        fail(&program, 4).await;
        let (marked, plain) = program.split();
        assert_eq!(plain, LINES);
        assert_eq!(marked.len(), shown * 3, "{refused:?}");
        check_all_else_came_once(&program, 5);
    }
}
