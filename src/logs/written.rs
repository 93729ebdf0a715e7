//! Writes batches of lines, and knows which lines were lost.

use std::{
    io::{self, Write},
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use super::account::Account;

/// The smallest batch in bytes, unless there is nothing more to write.
const BATCH: usize = 8 * 1024;

/// Writes lines, survives the panics of the inner writer, and knows which lines were lost.
pub(super) struct Written<W: Write> {
    inner: W,
    batches: bool,
    pending: Vec<u8>,
    /// Where each pending line ends.
    ends: Vec<usize>,
    /// Whether something was written since the last flush.
    is_unflushed: bool,
    account: Arc<Account>,
}

impl<W: Write> Written<W> {
    pub(super) fn new(inner: W, batches: bool, account: Arc<Account>) -> Self {
        Self {
            inner,
            batches,
            pending: Vec::new(),
            ends: Vec::new(),
            is_unflushed: false,
            account,
        }
    }

    pub(super) fn line(&mut self, line: &[u8]) {
        self.pending.extend_from_slice(line);
        self.ends.push(self.pending.len());
        if !self.batches || self.pending.len() >= BATCH {
            self.write_out();
        }
    }

    pub(super) fn flush(&mut self) {
        self.write_out();
        if !mem::take(&mut self.is_unflushed) || self.account.is_left() {
            return;
        }
        let flushed = catch_unwind(AssertUnwindSafe(|| self.inner.flush()));
        if !matches!(flushed, Ok(Ok(()))) {
            self.account.flush_failed();
        }
    }

    /// Writes out everything before a mark, and notes that it was reached.
    pub(super) fn reach(&mut self, mark: u64) {
        self.flush();
        self.account.came_through(mark);
    }

    fn write_out(&mut self) {
        if self.ends.is_empty() {
            return;
        }
        let (inner, pending) = (&mut self.inner, &self.pending);
        let mut written = 0;
        if !self.account.is_left() {
            let attempt = || write_all(inner, pending, &mut written);
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
fn write_all(writer: &mut impl Write, bytes: &[u8], written: &mut usize) {
    while let Some(rest) = bytes.get(*written..).filter(|rest| !rest.is_empty()) {
        match writer.write(rest) {
            Ok(0) => return,
            Ok(more) => *written += more.min(rest.len()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

impl<W: Write> Drop for Written<W> {
    fn drop(&mut self) {
        self.flush();
    }
}
