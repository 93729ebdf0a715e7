//! Queries, validators, signal handlers and `#[init]`.

use std::time::Duration;

use chronoscope::Observability;
use temporalio_client::{
    WorkflowExecuteUpdateOptions, WorkflowQueryOptions, WorkflowSignalOptions,
};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{WorkerOptions, WorkflowContext, WorkflowContextView, WorkflowResult};

use crate::{
    scenarios::{Asked, Updated},
    support::{Lines, connect, end, observed, run, start, unique},
};

#[tokio::test]
async fn queries_and_validators_log_at_each_call_also_after_a_replay() {
    let (observability, lines) = (Observability::builder().build().unwrap(), Lines::default());
    let _default = lines.set_default();
    let client = connect(Some(&observability)).await;
    let queue = unique("asked");
    let options = WorkerOptions::new(&queue)
        .max_cached_workflows(0usize)
        .register_workflow::<Asked>()
        .unwrap()
        .register_workflow::<Updated>()
        .unwrap()
        .build();
    observed(&client, &observability, options, async {
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
    let asked: Vec<_> = lines.with_message("asked");
    assert_eq!(asked.len(), 3);
    assert!(
        asked.iter().all(|line| line["query_name"] == "total"),
        "{asked:?}"
    );
    let validated = lines.with_message("validating");
    assert_eq!(validated.len(), 1);
    assert_eq!(
        (&validated[0]["update_name"], &validated[0]["update_id"]),
        (&"add".into(), &"mine".into())
    );
    let signalled = lines.with_message("added");
    assert_eq!(signalled.len(), 1);
    assert_eq!(signalled[0]["signal_name"], "add");
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
    let (observability, lines) = (Observability::builder().build().unwrap(), Lines::default());
    let _default = lines.set_default();
    let options = WorkerOptions::new(unique("init"))
        .max_cached_workflows(0usize)
        .register_workflow::<Started>()
        .unwrap()
        .build();
    run(&observability, options, Started::run, 1).await;
    let inits = lines.with_message("init");
    assert_eq!(inits.len(), 1);
    assert_eq!(inits[0]["workflow_type"], "Started");
}
