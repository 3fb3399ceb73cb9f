//! The certificate profile of RFC 5280: what it forbids and OpenSSL takes, unless it is told to be strict.

use crate::certificate::Certificate;
use crate::code::Code;
use crate::extensions::AuthorityInformation;
use crate::finding::Finding;
use crate::general_name::GeneralName;
use crate::public_key::PublicKey;
use std::collections::HashSet;

/// The longest serial number, in bytes (section 4.1.2.2).
const MAX_SERIAL: usize = 20;

/// The entries of a subject alternative name that a message shows.
const SHOWN: usize = 4;

pub(super) fn check(certificate: &Certificate, findings: &mut Vec<Finding>) {
    fields(certificate, findings);
    // Before version 3 there are no extensions to miss.
    if certificate.version == 3 {
        identifiers(certificate, findings);
        issuing(certificate, findings);
        names(certificate, findings);
        policies(certificate, findings);
    }
}

/// A finding about the whole certificate: `is` follows its name.
fn say(certificate: &Certificate, code: Code, is: &str, findings: &mut Vec<Finding>) {
    let message = format!("the certificate {} {is}", certificate.called());
    findings.push(
        Finding::new(code, certificate.at.clone(), message)
            .help("OpenSSL takes it as it comes, Python from 3.13 on and others are stricter: have the CA issue it again as the profile wants it"),
    );
}

fn fields(certificate: &Certificate, findings: &mut Vec<Finding>) {
    let mut say = |code, is: &str| say(certificate, code, is, findings);
    let serial = certificate.serial_number.as_slice();
    let is_negative = serial.first().is_some_and(|first| first & 0x80 != 0);
    if is_negative || serial.iter().all(|byte| *byte == 0) {
        say(Code::ProfileSerialNumber, "has a serial number that is not positive");
    } else if serial.len() > MAX_SERIAL {
        say(Code::ProfileSerialNumber, &format!("has a serial number of {} bytes, and {MAX_SERIAL} are allowed", serial.len()));
    }
    if certificate.has_long_date {
        say(Code::ProfileValidityEncoding, "has a date before 2050 that is no UTCTime");
    }
    if certificate.issuer.is_empty() {
        say(Code::ProfileIssuerEmpty, "names no issuer");
    }
    let named_elsewhere = certificate.extensions.subject_alt_name.as_ref().is_some_and(|names| names.critical);
    if certificate.subject.is_empty() && (certificate.is_ca() || !named_elsewhere) {
        let what =
            if certificate.is_ca() { "is a CA's and has no subject" } else { "has no subject, and no critical alternative name" };
        say(Code::ProfileSubjectEmpty, what);
    }
    if certificate.has_unique_id {
        say(Code::ProfileUniqueIdentifier, "has a unique identifier, which certificates no longer have");
    }
    if let Ok(key @ PublicKey::Rsa { .. }) = &certificate.public_key
        && let Some(bits) = key.rsa_bits().filter(|bits| bits % 8 != 0)
    {
        say(Code::ProfileRsaModulus, &format!("has an RSA key of {bits} bits, which do not fill their bytes"));
    }
}

fn identifiers(certificate: &Certificate, findings: &mut Vec<Finding>) {
    let mut say = |code, is: &str| say(certificate, code, is, findings);
    if !certificate.is_self_issued()
        && certificate.extensions.authority_key_id.as_ref().is_none_or(|authority| authority.key.is_none())
    {
        say(Code::ProfileAuthorityKeyIdentifier, "does not say by which key it was issued (authority key identifier)");
    }
    if certificate.is_ca() && certificate.extensions.subject_key_id.is_none() {
        say(Code::ProfileSubjectKeyIdentifier, "is a CA's and has no subject key identifier");
    }
    if matches!(certificate.extensions.authority_information, Some(AuthorityInformation::Malformed)) {
        say(Code::ProfileAuthorityInformation, "has an authority information access that does not follow its format");
    }
}

