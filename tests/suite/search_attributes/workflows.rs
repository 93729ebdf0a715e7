//! Workflows that change their search attributes.

use std::time::{Duration, SystemTime};

use chronoscope::{
    info,
    search_attributes::{Change, show_trace, upsert, upsert_trace},
};
use temporalio_common::search_attributes::SearchAttributeKey;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ApplicationFailure, ChildWorkflowOptions, ContinueAsNewOptions, SyncWorkflowContext,
    WorkerOptions, WorkflowContext, WorkflowResult,
};

use super::{limits::MANY, *};

fn soon() -> Duration {
    Duration::from_millis(20)
}

/// Registers all of them.
pub fn worker(queue: &str, cache: usize) -> WorkerOptions {
    let options = WorkerOptions::new(queue).max_cached_workflows(cache);
    macro_rules! register {
        ($($workflow:ty)*) => { options$(.register_workflow::<$workflow>().unwrap())*.build() };
    }
    register!(Typed Stages Chain Leaf Large Many Upgraded Nightly Unset)
}

/// A time in milliseconds: the development server finds no finer ones, though it keeps them.
pub fn due() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::new(1_800_000_000, 123_000_000)
}

/// One value of each type, in two versions.
pub fn all_set(version: i64) -> Vec<Change> {
    let word = format!("version{version}");
    vec![
        WORDS.set(format!("some {word}")),
        STATUS.set(word.as_str()),
        ITEMS.set(version),
        TOTAL.set(version as f64 + 0.1),
        URGENT.set(version % 2 == 0),
        DUE.set(due() + Duration::from_secs(version as u64)),
        TAGS.set(["all", word.as_str()]),
    ]
}

fn all_unset() -> Vec<Change> {
    vec![
        WORDS.unset(),
        STATUS.unset(),
        ITEMS.unset(),
        TOTAL.unset(),
        URGENT.unset(),
        DUE.unset(),
        TAGS.unset(),
    ]
}

/// Changes all types when it is told to.
#[workflow]
#[derive(Default)]
pub struct Typed {
    done: bool,
}

#[workflow_methods]
impl Typed {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        ctx.wait_condition(|state: &Self| state.done).await?;
        Ok(())
    }

    /// Sets the version, or unsets all; tells whether the context shows it at once.
    #[update]
    pub fn change(&mut self, ctx: &mut SyncWorkflowContext<Self>, version: Option<i64>) -> bool {
        let changes = version.map_or_else(all_unset, all_set);
        upsert(ctx, changes).unwrap();
        STATUS.get(&ctx.search_attributes()).unwrap() == version.map(|n| format!("version{n}"))
    }

    #[signal]
    pub fn finish(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {
        self.done = true;
    }
}

/// Changes something at some of its stages, and nothing at others.
#[workflow]
#[derive(Default)]
pub struct Stages;

#[workflow_methods]
impl Stages {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        info!("started");
        upsert(ctx, [STATUS.set("new"), TOTAL.set(0.1)])?;
        ctx.timer(soon()).await;
        info!("new");
        // Nothing, in the same words and in others.
        upsert(ctx, [STATUS.set("new")])?;
        upsert(ctx, [TOTAL.set(0.1), ITEMS.unset()])?;
        upsert(ctx, [])?;
        ctx.timer(soon()).await;
        // One of two.
        upsert(ctx, [STATUS.set("paid"), TOTAL.set(0.1)])?;
        info!("paid");
        ctx.timer(soon()).await;
        // The later of two counts, and is what is there.
        upsert(ctx, [STATUS.set("lost"), STATUS.set("paid")])?;
        ctx.timer(soon()).await;
        upsert(ctx, [TOTAL.unset()])?;
        info!("unset");
        ctx.timer(soon()).await;
        upsert(ctx, [TOTAL.unset()])?;
        Ok(())
    }
}

/// What `Stages` does: events with their names, and how many changes of attributes were skipped.
pub fn stages() -> (Vec<Vec<&'static str>>, u64) {
    let events = vec![
        vec![STATUS.name(), TOTAL.name()],
        vec![STATUS.name()],
        vec![TOTAL.name()],
    ];
    (events, 1 + 2 + 1 + 1 + 1)
}

/// Unsets an attribute, continues as new, and unsets it again.
#[workflow]
#[derive(Default)]
pub struct Unset;

