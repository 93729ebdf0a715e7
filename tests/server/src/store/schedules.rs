//! Schedules.

use super::{RunRef, Store};
use crate::clock::Time;

#[derive(Debug, Default)]
pub(crate) struct Schedules;

impl Schedules {
    pub(crate) fn next(&self) -> Option<Time> {
        None
    }
}

impl Store {
    pub(super) fn schedules_hear(&mut self, _at: RunRef) {}

    pub(super) fn fire_schedules(&mut self, _now: Time) {}
}
