//! The list of cached runs, in the service's messages.

use tonic::Status;

use super::{View, begins, duration, is, kinds, number, since, text};
use crate::{
    execution::Wait,
    introspect::{page::Page, v1},
    observe::{Left, RunSeen, RunState, TaskFailure},
    schema::Field,
};

/// The filter of listed runs.
#[derive(Debug)]
pub(in crate::introspect) struct RunFilter {
    asked: v1::RunFilter,
    states: Vec<v1::RunState>,
}

impl RunFilter {
    pub(in crate::introspect) fn read(asked: Option<v1::RunFilter>) -> Result<Self, Status> {
        let asked = asked.unwrap_or_default();
        let states = kinds(&asked.states, "run state")?;
        Ok(Self { asked, states })
    }

    fn passes(&self, run: &RunSeen) -> bool {
        let field = |field| run.about.text(field);
        is(&self.asked.task_queue, field(Field::TaskQueue))
            && is(&self.asked.workflow_type, field(Field::WorkflowType))
            && begins(&self.asked.workflow_id_prefix, field(Field::WorkflowId))
            && (self.states.is_empty() || self.states.contains(&doing(run.state.doing)))
            && (self.asked.stuck).is_none_or(|stuck| stuck == (run.state.failures > 0))
    }
}

impl View {
    /// Returns one page of the known runs.
    pub(in crate::introspect) fn runs(
        &self,
        filter: &RunFilter,
        page: Page,
        tick: Option<v1::Tick>,
    ) -> v1::ListRunsResponse {
        let mut runs = Vec::new();
        for worker in self.process.registry.list_workers() {
            runs.extend(worker.list_runs());
        }
        runs.retain(|run| filter.passes(run));
        runs.sort_unstable_by_key(|run| run.number);
        let part = page.of(runs, |run| run.number);
        v1::ListRunsResponse {
            runs: part.items.iter().map(run).collect(),
            next_page_token: part.next,
            total: part.total,
            tick,
        }
    }
}

fn doing(state: RunState) -> v1::RunState {
    match state {
        RunState::Waiting => v1::RunState::Waiting,
        RunState::Executing => v1::RunState::Executing,
        RunState::Replaying => v1::RunState::Replaying,
        RunState::Evicted => v1::RunState::Evicted,
    }
}

fn run(run: &RunSeen) -> v1::Run {
    let (about, state, waits) = (&run.about, &run.state, run.waits.list());
    v1::Run {
        namespace: text(about, Field::Namespace),
        task_queue: text(about, Field::TaskQueue),
        workflow_id: text(about, Field::WorkflowId),
        run_id: text(about, Field::RunId),
        workflow_type: text(about, Field::WorkflowType),
        state: doing(state.doing).into(),
        in_state: since(state.since),
        history_length: state.history_length,
        last_task: state.last_task.map(|task| v1::Task {
            duration: Some(duration(task.duration)),
            outcome: if task.failed { "failed" } else { "completed" }.to_owned(),
            commands: task.commands,
        }),
        stuck: state.failures > 0,
        consecutive_failures: state.failures,
        last_failure: state.last_failure.as_deref().map(failure),
        eviction_reason: state.eviction.unwrap_or_default().to_owned(),
        attempt: number(about, Field::Attempt),
        more_waits: waits.more() as u64,
        waits_unseen: state.doing == RunState::Waiting && waits.is_empty(),
        waits: waits.first().iter().map(wait).collect(),
        blocked: state.is_blocked,
    }
}

fn wait(wait: &Wait) -> v1::Wait {
    let place = wait.place();
    v1::Wait {
        kind: wait.kind().name().to_owned(),
        name: wait.name().to_owned(),
        id: wait.id(),
        since: wait.since().map(prost_types::Timestamp::from),
        until: wait.until().map(prost_types::Timestamp::from),
        place: place.map_or_else(String::new, |at| format!("{}:{}", at.file(), at.line())),
    }
}

fn left(left: &Left) -> v1::NonDeterminism {
    let mismatch = &left.mismatch;
    v1::NonDeterminism {
        form: mismatch.form.to_owned(),
        event_id: mismatch.event_id,
        event: mismatch.event.clone(),
        recorded: mismatch.recorded.clone(),
        given: mismatch.given.clone(),
        commands: left
            .commands
            .iter()
            .map(|kind| (*kind).to_owned())
            .collect(),
        patches: left.patches.iter().map(|patch| patch.to_string()).collect(),
    }
}

pub(super) fn failure(failure: &TaskFailure) -> v1::TaskFailure {
    v1::TaskFailure {
        cause: failure.cause.to_owned(),
        error_type: failure.error_type.clone(),
        message: failure.message.clone().unwrap_or_default(),
        at: Some(failure.at.into()),
        non_determinism: failure.left.as_deref().map(left),
    }
}
