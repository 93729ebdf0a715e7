//! Values that do not fit their types, on every surface: the errors of conversion quote them, and
//! code hands those on as they are or wrapped.

use std::{error::Error, fmt};

use chronoscope::{Observability, activity::ActivityStack};
use serde::{Deserialize, Serialize, Serializer};
use temporalio_client::{
    Client, WorkflowExecuteUpdateOptions, WorkflowGetResultOptions, WorkflowQueryOptions,
    WorkflowSignalOptions,
};
use temporalio_common::{
    RetryPolicy,
    data_converters::{
        GenericPayloadConverter as _, PayloadConversionError, PayloadConverter,
        SerializationContext, SerializationContextData,
    },
};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, ApplicationFailure, ChildWorkflowOptions, ContinueAsNewOptions,
    LocalActivityOptions, SyncWorkflowContext, WorkerOptions, WorkflowContext, WorkflowContextView,
    WorkflowResult, WorkflowTermination,
    activities::{ActivityContext, ActivityError},
};
use tower::{Layer as _, ServiceBuilder};

use crate::{
    needles::secret,
    workflows::{MESSAGE, start, until_failed},
};

type Boxed = Box<dyn Error + Send + Sync>;

/// How code hands on an error.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Way {
    /// With a plain `?`.
    Bare,
    /// As the SDK's failure.
    Failure,
    /// Through `anyhow`, which makes it a type of its own.
    Boxed,
    /// The same, under words of the application's.
    Context,
    /// As the source of an error of the application's.
    Source,
    Formatted,
    Debugged,
}

pub const WAYS: [Way; 7] = [
    Way::Bare,
    Way::Failure,
    Way::Boxed,
    Way::Context,
    Way::Source,
    Way::Formatted,
    Way::Debugged,
];

/// An error of the application's.
#[derive(Debug)]
struct Unread<E>(E);

impl<E: fmt::Display> fmt::Display for Unread<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read it: {}", self.0)
    }
}

impl<E: Error + 'static> Error for Unread<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

impl Way {
    fn wrap<E: Error + Send + Sync + 'static>(self, error: E) -> Boxed {
        match self {
            Self::Bare => error.into(),
            Self::Failure => ApplicationFailure::new(error).into(),
            Self::Boxed => anyhow::Error::from(error).into(),
            Self::Context => anyhow::Error::from(error).context("cannot read it").into(),
            Self::Source => Unread(error).into(),
            Self::Formatted => anyhow::anyhow!("cannot read it: {error:#}").into(),
            Self::Debugged => anyhow::anyhow!("cannot read it: {error:?}").into(),
        }
    }

    /// Fails a workflow: bare errors of conversion fail its task.
    fn fail<E>(self, error: E) -> WorkflowTermination
    where
        E: Error + Into<WorkflowTermination> + Send + Sync + 'static,
    {
        match self {
            Self::Bare => error.into(),
            wrapped => ApplicationFailure::non_retryable(wrapped.wrap(error)).into(),
        }
    }
}

/// Takes text for a number.
fn misread(place: &str) -> PayloadConversionError {
    let converter = PayloadConverter::default();
    let data = SerializationContextData::None;
    let context = SerializationContext::new(&data, &converter);
    let payload = converter.to_payload(&context, &secret(place)).unwrap();
    let number = converter.from_payload::<u32>(&context, payload);
    number.unwrap_err()
}

/// What no converter takes, and the error says so.
#[derive(Deserialize)]
pub struct Card(String);

impl Serialize for Card {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom(format!("no card: {}", self.0)))
    }
}

pub struct Readers;

#[activities]
impl Readers {
    #[activity(name = "read")]
    pub async fn read(_ctx: ActivityContext, way: Way) -> Result<String, ActivityError> {
        let error = misread("activity");
        match way {
            Way::Bare => Err(error)?,
            wrapped => Err(ApplicationFailure::new(wrapped.wrap(error)))?,
        }
        unreachable!()
    }

