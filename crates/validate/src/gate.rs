//! The gate: what may be uploaded.

use crate::bundle::Bundle;
use crate::certificate::Certificate;
use crate::chain::{self, Chained};
use crate::check::{self, pairing::Paired};
use crate::code::{Code, Severity};
use crate::cure::Cures;
use crate::finding::{Finding, Location};
use crate::fleet::Fleet;
use crate::input;
use crate::key::PrivateKey;
use crate::origin::Origin;
use crate::pem;
use crate::policy::{GatePolicy, Policy};
use crate::read;
use crate::report::{Certificates, Report, Verdict};
use crate::rotation;
use crate::secret::{SecretText, on_clean_stack};
use crate::source::{Request, Role};
use std::fmt;
use zeroize::Zeroizing;

/// How many certificates beside a path that does not verify a report tells of: a store of roots has hundreds.
const MAX_OTHERS: usize = 32;

/// Checks everything and says all that it found. A report is no licence to upload: see [`validate`].
pub fn check(request: &Request<'_>, policy: &Policy) -> Report {
    // What the run used of the stack is overwritten once its bundle is dropped.
    on_clean_stack(|| run(request, policy, None).report)
}

impl Fleet {
    /// As [`check`](crate::check()), with what it remembers of those before.
    pub fn check(&self, request: &Request<'_>, policy: &Policy) -> Report {
        on_clean_stack(|| run(request, policy, Some(self)).report)
    }
}

/// Checks everything, and gives the proof that an upload takes, if nothing is wrong.
///
/// # Errors
/// When any finding is an error; [`Rejected::report`] has them all.
pub fn validate(request: &Request<'_>, policy: &GatePolicy) -> Result<ValidatedBundle, Rejected> {
    let Run { report, bundle, proofs, .. } = on_clean_stack(|| run(request, &Policy::from(policy.clone()), None));
    match (report.verdict(), proofs, bundle.key) {
        (Verdict::Pass, Some(proofs), Some(key)) => {
            let mut sent: Vec<Option<Certificate>> = bundle.sent.into_iter().map(Some).collect();
            let cert = proofs.chained.order.iter().filter_map(|&at| sent.get_mut(at)?.take()).collect();
            Ok(ValidatedBundle { cert, key, ca: bundle.authorities, report, _paired: proofs.paired })
        }
        _ => Err(Rejected { report: Box::new(report) }),
    }
}

/// Takes the inputs as they came, unchecked: the one way round [`validate`]. They are still read: what is empty, too large or no text
/// cannot be sent, and a private key in the certificate or CA input is never sent. Sources without a role are refused: nothing is sorted. Those of
/// [`Role::Replaces`] are passed over: nothing is compared.
///
/// # Errors
/// When an input cannot be sent.
pub fn skip_validation(request: &Request<'_>) -> Result<UnvalidatedBundle, Rejected> {
    on_clean_stack(|| as_it_came(request))
}

fn as_it_came(request: &Request<'_>) -> Result<UnvalidatedBundle, Rejected> {
    let mut findings = Vec::new();
    for (position, source) in request.sources.iter().enumerate().filter(|(_, source)| source.role == Role::Auto) {
        let message = "what is not checked is not sorted either, so this would not be sent";
        let finding = Finding::new(Code::ObjectUnused, read::whole(position, source), message).raised();
        findings.push(finding.help("say what it is, with --cert FILE, --key FILE or --ca FILE"));
    }
    let mut text = |role| read::as_it_came(request, role, &mut findings);
    let (cert, key, ca) = (text(Role::Cert), text(Role::Key), text(Role::Ca));
    if !findings.is_empty() {
        return Err(Rejected { report: Box::new(Report::new(findings)) });
    }
    let owned = |mut text: Zeroizing<String>| std::mem::take(&mut *text);
    Ok(UnvalidatedBundle {
        cert: owned(cert),
        key: SecretText::new(owned(key)),
        ca: owned(ca),
        origin: request.origin.map(str::to_owned),
    })
}

