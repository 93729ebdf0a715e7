//! The one workflow: it interprets a program.

use std::time::Duration;

use futures::{FutureExt as _, future::LocalBoxFuture};
use serde::{Deserialize, Serialize};
use temporalio_common::error::ApplicationErrorCategory;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ApplicationFailure, ContinueAsNewOptions, WorkflowContext, WorkflowContextView, WorkflowResult,
    WorkflowTermination, workflows,
};
use tracing::Instrument as _;

use crate::{
    activities::{Moody, task_fails},
    calls::{Parent, activity, child, local, mistaken, pace, shout, unsendable},
    journal::{self, Kind, Operation, Place},
    needles::secret,
    notes::At,
    program::{Body, End, Note, Spanner, Step, Trip},
    wiring,
};

/// How fast a run is.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    pub patience: u64,
    pub hurry: u64,
}

/// What a run is given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Input {
    pub body: Body,
    /// How many messages it handles before it ends; none if it does not end by itself.
    pub messages: Option<u32>,
    /// How long an activity may take, in milliseconds.
    pub patience: u64,
    /// How many times as fast as the program says its timers are.
    pub hurry: u64,
    pub secret: Moody,
}

impl Input {
    pub fn new(body: Body, messages: Option<u32>, pace: Pace) -> Self {
        Self {
            body,
            messages,
            patience: pace.patience,
            hurry: pace.hurry,
            secret: Moody::new(false),
        }
    }
}

/// What a client sends.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Message {
    pub id: usize,
    pub steps: Vec<Step>,
    /// Whether the answer can't be converted.
    pub broken: bool,
    /// Whether the run waits for it.
    pub is_awaited: bool,
    pub secret: String,
}

impl Message {
    pub fn new(id: usize, steps: Vec<Step>, broken: bool) -> Self {
        Self {
            id,
            steps,
            broken,
            is_awaited: true,
            secret: secret("message"),
        }
    }

    /// One that nobody expects.
    pub fn unexpected(id: usize, steps: Vec<Step>) -> Self {
        Self {
            is_awaited: false,
            ..Self::new(id, steps, false)
        }
    }
}

/// What a client asks, or has be rejected.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Question {
    pub id: usize,
    pub notes: Vec<Note>,
    pub broken: bool,
    pub secret: String,
}

pub type Context = WorkflowContext<Interpreter>;
type Refusal = Box<dyn std::error::Error + Send + Sync>;
type Steps = LocalBoxFuture<'static, Result<(), WorkflowTermination>>;

#[workflow]
pub struct Interpreter {
    pub input: Input,
    handled: u32,
}

#[workflow_methods]
impl Interpreter {
    #[init]
    pub fn new(view: &WorkflowContextView, mut input: Input) -> Self {
        let at = reader(view, Place::Init);
        at.journal("loaded", Kind::Loaded);
        at.notes("i", &input.body.init);
        if view.attempt() > 1 {
            input.messages = Some(0);
        }
        Self { input, handled: 0 }
    }

    #[run(name = "Interpreter")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Moody> {
        let input = ctx.state(|state| state.input.clone());
        steps(ctx.clone(), input.body.steps, "r".to_owned()).await?;
        let messages = input.messages;
        let all = ctx.wait_condition(move |state| messages.is_some_and(|all| state.handled >= all));
        if all.await.is_err() {
            at(ctx).note("cancelled", Note::Ours);
            steps(ctx.clone(), input.body.clean_up, "c".to_owned()).await?;
            return Err(WorkflowTermination::cancelled());
        }
        end(ctx, input.body.end).await
    }

    #[signal]
    pub async fn tell(ctx: &mut WorkflowContext<Self>, message: Message) {
        let path = format!("s{}", message.id);
        at(ctx).journal(&path, Kind::Call(Operation::HandleSignal));
        // What is cancelled leaves the rest undone.
        steps(ctx.clone(), message.steps, path).await.ok();
        let handled = u32::from(message.is_awaited);
        ctx.state_mut(|state| state.handled += handled);
    }

    #[update_validator(change)]
    fn validate_change(&self, view: &WorkflowContextView, message: &Change) -> Result<(), Refusal> {
        let at = reader(view, Place::Reader);
        match message {
            Change::Do(message) => {
                at.note(&format!("v{}", message.id), Note::Ours);
                Ok(())
            }
            Change::Reject(question) => {
                at.notes(&format!("v{}", question.id), &question.notes);
                at.journal(&format!("v{}", question.id), Kind::Rejection);
                Err("rejected".into())
            }
        }
    }

    #[update]
    pub async fn change(ctx: &mut WorkflowContext<Self>, change: Change) -> Moody {
        let Change::Do(message) = change else {
            return Moody::new(false);
        };
        let path = format!("u{}", message.id);
        at(ctx).journal(&path, Kind::Call(Operation::HandleUpdate));
        steps(ctx.clone(), message.steps, path).await.ok();
        ctx.state_mut(|state| state.handled += 1);
        Moody::new(message.broken)
    }

    #[query]
    pub fn ask(&self, view: &WorkflowContextView, question: Question) -> Moody {
        let path = format!("q{}", question.id);
        reader(view, Place::Reader).notes(&path, &question.notes);
        Moody::new(question.broken)
    }
}

