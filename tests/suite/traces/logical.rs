//! The spans of an order as its histories give them, independent of the worker that sends them.

use std::collections::BTreeMap;

use temporalio_common::protos::temporal::api::history::v1::{
    HistoryEvent, WorkflowExecutionStartedEventAttributes, history_event::Attributes,
};

use crate::oracle;
use crate::support::collector::Span;

/// What makes a span that span. An order does nothing twice, so a run has each name once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Logical {
    /// The run; of a client's call the workflow, since the call comes before the run.
    pub of: String,
    pub name: String,
    /// The activity and its attempt, of which there may be several.
    pub attempt: Option<(String, String)>,
}

impl Logical {
    fn new(of: &str, name: impl Into<String>) -> Self {
        Self {
            of: of.to_owned(),
            name: name.into(),
            attempt: None,
        }
    }

    pub fn of_span(span: &Span) -> Self {
        let of = match operation(&span.name) {
            "StartWorkflow" | "SignalWorkflow" => "temporalWorkflowID",
            _ => "temporalRunID",
        };
        let attempt = (operation(&span.name) == "RunActivity").then(|| {
            ["temporalActivityID", "temporalAttempt"].map(|name| span.attribute(name).to_owned())
        });
        Self {
            attempt: attempt.map(|[activity, attempt]| (activity, attempt)),
            ..Self::new(span.attribute(of), &*span.name)
        }
    }
}

/// A span as the history gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// None for a client call, which is in no history.
    pub parent: Option<Logical>,
    /// Start and end, of what takes workflow time.
    pub times: Option<(u64, u64)>,
    /// Which worker executed the end.
    pub ended_by: String,
    /// Whether a worker began to execute the end before, and was not heard of.
    pub tried_before: bool,
}

fn operation(name: &str) -> &str {
    name.split(':').next().unwrap()
}

/// Reads the histories of closed runs. Clients' calls are told of as far as they led to an event.
pub fn told(histories: &[Vec<HistoryEvent>]) -> BTreeMap<Logical, Expected> {
    let mut told = BTreeMap::new();
    for events in histories {
        let run = Run::of(events);
        for (name, start, end) in oracle::spans(events) {
            let parent = run.parent(&name);
            let task = run.task_at(end);
            let is_new = told.insert(
                Logical::new(run.id(), name),
                Expected {
                    parent: Some(parent.clone()),
                    times: Some((start, end)),
                    ended_by: task.worker.clone(),
                    tried_before: task.tried_before,
                },
            );
            assert_eq!(is_new, None, "an order does nothing twice");
            if ["StartWorkflow", "SignalWorkflow"].contains(&operation(&parent.name)) {
                told.insert(parent, Expected::call());
            }
        }
        told.extend(run.attempts());
    }
    told
}

impl Expected {
    fn call() -> Self {
        Self {
            parent: None,
            times: None,
            ended_by: String::new(),
            tried_before: false,
        }
    }
}

/// One run's history.
struct Run<'a> {
    events: &'a [HistoryEvent],
    started: &'a WorkflowExecutionStartedEventAttributes,
    tasks: Vec<Task>,
}

/// A workflow task that the server accepted.
struct Task {
    /// Workflow time.
    at: u64,
    worker: String,
    tried_before: bool,
}

/// The tasks that the server accepted, in their order.
fn tasks(events: &[HistoryEvent]) -> Vec<Task> {
    let (mut tasks, mut tried_before) = (Vec::new(), false);
    for event in events {
        match &event.attributes {
            Some(Attributes::WorkflowTaskCompletedEventAttributes(task)) => {
                let started = usize::try_from(task.started_event_id).unwrap() - 1;
                tasks.push(Task {
                    at: oracle::nanos(&events[started]),
                    worker: task.identity.clone(),
                    tried_before: std::mem::take(&mut tried_before),
                });
            }
            Some(Attributes::WorkflowTaskTimedOutEventAttributes(_)) => tried_before = true,
            _ => {}
        }
    }
    tasks
}

impl<'a> Run<'a> {
    fn of(events: &'a [HistoryEvent]) -> Self {
        let Some(Attributes::WorkflowExecutionStartedEventAttributes(started)) =
            &events[0].attributes
        else {
            panic!("a history begins with the start");
        };
        Self {
            events,
            started,
            tasks: tasks(events),
        }
    }

    fn id(&self) -> &str {
        &self.started.original_execution_run_id
    }

    fn kind(&self) -> &str {
        &self.started.workflow_type.as_ref().unwrap().name
    }

    fn parent(&self, name: &str) -> Logical {
        let workflow = &self.started.workflow_id;
        match operation(name) {
            "RunWorkflow" => match &self.started.parent_workflow_execution {
                Some(parent) => Logical::new(
                    &parent.run_id,
                    format!("StartChildWorkflow:{}", self.kind()),
                ),
                None => Logical::new(workflow, format!("StartWorkflow:{}", self.kind())),
            },
            "HandleSignal" => {
                Logical::new(workflow, name.replace("HandleSignal", "SignalWorkflow"))
            }
            _ => Logical::new(self.id(), format!("RunWorkflow:{}", self.kind())),
        }
    }

    /// The task that stands at this workflow time. The marker is of the first, and has the time of
    /// the run's start.
    fn task_at(&self, time: u64) -> &Task {
        let task = self.tasks.iter().find(|task| task.at == time);
        task.unwrap_or(&self.tasks[0])
    }

    /// The attempts of activities that history knows: the last of each.
    fn attempts(&self) -> impl Iterator<Item = (Logical, Expected)> {
        let scheduled = |id| match &self.events[usize::try_from(id).unwrap() - 1].attributes {
            Some(Attributes::ActivityTaskScheduledEventAttributes(scheduled)) => scheduled,
            other => panic!("{other:?} schedules no activity"),
        };
        self.events.iter().filter_map(move |event| {
            let Some(Attributes::ActivityTaskStartedEventAttributes(started)) = &event.attributes
            else {
                return None;
            };
            let scheduled = scheduled(started.scheduled_event_id);
            let kind = &scheduled.activity_type.as_ref().unwrap().name;
            let attempt = (scheduled.activity_id.clone(), started.attempt.to_string());
            let logical = Logical {
                attempt: Some(attempt),
                ..Logical::new(self.id(), format!("RunActivity:{kind}"))
            };
            let told = Expected {
                parent: Some(Logical::new(self.id(), format!("StartActivity:{kind}"))),
                times: None,
                ended_by: started.identity.clone(),
                tried_before: false,
            };
            Some((logical, told))
        })
    }
}
