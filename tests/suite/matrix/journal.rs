//! What an example wrote down with `--journal`.

use std::path::Path;

use chronoscope::schema::{Failure, Outcome, Retry};
use serde::Deserialize;
use temporalio_client::tonic::Code;

/// A line of a journal.
#[derive(Debug, Deserialize)]
#[serde(tag = "entry", rename_all = "lowercase")]
pub enum Entry {
    Run(Run),
    Attempt(Attempt),
    Call(Box<Call>),
}

/// A run that a worker got.
#[derive(Clone, Debug, Deserialize)]
pub struct Run {
    pub workflow_id: String,
    pub run_id: String,
}

/// An attempt of an activity.
#[derive(Clone, Debug, Deserialize)]
pub struct Attempt {
    pub run_id: String,
    pub task_queue: String,
    pub activity_id: String,
    pub activity_type: String,
    pub workflow_type: Option<String>,
    pub local: bool,
    pub attempt: u32,
    maximum_attempts: u32,
    non_retryable_types: Vec<String>,
    #[serde(default)]
    end: String,
    error_type: Option<String>,
    #[serde(default)]
    non_retryable: bool,
    #[serde(default)]
    benign: bool,
}

impl Attempt {
    /// What the end means, as [`Outcome`] has it.
    pub fn outcome(&self) -> Outcome {
        match &*self.end {
            "completed" => Outcome::Completed,
            "cancelled" => Outcome::Cancelled,
            "will_complete_async" => Outcome::WillCompleteAsync,
            "panicked" => Outcome::Panicked,
            "dropped" => Outcome::Dropped,
            "failed" if self.benign => Outcome::Benign(self.failure()),
            "failed" => Outcome::Failed(self.failure()),
            other => panic!("{other:?}"),
        }
    }

    fn failure(&self) -> Failure {
        let error_type = self.error_type.as_deref().unwrap_or("ApplicationError");
        let used_up = self.maximum_attempts != 0 && self.attempt >= self.maximum_attempts;
        let listed = self.non_retryable_types.iter().any(|t| t == error_type);
        let retry = match self.non_retryable || used_up || listed {
            true => Retry::Final,
            false => Retry::Retryable,
        };
        Failure::new(error_type.to_owned(), retry)
    }
}

/// A call of a client.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct Call {
    pub operation: String,
    pub workflow_id: String,
    pub run_id: Option<String>,
    pub workflow_type: String,
    /// The signal's name, the query's or the update's.
    pub name: String,
    pub update_id: String,
    /// How the update ended, if the call waited for that.
    pub update: Option<String>,
    /// The attempt whose code calls, if it is one.
    pub caller: Option<Attempt>,
    pub end: String,
    error: String,
    pub status: Option<i32>,
}

impl Call {
    /// What the end means, as [`Outcome`] has it.
    pub fn outcome(&self) -> Outcome {
        let failed = |name: String| Outcome::Failed(Failure::new(name, Retry::Final));
        match (&*self.end, &*self.error, self.status) {
            ("completed", ..) => Outcome::Completed,
            ("dropped", ..) => Outcome::Dropped,
            (_, "AlreadyStarted", _) => {
                Outcome::Benign(Failure::new("ALREADY_EXISTS", Retry::Final))
            }
            (_, "Rejected", _) => failed("QueryRejected".to_owned()),
            (_, "Failed", _) => failed("UpdateFailed".to_owned()),
            (_, _, Some(4)) => Outcome::TimedOut,
            (_, _, Some(status)) => failed(name(Code::from(status))),
            other => panic!("{other:?}"),
        }
    }
}

/// A gRPC status code as the specification spells it.
fn name(code: Code) -> String {
    let mut name = String::new();
    for c in format!("{code:?}").chars() {
        if c.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(c.to_ascii_uppercase());
    }
    name
}

/// Reads a journal.
pub fn read(file: &Path) -> Vec<Entry> {
    let text = std::fs::read_to_string(file).unwrap();
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}
