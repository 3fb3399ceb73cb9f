//! The slowest inputs under the bounds (docs/bounds.md), as the search found them: `cargo run --release -p certflight-benches --example search`.

#![allow(missing_docs, reason = "criterion's macros")]

use certflight_benches::hostile::FAMILIES;
use criterion::{Criterion, criterion_group, criterion_main};

/// A family, and its numbers in the order that it has them.
const SLOWEST: &[(&str, &[usize])] = &[
    ("names", &[1, 200_000, 60, 2, 1, 3, 1]),
    ("mesh", &[447, 447, 1, 1, 6, 3000, 2, 0, 0]),
    ("names", &[2000, 1, 700, 1, 1, 3, 1]),
    ("name constraints", &[10, 650_377, 144, 9, 1, 6, 9]),
    ("names", &[1313, 28_037, 4, 6, 1, 3, 1]),
    ("points", &[2047, 1687, 1654, 1, 8]),
    ("extensions", &[300_000, 4, 1, 1, 3]),
    ("a long path", &[2047, 0, 20, 245, 2, 0]),
    ("one piece", &[17, 3, 3, 4096, 1, 9]),
    ("mesh", &[2047, 2048, 18, 9, 7, 1153, 6, 33, 0]),
    ("copies", &[2048, 2, 8]),
    ("signed mesh", &[450, 1, 0, 0, 4, 0, 5, 400, 2, 0]),
    ("structures", &[500_000, 4_000_000, 4, 1, 3]),
    ("RSA keys", &[8, 1024, 2]),
    ("derivation", &[10_000_000, 2, 1, 8]),
];

fn slowest(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("slowest");
    group.sample_size(10);
    for (name, numbers) in SLOWEST {
        let Some(family) = FAMILIES.iter().find(|family| family.name == *name) else { continue };
        let case = (family.build)(numbers);
        let shown: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        group.bench_function(format!("{name} {}", shown.join(" ")), |bencher| bencher.iter(|| case.run()));
    }
    group.finish();
}

criterion_group!(benches, slowest);
criterion_main!(benches);
