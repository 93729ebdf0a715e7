//! Writes batches of lines, and knows which lines were lost.

use std::{
    io::{self, Write},
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use super::{account::Account, rotated::LogFile};

/// The smallest batch in bytes, unless there is nothing more to write.
const BATCH: usize = 8 * 1024;

/// Where lines are written to.
pub(super) enum Output {
    /// A writer that gets each line at once.
    Lines(Box<dyn Write + Send>),
    /// A file that gets several lines at a time.
    Batches(LogFile),
}

impl Output {
    fn as_write(&mut self) -> &mut dyn Write {
        match self {
            Self::Lines(writer) => writer,
            Self::Batches(file) => file,
        }
    }
}

/// Writes lines, survives the panics of the inner writer, and knows which lines were lost.
pub(super) struct Written {
    inner: Output,
    pending: Vec<u8>,
    /// Where each pending line ends.
    ends: Vec<usize>,
    /// Whether something was written since the last flush.
    is_unflushed: bool,
    account: Arc<Account>,
}

impl Written {
    pub(super) fn new(inner: Output, account: Arc<Account>) -> Self {
        Self {
            inner,
            pending: Vec::new(),
            ends: Vec::new(),
            is_unflushed: false,
            account,
        }
    }

    pub(super) fn line(&mut self, line: &[u8]) {
        self.pending.extend_from_slice(line);
        self.ends.push(self.pending.len());
        let waits = matches!(self.inner, Output::Batches(_)) && self.pending.len() < BATCH;
        if !waits {
            self.write_out();
        }
    }

    pub(super) fn flush(&mut self) {
        self.write_out();
        if !mem::take(&mut self.is_unflushed) || self.account.is_left() {
            return;
        }
        let flushed = catch_unwind(AssertUnwindSafe(|| self.inner.as_write().flush()));
        if !matches!(flushed, Ok(Ok(()))) {
            self.account.flush_failed();
        }
    }

    /// Writes out everything before a mark, and notes that it was reached.
    pub(super) fn reach(&mut self, mark: u64) {
        self.flush();
        self.settle();
        self.account.came_through(mark);
    }

    /// Sees to it that the lines so far are in a file that has its name.
    fn settle(&mut self) {
        if let Output::Batches(file) = &mut self.inner
            && !self.account.is_left()
            && file.settle().is_err()
        {
            self.account.flush_failed();
        }
    }

    fn write_out(&mut self) {
        if self.ends.is_empty() {
            return;
        }
        let (inner, pending) = (&mut self.inner, &self.pending);
        let mut written = 0;
        if !self.account.is_left() {
            let attempt = || write_all(inner.as_write(), pending, &mut written);
            drop(catch_unwind(AssertUnwindSafe(attempt)));
            self.is_unflushed = true;
        }
        let lost = self.ends.iter().filter(|end| **end > written).count();
        self.account.done(self.ends.len(), self.pending.len(), lost);
        self.pending.clear();
        self.ends.clear();
    }
}

/// Writes all bytes, as far as that goes.
fn write_all(writer: &mut dyn Write, bytes: &[u8], written: &mut usize) {
    while let Some(rest) = bytes.get(*written..).filter(|rest| !rest.is_empty()) {
        match writer.write(rest) {
            Ok(0) => return,
            Ok(more) => *written += more.min(rest.len()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        self.flush();
        self.settle();
    }
}
