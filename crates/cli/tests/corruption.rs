//! Sound bundles, corrupted at random, through the command: it ends by itself with 0, 1 or 2, and nothing passes that `openssl verify -x509_strict` refuses, but for
//! the reasons of corruption/reasons.rs and docs/differences.md.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

#[path = "corruption/blocks.rs"]
mod blocks;
#[path = "corruption/bundle.rs"]
mod bundle;
#[path = "corruption/bytes.rs"]
mod bytes;
#[path = "corruption/command.rs"]
mod command;
#[path = "corruption/der.rs"]
mod der;
#[path = "corruption/openssl.rs"]
mod openssl;
#[path = "corruption/parts.rs"]
mod parts;
#[path = "corruption/plan.rs"]
mod plan;
#[path = "corruption/reasons.rs"]
mod reasons;
mod support;
#[path = "corruption/text.rs"]
mod text;

use bundle::Bundle;
use certflight_validate::Timestamp;
use command::{Mended, Runner, Secrets};
use openssl::Peer;
use plan::{Given, Plan, plan};
use reasons::{REASONS, Reason};
use serde_json::Value;
use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

const CORRUPTIONS: u64 = 10_000;

/// What all runs came to.
#[derive(Default)]
struct Tally {
    /// By exit code.
    ended: [u64; 3],
    agreed: u64,
    explained: u64,
    /// OpenSSL's numbers of the errors that had a reason.
    needed: BTreeSet<u32>,
    failures: Vec<String>,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        for (sum, more) in self.ended.iter_mut().zip(other.ended) {
            *sum += more;
        }
        self.agreed += other.agreed;
        self.explained += other.explained;
        self.needed.extend(other.needed);
        self.failures.extend(other.failures);
    }
}

/// What does not change from run to run.
struct Bench {
    sound: Vec<Bundle>,
    secrets: Secrets,
    /// The fingerprints of the sound bundles' certificates, as reports have them.
    certificates: HashSet<String>,
    peer: Option<Peer>,
}

fn fingerprint(der: &[u8]) -> String {
    ring::digest::digest(&ring::digest::SHA256, der).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Bench {
    fn new() -> Self {
        let sound = bundle::sound();
        let parts = sound.iter().flat_map(|bundle| &bundle.parts);
        let certificates = parts.flat_map(|part| blocks::contents(&part.bytes)).filter(|(label, _)| label == "CERTIFICATE");
        let certificates = certificates.map(|(_, der)| fingerprint(&der)).collect();
        Bench { certificates, secrets: Secrets::of(&sound), sound, peer: openssl::version().map(|_| Peer::default()) }
    }

    fn judge(&self, plan: &Plan, folder: &Path, tally: &mut Tally) -> Result<(), String> {
        let runner = Runner { folder, plan, secrets: &self.secrets };
        runner.write();
        let (code, mut report) = runner.check(if plan.human { "human" } else { "json" })?;
        tally.ended[usize::try_from(code).unwrap()] += 1;
        if code != 0 {
            return Ok(());
        }
        if report.is_none() {
            let (again, in_json) = runner.check("json")?;
            if again != 0 {
                return Err(format!("exit 0 for people, {again} for programs"));
            }
            report = in_json;
        }
        let (report, mended) = (report.unwrap(), runner.mended()?);
        self.is_signed(&report)?;
        let Some(peer) = &self.peer else { return Ok(()) };
        let at = Timestamp::parse_rfc3339(&plan.bundle.at).unwrap().unix_seconds();
        let Err(refusal) = peer.ask(&mended, &openssl::demands(at, &plan.bundle.args), folder) else {
            tally.agreed += 1;
            return Ok(());
        };
        let Some(reasons) = reasons::reasons(&report, &refusal) else {
            return Err(format!(
                "it passes, there is no reason to differ, and OpenSSL says {refusal}the report: {}",
                reasons::codes(&report)
            ));
        };
        tally.explained += 1;
        tally.needed.extend(reasons.iter().map(|reason| reason.error));
        Ok(())
    }

    /// What is signed passes as its issuer signed it. A trust anchor is not held to its own signature.
    fn is_signed(&self, report: &Value) -> Result<(), String> {
        let chain = report["chain"].as_array().map_or(&[][..], Vec::as_slice);
        let changed =
            chain.iter().find(|link| link["trust_anchor"] != true && !self.certificates.contains(link["sha256"].as_str().unwrap()));
        changed.map_or(Ok(()), |link| Err(format!("a certificate passes that nobody signed: {link:#}")))
    }

    /// Judges plans until there are none left. Of one that fails the files are kept.
    fn work(&self, next: impl Fn() -> Option<Plan>) -> Tally {
        let mut tally = Tally::default();
        let folder = tempfile::tempdir().unwrap();
        while let Some(plan) = next() {
            let Err(why) = self.judge(&plan, folder.path(), &mut tally) else { continue };
            let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("corruption-{}", plan.number));
            fs::create_dir_all(&kept).unwrap();
            let runner = Runner { folder: &kept, plan: &plan, secrets: &self.secrets };
            runner.write();
            let Plan { number, bundle, done, given, .. } = &plan;
            let (command, kept) = (runner.check_args("json").join(" "), kept.display());
            tally.failures.push(format!(
                "number {number}, {} with {done:?}, {given:?}: {why}\nin {kept}: certflight {command}\n",
                bundle.name
            ));
        }
        tally
    }
}

