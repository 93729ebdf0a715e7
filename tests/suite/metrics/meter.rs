//! A meter's handles have the labels of their execution, and pass the gate.

use chronoscope::{
    execution::Phase,
    metrics::{Meter, ReplayRecorder},
    schema::{Field, Operation},
    testing::execution,
};
use metrics_util::debugging::DebuggingRecorder;

use super::read;

#[test]
fn handles_keep_the_labels_of_their_execution_and_pass_the_gate() {
    let inner = DebuggingRecorder::new();
    let snapshotter = inner.snapshotter();
    let recorder = ReplayRecorder::new(inner);
    let workflow = |phase| {
        execution(Operation::RunWorkflow)
            .field(Field::WorkflowType, "Order")
            .field(Field::WorkflowId, "order-7")
            .phase(phase)
            .build()
    };
    metrics::with_local_recorder(&recorder, || {
        let meter = workflow(Phase::Replaying).run(Meter::current);
        // Made elsewhere, it is still the workflow's.
        let meter = meter.label("kind", "express");
        let (packed, items) = (meter.counter("packed"), meter.histogram("items"));
        let open = meter.gauge("open");
        for phase in [Phase::Replaying, Phase::Live, Phase::Evicting] {
            workflow(phase).run(|| {
                packed.increment(3);
                items.record(2.0);
                open.set(4.0);
                open.increment(1.0);
            });
        }
        Meter::current().counter("outside").increment(1);
    });
    let labels = "{kind=express,workflow_type=Order}";
    let expected = [
        (format!("packed{labels}"), 3.0),
        (format!("items{labels}"), 1.0),
        (format!("open{labels}"), 4.0),
        ("outside{}".to_owned(), 1.0),
    ];
    assert_eq!(read(&snapshotter), expected.into());
    assert_eq!(recorder.refusals().count(), 1);
}
