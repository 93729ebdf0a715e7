//! The worker's own hooks.
//!
//! The SDK calls them round a whole worker and for each activation of a run. Today they note one
//! thing: whether the run that is about to be created is replayed, for its `#[init]` function.
//!
//! # Cost
//!
//! One box an activation, which the SDK's trait asks for, and one run id a run that is loaded.

use async_trait::async_trait;
use temporalio_common::protos::coresdk::workflow_activation::{
    WorkflowActivation, workflow_activation_job::Variant,
};
use temporalio_sdk::interceptors::WorkerInterceptor;

use crate::execution::{Phase, set_activation};

/// Notes in which phase a run is created.
#[derive(Debug)]
pub(crate) struct ObserveWorker;

#[async_trait(?Send)]
impl WorkerInterceptor for ObserveWorker {
    async fn on_workflow_activation(
        &self,
        activation: &WorkflowActivation,
    ) -> Result<(), anyhow::Error> {
        let creates = |job: &&_| matches!(job, Some(Variant::InitializeWorkflow(_)));
        if activation
            .jobs
            .iter()
            .map(|job| &job.variant)
            .any(|job| creates(&job))
        {
            let phase = match activation.is_replaying {
                true => Phase::Replaying,
                false => Phase::Live,
            };
            set_activation(&activation.run_id, phase);
        }
        Ok(())
    }
}
