//! A certificate: its DER, and the facts taken from it.

use crate::algorithm::SignatureAlgorithm;
use crate::finding::{CertificateFacts, Location};
use crate::name::Name;
use crate::public_key::{NoKey, PublicKey};
use crate::read::CertificateBlock;
use crate::read::der;
use crate::read::frame::{self, Frame};
use crate::text::{self, Escaped, hex};
use crate::timestamp::Timestamp;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Version;

/// basicConstraints (RFC 5280 section 4.2.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BasicConstraints {
    pub(crate) ca: bool,
    pub(crate) path_len: Option<u32>,
}

/// keyUsage (RFC 5280 section 4.2.1.3), the bits that matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyUsage {
    pub(crate) digital_signature: bool,
    pub(crate) key_cert_sign: bool,
}

/// extKeyUsage (RFC 5280 section 4.2.1.12), the purposes that matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ExtendedKeyUsage {
    pub(crate) any: bool,
    pub(crate) client_auth: bool,
    pub(crate) server_auth: bool,
}

/// The extensions that bind a path (RFC 5280 section 6.1) or say whose key it is: what is wrong in them is wrong with the certificate, critical or
/// not.
const BINDING: [&str; 11] = [
    "2.5.29.14", // subjectKeyIdentifier
    "2.5.29.15", // keyUsage
    "2.5.29.17", // subjectAltName
    "2.5.29.19", // basicConstraints
    "2.5.29.30", // nameConstraints
    "2.5.29.32", // certificatePolicies
    "2.5.29.33", // policyMappings
    "2.5.29.35", // authorityKeyIdentifier
    "2.5.29.36", // policyConstraints
    "2.5.29.37", // extKeyUsage
    "2.5.29.54", // inhibitAnyPolicy
];

/// The bytes of a serial number that are shown. RFC 5280 section 4.1.2.2 allows 20.
const MAX_SERIAL: usize = 32;

/// authorityKeyIdentifier (RFC 5280 section 4.2.1.1).
struct AuthorityKeyId {
    key: Option<Vec<u8>>,
    serial: Option<Vec<u8>>,
    issuer: Option<Name>,
}

/// A certificate that follows its format.
pub(crate) struct Certificate {
    der: Vec<u8>,
    signed: Vec<u8>,
    signature: Vec<u8>,
    pub(crate) at: Location,
    pub(crate) version: u32,
    pub(crate) subject: Name,
    pub(crate) issuer: Name,
    pub(crate) serial: String,
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
    pub(crate) algorithm: SignatureAlgorithm,
    /// The key, or the name of its algorithm where that is not supported.
    pub(crate) public_key: Result<PublicKey, String>,
    pub(crate) basic_constraints: Option<BasicConstraints>,
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) extended_key_usage: Option<ExtendedKeyUsage>,
    subject_key_id: Option<Vec<u8>>,
    authority_key_id: Option<AuthorityKeyId>,
    serial_number: Vec<u8>,
    /// Extensions that must be processed and are not, by name.
    pub(crate) unprocessed: Vec<String>,
    /// Where the issuer's certificate can be fetched (RFC 5280 section 4.2.2.1), escaped.
    pub(crate) issuer_address: Option<String>,
}

impl Certificate {
    /// Reads a certificate (RFC 5280 section 4.1). The error says what does not follow the format.
    pub(crate) fn new(block: CertificateBlock) -> Result<Self, (Location, String)> {
        let CertificateBlock { der, at } = block;
        match Self::parse(der, at.clone()) {
            Ok(certificate) => Ok(certificate),
            Err(why) => Err((at, why)),
        }
    }

    fn parse(der: Vec<u8>, at: Location) -> Result<Self, String> {
        // x509-parser takes lengths and values that are no DER; this pass does not.
        der::well_formed(&der)?;
        let Frame { signed, signature } = frame::of(&der)?;
        let (signed, signature) = (signed.to_vec(), signature.to_vec());
        let (_, parsed) = X509Certificate::from_der(&der).map_err(|_| "it does not follow the structure of a certificate")?;
        let tbs = &parsed.tbs_certificate;
        if parsed.signature_algorithm != tbs.signature {
            // RFC 5280 section 4.1.1.2.
            return Err("the signature algorithm outside differs from the one inside the signed part".into());
        }
        let version = match tbs.version {
            X509Version(version @ 0..=2) => version + 1,
            X509Version(other) => return Err(format!("its version field is {other}, and there are only 0 to 2")),
        };
        if tbs.extensions_map().is_err() {
            return Err("an extension stands in it twice".into()); // RFC 5280 section 4.2
        }
        if version < 3 && !tbs.extensions().is_empty() {
            return Err(format!("it has extensions, which version {version} does not have")); // RFC 5280 section 4.1.2.9
        }
        let public_key = match PublicKey::from_spki(tbs.public_key()) {
            Ok(key) => Ok(key),
            Err(NoKey::Unsupported(name)) => Err(name),
            Err(NoKey::Malformed(why)) => return Err(why.into()),
        };
        let mut certificate = Certificate {
            signed,
            signature,
            at,
            version,
            subject: Name::new(tbs.subject()),
            issuer: Name::new(tbs.issuer()),
            subject_key_id: None,
            authority_key_id: None,
            serial_number: tbs.raw_serial().to_vec(),
            serial: hex(tbs.raw_serial().get(..MAX_SERIAL).unwrap_or(tbs.raw_serial())),
            not_before: Timestamp::from_offset(tbs.validity().not_before.to_datetime()),
            not_after: Timestamp::from_offset(tbs.validity().not_after.to_datetime()),
            algorithm: SignatureAlgorithm::new(&parsed.signature_algorithm),
            public_key,
            basic_constraints: None,
            key_usage: None,
            extended_key_usage: None,
            unprocessed: Vec::new(),
            issuer_address: None,
            der: Vec::new(),
        };
        for extension in tbs.extensions() {
            let parsed = extension.parsed_extension();
            let id = text::oid(&extension.oid);
            // x509-parser does not look at what follows the value. In an extension that binds nothing, that does not matter.
            let whole = !matches!(parsed, ParsedExtension::ParseError { .. }) && der::well_formed(extension.value).is_ok();
            if !whole && BINDING.contains(&id.as_str()) {
                return Err(format!("its extension {id} does not follow its format"));
            }
            certificate.extension(&id, extension.critical, parsed);
        }
        drop(parsed);
        certificate.der = der;
        Ok(certificate)
    }

