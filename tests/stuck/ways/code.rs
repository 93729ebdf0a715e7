//! A workflow that gets stuck in any way, and its activities.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        LazyLock, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    time::Duration,
};

use chronoscope::trace::wait;
use serde::{Deserialize, Serialize, Serializer, ser::Error as _};
use temporalio_client::{Client, WorkflowHandle};
use temporalio_common::RetryPolicy;
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, ChildWorkflowOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
};

use crate::needles::secret;

/// A way to be stuck.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Way {
    AwaitsSignal,
    AwaitsNamedCondition,
    AwaitsCondition,
    ForeignFuture,
    UpdateThatWaits,
    TimerOfAYear,
    ChildThatWaits,
    TwoThatWaitForEachOther,
    ActivityWithoutWorker,
    ActivityInBackoff,
    ActivityWithoutHeartbeat,
    WorkerWithoutSlots,
    WorkerWithoutPollers,
    NamespaceThatThrottles,
    HistoryNearItsLimit,
    BlockingCode,
    Panics,
    ResultThatIsNotConverted,
    CodecThatFails,
    CodeThatLeftItsHistory,
}

/// What holds up the code of a run, by its workflow id.
static GATES: LazyLock<Mutex<BTreeMap<String, Receiver<()>>>> = LazyLock::new(Mutex::default);

/// The runs whose code was changed since they began, by their workflow id.
static CHANGED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Makes a gate that is shut until the returned end is dropped.
pub fn shut(workflow_id: &str) -> Sender<()> {
    let (sender, receiver) = channel();
    GATES
        .lock()
        .unwrap()
        .insert(workflow_id.to_owned(), receiver);
    sender
}

/// Changes the code of a run.
pub fn change(workflow_id: &str) {
    CHANGED.lock().unwrap().insert(workflow_id.to_owned());
}

/// A result that is converted only if it is good.
#[derive(Debug, Deserialize)]
pub struct Good(bool);

impl Serialize for Good {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            true => serializer.serialize_bool(true),
            false => Err(S::Error::custom(secret("error"))),
        }
    }
}

pub struct Acts;

#[activities]
impl Acts {
    #[activity]
    pub async fn works(_: ActivityContext, _secret: String) -> Result<(), ActivityError> {
        Ok(())
    }

    #[activity]
    pub async fn fails(_: ActivityContext, secret: String) -> Result<(), ActivityError> {
        Err(anyhow::anyhow!(secret).into())
    }

    #[activity]
    pub async fn hangs(ctx: ActivityContext, _secret: String) -> Result<(), ActivityError> {
        ctx.cancelled().await;
        Ok(())
    }
}

/// Options of an activity that is retried after ten minutes.
fn options() -> ActivityOptions {
    let retries = RetryPolicy::builder().initial_interval(Duration::from_secs(600));
    ActivityOptions::with_start_to_close_timeout(Duration::from_secs(600))
        .retry_policy(retries.build())
        .build()
}

/// A run of this workflow.
pub type Handle = WorkflowHandle<Client, stuck::Run>;

#[workflow]
#[derive(Default)]
pub struct Stuck {
    is_paid: bool,
}

#[workflow_methods]
impl Stuck {
    #[run]
    pub async fn run(
        ctx: &mut WorkflowContext<Self>,
        (way, secret): (Way, String),
    ) -> WorkflowResult<Good> {
        match way {
            Way::AwaitsSignal => {
                wait("payment", ctx.wait_condition(|stuck| stuck.is_paid)).await?;
            }
            Way::AwaitsNamedCondition => {
                wait("never", ctx.wait_condition(|_| false)).await?;
            }
            Way::AwaitsCondition | Way::UpdateThatWaits | Way::CodecThatFails => {
                ctx.wait_condition(|_| false).await?;
            }
            Way::ForeignFuture => futures::future::pending().await,
            Way::TimerOfAYear => {
                ctx.timer(Duration::from_secs(365 * 86_400)).await;
            }
            Way::ChildThatWaits | Way::TwoThatWaitForEachOther => {
                let child = ChildWorkflowOptions::builder()
                    .workflow_id(format!("child-of-{}", ctx.workflow_id()))
                    .build();
                let input = (Way::AwaitsSignal, secret);
                let child = ctx.start_child_workflow(Stuck::run, input, child).await?;
                // It would be paid after its end.
                child.result().await?;
            }
            Way::ActivityWithoutWorker => {
                let mut options = options();
                options.task_queue = Some("nobody".to_owned());
                ctx.execute_activity(Acts::works, secret, options).await?;
            }
            Way::ActivityInBackoff => {
                ctx.execute_activity(Acts::fails, secret, options()).await?;
            }
            Way::ActivityWithoutHeartbeat => {
                let mut options = options();
                options.heartbeat_timeout = Some(Duration::from_secs(1));
                ctx.execute_activity(Acts::hangs, secret, options).await?;
            }
            Way::WorkerWithoutSlots => {
                ctx.execute_activity(Acts::hangs, secret, options()).await?;
            }
            Way::WorkerWithoutPollers => {
                ctx.execute_activity(Acts::works, secret, options()).await?;
            }
            Way::NamespaceThatThrottles => loop {
                ctx.execute_activity(Acts::works, secret.clone(), options())
                    .await?;
            },
            Way::HistoryNearItsLimit => {
                for _ in 0..6 {
                    ctx.timer(Duration::from_millis(1)).await;
                }
                ctx.wait_condition(|_| false).await?;
            }
            Way::BlockingCode => {
                let gate = GATES.lock().unwrap().remove(ctx.workflow_id());
                if let Some(gate) = gate {
                    let _ = gate.recv();
                }
                ctx.wait_condition(|_| false).await?;
            }
            Way::Panics => panic!("on purpose"),
            Way::ResultThatIsNotConverted => return Ok(Good(false)),
            Way::CodeThatLeftItsHistory => {
                if CHANGED.lock().unwrap().contains(ctx.workflow_id()) {
                    ctx.execute_activity(Acts::works, secret, options()).await?;
                }
                ctx.timer(Duration::from_secs(600)).await;
            }
        }
        Ok(Good(true))
    }

    #[signal]
    pub async fn pay(ctx: &mut WorkflowContext<Self>) {
        ctx.state_mut(|stuck| stuck.is_paid = true);
    }

    /// Brings a task.
    #[signal]
    pub fn nudge(&mut self, _: &mut temporalio_sdk::SyncWorkflowContext<Self>) {}

    #[update]
    pub async fn change(ctx: &mut WorkflowContext<Self>, _secret: String) {
        let _ = wait("update", ctx.wait_condition(|_| false)).await;
    }
}
