//! OpenTelemetry's instruments behind the gate, and its provider as a place for all metrics.

use std::{sync::LazyLock, time::Duration};

use chronoscope::{
    Observability,
    execution::{Execution, Phase},
    metrics::MetricsBuilder,
    schema::{Field, Metric, Naming, Operation},
    testing::{ExecutionBuilder, execution},
};
use futures::future::join_all;
use opentelemetry::{
    InstrumentationScope, KeyValue,
    metrics::{BoundCounter, Counter, Histogram, Meter, MeterProvider, UpDownCounter},
};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, WorkerOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
};

use crate::{
    scenarios::{self, Timers},
    support::{
        connect, end,
        exported::{Exported, Value},
        namespace, observed, start, unique,
    },
};

/// Runs the body with a meter behind the gate, and returns what was exported.
fn exported_by(
    set: impl FnOnce(MetricsBuilder) -> MetricsBuilder,
    body: impl FnOnce(&Meter),
) -> Exported {
    let exported = Exported::default();
    let theirs = exported.provider();
    let observability = Observability::builder().metrics(set).build().unwrap();
    let meter = observability.meter_provider(theirs.clone()).meter("mine");
    body(&meter);
    theirs.force_flush().unwrap();
    exported
}

fn exported(body: impl FnOnce(&Meter)) -> Exported {
    exported_by(|m| m, body)
}

fn of(operation: Operation) -> ExecutionBuilder {
    execution(operation)
        .field(Field::Namespace, "ns")
        .field(Field::TaskQueue, "q")
        .field(Field::WorkflowId, "w")
        .field(Field::WorkflowType, "W")
        .field(Field::ActivityType, "A")
}

fn workflow(phase: Phase) -> Execution {
    of(Operation::RunWorkflow).phase(phase).build()
}

const PHASES: [Phase; 4] = [
    Phase::Replaying,
    Phase::Evicting,
    Phase::Live,
    Phase::ReadOnly,
];

/// Checks the series with what they are, without the scope.
fn check(exported: &Exported, expected: &[(&str, Value)]) {
    let expected = expected
        .iter()
        .map(|(series, value)| (format!("mine/{series}"), value.clone()));
    assert_eq!(exported.series(), expected.collect());
}

/// Records in each phase with an instrument of every kind, first as it is, then bound.
fn one_of_each(meter: &Meter) {
    let k = || [KeyValue::new("k", 1)];
    macro_rules! record {
        ($($kind:ident.$record:ident($value:expr)),*) => {
            $(for phase in PHASES {
                workflow(phase).run(|| {
                    let instrument = meter.$kind(stringify!($kind)).build();
                    instrument.$record($value, &[]);
                    instrument.$record($value, &k());
                    instrument.bind(&k()).$record($value);
                });
            })*
        };
    }
    record!(
        u64_counter.add(2),
        f64_counter.add(0.5),
        i64_up_down_counter.add(-1),
        f64_up_down_counter.add(-0.5),
        u64_gauge.record(7),
        i64_gauge.record(-7),
        f64_gauge.record(0.25)
    );
    for phase in PHASES {
        workflow(phase).run(|| {
            let histogram = meter.u64_histogram("u64").with_boundaries(vec![1.0]);
            histogram.build().record(3, &[]);
            let histogram = meter.f64_histogram("f64").with_boundaries(vec![2.0, 4.0]);
            histogram.build().bind(&[]).record(1.5);
        });
    }
}

