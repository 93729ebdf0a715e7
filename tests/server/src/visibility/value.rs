//! What a run has under a name, and how that compares.

use std::cmp::Ordering;

use super::parse::Comparison;
use crate::{
    calendar,
    clock::{Time, span},
    proto::{Payload, Status},
    run::Run,
};

/// A value of a run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Text(String),
    Number(f64),
    Bool(bool),
    Time(Time),
    List(Vec<String>),
    /// A text that is looked for word by word.
    Words(Vec<String>),
}

/// The name of a status, as queries have it.
pub(crate) fn status_name(status: Status) -> &'static str {
    match status {
        Status::Running => "Running",
        Status::Completed => "Completed",
        Status::Failed => "Failed",
        Status::Canceled => "Canceled",
        Status::Terminated => "Terminated",
        Status::ContinuedAsNew => "ContinuedAsNew",
        Status::TimedOut => "TimedOut",
        Status::Paused => "Paused",
        Status::Unspecified => "Unspecified",
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "histories are shorter than that"
)]
fn number(count: usize) -> Value {
    Value::Number(count as f64)
}

/// What is looked for in a text.
fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

impl From<Status> for Value {
    /// The order of statuses is that of their numbers.
    fn from(status: Status) -> Self {
        Self::Number(f64::from(status as i32))
    }
}

impl Value {
    /// What the run has under the name.
    pub(super) fn of(run: &Run, field: &str) -> Self {
        let text = |text: &str| Self::Text(text.to_owned());
        let started = run.started();
        let parent = started.and_then(|started| started.parent_workflow_execution.as_ref());
        let parent_text = |id: Option<&String>| id.map_or(Self::Null, |id| text(id));
        let backoff = started.and_then(|started| started.first_workflow_task_backoff.as_ref());
        let executed_at = run.state.started_at.after(span(backoff));
        match field {
            "WorkflowId" => text(&run.workflow_id),
            "RunId" => text(&run.run_id),
            "WorkflowType" => text(run.workflow_type()),
            "TaskQueue" => text(run.task_queue()),
            "ExecutionStatus" => run.state.status.into(),
            "StartTime" => Self::Time(run.state.started_at),
            "ExecutionTime" => Self::Time(executed_at),
            "CloseTime" => run.state.closed_at.map_or(Self::Null, Self::Time),
            "ExecutionDuration" => run.state.closed_at.map_or(Self::Null, |at| {
                Self::Number(at.since(executed_at).as_secs_f64() * 1e9)
            }),
            // Told when the run closes.
            "HistoryLength" | "HistorySizeBytes" if run.state.is_running() => Self::Null,
            "HistoryLength" => number(run.history.len()),
            "HistorySizeBytes" => number(run.history_bytes),
            "ParentWorkflowId" => parent_text(parent.map(|parent| &parent.workflow_id)),
            "ParentRunId" => parent_text(parent.map(|parent| &parent.run_id)),
            "RootWorkflowId" => text(&run.root().workflow_id),
            "RootRunId" => text(&run.root().run_id),
            field => run
                .state
                .search_attributes
                .get(field)
                .map_or(Self::Null, Self::decode),
        }
    }

    /// The value of a search attribute.
    fn decode(payload: &Payload) -> Self {
        use serde_json::Value as Json;
        let kind = payload.metadata.get("type").map(Vec::as_slice);
        match serde_json::from_slice(&payload.data) {
            Ok(Json::String(text)) if kind == Some(b"Datetime") => {
                calendar::parse(&text).map_or(Self::Text(text), Self::Time)
            }
            Ok(Json::String(text)) if kind == Some(b"Text") => Self::Words(words(&text)),
            Ok(Json::String(text)) => Self::Text(text),
            Ok(Json::Number(number)) => number.as_f64().map_or(Self::Null, Self::Number),
            Ok(Json::Bool(bool)) => Self::Bool(bool),
            Ok(Json::Array(list)) => Self::List(
                list.into_iter()
                    .filter_map(|item| item.as_str().map(str::to_owned))
                    .collect(),
            ),
            _ => Self::Null,
        }
    }

    fn compare(&self, wanted: &Self) -> Option<Ordering> {
        match (self, wanted) {
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Number(a), Self::Number(b)) => a.partial_cmp(b),
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::Time(a), Self::Time(b)) => Some(a.cmp(b)),
            (Self::Time(a), Self::Number(b)) => {
                (a.since_epoch().as_secs_f64() * 1e9).partial_cmp(b)
            }
            _ => None,
        }
    }

    /// Whether the comparison with the wanted value holds.
    pub(super) fn fulfils(&self, comparison: Comparison, wanted: &Self) -> bool {
        if let (Self::List(list), Self::Text(wanted)) = (self, wanted) {
            let has = list.contains(wanted);
            return match comparison {
                Comparison::Equal => has,
                Comparison::NotEqual => !has,
                _ => false,
            };
        }
        if let (Self::Words(known), Self::Text(wanted)) = (self, wanted) {
            let has = words(wanted).iter().any(|word| known.contains(word));
            return match comparison {
                Comparison::Equal => has,
                Comparison::NotEqual => !has,
                _ => false,
            };
        }
        if comparison == Comparison::StartsWith {
            return match (self, wanted) {
                (Self::Text(text), Self::Text(start)) => text.starts_with(start.as_str()),
                _ => false,
            };
        }
        let Some(order) = self.compare(wanted) else {
            return false;
        };
        match comparison {
            Comparison::Equal => order.is_eq(),
            Comparison::NotEqual => order.is_ne(),
            Comparison::Less => order.is_lt(),
            Comparison::NotMore => order.is_le(),
            Comparison::More => order.is_gt(),
            Comparison::NotLess => order.is_ge(),
            Comparison::StartsWith => false,
        }
    }
}
