//! The handlers of a run that have begun and not ended.

use std::{fmt, sync::Arc};

use parking_lot::Mutex;

use super::Run;

/// The handlers of a run that are open, in the order in which they began.
#[derive(Default)]
pub(super) struct Handlers(Mutex<Vec<Arc<Open>>>);

/// An open signal or update handler.
pub(crate) struct Open {
    pub(crate) name: Box<str>,
    /// The id of the update that it handles, if it is one.
    pub(crate) update_id: Option<Box<str>>,
}

/// An open handler's entry in its run, until it is dropped.
pub(crate) struct Opened {
    run: Arc<Run>,
    handler: Arc<Open>,
}

impl Handlers {
    /// Returns the open handlers.
    pub(super) fn list(&self) -> Vec<Arc<Open>> {
        self.0.lock().clone()
    }
}

impl Opened {
    /// Notes that a handler of a run begins.
    pub(crate) fn begin(run: &Arc<Run>, name: &str, update_id: Option<&str>) -> Self {
        let handler = Arc::new(Open {
            name: name.into(),
            update_id: update_id.map(Box::from),
        });
        run.handlers.0.lock().push(handler.clone());
        Self {
            run: run.clone(),
            handler,
        }
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let mut open = self.run.handlers.0.lock();
        open.retain(|other| !Arc::ptr_eq(other, &self.handler));
        if open.is_empty() {
            // The run may wait for long.
            *open = Vec::new();
        }
    }
}

impl fmt::Display for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.update_id {
            Some(id) => write!(f, "{}({id})", self.name),
            None => f.write_str(&self.name),
        }
    }
}
