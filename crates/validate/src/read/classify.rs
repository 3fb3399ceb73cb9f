//! What a block or a structure is, by its label and by its content, and whether it may stand where it stands.

use super::sniff::{self, Shape};
use super::{KeyFormat, der, diagnose};
use crate::code::Code;
use crate::finding::{Finding, Location};
use crate::sealed::SealedKind;
use crate::source::Role;
use crate::text::Escaped;
use zeroize::Zeroizing;

/// One structure and how it was labelled.
pub(super) struct Candidate<'a> {
    /// The label of its PEM block; none for bare DER.
    pub(super) label: Option<&'a str>,
    /// The `DEK-Info` of a block that was encrypted by its headers.
    pub(super) encrypted: Option<String>,
    pub(super) der: &'a [u8],
    pub(super) role: Role,
    /// Where a refusal is said to be.
    pub(super) at: &'a Location,
}

/// What becomes of it.
pub(super) enum Sorted {
    Certificate,
    Key(KeyFormat),
    Sealed(SealedKind),
    /// Belongs to the key and says nothing that the key does not.
    Skipped,
    Refused(Finding),
}

const TRUSTED: &str = "TRUSTED CERTIFICATE";

/// `TRUSTED CERTIFICATE` is OpenSSL's: the certificate, and after it data that no one else reads.
pub(super) fn certificate_der(label: Option<&str>, mut der: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    if label == Some(TRUSTED)
        && let Ok(length) = der::first(&der).map(|(certificate, _)| certificate.whole.len())
    {
        der.truncate(length);
    }
    der
}

/// What a label says that the block holds; none for a label that is not known here.
fn labelled(label: &str) -> Option<Shape> {
    Some(match label {
        "CERTIFICATE" | "X509 CERTIFICATE" | TRUSTED => Shape::Certificate,
        "PRIVATE KEY" => Shape::Pkcs8,
        "RSA PRIVATE KEY" => Shape::Pkcs1,
        "EC PRIVATE KEY" => Shape::Sec1,
        "DSA PRIVATE KEY" => Shape::Dsa,
        "ENCRYPTED PRIVATE KEY" => Shape::EncryptedPkcs8,
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Shape::CertificateRequest,
        "PUBLIC KEY" | "RSA PUBLIC KEY" => Shape::PublicKey,
        "X509 CRL" => Shape::RevocationList,
        "PKCS7" | "CMS" | "PKCS #7 SIGNED DATA" => Shape::Pkcs7,
        "PKCS12" => Shape::Pkcs12,
        _ => return None,
    })
}

