//! The parent of each run and handler: the span that started or called it.

use std::collections::BTreeMap;

use temporalio_common::protos::temporal::api::{
    enums::v1::ContinueAsNewInitiator, history::v1::history_event::Attributes,
};

use super::{
    expected::{Expected, Run},
    journal::Call,
    nodes::{Parent, operation},
};
use crate::oracle::Reading;

impl Expected {
    /// Says what each run, and each handler, stands below.
    pub(super) fn tie_runs(&mut self) {
        let mut ties = Vec::new();
        let mut signals = BTreeMap::<_, usize>::new();
        for run in &self.runs {
            for reading in &run.readings {
                let parent = match operation(&reading.name) {
                    "RunWorkflow" => self.origin(run),
                    "HandleSignal" => {
                        let workflow = &run.started.workflow_id;
                        let nth = signals.entry((workflow, &reading.name)).or_default();
                        *nth += 1;
                        self.sender(run, reading, *nth - 1)
                    }
                    "HandleUpdate" => self.updater(&reading.of),
                    _ => continue,
                };
                let node = self.by_event[&(run.id.clone(), reading.event)];
                ties.extend(parent.map(|parent| (node, parent)));
            }
        }
        for (node, parent) in ties {
            self.nodes[node].parent = Parent::Node(parent);
        }
    }

    /// What started a run, unless it begins a trace of its own.
    fn origin(&self, run: &Run) -> Option<usize> {
        let started = &run.started;
        if started.initiator() == ContinueAsNewInitiator::Workflow || run.is_scheduled() {
            return None;
        }
        if let Some(parent) = &started.parent_workflow_execution {
            let call = (parent.run_id.clone(), started.parent_initiated_event_id);
            return self.by_event.get(&call).copied();
        }
        // A run that is retried has the parent of its first attempt.
        let first = &started.first_execution_run_id;
        self.call(|call| call.operation.contains("Start") && call.run_id.as_ref() == Some(first))
    }

    fn call(&self, matches: impl Fn(&Call) -> bool) -> Option<usize> {
        let n = self.calls.iter().position(matches)?;
        self.by_call.get(&n).copied()
    }

    /// What sent a signal, the nth of its name to the workflow.
    fn sender(&self, run: &Run, handler: &Reading, nth: usize) -> Option<usize> {
        let event = run
            .events
            .iter()
            .find(|event| event.event_id == handler.event);
        let Some(Attributes::WorkflowExecutionSignaledEventAttributes(signal)) =
            &event.unwrap().attributes
        else {
            panic!("{handler:?} is no signal");
        };
        if let Some(sender) = &signal.external_workflow_execution {
            let sender = self.runs.iter().find(|run| run.id == sender.run_id)?;
            let mut sent = sender.readings.iter().filter(|reading| {
                operation(&reading.name).starts_with("Signal")
                    && reading.of == run.started.workflow_id
                    && reading.name.ends_with(&format!(":{}", signal.signal_name))
            });
            let before = run.events.iter().filter(|event| {
                event.event_id < handler.event
                    && matches!(
                        &event.attributes,
                        Some(Attributes::WorkflowExecutionSignaledEventAttributes(other))
                            if other.signal_name == signal.signal_name
                                && other.external_workflow_execution
                                    == signal.external_workflow_execution
                    )
            });
            let reading = sent.nth(before.count())?;
            return self
                .by_event
                .get(&(sender.id.clone(), reading.event))
                .copied();
        }
        let mut calls = self.calls.iter().enumerate().filter(|(_, call)| {
            call.operation.starts_with("Signal")
                && call.workflow_id == run.started.workflow_id
                && call.name == signal.signal_name
                && call.end == "completed"
        });
        self.by_call.get(&calls.nth(nth)?.0).copied()
    }

    fn updater(&self, update_id: &str) -> Option<usize> {
        self.call(|call| call.operation != "PollWorkflowUpdate" && call.update_id == update_id)
    }
}
