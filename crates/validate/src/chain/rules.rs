//! What RFC 5280 section 6.1.4 asks of an issuer, and of the path as a whole.

use super::policies::{NoPolicy, State};
use super::pool::{Edge, Pool};
use crate::certificate::Certificate;
use crate::check;
use crate::code::{Code, Severity};
use crate::extensions::PolicyConstraints;
use crate::finding::Finding;
use crate::policy::{Policy, Purpose};
use crate::policy_id::PolicyId;

/// What is asked of a certificate that issued another: all that is asked of any, and that it is a CA for this purpose.
pub(super) fn issuer(certificate: &Certificate, is_anchor: bool, policy: &Policy, findings: &mut Vec<Finding>) {
    check::certificate(certificate, policy, findings);
    let name = certificate.called();
    let mut say = |code, message: String, help: &str| findings.push(Finding::new(code, certificate.at.clone(), message).help(help));
    // Of a root OpenSSL takes other signs that it is a CA: version 1, which has no way to say it, or keyCertSign.
    let may_lack = is_anchor && certificate.is_self_issued() && certificate.extensions.basic_constraints.is_none();
    let may_sign = certificate.extensions.key_usage.is_some_and(|usage| usage.key_cert_sign);
    if may_lack && may_sign {
        say(
            Code::ProfileBasicConstraints,
            format!("the root {name} has no basicConstraints; OpenSSL takes it for a CA by its key usage, Go and others refuse it"),
            "have the root issued again with basicConstraints critical, CA:TRUE",
        );
    } else if !(certificate.is_ca() || may_lack && certificate.version == 1) {
        let why = match certificate.extensions.basic_constraints {
            None => "has no basicConstraints",
            Some(_) => "has basicConstraints with CA:FALSE",
        };
        say(
            Code::ChainIssuerNotCa,
            format!("the issuer {name} is no CA: it {why}"),
            "its own issuer has to issue it again as a CA, with basicConstraints critical, CA:TRUE",
        );
    }
    // RFC 5280 section 6.1.4 (n): only where key usage is there.
    if certificate.extensions.key_usage.is_some_and(|usage| !usage.key_cert_sign) {
        say(
            Code::ChainNoCertSign,
            format!("the key usage of the issuer {name} does not include keyCertSign, so it may not issue certificates"),
            "its own issuer has to issue it again with keyCertSign",
        );
    }
    // Section 6.1.4 (a). Of a trust anchor no policy is processed.
    let maps_any = certificate.extensions.policy_mappings.iter().any(|mapping| mapping.issuer.is_any() || mapping.subject.is_any());
    if maps_any && !is_anchor {
        say(
            Code::ChainPolicy,
            format!("the policy mappings of the issuer {name} map anyPolicy, which is not allowed"),
            "its own issuer has to issue it again without that mapping",
        );
    }
    if let Some(usage) = &certificate.extensions.extended_key_usage {
        let (purpose, allowed) = match policy.purpose {
            Purpose::Client => ("clientAuth", usage.client_auth),
            Purpose::Server => ("serverAuth", usage.server_auth),
            Purpose::Any => ("", true),
        };
        if !allowed && usage.any {
            say(
                Code::EkuAny,
                format!(
                    "the extended key usage of the issuer {name} is anyExtendedKeyUsage without {purpose}; OpenSSL refuses that"
                ),
                "ask for a certificate from a CA without extended key usage",
            );
        } else if !allowed {
            say(
                Code::ChainEku,
                format!(
                    "the extended key usage of the issuer {name} does not include {purpose}, which takes it from everything below"
                ),
                &format!("ask for a certificate from a CA without extended key usage, or with {purpose}"),
            );
        }
    }
}

/// Whether the path's policies can decide: one is demanded, or a certificate may demand one. Otherwise they restrict nothing (RFC 5280 section 6.1.5 (g)).
pub(super) fn policies_matter(pool: &Pool<'_>, policy: &Policy) -> bool {
    let demands = |at| {
        let constraints: Option<&PolicyConstraints> =
            pool.certificate(at).extensions.policy_constraints.as_ref().map(|marked| &marked.value);
        constraints.is_some_and(|constraints| constraints.require_explicit.is_some())
    };
    policy.gate.certificate_policies.required || pool.positions().any(demands)
}

/// What is asked of a certificate and the one that issued it.
fn link(certificate: &Certificate, issuer: &Certificate, findings: &mut Vec<Finding>) {
    key_identifier(certificate, issuer, findings);
    name_encoding(certificate, issuer, findings);
}

