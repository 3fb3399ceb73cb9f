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

/// Takes every certificate, so that all the rest can be seen too, and keeps it. The handshake's signature is verified all the same: the server has the key.
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
        verify_tls12_signature(message, leaf, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, leaf, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The origin's own certificate, and by what it verifies.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Server {
    /// What it says of itself, if it can be read.
    pub leaf: Option<CertificateFacts>,
    /// By Mozilla's list of public roots; the reason where it does not.
    pub by_public_roots: Result<(), String>,
    /// By the CA input as trust anchors; the reason where it does not.
    pub by_ca: Result<(), String>,
}

impl Server {
    pub(crate) fn new(
        chain: &[CertificateDer<'static>],
        name: &ServerName<'static>,
        identity: &Identity,
        provider: &Arc<CryptoProvider>,
        now: Timestamp,
    ) -> Self {
        let public = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let mut ca = RootCertStore::empty();
        ca.add_parsable_certificates(identity.authorities.iter().cloned());
        let leaf = facts(chain, now);
        // A certificate that is itself in ca is trusted as it is, by OpenSSL and so by Node; webpki asks for an issuer.
        let is_in_ca = chain.first().is_some_and(|leaf| identity.authorities.contains(leaf));
        let by_ca = match chain.first().zip(leaf.as_ref()) {
            Some((der, leaf)) if is_in_ca && leaf.subject_name == leaf.issuer_name => is_sound_for(der, leaf, name, now),
            _ => verify(chain, name, ca, provider, now),
        };
        Server { by_public_roots: verify(chain, name, public, provider, now), by_ca, leaf }
    }
}

/// The check of a bundle reads certificates; what it would say of one without a key is of no interest here.
fn facts(chain: &[CertificateDer<'static>], now: Timestamp) -> Option<CertificateFacts> {
    let source = [Source::new(Role::Cert, "the origin's certificate", chain.first()?)];
    check(&Request { sources: &source, origin: None }, &Policy::new(now).purpose(Purpose::Server)).leaf().cloned()
}

/// Whether a certificate that is trusted as it is, is for this host and in date.
fn is_sound_for(der: &CertificateDer<'_>, leaf: &CertificateFacts, name: &ServerName<'_>, now: Timestamp) -> Result<(), String> {
    let parsed = ParsedCertificate::try_from(der).map_err(|error| words(&error))?;
    verify_server_name(&parsed, name).map_err(|error| words(&error))?;
    match (now < leaf.not_before, now > leaf.not_after) {
        (true, _) => Err(words(&Error::InvalidCertificate(CertificateError::NotValidYet))),
        (_, true) => Err(words(&Error::InvalidCertificate(CertificateError::Expired))),
        _ => Ok(()),
    }
}

fn verify(
    chain: &[CertificateDer<'static>],
    name: &ServerName<'static>,
    roots: RootCertStore,
    provider: &Arc<CryptoProvider>,
    now: Timestamp,
) -> Result<(), String> {
    let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(provider))
        .build()
        .map_err(|_| "there is no certificate in it that can be one's trust anchor".to_owned())?;
    let (leaf, intermediates) = chain.split_first().ok_or("it sent none")?;
    let now = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(now.unix_seconds()).unwrap_or(0)));
    verifier.verify_server_cert(leaf, intermediates, name, &[], now).map(drop).map_err(|error| words(&error))
}