    #[activity(name = "resume")]
    pub async fn resume(ctx: ActivityContext, way: Way) -> Result<String, ActivityError> {
        if ctx.info().attempt == 1 {
            chronoscope::record_heartbeat(&ctx, secret("heartbeat that is misread")).await?;
            Err(anyhow::anyhow!(MESSAGE))?;
        }
        let details = ctx.heartbeat_details().deserialize::<u32>();
        match (way, details.unwrap_err()) {
            (Way::Bare, error) => Err(error)?,
            (wrapped, error) => Err(ApplicationFailure::new(wrapped.wrap(error)))?,
        }
        unreachable!()
    }

    #[activity(name = "tell")]
    pub async fn tell(_ctx: ActivityContext) -> Result<String, ActivityError> {
        Ok(secret("result that is misread"))
    }

    #[activity(name = "charge")]
    pub async fn charge(_ctx: ActivityContext) -> Result<Card, ActivityError> {
        Ok(Card(secret("result that is not written")))
    }
}

/// The same, as somebody sees them who mistakes their types.
pub struct Misreaders;

#[activities]
impl Misreaders {
    #[activity(name = "tell")]
    pub async fn tell(_ctx: ActivityContext) -> Result<u32, ActivityError> {
        unreachable!()
    }
}

/// What goes wrong in a run.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Surface {
    Result,
    LocalResult,
    Child,
    ContinueAsNew,
    Activities,
    Handlers,
}

#[workflow]
#[derive(Default)]
pub struct Misreading {
    is_done: bool,
}

#[workflow_methods]
impl Misreading {
    #[run(name = "Misreading")]
    pub async fn run(
        ctx: &mut WorkflowContext<Self>,
        (surface, way, _): (Surface, Way, Option<Card>),
    ) -> WorkflowResult<String> {
        match surface {
            Surface::Result => {
                let told = ctx.execute_activity(Misreaders::tell, (), options(1)).await;
                Err(way.fail(told.unwrap_err()))
            }
            Surface::LocalResult => {
                let told = ctx.execute_local_activity(Misreaders::tell, (), local());
                Err(way.fail(told.await.unwrap_err()))
            }
            Surface::Child => {
                let id = format!("{}-child", ctx.workflow_id());
                let child = ChildWorkflowOptions::workflow_id(id);
                let child = ctx
                    .start_child_workflow(MisreadChild::run, way, child)
                    .await?;
                Err(way.fail(child.result().await.unwrap_err()))
            }
            Surface::ContinueAsNew => {
                let card = Card(secret("continue-as-new that is not written"));
                let input = (surface, way, Some(card));
                let options = ContinueAsNewOptions::default();
                Err(way.fail(ctx.continue_as_new(input, options).unwrap_err()))
            }
            Surface::Activities => {
                for way in WAYS {
                    let read = ctx.execute_activity(Readers::read, way, options(1));
                    assert!(read.await.is_err());
                    let read = ctx.execute_local_activity(Readers::read, way, local());
                    assert!(read.await.is_err());
                    let resumed = ctx.execute_activity(Readers::resume, way, options(2));
                    assert!(resumed.await.is_err());
                }
                let charged = ctx.execute_activity(Readers::charge, (), options(1)).await;
                assert!(charged.is_err());
                Ok("done".to_owned())
            }
            Surface::Handlers => {
                ctx.wait_condition(|run: &Self| run.is_done).await?;
                Ok("done".to_owned())
            }
        }
    }

    /// A signal's handler can't fail.
    #[signal]
    pub async fn close(ctx: &mut WorkflowContext<Self>, way: Way) {
        let read = ctx
            .execute_local_activity(Misreaders::tell, (), local())
            .await;
        tracing::info!("closed");
        drop(way.wrap(read.unwrap_err()));
        ctx.state_mut(|run| run.is_done = true);
    }

    #[signal]
    pub fn stumble(&mut self, _ctx: &mut SyncWorkflowContext<Self>, way: Way) {
        panic!("cannot go on: {}", way.wrap(misread("signal")));
    }

    #[query]
    pub fn ask(&self, _ctx: &WorkflowContextView, way: Way) -> Result<u32, Boxed> {
        Err(way.wrap(misread("query")))
    }

    #[update_validator(store)]
    fn validate_store(&self, _ctx: &WorkflowContextView, input: &(Way, bool)) -> Result<(), Boxed> {
        match input {
            (way, false) => Err(way.wrap(misread("validator"))),
            (_, true) => Ok(()),
        }
    }

