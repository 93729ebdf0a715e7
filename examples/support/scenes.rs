//! Plays an example's scenes as often as the flags say.

use anyhow::Result;
use temporalio_sdk::{
    WorkerOptions,
    workflow_replayer::{WorkflowReplayer, WorkflowReplayerOptions},
};

use super::{Example, Flags, TaskQueue};

impl Example {
    /// Installs observability as the flags say, and connects.
    pub async fn install(flags: Flags) -> Result<Self> {
        let observability = flags.observability()?.install()?;
        Self::start(flags, observability).await
    }

    /// Returns a task queue that nobody else polls.
    pub fn task_queue(&self, prefix: &'static str) -> TaskQueue {
        TaskQueue::new(self.client.clone(), prefix)
    }

    /// Returns options for a worker of that queue, with the cache size of the flags.
    pub fn worker(&self, queue: &TaskQueue) -> WorkerOptions {
        WorkerOptions::new(&queue.name)
            .max_cached_workflows(self.flags.cache.unwrap_or(1000))
            .build()
    }

    /// Plays a scene as often as `--runs` says, and prints the results below the log.
    pub async fn play(
        &self,
        worker: WorkerOptions,
        scene: impl AsyncFn() -> Result<String>,
    ) -> Result<()> {
        let summaries = self.scenes(worker, scene).await?;
        self.tell(&summaries);
        Ok(())
    }

    /// Plays a scene as often as `--runs` says, and returns the results.
    pub async fn scenes<T>(
        &self,
        worker: WorkerOptions,
        scene: impl AsyncFn() -> Result<T>,
    ) -> Result<Vec<T>> {
        self.work(worker, async |_| self.played(scene).await).await
    }

    /// Plays the first half of a scene on one worker as often as `--runs` says, and after its
    /// shutdown the second halves on its successor. Prints the results below the log.
    pub async fn hand_over<T>(
        &self,
        (old, begin): (WorkerOptions, impl AsyncFn() -> Result<T>),
        (new, finish): (WorkerOptions, impl AsyncFn(T) -> Result<String>),
    ) -> Result<()> {
        let begun = self.serve(old, async |_| self.played(begin).await).await?;
        let rest = async |_| {
            let mut summaries = Vec::new();
            for begun in begun {
                summaries.push(finish(begun).await?);
            }
            Ok(summaries)
        };
        let summaries = self.work(new, rest).await?;
        self.tell(&summaries);
        Ok(())
    }

    async fn played<T>(&self, scene: impl AsyncFn() -> Result<T>) -> Result<Vec<T>> {
        let mut played = Vec::new();
        for _ in 0..self.flags.runs {
            played.push(scene().await?);
        }
        Ok(played)
    }

    /// Returns an observed replayer for this example's histories.
    pub fn replayer(&self, mut options: WorkflowReplayerOptions) -> Result<WorkflowReplayer> {
        options.data_converter = self.client.options().data_converter.clone();
        let options = self.observability.wrap(options);
        Ok(WorkflowReplayer::new(options)?)
    }

    /// Ends the log, and prints the results below it.
    pub fn tell(&self, summaries: &[String]) {
        self.finish();
        for summary in summaries {
            println!("{summary}");
        }
    }
}
