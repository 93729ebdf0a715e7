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

#[cfg(feature = "logs")]
impl Marks {
    /// Returns the fields that are added.
    pub(crate) fn fields(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::None => Vec::new(),
            Self::Failed { cause, attempt } => vec![
                ("task_failed", true.into()),
                ("task_failure", (**cause).into()),
                ("task_attempt", (*attempt).into()),
            ],
            Self::Unknown => vec![("task_accepted", Value::Constant("unknown"))],
            Self::Open => vec![("task_open", true.into())],
        }
    }
}
