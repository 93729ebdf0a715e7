use std::cell::RefCell;

use super::Phase;

thread_local! {
    static ACTIVATION: RefCell<Option<(Box<str>, Phase)>> = const { RefCell::new(None) };
}

/// Notes which run is about to be created on this thread, and in which phase.
///
/// The view that `#[init]` gets has no replay flag: the SDK applies it only after the workflow
/// exists. The worker's hook, which comes just before on the same thread, has it.
pub(crate) fn set_activation(run_id: &str, phase: Phase) {
    ACTIVATION.with(|activation| *activation.borrow_mut() = Some((run_id.into(), phase)));
}

/// Returns the phase in which a run is created, if it is the one that was noted last.
pub(crate) fn activation_phase(run_id: &str) -> Option<Phase> {
    ACTIVATION.with(|activation| match &*activation.borrow() {
        Some((noted, phase)) if **noted == *run_id => Some(*phase),
        _ => None,
    })
}
