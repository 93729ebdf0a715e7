//! Workflows that handle secrets, with clients that mistake their types.

use std::{collections::HashMap, time::Duration};

use temporalio_client::{
    Client, WorkflowExecuteUpdateOptions, WorkflowFetchHistoryOptions, WorkflowGetResultOptions,
    WorkflowHandle, WorkflowQueryOptions, WorkflowSignalOptions, WorkflowStartOptions,
    WorkflowTerminateOptions,
};
use temporalio_common::{
    HasWorkflowDefinition, RetryPolicy,
    protos::temporal::api::{
        common::v1::{Header, Payload},
        enums::v1::EventType,
    },
};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, ApplicationFailure, ChildWorkflowOptions, ContinueAsNewOptions,
    LocalActivityOptions, SyncWorkflowContext, WorkerOptions, WorkflowContext, WorkflowContextView,
    WorkflowResult,
    activities::{ActivityContext, ActivityError},
    workflow_interceptors::{
        CancellableWorkflowOutboundFuture, ScheduleActivityInput, ScheduleActivityResult,
        WorkflowInterceptor, WorkflowInterceptorConstructor, WorkflowInterceptorContext,
        WorkflowNext,
    },
};

use crate::{needles::secret, support::unique};

/// The one thing that may be seen of a failure.
pub const MESSAGE: &str = "the safe was empty";

type Refusal = Box<dyn std::error::Error + Send + Sync>;

fn failure(place: &str) -> ApplicationFailure {
    ApplicationFailure::builder(anyhow::anyhow!(MESSAGE))
        .type_name("Robbed".to_owned())
        .non_retryable(true)
        .details(secret(place))
        .build()
}

pub struct Steps;

#[activities]
impl Steps {
    #[activity]
    pub async fn keep(_ctx: ActivityContext, _secret: String) -> Result<String, ActivityError> {
        tracing::info!("kept");
        Ok(secret("activity result"))
    }

    #[activity]
    pub async fn lose(ctx: ActivityContext, _secret: String) -> Result<(), ActivityError> {
        chronoscope::record_heartbeat(&ctx, secret("heartbeat")).await?;
        if ctx.info().attempt == 1 {
            // The next attempt is told of the heartbeat.
            return Err(ApplicationFailure::builder(anyhow::anyhow!(MESSAGE))
                .details(secret("retried failure's details"))
                .build()
                .into());
        }
        Err(failure("activity failure's details").into())
    }

    #[activity(name = "count")]
    pub async fn count(_ctx: ActivityContext, n: u32) -> Result<u32, ActivityError> {
        Ok(n)
    }
}

/// Activities and workflows as somebody sees them who mistakes their types.
pub struct Mistaken;

#[activities]
impl Mistaken {
    #[activity(name = "count")]
    pub async fn count(_ctx: ActivityContext, n: String) -> Result<String, ActivityError> {
        Ok(n)
    }
}

#[workflow]
#[derive(Default)]
pub struct Vault {
    is_closed: bool,
}

#[workflow_methods]
impl Vault {
    #[run(name = "Vault")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, input: String) -> WorkflowResult<String> {
        if input == secret("continue-as-new input") {
            return Err(failure("run failure's details").into());
        }
        ctx.execute_activity(Steps::keep, secret("activity argument"), options())
            .await?;
        let local = LocalActivityOptions::builder()
            .start_to_close_timeout(Duration::from_secs(20))
            .build();
        ctx.execute_local_activity(Steps::keep, secret("local activity argument"), local)
            .await?;
        let lost = ctx
            .execute_activity(Steps::lose, secret("lost argument"), options())
            .await;
        assert!(lost.is_err());
        let miscounted = ctx
            .execute_activity(
                Mistaken::count,
                secret("activity's mistaken argument"),
                options(),
            )
            .await;
        assert!(miscounted.is_err());
        let child = ChildWorkflowOptions::workflow_id(format!("{}-child", ctx.workflow_id()));
        let child = ctx.start_child_workflow(Child::run, secret("child argument"), child);
        let _ = child.await?.result().await;
        ctx.wait_condition(|vault: &Self| vault.is_closed).await?;
        ctx.continue_as_new(
            secret("continue-as-new input"),
            ContinueAsNewOptions::default(),
        )?;
        unreachable!()
    }

    #[signal]
    pub fn close(&mut self, _ctx: &mut SyncWorkflowContext<Self>, _secret: String) {
        self.is_closed = true;
    }

    #[query]
    pub fn contents(&self, _ctx: &WorkflowContextView, _secret: String) -> String {
        secret("query result")
    }

    #[update_validator(store)]
    fn validate_store(&self, _ctx: &WorkflowContextView, input: &String) -> Result<(), Refusal> {
        match *input == secret("rejected update argument") {
            true => Err("full".into()),
            false => Ok(()),
        }
    }

    #[update]
    pub fn store(&mut self, _ctx: &mut SyncWorkflowContext<Self>, _secret: String) -> String {
        secret("update result")
    }
}

