//! Retries: attempts of local activities after a timer, and runs that continue as new.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use temporalio_client::{WorkflowGetResultOptions, WorkflowStartOptions};
use temporalio_common::RetryPolicy;
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ApplicationFailure, ContinueAsNewOptions, LocalActivityOptions, WorkerOptions, WorkflowContext,
    WorkflowResult,
    activities::{ActivityContext, ActivityError},
};
use tower::Layer as _;

use super::{collected, shut_down};
use crate::support::{collector::Span, connect, unique, work};

struct Tries;

#[activities]
impl Tries {
    #[activity]
    async fn twice(ctx: ActivityContext) -> Result<(), ActivityError> {
        match ctx.info().attempt {
            1 => Err(anyhow::anyhow!("once more").into()),
            _ => Ok(()),
        }
    }
}

/// Calls a local activity whose second attempt comes after a timer.
#[workflow]
#[derive(Default)]
struct Patient;

#[workflow_methods]
impl Patient {
    #[run(name = "Patient")]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        let retries = RetryPolicy::builder().initial_interval(Duration::from_millis(1100));
        let options = LocalActivityOptions::builder()
            .start_to_close_timeout(Duration::from_secs(5))
            .timer_backoff_threshold(Duration::from_secs(1))
            .retry_policy(retries.build())
            .build();
        ctx.execute_local_activity(Tries::twice, (), options)
            .await?;
        Ok(())
    }
}

/// Continues as new, and fails once there.
#[workflow]
#[derive(Default)]
struct Stumbling;

static STUMBLED: AtomicBool = AtomicBool::new(false);

#[workflow_methods]
impl Stumbling {
    #[run(name = "Stumbling")]
    async fn run(ctx: &mut WorkflowContext<Self>, is_first: bool) -> WorkflowResult<()> {
        if is_first {
            ctx.continue_as_new(false, ContinueAsNewOptions::default())?;
        }
        match STUMBLED.swap(true, Ordering::Relaxed) {
            false => Err(ApplicationFailure::new(anyhow::anyhow!("stumbled")).into()),
            true => Ok(()),
        }
    }
}

/// Fails with an error that has the name of an SDK error.
#[workflow]
#[derive(Default)]
struct Namesake;

#[workflow_methods]
impl Namesake {
    #[run(name = "Namesake")]
    async fn run(_ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        let failure = ApplicationFailure::builder(anyhow::anyhow!("no such card"))
            .type_name("PayloadConversionError".to_owned())
            .non_retryable(true)
            .build();
        Err(failure.into())
    }
}

/// Runs a workflow to its end, on a worker that keeps no run, and returns all spans.
async fn play<W>(workflow: W, input: W::Input) -> Vec<Span>
where
    W: temporalio_common::HasWorkflowDefinition,
    W::Input: Send,
    W::Output: 'static,
{
    let (collector, observability) = collected().await;
    let client = connect(Some(&observability)).await;
    let queue = unique("again");
    let worker = WorkerOptions::new(&*queue)
        .max_cached_workflows(0usize)
        .register_activities(Tries)
        .register_workflow::<Patient>()
        .unwrap()
        .register_workflow::<Stumbling>()
        .unwrap()
        .register_workflow::<Namesake>()
        .unwrap()
        .build();
    work(&client, observability.layer().layer(worker), async {
        let retries = RetryPolicy::builder()
            .initial_interval(Duration::from_millis(10))
            .maximum_attempts(2);
        let options = WorkflowStartOptions::new(&queue, unique("again"))
            .retry_policy(retries.build())
            .build();
        let run = client.start_workflow(workflow, input, options).await;
        let options = WorkflowGetResultOptions::default();
        let _ = run.unwrap().get_result(options).await;
    })
    .await;
    shut_down(&observability).await;
    collector.spans()
}

fn named<'a>(spans: &'a [Span], name: &str) -> Vec<&'a Span> {
    spans.iter().filter(|span| span.name == name).collect()
}

#[tokio::test]
async fn an_attempt_after_a_timer_stays_in_its_trace_and_links_to_the_one_before() {
    let spans = play(Patient::run, ()).await;
    let [call] = named(&spans, "StartActivity:Tries::twice")[..] else {
        panic!("{spans:#?}");
    };
    let mut attempts = named(&spans, "RunActivity:Tries::twice");
    attempts.sort_by_key(|span| span.start);
    let [first, second] = attempts[..] else {
        panic!("{attempts:#?}");
    };
    for attempt in [first, second] {
        assert_eq!((&attempt.trace, &attempt.parent), (&call.trace, &call.id));
    }
    assert_ne!(first.id, second.id);
    assert_eq!(second.links, std::slice::from_ref(&first.id));
}

#[tokio::test]
async fn a_retry_of_a_run_that_went_on_as_new_has_a_trace_of_its_own() {
    let spans = play(Stumbling::run, true).await;
    let mut runs = named(&spans, "RunWorkflow:Stumbling");
    runs.sort_by_key(|span| span.start);
    let [first, stumbled, retried] = runs[..] else {
        panic!("{runs:#?}");
    };
    let [next] = named(&spans, "ContinueAsNew:Stumbling")[..] else {
        panic!("{spans:#?}");
    };
    let errors = [stumbled, retried].map(|run| run.attributes.contains_key("error.type"));
    assert_eq!(errors, [true, false]);
    assert_ne!(first.trace, stumbled.trace);
    assert_ne!(first.trace, retried.trace);
    assert_ne!(stumbled.trace, retried.trace);
    for run in [stumbled, retried] {
        assert_eq!((&*run.parent, &run.links[..]), ("", &[next.id.clone()][..]));
    }
}

#[tokio::test]
async fn a_run_ends_whatever_its_error_is_called() {
    let spans = play(Namesake::run, ()).await;
    let [run] = named(&spans, "RunWorkflow:Namesake")[..] else {
        panic!("{spans:#?}");
    };
    assert_eq!(run.attribute("error.type"), "PayloadConversionError");
    assert_eq!(run.message, "no such card");
}