fn words(error: &Error) -> String {
    let Error::InvalidCertificate(error) = error else { return "it cannot be verified here".to_owned() };
    match error {
        CertificateError::UnknownIssuer => "no CA there issued it, or an intermediate is not sent".to_owned(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired".to_owned(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "it is not valid yet".to_owned(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another host name".to_owned()
        }
        CertificateError::BadSignature => "a signature on its path is not the issuer's".to_owned(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => "it is not for servers".to_owned(),
        CertificateError::BadEncoding => "it is malformed".to_owned(),
        _ => "it cannot be verified here".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};

    fn now() -> Timestamp {
        Timestamp::parse_rfc3339("2026-06-01T00:00:00Z").unwrap()
    }

    /// The public roots cannot be had a certificate of, so the two ways are one function, and this is of it.
    #[test]
    fn a_certificate_verifies_by_the_roots_that_issued_it() {
        let ca = |name: &str| {
            let mut params = CertificateParams::new(Vec::new()).unwrap();
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.distinguished_name.push(rcgen::DnType::CommonName, name);
            CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
        };
        let (issuer, other) = (ca("One"), ca("Another"));
        let leaf = |last_year: i32| {
            let mut params = CertificateParams::new(vec!["api.example.com".to_owned()]).unwrap();
            (params.not_before, params.not_after) = (date_time_ymd(2024, 1, 1), date_time_ymd(last_year, 1, 1));
            vec![params.signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap().der().clone()]
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let outcome = |chain: &[CertificateDer<'static>], name: &str, roots: &[&CertificateDer<'static>]| {
            let mut store = RootCertStore::empty();
            store.add_parsable_certificates(roots.iter().map(|&root| root.clone()));
            verify(chain, &ServerName::try_from(name.to_owned()).unwrap(), store, &provider, now())
        };
        let (sound, expired) = (leaf(2049), leaf(2025));
        assert_eq!(outcome(&sound, "api.example.com", &[other.der(), issuer.der()]), Ok(()));
        for (chain, name, roots, why) in [
            (&sound, "api.example.com", &[other.der()][..], "no CA there issued it"),
            (&sound, "api.example.org", &[issuer.der()], "another host name"),
            (&expired, "api.example.com", &[issuer.der()], "expired"),
            (&sound, "api.example.com", &[], "no certificate in it"),
            (&Vec::new(), "api.example.com", &[issuer.der()], "it sent none"),
        ] {
            let found = outcome(chain, name, roots).unwrap_err();
            assert!(found.contains(why), "{found}");
        }
    }

    #[test]
    fn a_self_signed_certificate_is_trusted_by_itself() {
        let made = |name: &str| {
            let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
            (params.not_before, params.not_after) = (date_time_ymd(2024, 1, 1), date_time_ymd(2027, 1, 1));
            params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
        };
        let (leaf, other) = (made("api.example.com"), made("api.example.com"));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let by_ca = |ca: &CertificateDer<'static>, name: &str, now: &str| {
            let identity = Identity { presented: Err(crate::identity::Unpresentable::Key), authorities: vec![ca.clone()] };
            let name = ServerName::try_from(name.to_owned()).unwrap();
            let now = Timestamp::parse_rfc3339(now).unwrap();
            Server::new(std::slice::from_ref(&leaf), &name, &identity, &provider, now).by_ca
        };
        assert_eq!(by_ca(&leaf, "api.example.com", "2026-06-01T00:00:00Z"), Ok(()));
        for (ca, name, now) in [
            (&other, "api.example.com", "2026-06-01T00:00:00Z"),
            (&leaf, "api.example.org", "2026-06-01T00:00:00Z"),
            (&leaf, "api.example.com", "2027-06-01T00:00:00Z"),
            (&leaf, "api.example.com", "2023-06-01T00:00:00Z"),
        ] {
            assert!(by_ca(ca, name, now).is_err(), "{name} {now}");
        }
    }

    #[test]
    fn the_facts_of_a_server_are_its_own() {
        let key = KeyPair::generate().unwrap();
        let chain = [CertificateParams::new(vec!["api.example.com".to_owned()]).unwrap().self_signed(&key).unwrap().der().clone()];
        assert_eq!(facts(&chain, now()).unwrap().alternative_names.len(), 1);
        assert!(facts(&[CertificateDer::from(vec![0; 7])], now()).is_none());
        assert!(facts(&[], now()).is_none());
    }
}
