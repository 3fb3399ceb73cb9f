//! What a server asks for when it asks for a certificate.

use crate::identity::Identity;
use certflight_validate::{Name, Report};
use rustls::client::ResolvesClientCert;
use rustls::sign::CertifiedKey;
use rustls::{SignatureAlgorithm, SignatureScheme};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// A signature scheme by its number. Shows itself by its name in RFC 8446 section 4.2.3 or RFC 8422, as `ecdsa_secp256r1_sha256`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheme(pub u16);

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self.0 {
            0x0201 => "rsa_pkcs1_sha1",
            0x0203 => "ecdsa_sha1",
            0x0301 => "rsa_pkcs1_sha224",
            0x0303 => "ecdsa_sha224",
            0x0401 => "rsa_pkcs1_sha256",
            0x0403 => "ecdsa_secp256r1_sha256",
            0x0501 => "rsa_pkcs1_sha384",
            0x0503 => "ecdsa_secp384r1_sha384",
            0x0601 => "rsa_pkcs1_sha512",
            0x0603 => "ecdsa_secp521r1_sha512",
            0x0804 => "rsa_pss_rsae_sha256",
            0x0805 => "rsa_pss_rsae_sha384",
            0x0806 => "rsa_pss_rsae_sha512",
            0x0807 => "ed25519",
            0x0808 => "ed448",
            0x0809 => "rsa_pss_pss_sha256",
            0x080a => "rsa_pss_pss_sha384",
            0x080b => "rsa_pss_pss_sha512",
            0x081a => "ecdsa_brainpoolP256r1tls13_sha256", // RFC 8734
            0x081b => "ecdsa_brainpoolP384r1tls13_sha384",
            0x081c => "ecdsa_brainpoolP512r1tls13_sha512",
            0x0904 => "mldsa44",
            0x0905 => "mldsa65",
            0x0906 => "mldsa87",
            other => return write!(f, "0x{other:04x}"),
        })
    }
}

impl Scheme {
    /// The kind of key that it is for, of those that sign here (RFC 5246 section 7.4.1.4.1, RFC 8446 section 4.2.3).
    fn kind(self) -> Option<SignatureAlgorithm> {
        match self.0.to_be_bytes() {
            [8, (4..=6) | (9..=11)] | [(..8), 1] => Some(SignatureAlgorithm::RSA),
            [(..8), 3] => Some(SignatureAlgorithm::ECDSA),
            [8, 7] => Some(SignatureAlgorithm::ED25519),
            _ => None,
        }
    }
}

impl From<SignatureScheme> for Scheme {
    fn from(scheme: SignatureScheme) -> Self {
        Scheme(scheme.into())
    }
}

/// A CertificateRequest (RFC 8446 section 4.3.2, RFC 5246 section 7.4.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateRequest {
    /// The CAs that it names, in its order; none where every one may do. Those that cannot be read are left out.
    pub authorities: Vec<Name>,
    /// How many of its names cannot be read.
    pub unreadable: usize,
    /// The signature schemes that it takes, less those that no client of TLS 1.3 may use there.
    pub schemes: Vec<Scheme>,
}

impl CertificateRequest {
    /// The CA among those it names that is on the path of a report: the issuer of a certificate there, or a CA there itself. Where the path does not verify, a CA beside it
    /// will do: the path breaks off before it.
    pub fn listed(&self, report: &Report) -> Option<&Name> {
        let is_on_path = |name: &&Name| report.chain().iter().any(|facts| facts.issuer_name == **name);
        let is_ca =
            |name: &&Name| report.chain().iter().chain(report.others()).any(|facts| facts.is_ca && facts.subject_name == **name);
        self.authorities.iter().find(|name| is_on_path(name) || is_ca(name))
    }
}

/// Presents an identity, if there is one, and keeps what was asked for.
pub(crate) struct Presenter {
    presented: Option<Arc<CertifiedKey>>,
    seen: Mutex<Seen>,
}