    fn extension(&mut self, oid: &str, critical: bool, parsed: &ParsedExtension<'_>) {
        match parsed {
            ParsedExtension::BasicConstraints(constraints) => {
                self.basic_constraints = Some(BasicConstraints { ca: constraints.ca, path_len: constraints.path_len_constraint });
            }
            ParsedExtension::KeyUsage(usage) => {
                self.key_usage =
                    Some(KeyUsage { digital_signature: usage.digital_signature(), key_cert_sign: usage.key_cert_sign() });
            }
            ParsedExtension::ExtendedKeyUsage(usage) => {
                self.extended_key_usage =
                    Some(ExtendedKeyUsage { any: usage.any, client_auth: usage.client_auth, server_auth: usage.server_auth });
            }
            ParsedExtension::AuthorityInfoAccess(access) => {
                const CA_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";
                let issuers = access.accessdescs.iter().filter(|d| text::oid(&d.access_method) == CA_ISSUERS);
                self.issuer_address = issuers.into_iter().find_map(|description| match &description.access_location {
                    GeneralName::URI(address) => Some(Escaped(address).to_string()),
                    _ => None,
                });
            }
            // Constraints that bind the path: present is as good as critical, since to pass over them would be to accept what they forbid.
            ParsedExtension::NameConstraints(_) => self.unprocessed.push("name constraints (2.5.29.30)".into()),
            ParsedExtension::PolicyConstraints(_) => self.unprocessed.push("policy constraints (2.5.29.36)".into()),
            // Without a demand for a policy these restrict nothing (RFC 5280 section 6.1.5 (g)).
            ParsedExtension::CertificatePolicies(_) | ParsedExtension::PolicyMappings(_) | ParsedExtension::InhibitAnyPolicy(_) => {
            }
            // Revocation is not checked, and says so.
            ParsedExtension::SubjectAlternativeName(_) | ParsedExtension::CRLDistributionPoints(_) => {}
            ParsedExtension::SubjectKeyIdentifier(id) => self.subject_key_id = Some(id.0.to_vec()),
            ParsedExtension::AuthorityKeyIdentifier(authority) => {
                let issuer = authority.authority_cert_issuer.iter().flatten().find_map(|name| match name {
                    GeneralName::DirectoryName(name) => Some(Name::new(name)),
                    _ => None,
                });
                self.authority_key_id = Some(AuthorityKeyId {
                    key: authority.key_identifier.as_ref().map(|id| id.0.to_vec()),
                    serial: authority.authority_cert_serial.map(<[u8]>::to_vec),
                    issuer,
                });
            }
            _ if critical => self.unprocessed.push(oid.to_owned()),
            _ => {}
        }
    }

    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    /// The bytes that the issuer signed.
    pub(crate) fn signed(&self) -> &[u8] {
        &self.signed
    }

    /// The signature's value.
    pub(crate) fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Subject and issuer have the same name (RFC 5280 section 3.2).
    pub(crate) fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// Whether the authority key identifier, if there is one, speaks of `issuer`, as far as both say something to compare. OpenSSL takes no other
    /// certificate for the issuer, whatever it has signed.
    pub(crate) fn identifies(&self, issuer: &Certificate) -> bool {
        let Some(authority) = &self.authority_key_id else { return true };
        let agree = |named: Option<&[u8]>, has: Option<&[u8]>| named.is_none() || has.is_none() || named == has;
        agree(authority.key.as_deref(), issuer.subject_key_id.as_deref())
            && agree(authority.serial.as_deref(), Some(&issuer.serial_number))
            && authority.issuer.as_ref().is_none_or(|name| *name == issuer.issuer)
    }

    /// Whether basicConstraints say that it is a CA.
    pub(crate) fn is_ca(&self) -> bool {
        self.basic_constraints.is_some_and(|constraints| constraints.ca)
    }

    /// How a finding calls it.
    pub(crate) fn called(&self) -> String {
        format!("“{}”", self.subject.shown())
    }

    pub(crate) fn facts(&self) -> CertificateFacts {
        CertificateFacts {
            at: self.at.clone(),
            subject: self.subject.shown().to_owned(),
            issuer: self.issuer.shown().to_owned(),
            serial: self.serial.clone(),
            not_before: self.not_before,
            not_after: self.not_after,
            public_key: match &self.public_key {
                Ok(key) => key.to_string(),
                Err(name) => name.clone(),
            },
            signature: self.algorithm.to_string(),
            sha256: hex(ring::digest::digest(&ring::digest::SHA256, &self.der).as_ref()),
        }
    }
}
