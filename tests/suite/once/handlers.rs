//! Queries, validators, signal handlers and `#[init]`.

use std::time::Duration;

use chronoscope::testing::{Capture, expect};
use temporalio_client::{
    WorkflowExecuteUpdateOptions, WorkflowQueryOptions, WorkflowSignalOptions,
};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{WorkerOptions, WorkflowContext, WorkflowContextView, WorkflowResult};

use crate::{
    scenarios::{Asked, Updated},
    support::{connect, end, observed, run, start, unique},
};

#[tokio::test]
async fn queries_and_validators_log_at_each_call_also_after_a_replay() {
    let capture = Capture::new();
    let observability = capture.observability();
    let client = connect(Some(observability)).await;
    let queue = unique("asked");
    let options = WorkerOptions::new(&queue)
        .max_cached_workflows(0usize)
        .register_workflow::<Asked>()
        .unwrap()
        .register_workflow::<Updated>()
        .unwrap()
        .build();
    observed(&client, observability, options, async {
        let asked = start(&client, &queue, Asked::run, ()).await;
        asked
            .signal(Asked::add, 5, WorkflowSignalOptions::default())
            .await
            .unwrap();
        end(&asked).await;
        for _ in 0..3 {
            asked
                .query(Asked::total, (), WorkflowQueryOptions::default())
                .await
                .unwrap();
        }
        let updated = start(&client, &queue, Updated::run, ()).await;
        let options = || {
            WorkflowExecuteUpdateOptions::builder()
                .update_id("mine".to_owned())
                .build()
        };
        assert!(
            updated
                .execute_update(Updated::add, -1, options())
                .await
                .is_err()
        );
    })
    .await;
    capture.assert(expect::line("asked").times(3));
    capture.assert(expect::line("asked").field("query_name", "total").times(3));
    capture.assert(expect::line("validating").once());
    let validated = expect::line("validating").field("update_name", "add");
    capture.assert(validated.field("update_id", "mine").once());
    capture.assert(expect::line("added").once());
    capture.assert(expect::line("added").field("signal_name", "add").once());
}

#[workflow]
struct Started {
    _n: u32,
}

#[workflow_methods]
impl Started {
    #[init]
    fn new(_ctx: &WorkflowContextView, n: u32) -> Self {
        tracing::info!("init");
        Self { _n: n }
    }

    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        ctx.timer(Duration::from_millis(10)).await;
        ctx.timer(Duration::from_millis(10)).await;
        Ok(())
    }
}

#[tokio::test]
async fn init_logs_once_with_the_ids() {
    let capture = Capture::new();
    let options = WorkerOptions::new(unique("init"))
        .max_cached_workflows(0usize)
        .register_workflow::<Started>()
        .unwrap()
        .build();
    run(capture.observability(), options, Started::run, 1).await;
    capture.assert(expect::line("init").once());
    capture.assert(
        expect::line("init")
            .field("workflow_type", "Started")
            .once(),
    );
}