/// Reads and sorts the inputs, and gives them in clean PEM. They need not be sound: [`Converted::report`] says whether they are.
///
/// # Errors
/// When an input cannot be read, or which object is meant cannot be told.
pub fn convert(request: &Request<'_>, policy: &Policy) -> Result<Converted, Rejected> {
    let Run { report, bundle, proofs, readable } = on_clean_stack(|| run(request, policy, None));
    if !readable {
        return Err(Rejected { report: Box::new(report) });
    }
    let mut cert = bundle.sent;
    match proofs {
        Some(proofs) => {
            let mut sent: Vec<Option<Certificate>> = cert.into_iter().map(Some).collect();
            cert = proofs.chained.order.iter().filter_map(|&at| sent.get_mut(at)?.take()).collect();
        }
        // Without a path only the first place is certain.
        None => {
            if let Some(up_to_leaf) = bundle.leaf.and_then(|leaf| cert.get_mut(..=leaf)) {
                up_to_leaf.rotate_right(1);
            }
        }
    }
    Ok(Converted { cert, key: bundle.key, ca: bundle.authorities, report })
}

/// What was read, in clean PEM. It is no licence to upload: nothing in it has to be sound.
pub struct Converted {
    cert: Vec<Certificate>,
    key: Option<PrivateKey>,
    ca: Vec<Certificate>,
    report: Report,
}

impl Converted {
    /// The leaf, then the certificates to send with it; `None` without any.
    pub fn certificate_pem(&self) -> Option<String> {
        (!self.cert.is_empty()).then(|| pem::certificates(&self.cert))
    }

    /// The private key, in the container that it came in, decrypted.
    pub fn key_pem(&self) -> Option<SecretText> {
        self.key.as_ref().map(|key| pem::private_key(key.format.label(), &key.der))
    }

    /// The CA certificates; `None` without any.
    pub fn ca_pem(&self) -> Option<String> {
        (!self.ca.is_empty()).then(|| pem::certificates(&self.ca))
    }

    /// What was mended, opened or left out.
    pub fn changes(&self) -> impl Iterator<Item = &Finding> {
        self.report.findings().iter().filter(|finding| finding.code.is_change() && finding.severity != Severity::Error)
    }

    /// Everything that a check finds.
    pub fn report(&self) -> &Report {
        &self.report
    }
}

impl fmt::Debug for Converted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Converted").field("report", &self.report).finish_non_exhaustive()
    }
}

struct Run {
    report: Report,
    bundle: Bundle,
    proofs: Option<Proofs>,
    /// Everything was read, and it is clear which object is which. What is missing was not unreadable.
    readable: bool,
}

/// What only the checks can make.
struct Proofs {
    chained: Chained,
    paired: Paired,
}

fn run(request: &Request<'_>, policy: &Policy, fleet: Option<&Fleet>) -> Run {
    let mut findings = Vec::new();
    let inputs = input::read(request, |role| role != Role::Replaces, fleet.map(|fleet| &fleet.inputs), &mut findings);
    let bundle = Bundle::new(inputs, request, policy.gate.ca_role, &mut findings);
    let absent = |code: Code| matches!(code, Code::CertificateMissing | Code::KeyMissing | Code::CaMissing);
    let readable = findings.iter().all(|finding| finding.severity != Severity::Error || absent(finding.code))
        && !(bundle.sent.is_empty() && bundle.authorities.is_empty() && bundle.key.is_none());
    let origin = match request.origin {
        Some(text) => Origin::parse(text, &mut findings),
        None => {
            let message = "no origin is given, so the certificate is used for every origin that the project calls";
            findings
                .push(Finding::new(Code::OriginMissing, Location::Origin, message).help("--origin https://HOST limits it to one"));
            None
        }
    };
    if let Some(key) = &bundle.key {
        check::key_strength(key, &mut findings);
    }
    if let Some(leaf) = bundle.leaf() {
        check::certificate(leaf, policy, &mut findings);
        check::leaf(leaf, policy, &mut findings);
    }
    let paired = check::pairing::check(&bundle, &mut findings);
    let outcome = chain::check(&bundle, policy, fleet.map(|fleet| &fleet.signatures), &mut findings);
    rotation::check(request, bundle.leaf(), &mut findings);
    let anchored = outcome.chained.is_some();
    let paired_key = bundle.leaf().and(bundle.key.as_ref()).map(|_| paired.is_some());
    let proved = anchored && paired.is_some();
    let proofs = outcome.chained.zip(paired).map(|(chained, paired)| Proofs { chained, paired });
    let mut cures = None;
    for finding in &mut findings {
        cures.get_or_insert_with(|| Cures::new(request, &bundle, origin.as_ref(), policy.purpose)).add(finding);
        finding.severity = policy.level(finding.code, finding.severity);
    }
    let others = if anchored { Certificates::default() } else { others(&bundle, &outcome.path) };
    let report = Report {
        at: Some(policy.gate.now.whole_second()),
        others,
        chain: Certificates::new(outcome.path),
        anchored,
        paired: paired_key,
        proved,
        origin: origin.as_ref().map(Origin::to_string),
        placements: bundle.placements.clone(),
        ..Report::new(findings)
    };
    Run { report, bundle, proofs, readable }
}

