//! What a program's hooks have seen.

use std::sync::{Arc, Mutex};

use chronoscope::{Builder, execution::Execution, schema::Outcome};

/// What hooks have seen, such as `RunWorkflow starts` and `RunWorkflow completed`.
#[derive(Clone, Default)]
pub struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    /// Has the hooks of a program note what they see.
    pub fn hook(&self, builder: Builder) -> Builder {
        let (started, ended) = (self.clone(), self.clone());
        builder
            .on_start(move |execution: &Execution| {
                let operation = execution.operation().name();
                started.note(format!("{operation} starts"));
            })
            .on_end(move |execution: &Execution, outcome: &Outcome| {
                let (operation, class) = (execution.operation().name(), outcome.class());
                ended.note(format!("{operation} {class}"));
            })
    }

    fn note(&self, what: String) {
        self.0.lock().unwrap().push(what);
    }

    /// How often the hooks saw something.
    pub fn count(&self, what: &str) -> usize {
        let seen = self.0.lock().unwrap();
        seen.iter().filter(|seen| *seen == what).count()
    }
}
