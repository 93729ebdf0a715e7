//! Runs whose workflow task fails again and again.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use chronoscope::Observability;
use chronoscope_testserver::TestServer;
use temporalio_client::{WorkflowGetResultOptions, WorkflowTerminateOptions};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{WorkerOptions, WorkflowContext, WorkflowResult};

use super::{Lines, QUEUE, Recorded, connect, observed, said, start};
use crate::support::moment;

/// How often the code has yet to panic, by test.
static PANICS: [AtomicU32; 5] = [const { AtomicU32::new(0) }; 5];

/// Panics until it has done so often enough.
#[workflow]
#[derive(Default)]
struct Panicking;

#[workflow_methods]
impl Panicking {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, test: usize) -> WorkflowResult<()> {
        ctx.timer(Duration::from_millis(1)).await;
        let less = |left: u32| left.checked_sub(1);
        let relaxed = Ordering::Relaxed;
        let panics = PANICS[test].fetch_update(relaxed, relaxed, less).is_ok();
        assert!(!panics, "a secret");
        Ok(())
    }
}

/// A program whose runs fail, on a server that skips the time between tries.
struct Program {
    lines: Lines,
    recorded: Recorded,
    observability: Observability,
    server: TestServer,
    client: temporalio_client::Client,
}

impl Program {
    async fn new(lines: &Lines, forgotten_after: Duration) -> Self {
        Self::saying(lines, forgotten_after, Duration::from_secs(60 * 60)).await
    }

    async fn saying(lines: &Lines, forgotten_after: Duration, every: Duration) -> Self {
        let recorded = Recorded::default();
        let observability = Observability::builder()
            .metrics(|m| m.recorder(recorded.recorder()))
            .stuck(|s| {
                s.forgotten_after(forgotten_after)
                    .say_every(every)
                    .blocked_after(Duration::from_millis(80))
            })
            .build()
            .unwrap();
        let server = TestServer::builder().auto_skip().start().await;
        let client = connect(&server, &observability).await;
        Self {
            lines: lines.clone(),
            recorded,
            observability,
            server,
            client,
        }
    }

    async fn works<T>(&self, cache: usize, body: impl Future<Output = T>) -> T {
        let options = WorkerOptions::new(QUEUE)
            .max_cached_workflows(cache)
            .register_workflow::<Panicking>()
            .unwrap()
            .build();
        observed(&self.client, &self.observability, options, body).await
    }

    /// Has a run fail twelve times, and then complete.
    async fn fails_twelve_times(&self, test: usize, cache: usize) {
        PANICS[test].store(12, Ordering::Relaxed);
        self.works(cache, async {
            let run = start(&self.client, Panicking::run, test).await;
            let workflow_id = run.info().workflow_id.clone();
            let result = run.get_result(WorkflowGetResultOptions::default());
            tokio::select! {
                result = result => result.unwrap(),
                () = self.expires(&workflow_id, &PANICS[test]) => {}
            }
            assert_eq!(self.stuck(), 0.0);
        })
        .await;
    }

    /// Times out each task whose code has panicked: the core reports only the first one.
    async fn expires(&self, workflow_id: &str, panics: &AtomicU32) {
        let mut seen = panics.load(Ordering::Relaxed);
        loop {
            moment().await;
            let now = panics.load(Ordering::Relaxed);
            if now != seen {
                seen = now;
                let _ = self.server.expire_workflow_task("default", workflow_id);
            }
        }
    }

    fn stuck(&self) -> f64 {
        self.recorded.sum("temporal_workflow_stuck")
    }
}

#[tokio::test]
async fn the_first_the_third_and_the_tenth_failure_are_said_and_the_end() {
    let lines = Lines::default();
    let _default = lines.set_default();
    for (test, cache) in [(0, 100), (1, 0)] {
        let program = Program::new(&lines, Duration::from_secs(600)).await;
        program.fails_twelve_times(test, cache).await;
        let said = said(&lines, "the run does not advance");
        let said = &said[test * 3..];
        let failures: Vec<_> = said
            .iter()
            .map(|line| line["fields"]["failures"].as_u64().unwrap())
            .collect();
        assert_eq!(failures, [1, 3, 10], "{}", program.lines.text());
        for line in said {
            assert_eq!(line["level"], "ERROR");
            assert_eq!(line["fields"]["cause"], "WORKFLOW_WORKER_UNHANDLED_FAILURE");
            assert_eq!(line["workflow_type"], "Panicking");
            assert!(!line.to_string().contains("secret"));
        }
    }
    let advances = said(&lines, "the run advances again");
    assert_eq!(advances.len(), 2);
    assert!(advances.iter().all(|line| line["fields"]["failures"] == 12));
}

#[tokio::test]
async fn after_the_tenth_failure_a_line_is_written_in_each_period() {
    let lines = Lines::default();
    let _default = lines.set_default();
    let program = Program::saying(&lines, Duration::from_secs(600), Duration::ZERO).await;
    program.fails_twelve_times(3, 100).await;
    let said = said(&lines, "the run does not advance");
    let failures: Vec<_> = said
        .iter()
        .map(|line| line["fields"]["failures"].as_u64().unwrap())
        .collect();
    assert_eq!(failures, [1, 3, 10, 11, 12]);
}

#[tokio::test]
async fn a_stuck_run_is_counted_until_nobody_tries_it_any_more() {
    let lines = Lines::default();
    let _default = lines.set_default();
    let program = Program::new(&lines, Duration::from_millis(100)).await;
    PANICS[2].store(u32::MAX, Ordering::Relaxed);
    program
        .works(100, async {
            let run = start(&program.client, Panicking::run, 2).await;
            while program.stuck() == 0.0 {
                moment().await;
            }
            run.terminate(WorkflowTerminateOptions::default())
                .await
                .unwrap();
            while program.stuck() != 0.0 {
                moment().await;
            }
        })
        .await;
}

#[tokio::test]
async fn a_worker_that_ends_counts_no_stuck_run() {
    let lines = Lines::default();
    let _default = lines.set_default();
    let program = Program::new(&lines, Duration::from_secs(600)).await;
    PANICS[4].store(u32::MAX, Ordering::Relaxed);
    program
        .works(100, async {
            start(&program.client, Panicking::run, 4).await;
            while program.stuck() == 0.0 {
                moment().await;
            }
        })
        .await;
    assert_eq!(program.stuck(), 0.0);
}
