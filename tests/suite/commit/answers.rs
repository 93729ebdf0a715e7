//! The answers to completions: lost, late and refused.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
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
use crate::support::{moment, observed, unique};

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

/// What goes wrong with a completion, or with what is asked because of it.
#[derive(Clone)]
enum Fault {
    /// It does not arrive.
    Fail(Status),
    /// It never does, however often it is sent.
    Never(Status),
    /// The server has it, and answers in vain.
    FailAfter(Status),
    /// The history is not shown.
    Hide(Status),
}

impl Fault {
    /// Returns whether it is one of this call.
    fn is_of(&self, request: &Request) -> bool {
        let asks = request.uri().path().ends_with("HistoryReverse");
        match self {
            Self::Hide(_) => asks,
            _ => completes(request),
        }
    }
}

/// A layer next to the server, which any server may be, and the faults of its next calls.
#[derive(Clone, Default)]
struct Faults(Arc<Mutex<VecDeque<Fault>>>, Arc<Mutex<Option<Never>>>);

/// A completion that never arrives, and why.
type Never = (Bytes, Status);

impl Faults {
    fn stack(&self) -> Stack {
        let Self(faults, never) = self.clone();
        Stack::new().calls(layer_fn(move |inner: RpcService| {
            let (faults, never) = (faults.clone(), never.clone());
            service_fn(move |request: Request| {
                let mut faults = faults.lock().unwrap();
                let is_next = faults.front().is_some_and(|fault| fault.is_of(&request));
                let fault = is_next.then(|| faults.pop_front()).flatten();
                if let Some(Fault::Never(status)) = &fault {
                    *never.lock().unwrap() = Some((request.body().clone(), status.clone()));
                }
                let never = never.lock().unwrap().clone();
                let never = never.filter(|(body, _)| request.body() == body);
                let inner = inner.clone();
                async move {
                    if let Some((_, status)) = never {
                        return Err(status.into());
                    }
                    if let Some(Fault::Fail(status) | Fault::Hide(status)) = fault {
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

/// How long tasks may take that are not to time out, on a busy machine.
const LONG: Duration = Duration::from_secs(60);

/// Runs workflows of four tasks one after the other. The first completion of each has faults, and may
/// never arrive: it times out then.
async fn step(cache: usize, faults: &[Fault], timeout: Duration, runs: u32) -> Program {
    step_until(cache, faults, timeout, runs, async |program| {
        // A doubt may be settled after the tasks that follow. So may the last answer.
        let ended = || program.seen("RunWorkflow completed") as u32;
        while program.commits().held > 0 || ended() < runs {
            moment().await;
        }
    })
    .await
}

/// Does the same, and something after that while the worker is there.
async fn step_until(
    cache: usize,
    faults: &[Fault],
    timeout: Duration,
    runs: u32,
    then: impl AsyncFnOnce(&Program),
) -> Program {
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
            while !between.0.lock().unwrap().is_empty() {
                moment().await;
            }
            between.0.lock().unwrap().extend(faults.iter().cloned());
            let options = WorkflowStartOptions::new(&*queue, unique("run"))
                .task_timeout(timeout)
                .build();
            let started = program.client.start_workflow(Stepping::run, (), options);
            let handle = started.await.unwrap();
            let result = handle.get_result(WorkflowGetResultOptions::default());
            result.await.unwrap();
        }
        then(&program).await;
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

async fn check(what: &str, faults: Vec<Fault>, timeout: Duration, then: Then) {
    let runs = plays(if timeout < LONG { 1 } else { 2 });
    let program = step(1000, &faults, timeout, runs).await;
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
        let program = step(cache, &[], LONG, 1).await;
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
        check(
            "sent again",
            vec![fails.clone(), fails],
            LONG,
            Then::Accepted,
        )
        .await;
    }
}

#[tokio::test]
async fn a_completion_whose_answer_is_lost_is_looked_up_in_history() {
    check(
        "lost",
        vec![Fault::FailAfter(Status::unavailable("lost"))],
        LONG,
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
        check(
            &what,
            vec![Fault::FailAfter(status)],
            LONG,
            Then::FoundAccepted,
        )
        .await;
    }
}

#[tokio::test]
async fn a_completion_that_never_arrives_is_found_refused() {
    // The first one times out as tasks do unless they are told otherwise. The client sends the last one
    // again for about ten seconds, in which the next attempt must not time out, too.
    for (status, timeout) in [
        (Status::permission_denied("on purpose"), 10),
        (Status::deadline_exceeded("on purpose"), 5),
        (Status::unavailable("on purpose"), 8),
    ] {
        let (what, timeout) = (status.to_string(), Duration::from_secs(timeout));
        check(
            &what,
            vec![Fault::Never(status)],
            timeout,
            Then::FoundRefused,
        )
        .await;
    }
}

#[tokio::test]
async fn a_bad_command_is_a_refusal() {
    let refused = Status::invalid_argument("BadScheduleActivityAttributes: on purpose");
    let timeout = Duration::from_secs(5);
    check("bad", vec![Fault::Fail(refused)], timeout, Then::Refused).await;
}

/// An answer that is lost, and then what happens to the history that is asked.
fn lost(then: &[Status]) -> Vec<Fault> {
    let lost = Fault::FailAfter(Status::permission_denied("lost"));
    let hides = then.iter().cloned().map(Fault::Hide);
    [lost].into_iter().chain(hides).collect()
}

#[tokio::test]
async fn a_server_that_is_away_for_a_while_is_asked_again() {
    let faults = lost(&[
        Status::unavailable("away"),
        Status::deadline_exceeded("away"),
    ]);
    check("away", faults, LONG, Then::FoundAccepted).await;
}

/// Checks that the first line is marked, and nothing is lost.
fn check_unknown(program: &Program) {
    let (marked, plain) = program.split();
    let said: Vec<_> = marked
        .iter()
        .map(|line| {
            (
                line["fields"]["message"].as_str(),
                line["task_accepted"].as_str(),
            )
        })
        .collect();
    assert_eq!(said, [(Some("step 1"), Some("unknown"))]);
    assert_eq!(plain, ["step 2", "step 3"]);
    assert_eq!(program.commits().unknown.lines, 1);
    assert_eq!(program.counted(["steps_total"]), [3.0]);
}

#[tokio::test]
async fn lines_are_marked_whose_history_may_not_be_read() {
    let faults = lost(&[Status::permission_denied("hidden")]);
    check_unknown(&step(1000, &faults, LONG, 1).await);
}

#[tokio::test]
async fn a_shutdown_marks_what_waits_for_a_history() {
    let faults = lost(&vec![Status::unavailable("away"); 100]);
    let program = step_until(1000, &faults, LONG, 1, async |program| {
        program.observability.shutdown();
    });
    check_unknown(&program.await);
}
