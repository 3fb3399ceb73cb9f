//! A whole check beside its crypto floor, in one run: `cargo bench -p certflight-benches --bench ratio`, then
//! `cargo run --release -p certflight-benches --example table` for the table.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "criterion's macros, and a bench that fails here measures nothing"
)]

use certflight_benches::bundle::{self, Bundle};
use certflight_benches::decoders;
use certflight_benches::floor::Floor;
use certflight_validate::harness::{Stage, up_to};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use rustls_pki_types::{CertificateDer, UnixTime};
use std::time::Duration;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

const STAGES: [(&str, Stage); 5] = [
    ("scan", Stage::Scan),
    ("decode", Stage::Decode),
    ("certificates", Stage::Certificates),
    ("key", Stage::Key),
    ("path", Stage::Path),
];

fn quick<'c>(criterion: &'c mut Criterion, name: &str) -> BenchmarkGroup<'c, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_millis(1500)).sample_size(60);
    group
}

fn measure(criterion: &mut Criterion, bundle: &Bundle, floor: Option<&Floor>, stages: &[(&str, Stage)]) {
    let mut group = quick(criterion, &format!("ratio/{}", bundle.name));
    let sources = bundle.sources();
    let (request, gate) = (bundle::request(&sources), bundle::gate());
    if let Some(floor) = floor {
        assert!(floor.run(), "{}", bundle.name);
        group.bench_function("floor", |bencher| bencher.iter(|| floor.run()));
    }
    assert!(up_to(Stage::Rules, &request, &gate), "{}", bundle.name);
    group.bench_function("whole", |bencher| bencher.iter(|| up_to(Stage::Rules, &request, &gate)));
    if let Some(floor) = floor {
        group.bench_function("verify", |bencher| bencher.iter(|| floor.verify()));
        group.bench_function("match", |bencher| bencher.iter(|| floor.match_key()));
        assert!(decoders::run(bundle), "{}", bundle.name);
        group.bench_function("decoders", |bencher| bencher.iter(|| decoders::run(bundle)));
    }
    for &(name, stage) in stages {
        assert!(up_to(stage, &request, &gate), "{}: {name}", bundle.name);
        group.bench_function(name, |bencher| bencher.iter(|| up_to(stage, &request, &gate)));
    }
    let peer = Peer::of(bundle);
    if peer.verifies() {
        group.bench_function("webpki", |bencher| bencher.iter(|| peer.verifies()));
    }
    group.finish();
}

/// rustls-webpki: from DER, without a key, and without P-521.
struct Peer {
    leaf: CertificateDer<'static>,
    intermediates: Vec<CertificateDer<'static>>,
    roots: Vec<CertificateDer<'static>>,
}

impl Peer {
    fn of(bundle: &Bundle) -> Self {
        let read = |text: &str| {
            text.split_inclusive("-----END CERTIFICATE-----\n").filter(|block| block.contains("BEGIN")).map(der).collect()
        };
        let mut intermediates: Vec<CertificateDer<'static>> = read(&bundle.cert);
        Peer { leaf: intermediates.remove(0), intermediates, roots: read(&bundle.ca) }
    }

    fn verifies(&self) -> bool {
        let anchors: Vec<_> = self.roots.iter().map(|root| anchor_from_trusted_cert(root).unwrap()).collect();
        let leaf = EndEntityCert::try_from(&self.leaf).unwrap();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(1_780_272_000)); // 2026-06-01
        leaf.verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, &self.intermediates, now, KeyUsage::client_auth(), None, None)
            .is_ok()
    }
}

fn der(block: &str) -> CertificateDer<'static> {
    let text = block.get(block.find("-----BEGIN").unwrap()..).unwrap().replace("\r\n", "\n");
    CertificateDer::from(pem_rfc7468::decode_vec(text.as_bytes()).unwrap().1)
}

fn keys(criterion: &mut Criterion) {
    for bundle in bundle::by_key() {
        measure(criterion, &bundle, Some(&Floor::of(&bundle)), &STAGES);
    }
}

fn sizes(criterion: &mut Criterion) {
    for certificates in [3, 10, 30] {
        let bundle = bundle::deep(certificates);
        measure(criterion, &bundle, Some(&Floor::of(&bundle)), &[]);
    }
    for count in [1, 10, 150, 1000] {
        let bundle = bundle::roots(count);
        measure(criterion, &bundle, Some(&Floor::of(&bundle)), &[]);
    }
    for count in [4, 8, 16] {
        // Which signatures are the fewest is what the search has to find out.
        measure(criterion, &bundle::cross_signed(count), None, &[]);
    }
}

criterion_group!(benches, keys, sizes);
criterion_main!(benches);
