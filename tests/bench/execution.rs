//! The cost per poll of entering and leaving an execution, compared with the bare future in the
//! same run.
//!
//! `cargo bench -p chronoscope-bench --bench execution`. Budget: 20 ns.

#![allow(missing_docs, unreachable_pub, reason = "a benchmark")]

mod cases;

use cases::CASES;
use criterion::{Criterion, criterion_group, criterion_main};

fn execution(criterion: &mut Criterion) {
    for case in CASES.iter().filter(|case| case.group == "poll") {
        let mut group = criterion.benchmark_group(case.group);
        case.run(|body| {
            group.bench_function(case.name, |bencher| bencher.iter(&mut *body));
        });
        group.finish();
    }
}

criterion_group!(benches, execution);
criterion_main!(benches);
