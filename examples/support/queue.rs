//! A task queue of its own, and a client that starts workflows on it.

use anyhow::Result;
use temporalio_client::{
    Client, WorkflowGetResultOptions, WorkflowHandle, WorkflowIdConflictPolicy,
    WorkflowSignalOptions, WorkflowStartOptions, WorkflowUpdateWithStartOptions,
};
use temporalio_common::{HasWorkflowDefinition, SignalDefinition, UpdateDefinition};

use super::unique;

/// A task queue that only this example's worker polls, and a client that starts workflows on it.
#[derive(Clone)]
pub struct TaskQueue {
    pub client: Client,
    pub name: String,
    prefix: &'static str,
}

impl TaskQueue {
    /// Creates a queue that nobody else polls. Workflow ids begin with its name.
    pub fn new(client: Client, prefix: &'static str) -> Self {
        let name = unique(prefix);
        Self {
            client,
            name,
            prefix,
        }
    }

    /// Returns options for a workflow with a unique id.
    pub fn start_options(&self) -> WorkflowStartOptions {
        WorkflowStartOptions::new(&self.name, unique(self.prefix)).build()
    }

    /// Starts a workflow.
    pub async fn start<W>(
        &self,
        workflow: W,
        input: impl Into<W::Input>,
    ) -> Result<WorkflowHandle<Client, W>>
    where
        W: HasWorkflowDefinition,
        W::Input: Send,
    {
        let options = self.start_options();
        let started = self.client.start_workflow(workflow, input.into(), options);
        Ok(started.await?)
    }

    /// Starts a workflow together with an update, and returns it with the update's result.
    ///
    /// A separate update may follow a task without commands: the core executes both as one live
    /// task, not as a replay.
    pub async fn start_updated<W, U>(
        &self,
        workflow: W,
        input: impl Into<W::Input>,
        update: U,
        argument: impl Into<U::Input>,
    ) -> Result<(WorkflowHandle<Client, W>, U::Output)>
    where
        W: HasWorkflowDefinition,
        W::Input: Send,
        U: UpdateDefinition<Workflow = W::Run>,
        U::Input: Send,
    {
        let id = unique(self.prefix);
        let policy = WorkflowIdConflictPolicy::Fail;
        let options = WorkflowUpdateWithStartOptions::new(&self.name, &id, policy).build();
        let (input, argument) = (input.into(), argument.into());
        let answer = self
            .client
            .execute_update_with_start_workflow(workflow, input, update, argument, options)
            .await?;
        Ok((self.client.get_workflow_handle(id), answer))
    }

    /// Starts a workflow and waits for its result.
    pub async fn execute<W>(&self, workflow: W, input: impl Into<W::Input>) -> Result<W::Output>
    where
        W: HasWorkflowDefinition,
        W::Input: Send,
        W::Output: 'static,
    {
        result(&self.start(workflow, input).await?).await
    }
}

/// Waits for the result of a workflow.
pub async fn result<W>(handle: &WorkflowHandle<Client, W>) -> Result<W::Output>
where
    W: HasWorkflowDefinition,
    W::Output: 'static,
{
    let options = WorkflowGetResultOptions::default();
    Ok(handle.get_result(options).await?)
}

/// Signals a workflow.
pub async fn signal<W, S>(
    handle: &WorkflowHandle<Client, W>,
    signal: S,
    input: impl Into<S::Input>,
) -> Result<()>
where
    W: HasWorkflowDefinition,
    S: SignalDefinition<Workflow = W::Run>,
    S::Input: Send,
{
    let options = WorkflowSignalOptions::default();
    Ok(handle.signal(signal, input.into(), options).await?)
}