#[test]
fn instruments_of_every_kind_pass_the_gate_with_the_labels_of_what_executes() {
    let exported = exported(one_of_each);
    let labels = "namespace=ns,task_queue=q,workflow_type=W";
    let series = |name: &str| format!("mine/{name}{{{labels}}}");
    let all = exported.series();
    let mut expected = Vec::new();
    // Two phases count, and with the attribute each twice.
    for (name, alone, with) in [
        ("u64_counter", Value::Count(4.0), Value::Count(8.0)),
        ("f64_counter", Value::Count(1.0), Value::Count(2.0)),
        ("i64_up_down_counter", Value::Sum(-2.0), Value::Sum(-4.0)),
        ("f64_up_down_counter", Value::Sum(-1.0), Value::Sum(-2.0)),
        ("u64_gauge", Value::Gauge(7.0), Value::Gauge(7.0)),
        ("i64_gauge", Value::Gauge(-7.0), Value::Gauge(-7.0)),
        ("f64_gauge", Value::Gauge(0.25), Value::Gauge(0.25)),
    ] {
        expected.push((series(name), alone));
        expected.push((format!("mine/{name}{{k=1,{labels}}}"), with));
    }
    expected.push((series("u64"), Value::Spread(2, 6.0, vec![1.0])));
    expected.push((series("f64"), Value::Spread(2, 3.0, vec![2.0, 4.0])));
    assert_eq!(all, expected.into_iter().collect());
}

#[test]
fn labels_are_those_of_the_recording_and_the_users_win() {
    let exported = exported(|meter| {
        let counter = meter.u64_counter("c").build();
        let bound = counter.bind(&[KeyValue::new("k", "v")]);
        let elsewhere = workflow(Phase::Live).run(|| counter.bind(&[]));
        counter.add(1, &[]);
        bound.add(1);
        of(Operation::RunActivity).build().run(|| {
            counter.add(10, &[]);
            bound.add(10);
            // It was bound in a workflow.
            elsewhere.add(10);
        });
        workflow(Phase::Live).run(|| {
            bound.add(100);
            elsewhere.add(100);
            counter.add(100, &[KeyValue::new("task_queue", "mine")]);
            counter.add(100, &[KeyValue::new("workflow.type", "mine")]);
        });
        workflow(Phase::Replaying).run(|| {
            bound.add(1000);
            elsewhere.add(1000);
        });
        of(Operation::StartWorkflow)
            .build()
            .run(|| counter.add(1, &[]));
    });
    let count = Value::Count;
    check(
        &exported,
        &[
            ("c{}", count(2.0)),
            ("c{k=v}", count(1.0)),
            ("c{activity_type=A,namespace=ns,task_queue=q}", count(20.0)),
            (
                "c{activity_type=A,k=v,namespace=ns,task_queue=q}",
                count(10.0),
            ),
            (
                "c{k=v,namespace=ns,task_queue=q,workflow_type=W}",
                count(100.0),
            ),
            ("c{namespace=ns,task_queue=q,workflow_type=W}", count(100.0)),
            (
                "c{namespace=ns,task_queue=mine,workflow_type=W}",
                count(100.0),
            ),
            (
                "c{namespace=ns,task_queue=q,workflow.type=mine}",
                count(100.0),
            ),
        ],
    );
}

#[test]
fn the_namespace_is_called_as_everywhere() {
    let set = |m: MetricsBuilder| m.namespace_label("temporal_namespace");
    let exported = exported_by(set, |meter| {
        let counter = meter.u64_counter("c").build();
        workflow(Phase::Live).run(|| {
            counter.add(1, &[]);
            counter.bind(&[]).add(1);
        });
    });
    let series = "c{task_queue=q,temporal_namespace=ns,workflow_type=W}";
    check(&exported, &[(series, Value::Count(2.0))]);
}

