//! Tasks that lose a race, speculative ones that the server throws away, and lines that wait too long.

use std::time::Duration;

use chronoscope::{
    commit::{Emission, OnCommit},
    rpc::Stack,
};
use temporalio_client::{
    WorkflowExecuteUpdateOptions, WorkflowGetResultOptions, WorkflowSignalOptions,
    WorkflowTerminateOptions,
};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    SyncWorkflowContext, WorkerOptions, WorkflowContext, WorkflowContextView, WorkflowResult,
};

use super::{
    beats::nap_with,
    gate::Gate,
    setting::{Program, plays},
};
use crate::support::{moment, observed, start, unique};

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

/// What comes while the completion of a run's first and last task is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meanwhile {
    Signal,
    TimeOut,
    Termination,
}

/// Has something come before the completion of each run's task.
async fn overtake(meanwhile: Meanwhile, runs: u32) -> Program {
    let gate = Gate::closed();
    let program = Program::between([gate.stack(), Stack::new()]).await;
    let queue = unique("races");
    let options = worker(&queue);
    observed(&program.client, &program.observability, options, async {
        for _ in 0..runs {
            gate.close();
            let run = start(&program.client, &queue, Racing::run, 0).await;
            gate.came(1).await;
            match meanwhile {
                Meanwhile::Signal => {
                    let signal = run.signal(Racing::wake, (), WorkflowSignalOptions::default());
                    signal.await.unwrap();
                }
                Meanwhile::TimeOut => {
                    let id = &*run.info().workflow_id;
                    assert!(program.server.expire_workflow_task("default", id).unwrap());
                }
                Meanwhile::Termination => {
                    let end = run.terminate(WorkflowTerminateOptions::default());
                    end.await.unwrap();
                }
            }
            gate.open();
            gate.pass(1);
            let result = run.get_result(WorkflowGetResultOptions::default()).await;
            assert_eq!(result.is_ok(), meanwhile != Meanwhile::Termination);
        }
        while program.commits().held > 0 || program.commits().refused.lines < u64::from(2 * runs) {
            moment().await;
        }
    })
    .await;
    program
}

#[tokio::test]
async fn a_task_that_something_overtakes_is_only_counted() {
    let runs = plays(2);
    for (meanwhile, said, asked) in [
        (Meanwhile::Signal, &["begins", "ends", "is woken"][..], 0),
        (Meanwhile::TimeOut, &["begins", "ends"], runs),
        (Meanwhile::Termination, &[], runs),
    ] {
        let program = overtake(meanwhile, runs).await;
        let (marked, mut plain) = program.split();
        plain.sort();
        let times = |said: &&str| vec![(*said).to_owned(); runs as usize];
        let expected: Vec<_> = said.iter().flat_map(times).collect();
        assert_eq!(plain, expected, "{meanwhile:?}");
        assert!(marked.is_empty(), "{marked:?}");
        let commits = program.commits();
        assert_eq!(commits.refused.lines, u64::from(2 * runs), "{meanwhile:?}");
        assert_eq!(commits.asked, u64::from(asked), "{meanwhile:?}");
        let ended = program.seen("RunWorkflow completed");
        assert_eq!(ended, expected.len().min(runs as usize), "{meanwhile:?}");
    }
}

#[tokio::test]
async fn a_refused_update_leaves_nothing_but_its_validators_lines() {
    let program = Program::holding().await;
    let queue = unique("updates");
    let options = worker(&queue);
    observed(&program.client, &program.observability, options, async {
        let run = start(&program.client, &queue, Racing::run, 1).await;
        while program.split().1.is_empty() {
            moment().await;
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
    nap_with(&program, 0, async |_, _| {
        while program.commits().early.lines == 0 {
            moment().await;
        }
    })
    .await;
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
