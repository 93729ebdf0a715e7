//! A writer on a thread of its own, behind a bounded buffer of lines.

use std::{
    io::{self, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};

use crate::clock;

/// What lines are written to.
pub(super) type Lossy = NonBlocking;

/// How long to wait before a mark is tried again that found the buffer full.
const PAUSE: Duration = Duration::from_millis(5);

/// A writer's account: what it lost, and how far it has come.
#[derive(Debug)]
pub(super) struct Writing {
    buffer: NonBlocking,
    shared: Arc<Shared>,
    asked: AtomicU64,
    /// How many marks found no room: they are no lines.
    refused: AtomicU64,
}

/// What a mark begins with. No text does.
const MARK: u8 = 0xFF;

#[derive(Debug, Default)]
struct Shared {
    failed: AtomicU64,
    /// The last mark that came through.
    mark: Mutex<u64>,
    marked: Condvar,
}

impl Writing {
    pub(super) fn overflowed(&self) -> u64 {
        let overflowed = self.buffer.error_counter().dropped_lines() as u64;
        overflowed.saturating_sub(self.refused.load(Ordering::Relaxed))
    }

    pub(super) fn failed(&self) -> u64 {
        self.shared.failed.load(Ordering::Relaxed)
    }

    /// Waits until the lines that are buffered now are written, if that takes no longer.
    ///
    /// A mark goes after them: the writer's thread notes when it meets one.
    pub(super) fn flush(&self, until: Instant) {
        let own = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        while !self.has_room_for(own) {
            if clock::now() >= until {
                return;
            }
            thread::sleep(PAUSE);
        }
        let left = until.saturating_duration_since(clock::now());
        let mark = self.shared.lock();
        let marked = &self.shared.marked;
        drop(marked.wait_timeout_while(mark, left, |mark| *mark < own));
    }

    /// Puts a mark into the buffer, if there is room.
    fn has_room_for(&self, mark: u64) -> bool {
        let counter = self.buffer.error_counter();
        let before = counter.dropped_lines();
        let mut bytes = [MARK; 9];
        bytes[1..].copy_from_slice(&mark.to_be_bytes());
        let _ = self.buffer.clone().write(&bytes);
        let has_room = counter.dropped_lines() == before;
        if !has_room {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        has_room
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, u64> {
        self.mark.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn came_through(&self, mark: u64) {
        let mut last = self.lock();
        *last = mark.max(*last);
        self.marked.notify_all();
    }
}

/// Returns which mark this is, if it is one.
fn mark(line: &[u8]) -> Option<u64> {
    let number = line.strip_prefix(&[MARK])?;
    number.try_into().ok().map(u64::from_be_bytes)
}

/// Moves a writer to a thread of its own, behind a bounded buffer of lines.
///
/// Writing to it never blocks: a line that finds the buffer full is dropped and counted. Dropping
/// the guard writes out what is buffered, and waits for that no longer than about a second.
pub(super) fn non_blocking(
    writer: impl Write + Send + 'static,
    lines: usize,
) -> (Lossy, WorkerGuard, Writing) {
    let shared = Arc::<Shared>::default();
    let counted = Counted {
        inner: writer,
        shared: shared.clone(),
    };
    let (buffer, guard) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(lines)
        .thread_name("chronoscope-log")
        .finish(counted);
    let writing = Writing {
        buffer: buffer.clone(),
        shared,
        asked: AtomicU64::new(0),
        refused: AtomicU64::new(0),
    };
    (buffer, guard, writing)
}

/// Counts the lines that the inner writer fails to write, and outlives its panics.
struct Counted<W> {
    inner: W,
    shared: Arc<Shared>,
}

impl<W: Write> Counted<W> {
    fn attempt(&mut self, call: impl FnOnce(&mut W) -> io::Result<()>) {
        let result = catch_unwind(AssertUnwindSafe(|| call(&mut self.inner)));
        if !matches!(result, Ok(Ok(()))) {
            self.shared.failed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.write_all(line)?;
        Ok(line.len())
    }

    fn write_all(&mut self, line: &[u8]) -> io::Result<()> {
        match mark(line) {
            Some(mark) => {
                self.attempt(Write::flush);
                self.shared.came_through(mark);
            }
            None => self.attempt(|inner| inner.write_all(line)),
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.attempt(Write::flush);
        Ok(())
    }
}