#[workflow]
#[derive(Default)]
pub struct Child;

#[workflow_methods]
impl Child {
    #[run(name = "Child")]
    pub async fn run(_ctx: &mut WorkflowContext<Self>, _secret: String) -> WorkflowResult<String> {
        Err(failure("child failure's details").into())
    }
}

/// Takes numbers.
#[workflow]
#[derive(Default)]
pub struct Counting;

#[workflow_methods]
impl Counting {
    #[run(name = "Counting")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, n: u32) -> WorkflowResult<u32> {
        ctx.timer(Duration::from_secs(600)).await;
        Ok(n)
    }

    #[signal(name = "add")]
    pub fn add(&mut self, _ctx: &mut SyncWorkflowContext<Self>, _n: u32) {}

    #[query(name = "multiply")]
    pub fn multiply(&self, _ctx: &WorkflowContextView, n: u32) -> u32 {
        n
    }

    #[update(name = "divide")]
    pub fn divide(&mut self, _ctx: &mut SyncWorkflowContext<Self>, n: u32) -> u32 {
        n
    }
}

/// Gives it text.
#[workflow]
#[derive(Default)]
pub struct Miscounting;

#[workflow_methods]
impl Miscounting {
    #[run(name = "Counting")]
    pub async fn run(_ctx: &mut WorkflowContext<Self>, _n: String) -> WorkflowResult<String> {
        unreachable!()
    }

    #[signal(name = "add")]
    pub fn add(&mut self, _ctx: &mut SyncWorkflowContext<Self>, _n: String) {}

    #[query(name = "multiply")]
    pub fn multiply(&self, _ctx: &WorkflowContextView, n: String) -> String {
        n
    }

    #[update(name = "divide")]
    pub fn divide(&mut self, _ctx: &mut SyncWorkflowContext<Self>, n: String) -> String {
        n
    }
}

/// Two attempts, one right after the other.
fn options() -> ActivityOptions {
    let retries = RetryPolicy::builder()
        .initial_interval(Duration::from_millis(10))
        .maximum_attempts(2)
        .build();
    ActivityOptions::with_start_to_close_timeout(Duration::from_secs(20))
        .heartbeat_timeout(Duration::from_secs(10))
        .retry_policy(retries)
        .build()
}

/// A header of somebody else's.
fn header(place: &str) -> Header {
    let payload = Payload {
        metadata: HashMap::from([("encoding".to_owned(), b"json/plain".to_vec())]),
        data: serde_json::to_vec(&secret(place)).unwrap(),
        ..Default::default()
    };
    Header {
        fields: HashMap::from([("x-token".to_owned(), payload)]),
    }
}

/// Hands activities a header.
struct Foreign;

impl WorkflowInterceptor for Foreign {
    fn schedule_activity(
        &self,
        _: WorkflowInterceptorContext,
        mut input: ScheduleActivityInput,
        next: WorkflowNext<
            'static,
            ScheduleActivityInput,
            CancellableWorkflowOutboundFuture<ScheduleActivityResult>,
        >,
    ) -> CancellableWorkflowOutboundFuture<ScheduleActivityResult> {
        input.headers_mut().extend(header("activity header").fields);
        next.run(input)
    }
}

