//! The signals of a workflow task that wait for the server's answer.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};

use super::{Kind, Lane, Marks, counts::Counters, doubt::Ask, holding::Holding};
use crate::{clock, execution::outside};

/// The most signals besides lines that a run holds.
const MOST: usize = 4096;

/// The signals of a workflow task that wait for the server's answer.
pub(super) struct Pending {
    holding: Arc<Holding>,
    lanes: Vec<Box<dyn Lane>>,
    bytes: usize,
    others: usize,
    pub(super) since: Instant,
    pub(super) is_told_of: bool,
    /// Whether an answer to the completion of the task was lost.
    pub(super) is_in_doubt: bool,
    /// Asks the fate of the task then.
    pub(super) ask: Option<Ask>,
    /// The start of the task that kept this alive, until it is known which task comes next.
    pub(super) kept_from: Option<i64>,
}

impl Pending {
    pub(super) fn new(holding: &Arc<Holding>) -> Self {
        Self {
            holding: holding.clone(),
            lanes: Vec::new(),
            bytes: 0,
            others: 0,
            since: clock::now(),
            is_told_of: false,
            is_in_doubt: false,
            ask: None,
            kept_from: None,
        }
    }

    pub(super) fn holding(&self) -> &Arc<Holding> {
        &self.holding
    }

    /// Adds a signal to its lane, if there is room.
    pub(super) fn push<L: Lane>(
        &mut self,
        bytes: usize,
        is_it: impl Fn(&L) -> bool,
        make: impl FnOnce() -> L,
        add: impl FnOnce(&mut L),
    ) {
        let place = self.lanes.iter().position(|lane| {
            let lane: &dyn Any = &**lane;
            lane.downcast_ref::<L>().is_some_and(&is_it)
        });
        let place = place.unwrap_or_else(|| {
            self.lanes.push(Box::new(make()));
            self.lanes.len() - 1
        });
        let kind = self.lanes[place].kind();
        let is_text = kind == Kind::Text;
        let has_room = match is_text {
            true => self.bytes + bytes <= self.holding.options.per_run,
            false => self.others < MOST,
        };
        if !has_room || !self.holding.takes(bytes) {
            self.holding.overflowed(kind);
            return;
        }
        self.bytes += bytes;
        self.others += usize::from(!is_text);
        self.holding.held(1);
        let lane: &mut dyn Any = &mut *self.lanes[place];
        if let Some(lane) = lane.downcast_mut() {
            add(lane);
        }
    }

    /// Returns the number of held signals.
    pub(super) fn len(&self) -> usize {
        self.lanes.iter().map(|lane| lane.len()).sum()
    }

    /// Emits everything: the task was accepted, or nobody knows.
    pub(super) fn release(mut self, marks: &Marks) {
        let holding = self.holding.clone();
        let counted = match marks {
            Marks::Unknown => &holding.unknown,
            _ => &holding.released,
        };
        for lane in self.take(|_| true) {
            emit(&holding, lane, marks, counted);
        }
    }

    /// Writes the lines of a refused task if they are to be shown, and drops the rest.
    pub(super) fn refuse(mut self, show: Option<&Marks>) {
        let Some(marks) = show else { return };
        let holding = self.holding.clone();
        for lane in self.take_lines() {
            emit(&holding, lane, marks, &holding.shown);
        }
    }

    /// Takes the lines out, before the rest.
    pub(super) fn take_lines(&mut self) -> Vec<Box<dyn Lane>> {
        self.take(|kind| kind == Kind::Text)
    }

    fn take(&mut self, which: impl Fn(Kind) -> bool) -> Vec<Box<dyn Lane>> {
        let taken = self.lanes.extract_if(.., |lane| which(lane.kind()));
        let taken: Vec<Box<dyn Lane>> = taken.collect();
        let count = taken.iter().map(|lane| lane.len()).sum();
        self.holding.left(count, self.bytes);
        self.bytes = 0;
        taken
    }
}

/// Emits a lane, outside any execution.
pub(super) fn emit(holding: &Holding, lane: Box<dyn Lane>, marks: &Marks, counted: &Counters) {
    let (kind, count) = (lane.kind(), lane.len());
    counted.add(kind, count);
    let released = catch_unwind(AssertUnwindSafe(|| outside(|| lane.release(marks))));
    if released.is_err() {
        holding.panicked();
    }
}

impl Drop for Pending {
    /// What nobody took out is dropped, and counted as refused: its task has been settled.
    fn drop(&mut self) {
        let holding = self.holding.clone();
        for lane in self.take(|_| true) {
            holding.refused.add(lane.kind(), lane.len());
        }
        holding.waited(self.since);
    }
}
