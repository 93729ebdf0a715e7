//! The records of a worker's runs, driven without the SDK: only for this crate's own benchmarks.

use std::{fmt, sync::Arc, time::SystemTime};

use temporalio_common::protos::coresdk::{
    workflow_activation::{
        FireTimer, InitializeWorkflow, WorkflowActivation, WorkflowActivationJob,
        workflow_activation_job::Variant as Job,
    },
    workflow_commands::{StartTimer, workflow_command::Variant as Command},
    workflow_completion::WorkflowActivationCompletion,
};

use crate::{
    observability::Observability,
    observe::{About, Registration, Worker},
    worker::{activated, completed},
};

/// The records of runs that wait in a worker's cache.
pub struct Records {
    worker: Arc<Worker>,
    runs: Vec<String>,
    next: usize,
    /// What an activation brings and what its completion gives: nothing, or one timer each.
    timers: bool,
}

impl Records {
    /// Makes so many runs wait: for a timer each, or for nothing that is known.
    #[must_use]
    pub fn of(observability: &Observability, runs: usize, timers: bool) -> Option<Self> {
        let observer = observability.observer();
        let worker = observer.registry().register(
            &Registration::default(),
            &format!("records-{runs}-{timers}"),
            About::default(),
            observer.stuck(),
            false,
        )?;
        let records = Self {
            worker,
            runs: (0..runs)
                .map(|n| format!("01a1fed9-0c6d-78ed-bc22-{n:012x}"))
                .collect(),
            next: 0,
            timers,
        };
        for n in 0..runs {
            let (mut activation, completion) = records.messages(n, 1);
            activation.jobs = vec![job(Job::InitializeWorkflow(InitializeWorkflow {
                workflow_id: format!("order-{n}"),
                workflow_type: "Order".to_owned(),
                ..Default::default()
            }))];
            activated(&records.worker, &activation);
            completed(&records.worker, &completion);
        }
        Some(records)
    }

    /// Makes the messages of the next activation, and hands them to the worker's records unless
    /// `only_messages`.
    pub fn activate(&mut self, only_messages: bool) {
        let turn = self.next / self.runs.len() + 2;
        let run = self.next % self.runs.len();
        self.next += 1;
        let (activation, completion) = self.messages(run, u32::try_from(turn).unwrap_or(2));
        if only_messages {
            std::hint::black_box((activation, completion));
        } else {
            activated(&self.worker, &activation);
            completed(&self.worker, &completion);
        }
    }

    fn messages(
        &self,
        run: usize,
        turn: u32,
    ) -> (WorkflowActivation, WorkflowActivationCompletion) {
        let run_id = &self.runs[run];
        let fired = self.timers.then(|| {
            job(Job::FireTimer(FireTimer {
                seq: turn.saturating_sub(1),
            }))
        });
        let started = self.timers.then(|| {
            Command::StartTimer(StartTimer {
                seq: turn,
                ..Default::default()
            })
        });
        let activation = WorkflowActivation {
            run_id: run_id.clone(),
            timestamp: Some(SystemTime::UNIX_EPOCH.into()),
            history_length: turn.saturating_mul(5),
            jobs: fired.into_iter().collect(),
            ..Default::default()
        };
        let commands: Vec<_> = started.into_iter().collect();
        let completion = WorkflowActivationCompletion::from_cmds(run_id.clone(), commands);
        (activation, completion)
    }
}

fn job(variant: Job) -> WorkflowActivationJob {
    WorkflowActivationJob {
        variant: Some(variant),
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").finish_non_exhaustive()
    }
}
