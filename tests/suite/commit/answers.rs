//! The answers to completions: lost, late and refused.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use chronoscope::{
    metrics::counter,
    rpc::{Request, RpcService, Stack},
};
use temporalio_client::{WorkflowGetResultOptions, WorkflowStartOptions, tonic::Status};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{WorkerOptions, WorkflowContext, WorkflowResult};

use tower::{ServiceExt as _, layer::layer_fn, service_fn};

use super::{
    gate::completes,
    setting::{Program, plays},
};
use crate::support::{observed, unique};

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

/// What goes wrong with a completion.
#[derive(Clone)]
enum Fault {
    /// It never arrives.
    Fail(Status),
    /// The server has it, and answers in vain.
    FailAfter(Status),
}

/// A layer next to the server, which any server may be, and the faults of its next completions.
#[derive(Clone, Default)]
struct Faults(Arc<Mutex<VecDeque<Fault>>>);

impl Faults {
    fn stack(&self) -> Stack {
        let faults = self.0.clone();
        Stack::new().calls(layer_fn(move |inner: RpcService| {
            let faults = faults.clone();
            service_fn(move |request: Request| {
                let mut faults = faults.lock().unwrap();
                let fault = completes(&request).then(|| faults.pop_front()).flatten();
                let inner = inner.clone();
                async move {
                    if let Some(Fault::Fail(status)) = fault {
                        return Err(status.into());
                    }
                    let answer = inner.oneshot(request).await;
                    match fault {
                        Some(Fault::FailAfter(status)) => answer.and(Err(status.into())),
                        _ => answer,
                    }
                }
            })
        }))
    }
}

/// What follows from what happens to a completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Accepted,
    /// The same, which only history can tell.
    FoundAccepted,
    /// The server never had it, which only history can tell.
    FoundRefused,
    Refused,
}

/// Runs workflows of four tasks one after the other. The first completion of each has faults, and may
/// never arrive.
async fn step(cache: usize, faults: &[Fault], never: bool, runs: u32) -> Program {
    let between = Faults::default();
    let program = Program::anywhere([between.stack(), Stack::new()]).await;
    let queue = unique("answers");
    let options = WorkerOptions::new(&*queue)
        .max_cached_workflows(cache)
        .register_workflow::<Stepping>()
        .unwrap()
        .build();
    let recorder = program.recorder();
    let _local = metrics::set_default_local_recorder(&recorder);
    observed(&program.client, &program.observability, options, async {
        for _ in 0..runs {
            between.0.lock().unwrap().extend(faults.iter().cloned());
            // A task whose completion never arrives times out, while its history is still read: ten
            // seconds. No other one should, on a busy machine.
            let timeout = Duration::from_secs(if never { 5 } else { 60 });
            let options = WorkflowStartOptions::new(&*queue, unique("run"))
                .task_timeout(timeout)
                .build();
            let started = program.client.start_workflow(Stepping::run, (), options);
            let handle = started.await.unwrap();
            let result = handle.get_result(WorkflowGetResultOptions::default());
            result.await.unwrap();
        }
        // A doubt may be settled after the tasks that follow. So may the last answer.
        let ended = || program.seen("RunWorkflow completed") as u32;
        while program.commits().held > 0 || ended() < runs {
            tokio::task::yield_now().await;
        }
    })
    .await;
    program
}

/// Checks that everything came once per run, in whatever order doubts were settled.
fn check_once(program: &Program, runs: u32, what: &str) {
    let lines = program.lines.of("suite::commit");
    let plain = lines.iter().filter(|line| line["task_failed"].is_null());
    let plain: Vec<_> = plain
        .map(|line| (line["run_id"].as_str(), line["fields"]["message"].as_str()))
        .collect();
    let once: BTreeSet<_> = plain.iter().collect();
    let expected = 3 * runs as usize;
    assert_eq!((plain.len(), once.len()), (expected, expected), "{what}");
    let counted = program.counted(["steps_total", "temporal_workflow_outcome_total"]);
    assert_eq!(
        counted,
        [3, 1].map(|times| f64::from(times * runs)),
        "{what}"
    );
    let spans = program.spans();
    assert_eq!(spans["RunWorkflow:Stepping"], runs as usize, "{what}");
    assert_eq!(spans["StartTimer"], expected, "{what}");
    assert_eq!(program.seen("RunWorkflow completed"), runs as usize);
    let commits = program.commits();
    assert_eq!((commits.held, commits.held_bytes), (0, 0));
    assert_eq!(commits.unknown.total(), 0, "{what}");
}

async fn check(what: &str, faults: Vec<Fault>, then: Then) {
    let never = matches!(then, Then::FoundRefused | Then::Refused);
    let runs = plays(if never { 1 } else { 2 });
    let program = step(1000, &faults, never, runs).await;
    check_once(&program, runs, what);
    let (marked, _) = program.split();
    let commits = program.commits();
    let is_found = matches!(then, Then::FoundAccepted | Then::FoundRefused);
    assert_eq!(
        commits.asked,
        u64::from(runs) * u64::from(is_found),
        "{what}"
    );
    let (refused, shown) = match then {
        Then::Accepted | Then::FoundAccepted => (0, 0),
        Then::FoundRefused => (runs, 0),
        Then::Refused => (0, runs),
    };
    assert_eq!(commits.refused.lines, u64::from(refused), "{what}");
    assert_eq!(marked.len(), shown as usize, "{what}");
    for line in marked {
        assert_eq!(line["task_failure"], "BAD_COMMAND", "{what}");
    }
}

#[tokio::test]
async fn each_signal_comes_once_however_often_the_run_is_evicted() {
    for cache in [0, 1000] {
        let program = step(cache, &[], false, 1).await;
        check_once(&program, 1, "evicted");
        assert_eq!(program.split().1, ["step 1", "step 2", "step 3"]);
        assert_eq!(program.commits().asked, 0);
        assert_eq!(program.commits().refused.total(), 0);
    }
}

#[tokio::test]
async fn a_completion_that_fails_and_is_sent_again_comes_once() {
    for status in [
        Status::unavailable("on purpose"),
        Status::internal("on purpose"),
    ] {
        let fails = Fault::Fail(status);
        check("sent again", vec![fails.clone(), fails], Then::Accepted).await;
    }
}

#[tokio::test]
async fn a_completion_whose_answer_is_lost_is_looked_up_in_history() {
    check(
        "lost",
        vec![Fault::FailAfter(Status::unavailable("lost"))],
        Then::FoundAccepted,
    )
    .await;
}

#[tokio::test]
async fn an_error_after_the_fact_is_no_refusal() {
    // The client retries the first of them, and not the last ones.
    for status in [
        Status::internal("after the fact"),
        Status::resource_exhausted("after the fact"),
        Status::permission_denied("after the fact"),
        Status::deadline_exceeded("after the fact"),
    ] {
        let what = status.to_string();
        check(&what, vec![Fault::FailAfter(status)], Then::FoundAccepted).await;
    }
}

#[tokio::test]
async fn a_completion_that_never_arrives_is_found_refused() {
    for (status, times) in [
        (Status::permission_denied("on purpose"), 1),
        (Status::deadline_exceeded("on purpose"), 1),
        // As often as the client tries it.
        (Status::unavailable("on purpose"), 10),
    ] {
        let what = status.to_string();
        check(&what, vec![Fault::Fail(status); times], Then::FoundRefused).await;
    }
}

#[tokio::test]
async fn a_bad_command_is_a_refusal() {
    let refused = Status::invalid_argument("BadScheduleActivityAttributes: on purpose");
    check("bad", vec![Fault::Fail(refused)], Then::Refused).await;
}
