//! What a DER structure is, whatever its label says.

use super::der::{self, BIT_STRING, GENERALIZED_TIME, INTEGER, OCTET_STRING, OID, SEQUENCE, UTC_TIME};
use crate::sealed::SealedKind;

/// What the outer structure looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Certificate,
    CertificateRequest,
    PublicKey,
    Pkcs8,
    EncryptedPkcs8,
    Pkcs1,
    Dsa,
    Sec1,
    RevocationList,
    Pkcs7,
    Pkcs12,
}

impl Shape {
    pub(crate) fn is_private_key(self) -> bool {
        matches!(self, Shape::Pkcs8 | Shape::EncryptedPkcs8 | Shape::Pkcs1 | Shape::Dsa | Shape::Sec1)
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
            Shape::Dsa => "a DSA private key",
            Shape::Sec1 => "a SEC1 EC private key",
            Shape::RevocationList => "a certificate revocation list",
            Shape::Pkcs7 => "a PKCS#7 container",
            Shape::Pkcs12 => "a PKCS#12 container",
        }
    }
}

/// OID 1.2.840.113549.1.7, under which the content types of PKCS#7 are (RFC 5652 sections 4 to 8): 2 is signed data, which holds certificates.
const PKCS_7: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07];

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
        // Five numbers after the version, where RSA has eight (OpenSSL's own format, in no RFC).
        (INTEGER, [0], INTEGER, Some(INTEGER)) if outer.children().count() == 6 => Some(Shape::Dsa),
        (INTEGER, [0 | 1], INTEGER, Some(INTEGER)) => Some(Shape::Pkcs1),
        (INTEGER, [1], OCTET_STRING, _) => Some(Shape::Sec1),
        (INTEGER, [3], SEQUENCE, _) => Some(Shape::Pkcs12),
        (OID, [start @ .., 1..=6], 0xa0, None) if start == PKCS_7 => Some(Shape::Pkcs7),
        (SEQUENCE, _, BIT_STRING, None) if is_algorithm(&one) => Some(Shape::PublicKey),
        (SEQUENCE, _, OCTET_STRING, None) if is_algorithm(&one) => Some(Shape::EncryptedPkcs8),
        (SEQUENCE, _, SEQUENCE, Some(BIT_STRING)) => {
            // RFC 2986 section 4.1; RFC 5280 sections 5.1 and 4.1.
            let tags: Vec<u8> = one.children().map(|tlv| tlv.tag).collect();
            match tags.as_slice() {
                [INTEGER, SEQUENCE, SEQUENCE] | [INTEGER, SEQUENCE, SEQUENCE, 0xa0] => Some(Shape::CertificateRequest),
                [SEQUENCE, SEQUENCE, UTC_TIME | GENERALIZED_TIME, ..]
                | [INTEGER, SEQUENCE, SEQUENCE, UTC_TIME | GENERALIZED_TIME, ..] => Some(Shape::RevocationList),
                [INTEGER, SEQUENCE, SEQUENCE, SEQUENCE, ..] | [0xa0, INTEGER, SEQUENCE, SEQUENCE, SEQUENCE, ..] => {
                    Some(Shape::Certificate)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// PKCS#12, PKCS#7, and Java's JKS and JCEKS, told by how they begin. Older tools write the first two in BER, with lengths that DER does not
/// have.
pub(crate) fn container(input: &[u8]) -> Option<SealedKind> {
    if input.starts_with(&[0xfe, 0xed, 0xfe, 0xed]) || input.starts_with(&[0xce, 0xce, 0xce, 0xce]) {
        return Some(SealedKind::JavaKeyStore);
    }
    let [SEQUENCE, length, rest @ ..] = input else { return None };
    let digits = usize::from(if *length > 0x80 { length & 0x7f } else { 0 });
    match rest.get(digits..)? {
        [INTEGER, 0x01, 0x03, SEQUENCE, ..] => Some(SealedKind::Pkcs12),
        [OID, 0x09, rest @ ..] if rest.starts_with(PKCS_7) => Some(SealedKind::Pkcs7),
        _ => None,
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

    fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        [&[tag, u8::try_from(content.len()).unwrap()][..], &content].concat()
    }

    /// The tags alone tell, so what they hold is left empty.
    #[test]
    fn every_shape_is_told_from_the_others() {
        let sequence = |parts: &[&[u8]]| tlv(0x30, parts);
        let number = |value: u8| tlv(0x02, &[&[value]]);
        let (empty, bits, octets, time) = (sequence(&[]), tlv(0x03, &[&[0]]), tlv(0x04, &[]), tlv(0x17, &[]));
        let algorithm = sequence(&[&[0x06, 0x01, 0x2a]]);
        let signed = |inner: &[&[u8]]| sequence(&[&sequence(inner), &empty, &bits]);
        let id = |digits: &[u8]| tlv(0x06, &[digits]);
        let numbers = |count: usize| sequence(&vec![&number(0)[..]; count]);
        for (der, expected) in [
            (sequence(&[&number(0), &empty, &octets]), Some("a PKCS#8 private key")),
            (sequence(&[&number(1), &empty, &octets]), Some("a PKCS#8 private key")),
            (sequence(&[&number(2), &empty, &octets]), None),
            (numbers(6), Some("a DSA private key")),
            (numbers(9), Some("a PKCS#1 RSA private key")),
            (sequence(&[&number(1), &number(0), &number(0)]), Some("a PKCS#1 RSA private key")),
            (sequence(&[&number(1), &octets]), Some("a SEC1 EC private key")),
            (sequence(&[&number(3), &empty]), Some("a PKCS#12 container")),
            (sequence(&[&id(&[PKCS_7, &[2]].concat()), &tlv(0xa0, &[])]), Some("a PKCS#7 container")),
            (sequence(&[&id(&[PKCS_7, &[7]].concat()), &tlv(0xa0, &[])]), None),
            (sequence(&[&id(&[0x2a, 0x03, 2]), &tlv(0xa0, &[])]), None),
            (sequence(&[&algorithm, &bits]), Some("a public key")),
            (sequence(&[&sequence(&[&number(1)]), &bits]), None),
            (sequence(&[&algorithm, &octets]), Some("an encrypted private key")),
            (signed(&[&number(0), &empty, &empty]), Some("a certificate signing request")),
            (signed(&[&number(0), &empty, &empty, &tlv(0xa0, &[])]), Some("a certificate signing request")),
            (signed(&[&empty, &empty, &time]), Some("a certificate revocation list")),
            (signed(&[&number(1), &empty, &empty, &time]), Some("a certificate revocation list")),
            (signed(&[&number(1), &empty, &empty, &empty]), Some("a certificate")),
            (signed(&[&tlv(0xa0, &[]), &number(1), &empty, &empty, &empty]), Some("a certificate")),
            (signed(&[&number(1)]), None),
            (number(1), None),
        ] {
            assert_eq!(shape(&der).map(Shape::name), expected, "{der:02x?}");
        }
    }

    #[test]
    fn containers_are_told_by_how_they_begin() {
        for (input, expected) in [
            (&[0xfe, 0xed, 0xfe, 0xed][..], Some(SealedKind::JavaKeyStore)),
            (&[0xce, 0xce, 0xce, 0xce], Some(SealedKind::JavaKeyStore)),
            (&[0x30, 0x80, 0x02, 0x01, 0x03, 0x30], Some(SealedKind::Pkcs12)),
            (&[0x30, 0x82, 1, 1, 0x02, 0x01, 0x03, 0x30], Some(SealedKind::Pkcs12)),
            (&[&[0x30, 0x0b, 0x06, 0x09][..], PKCS_7, &[2]].concat(), Some(SealedKind::Pkcs7)),
            (&[0x30, 0x0b, 0x06, 0x09, 1, 1, 1, 1, 1, 1, 1, 1, 2], None),
        ] {
            assert_eq!(container(input), expected, "{input:02x?}");
        }
    }
}