/// How many errors [`issuer`] finds, the policy's levels applied: what is denied keeps a certificate off the path where there is another.
pub(super) fn faults(certificate: &Certificate, is_anchor: bool, policy: &Policy) -> usize {
    let mut findings = Vec::new();
    issuer(certificate, is_anchor, policy, &mut findings);
    errors(&findings, policy)
}

/// How many errors [`link`] finds.
pub(super) fn link_faults(certificate: &Certificate, issuer: &Certificate, policy: &Policy) -> usize {
    let mut findings = Vec::new();
    link(certificate, issuer, &mut findings);
    errors(&findings, policy)
}

fn errors(findings: &[Finding], policy: &Policy) -> usize {
    findings.iter().filter(|finding| policy.level(finding.code, finding.severity) == Severity::Error).count()
}

/// All that is wrong on a path, leaf first. `complete` says that its last certificate is the trust anchor. What is asked of the leaf alone is
/// not asked here.
pub(super) fn path(pool: &mut Pool<'_>, path: &[usize], complete: bool, policy: &Policy, findings: &mut Vec<Finding>) {
    for (at, above) in path.iter().zip(path.iter().skip(1)) {
        signature(pool, *at, *above, findings);
        link(pool.certificate(*at), pool.certificate(*above), findings);
    }
    for (depth, &at) in path.iter().enumerate().skip(1) {
        issuer(pool.certificate(at), complete && depth + 1 == path.len(), policy, findings);
    }
    lengths(pool, path, complete, policy, findings);
    for (depth, &above) in path.iter().enumerate() {
        for &at in path.iter().take(depth) {
            name_constraints(pool, above, at, findings);
        }
    }
    if complete && policies_matter(pool, policy) {
        policies(pool, path, policy, findings);
    }
}

/// What is wrong with the signature of `at` by `issuer`, or cannot be told of it.
pub(super) fn signature(pool: &mut Pool<'_>, at: usize, issuer: usize, findings: &mut Vec<Finding>) {
    let certificate = pool.certificate(at);
    match pool.edge(at, issuer) {
        Ok(Edge::Weak(hash)) => {
            let message = format!("the certificate {} is signed with {hash}, which OpenSSL servers refuse", certificate.called());
            findings.push(
                Finding::new(Code::SignatureWeak, certificate.at.clone(), message)
                    .help("ask the issuer for one that is signed with SHA-256"),
            );
        }
        Ok(Edge::Unsupported) => {
            let with = match &pool.certificate(issuer).public_key {
                Ok(key) => format!("{} with {key}", certificate.algorithm),
                Err(name) => name.clone(),
            };
            let message =
                format!("whether the signature of {} is good cannot be told: {with} is not verified here", certificate.called());
            findings.push(
                Finding::new(Code::SignatureUnsupported, certificate.at.clone(), message)
                    .help("verify it with openssl verify, and skip validation if the other side takes the algorithm"),
            );
        }
        Ok(Edge::Good | Edge::Bad) | Err(_) => {}
    }
}

/// OpenSSL takes a certificate that the authority key identifier does not name for no issuer. RFC 5280 section 4.2.1.1 has it only as an aid.
fn key_identifier(certificate: &Certificate, issuer: &Certificate, findings: &mut Vec<Finding>) {
    if !certificate.identifies(issuer) {
        let message = format!(
            "the authority key identifier of {} names another certificate than {}, which signed it; OpenSSL servers then find no issuer",
            certificate.called(),
            issuer.called()
        );
        findings.push(
            Finding::new(Code::ChainKeyIdentifier, certificate.at.clone(), message)
                .note_at(&issuer.at, "the issuer by name and signature")
                .help("give the issuer's certificate that was current when this one was issued, or have this one issued again"),
        );
    }
}

/// Section 4.1.2.6: an issuer's name is to be written as the issuer writes it. Section 7.1 lets names match that are written otherwise, more of them
/// than OpenSSL does.
fn name_encoding(certificate: &Certificate, issuer: &Certificate, findings: &mut Vec<Finding>) {
    if certificate.issuer.is_encoded_as(&issuer.subject) {
        return;
    }
    let called = certificate.called();
    let is_found = certificate.issuer.is_same_to_openssl(&issuer.subject);
    let message = if is_found {
        format!(
            "the certificate {called} writes the name of its issuer in other bytes than the issuer itself; Go and rustls then find no issuer"
        )
    } else {
        format!(
            "the certificate {called} writes letters beyond ASCII in its issuer's name in another way than the issuer itself; OpenSSL servers, Go and rustls then find no issuer"
        )
    };
    let finding = Finding::new(Code::ProfileNameEncoding, certificate.at.clone(), message)
        .note_at(&issuer.at, "the issuer")
        .help("have it issued again by a CA that copies its own subject as it stands");
    findings.push(if is_found { finding } else { finding.raised() });
}

