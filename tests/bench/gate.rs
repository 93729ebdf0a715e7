//! The cost of the gate per event, compared with the bare call in the same run.
//!
//! `cargo bench -p chronoscope-bench --bench gate`. Budgets: our macro suppressed at most 3 ns over a
//! disabled event, a plain event 15 ns under the global filter and 25 ns under a per-layer one, a
//! kept counter 3 ns over the bare one, metrics 150 ns an attempt of an activity.

#![allow(missing_docs, unreachable_pub, reason = "a benchmark")]

mod cases;

use cases::CASES;
use criterion::{Criterion, criterion_group, criterion_main};

fn gate(criterion: &mut Criterion) {
    for case in CASES.iter().filter(|case| case.group != "poll") {
        let mut group = criterion.benchmark_group(case.group);
        case.run(|body| {
            group.bench_function(case.name, |bencher| bencher.iter(&mut *body));
        });
        group.finish();
    }
}

criterion_group!(benches, gate);
criterion_main!(benches);
