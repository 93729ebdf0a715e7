//! The activities of programs, and values that can't be converted.

use std::{cell::Cell, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize, Serializer};
use temporalio_common::error::ApplicationErrorCategory;
use temporalio_macros::activities;
use temporalio_sdk::{
    ApplicationFailure,
    activities::{ActivityContext, ActivityError},
};

use crate::{
    journal::{Kind, Place, Shared, fails},
    needles::secret,
    notes::At,
    program::{Note, Task},
    wiring::{self, Carried},
};

/// A result that holds a secret, and can't be converted if it is broken: the error quotes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "String")]
pub struct Moody {
    is_broken: bool,
    secret: String,
}

impl Moody {
    pub fn new(is_broken: bool) -> Self {
        Self {
            is_broken,
            secret: secret("result"),
        }
    }
}

impl From<String> for Moody {
    fn from(secret: String) -> Self {
        Self {
            is_broken: false,
            secret,
        }
    }
}

impl Serialize for Moody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.is_broken {
            true => Err(serde::ser::Error::custom(format!("no {}", self.secret))),
            false => serializer.serialize_str(&self.secret),
        }
    }
}

/// Throws a coin, and journals that the task fails by it.
pub fn task_fails(at: &At, path: &str, times: u32) -> bool {
    let failed = fails(&format!("{} {path}", at.run), times);
    if failed {
        at.journal(path, Kind::Trip);
    }
    failed
}

/// What an activity is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    path: String,
    task: Task,
    secret: Moody,
}

impl Order {
    pub fn new(path: String, task: Task) -> Self {
        Self {
            path,
            task,
            secret: Moody::new(false),
        }
    }

    /// One that can't be converted.
    pub fn broken(path: String) -> Self {
        Self {
            secret: Moody::new(true),
            ..Self::new(path, Task::Ends)
        }
    }
}

/// How long an activity hangs that may take a sixth of that.
const HANGS: Duration = Duration::from_millis(6 * MAY_HANG_MILLIS);
pub const MAY_HANG_MILLIS: u64 = 50;

thread_local! {
    static HANGING: Cell<usize> = const { Cell::new(0) };
}

/// An attempt that hangs: its worker may end before it does.
struct Hanging;

impl Hanging {
    fn begin() -> Self {
        HANGING.set(HANGING.get() + 1);
        Self
    }
}

impl Drop for Hanging {
    fn drop(&mut self) {
        HANGING.set(HANGING.get() - 1);
    }
}

/// Waits for the attempts that hang.
pub async fn ended() {
    while HANGING.get() > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// What every attempt says.
fn notes(ctx: &ActivityContext, order: &Order) {
    let info = ctx.info();
    let at = At {
        run: info.workflow_run_id.clone().unwrap_or_default(),
        place: Place::Activity,
        event: 0,
        live: true,
    };
    let path = format!("{}#{}", order.path, info.attempt);
    let said = [Note::Ours, Note::Count, Note::Instrumented];
    for (n, note) in said.into_iter().enumerate() {
        at.note(&format!("{path}/{n}"), note);
    }
}

/// How long a workflow task may take where a local activity outlives it.
pub const SHORT_TASK: Duration = Duration::from_secs(1);
const OUTLIVES: Duration = Duration::from_millis(1200);

pub struct Tasks;

#[activities]
impl Tasks {
    #[activity(name = "act")]
    pub async fn act(ctx: ActivityContext, order: Order) -> Result<Moody, ActivityError> {
        let info = ctx.info();
        notes(&ctx, &order);
        let failure = || {
            ApplicationFailure::builder(anyhow::anyhow!("on purpose"))
                .type_name("Purpose".to_owned())
                .details(secret("details"))
        };
        match order.task {
            Task::Fails(times) if info.attempt <= times => return Err(failure().build().into()),
            Task::Final => return Err(failure().non_retryable(true).build().into()),
            Task::Benign => {
                let benign = failure().category(ApplicationErrorCategory::Benign);
                return Err(benign.non_retryable(true).build().into());
            }
            Task::Hangs => {
                let _hanging = Hanging::begin();
                tokio::select! {
                    () = tokio::time::sleep(HANGS) => {}
                    () = ctx.cancelled() => {}
                }
            }
            Task::Outlives if info.is_local => tokio::time::sleep(OUTLIVES).await,
            Task::Panics if info.attempt == 1 => panic!("on purpose"),
            Task::Beats => wiring::beat(&ctx, secret("heartbeat")).await?,
            _ => {}
        }
        let broken = matches!(order.task, Task::Moody(times) if info.attempt <= times);
        Ok(Moody::new(broken))
    }
}

/// Activities that block threads of a pool, where they write to the same signals and journal.
pub struct Pools {
    pub signals: Carried,
    pub journal: Shared,
}

#[activities]
impl Pools {
    #[activity(name = "block")]
    pub async fn block(
        self: Arc<Self>,
        ctx: ActivityContext,
        order: Order,
    ) -> Result<Moody, ActivityError> {
        let noted = || notes(&ctx, &order);
        self.journal.within(|| self.signals.within(noted));
        std::thread::sleep(Duration::from_millis(1));
        Ok(Moody::new(false))
    }
}

pub use pools::Block;

/// The activity as somebody sees it who takes its result for a number.
pub struct Mistaken;

#[activities]
impl Mistaken {
    #[activity(name = "act")]
    pub async fn act(_: ActivityContext, _: Order) -> Result<u32, ActivityError> {
        Ok(0)
    }
}
