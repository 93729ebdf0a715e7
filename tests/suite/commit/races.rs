//! Tasks that lose a race, speculative ones that the server throws away, and lines that wait too long.

use std::time::Duration;

use chronoscope::commit::{Emission, OnCommit};
use chronoscope_testserver::Fault;
use temporalio_client::{
    WorkflowExecuteUpdateOptions, WorkflowGetResultOptions, WorkflowSignalOptions,
};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    SyncWorkflowContext, WorkerOptions, WorkflowContext, WorkflowContextView, WorkflowResult,
};

use super::{beats::nap_with, setting::Program};
use crate::support::{observed, start, unique};

#[workflow]
#[derive(Default)]
struct Racing {
    signals: u32,
}

#[workflow_methods]
impl Racing {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, signals: u32) -> WorkflowResult<()> {
        tracing::info!("begins");
        ctx.wait_condition(move |state: &Self| state.signals >= signals)
            .await?;
        tracing::info!("ends");
        Ok(())
    }

    #[signal]
    fn wake(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {
        tracing::info!("is woken");
        self.signals += 1;
    }

    #[update_validator(change)]
    fn validate(
        &self,
        _ctx: &WorkflowContextView,
        is_good: &bool,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        tracing::info!("validates");
        is_good.then_some(()).ok_or_else(|| "refused".into())
    }

    #[update]
    fn change(&mut self, _ctx: &mut SyncWorkflowContext<Self>, _is_good: bool) {
        tracing::info!("changes");
    }
}

fn worker(queue: &str) -> WorkerOptions {
    WorkerOptions::new(queue)
        .register_workflow::<Racing>()
        .unwrap()
        .build()
}

#[tokio::test]
async fn a_task_that_a_signal_overtakes_is_only_counted() {
    let program = Program::holding().await;
    let queue = unique("races");
    let late = Fault::Delay(Duration::from_millis(500));
    program.server.inject("RespondWorkflowTaskCompleted", late);
    let options = worker(&queue);
    observed(&program.client, &program.observability, options, async {
        let run = start(&program.client, &queue, Racing::run, 0).await;
        // It ends in its first task, whose completion is on its way.
        while program.commits().held == 0 {
            tokio::task::yield_now().await;
        }
        let signal = run.signal(Racing::wake, (), WorkflowSignalOptions::default());
        signal.await.unwrap();
        run.get_result(WorkflowGetResultOptions::default())
            .await
            .unwrap();
    })
    .await;
    let (marked, mut plain) = program.split();
    plain.sort();
    assert_eq!(plain, ["begins", "ends", "is woken"]);
    assert!(marked.is_empty(), "{marked:?}");
    assert_eq!(program.commits().refused.lines, 2);
    assert_eq!(program.seen("RunWorkflow completed"), 1);
}

#[tokio::test]
async fn a_refused_update_leaves_nothing_but_its_validators_lines() {
    let program = Program::holding().await;
    let queue = unique("updates");
    let options = worker(&queue);
    observed(&program.client, &program.observability, options, async {
        let run = start(&program.client, &queue, Racing::run, 1).await;
        while program.split().1.is_empty() {
            tokio::task::yield_now().await;
        }
        for is_good in [false, false, true] {
            let options = WorkflowExecuteUpdateOptions::default();
            let updated = run.execute_update(Racing::change, is_good, options).await;
            assert_eq!(updated.is_ok(), is_good);
        }
        let signal = run.signal(Racing::wake, (), WorkflowSignalOptions::default());
        signal.await.unwrap();
        run.get_result(WorkflowGetResultOptions::default())
            .await
            .unwrap();
    })
    .await;
    let (marked, plain) = program.split();
    let [begins, validates @ .., changes, is_woken, ends] = &plain[..] else {
        panic!("{plain:?}");
    };
    assert_eq!(
        [begins, changes, is_woken, ends],
        ["begins", "changes", "is woken", "ends"]
    );
    assert_eq!(validates, ["validates"; 3]);
    assert!(marked.is_empty(), "{marked:?}");
    assert_eq!(program.commits().refused.total(), 0);
    assert_eq!(program.commits().held, 0);
}

#[tokio::test]
async fn lines_that_wait_too_long_are_written_with_a_mark() {
    let at_once = OnCommit::default().hold_at_most(Duration::ZERO);
    let program = Program::with(Emission::OnCommit(at_once)).await;
    nap_with(&program, 0).await;
    let (marked, _) = program.split();
    assert_eq!(marked[0]["fields"]["message"], "falls asleep");
    assert_eq!(marked[0]["task_open"], true);
    assert!(program.commits().early.lines >= 1);
    assert_eq!(program.commits().held, 0);
}

#[tokio::test]
async fn what_finds_no_room_is_dropped_and_counted() {
    let tiny = OnCommit::default().per_run(300);
    let program = Program::with(Emission::OnCommit(tiny)).await;
    let queue = unique("tiny");
    let options = worker(&queue);
    observed(&program.client, &program.observability, options, async {
        let run = start(&program.client, &queue, Racing::run, 0).await;
        run.get_result(WorkflowGetResultOptions::default())
            .await
            .unwrap();
    })
    .await;
    let commits = program.commits();
    assert_eq!((commits.released.lines, commits.overflowed.lines), (0, 2));
    assert_eq!((commits.held, commits.held_bytes), (0, 0));
    assert_eq!(program.seen("RunWorkflow completed"), 1);
}