#[test]
fn what_an_instrument_is_told_reaches_the_provider() {
    let exported = Exported::default();
    let theirs = exported.provider();
    let observability = Observability::builder().build().unwrap();
    let scope = InstrumentationScope::builder("versioned")
        .with_version("3")
        .build();
    let meter = observability
        .meter_provider(theirs.clone())
        .meter_with_scope(scope);
    let count = meter
        .u64_counter("packed")
        .with_unit("{parcel}")
        .with_description("Packed");
    count.build().add(1, &[]);
    let sizes = meter
        .f64_histogram("sizes")
        .with_unit("By")
        .with_description("Sizes");
    sizes.with_boundaries(vec![5.0]).build().record(1.0, &[]);
    macro_rules! observe {
        ($($kind:ident($value:expr)),*) => {
            $(let _ = meter
                .$kind(stringify!($kind))
                .with_unit("s")
                .with_description("Observed")
                .with_callback(|observer| observer.observe($value, &[KeyValue::new("a", 1)]))
                .with_callback(|observer| observer.observe($value, &[KeyValue::new("b", 1)]))
                .build();)*
        };
    }
    observe!(
        u64_observable_counter(5),
        f64_observable_counter(5.0),
        i64_observable_up_down_counter(5),
        f64_observable_up_down_counter(5.0),
        u64_observable_gauge(5),
        i64_observable_gauge(5),
        f64_observable_gauge(5.0)
    );
    // Who collects does not matter.
    workflow(Phase::Replaying).run(|| theirs.force_flush().unwrap());
    let told = |unit: &str, text: &str| Some((unit.to_owned(), text.to_owned()));
    assert_eq!(exported.told("packed"), told("{parcel}", "Packed"));
    assert_eq!(exported.told("sizes"), told("By", "Sizes"));
    assert_eq!(exported.told("i64_observable_gauge"), told("s", "Observed"));
    let series = exported.series();
    let spread = Value::Spread(1, 1.0, vec![5.0]);
    assert_eq!(series["versioned/sizes{}"], spread);
    assert_eq!(
        series["versioned/f64_observable_counter{b=1}"],
        Value::Count(5.0)
    );
    assert_eq!(
        series["versioned/i64_observable_up_down_counter{a=1}"],
        Value::Sum(5.0)
    );
    assert_eq!(series.len(), 2 + 7 * 2, "{series:#?}");
}

/// A provider of instruments that panic.
struct Panicking;

impl MeterProvider for Panicking {
    fn meter_with_scope(&self, _: InstrumentationScope) -> Meter {
        std::panic::resume_unwind(Box::new("on purpose"))
    }
}

#[test]
fn a_provider_that_panics_hurts_nobody_and_is_counted() {
    let observability = Observability::builder().build().unwrap();
    let meter = observability.meter_provider(Panicking).meter("m");
    workflow(Phase::Live).run(|| meter.u64_counter("c").build().add(1, &[]));
    assert_eq!(observability.health().recorder_panics, 1);
}

/// Instruments as people keep them, made when the process starts.
struct Kept {
    steps: Counter<u64>,
    bound: BoundCounter<u64>,
    sizes: Histogram<f64>,
    open: UpDownCounter<i64>,
}

static EXPORTED: LazyLock<Exported> = LazyLock::new(Exported::default);
static KEPT: std::sync::OnceLock<Kept> = std::sync::OnceLock::new();

struct Steps;

#[activities]
impl Steps {
    #[activity]
    async fn measured(_ctx: ActivityContext, _input: ()) -> Result<(), ActivityError> {
        KEPT.get().unwrap().steps.add(1, &[]);
        Ok(())
    }
}

#[workflow]
#[derive(Default)]
struct Measuring;

#[workflow_methods]
impl Measuring {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, steps: u32) -> WorkflowResult<()> {
        let kept = KEPT.get().unwrap();
        kept.open.add(1, &[]);
        for n in 0..steps {
            kept.steps.add(1, &[KeyValue::new("kind", "express")]);
            kept.bound.add(2);
            kept.sizes.record(f64::from(n), &[]);
            let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(20));
            ctx.execute_activity(Steps::measured, (), options).await?;
        }
        kept.open.add(-1, &[]);
        Ok(())
    }
}

