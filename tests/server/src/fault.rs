//! Faults by request: what a test wants to go wrong.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tonic::Status;

/// How one call goes wrong.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The call fails and nothing is done.
    Fail(Status),
    /// The call is done after this time.
    Delay(Duration),
    /// The call is done, and its caller is told UNAVAILABLE.
    DropResponse,
    /// The call is done, and its caller is told this, as by a server that fails after it has
    /// written.
    FailAfter(Status),
}

/// The faults that are still to come, by call.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<HashMap<String, VecDeque<Fault>>>);

impl Faults {
    /// One more fault for the next call of that name.
    pub(crate) fn push(&self, rpc: String, fault: Fault) {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        faults.entry(rpc).or_default().push_back(fault);
    }

    /// The fault of this call, if it has one.
    pub(crate) fn take(&self, rpc: &str) -> Option<Fault> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if faults.is_empty() {
            return None;
        }
        faults.get_mut(rpc).and_then(VecDeque::pop_front)
    }
}
