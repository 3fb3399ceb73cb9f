//! A certificate: its DER, and the facts taken from it.

use crate::algorithm::SignatureAlgorithm;
use crate::extensions::{ExtendedKeyUsage, Extensions, KeyUsage};
use crate::finding::{CertificateFacts, Location};
use crate::general_name::{GeneralName, is_host};
use crate::name::Name;
use crate::public_key::{NoKey, PublicKey};
use crate::read::CertificateBlock;
use crate::read::der;
use crate::read::frame::{self, Frame};
use crate::text::hex;
use crate::timestamp::Timestamp;
use ring::digest::{SHA256, digest};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::time::ASN1Time;
use x509_parser::x509::X509Version;
use zeroize::Zeroizing;

/// The bytes of a serial number that are shown. RFC 5280 section 4.1.2.2 allows 20.
const MAX_SERIAL: usize = 32;

/// A certificate as findings call it; nothing is written before there is one.
#[derive(Clone, Copy)]
pub(crate) struct Called<'a>(&'a Name);

impl fmt::Display for Called<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "“{}”", self.0.shown())
    }
}

/// A certificate that follows its format, and where it stands.
#[derive(Clone)]
pub(crate) struct Certificate {
    pub(crate) at: Location,
    parsed: Arc<Parsed>,
}

/// What was read of a certificate, wherever it stands.
impl Deref for Certificate {
    type Target = Parsed;

    fn deref(&self) -> &Parsed {
        &self.parsed
    }
}

/// What a certificate says.
pub(crate) struct Parsed {
    der: Vec<u8>,
    signed: Vec<u8>,
    signature: Vec<u8>,
    pub(crate) version: u32,
    pub(crate) subject: Name,
    pub(crate) issuer: Name,
    pub(crate) serial: String,
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
    pub(crate) algorithm: SignatureAlgorithm,
    /// The key, or the name of its algorithm where that is not supported.
    pub(crate) public_key: Result<PublicKey, String>,
    public_key_info: Vec<u8>,
    /// The content of the serial number: two's complement, big-endian.
    pub(crate) serial_number: Vec<u8>,
    /// A date through 2049 is a GeneralizedTime (RFC 5280 section 4.1.2.5).
    pub(crate) has_long_date: bool,
    /// It has an issuerUniqueID or a subjectUniqueID (RFC 5280 section 4.1.2.8).
    pub(crate) has_unique_id: bool,
    pub(crate) extensions: Extensions,
}

impl Certificate {
    /// Reads a certificate (RFC 5280 section 4.1). The error says what does not follow the format.
    pub(crate) fn new(block: CertificateBlock) -> Result<Self, (Location, String)> {
        let CertificateBlock { der, at } = block;
        match Parsed::new(der) {
            Ok(parsed) => Ok(Certificate { at, parsed: Arc::new(parsed) }),
            Err(why) => Err((at, why)),
        }
    }

    /// The same in another place.
    pub(crate) fn at(&self, at: Location) -> Self {
        Certificate { at, parsed: Arc::clone(&self.parsed) }
    }

