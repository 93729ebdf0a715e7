//! Chronoscope's layers in a user's stack.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chronoscope::{
    Observability,
    activity::Stack,
    execution::Execution,
    observe::Signal,
    schema::Outcome,
    testing::{Capture, Line, expect},
};
use temporalio_sdk::WorkerOptions;
use tower::{Layer as _, ServiceBuilder};

use super::{
    layers::{Journal, Noting},
    stage::{Act, Do, Shared, Troupe},
    worker,
};
use crate::support::{connect, end, start, unique, work};

/// Everything that one value observes, and how often a hook saw an activity end.
struct Observed {
    capture: Capture,
    ends: Arc<AtomicUsize>,
}

impl Observed {
    fn new() -> Self {
        let ends = Arc::new(AtomicUsize::new(0));
        let count = ends.clone();
        let builder = Observability::builder().on_end(move |execution: &Execution, _: &Outcome| {
            if execution.operation().name() == "RunActivity" {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        let capture = Capture::of(builder).unwrap();
        Self { capture, ends }
    }

    /// Runs one activity on a worker.
    async fn run(&self, options: impl FnOnce(WorkerOptions) -> WorkerOptions) {
        self.perform(Do::Pass, options).await;
    }

    async fn perform(&self, what: Do, options: impl FnOnce(WorkerOptions) -> WorkerOptions) {
        let client = connect(Some(self.capture.observability())).await;
        let queue = unique("composed");
        let shared: Arc<Shared> = Arc::default();
        let options = options(worker(&queue, &shared));
        work(&client, options, async {
            let acts = vec![Act::new(what)];
            end(&start(&client, &queue, Troupe::run, acts).await).await;
        })
        .await;
    }

    /// How often the activity's end was seen: by the hook, in metrics and as a span.
    fn seen(&self) -> (usize, u64, u64) {
        let spans = self.capture.count(&expect::span("RunActivity:act"));
        let counted = self.counted("completed");
        (self.ends.load(Ordering::SeqCst), counted, spans)
    }

    /// How many attempts ended in some way, by the metrics.
    fn counted(&self, outcome: &str) -> u64 {
        let outcomes = expect::counter("temporal_activity_outcome_total");
        let outcomes = outcomes.field("outcome", outcome);
        self.capture.count(&outcomes.field("activity_type", "act"))
    }

    fn line(&self, message: &str) -> Line {
        let mut lines = self.capture.lines();
        lines.retain(|line| line.message == message);
        let [line] = &lines[..] else {
            panic!("{message}: {lines:?}");
        };
        line.clone()
    }
}

const ONCE: (usize, u64, u64) = (1, 1, 1);

#[tokio::test]
async fn logs_metrics_and_traces_are_layers_that_observe_once() {
    let observed = Observed::new();
    let all = observed.capture.observability();
    let stack = ServiceBuilder::new()
        .layer(all.activity().only([Signal::Logs, Signal::Hooks]))
        .layer(all.activity().only([Signal::Metrics]))
        .layer(all.activity().only([Signal::Traces]));
    let stack = Stack::new(stack);
    observed
        .run(|options| all.layer().without_activities().layer(stack.layer(options)))
        .await;
    assert_eq!(observed.seen(), ONCE);
    let line = observed.line("in the body");
    assert_eq!(line.field("activity_type"), Some("act"));
    assert_eq!(line.field("trace_id").unwrap().len(), 32);
}

#[tokio::test]
async fn each_observes_its_own_part_alone() {
    for part in ["logs", "metrics", "traces"] {
        let observed = Observed::new();
        let all = observed.capture.observability();
        let layer = match part {
            "logs" => all.activity().only([Signal::Logs, Signal::Hooks]),
            "metrics" => all.activity().only([Signal::Metrics]),
            _ => all.activity().only([Signal::Traces]),
        };
        let stack = Stack::new(ServiceBuilder::new().layer(layer));
        observed
            .run(|options| all.layer().without_activities().layer(stack.layer(options)))
            .await;
        let expected = match part {
            "logs" => (1, 0, 0),
            "metrics" => (0, 1, 0),
            _ => (0, 0, 1),
        };
        assert_eq!(observed.seen(), expected, "{part}");
    }
}

#[tokio::test]
async fn a_log_layer_outside_of_the_trace_layer_has_no_trace_id() {
    for traces_first in [false, true] {
        let observed = Observed::new();
        let all = observed.capture.observability();
        let (logs, traces) = (
            all.activity().only([Signal::Logs, Signal::Hooks]),
            all.activity().only([Signal::Traces]),
        );
        let (outer, inner) = match traces_first {
            false => (logs, traces),
            true => (traces, logs),
        };
        let stack = ServiceBuilder::new()
            .layer(outer)
            .layer(Noting(Journal::default()))
            .layer(inner)
            .layer(all.activity().only([Signal::Metrics]));
        let stack = Stack::new(stack);
        observed
            .run(|options| all.layer().without_activities().layer(stack.layer(options)))
            .await;
        assert_eq!(observed.seen(), ONCE, "traces first: {traces_first}");
        let between = observed.line("in between");
        assert_eq!(between.field("activity_type"), Some("act"));
        assert_eq!(between.field("trace_id").is_some(), traces_first);
        let body = observed.line("in the body");
        assert_eq!(body.field("activity_type"), Some("act"));
        assert!(body.field("trace_id").is_some());
    }
}

#[tokio::test]
async fn what_a_layer_gives_up_is_a_failure_outside_of_it_and_dropped_inside() {
    for outside in [true, false] {
        let observed = Observed::new();
        let all = observed.capture.observability();
        let metrics = |applies: bool| applies.then(|| all.activity().only([Signal::Metrics]));
        let stack = ServiceBuilder::new()
            .option_layer(metrics(outside))
            .timeout(Duration::from_millis(50))
            .option_layer(metrics(!outside));
        let stack = Stack::new(stack);
        let layer = all.layer().without_activities();
        observed
            .perform(Do::Wait, |options| layer.layer(stack.layer(options)))
            .await;
        let expected = match outside {
            true => "failed",
            false => "dropped",
        };
        assert_eq!(observed.counted(expected), 1, "outside: {outside}");
    }
}

#[tokio::test]
async fn a_buffer_in_between_which_calls_from_its_own_task_changes_nothing() {
    for whole in [false, true] {
        let observed = Observed::new();
        let all = observed.capture.observability();
        let stack = ServiceBuilder::new()
            .layer(all.activity().only([Signal::Logs, Signal::Hooks]))
            .buffer(4)
            .layer(all.activity().only([Signal::Traces]))
            .buffer(4)
            .layer(all.activity().only([Signal::Metrics]));
        let stack = Stack::new(stack);
        let layer = match whole {
            true => all.layer(),
            false => all.layer().without_activities(),
        };
        observed
            .run(|options| layer.layer(stack.layer(options)))
            .await;
        assert_eq!(observed.seen(), ONCE, "the whole layer outside: {whole}");
        let body = observed.line("in the body");
        assert_eq!(body.field("activity_type"), Some("act"));
        assert!(body.field("trace_id").is_some());
    }
}

#[tokio::test]
async fn inside_of_the_whole_layer_they_add_nothing() {
    let observed = Observed::new();
    let all = observed.capture.observability();
    let stack = ServiceBuilder::new()
        .layer(all.activity().only([Signal::Traces]))
        .layer(Noting(Journal::default()))
        .layer(all.activity().only([Signal::Metrics]))
        .layer(all.activity().only([Signal::Logs, Signal::Hooks]));
    let stack = Stack::new(stack);
    observed.run(|options| all.wrap(stack.layer(options))).await;
    assert_eq!(observed.seen(), ONCE);
}
