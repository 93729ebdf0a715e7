//! The marks of signals that do not belong to an accepted task, or may not.

#[cfg(feature = "logs")]
use crate::execution::Value;

/// The marks of lines and log records: none, if their task was accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Marks {
    #[default]
    None,
    /// Their task failed.
    Failed { cause: Box<str>, attempt: u32 },
    /// Nobody could say whether their task was accepted.
    Unknown,
    /// Their task has not been answered yet.
    Open,
}

/// The mark of a line whose task failed.
#[cfg(feature = "logs")]
pub(crate) const TASK_FAILED: &str = "task_failed";
/// That of one whose task's fate nobody knows.
#[cfg(feature = "logs")]
const TASK_ACCEPTED: &str = "task_accepted";
/// That of one whose task has not been answered.
#[cfg(feature = "logs")]
const TASK_OPEN: &str = "task_open";

/// Returns whether a mark of this name says that a line's task may not have been accepted.
#[cfg(feature = "testing")]
pub(crate) fn is_doubt(name: &str) -> bool {
    [TASK_ACCEPTED, TASK_OPEN].contains(&name)
}

#[cfg(feature = "logs")]
impl Marks {
    /// Returns the fields that are added.
    pub(crate) fn fields(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::None => Vec::new(),
            Self::Failed { cause, attempt } => vec![
                (TASK_FAILED, true.into()),
                ("task_failure", (**cause).into()),
                ("task_attempt", (*attempt).into()),
            ],
            Self::Unknown => vec![(TASK_ACCEPTED, Value::Constant("unknown"))],
            Self::Open => vec![(TASK_OPEN, true.into())],
        }
    }
}