#[tokio::test]
async fn each_recording_counts_once_on_a_worker_that_forgets() {
    const RUNS: u32 = 10;
    const STEPS: u32 = 12;
    let theirs = EXPORTED.provider();
    let observability = Observability::builder().build().unwrap();
    let meter = observability.meter_provider(theirs.clone()).meter("mine");
    let steps = meter.u64_counter("steps").build();
    let kept = Kept {
        bound: steps.bind(&[KeyValue::new("kind", "bound")]),
        sizes: meter
            .f64_histogram("sizes")
            .with_boundaries(vec![9.5])
            .build(),
        open: meter.i64_up_down_counter("open").build(),
        steps,
    };
    assert!(KEPT.set(kept).is_ok());
    let client = connect(Some(&observability)).await;
    let queue = unique("measuring");
    let options = WorkerOptions::new(&queue)
        .max_cached_workflows(0usize)
        .register_activities(Steps)
        .register_workflow::<Measuring>()
        .unwrap()
        .build();
    observed(&client, &observability, options, async {
        let run = async || end(&start(&client, &queue, Measuring::run, STEPS).await).await;
        join_all((0..RUNS).map(|_| run())).await;
    })
    .await;
    theirs.force_flush().unwrap();
    let namespace = namespace().await;
    let logical = f64::from(RUNS * STEPS);
    let of_workflow = format!("namespace={namespace},task_queue={queue},workflow_type=Measuring");
    let sum = f64::from(RUNS * STEPS * (STEPS - 1) / 2);
    let count = u64::from(RUNS * STEPS);
    let expected = [
        (
            format!("steps{{kind=express,{of_workflow}}}"),
            Value::Count(logical),
        ),
        (
            format!("steps{{kind=bound,{of_workflow}}}"),
            Value::Count(2.0 * logical),
        ),
        (
            format!("sizes{{{of_workflow}}}"),
            Value::Spread(count, sum, vec![9.5]),
        ),
        (format!("open{{{of_workflow}}}"), Value::Sum(0.0)),
        (
            format!(
                "steps{{activity_type=Steps::measured,namespace={namespace},task_queue={queue}}}"
            ),
            Value::Count(logical),
        ),
    ];
    let expected = expected.map(|(series, value)| (format!("mine/{series}"), value));
    assert_eq!(EXPORTED.series(), expected.into());
    let suppressed = observability.health().replayed;
    let suppressed: u64 = suppressed.iter().map(|replayed| replayed.metrics).sum();
    assert!(
        suppressed >= u64::from(RUNS * STEPS * (STEPS - 1) / 2),
        "{suppressed}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_of_the_users_receives_the_cores_metrics_and_ours() {
    let exported = Exported::default();
    let theirs = exported.provider();
    let observability = Observability::builder()
        .metrics(|m| m.meter_provider(theirs.clone()))
        .build()
        .unwrap();
    let client = connect(Some(&observability)).await;
    let queue = unique("provided");
    let worker = scenarios::worker(&queue, 10);
    observed(&client, &observability, worker, async {
        for _ in 0..3 {
            end(&start(&client, &queue, Timers::run, ()).await).await;
        }
    })
    .await;
    metrics::with_local_recorder(&observability.recorder(), || {
        workflow(Phase::Replaying).run(|| metrics::counter!("packed").increment(1));
        workflow(Phase::Live).run(|| metrics::counter!("packed").increment(1));
        metrics::gauge!("depth").increment(2.0);
    });
    theirs.force_flush().unwrap();
    let namespace = namespace().await;
    let labels = format!("namespace={namespace},task_queue={queue},workflow_type=Timers");
    let series = exported.series();
    let of = |name: &str| series.get(&format!("chronoscope/{name}"));
    let three = Some(&Value::Count(3.0));
    assert_eq!(
        of(&format!("temporal_workflow_completed_total{{{labels}}}")),
        three,
        "{series:#?}"
    );
    let ours = labels.replace(",task_queue", ",outcome=completed,task_queue");
    assert_eq!(
        of(&format!("temporal_workflow_outcome_total{{{ours}}}")),
        three
    );
    let latency = Metric::WorkflowEndToEndLatency;
    let name = latency.exported_name(Naming::Prometheus);
    let Some(Value::Spread(3, _, bounds)) = of(&format!("{name}{{{labels}}}")) else {
        panic!("{series:#?}");
    };
    assert_eq!(bounds, latency.buckets());
    assert_eq!(
        exported.told(&name),
        Some(("s".to_owned(), latency.help().to_owned()))
    );
    assert_eq!(
        of("packed{namespace=ns,task_queue=q,workflow_type=W}"),
        Some(&Value::Count(1.0))
    );
    assert_eq!(of("depth{}"), Some(&Value::Gauge(2.0)));
}
