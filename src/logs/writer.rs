//! A writer on a separate thread, behind a queue that is bounded in lines and in bytes.

use std::{
    io::{self, Write},
    sync::{
        Arc, Once,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use super::{
    account::{Account, QueueLimits},
    written::{Output, Written},
};
use crate::clock;

/// How long the last lines may take at the end.
const SETTLING: Duration = Duration::from_millis(1_500);

/// What a writer's thread is sent.
enum Message {
    Line(Vec<u8>),
    /// Everything before it is to be written out, and this number to be noted.
    Mark(u64),
    End,
}

/// The non-blocking end of a writer. Writing never blocks: a line that finds no room is dropped and
/// counted.
#[derive(Clone, Debug)]
pub(super) struct Lossy {
    queue: Sender<Message>,
    account: Arc<Account>,
}

impl Write for Lossy {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.account.has_room_for(line) {
            // Without its thread an account is closed, or about to count what was left behind.
            let _ = self.queue.send(Message::Line(line.to_vec()));
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
    queue: Sender<Message>,
    account: Arc<Account>,
    asked: AtomicU64,
    ended: Once,
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
        if self.queue.send(Message::Mark(own)).is_ok() {
            let left = until.saturating_duration_since(clock::now());
            self.account.wait_for(own, left);
        }
    }

    /// Takes no more lines, writes out those that are buffered, and waits for that no longer than a
    /// second and a half. What is left behind then is counted and never written.
    pub(super) fn end(&self) {
        self.ended.call_once(|| {
            self.account.close();
            self.flush(clock::now() + SETTLING);
            self.account.leave_behind();
            let _ = self.queue.send(Message::End);
        });
    }
}

/// Moves an output to a thread of its own, behind a bounded queue. The thread ends with its last
/// sender, or when it is told to.
pub(super) fn non_blocking(output: Output, room: QueueLimits) -> (Lossy, Writing) {
    let account = Arc::new(Account::new(room));
    let (queue, messages) = channel();
    let written = Written::new(output, account.clone());
    let thread = thread::Builder::new().name("chronoscope-log".to_owned());
    if thread.spawn(move || write(&messages, written)).is_err() {
        account.close();
    }
    let lossy = Lossy {
        queue: queue.clone(),
        account: account.clone(),
    };
    let writing = Writing {
        queue,
        account,
        asked: AtomicU64::new(0),
        ended: Once::new(),
    };
    (lossy, writing)
}

/// Writes what is sent, and flushes whenever nothing more is there.
fn write(messages: &Receiver<Message>, mut written: Written) {
    while let Ok(first) = messages.recv() {
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Line(line) => written.line(&line),
                Message::Mark(mark) => written.reach(mark),
                Message::End => return,
            }
            next = messages.try_recv().ok();
        }
        written.flush();
    }
}
