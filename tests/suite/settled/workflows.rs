//! Workflows whose ends the SDK overrules, for as long as a coin of the process says so.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use serde::{Deserialize, Serialize, Serializer, de::Error as _, ser::Error as _};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{SyncWorkflowContext, WorkflowContext, WorkflowContextView, WorkflowResult};

/// How often each coin has yet to fall on the wrong side.
static COINS: LazyLock<Mutex<BTreeMap<String, Arc<AtomicU32>>>> = LazyLock::new(Mutex::default);

/// A coin that falls on the wrong side some times, and then no more.
pub fn coin(name: &str, failures: u32) {
    let coin = Arc::new(AtomicU32::new(failures));
    COINS.lock().unwrap().insert(name.to_owned(), coin);
}

fn fails(name: &str) -> bool {
    let coins = COINS.lock().unwrap();
    let less = |left: u32| left.checked_sub(1);
    let relaxed = Ordering::Relaxed;
    coins
        .get(name)
        .is_some_and(|coin| coin.fetch_update(relaxed, relaxed, less).is_ok())
}

/// A result that can't be converted while its coin falls on the wrong side.
#[derive(Debug)]
pub struct Moody(pub String);

impl Serialize for Moody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match fails(&self.0) {
            true => Err(S::Error::custom("a mood")),
            false => serializer.serialize_str(&self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Moody {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)
            .map(Self)
            .map_err(D::Error::custom)
    }
}

/// What overrules the end of a run.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Overruled {
    Result,
    Panic,
    Forced,
}

#[workflow]
#[derive(Default)]
pub struct Overruling;

#[workflow_methods]
impl Overruling {
    #[run]
    pub async fn run(
        ctx: &mut WorkflowContext<Self>,
        (by, coin): (Overruled, String),
    ) -> WorkflowResult<Moody> {
        chronoscope::trace::wait("nothing", async {}).await;
        match by {
            Overruled::Panic => assert!(!fails(&coin), "a mood"),
            Overruled::Forced if fails(&coin) => ctx.force_task_fail(anyhow::anyhow!("a mood")),
            _ => {}
        }
        Ok(Moody(coin))
    }
}

/// Answers with what can't be converted, until it is told to end.
#[workflow]
#[derive(Default)]
pub struct Answering {
    done: bool,
}

#[workflow_methods]
impl Answering {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        let _ = ctx.wait_condition(|answering| answering.done).await;
        Ok(())
    }

    #[signal]
    pub fn finish(&mut self, _: &mut SyncWorkflowContext<Self>) {
        self.done = true;
    }

    #[query]
    pub fn ask(&self, _: &WorkflowContextView, coin: String) -> Moody {
        Moody(coin)
    }

    #[update]
    pub fn change(&mut self, _: &mut SyncWorkflowContext<Self>, coin: String) -> Moody {
        Moody(coin)
    }
}