#[workflow_methods]
impl Unset {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, first: bool) -> WorkflowResult<()> {
        upsert(ctx, [STATUS.set("kept")])?;
        upsert(ctx, [ITEMS.unset()])?;
        ctx.timer(soon()).await;
        if first {
            ctx.continue_as_new(false, ContinueAsNewOptions::default())?;
        }
        Ok(())
    }
}

/// Starts a child, continues as new, and then links itself to its own trace.
#[workflow]
#[derive(Default)]
pub struct Chain;

#[workflow_methods]
impl Chain {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, left: u32) -> WorkflowResult<()> {
        upsert(ctx, [STATUS.set("chained")])?;
        if left == 0 {
            ctx.timer(soon()).await;
            upsert_trace(ctx, TRACE_ID);
            show_trace(ctx);
            ctx.timer(soon()).await;
            return Ok(());
        }
        let id = format!("{}-{left}", ctx.workflow_id());
        let child = ctx
            .start_child_workflow(Leaf::run, (), ChildWorkflowOptions::workflow_id(id))
            .await?;
        child.result().await?;
        ctx.continue_as_new(left - 1, ContinueAsNewOptions::default())?;
        Ok(())
    }
}

/// Does next to nothing.
#[workflow]
#[derive(Default)]
pub struct Leaf;

#[workflow_methods]
impl Leaf {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        ctx.timer(soon()).await;
        Ok(())
    }

    #[signal]
    pub fn nudge(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {}

    #[update]
    pub fn ask(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {}
}

/// Links itself, as a run that a schedule starts has to.
#[workflow]
#[derive(Default)]
pub struct Nightly;

#[workflow_methods]
impl Nightly {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        upsert_trace(ctx, TRACE_ID);
        show_trace(ctx);
        ctx.timer(soon()).await;
        Ok(())
    }
}

/// Tries what is too much, and then what is not.
#[workflow]
#[derive(Default)]
pub struct Large;

#[workflow_methods]
impl Large {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, bytes: usize) -> WorkflowResult<()> {
        let quoted = "\"\"".len();
        let text = |bytes| "x".repeat(bytes - quoted);
        let nan = upsert(ctx, [STATUS.set("half"), TOTAL.set(f64::NAN)]);
        let long = upsert(ctx, [ITEMS.set(1), WORDS.set(text(bytes + 1))]);
        let named = [nan, long].map(|refused| refused.unwrap_err().name());
        if named != [TOTAL.name(), WORDS.name()] || !ctx.search_attributes().is_empty() {
            return Err(ApplicationFailure::non_retryable("half applied").into());
        }
        upsert(ctx, [WORDS.set(text(bytes))])?;
        ctx.timer(soon()).await;
        upsert(ctx, [TOTAL.set(f64::INFINITY)])?;
        Ok(())
    }
}

/// Sets more attributes than there is room for, half of them at a time.
#[workflow]
#[derive(Default)]
pub struct Many;

#[workflow_methods]
impl Many {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        let (some, others) = MANY.split_at(MANY.len() / 2);
        let set = |keys: &[Key<Text>], bytes| -> Vec<Change> {
            let set = |key: &Key<Text>| key.set("x".repeat(bytes));
            keys.iter().map(set).collect()
        };
        upsert(ctx, set(some, 2000))?;
        ctx.timer(soon()).await;
        let refused = upsert(ctx, set(others, 2001)).unwrap_err();
        let named = others.iter().any(|key| key.name() == refused.name());
        if !named || ctx.search_attributes().len() != some.len() {
            return Err(ApplicationFailure::non_retryable("half applied").into());
        }
        upsert(ctx, set(others, 20))?;
        Ok(())
    }
}

/// Upserts by the SDK where it is old, and only what changes where it is new.
#[workflow]
#[derive(Default)]
pub struct Upgraded;

/// Which version of `Upgraded` runs. Tests of one history set it one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    #[default]
    Old,
    Replaced,
    Patched,
}

thread_local! {
    pub static VERSION: std::cell::Cell<Version> = const { std::cell::Cell::new(Version::Old) };
}

const OLD_STATUS: SearchAttributeKey<String> = SearchAttributeKey::keyword("SuiteStatus");

#[workflow_methods]
impl Upgraded {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        for _ in 0..2 {
            let new = match VERSION.get() {
                Version::Old => false,
                Version::Replaced => true,
                Version::Patched => ctx.patched("upsert-only-changes"),
            };
            if new {
                upsert(ctx, [STATUS.set("same")])?;
            } else {
                ctx.upsert_search_attributes([OLD_STATUS.value_set("same".to_owned())]);
            }
            ctx.timer(soon()).await;
        }
        Ok(())
    }
}
