//! The origin's own certificate: kept in the handshake, verified after it.

use crate::identity::Identity;
use certflight_validate::{CertificateFacts, Policy, Purpose, Request, Role, Source, Timestamp, check};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Takes every certificate, so that all the rest can be seen too, and keeps it. The handshake's signature is verified all the same, so the server has the key; but for a
/// certificate that webpki does not read, as one of version 1, by which nothing verifies later either.
#[derive(Debug)]
pub(crate) struct Keeper {
    provider: Arc<CryptoProvider>,
    chain: Mutex<Vec<CertificateDer<'static>>>,
}

impl Keeper {
    pub(crate) fn new(provider: Arc<CryptoProvider>) -> Self {
        Keeper { provider, chain: Mutex::default() }
    }

    /// The server's certificate and what it sent with it.
    pub(crate) fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.chain.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ServerCertVerifier for Keeper {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let all = std::iter::once(leaf).chain(intermediates).map(|certificate| certificate.clone().into_owned());
        *self.chain.lock().unwrap_or_else(PoisonError::into_inner) = all.collect();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if ParsedCertificate::try_from(leaf).is_err() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        verify_tls12_signature(message, leaf, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if ParsedCertificate::try_from(leaf).is_err() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        verify_tls13_signature(message, leaf, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Whether a certificate verifies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// It does.
    Verified,
    /// It does not, with the reason.
    NotVerified(String),
    /// It cannot be told here, with the reason; other clients may take it.
    Unknown(String),
}

impl Trust {
    /// Why it is not known to verify.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Trust::Verified => None,
            Trust::NotVerified(why) | Trust::Unknown(why) => Some(why),
        }
    }
}

/// The origin's own certificate, and by what it verifies.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Server {
    /// What it says of itself, if it can be read.
    pub leaf: Option<CertificateFacts>,
    /// By Mozilla's list of public roots.
    pub by_public_roots: Trust,
    /// By the CA input, as OpenSSL would: its self-issued certificates are trust anchors, the others intermediates.
    pub by_ca: Trust,
}

impl Server {
    pub(crate) fn new(
        chain: &[CertificateDer<'static>],
        name: &ServerName<'static>,
        identity: &Identity,
        provider: &Arc<CryptoProvider>,
        now: Timestamp,
    ) -> Self {
        let leaf = chain.first().and_then(|leaf| facts(leaf, now));
        let public = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let by_public_roots = verify(chain, leaf.as_ref(), name, public, provider, now);
        // A certificate that is itself in ca is trusted as it is, by OpenSSL and so by Node; webpki asks for an issuer.
        let is_in_ca = chain.first().is_some_and(|leaf| identity.authorities.contains(leaf));
        let by_ca = match chain.first().zip(leaf.as_ref()) {
            Some((der, leaf)) if is_in_ca && is_self_issued(leaf) => is_sound_for(der, leaf, name, now),
            _ => {
                let (anchors, intermediates) = anchors(&identity.authorities, now);
                let chain: Vec<_> = chain.iter().cloned().chain(intermediates).collect();
                verify(&chain, leaf.as_ref(), name, anchors, provider, now)
            }
        };
        Server { leaf, by_public_roots, by_ca }
    }
}

/// The check of a bundle reads certificates; what it would say of one without a key is of no interest here.
fn facts(certificate: &CertificateDer<'_>, now: Timestamp) -> Option<CertificateFacts> {
    let source = [Source::new(Role::Cert, "the origin's certificate", certificate)];
    check(&Request { sources: &source, origin: None }, &Policy::new(now).purpose(Purpose::Server)).leaf().cloned()
}

/// RFC 5280 section 4.2.1.12.
fn is_for_servers(facts: &CertificateFacts) -> bool {
    facts.extended_key_usage.is_empty() || facts.extended_key_usage.iter().any(|usage| usage == "serverAuth")
}

fn is_self_issued(facts: &CertificateFacts) -> bool {
    facts.subject_name == facts.issuer_name
}

/// The CAs that are self-issued and in date, and the others: OpenSSL ends no path at an intermediate unless it is told to, and looks at the dates of a root and
/// whether it is a CA.
fn anchors(authorities: &[CertificateDer<'static>], now: Timestamp) -> (RootCertStore, Vec<CertificateDer<'static>>) {
    let (mut anchors, mut others) = (RootCertStore::empty(), Vec::new());
    for authority in authorities {
        match facts(authority, now) {
            Some(facts) if is_self_issued(&facts) => {
                if facts.is_ca && facts.not_before <= now && now <= facts.not_after {
                    anchors.add_parsable_certificates([authority.clone()]);
                }
            }
            _ => others.push(authority.clone()),
        }
    }
    (anchors, others)
}

/// Whether a certificate that is trusted as it is, is for this host and in date.
fn is_sound_for(der: &CertificateDer<'_>, leaf: &CertificateFacts, name: &ServerName<'_>, now: Timestamp) -> Trust {
    let named = ParsedCertificate::try_from(der).and_then(|parsed| verify_server_name(&parsed, name));
    match (named, now < leaf.not_before, now > leaf.not_after) {
        (Err(error), ..) => trust(&error, Some(leaf)),
        (_, true, _) => Trust::NotVerified("it is not valid yet".to_owned()),
        (_, _, true) => Trust::NotVerified("it has expired".to_owned()),
        _ if !is_for_servers(leaf) => Trust::NotVerified("it is not for servers".to_owned()),
        _ => Trust::Verified,
    }
}

/// `leaf` is what the first of the chain says of itself.
fn verify(
    chain: &[CertificateDer<'static>],
    leaf: Option<&CertificateFacts>,
    name: &ServerName<'static>,
    roots: RootCertStore,
    provider: &Arc<CryptoProvider>,
    now: Timestamp,
) -> Trust {
    let self_signed = || Trust::NotVerified("it is self-signed, and not among them".to_owned());
    let Ok(verifier) = WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(provider)).build() else {
        let none = || Trust::NotVerified("there is no root in it that is in date".to_owned());
        return if leaf.is_some_and(is_self_issued) { self_signed() } else { none() };
    };
    let Some((first, intermediates)) = chain.split_first() else { return Trust::NotVerified("it sent none".to_owned()) };
    let now = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(now.unix_seconds()).unwrap_or(0)));
    match verifier.verify_server_cert(first, intermediates, name, &[], now) {
        Ok(_) => Trust::Verified,
        Err(_) if leaf.is_some_and(is_self_issued) => self_signed(),
        Err(error) => trust(&error, leaf),
    }
}

