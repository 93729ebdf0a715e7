use std::{
    io::{self, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

/// Counts what a writer lost.
#[derive(Debug)]
pub(super) struct WriterLosses {
    overflowed: ErrorCounter,
    failed: Arc<AtomicU64>,
}

impl WriterLosses {
    pub(super) fn overflowed(&self) -> u64 {
        self.overflowed.dropped_lines() as u64
    }

    pub(super) fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }
}

/// Moves a writer to a thread of its own, behind a bounded buffer of lines.
///
/// Writing to it never blocks: a line that finds the buffer full is dropped and counted. Dropping
/// the guard writes out what is buffered, and waits for that no longer than about a second.
pub(super) fn non_blocking(
    writer: impl Write + Send + 'static,
    lines: usize,
) -> (NonBlocking, WorkerGuard, WriterLosses) {
    let failed = Arc::new(AtomicU64::new(0));
    let counted = Counted {
        inner: writer,
        failed: failed.clone(),
    };
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(lines)
        .thread_name("chronoscope-log")
        .finish(counted);
    let losses = WriterLosses {
        overflowed: writer.error_counter(),
        failed,
    };
    (writer, guard, losses)
}

/// Counts the lines that the inner writer fails to write, and outlives its panics.
struct Counted<W> {
    inner: W,
    failed: Arc<AtomicU64>,
}

impl<W: Write> Counted<W> {
    fn attempt(&mut self, call: impl FnOnce(&mut W) -> io::Result<()>) {
        let result = catch_unwind(AssertUnwindSafe(|| call(&mut self.inner)));
        if !matches!(result, Ok(Ok(()))) {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.write_all(line)?;
        Ok(line.len())
    }

    fn write_all(&mut self, line: &[u8]) -> io::Result<()> {
        self.attempt(|inner| inner.write_all(line));
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.attempt(Write::flush);
        Ok(())
    }
}