/// Sorts one structure of an input. What was mended on the way is in `mended`.
pub(super) fn sort(candidate: Candidate<'_>, mended: &mut Option<(Code, String)>) -> Sorted {
    let Candidate { label, encrypted, der, role, at } = candidate;
    let refuse = |code: Code, message: String, help: &str| Sorted::Refused(Finding::new(code, at.clone(), message).help(help));
    let shape = sniff::shape(der);
    let labelled_private = label.is_some_and(|label| label.ends_with("PRIVATE KEY"));
    if matches!(role, Role::Cert | Role::Ca) && (labelled_private || shape.is_some_and(Shape::is_private_key)) {
        return Sorted::Refused(diagnose::leaked(role, at.clone()));
    }
    // Certificates alone are compared, so a key is not read, and nobody is asked for its passphrase.
    if role == Role::Replaces && shape.map_or(labelled_private, Shape::is_private_key) {
        return Sorted::Skipped;
    }
    let expected = label.and_then(labelled);
    match label {
        Some("EC PARAMETERS") if matches!(role, Role::Key | Role::Auto | Role::Replaces) => return Sorted::Skipped,
        Some("OPENSSH PRIVATE KEY") => {
            return refuse(
                Code::OpensshKey,
                "the private key is in OpenSSH's own format".to_owned(),
                "have ssh-keygen write it as PKCS#8; where that leaves an Ed25519 key as it was, make a new key",
            );
        }
        Some(label) if expected.is_none() && shape.is_none() && labelled_private => return unsupported(label, at),
        Some(label) if expected.is_none() && shape.is_none() => {
            let message = format!("the block “{}” is neither certificate nor private key; it is left out", Escaped(label));
            return refuse(Code::PemUnexpectedBlock, message, "remove the block from the file");
        }
        _ => {}
    }
    if let Some(dek_info) = encrypted {
        return Sorted::Sealed(SealedKind::EncryptedPem { dek_info });
    }
    // `RSA PUBLIC KEY` is PKCS#1's own structure, which looks like nothing else here.
    let actual = if label == Some("RSA PUBLIC KEY") { expected } else { shape.or(expected) };
    let Some(actual) = actual else { return Sorted::Skipped };
    if let Some(label) = label.filter(|_| expected != Some(actual)) {
        let message = format!("the block is labelled “{}” but holds {}; it is taken for that", Escaped(label), actual.name());
        *mended = Some((Code::LabelBodyMismatch, message));
    } else if label == Some(TRUSTED) {
        let message = "the block is labelled TRUSTED CERTIFICATE, which only OpenSSL reads; its trust settings are dropped";
        *mended = Some((Code::TrustedCertificateLabel, message.to_owned()));
    } else if label == Some("X509 CERTIFICATE") {
        let message =
            "the block is labelled X509 CERTIFICATE, an old name that many readers pass over; it is written as CERTIFICATE";
        *mended = Some((Code::PemBoundarySpelling, message.to_owned()));
    }
    match (actual, role) {
        (Shape::Certificate, Role::Key) => refuse(
            Code::CertificateInKeyInput,
            "there is a certificate in the key input".to_owned(),
            "give the certificate with --cert and leave only the private key in this file, or give the file without a flag: it is sorted by content",
        ),
        (Shape::Certificate, _) => Sorted::Certificate,
        (Shape::Pkcs8, _) => Sorted::Key(KeyFormat::Pkcs8),
        (Shape::Pkcs1, _) => Sorted::Key(KeyFormat::Pkcs1),
        (Shape::Sec1, _) => Sorted::Key(KeyFormat::Sec1),
        (Shape::Dsa, _) => unsupported(label.unwrap_or("DSA PRIVATE KEY"), at),
        (Shape::EncryptedPkcs8, _) => Sorted::Sealed(SealedKind::EncryptedPkcs8),
        (Shape::Pkcs7, _) => Sorted::Sealed(SealedKind::Pkcs7),
        (Shape::Pkcs12, _) => Sorted::Sealed(SealedKind::Pkcs12),
        (Shape::CertificateRequest, Role::Cert | Role::Key | Role::Ca | Role::Replaces) => refuse(
            Code::CsrAsCertificate,
            "this is a certificate signing request, which a CA has yet to turn into a certificate".to_owned(),
            "send the request to the CA and give the certificate that comes back",
        ),
        (Shape::PublicKey, Role::Key) => refuse(
            Code::PublicKeyAsPrivateKey,
            "this is a public key, not the private key".to_owned(),
            "give the file that was made when the certificate was requested; a private key cannot be computed from it",
        ),
        (other, _) => {
            let message = format!("this is {}, neither certificate nor private key; it is left out", other.name());
            refuse(Code::PemUnexpectedBlock, message, "remove it from the input")
        }
    }
}

fn unsupported(label: &str, at: &Location) -> Sorted {
    let message = format!("a private key of the kind “{}” cannot be checked", Escaped(label));
    Sorted::Refused(Finding::new(Code::KeyUnsupported, at.clone(), message).help("use an RSA, P-256, P-384, P-521 or Ed25519 key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_say_what_a_block_holds() {
        for (label, shape) in [
            ("DSA PRIVATE KEY", Some("a DSA private key")),
            ("PKCS12", Some("a PKCS#12 container")),
            ("PKCS7", Some("a PKCS#7 container")),
            ("X509 CRL", Some("a certificate revocation list")),
            ("DH PARAMETERS", None),
        ] {
            assert_eq!(labelled(label).map(Shape::name), shape, "{label}");
        }
    }

    fn sorted(label: &str, role: Role) -> Sorted {
        let candidate = Candidate { label: Some(label), encrypted: None, der: b"no structure", role, at: &Location::Bundle };
        sort(candidate, &mut None)
    }

    #[test]
    fn what_is_none_of_ours_is_refused_by_what_it_calls_itself() {
        let code = |label: &str, role| match sorted(label, role) {
            Sorted::Refused(finding) => Some(finding.code),
            _ => None,
        };
        assert_eq!(code("ANY PRIVATE KEY", Role::Key), Some(Code::KeyUnsupported));
        assert_eq!(code("SOMETHING", Role::Key), Some(Code::PemUnexpectedBlock));
        // They stand beside a key and say nothing that it does not; beside certificates nothing put them there.
        assert_eq!(code("EC PARAMETERS", Role::Key), None);
        assert_eq!(code("EC PARAMETERS", Role::Auto), None);
        assert_eq!(code("EC PARAMETERS", Role::Cert), Some(Code::PemUnexpectedBlock));
    }
}
