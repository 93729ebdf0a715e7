//! The gauge of stuck runs, which several workers set at once.

use std::{
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

use chronoscope::Observability;
use metrics::{
    Counter, Gauge, GaugeFn, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{WorkerOptions, WorkflowContext, WorkflowResult};

use crate::support::{connect, moment, observed, start, unique};

const RUNS: usize = 10;

/// The values that were set, the first of which takes its time.
#[derive(Default)]
struct Values {
    set: Mutex<Vec<f64>>,
    more: Condvar,
}

impl GaugeFn for Values {
    fn increment(&self, _: f64) {}

    fn decrement(&self, _: f64) {}

    fn set(&self, value: f64) {
        let mut set = self.set.lock().unwrap();
        if value == 1.0 {
            let no_more = |set: &mut Vec<f64>| set.is_empty();
            let waits = Duration::from_secs(3);
            (set, _) = self.more.wait_timeout_while(set, waits, no_more).unwrap();
        }
        set.push(value);
        self.more.notify_all();
    }
}

/// Records that gauge alone.
struct OfStuck(Arc<Values>);

impl Recorder for OfStuck {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        match key.name() {
            "temporal_workflow_stuck" => Gauge::from_arc(self.0.clone()),
            _ => Gauge::noop(),
        }
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[workflow]
#[derive(Default)]
struct Failing;

#[workflow_methods]
impl Failing {
    #[run]
    async fn run(_ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        panic!("on purpose")
    }
}

/// Works until every run has failed, and starts so many.
#[tokio::main(flavor = "current_thread")]
async fn work(observability: &Observability, values: &Values, queue: &str, runs: usize) {
    let client = connect(Some(observability)).await;
    let options = WorkerOptions::new(queue)
        .register_workflow::<Failing>()
        .unwrap()
        .build();
    observed(&client, observability, options, async {
        for _ in 0..runs {
            start(&client, queue, Failing::run, ()).await;
        }
        while values.set.lock().unwrap().len() < RUNS {
            moment().await;
        }
    })
    .await;
}

#[test]
fn the_gauge_of_stuck_runs_has_the_value_that_came_last() {
    let values = Arc::<Values>::default();
    let observability = Observability::builder()
        .metrics(|m| m.recorder(OfStuck(values.clone())))
        .build()
        .unwrap();
    let queue = unique("stuck");
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| work(&observability, &values, &queue, RUNS / 2));
        }
    });
    let set = values.set.lock().unwrap();
    let expected = (1..=RUNS).map(|n| n as f64);
    assert_eq!(set[..RUNS], expected.collect::<Vec<_>>());
}