    #[update]
    pub async fn store(
        ctx: &mut WorkflowContext<Self>,
        (way, _): (Way, bool),
    ) -> Result<u32, Boxed> {
        let read = ctx
            .execute_local_activity(Misreaders::tell, (), local())
            .await;
        Err(way.wrap(read.unwrap_err()))
    }
}

#[workflow]
#[derive(Default)]
pub struct TellingChild;

#[workflow_methods]
impl TellingChild {
    #[run(name = "TellingChild")]
    pub async fn run(_ctx: &mut WorkflowContext<Self>, _way: Way) -> WorkflowResult<String> {
        Ok(secret("child result that is misread"))
    }
}

/// The same, as somebody sees it who mistakes its type.
#[workflow]
#[derive(Default)]
pub struct MisreadChild;

#[workflow_methods]
impl MisreadChild {
    #[run(name = "TellingChild")]
    pub async fn run(_ctx: &mut WorkflowContext<Self>, _way: Way) -> WorkflowResult<u32> {
        unreachable!()
    }
}

fn options(attempts: u32) -> ActivityOptions {
    let retries = RetryPolicy::builder()
        .initial_interval(std::time::Duration::from_millis(10))
        .maximum_attempts(attempts)
        .build();
    ActivityOptions::with_start_to_close_timeout(std::time::Duration::from_secs(20))
        .retry_policy(retries)
        .build()
}

fn local() -> LocalActivityOptions {
    let retries = RetryPolicy::builder().maximum_attempts(1).build();
    LocalActivityOptions::builder()
        .start_to_close_timeout(std::time::Duration::from_secs(20))
        .retry_policy(retries)
        .build()
}

pub fn worker(queue: &str) -> WorkerOptions {
    WorkerOptions::new(queue)
        .register_activities(Readers)
        .register_workflow::<Misreading>()
        .unwrap()
        .register_workflow::<TellingChild>()
        .unwrap()
        .build()
}

/// The same, with our layers in the worker's stack.
pub fn stacked(observability: &Observability, queue: &str) -> WorkerOptions {
    let stack = ServiceBuilder::new()
        .layer(observability.activity_logs())
        .concurrency_limit(4)
        .layer(observability.activity_traces())
        .layer(observability.activity_metrics());
    ActivityStack::new(stack).layer(worker(queue))
}

/// Has every surface err in every way.
pub async fn play(client: &Client, queue: &str) {
    let surfaces = [
        Surface::Result,
        Surface::LocalResult,
        Surface::Child,
        Surface::ContinueAsNew,
    ];
    for surface in surfaces {
        for way in WAYS {
            let run = start(client, queue, Misreading::run, (surface, way, None)).await;
            until_failed(&run).await;
        }
    }
    play_activities(client, queue).await;
    handlers(client, queue).await;
}

/// The same, for activities alone.
pub async fn play_activities(client: &Client, queue: &str) {
    let input = (Surface::Activities, Way::Bare, None);
    let run = start(client, queue, Misreading::run, input).await;
    let ended = run.get_result(WorkflowGetResultOptions::default()).await;
    assert_eq!(ended.unwrap(), "done");
}

async fn handlers(client: &Client, queue: &str) {
    let input = (Surface::Handlers, Way::Bare, None);
    let run = start(client, queue, Misreading::run, input).await;
    for way in WAYS {
        let asked = run.query(Misreading::ask, way, WorkflowQueryOptions::default());
        assert!(asked.await.is_err());
        for passes in [false, true] {
            let options = WorkflowExecuteUpdateOptions::default();
            let stored = run.execute_update(Misreading::store, (way, passes), options);
            assert!(stored.await.is_err());
        }
    }
    let options = WorkflowSignalOptions::default();
    run.signal(Misreading::close, Way::Bare, options)
        .await
        .unwrap();
    run.get_result(WorkflowGetResultOptions::default())
        .await
        .unwrap();
    for way in WAYS {
        let input = (Surface::Handlers, Way::Bare, None);
        let run = start(client, queue, Misreading::run, input).await;
        let options = WorkflowSignalOptions::default();
        run.signal(Misreading::stumble, way, options).await.unwrap();
        until_failed(&run).await;
    }
}
