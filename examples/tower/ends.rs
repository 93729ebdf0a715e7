//! Counts the ends of activity attempts.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use chronoscope::{
    execution::Execution,
    schema::{Operation, Outcome},
};

/// The number of ended activity attempts, by error type.
#[derive(Clone, Debug, Default)]
pub struct Ends(Arc<Mutex<BTreeMap<String, usize>>>);

impl Ends {
    /// Returns the hook that counts them.
    pub fn hook(&self) -> impl Fn(&Execution, &Outcome) + Send + Sync + 'static {
        let ends = self.0.clone();
        move |execution, outcome| {
            if execution.operation() == Operation::RunActivity {
                let end = outcome.error_type().unwrap_or(outcome.class());
                let mut ends = ends.lock().unwrap_or_else(PoisonError::into_inner);
                *ends.entry(end.to_owned()).or_default() += 1;
            }
        }
    }

    /// Returns the number of attempts with an end.
    pub fn of(&self, end: &str) -> usize {
        let ends = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ends.get(end).copied().unwrap_or_default()
    }
}
