//! What the leaf may be used for.

use crate::certificate::Certificate;
use crate::code::Code;
use crate::finding::Finding;
use crate::policy::{Policy, Purpose};

pub(super) fn check(leaf: &Certificate, policy: &Policy, findings: &mut Vec<Finding>) {
    extended_key_usage(leaf, policy.purpose, findings);
    netscape_type(leaf, policy.purpose, findings);
    if policy.purpose != Purpose::Any && leaf.extensions.key_usage.is_some_and(|usage| !usage.digital_signature) {
        let message = format!(
            "the key usage of {} does not include digitalSignature, and in the handshake the key has to sign",
            leaf.called()
        );
        findings.push(
            Finding::new(Code::KeyUsageNoDigitalSignature, leaf.at.clone(), message)
                .help("ask the issuer for a certificate whose key usage includes digitalSignature"),
        );
    }
    if leaf.is_ca() {
        let message =
            format!("the leaf {} is itself a CA certificate; rustls and others refuse one as a client certificate", leaf.called());
        findings.push(
            Finding::new(Code::LeafIsCa, leaf.at.clone(), message)
                .help("check that this is the client certificate and not its issuer; if it is, ask for one with CA:FALSE"),
        );
    }
}

fn extended_key_usage(leaf: &Certificate, purpose: Purpose, findings: &mut Vec<Finding>) {
    let Some(usage) = &leaf.extensions.extended_key_usage else { return };
    let (code, name, allowed) = match purpose {
        Purpose::Client => (Code::EkuNoClientAuth, "clientAuth", usage.client_auth),
        Purpose::Server => (Code::EkuNoServerAuth, "serverAuth", usage.server_auth),
        Purpose::Any => return,
    };
    if allowed {
    } else if usage.any {
        let message =
            format!("the extended key usage of {} is anyExtendedKeyUsage without {name}; OpenSSL refuses that", leaf.called());
        findings.push(
            Finding::new(Code::EkuAny, leaf.at.clone(), message).help(format!("ask the issuer for a certificate with {name}")),
        );
    } else {
        let message = format!(
            "the extended key usage of {} does not include {name}, so the other side refuses it for this use",
            leaf.called()
        );
        let mut finding = Finding::new(code, leaf.at.clone(), message)
            .help(format!("ask the issuer for a certificate whose extended key usage includes {name}"));
        if usage.server_auth {
            finding = finding.note("it is a server's certificate; public CAs no longer issue clientAuth, so a renewal there will not bring it: use a private CA");
        }
        findings.push(finding);
    }
}

/// OpenSSL holds a leaf to Netscape's type as it does to the extended key usage.
fn netscape_type(leaf: &Certificate, purpose: Purpose, findings: &mut Vec<Finding>) {
    let Some(kind) = leaf.extensions.netscape_type else { return };
    let (name, allowed) = match purpose {
        Purpose::Client => ("client", kind.client),
        Purpose::Server => ("server", kind.server),
        Purpose::Any => return,
    };
    if !allowed {
        let message =
            format!("the Netscape certificate type of {} does not include SSL {name}; OpenSSL refuses that", leaf.called());
        findings.push(
            Finding::new(Code::NetscapeCertType, leaf.at.clone(), message)
                .help("ask the issuer for a certificate without nsCertType; extended key usage has long taken its place"),
        );
    }
}
