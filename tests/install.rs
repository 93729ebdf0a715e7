//! What `install` sets up, in a process of its own: it can't hurt a task.

#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests, with modules shared with others"
)]

#[path = "suite/support/mod.rs"]
mod support;

use std::{
    io::{self, Write},
    sync::mpsc::{Receiver, Sender, channel},
    time::Duration,
};

use chronoscope::Observability;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{WorkerOptions, WorkflowContext, WorkflowResult};

use crate::support::{run, unique};

/// A value whose `Debug` panics.
struct Bomb;

impl std::fmt::Debug for Bomb {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("on purpose")
    }
}

#[workflow]
#[derive(Default)]
struct Loud;

#[workflow_methods]
impl Loud {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, lines: u32) -> WorkflowResult<()> {
        tracing::info!(bomb = ?Bomb, "never written");
        for n in 0..lines {
            chronoscope::info!(n, "loud");
        }
        ctx.timer(Duration::from_millis(10)).await;
        Ok(())
    }
}

/// Blocks until it is let go, then passes on what it may and fails after that.
struct Stuck {
    gate: Receiver<()>,
    allowed: usize,
    written: Sender<Vec<u8>>,
}

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // An error means that the gate is gone: it stands open.
        let _ = self.gate.recv();
        if self.allowed == 0 {
            return Err(io::Error::other("disk full"));
        }
        self.allowed -= 1;
        self.written.send(bytes.to_vec()).unwrap();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct NoLogger;

impl log::Log for NoLogger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        false
    }

    fn log(&self, _: &log::Record<'_>) {}

    fn flush(&self) {}
}

async fn run_a_loud_workflow(observability: &Observability, lines: u32) {
    let options = WorkerOptions::new(unique("loud"))
        .register_workflow::<Loud>()
        .unwrap()
        .build();
    run(observability, options, Loud::run, lines).await;
}

#[tokio::test]
async fn a_blocked_failing_and_panicking_sink_hurts_no_task() {
    // A logger of the `log` crate that is there already stands in nobody's way.
    log::set_boxed_logger(Box::new(NoLogger)).unwrap();
    let (release, gate) = channel();
    let (sender, written) = channel();
    let stuck = Stuck {
        gate,
        allowed: 8,
        written: sender,
    };
    let observability = Observability::builder()
        .logs(|l| l.writer(stuck).buffer(16))
        .install()
        .unwrap();

    let again = Observability::builder().install().unwrap_err();
    assert!(again.to_string().contains("Builder::build"), "{again}");

    // The writer is stuck all the while. A task that waited for it would never end.
    run_a_loud_workflow(&observability, 1000).await;
    let losses = observability.health().lines;
    assert_eq!(losses.panicked, 1, "{losses:?}");
    assert!(losses.overflowed >= 1000 - 17, "{losses:?}");
    assert_eq!(losses.failed, 0, "{losses:?}");

    drop(release);
    observability.shutdown();
    let lines: Vec<_> = written.try_iter().collect();
    assert_eq!(lines.len(), 8);
    assert!(
        lines
            .iter()
            .all(|line| line.ends_with(b"\n") && !line.windows(5).any(|part| part == b"never"))
    );
    let losses = observability.health().lines;
    assert!(losses.failed > 0, "{losses:?}");

    // Nobody writes any more: what is logged now is lost, and counted.
    let before = observability.health().lines.overflowed;
    tracing::info!("too late");
    assert_eq!(observability.health().lines.overflowed, before + 1);
}