fn issuing(certificate: &Certificate, findings: &mut Vec<Finding>) {
    let mut say = |code, is: &str| say(certificate, code, is, findings);
    let usage = certificate.extensions.key_usage;
    let may_sign = usage.is_some_and(|usage| usage.key_cert_sign);
    if certificate.is_ca() && usage.is_none() {
        say(Code::ProfileKeyUsageMissing, "is a CA's and has no key usage");
    }
    if !certificate.is_ca() && may_sign {
        say(Code::ProfileKeyCertSign, "has keyCertSign in its key usage, and is no CA's");
    }
    if let Some(constraints) = &certificate.extensions.basic_constraints {
        if constraints.value.ca && !constraints.critical {
            say(Code::ProfileBasicConstraints, "is a CA's, and its basic constraints are not critical");
        }
        if constraints.value.path_len.is_some() && (!constraints.value.ca || usage.is_some() && !may_sign) {
            say(Code::ProfilePathLength, "has a path length and may not issue certificates");
        }
    }
}

fn names(certificate: &Certificate, findings: &mut Vec<Finding>) {
    let mut say = |code, is: &str| say(certificate, code, is, findings);
    if let Some(names) = certificate.extensions.subject_alt_name.as_ref().map(|names| &names.value) {
        let wrong: Vec<&GeneralName> = names.iter().filter(|name| !is_in_profile(name)).collect();
        if names.is_empty() {
            say(Code::ProfileAlternativeName, "has a subject alternative name without an entry");
        } else if !wrong.is_empty() {
            let more = wrong.len().saturating_sub(SHOWN);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let shown = wrong.iter().take(SHOWN).map(|name| name.to_string()).collect::<Vec<_>>().join(", ");
            let is = format!("has an alternative name that does not follow the syntax of its kind: {shown}{more}");
            say(Code::ProfileAlternativeName, &is);
        }
    }
    if let Some(constraints) = &certificate.extensions.name_constraints {
        if !constraints.critical {
            say(Code::ProfileNameConstraintsCritical, "has name constraints that are not critical");
        }
        let mut all = constraints.value.permitted.iter().chain(&constraints.value.excluded);
        if let Some(wrong) = all.find(|constraint| !constraint.is_well_formed_constraint()) {
            let is = format!("has a name constraint that does not follow the syntax of its form: {wrong}");
            say(Code::ProfileNameConstraintsSyntax, &is);
        }
        if constraints.value.permitted.is_empty() && constraints.value.excluded.is_empty() {
            say(Code::ProfileNameConstraintsEmpty, "has name constraints that constrain nothing");
        }
        if !certificate.is_ca() {
            say(Code::ProfileNameConstraintsLeaf, "has name constraints, and is no CA's");
        }
    }
}

/// The preferred name syntax knows no underscore and no hyphen at an end (RFC 1123 section 2.1), which the comparison of names lets pass.
fn is_in_profile(name: &GeneralName) -> bool {
    let label = |label: &str| !label.contains('_') && !label.starts_with('-') && !label.ends_with('-');
    name.is_well_formed() && !matches!(name, GeneralName::Dns(host) if !host.split('.').all(label))
}

fn policies(certificate: &Certificate, findings: &mut Vec<Finding>) {
    let mut say = |code, is: &str| say(certificate, code, is, findings);
    let mut seen = HashSet::new();
    if let Some(twice) = certificate.extensions.certificate_policies.iter().flatten().find(|policy| !seen.insert(*policy)) {
        say(Code::ProfileDuplicatePolicy, &format!("names the certificate policy {twice} twice"));
    }
    if let Some(constraints) = &certificate.extensions.policy_constraints {
        if constraints.value.require_explicit.is_none() && constraints.value.inhibit_mapping.is_none() {
            say(Code::ProfilePolicyConstraints, "has policy constraints that constrain nothing");
        } else if !constraints.critical {
            say(Code::ProfilePolicyConstraints, "has policy constraints that are not critical");
        }
    }
    if certificate.extensions.inhibit_any_policy.as_ref().is_some_and(|inhibit| !inhibit.critical) {
        say(Code::ProfileInhibitAnyPolicy, "has an inhibitAnyPolicy that is not critical");
    }
}