fn trust(error: &Error, leaf: Option<&CertificateFacts>) -> Trust {
    let unknown = || Trust::Unknown("it is of a form that is not verified here".to_owned());
    let Error::InvalidCertificate(error) = error else { return unknown() };
    let why = match error {
        CertificateError::UnknownIssuer => "no CA there issued it, or an intermediate is not sent",
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "it is not valid yet",
        // Node and others read the common name then; RFC 9525 section 1.2 does not.
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
            if leaf.is_some_and(|leaf| leaf.alternative_names.is_empty()) =>
        {
            return Trust::Unknown("it has no alternative name, and whether a client reads its common name differs".to_owned());
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => "it is for another host name",
        CertificateError::BadSignature => "a signature on its path is not the issuer's",
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => "it is not for servers",
        _ => return unknown(),
    };
    Trust::NotVerified(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, Issuer, KeyPair, date_time_ymd};

    fn now() -> Timestamp {
        Timestamp::parse_rfc3339("2026-06-01T00:00:00Z").unwrap()
    }

    fn provider() -> Arc<CryptoProvider> {
        Arc::new(rustls::crypto::ring::default_provider())
    }

    fn params(common_name: &str, names: &[&str], last_year: i32) -> CertificateParams {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, common_name);
        (params.not_before, params.not_after) = (date_time_ymd(2024, 1, 1), date_time_ymd(last_year, 1, 1));
        params
    }

    fn ca(name: &str, last_year: i32) -> CertifiedIssuer<'static, KeyPair> {
        let mut params = params(name, &[], last_year);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
    }

    fn leaf(names: &[&str], last_year: i32, issuer: &Issuer<'_, impl rcgen::SigningKey>) -> Vec<CertificateDer<'static>> {
        vec![params("api.example.com", names, last_year).signed_by(&KeyPair::generate().unwrap(), issuer).unwrap().der().clone()]
    }

    fn by_ca(chain: &[CertificateDer<'static>], name: &str, authorities: &[&CertificateDer<'static>], now: Timestamp) -> Trust {
        let authorities = authorities.iter().map(|&authority| authority.clone()).collect();
        let identity = Identity { presented: Err(crate::identity::Unpresentable::Key), authorities };
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let server = Server::new(chain, &name, &identity, &provider(), now);
        assert!(matches!(server.by_public_roots, Trust::NotVerified(_) | Trust::Unknown(_)));
        server.by_ca
    }

    const HOST: &str = "api.example.com";

    /// The public roots cannot be had a certificate of; but for the anchors it is the same function.
    #[test]
    fn a_certificate_verifies_by_the_roots_that_issued_it() {
        let (root, other, old) = (ca("One", 2049), ca("Another", 2049), ca("Old", 2025));
        let (sound, expired, below_old) = (leaf(&[HOST], 2049, &root), leaf(&[HOST], 2025, &root), leaf(&[HOST], 2049, &old));
        assert_eq!(by_ca(&sound, HOST, &[other.der(), root.der()], now()), Trust::Verified);
        for (chain, name, roots, why) in [
            (&sound, HOST, &[other.der()][..], "no CA there issued it"),
            (&sound, "api.example.org", &[root.der()], "another host name"),
            (&expired, HOST, &[root.der()], "expired"),
            (&below_old, HOST, &[old.der()], "no root in it that is in date"),
            (&below_old, HOST, &[old.der(), root.der()], "no CA there issued it"),
            (&sound, HOST, &[], "no root in it"),
            (&Vec::new(), HOST, &[root.der()], "it sent none"),
        ] {
            let Trust::NotVerified(found) = by_ca(chain, name, roots, now()) else { panic!("{why}") };
            assert!(found.contains(why), "{found}");
        }
        // Roots that are no CA, or not valid yet.
        let mut no_ca = params("No CA", &[], 2049);
        no_ca.is_ca = IsCa::ExplicitNoCa;
        let no_ca = CertifiedIssuer::self_signed(no_ca, KeyPair::generate().unwrap()).unwrap();
        assert!(by_ca(&leaf(&[HOST], 2049, &no_ca), HOST, &[no_ca.der()], now()) != Trust::Verified);
        let early = Timestamp::parse_rfc3339("2023-06-01T00:00:00Z").unwrap();
        assert!(by_ca(&sound, HOST, &[root.der()], early) != Trust::Verified);
    }

    /// OpenSSL takes an intermediate in the file for what it is.
    #[test]
    fn an_intermediate_is_no_anchor_and_helps_to_one() {
        let root = ca("Root", 2049);
        let mut below = params("Intermediate", &[], 2049);
        below.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let intermediate = CertifiedIssuer::signed_by(below, KeyPair::generate().unwrap(), &root).unwrap();
        let chain = leaf(&[HOST], 2049, &intermediate);
        assert!(matches!(by_ca(&chain, HOST, &[intermediate.der()], now()), Trust::NotVerified(_)));
        assert!(matches!(by_ca(&chain, HOST, &[root.der()], now()), Trust::NotVerified(_)));
        assert_eq!(by_ca(&chain, HOST, &[root.der(), intermediate.der()], now()), Trust::Verified);
    }

    #[test]
    fn a_self_signed_certificate_is_trusted_by_itself() {
        let made = || params(HOST, &[HOST], 2027).self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone();
        let (leaf, other) = (made(), made());
        let at = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
        let of = |ca: &CertificateDer<'static>, name: &str, now| by_ca(std::slice::from_ref(&leaf), name, &[ca], now);
        assert_eq!(of(&leaf, HOST, now()), Trust::Verified);
        for (ca, name, now, why) in [
            (&other, HOST, now(), "self-signed, and not among them"),
            (&leaf, "api.example.org", now(), "another host name"),
            (&leaf, HOST, at("2027-06-01T00:00:00Z"), "expired"),
            (&leaf, HOST, at("2023-06-01T00:00:00Z"), "not valid yet"),
        ] {
            assert!(matches!(of(ca, name, now), Trust::NotVerified(found) if found.contains(why)), "{name} {now}");
        }
        let mut clients = params(HOST, &[HOST], 2027);
        clients.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        let clients = clients.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone();
        let found = by_ca(std::slice::from_ref(&clients), HOST, &[&clients], now());
        assert_eq!(found, Trust::NotVerified("it is not for servers".to_owned()));
    }

    #[test]
    fn what_others_may_take_is_not_called_bad() {
        let root = ca("Root", 2049);
        let found = by_ca(&leaf(&[], 2049, &root), HOST, &[root.der()], now());
        assert!(matches!(&found, Trust::Unknown(why) if why.contains("common name")), "{found:?}");
        let found = by_ca(&[CertificateDer::from(vec![0; 7])], HOST, &[root.der()], now());
        assert!(!matches!(found, Trust::Verified), "{found:?}");
    }
}
