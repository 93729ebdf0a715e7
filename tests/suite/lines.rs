//! What the log's own writers lose, counted for what it is.

use std::{
    fmt,
    io::{self, Write},
    sync::mpsc::{Receiver, Sender, channel},
};

use chronoscope::{
    Observability,
    logs::{LogFormat, LogsBuilder, Losses},
};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::support::{Lines, blocking_moment};

/// Logs through the log layer of an observability of its own, and returns what it lost.
fn lost(set: impl FnOnce(LogsBuilder) -> LogsBuilder, body: impl FnOnce(&Observability)) -> Losses {
    let observability = Observability::builder().logs(set).build().unwrap();
    let subscriber = tracing_subscriber::registry().with(observability.log_layer());
    tracing::subscriber::with_default(subscriber, || body(&observability));
    observability.shutdown();
    observability.health().lines
}

/// Counts only what is above nothing.
fn check(losses: Losses, expected: &[(&str, u64)]) {
    let all = [
        ("overflowed", losses.overflowed),
        ("failed", losses.failed),
        ("left_behind", losses.left_behind),
        ("flushes_failed", losses.flushes_failed),
        ("unformatted", losses.unformatted),
        ("panicked", losses.panicked),
    ];
    let some: Vec<_> = all.into_iter().filter(|(_, lost)| *lost > 0).collect();
    assert_eq!(some, expected, "{losses:?}");
}

/// Writes when it is told to, and not at all once nobody can tell it.
struct Stuck {
    gate: Receiver<()>,
    written: Lines,
}

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.gate.recv().map_err(io::Error::other)?;
        self.written.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn stuck() -> (Stuck, Sender<()>, Lines) {
    let (opens, gate) = channel();
    let written = Lines::default();
    let stuck = Stuck {
        gate,
        written: written.clone(),
    };
    (stuck, opens, written)
}

#[test]
fn the_buffer_is_bounded_in_bytes() {
    const LINES: usize = 1000;
    const LONG: usize = 10_000;
    let (writer, opens, written) = stuck();
    let losses = lost(
        |l| l.writer(writer).buffer_bytes(50 * LONG),
        |_| {
            for _ in 0..LINES {
                tracing::info!("{}", "x".repeat(LONG));
            }
            for _ in 0..LINES {
                opens.send(()).unwrap();
            }
        },
    );
    let lines = written.text().lines().count();
    assert!((40..50).contains(&lines), "{lines}");
    check(losses, &[("overflowed", (LINES - lines) as u64)]);
}

#[test]
fn what_a_writer_has_to_leave_behind_is_counted() {
    let (writer, opens, written) = stuck();
    let losses = lost(
        |l| l.writer(writer),
        |observability| {
            for n in 0..10 {
                tracing::info!(n, "line");
            }
            opens.send(()).unwrap();
            opens.send(()).unwrap();
            while written.text().lines().count() < 2 {
                blocking_moment();
            }
            observability.shutdown();
            check(observability.health().lines, &[("left_behind", 8)]);
            tracing::info!("too late");
        },
    );
    check(losses, &[("overflowed", 1), ("left_behind", 8)]);
    drop(opens);
    assert_eq!(written.text().lines().count(), 2);
}

/// Fails to write some lines, and to flush.
struct Failing {
    writes: bool,
    flushes: bool,
}

impl Write for Failing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.writes {
            true => Ok(bytes.len()),
            false => Err(io::Error::other("no")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.flushes {
            true => Ok(()),
            false => Err(io::Error::other("no")),
        }
    }
}

#[test]
fn lines_and_flushes_that_fail_are_told_apart() {
    let of = |writes, flushes| {
        let writer = Failing { writes, flushes };
        lost(
            |l| l.writer(writer),
            |_| {
                for n in 0..5 {
                    tracing::info!(n, "line");
                }
            },
        )
    };
    check(of(true, true), &[]);
    check(of(false, true), &[("failed", 5)]);
    let losses = of(true, false);
    assert_eq!(losses.failed, 0, "no line failed: {losses:?}");
    assert!((1..=6).contains(&losses.flushes_failed), "{losses:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn each_line_is_counted_that_a_full_disk_does_not_take() {
    let losses = lost(
        |l| l.writer(io::sink()).file("/dev/full"),
        |_| {
            for n in 0..300 {
                tracing::info!(n, "a line of a file that is written to in batches");
            }
        },
    );
    check(losses, &[("failed", 300)]);
}

/// A value that can't be shown.
struct Broken;

impl fmt::Debug for Broken {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Err(fmt::Error)
    }
}

#[test]
fn an_event_that_can_not_be_shown_is_counted() {
    for format in [
        LogFormat::Full,
        LogFormat::Compact,
        LogFormat::Pretty,
        LogFormat::JsonFlat,
    ] {
        let written = Lines::default();
        let losses = lost(
            |l| l.writer(written.clone()).format(format),
            |_| {
                tracing::info!(value = ?Broken, "lost");
                tracing::info!("shown");
            },
        );
        check(losses, &[("unformatted", 1)]);
        assert!(!written.text().contains("lost") && written.text().contains("shown"));
    }
}

#[test]
fn no_text_of_a_user_passes_for_a_line() {
    for format in [
        LogFormat::Full,
        LogFormat::Compact,
        LogFormat::Json,
        LogFormat::JsonFlat,
    ] {
        let written = Lines::default();
        let losses = lost(
            |l| l.writer(written.clone()).format(format),
            |_| {
                let span = tracing::info_span!("mine", of = %"a\nb");
                let _entered = span.enter();
                tracing::info!(what = %"c\r\nd", "first\n2026-01-01T00:00:00Z  INFO forged: second");
            },
        );
        check(losses, &[]);
        let text = written.text();
        assert_eq!(text.matches('\n').count(), 1, "{text}");
        assert!(!text.contains('\r'), "{text}");
        assert!(text.contains(r"first\n2026-01-01"), "{text}");
    }
}
