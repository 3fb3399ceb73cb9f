//! Large inputs, and searches that are made to be long. The steps of a check and its whole are in `ratio`.

#![allow(missing_docs, clippy::unwrap_used, reason = "criterion's macros, and a bench that fails here measures nothing")]

use certflight_benches::bundle::{self, Bundle, authority};
use certflight_validate::{Code, GatePolicy, Policy, Report, Request, Role, Source, Timestamp, check};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rcgen::{ExtendedKeyUsagePurpose, GeneralSubtree, Issuer, KeyPair, NameConstraints, SanType};

fn gate() -> GatePolicy {
    GatePolicy::new(Timestamp::parse_rfc3339(certflight_fixtures::DEFAULT_AT).unwrap())
}

/// A check of these inputs, for its report.
fn report(sources: &[(Role, &[u8])]) -> Report {
    let sources: Vec<Source<'_>> = sources.iter().map(|&(role, bytes)| Source::new(role, role.name(), bytes)).collect();
    check(&Request { sources: &sources, origin: Some("https://api.example.com") }, &Policy::from(gate()))
}

/// The codes of the errors, to hold each bench to what it means to measure.
fn errors(report: &Report) -> Vec<Code> {
    report.errors().map(|finding| finding.code).collect()
}

/// Reading alone: a CA input without anything to check against it. The certificates are read, none is verified.
fn read(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read a CA input");
    let roots = |count| {
        (0..count)
            .map(|at| authority(&format!("Example Root CA {at}")).self_signed(&KeyPair::generate().unwrap()).unwrap().pem())
            .collect::<String>()
            .into_bytes()
    };
    let none = [Code::CertificateMissing, Code::KeyMissing];
    for (name, text, expected) in [
        ("2 certificates", roots(2), &none[..]),
        ("150 certificates", roots(150), &none[..]),
        (
            "1 MiB of prose",
            b"there is no certificate here\n".repeat(36_158),
            &[Code::PemNotFound, Code::CertificateMissing, Code::KeyMissing][..],
        ),
    ] {
        let run = || report(&[(Role::Ca, &text)]);
        let mut found = errors(&run());
        let mut expected = expected.to_vec();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{name}");
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(run));
    }
    group.finish();
}

/// Text that is made of one piece, at three sizes: the time grows as the size does.
fn reading(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("reading");
    group.sample_size(10);
    for (name, piece) in [
        ("boundaries on one line", "-----END CERTIFICATE----------BEGIN CERTIFICATE-----"),
        ("dashes", "\u{2014}"),
        ("escapes", "\\n"),
        ("base64", "LS0tLS1CRUdJTiBD"),
        ("line breaks", "\n"),
    ] {
        for size in [256, 1024, 4096].map(|kib: usize| kib * 1024) {
            let text = piece.repeat((size - 1) / piece.len());
            let run = || report(&[(Role::Auto, text.as_bytes())]);
            assert!(!errors(&run()).is_empty(), "{name}");
            group.throughput(Throughput::Bytes(text.len() as u64));
            group.bench_function(BenchmarkId::new(name, size / 1024), |bencher| bencher.iter(run));
        }
    }
    group.finish();
}

/// CAs of one name that all certify each other, one of which issued the leaf. With a way out another of them is certified by the root; without one the
/// search ends by its budget.
fn cross_signed(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cross-signed");
    group.sample_size(10);
    for (count, way_out, error) in [
        (4, true, None),
        (8, true, None),
        (16, true, None),
        (16, false, Some(Code::ChainTooComplex)),
        (32, false, Some(Code::ChainTooComplex)),
    ] {
        let Bundle { mut cert, ca, .. } = bundle::cross_signed(count);
        if !way_out {
            cert.truncate(cert.rfind("-----BEGIN").unwrap()); // the one that the root certifies
        }
        let run = || report(&[(Role::Cert, cert.as_bytes()), (Role::Ca, ca.as_bytes())]);
        let expected: Vec<Code> = [Code::KeyMissing].into_iter().chain(error).collect();
        let mut found = errors(&run());
        found.sort();
        assert_eq!(found, expected, "{count}");
        let name = if way_out { "one way out" } else { "no way out" };
        group.bench_function(BenchmarkId::new(name, count), |bencher| bencher.iter(run));
    }
    group.finish();
}

/// As many comparisons as the budget of one check holds, and one name more than that.
fn name_constraints(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("name constraints");
    group.sample_size(10);
    // The leaf's subject is a name, too.
    for (names, error) in [(499, None), (500, Some(Code::ChainTooComplex))] {
        let (mut root, key) = (authority("Example Root CA"), KeyPair::generate().unwrap());
        let host = |at: usize| format!("host{at}.example.com");
        root.name_constraints = Some(NameConstraints {
            permitted_subtrees: (0..500).map(|at| GeneralSubtree::DnsName(host(at))).collect(),
            excluded_subtrees: Vec::new(),
        });
        let mut leaf = bundle::params("client");
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        leaf.subject_alt_names = (0..names).map(|_| SanType::DnsName(host(499).try_into().unwrap())).collect();
        let cert = leaf.signed_by(&KeyPair::generate().unwrap(), &Issuer::from_params(&root, &key)).unwrap().pem();
        let ca = root.self_signed(&key).unwrap().pem();
        let run = || report(&[(Role::Cert, cert.as_bytes()), (Role::Ca, ca.as_bytes())]);
        let expected: Vec<Code> = [Code::KeyMissing].into_iter().chain(error).collect();
        let mut found = errors(&run());
        found.sort();
        assert_eq!(found, expected, "{names}");
        group.bench_function(BenchmarkId::new("500 subtrees, names", names), |bencher| bencher.iter(run));
    }
    group.finish();
}

criterion_group!(benches, read, reading, cross_signed, name_constraints);
criterion_main!(benches);