/// Without corruption nothing is refused and nothing differs.
#[test]
fn sound_bundles_pass_and_openssl_agrees() {
    let bench = Bench::new();
    let folder = tempfile::tempdir().unwrap();
    let mut tally = Tally::default();
    for bundle in &bench.sound {
        let plan = Plan { number: 0, bundle: bundle.clone(), done: Vec::new(), given: Given::Flags, human: false };
        bench.judge(&plan, folder.path(), &mut tally).unwrap_or_else(|why| panic!("{}: {why}", bundle.name));
    }
    let count = u64::try_from(bench.sound.len()).unwrap();
    assert_eq!((tally.ended, tally.agreed), ([count, 0, 0], if bench.peer.is_some() { count } else { 0 }));
}

/// What is asked of OpenSSL can be refused: by another's key, another's CA and another time.
#[test]
fn openssl_refuses_what_does_not_belong_together() {
    let Some(peer) = Bench::new().peer else { return };
    let folder = tempfile::tempdir().unwrap();
    let text = |name: &str, file: &str| fs::read_to_string(support::file(name, file)).unwrap();
    let [mended, other] = ["ok__p256-pkcs8", "ok__rsa2048-pkcs8"].map(|name| Mended {
        cert: text(name, "cert.pem"),
        key: text(name, "key.pem"),
        ca: text(name, "ca.pem"),
    });
    let ask = |mended: &Mended, at| peer.ask(mended, &openssl::demands(at, &[]), folder.path());
    let (in_2026, in_2060) = (1_780_272_000, 2_840_140_800);
    assert_eq!(ask(&mended, in_2026), Ok(()));
    assert_eq!(ask(&Mended { key: other.key, ..mended.clone() }, in_2026), Err("the key is not the leaf's".to_owned()));
    assert!(ask(&Mended { ca: other.ca, ..mended.clone() }, in_2026).is_err());
    assert!(ask(&mended, in_2060).is_err());
}

/// `CERTFLIGHT_CORRUPTIONS` is another number of runs; fewer say nothing of what has to occur.
#[test]
fn corrupted_bundles_end_with_0_1_or_2_and_pass_only_where_openssl_agrees() {
    let count = std::env::var("CERTFLIGHT_CORRUPTIONS").map_or(CORRUPTIONS, |count| count.parse().unwrap());
    let bench = Bench::new();
    let number = AtomicU64::new(0);
    let next =
        || Some(number.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < count).map(|number| plan(number, &bench.sound));
    let threads = thread::available_parallelism().map_or(2, usize::from);
    let mut tally = Tally::default();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| bench.work(next))).collect();
        workers.into_iter().for_each(|worker| tally.add(worker.join().unwrap()));
    });
    let Tally { ended: [passed, refused, unreadable], agreed, explained, needed, failures } = tally;
    let openssl = match &bench.peer {
        Some(peer) => {
            format!("openssl agrees on {agreed}, {explained} differences explained, {} bundles asked about", peer.asked())
        }
        None => "openssl was not asked".to_owned(),
    };
    let summary = format!("corruptions: {count} runs: {passed} passed, {refused} refused, {unreadable} unreadable; {openssl}");
    let _ = writeln!(std::io::stderr(), "{summary}");
    assert!(failures.is_empty(), "{summary}; {} failed:\n{}", failures.len(), failures[..failures.len().min(5)].join("\n"));
    if count >= CORRUPTIONS {
        assert!(passed > 300 && refused > 300 && unreadable > 100, "{summary}: too few to say anything");
    }
    let Some(version) = openssl::version() else {
        let _ = writeln!(
            std::io::stderr(),
            "NOT RUN: there is no openssl command of the 3.x series to ask about corrupted bundles that pass"
        );
        return;
    };
    // The reasons were found with the 3.0 series. One that explains nothing any more has to go.
    if count >= CORRUPTIONS && version.starts_with("OpenSSL 3.0.") {
        assert_eq!(needed, REASONS.iter().map(|reason| reason.error).collect(), "OpenSSL no longer differs");
    }
}

#[test]
fn the_page_has_the_reasons() {
    let page = include_str!("../../../docs/differences.md");
    let (_, section) = page.split_once("\n## Corrupted bundles\n").unwrap();
    let rows: Vec<&str> = section.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| error")).collect();
    let row = |reason: &Reason| format!("| {} | `{}` | {} |", reason.error, reason.code, reason.why);
    assert_eq!(rows, REASONS.iter().map(row).collect::<Vec<_>>());
}
