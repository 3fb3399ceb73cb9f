//! A whole check beside its crypto floor, in one run: `cargo bench -p certflight-benches --bench ratio`. `cargo run --release -p certflight-benches --example table` measures the same in turns.

#![allow(missing_docs, reason = "criterion's macros")]

use certflight_benches::bundle;
use certflight_benches::steps::{self, Step};
use criterion::{Criterion, criterion_group, criterion_main};
use std::time::Duration;

fn measure(criterion: &mut Criterion, name: &str, steps: Vec<Step<'_>>) {
    let mut group = criterion.benchmark_group(format!("ratio/{name}"));
    group.warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_millis(1500)).sample_size(60);
    for (step, run) in steps {
        assert!(run(), "{name}: {step}");
        group.bench_function(step, |bencher| bencher.iter(&run));
    }
    group.finish();
}

fn keys(criterion: &mut Criterion) {
    for bundle in bundle::by_key() {
        measure(criterion, &bundle.name, steps::all(&bundle));
    }
}

fn sizes(criterion: &mut Criterion) {
    for bundle in bundle::deep_and_broad() {
        measure(criterion, &bundle.name, steps::with_floor(&bundle));
    }
    for bundle in bundle::graphs() {
        measure(criterion, &bundle.name, steps::whole(&bundle));
    }
}

criterion_group!(benches, keys, sizes);
criterion_main!(benches);
