//! Heartbeats whose details are not converted: they are not sent, and not measured.

use std::time::Duration;

use chronoscope::record_heartbeat;
use serde::{Serialize, Serializer, ser::Error as _};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, WorkerOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
};

use crate::{
    metrics::{observability, read, sum},
    support::{run, unique},
};

/// Details that no converter takes.
struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("on purpose"))
    }
}

struct Faint;

#[activities]
impl Faint {
    #[activity]
    async fn beats(ctx: ActivityContext, (): ()) -> Result<(), ActivityError> {
        assert!(record_heartbeat(&ctx, Unwritable).await.is_err());
        record_heartbeat(&ctx, 1).await?;
        Ok(())
    }
}

#[workflow]
#[derive(Default)]
struct Fainting;

#[workflow_methods]
impl Fainting {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(20));
        ctx.execute_activity(Faint::beats, (), options).await?;
        Ok(())
    }
}

#[tokio::test]
async fn a_heartbeat_that_is_not_converted_is_not_measured() {
    let (observability, snapshotter) = observability();
    let options = WorkerOptions::new(unique("faint"))
        .register_activities(Faint)
        .register_workflow::<Fainting>()
        .unwrap()
        .build();
    run(&observability, options, Fainting::run, ()).await;
    let recorded = read(&snapshotter);
    let gaps = sum(&recorded, "temporal_activity_heartbeat_gap_seconds", &[]);
    assert_eq!(gaps, Some(1.0));
}