/// Section 6.1.3 (b), (c).
fn name_constraints(pool: &mut Pool<'_>, above: usize, at: usize, findings: &mut Vec<Finding>) {
    let Ok(Some(violation)) = pool.violation(above, at) else { return };
    let (name, why) = (violation.name.clone(), violation.why.clone());
    let (certificate, constrainer) = (pool.certificate(at), pool.certificate(above));
    let message = format!("the CA {} may not issue for the {name} of {}: {why}", constrainer.called(), certificate.called());
    findings.push(
        Finding::new(Code::ChainNameConstraints, certificate.at.clone(), message)
            .note_at(&constrainer.at, "the CA with the name constraints")
            .help("ask for a certificate without this name, or from a CA that may issue for it"),
    );
}

/// Sections 6.1.2 to 6.1.5, from below the trust anchor down.
fn policies(pool: &Pool<'_>, path: &[usize], policy: &Policy, findings: &mut Vec<Finding>) {
    let policies = &policy.gate.certificate_policies;
    // The leaf may be its own trust anchor.
    let (leaf, intermediates) = match path {
        [] => return,
        [leaf] => (*leaf, &[][..]),
        [leaf, intermediates @ .., _anchor] => (*leaf, intermediates),
    };
    let mut state = State::new(policies);
    let mut failed = None;
    for &at in intermediates.iter().rev() {
        let certificate = pool.certificate(at);
        match state.after_intermediate(&certificate.extensions, certificate.is_self_issued(), policies) {
            Ok(after) => state = after,
            Err(NoPolicy) => {
                failed = Some(at);
                break;
            }
        }
    }
    let Some(at) = failed.or_else(|| state.end(&pool.certificate(leaf).extensions, policies).err().map(|NoPolicy| leaf)) else {
        return;
    };
    let accepted: Vec<String> = policies.accepted.iter().map(PolicyId::to_string).collect();
    let asked = if policies.accepts_any() { String::new() } else { format!(" of {}", accepted.join(", ")) };
    let who = if policies.required { "is demanded" } else { "is demanded by a CA of the path" };
    let message = format!(
        "a certificate policy{asked} {who}, and with {} none is left that holds for the whole path",
        pool.certificate(at).called()
    );
    let mut finding = Finding::new(Code::ChainPolicy, pool.certificate(at).at.clone(), message);
    for &at in [leaf].iter().chain(intermediates) {
        let certificate = pool.certificate(at);
        let named = certificate.extensions.certificate_policies.as_deref().unwrap_or_default();
        let text = match named {
            [] => "it names no policy".to_owned(),
            named => format!("its policies: {}", named.iter().take(8).map(PolicyId::to_string).collect::<Vec<_>>().join(", ")),
        };
        finding = finding.note_at(&certificate.at, text);
    }
    findings.push(finding.help("ask the CA for a certificate under that policy; --policy OID says which ones are accepted"));
}

/// RFC 5280 section 6.1.4 (h), (l), (m): self-issued certificates do not count.
fn lengths(pool: &Pool<'_>, path: &[usize], complete: bool, policy: &Policy, findings: &mut Vec<Finding>) {
    let mut below = 0; // intermediates under the one looked at
    for (depth, &at) in path.iter().enumerate().skip(1) {
        let certificate = pool.certificate(at);
        if let Some(allowed) = certificate.path_len().filter(|allowed| below > *allowed) {
            let message = format!("the CA {} allows {allowed} intermediates below it, and there are {below}", certificate.called());
            findings.push(
                Finding::new(Code::ChainPathLength, certificate.at.clone(), message)
                    .help("get the leaf from a CA nearer to this one, or have this one issued again with a larger path length"),
            );
        }
        let is_anchor = complete && depth + 1 == path.len();
        if !certificate.is_self_issued() && !is_anchor {
            below += 1;
        }
    }
    if below > policy.gate.max_depth
        && let Some(&first) = path.get(1)
    {
        let message = format!(
            "there are {below} intermediates between leaf and trust anchor, more than the {} that are allowed",
            policy.gate.max_depth
        );
        findings.push(
            Finding::new(Code::ChainPathLength, pool.certificate(first).at.clone(), message)
                .help("--max-depth N allows more; some servers stop at 1 (nginx's ssl_verify_depth)"),
        );
    }
}
