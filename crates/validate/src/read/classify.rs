//! What a block is, by its label and by its body, and whether it may stand where it stands.

use super::scan::Framed;
use super::sniff::{self, Shape};
use super::{KeyFormat, Place, der, diagnose};
use crate::code::Code;
use crate::finding::Finding;
use crate::source::Role;
use crate::text::Escaped;
use zeroize::Zeroizing;

/// `TRUSTED CERTIFICATE` is OpenSSL's: the certificate, and after it data that no one else reads.
pub(super) fn certificate_der(block: &Framed<'_>, mut der: Zeroizing<Vec<u8>>) -> Vec<u8> {
    if block.label == TRUSTED
        && let Ok(length) = der::first(&der).map(|(certificate, _)| certificate.whole.len())
    {
        der.truncate(length);
    }
    std::mem::take(&mut *der)
}

const TRUSTED: &str = "TRUSTED CERTIFICATE";

/// What becomes of a block.
pub(super) enum Sorted {
    /// A certificate, and what was mended on the way.
    Certificate(Option<(Code, &'static str)>),
    Key(KeyFormat),
    /// Belongs to the key and says nothing that the key does not.
    Skipped,
    Refused(Finding),
}

/// Sorts one block of an input.
pub(super) fn sort(block: &Framed<'_>, der: &[u8], place: &Place) -> Sorted {
    let role = place.role();
    let at = place.lines(block.lines);
    let refuse = |code: Code, message: String, help: &str| Sorted::Refused(Finding::new(code, at.clone(), message).help(help));
    let shape = sniff::shape(der);
    let labelled_private = block.label.ends_with("PRIVATE KEY");
    if role != Role::Key && (labelled_private || shape.is_some_and(Shape::is_private_key)) {
        return Sorted::Refused(diagnose::leaked(place, at));
    }
    let expected = match block.label {
        "CERTIFICATE" | "X509 CERTIFICATE" | TRUSTED => Shape::Certificate,
        "PRIVATE KEY" => Shape::Pkcs8,
        "RSA PRIVATE KEY" => Shape::Pkcs1,
        "EC PRIVATE KEY" => Shape::Sec1,
        "ENCRYPTED PRIVATE KEY" => Shape::EncryptedPkcs8,
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Shape::CertificateRequest,
        "PUBLIC KEY" | "RSA PUBLIC KEY" => Shape::PublicKey,
        "PKCS7" | "CMS" | "PKCS #7 SIGNED DATA" => Shape::Pkcs7,
        "EC PARAMETERS" if role == Role::Key => return Sorted::Skipped,
        "OPENSSH PRIVATE KEY" => {
            let message = "the private key is in OpenSSH's own format".to_owned();
            return refuse(
                Code::OpensshKey,
                message,
                "ssh-keygen -p -m PKCS8 -f FILE rewrites it as PKCS#8 (keep a copy); where it leaves an Ed25519 key as it was, make a new key",
            );
        }
        label if labelled_private => {
            let message = format!("a private key of the kind “{}” cannot be checked", Escaped(label));
            return refuse(Code::KeyUnsupported, message, "use an RSA, P-256, P-384, P-521 or Ed25519 key");
        }
        label => {
            let message = format!("the block “{}” is neither certificate nor private key; it is left out", Escaped(label));
            return refuse(Code::PemUnexpectedBlock, message, "remove the block from the file");
        }
    };
    if block.encrypted {
        return refuse(Code::KeyEncrypted, ENCRYPTED.to_owned(), DECRYPT);
    }
    // `RSA PUBLIC KEY` is PKCS#1's own structure, which looks like nothing else here.
    if let Some(shape) = shape.filter(|shape| *shape != expected && block.label != "RSA PUBLIC KEY") {
        let message = format!("the block is labelled “{}” but holds {}", Escaped(block.label), shape.name());
        let help = "give the block its right label, or convert it: openssl pkey (keys), openssl x509 (certificates)";
        return Sorted::Refused(Finding::new(Code::LabelBodyMismatch, at, message).raised().help(help));
    }
    match (expected, role) {
        (Shape::Certificate, Role::Key) => refuse(
            Code::CertificateInKeyInput,
            "there is a certificate in the key input".to_owned(),
            "give the certificate with --cert and leave only the private key in this file",
        ),
        (Shape::Certificate, _) if block.label == TRUSTED => Sorted::Certificate(Some((
            Code::TrustedCertificateLabel,
            "the block is labelled TRUSTED CERTIFICATE, which only OpenSSL reads; its trust settings are dropped",
        ))),
        (Shape::Certificate, _) => Sorted::Certificate(None),
        (Shape::Pkcs8, _) => Sorted::Key(KeyFormat::Pkcs8),
        (Shape::Pkcs1, _) => Sorted::Key(KeyFormat::Pkcs1),
        (Shape::Sec1, _) => Sorted::Key(KeyFormat::Sec1),
        (Shape::EncryptedPkcs8, _) => refuse(Code::KeyEncrypted, ENCRYPTED.to_owned(), DECRYPT),
        (Shape::CertificateRequest, _) => refuse(
            Code::CsrAsCertificate,
            "this is a certificate signing request, which a CA has yet to turn into a certificate".to_owned(),
            "send the request to the CA and give the certificate that comes back",
        ),
        (Shape::PublicKey, Role::Key) => refuse(
            Code::PublicKeyAsPrivateKey,
            "this is a public key, not the private key".to_owned(),
            "give the file that was made when the certificate was requested; a private key cannot be computed from it",
        ),
        (Shape::PublicKey, _) => refuse(
            Code::PemUnexpectedBlock,
            "the block is a public key, neither certificate nor private key; it is left out".to_owned(),
            "remove the block from the file",
        ),
        (Shape::Pkcs7 | Shape::Pkcs12, _) => refuse(
            Code::ContainerInput,
            "this is a PKCS#7 container; it has to be unpacked first".to_owned(),
            "openssl pkcs7 -in FILE -print_certs -out mended.pem",
        ),
    }
}

const ENCRYPTED: &str = "the private key is encrypted with a passphrase, and the API takes it only in the clear";
const DECRYPT: &str = "openssl pkey -in FILE -out client.key";