/// What a handshake came to ask.
#[derive(Clone, Default)]
pub(crate) struct Seen {
    pub(crate) requested: Option<CertificateRequest>,
    /// The scheme that the key was to sign with; none where no certificate went out.
    pub(crate) signed_with: Option<Scheme>,
    /// Whether a scheme is for keys of the kind of the key.
    pub(crate) is_kind_taken: bool,
}

impl Presenter {
    pub(crate) fn new(identity: Option<&Identity>) -> Self {
        let presented = identity.and_then(|identity| identity.presented.clone().ok());
        Presenter { presented, seen: Mutex::default() }
    }

    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ResolvesClientCert for Presenter {
    fn resolve(&self, authorities: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let names: Vec<Name> = authorities.iter().filter_map(|der| Name::from_der(der)).collect();
        let request = CertificateRequest {
            unreadable: authorities.len().saturating_sub(names.len()),
            authorities: names,
            schemes: schemes.iter().copied().map(Scheme::from).collect(),
        };
        let signer = self.presented.as_ref().and_then(|identity| identity.key.choose_scheme(schemes));
        let signed_with = signer.map(|signer| signer.scheme().into());
        let kind = self.presented.as_ref().map(|identity| identity.key.algorithm());
        let is_kind_taken = request.schemes.iter().any(|scheme| kind.is_some() && scheme.kind() == kind);
        let seen = Seen { requested: Some(request), signed_with, is_kind_taken };
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = seen;
        self.presented.clone()
    }

    fn has_certs(&self) -> bool {
        self.presented.is_some()
    }
}

// The key is in it.
impl fmt::Debug for Presenter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presenter").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use certflight_validate::{Policy, Request, Role, Source, Timestamp, check};

    /// What a server lists and what is on a path: the issuer, a CA there, and where the path breaks off a CA beside it; not the leaf.
    #[test]
    fn a_listed_ca_is_one_that_could_have_issued_it() {
        let listed = |fixture: &str, name: fn(&Report) -> Name| {
            let fixture = certflight_fixtures::named(fixture);
            let (cert, ca) = (fixture.cert.unwrap(), fixture.ca.unwrap());
            let sources = [Source::new(Role::Cert, "cert", &cert), Source::new(Role::Ca, "ca", &ca)];
            let now = Timestamp::parse_rfc3339("2026-06-01T00:00:00Z").unwrap();
            let report = check(&Request { sources: &sources, origin: None }, &Policy::new(now));
            let request = CertificateRequest { authorities: vec![name(&report)], ..CertificateRequest::default() };
            request.listed(&report).is_some()
        };
        assert!(listed("ok__p256-pkcs8", |report| report.chain()[0].issuer_name.clone()));
        assert!(listed("ok__p256-pkcs8", |report| report.chain().last().unwrap().subject_name.clone()));
        assert!(!listed("ok__p256-pkcs8", |report| report.chain()[0].subject_name.clone()));
        let missing = "chain-missing-issuer__missing-intermediate";
        assert!(listed(missing, |report| report.others()[0].subject_name.clone()));
        assert!(!listed(missing, |report| report.chain()[0].subject_name.clone()));
        // An empty name is on no path.
        assert!(!listed(missing, |_| Name::from_der(&[0x30, 0]).unwrap()));
    }

    #[test]
    fn schemes_are_of_kinds_of_keys() {
        for (scheme, kind) in [
            (0x0401, Some(SignatureAlgorithm::RSA)),
            (0x0804, Some(SignatureAlgorithm::RSA)),
            (0x080b, Some(SignatureAlgorithm::RSA)),
            (0x0503, Some(SignatureAlgorithm::ECDSA)),
            (0x0203, Some(SignatureAlgorithm::ECDSA)),
            (0x0807, Some(SignatureAlgorithm::ED25519)),
            (0x0808, None),
            (0x0402, None),
            (0x081a, None),
        ] {
            assert_eq!(Scheme(scheme).kind(), kind, "{scheme:04x}");
        }
    }
}