    /// What is shown of it.
    pub(crate) fn facts(&self) -> CertificateFacts {
        let sha256 = |bytes: &[u8]| hex(digest(&SHA256, bytes).as_ref());
        let policies = self.extensions.certificate_policies.as_deref().unwrap_or_default();
        CertificateFacts {
            at: self.at.clone(),
            subject: self.subject.shown(),
            issuer: self.issuer.shown(),
            subject_name: self.subject.clone(),
            issuer_name: self.issuer.clone(),
            serial: self.serial.clone(),
            not_before: self.not_before,
            not_after: self.not_after,
            public_key: self.key_kind(),
            signature: self.algorithm.to_string(),
            sha256: sha256(&self.der),
            public_key_sha256: sha256(&self.public_key_info),
            alternative_names: self.alternative_names().iter().map(ToString::to_string).collect(),
            is_ca: self.is_ca(),
            key_usage: self.extensions.key_usage.map(KeyUsage::names).unwrap_or_default(),
            extended_key_usage: self.extensions.extended_key_usage.as_ref().map(ExtendedKeyUsage::names).unwrap_or_default(),
            policies: policies.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Parsed {
    /// The subject alternative names (RFC 5280 section 4.2.1.6).
    pub(crate) fn alternative_names(&self) -> &[GeneralName] {
        self.extensions.subject_alt_name.as_ref().map_or(&[], |names| names.value.as_slice())
    }

    /// The kind and size of the key, by name.
    pub(crate) fn key_kind(&self) -> String {
        match &self.public_key {
            Ok(key) => key.to_string(),
            Err(name) => name.clone(),
        }
    }

    /// The DER of the subject public key info.
    pub(crate) fn public_key_info(&self) -> &[u8] {
        &self.public_key_info
    }

    fn new(mut der: Zeroizing<Vec<u8>>) -> Result<Self, String> {
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
        let mut ids: Vec<&[u8]> = tbs.extensions().iter().map(|extension| extension.oid.as_bytes()).collect();
        ids.sort_unstable();
        if ids.windows(2).any(|pair| matches!(pair, [one, other] if one == other)) {
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
        let extensions = Extensions::new(tbs.extensions())?;
        let validity = tbs.validity();
        let long = |time: &ASN1Time| time.is_generalizedtime() && time.to_datetime().year() < 2050;
        let mut certificate = Parsed {
            signed,
            signature,
            version,
            subject: Name::new(tbs.subject()),
            issuer: Name::new(tbs.issuer()),
            serial_number: tbs.raw_serial().to_vec(),
            serial: hex(tbs.raw_serial().get(..MAX_SERIAL).unwrap_or(tbs.raw_serial())),
            not_before: Timestamp::from_offset(validity.not_before.to_datetime()),
            not_after: Timestamp::from_offset(validity.not_after.to_datetime()),
            has_long_date: long(&validity.not_before) || long(&validity.not_after),
            has_unique_id: tbs.issuer_uid.is_some() || tbs.subject_uid.is_some(),
            algorithm: SignatureAlgorithm::new(&parsed.signature_algorithm),
            public_key,
            public_key_info: tbs.public_key().raw.to_vec(),
            extensions,
            der: Vec::new(),
        };
        drop(parsed);
        certificate.der = std::mem::take(&mut *der);
        Ok(certificate)
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

    /// Self-issued, and not said to be signed by another key. Whether it is signed by its own, only verifying tells.
    pub(crate) fn is_own_issuer(&self) -> bool {
        self.is_self_issued() && self.identifies(self)
    }

    /// Whether the authority key identifier, if there is one, speaks of `issuer`, as far as both say something to compare. OpenSSL takes no other
    /// certificate for the issuer, whatever it has signed.
    pub(crate) fn identifies(&self, issuer: &Parsed) -> bool {
        let Some(authority) = &self.extensions.authority_key_id else { return true };
        let agree = |named: Option<&[u8]>, has: Option<&[u8]>| named.is_none() || has.is_none() || named == has;
        agree(authority.key.as_deref(), issuer.extensions.subject_key_id.as_deref())
            && agree(authority.serial.as_deref(), Some(&issuer.serial_number))
            && authority.issuer.as_ref().is_none_or(|name| *name == issuer.issuer)
    }

    /// Whether OpenSSL, looking for the issuer of this one, would take `issuer`.
    pub(crate) fn is_linked_by_openssl(&self, issuer: &Parsed) -> bool {
        self.issuer.is_same_to_openssl(&issuer.subject) && self.identifies(issuer)
    }

    /// Whether basicConstraints say that it is a CA.
    pub(crate) fn is_ca(&self) -> bool {
        self.extensions.basic_constraints.as_ref().is_some_and(|constraints| constraints.value.ca)
    }

    /// How many intermediates may follow below it, by its basicConstraints.
    pub(crate) fn path_len(&self) -> Option<usize> {
        let length = self.extensions.basic_constraints.as_ref()?.value.path_len?;
        Some(usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// The names that a CA's name constraints bind (RFC 5280 section 4.2.1.10): those of the subject alternative name, the subject itself, the e-mail
    /// addresses in it. OpenSSL takes what looks like a host name in the common name of a leaf for a DNS name, if there is no other.
    pub(crate) fn bound_names(&self, is_leaf: bool) -> Vec<GeneralName> {
        let mut names = self.extensions.subject_alt_name.as_ref().map(|names| names.value.clone()).unwrap_or_default();
        if is_leaf && !names.iter().any(|name| matches!(name, GeneralName::Dns(_))) {
            let ends = |label: &str| label.starts_with('-') || label.ends_with('-');
            let looks_like_host = |name: &str| name.contains('.') && is_host(name) && !name.split('.').any(ends);
            // As OpenSSL has it: NULs at the end do not count, and one elsewhere makes it a name that cannot be compared.
            let common_names = self.subject.common_names();
            let hosts = common_names.iter().map(|name| name.trim_end_matches('\0'));
            names.extend(hosts.filter(|name| name.contains('\0') || looks_like_host(name)).map(GeneralName::dns));
        }
        names.extend(self.subject.email_addresses().into_iter().map(GeneralName::Email));
        if !self.subject.is_empty() {
            names.push(GeneralName::Directory(self.subject.clone()));
        }
        names
    }

    /// The bytes that are looked at where it is compared with a possible issuer, or with what it may have issued.
    pub(crate) fn compared_bytes(&self) -> usize {
        let authority = self.extensions.authority_key_id.as_ref();
        let identifiers = [
            self.extensions.subject_key_id.as_ref(),
            authority.and_then(|authority| authority.key.as_ref()),
            authority.and_then(|authority| authority.serial.as_ref()),
        ];
        let names = [Some(&self.subject), Some(&self.issuer), authority.and_then(|authority| authority.issuer.as_ref())];
        identifiers.into_iter().flatten().map(Vec::len).sum::<usize>()
            + names.into_iter().flatten().map(|name| name.compared().len()).sum::<usize>()
            + self.serial_number.len()
    }

    /// How a finding calls it.
    pub(crate) fn called(&self) -> Called<'_> {
        Called(&self.subject)
    }
}
