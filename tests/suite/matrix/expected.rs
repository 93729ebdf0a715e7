//! The spans expected from histories and a journal, as one tree.
//!
//! Spans of workflows follow from histories alone ([`crate::oracle`]). Attempts, calls, queries and
//! validations follow from the journal, and histories say what they belong to.

use std::collections::BTreeMap;

use temporalio_common::protos::temporal::api::history::v1::{
    HistoryEvent, WorkflowExecutionStartedEventAttributes, history_event::Attributes,
};

use super::{
    journal::{Attempt, Call, Entry},
    nodes::{About, Node, Parent, operation},
    rows::Row,
};
use crate::oracle::{self, Reading};

/// The search attribute in which the server names the schedule that started a run.
const SCHEDULED_BY: &str = "TemporalScheduledById";

/// One run.
pub struct Run {
    pub id: String,
    pub started: WorkflowExecutionStartedEventAttributes,
    pub readings: Vec<Reading>,
    pub events: Vec<HistoryEvent>,
}

impl Run {
    fn new(row: &Row, events: Vec<HistoryEvent>) -> Self {
        let Some(Attributes::WorkflowExecutionStartedEventAttributes(started)) =
            events[0].attributes.clone()
        else {
            panic!("a history begins with the start");
        };
        Self {
            id: started.original_execution_run_id.clone(),
            started,
            readings: oracle::read(&events, row.waits),
            events,
        }
    }

    pub fn task_queue(&self) -> &str {
        &self.started.task_queue.as_ref().unwrap().name
    }

    pub fn kind(&self) -> &str {
        &self.started.workflow_type.as_ref().unwrap().name
    }

    /// Whether the core gave it up, since its code did not fit its history.
    pub fn is_given_up(&self) -> bool {
        self.events.last().is_some_and(oracle::is_given_up)
    }

    pub(super) fn is_scheduled(&self) -> bool {
        let attributes = self.started.search_attributes.as_ref();
        attributes.is_some_and(|known| known.indexed_fields.contains_key(SCHEDULED_BY))
            || !self.started.cron_schedule.is_empty()
    }
}

/// What must be.
pub struct Expected {
    pub runs: Vec<Run>,
    pub attempts: Vec<Attempt>,
    pub calls: Vec<Call>,
    pub nodes: Vec<Node>,
    /// The nodes of runs, by run and event.
    pub(super) by_event: BTreeMap<(String, i64), usize>,
    /// The nodes of calls, by their place among the calls.
    pub(super) by_call: BTreeMap<usize, usize>,
}

impl Expected {
    pub fn new(row: &Row, histories: Vec<Vec<HistoryEvent>>, journal: Vec<Entry>) -> Self {
        let mut told = Self {
            runs: histories
                .into_iter()
                .map(|events| Run::new(row, events))
                .collect(),
            attempts: Vec::new(),
            calls: Vec::new(),
            nodes: Vec::new(),
            by_event: BTreeMap::new(),
            by_call: BTreeMap::new(),
        };
        for entry in journal {
            match entry {
                Entry::Attempt(attempt) => told.attempts.push(attempt),
                Entry::Call(call) => told.calls.push(*call),
                Entry::Run(_) => {}
            }
        }
        told.add_runs();
        told.add_attempts();
        told.add_calls();
        told.tie_runs();
        told.add_answers(row);
        for node in &mut told.nodes {
            let within = row.within.iter().find(|(which, _)| which.has(node));
            if let Some((_, parent)) = within {
                node.parent = Parent::Named((*parent).to_owned());
            }
        }
        for (name, parent, count) in row.spans {
            for _ in 0..count.of(&told) {
                told.nodes.push(Node::own(name, parent));
            }
        }
        told
    }

    /// Everything of this name.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Node> {
        self.nodes.iter().filter(move |node| node.name == name)
    }

    /// Counts events.
    pub fn events(&self, is: fn(&Attributes) -> bool) -> usize {
        let events = self.runs.iter().flat_map(|run| &run.events);
        events
            .filter_map(|event| event.attributes.as_ref())
            .filter(|a| is(a))
            .count()
    }

    pub(super) fn add(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn add_runs(&mut self) {
        let runs = std::mem::take(&mut self.runs);
        for run in &runs {
            // The run's own span comes first, since the others stand below it.
            let (own, others): (Vec<_>, Vec<_>) = run
                .readings
                .iter()
                .partition(|reading| operation(&reading.name) == "RunWorkflow");
            let mut parent = Parent::Missing;
            for reading in own.into_iter().chain(others) {
                let index = self.add(Node {
                    name: reading.name.clone(),
                    outcome: reading.outcome.clone(),
                    about: About::Workflow {
                        run: run.id.clone(),
                        start: reading.start,
                        end: reading.end,
                    },
                    parent: match operation(&reading.name) {
                        "RunWorkflow" => Parent::Root,
                        _ => parent.clone(),
                    },
                    task_queue: run.task_queue().to_owned(),
                    workflow_type: run.kind().to_owned(),
                });
                if operation(&reading.name) == "RunWorkflow" {
                    parent = Parent::Node(index);
                }
                if operation(&reading.name) != "WorkflowExecutionStarted" {
                    self.by_event.insert((run.id.clone(), reading.event), index);
                }
            }
        }
        self.runs = runs;
    }

    fn add_attempts(&mut self) {
        for attempt in self.attempts.clone() {
            let run = self.runs.iter().find(|run| run.id == attempt.run_id);
            let call = run.and_then(|run| {
                let mut readings = run.readings.iter();
                let call = readings.find(|reading| {
                    operation(&reading.name) == "StartActivity" && reading.of == attempt.activity_id
                })?;
                self.by_event.get(&(run.id.clone(), call.event))
            });
            let node = Node {
                name: format!("RunActivity:{}", attempt.activity_type),
                outcome: attempt.outcome(),
                parent: call.map_or(Parent::Missing, |index| Parent::Node(*index)),
                task_queue: attempt.task_queue.clone(),
                workflow_type: attempt.workflow_type.clone().unwrap_or_default(),
                about: About::Attempt(attempt),
            };
            self.add(node);
        }
    }
}
