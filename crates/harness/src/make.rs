//! Certificates made from a description, signed with Ed25519.

use crate::der::{BOOLEAN, OCTET_STRING, OID, SEQUENCE, SET, UTF8_STRING, bits, tlv, unsigned};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use std::sync::LazyLock;

/// id-Ed25519 (RFC 8410 section 3), as an AlgorithmIdentifier.
const ED25519: &[u8] = &[0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70];

/// A key of the harness.
pub(crate) struct Key {
    seed: [u8; 32],
    pair: Ed25519KeyPair,
}

/// How many keys there are.
pub(crate) const KEYS: usize = 8;

static ALL: LazyLock<Vec<Key>> = LazyLock::new(|| (1..=KEYS as u8).map(|number| Key::new([number; 32])).collect());

/// One of the keys, always the same ones.
pub(crate) fn key(number: usize) -> &'static Key {
    &ALL[number % KEYS]
}

impl Key {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Key { seed, pair: Ed25519KeyPair::from_seed_unchecked(&seed).expect("any 32 bytes are a seed") }
    }

    /// The subject public key info (RFC 8410 section 4).
    pub(crate) fn public(&self) -> Vec<u8> {
        tlv(SEQUENCE, &[ED25519, &bits(self.pair.public_key().as_ref())])
    }

    /// The private key in PKCS#8 (RFC 8410 section 7).
    pub(crate) fn pkcs8(&self) -> Vec<u8> {
        let private = tlv(OCTET_STRING, &[&tlv(OCTET_STRING, &[&self.seed])]);
        tlv(SEQUENCE, &[&unsigned(&[0]), ED25519, &private])
    }
}

/// A name that is one common name.
pub(crate) fn name(common_name: &str) -> Vec<u8> {
    let attribute = tlv(SEQUENCE, &[&[0x06, 0x03, 0x55, 0x04, 0x03], &tlv(UTF8_STRING, &[common_name.as_bytes()])]);
    tlv(SEQUENCE, &[&tlv(SET, &[&attribute])])
}

/// An extension below 2.5.29.
pub(crate) fn extension(arc: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical { tlv(BOOLEAN, &[&[0xff]]) } else { Vec::new() };
    tlv(SEQUENCE, &[&tlv(OID, &[&[0x55, 0x1d, arc]]), &critical, &tlv(OCTET_STRING, &[value])])
}

pub(crate) const KEY_USAGE: u8 = 15;
pub(crate) const ALTERNATIVE_NAME: u8 = 17;
pub(crate) const BASIC_CONSTRAINTS: u8 = 19;
pub(crate) const NAME_CONSTRAINTS: u8 = 30;
pub(crate) const EXTENDED_KEY_USAGE: u8 = 37;

/// keyCertSign alone (RFC 5280 section 4.2.1.3, bit 5).
pub(crate) const CERT_SIGN: &[u8] = &[0x03, 0x02, 0x02, 0x04];
/// digitalSignature alone (bit 0).
pub(crate) const DIGITAL_SIGNATURE: &[u8] = &[0x03, 0x02, 0x07, 0x80];
/// cRLSign alone (bit 6).
pub(crate) const CRL_SIGN: &[u8] = &[0x03, 0x02, 0x01, 0x02];
/// A SEQUENCE of clientAuth, of serverAuth (section 4.2.1.12).
pub(crate) const CLIENT_AUTH: &[u8] = &[0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];
pub(crate) const SERVER_AUTH: &[u8] = &[0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];
/// A SEQUENCE of anyExtendedKeyUsage.
pub(crate) const ANY_USAGE: &[u8] = &[0x30, 0x06, 0x06, 0x04, 0x55, 0x1d, 0x25, 0x00];

/// What a certificate says.
pub(crate) struct Certificate {
    pub(crate) serial: u8,
    pub(crate) issuer: Vec<u8>,
    pub(crate) subject: Vec<u8>,
    /// UTCTime, `YYMMDDHHMMSSZ`.
    pub(crate) not_before: &'static str,
    pub(crate) not_after: &'static str,
    /// The subject public key info.
    pub(crate) public: Vec<u8>,
    pub(crate) extensions: Vec<Vec<u8>>,
}

impl Certificate {
    /// Of this name, for this key, valid from 2024 to 2049, without extensions.
    pub(crate) fn new(serial: u8, issuer: &str, subject: &str, public: Vec<u8>) -> Self {
        Certificate {
            serial,
            issuer: name(issuer),
            subject: name(subject),
            not_before: "240101000000Z",
            not_after: "491231235959Z",
            public,
            extensions: Vec::new(),
        }
    }

    /// A leaf for a client.
    pub(crate) fn leaf(issuer: &str, public: Vec<u8>) -> Self {
        let mut leaf = Certificate::new(1, issuer, "client", public);
        leaf.extensions = vec![extension(KEY_USAGE, true, DIGITAL_SIGNATURE), extension(EXTENDED_KEY_USAGE, false, CLIENT_AUTH)];
        leaf
    }

    /// A root.
    pub(crate) fn root(name: &str, public: Vec<u8>) -> Self {
        let mut root = Certificate::new(2, name, name, public);
        root.extensions = vec![
            extension(BASIC_CONSTRAINTS, true, &tlv(SEQUENCE, &[&tlv(BOOLEAN, &[&[0xff]])])),
            extension(KEY_USAGE, true, CERT_SIGN),
        ];
        root
    }

    /// The certificate in DER, of version 3 (RFC 5280 section 4.1).
    pub(crate) fn signed_by(&self, key: &Key) -> Vec<u8> {
        let time = |text: &str| tlv(0x17, &[text.as_bytes()]);
        let validity = tlv(SEQUENCE, &[&time(self.not_before), &time(self.not_after)]);
        let extensions = match self.extensions.as_slice() {
            [] => Vec::new(),
            list => tlv(0xa3, &[&tlv(SEQUENCE, &[&list.concat()])]),
        };
        let signed = tlv(
            SEQUENCE,
            &[
                &tlv(0xa0, &[&unsigned(&[2])]),
                &unsigned(&[self.serial]),
                ED25519,
                &self.issuer,
                &validity,
                &self.subject,
                &self.public,
                &extensions,
            ],
        );
        let signature = key.pair.sign(&signed);
        tlv(SEQUENCE, &[&signed, ED25519, &bits(signature.as_ref())])
    }
}
