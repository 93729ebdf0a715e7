//! A writer on a separate thread, behind a buffer that is bounded in lines and in bytes.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};

use super::{
    account::{Account, QueueLimits},
    written::{Output, Written},
};
use crate::clock;

/// How long the last lines may take at the end before that is left to the thread.
const SETTLING: Duration = Duration::from_millis(500);

/// How long to wait before a mark is retried after the buffer was full.
const PAUSE: Duration = Duration::from_millis(5);

/// The number of marks that have room when the buffer is full of lines.
const MARKS: usize = 16;

/// The first byte of a mark, which no text has.
const MARK: u8 = 0xFF;

/// The non-blocking end of a writer. Writing never blocks: a line that finds no room is dropped and
/// counted.
#[derive(Clone, Debug)]
pub(super) struct Lossy {
    buffer: NonBlocking,
    account: Arc<Account>,
}

impl Write for Lossy {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.account.has_room_for(line) {
            self.buffer.write_all(line)?;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A writer's account, and what ends it.
#[derive(Debug)]
pub(super) struct Writing {
    buffer: NonBlocking,
    account: Arc<Account>,
    asked: AtomicU64,
}

impl Writing {
    pub(super) fn account(&self) -> &Account {
        &self.account
    }

    /// Waits until the currently buffered lines are written, at most until this moment.
    ///
    /// A mark is queued after them, and the writer's thread notes when it reaches it.
    pub(super) fn flush(&self, until: Instant) {
        let own = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        while !self.has_room_for(own) {
            if clock::now() >= until {
                return;
            }
            thread::sleep(PAUSE);
        }
        let left = until.saturating_duration_since(clock::now());
        self.account.wait_for(own, left);
    }

    /// Puts a mark into the buffer, if there is room.
    fn has_room_for(&self, mark: u64) -> bool {
        let counter = self.buffer.error_counter();
        let before = counter.dropped_lines();
        let mut bytes = [MARK; 9];
        bytes[1..].copy_from_slice(&mark.to_be_bytes());
        let _ = self.buffer.clone().write(&bytes);
        counter.dropped_lines() == before
    }

    /// Takes no more lines, writes out those that are buffered, and waits for that no longer than
    /// about a second and a half. What is left behind then is counted and never written.
    pub(super) fn end(&self, guard: Option<WorkerGuard>) {
        let Some(guard) = guard else {
            return;
        };
        self.account.close();
        // The guard waits until the thread takes no more lines, and not until the last are settled.
        self.flush(clock::now() + SETTLING);
        drop(guard);
        self.account.leave_behind();
    }
}

/// Returns the number of a mark, if this is one.
fn mark(line: &[u8]) -> Option<u64> {
    let number = line.strip_prefix(&[MARK])?;
    number.try_into().ok().map(u64::from_be_bytes)
}

/// Moves an output to a thread of its own, behind a bounded buffer.
pub(super) fn non_blocking(output: Output, room: QueueLimits) -> (Lossy, WorkerGuard, Writing) {
    let account = Arc::new(Account::new(room));
    let thread = Thread(Written::new(output, account.clone()));
    let (buffer, guard) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(room.lines.saturating_add(MARKS))
        .thread_name("chronoscope-log")
        .finish(thread);
    let lossy = Lossy {
        buffer: buffer.clone(),
        account: account.clone(),
    };
    let writing = Writing {
        buffer,
        account,
        asked: AtomicU64::new(0),
    };
    (lossy, guard, writing)
}

/// The writer of the thread, which distinguishes marks from lines.
struct Thread(Written);

impl Write for Thread {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match mark(line) {
            Some(mark) => self.0.reach(mark),
            None => self.0.line(line),
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush();
        Ok(())
    }
}
