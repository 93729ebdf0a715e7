//! Cases that no document has: layers that answer by themselves, workers that go at the wrong moment,
//! sinks and hooks that fail when they are handed what was held.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use chronoscope::{
    Observability,
    commit::{Emission, OnCommit},
    execution::Execution,
    logs::ReplayFilter,
    metrics::counter,
    rpc::{Request, Response, RpcService, Stack},
    schema::Outcome,
};
use temporalio_client::{
    WorkflowGetResultOptions, WorkflowQueryOptions, WorkflowStartOptions, tonic::Status,
};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{WorkerOptions, WorkflowContext, WorkflowContextView, WorkflowResult};
use tower::{BoxError, ServiceExt as _, layer::layer_fn, service_fn};
use tracing_subscriber::layer::SubscriberExt as _;

use super::{
    gate::{Gate, completes},
    setting::{Program, held},
};
use crate::support::{Lines, connect_inside, moment, observed, start, unique};

#[workflow]
#[derive(Default)]
struct Stepping;

#[workflow_methods]
impl Stepping {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, width: u32) -> WorkflowResult<()> {
        for n in 1..=3 {
            let text = "x".repeat(width as usize);
            tracing::info!(text, "step {n}");
            counter!("steps_total").increment(1);
            ctx.timer(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    #[query]
    fn ask(&self, _ctx: &WorkflowContextView) -> bool {
        true
    }
}

fn worker(queue: &str) -> WorkerOptions {
    WorkerOptions::new(queue)
        .register_workflow::<Stepping>()
        .unwrap()
        .build()
}

const STEPS: [&str; 3] = ["step 1", "step 2", "step 3"];

/// A layer that answers the first completion by itself.
fn answering(answer: fn() -> Result<Response, BoxError>) -> (Stack, Arc<AtomicBool>) {
    let has_answered = Arc::new(AtomicBool::new(false));
    let asked = has_answered.clone();
    let stack = Stack::new().calls(layer_fn(move |inner: RpcService| {
        let asked = asked.clone();
        service_fn(move |request: Request| {
            let answers = completes(&request) && !asked.swap(true, Ordering::SeqCst);
            let inner = inner.clone();
            async move {
                match answers {
                    true => answer(),
                    false => inner.oneshot(request).await,
                }
            }
        })
    }));
    (stack, has_answered)
}

/// Whether it is around what reads answers or inside it: the server never hears of the first task.
#[tokio::test]
async fn an_answer_of_a_layers_own_is_none_of_the_servers() {
    let answers: [fn() -> Result<Response, BoxError>; 2] = [
        || Ok(Response::new(Bytes::new())),
        || Err(Status::permission_denied("by a layer").into()),
    ];
    for answer in answers {
        let (stack, has_answered) = answering(answer);
        let program = Program::between([Stack::new(), stack]).await;
        let queue = unique("answering");
        let recorder = program.recorder();
        let _local = metrics::set_default_local_recorder(&recorder);
        observed(
            &program.client,
            &program.observability,
            worker(&queue),
            async {
                let options = WorkflowStartOptions::new(&*queue, &*queue).build();
                let run = program.client.start_workflow(Stepping::run, 0, options);
                let run = run.await.unwrap();
                while !has_answered.load(Ordering::SeqCst) {
                    moment().await;
                }
                let server = &program.server;
                assert!(server.expire_workflow_task("default", &queue).unwrap());
                let result = run.get_result(WorkflowGetResultOptions::default());
                result.await.unwrap();
            },
        )
        .await;
        let (marked, plain) = program.split();
        assert_eq!(plain, STEPS);
        assert!(marked.is_empty(), "{marked:?}");
        assert_eq!(program.counted(["steps_total"]), [3.0]);
        assert_eq!(program.commits().held, 0);
        assert_eq!(program.spans()["RunWorkflow:Stepping"], 1);
    }
}

/// Its completion is on the way, or the answer is: what the server has heard decides.
#[tokio::test]
async fn a_worker_that_goes_before_it_is_answered_leaves_a_doubt() {
    for is_back in [false, true] {
        let gate = Gate::closed();
        let stack = if is_back {
            gate.answers()
        } else {
            gate.stack()
        };
        let program = Program::between([stack, Stack::new()]).await;
        let (other, client) = program.another().await;
        let queue = unique("gone");
        // A worker that is gone may be given a task.
        let options = WorkflowStartOptions::new(&*queue, &*queue)
            .task_timeout(Duration::from_secs(3))
            .build();
        let run = program.client.start_workflow(Stepping::run, 0, options);
        let run = run.await.unwrap();
        let forever = std::future::pending::<()>();
        tokio::select! {
            () = observed(&program.client, &program.observability, worker(&queue), forever) => {}
            () = gate.came(1) => {}
        }
        gate.open();
        while program.commits().asked == 0 {
            moment().await;
        }
        let server = &program.server;
        let is_out = server.expire_workflow_task("default", &queue).unwrap();
        // Where it was heard, the next one may be out already, to a worker that is gone.
        assert!(is_out || is_back);
        server.forget_sticky("default", &queue).unwrap();
        observed(&client, &other, worker(&queue), async {
            let result = run.get_result(WorkflowGetResultOptions::default());
            result.await.unwrap();
            while program.commits().held > 0 {
                moment().await;
            }
        })
        .await;
        let (marked, mut plain) = program.split();
        plain.sort();
        assert_eq!(plain, STEPS, "back: {is_back}");
        assert!(marked.is_empty(), "{marked:?}");
        let commits = program.commits();
        let released = u64::from(is_back);
        assert_eq!(commits.released.lines, released);
        assert_eq!(commits.refused.lines, 1 - released);
    }
}

/// One executes its task, and the other is asked meanwhile.
#[tokio::test]
async fn two_workers_of_a_process_have_one_run() {
    let gate = Gate::closed();
    let program = Program::between([gate.stack(), Stack::new()]).await;
    let client = connect_inside(&program.server, &program.observability).await;
    let queue = unique("two");
    gate.open();
    let observability = &program.observability;
    observed(&program.client, observability, worker(&queue), async {
        let options = WorkflowStartOptions::new(&*queue, &*queue).build();
        gate.close();
        let run = program.client.start_workflow(Stepping::run, 0, options);
        let run = run.await.unwrap();
        gate.came(1).await;
        // Any worker may be asked, and the other one has no cache.
        observed(&client, observability, worker(&queue), async {
            let asked = run.query(Stepping::ask, (), WorkflowQueryOptions::default());
            let goes_on = async {
                tokio::task::yield_now().await;
                gate.open();
                gate.pass(1);
            };
            let (asked, ()) = tokio::join!(asked, goes_on);
            assert!(asked.unwrap());
            let result = run.get_result(WorkflowGetResultOptions::default());
            result.await.unwrap();
        })
        .await;
    })
    .await;
    assert_eq!(program.split().1, STEPS);
    assert_eq!(program.commits().held, 0);
    assert_eq!(program.seen("RunWorkflow completed"), 1);
}

#[tokio::test]
async fn a_line_that_is_too_large_is_dropped_alone() {
    let program = Program::holding().await;
    let queue = unique("large");
    let recorder = program.recorder();
    let _local = metrics::set_default_local_recorder(&recorder);
    observed(
        &program.client,
        &program.observability,
        worker(&queue),
        async {
            for width in [0, 300 << 10, 0] {
                let run = start(&program.client, &queue, Stepping::run, width).await;
                let result = run.get_result(WorkflowGetResultOptions::default());
                result.await.unwrap();
            }
        },
    )
    .await;
    let commits = program.commits();
    assert_eq!((commits.released.lines, commits.overflowed.lines), (6, 3));
    assert_eq!((commits.held, commits.held_bytes), (0, 0));
    assert_eq!(program.split().1, [STEPS, STEPS].concat());
    assert_eq!(program.counted(["steps_total"]), [9.0]);
}

/// All runs of a process share their room.
#[tokio::test]
async fn what_all_runs_hold_is_bounded_and_health_tells_it_meanwhile() {
    const RUNS: u32 = 20;
    const ROOM: usize = 4000;
    let gate = Gate::closed();
    let options = OnCommit::default().in_all(ROOM);
    let mut program = Program::with(Emission::OnCommit(options)).await;
    program.layer([gate.stack(), Stack::new()]).await;
    let queue = unique("full");
    observed(
        &program.client,
        &program.observability,
        worker(&queue),
        async {
            let mut runs = Vec::new();
            for _ in 0..RUNS {
                runs.push(start(&program.client, &queue, Stepping::run, 300).await);
            }
            gate.came(RUNS).await;
            let commits = program.commits();
            assert!(commits.held_bytes <= ROOM as u64, "{commits:?}");
            assert!(commits.overflowed.lines > 0, "{commits:?}");
            assert_eq!(program.held_bytes(), Some(commits.held_bytes as f64));
            let room = commits.held_bytes / (u64::from(RUNS) - commits.overflowed.lines);
            assert!(commits.held_bytes + room > ROOM as u64, "{commits:?}");
            gate.open();
            gate.pass(RUNS as usize);
            for run in runs {
                let result = run.get_result(WorkflowGetResultOptions::default());
                result.await.unwrap();
            }
        },
    )
    .await;
    let commits = program.commits();
    let lines = commits.released.lines + commits.overflowed.lines;
    assert_eq!(lines, u64::from(3 * RUNS));
    assert_eq!(program.split().1.len() as u64, commits.released.lines);
    assert_eq!((commits.held, commits.held_bytes), (0, 0));
    assert_eq!(program.seen("RunWorkflow completed"), RUNS as usize);
}

/// A writer that panics at some lines.
#[derive(Clone, Default)]
struct Fragile(Lines);

impl io::Write for Fragile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let breaks = ["line 1", "line 3"].iter().any(|bad| text.contains(bad));
        assert!(!breaks, "on purpose");
        self.0.write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[workflow]
#[derive(Default)]
struct Talking;

#[workflow_methods]
impl Talking {
    /// Four lines in its only task.
    #[run]
    async fn run(_ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        (1..=4).for_each(|n| tracing::info!("line {n}"));
        Ok(())
    }
}

/// What fails when it is handed something loses that alone, and the task goes on.
#[tokio::test]
async fn a_writer_and_a_hook_that_panic_lose_nothing_of_others() {
    let (fragile, ended) = (Fragile::default(), Arc::new(AtomicU32::new(0)));
    let counts = ended.clone();
    let observability = Observability::builder()
        .emission(Emission::OnCommit(OnCommit::default()))
        .on_end(move |execution: &Execution, _: &Outcome| {
            if execution.operation().name() == "RunWorkflow" {
                // A hook may say something.
                tracing::info!("has ended");
                counts.fetch_add(1, Ordering::SeqCst);
                panic!("on purpose");
            }
        })
        .build()
        .unwrap();
    let writer = fragile.clone();
    let subscriber = tracing_subscriber::registry().with(held(move || writer.clone()));
    drop(fragile.0.layer::<tracing_subscriber::Registry>());
    let filtered = subscriber.with(ReplayFilter::global());
    let server = chronoscope_testserver::TestServer::start().await;
    let client = connect_inside(&server, &observability).await;
    let queue = unique("fragile");
    let options = WorkerOptions::new(&*queue)
        .register_workflow::<Talking>()
        .unwrap()
        .build();
    let default = tracing::subscriber::set_default(filtered);
    observed(&client, &observability, options, async {
        let run = start(&client, &queue, Talking::run, ()).await;
        let result = run.get_result(WorkflowGetResultOptions::default());
        result.await.unwrap();
        while ended.load(Ordering::SeqCst) == 0 {
            moment().await;
        }
    })
    .await;
    drop(default);
    let messages = fragile.0.messages();
    assert!(messages.contains(&"line 2".to_owned()), "{messages:?}");
    assert!(messages.contains(&"line 4".to_owned()), "{messages:?}");
    let health = observability.health();
    assert_eq!(health.hook_panics, 1);
    assert!(health.commits.panics > 0);
    assert_eq!(health.commits.held, 0);
    assert_eq!(ended.load(Ordering::SeqCst), 1);
}
