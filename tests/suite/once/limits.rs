//! Cases that do not count as replay: evictions, and tasks that the server did not accept.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use chronoscope::testing::{Capture, expect};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{WorkerOptions, WorkflowContext, WorkflowResult};

use crate::support::{run, unique};

struct Farewell;

impl Drop for Farewell {
    fn drop(&mut self) {
        tracing::info!("farewell");
    }
}

#[workflow]
#[derive(Default)]
struct Leaving;

#[workflow_methods]
impl Leaving {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        let _farewell = Farewell;
        for _ in 0..4 {
            ctx.timer(Duration::from_millis(10)).await;
        }
        Ok(())
    }
}

#[tokio::test]
async fn an_eviction_is_no_event_of_the_workflow() {
    let capture = Capture::new();
    let options = WorkerOptions::new(unique("leaving"))
        .max_cached_workflows(0usize)
        .register_workflow::<Leaving>()
        .unwrap()
        .build();
    run(capture.observability(), options, Leaving::run, ()).await;
    // Only that of the live end.
    capture.assert(expect::line("farewell").once());
    let farewell = expect::line("farewell").field("workflow_type", "Leaving");
    capture.assert(farewell.once());
}

static FAILURES: AtomicU32 = AtomicU32::new(0);

#[workflow]
#[derive(Default)]
struct Buggy;

#[workflow_methods]
impl Buggy {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        tracing::info!("accepted");
        ctx.timer(Duration::from_millis(10)).await;
        tracing::info!("in a task that fails twice");
        if FAILURES.fetch_add(1, Ordering::Relaxed) < 2 {
            panic!("on purpose");
        }
        Ok(())
    }
}

#[tokio::test]
async fn what_a_task_wrote_that_fails_is_not_written_by_its_retries() {
    let capture = Capture::new();
    let options = WorkerOptions::new(unique("buggy"))
        .register_workflow::<Buggy>()
        .unwrap()
        .build();
    run(capture.observability(), options, Buggy::run, ()).await;
    capture.assert(expect::line("accepted").once());
    capture.assert(expect::line("in a task that fails twice").once());
    // It is no replay: what replay suppresses is counted elsewhere.
    let health = capture.observability().health();
    assert_eq!(health.commits.repeated.lines, 2);
}