pub fn worker(queue: &str) -> WorkerOptions {
    WorkerOptions::new(queue)
        .max_cached_workflows(0usize)
        .workflow_interceptor(WorkflowInterceptorConstructor::new(|_| Foreign))
        .register_activities(Steps)
        .register_workflow::<Vault>()
        .unwrap()
        .register_workflow::<Child>()
        .unwrap()
        .register_workflow::<Counting>()
        .unwrap()
        .build()
}

pub async fn start<W: HasWorkflowDefinition>(
    client: &Client,
    queue: &str,
    workflow: W,
    input: W::Input,
) -> WorkflowHandle<Client, W>
where
    W::Input: Send,
{
    let options = WorkflowStartOptions::new(queue, unique("canary"))
        .header(header("start header"))
        .build();
    client
        .start_workflow(workflow, input, options)
        .await
        .unwrap()
}

/// Does all that a client can do with secrets.
pub async fn play(client: &Client, queue: &str) {
    robbed(client, queue).await;
    mistaken(client, queue).await;
    mistaken_from_the_start(client, queue).await;
}

async fn robbed(client: &Client, queue: &str) {
    let vault = start(client, queue, Vault::run, secret("argument")).await;
    let query = WorkflowQueryOptions::builder()
        .header(header("query header"))
        .build();
    let asked = vault
        .query(Vault::contents, secret("query argument"), query)
        .await;
    assert_eq!(asked.unwrap(), secret("query result"));
    let update = || {
        WorkflowExecuteUpdateOptions::builder()
            .header(header("update header"))
            .build()
    };
    let stored = vault
        .execute_update(Vault::store, secret("update argument"), update())
        .await;
    assert_eq!(stored.unwrap(), secret("update result"));
    let rejected = secret("rejected update argument");
    assert!(
        vault
            .execute_update(Vault::store, rejected, update())
            .await
            .is_err()
    );
    let signal = WorkflowSignalOptions::builder()
        .header(header("signal header"))
        .build();
    vault
        .signal(Vault::close, secret("signal argument"), signal)
        .await
        .unwrap();
    let result = vault.get_result(WorkflowGetResultOptions::default()).await;
    assert!(result.is_err());
}

/// Sends text to what takes numbers.
async fn mistaken(client: &Client, queue: &str) {
    let counting = start(client, queue, Counting::run, 1).await;
    let id = &counting.info().workflow_id;
    let mistaken = client.get_workflow_handle::<Miscounting>(id);
    let text = |place: &str| secret(&format!("mistaken {place}"));
    let asked = mistaken.query(
        Miscounting::multiply,
        text("query"),
        WorkflowQueryOptions::default(),
    );
    assert!(asked.await.is_err());
    let options = WorkflowExecuteUpdateOptions::default();
    let divided = mistaken.execute_update(Miscounting::divide, text("update"), options);
    assert!(divided.await.is_err());
    let options = WorkflowSignalOptions::default();
    mistaken
        .signal(Miscounting::add, text("signal"), options)
        .await
        .unwrap();
    let ended = counting.terminate(WorkflowTerminateOptions::default());
    ended.await.unwrap();
}

/// Starts what takes a number with text.
async fn mistaken_from_the_start(client: &Client, queue: &str) {
    let counting = start(client, queue, Miscounting::run, secret("mistaken input")).await;
    until_failed(&counting).await;
}

/// Waits until a task or the run has failed, and ends the run.
pub async fn until_failed<W: HasWorkflowDefinition>(handle: &WorkflowHandle<Client, W>) {
    let has_failed = async || {
        let history = handle.fetch_history(WorkflowFetchHistoryOptions::default());
        let events = history.into_events().await.unwrap();
        events.iter().any(|event| {
            let kind = event.event_type();
            matches!(
                kind,
                EventType::WorkflowTaskFailed | EventType::WorkflowExecutionFailed
            )
        })
    };
    while !has_failed().await {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let _ = handle.terminate(WorkflowTerminateOptions::default()).await;
}
