//! What a DER structure is, whatever its label says.

use super::der::{self, BIT_STRING, INTEGER, OCTET_STRING, OID, SEQUENCE};

/// What the outer structure looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Certificate,
    CertificateRequest,
    PublicKey,
    Pkcs8,
    EncryptedPkcs8,
    Pkcs1,
    Sec1,
    Pkcs7,
    Pkcs12,
}

impl Shape {
    pub(crate) fn is_private_key(self) -> bool {
        matches!(self, Shape::Pkcs8 | Shape::EncryptedPkcs8 | Shape::Pkcs1 | Shape::Sec1)
    }

    /// Its name in a sentence, with the article.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Shape::Certificate => "a certificate",
            Shape::CertificateRequest => "a certificate signing request",
            Shape::PublicKey => "a public key",
            Shape::Pkcs8 => "a PKCS#8 private key",
            Shape::EncryptedPkcs8 => "an encrypted private key",
            Shape::Pkcs1 => "a PKCS#1 RSA private key",
            Shape::Sec1 => "a SEC1 EC private key",
            Shape::Pkcs7 => "a PKCS#7 container",
            Shape::Pkcs12 => "a PKCS#12 container",
        }
    }
}

/// OID 1.2.840.113549.1.7.2, signedData (RFC 5652 section 5.1).
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];

/// What `input` begins with, told from the tags of its first elements; `None` where it is none of these.
pub(crate) fn shape(input: &[u8]) -> Option<Shape> {
    let (outer, _) = der::first(input).ok()?;
    if outer.tag != SEQUENCE {
        return None;
    }
    let mut children = outer.children();
    let one = children.next()?;
    let two = children.next()?;
    let three = children.next();
    let is_algorithm = |tlv: &der::Tlv<'_>| tlv.children().next().is_some_and(|first| first.tag == OID);
    match (one.tag, one.content, two.tag, three.map(|tlv| tlv.tag)) {
        (INTEGER, [0 | 1], SEQUENCE, Some(OCTET_STRING)) => Some(Shape::Pkcs8),
        (INTEGER, [0 | 1], INTEGER, Some(INTEGER)) => Some(Shape::Pkcs1),
        (INTEGER, [1], OCTET_STRING, _) => Some(Shape::Sec1),
        (INTEGER, [3], SEQUENCE, _) => Some(Shape::Pkcs12),
        (OID, SIGNED_DATA, 0xa0, None) => Some(Shape::Pkcs7),
        (SEQUENCE, _, BIT_STRING, None) if is_algorithm(&one) => Some(Shape::PublicKey),
        (SEQUENCE, _, OCTET_STRING, None) if is_algorithm(&one) => Some(Shape::EncryptedPkcs8),
        (SEQUENCE, _, SEQUENCE, Some(BIT_STRING)) => {
            // A request is INTEGER, Name, SubjectPublicKeyInfo, [0]; a certificate has more (RFC 2986 section 4.1, RFC 5280 section 4.1).
            let tags: Vec<u8> = one.children().map(|tlv| tlv.tag).collect();
            match tags.as_slice() {
                [INTEGER, SEQUENCE, SEQUENCE] | [INTEGER, SEQUENCE, SEQUENCE, 0xa0] => Some(Shape::CertificateRequest),
                _ => Some(Shape::Certificate),
            }
        }
        _ => None,
    }
}

/// PKCS#12, PKCS#7, and Java's JKS and JCEKS, told by how they begin.
pub(crate) fn container(input: &[u8]) -> Option<&'static str> {
    match input {
        [0xfe, 0xed, 0xfe, 0xed, ..] | [0xce, 0xce, 0xce, 0xce, ..] => Some("a Java key store"),
        // PKCS#12 in BER with an indefinite length, as older tools write it.
        [0x30, 0x80, 0x02, 0x01, 0x03, ..] => Some(Shape::Pkcs12.name()),
        _ => shape(input).filter(|shape| matches!(shape, Shape::Pkcs12 | Shape::Pkcs7)).map(Shape::name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate of which the end was lost can go on with any byte; that it holds a key would be a false alarm.
    #[test]
    fn what_is_left_of_a_certificate_is_no_key() {
        let torn = [0x30, 0x09, 0x30, 0x03, 0xa0, 0x01, 0x02, 0x04, 0x00, 0x30, 0x7f];
        assert_eq!(shape(&torn), None);
        let encrypted = [0x30, 0x07, 0x30, 0x03, 0x06, 0x01, 0x2a, 0x04, 0x00];
        assert_eq!(shape(&encrypted), Some(Shape::EncryptedPkcs8));
    }
}