/// What an update asks for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Change {
    Do(Message),
    Reject(Question),
}

fn reader(view: &WorkflowContextView, place: Place) -> At {
    At {
        run: view.run_id().to_owned(),
        place,
        event: 0,
        live: true,
    }
}

pub fn at(ctx: &Context) -> At {
    At {
        run: ctx.run_id().to_owned(),
        place: Place::Workflow,
        event: i64::from(ctx.history_length()),
        live: !ctx.is_replaying_history_events(),
    }
}

/// Executes steps, each at its number below the path.
fn steps(ctx: Context, steps: Vec<Step>, path: String) -> Steps {
    async move {
        for (n, next) in steps.into_iter().enumerate() {
            step(&ctx, next, format!("{path}/{n}")).await?;
        }
        Ok(())
    }
    .boxed_local()
}

async fn step(ctx: &Context, step: Step, path: String) -> Result<(), WorkflowTermination> {
    match step {
        Step::Note(note) => at(ctx).note(&path, note),
        Step::Spanned(spanner, inner) => spanned(ctx, spanner, inner, path).await?,
        Step::Activity(task) => activity(ctx, task, path).await,
        Step::Local(task) => local(ctx, task, path).await,
        Step::Timer(millis) => {
            at(ctx).journal(&path, Kind::Call(Operation::StartTimer));
            let millis = u64::from(millis) / ctx.state(|state| state.input.hurry);
            ctx.timer(Duration::from_millis(millis)).await;
        }
        Step::Hold => {
            at(ctx).journal(&path, Kind::Call(Operation::WaitCondition));
            let routine = path.split('/').next().unwrap_or_default();
            wiring::hold(&format!("hold {routine}"), ctx.wait_condition(|_| true)).await?;
        }
        Step::Await(messages) => {
            ctx.wait_condition(move |state| {
                let all = state.input.messages.unwrap_or(messages);
                state.handled >= messages.min(all)
            })
            .await?;
        }
        Step::Child(body) => child(ctx, body, Parent::Waits, &path).await,
        Step::Told(body, message) => child(ctx, body, Parent::Tells(message), &path).await,
        Step::Left(body, policy) => child(ctx, body, Parent::Leaves(policy), &path).await,
        Step::Shout(message) => shout(ctx, message, &path).await,
        Step::Unsendable(given) => unsendable(ctx, given, &path).await,
        Step::Versioned(old, new) => {
            // The first version knows nothing of the patch.
            let taken = match journal::is_upgraded() && ctx.patched(&path) {
                true => steps(ctx.clone(), new, format!("{path}/b")),
                false => steps(ctx.clone(), old, format!("{path}/a")),
            };
            taken.await?;
        }
        Step::Retried(body) => child(ctx, body, Parent::Retries, &path).await,
        Step::Join(one, other) => {
            let one = steps(ctx.clone(), one, format!("{path}/a"));
            let other = steps(ctx.clone(), other, format!("{path}/b"));
            let (one, other) = workflows::join!(one, other);
            one.and(other)?;
        }
        Step::Select(one, other) => {
            let one = steps(ctx.clone(), one, format!("{path}/a"));
            let other = steps(ctx.clone(), other, format!("{path}/b"));
            workflows::select! {
                ended = one.fuse() => ended?,
                ended = other.fuse() => ended?,
            }
        }
        Step::Patch => {
            ctx.patched(&path);
        }
        Step::Upsert(n) => wiring::upsert(ctx, n),
        Step::Trip(trip, times) => {
            if task_fails(&at(ctx), &path, times) {
                match trip {
                    Trip::Panic => panic!("on purpose"),
                    Trip::Forced => ctx.force_task_fail(anyhow::anyhow!("on purpose")),
                }
            }
        }
    }
    Ok(())
}

async fn spanned(
    ctx: &Context,
    spanner: Spanner,
    inner: Vec<Step>,
    path: String,
) -> Result<(), WorkflowTermination> {
    let step = at(ctx).journal(&path, Kind::Span);
    let inner = steps(ctx.clone(), inner, path);
    match spanner {
        Spanner::Tracing => inner.instrument(tracing::info_span!("spanned", step)).await,
        Spanner::ByHand => {
            let _span = wiring::by_hand(&step);
            inner.await
        }
    }
}

async fn end(ctx: &Context, end: End) -> WorkflowResult<Moody> {
    let failure = ApplicationFailure::builder(anyhow::anyhow!("on purpose"))
        .type_name("Purpose".to_owned())
        .details(secret("details"));
    match end {
        End::Return => Ok(Moody::new(false)),
        End::Moody(times) => Ok(Moody::new(task_fails(&at(ctx), "end", times))),
        End::Fail => Err(failure.build().into()),
        End::FailForGood => Err(failure.non_retryable(true).build().into()),
        End::Benign => {
            let failure = failure.category(ApplicationErrorCategory::Benign);
            Err(failure.non_retryable(true).build().into())
        }
        End::Mistaken(way) => Err(mistaken(ctx, way).await),
        End::Again(body) => {
            at(ctx).journal("end", Kind::Call(Operation::ContinueAsNew));
            let input = Input::new(*body, Some(0), pace(ctx));
            ctx.continue_as_new(input, ContinueAsNewOptions::default())?;
            Ok(Moody::new(false))
        }
    }
}
