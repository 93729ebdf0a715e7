use anyhow::Result;
use temporalio_client::{
    Client, WorkflowGetResultOptions, WorkflowHandle, WorkflowIdConflictPolicy,
    WorkflowStartOptions, WorkflowUpdateWithStartOptions,
};
use temporalio_common::{HasWorkflowDefinition, UpdateDefinition};
use temporalio_sdk::WorkerOptions;

use super::{Example, Flags, unique};

/// A task queue that only this example's worker serves, and a client that starts workflows on it.
#[derive(Clone)]
pub struct TaskQueue {
    pub client: Client,
    pub name: String,
    prefix: &'static str,
}

impl TaskQueue {
    /// Options for a workflow with an id of its own.
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

    /// Starts a workflow together with an update, and returns it with the answer.
    ///
    /// One that comes by itself may come after a task that left no command: such a task is replayed
    /// as one with the update's, and neither as a replay.
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

impl Example {
    /// Installs what the flags say, and connects.
    pub async fn install(flags: Flags) -> Result<Self> {
        let observability = flags.observability()?.install()?;
        Self::start(flags, observability).await
    }

    /// Returns a task queue that nobody else serves.
    pub fn task_queue(&self, prefix: &'static str) -> TaskQueue {
        TaskQueue {
            client: self.client.clone(),
            name: unique(prefix),
            prefix,
        }
    }

    /// Returns options for a worker of that queue, with the cache that the flags ask for.
    pub fn worker(&self, queue: &TaskQueue) -> WorkerOptions {
        WorkerOptions::new(&queue.name)
            .max_cached_workflows(self.flags.cache.unwrap_or(1000))
            .build()
    }

    /// Plays a scene as often as `--runs` says, and prints what came of it below the log.
    pub async fn play(
        &self,
        worker: WorkerOptions,
        scene: impl AsyncFn() -> Result<String>,
    ) -> Result<()> {
        let summaries = self.scenes(worker, scene).await?;
        self.tell(&summaries);
        Ok(())
    }

    /// Plays a scene as often as `--runs` says, and returns what came of it.
    pub async fn scenes<T>(
        &self,
        worker: WorkerOptions,
        scene: impl AsyncFn() -> Result<T>,
    ) -> Result<Vec<T>> {
        let scenes = async |_| {
            let mut played = Vec::new();
            for _ in 0..self.flags.runs {
                played.push(scene().await?);
            }
            Ok(played)
        };
        self.work(worker, scenes).await
    }

    /// Ends the log, and prints what came of the work below it.
    pub fn tell(&self, summaries: &[String]) {
        self.finish();
        for summary in summaries {
            println!("{summary}");
        }
    }
}