/// The first certificates that the path does without, for who looks for the reason.
fn others(bundle: &Bundle, path: &[Certificate]) -> Certificates {
    let beside = |certificate: &&Certificate| path.iter().all(|on_path| on_path.at != certificate.at);
    Certificates::new(bundle.sent.iter().chain(&bundle.authorities).filter(beside).take(MAX_OTHERS).cloned().collect())
}

/// The inputs did not pass, or cannot be sent at all.
#[derive(Debug)]
pub struct Rejected {
    report: Box<Report>,
}

impl Rejected {
    /// Why.
    pub fn report(&self) -> &Report {
        &self.report
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codes: Vec<&str> = self.report.errors().map(|finding| finding.code.name()).collect();
        write!(f, "rejected: {}", codes.join(", "))
    }
}

impl std::error::Error for Rejected {}

/// A bundle that passed: the key belongs to the leaf, the leaf chains to the CA, and no finding is an error. Only [`validate`] makes one. It
/// holds the DER that was checked, and what goes out is encoded from that.
///
/// ```compile_fail,E0277
/// fn copy<T: Clone>(_: T) {}
/// fn twice(bundle: certflight_validate::ValidatedBundle) { copy(bundle) }
/// ```
pub struct ValidatedBundle {
    cert: Vec<Certificate>,
    key: PrivateKey,
    ca: Vec<Certificate>,
    report: Report,
    _paired: Paired,
}

impl ValidatedBundle {
    /// The leaf, then its intermediates in the order of the path, then what else was among them, in PEM.
    pub fn certificate_pem(&self) -> String {
        pem::certificates(&self.cert)
    }

    /// The private key in PEM, in the container that it came in.
    pub fn key_pem(&self) -> SecretText {
        pem::private_key(self.key.format.label(), &self.key.der)
    }

    /// The CA certificates in PEM.
    pub fn ca_pem(&self) -> String {
        pem::certificates(&self.ca)
    }

    /// The origin in its canonical form; `None` for the whole project.
    pub fn origin(&self) -> Option<&str> {
        self.report.origin()
    }

    /// What else was found.
    pub fn report(&self) -> &Report {
        &self.report
    }
}

impl fmt::Debug for ValidatedBundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValidatedBundle").field("report", &self.report).finish_non_exhaustive()
    }
}

/// Inputs as they came, which nobody checked. Only [`skip_validation`] makes one.
pub struct UnvalidatedBundle {
    cert: String,
    key: SecretText,
    ca: String,
    origin: Option<String>,
}

impl UnvalidatedBundle {
    /// The certificate input.
    pub fn certificate_text(&self) -> &str {
        &self.cert
    }

    /// The key input.
    pub fn key_text(&self) -> &SecretText {
        &self.key
    }

    /// The CA input.
    pub fn ca_text(&self) -> &str {
        &self.ca
    }

    /// The origin as it came.
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }
}

impl fmt::Debug for UnvalidatedBundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnvalidatedBundle").field("origin", &self.origin).finish_non_exhaustive()
    }
}
