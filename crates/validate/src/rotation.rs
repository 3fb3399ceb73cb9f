//! What a new certificate changes against the one that is in use. Partners list certificates by subject, by name or by issuer, and what they list is what breaks.

use crate::bundle;
use crate::certificate::Certificate;
use crate::code::{Code, Severity};
use crate::finding::Finding;
use crate::general_name::GeneralName;
use crate::input;
use crate::read;
use crate::source::{Request, Role};
use std::collections::HashSet;
use std::time::Duration;

/// The most names that are listed.
const SHOWN: usize = 5;

/// Compares the leaf with that of the sources of [`Role::Replaces`]. What is wrong with those is a finding only where no certificate can be read from them: it is the
/// new one that is checked.
pub(crate) fn check(request: &Request<'_>, new: Option<&Certificate>, findings: &mut Vec<Finding>) {
    let Some((position, source)) = request.sources.iter().enumerate().find(|(_, source)| source.role == Role::Replaces) else {
        return;
    };
    let mut own = Vec::new();
    let inputs = input::read(request, |role| role == Role::Replaces, None, &mut own);
    let Some(old) = bundle::leaf_among(inputs.certificates, &mut own) else {
        own.retain(|finding| finding.severity == Severity::Error);
        if own.is_empty() {
            let message = "there is no certificate in it that the new one could be compared with";
            own.push(Finding::new(Code::CertificateMissing, read::whole(position, source), message));
        }
        findings.append(&mut own);
        return;
    };
    if let Some(new) = new {
        findings.extend(changes(&old, new).into_iter().map(|finding| finding.note_at(&old.at, "the certificate in use")));
    }
}

fn changes(old: &Certificate, new: &Certificate) -> Vec<Finding> {
    let finding = |code, message: String, help: &str| Finding::new(code, new.at.clone(), message).help(help);
    if old.der() == new.der() {
        let message = "this is the certificate that is in use already, so nothing would rotate".to_owned();
        return vec![finding(
            Code::RotationSameCertificate,
            message,
            "give the renewed certificate; the CA may have sent the old one again",
        )];
    }
    let mut found = Vec::new();
    if old.subject != new.subject {
        let message = format!("the subject changes from “{}” to {}", old.subject.shown(), new.called());
        let help = "have the partner list the new subject before the change, or ask the CA for the old one";
        found.push(finding(Code::RotationSubjectChanged, message, help));
    }
    if let Some(message) = names(old, new) {
        let help = "have the partner list the new names before the change, or ask the CA for the old ones";
        found.push(finding(Code::RotationNamesChanged, message, help));
    }
    if old.issuer != new.issuer {
        let message = format!("another CA has issued it: “{}” in place of “{}”", new.issuer.shown(), old.issuer.shown());
        let help = "have the partner trust the new CA before the change, and send its intermediates";
        found.push(finding(Code::RotationIssuerChanged, message, help));
    }
    let usage = |certificate: &Certificate| {
        let names = certificate.extensions.extended_key_usage.as_ref().map(|usage| usage.names());
        names.map(|mut names| {
            names.sort();
            names.dedup();
            names
        })
    };
    if usage(old) != usage(new) {
        let shown = |names: Option<Vec<String>>| names.map_or("any use".to_owned(), |names| names.join(", "));
        let message = format!("the extended key usage changes from {} to {}", shown(usage(old)), shown(usage(new)));
        let help = "make sure that what is gone is not needed: one certificate is often used for several connections";
        found.push(finding(Code::RotationUsageChanged, message, help));
    }
    let (old_key, new_key) = (old.key_kind(), new.key_kind());
    if old_key != new_key {
        let message = format!("the kind of key changes from {old_key} to {new_key}");
        let help = "ask the partner whether they take that kind; some list algorithms and sizes";
        found.push(finding(Code::RotationKeyTypeChanged, message, help));
    }
    if old.public_key_info() == new.public_key_info() {
        let message =
            "the key is that of the old certificate, so the rotation does not retire it: whoever has a copy can use it on"
                .to_owned();
        found.push(finding(
            Code::RotationSameKey,
            message,
            "make a new key and request the certificate with it, unless the partner has pinned the key",
        ));
    }
    // From one second to the next is no gap.
    if new.not_before > old.not_after.saturating_add(Duration::from_secs(1)) {
        let message = format!(
            "the old certificate ends on {} and the new one begins on {}: in between neither is valid",
            old.not_after, new.not_before
        );
        found.push(finding(Code::RotationGap, message, "ask the CA for one that begins before the old one ends"));
    }
    if new.not_after < old.not_after {
        let message = format!(
            "the new certificate expires on {}, before the old one, which is valid until {}",
            new.not_after.date(),
            old.not_after.date()
        );
        let help = "check that the two were not given the wrong way round, and that the CA issued what was asked for";
        found.push(finding(Code::RotationEndsEarlier, message, help));
    }
    found
}

/// Which alternative names are gone and which are new, if any are.
fn names(old: &Certificate, new: &Certificate) -> Option<String> {
    let beyond = |certificate: &Certificate, other: &Certificate| -> Vec<String> {
        let known: HashSet<&GeneralName> = other.alternative_names().iter().collect();
        certificate.alternative_names().iter().filter(|name| !known.contains(name)).map(GeneralName::to_string).collect()
    };
    let changes = [("gone", beyond(old, new)), ("new", beyond(new, old))];
    let parts: Vec<String> =
        changes.iter().filter(|(_, names)| !names.is_empty()).map(|(what, names)| format!("{what}: {}", listed(names))).collect();
    (!parts.is_empty()).then(|| format!("the alternative names change; {}", parts.join("; ")))
}

fn listed(names: &[String]) -> String {
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_up_to_the_bound() {
        let names = |count: usize| (0..count).map(|at| at.to_string()).collect::<Vec<_>>();
        assert_eq!(listed(&names(2)), "0, 1");
        assert!(!listed(&names(SHOWN)).contains("more"));
        assert!(listed(&names(SHOWN + 3)).ends_with(" and 3 more"));
    }
}
