//! A writer's account: buffered bytes, losses and progress.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use parking_lot::{Condvar, Mutex, MutexGuard};

/// The overhead of a buffered line in bytes: its allocation and its place in the queue.
const OF_A_LINE: usize = 64;

/// The limits of the buffer.
#[derive(Clone, Copy, Debug)]
pub(super) struct QueueLimits {
    pub(super) lines: usize,
    pub(super) bytes: usize,
}

/// A writer's account: its buffered lines, its losses and its progress.
#[derive(Debug)]
pub(super) struct Account {
    room: QueueLimits,
    queued: Mutex<Queued>,
    overflowed: AtomicU64,
    failed: AtomicU64,
    flushes_failed: AtomicU64,
    left_behind: AtomicU64,
    is_left: AtomicBool,
    /// The last mark that reached the writer's thread.
    mark: Mutex<u64>,
    marked: Condvar,
}

/// The currently buffered lines.
#[derive(Debug, Default)]
struct Queued {
    lines: usize,
    bytes: usize,
    is_closed: bool,
}

impl Account {
    pub(super) fn new(room: QueueLimits) -> Self {
        Self {
            room,
            queued: Mutex::default(),
            overflowed: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            flushes_failed: AtomicU64::new(0),
            left_behind: AtomicU64::new(0),
            is_left: AtomicBool::new(false),
            mark: Mutex::default(),
            marked: Condvar::new(),
        }
    }

    /// Takes the room that a line needs, or counts it as lost.
    pub(super) fn has_room_for(&self, line: &[u8]) -> bool {
        let mut queued = self.queued();
        let bytes = queued.bytes + line.len() + OF_A_LINE;
        let fits = queued.lines < self.room.lines && bytes <= self.room.bytes;
        if fits && !queued.is_closed {
            queued.lines += 1;
            queued.bytes = bytes;
            return true;
        }
        drop(queued);
        self.overflowed.fetch_add(1, Ordering::Relaxed);
        false
    }

    /// Notes that lines left the buffer, and how many of them were not written.
    pub(super) fn done(&self, lines: usize, bytes: usize, failed: usize) {
        let mut queued = self.queued();
        queued.lines = queued.lines.saturating_sub(lines);
        queued.bytes = queued.bytes.saturating_sub(bytes + lines * OF_A_LINE);
        // Those that were left behind are counted as that.
        if !self.is_left() {
            self.failed.fetch_add(failed as u64, Ordering::Relaxed);
        }
    }

    pub(super) fn flush_failed(&self) {
        self.flushes_failed.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes no more lines.
    pub(super) fn close(&self) {
        self.queued().is_closed = true;
    }

    /// Counts the buffered lines as lost: they will not be written.
    pub(super) fn leave_behind(&self) {
        let queued = self.queued();
        self.is_left.store(true, Ordering::Relaxed);
        let lines = queued.lines as u64;
        self.left_behind.store(lines, Ordering::Relaxed);
    }

    pub(super) fn is_left(&self) -> bool {
        self.is_left.load(Ordering::Relaxed)
    }

    /// Returns the losses, except panics and formats.
    pub(super) fn losses(&self) -> super::Losses {
        super::Losses {
            overflowed: self.overflowed.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            left_behind: self.left_behind.load(Ordering::Relaxed),
            flushes_failed: self.flushes_failed.load(Ordering::Relaxed),
            ..super::Losses::default()
        }
    }

    pub(super) fn came_through(&self, mark: u64) {
        let mut last = self.mark.lock();
        *last = mark.max(*last);
        self.marked.notify_all();
    }

    pub(super) fn wait_for(&self, mark: u64, at_most: Duration) {
        let mut last = self.mark.lock();
        let is_ahead = |last: &mut u64| *last < mark;
        self.marked.wait_while_for(&mut last, is_ahead, at_most);
    }

    fn queued(&self) -> MutexGuard<'_, Queued> {
        self.queued.lock()
    }
}
