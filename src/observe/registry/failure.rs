//! Why a workflow task failed.

use std::time::SystemTime;

/// The cause of a task's failure whose code did not follow its history.
pub(crate) const NON_DETERMINISM: &str = "NON_DETERMINISTIC_ERROR";

/// A workflow task that failed.
#[derive(Debug)]
pub(crate) struct TaskFailure {
    pub(crate) cause: &'static str,
    pub(crate) error_type: String,
    pub(crate) message: Option<String>,
    pub(crate) at: SystemTime,
}
