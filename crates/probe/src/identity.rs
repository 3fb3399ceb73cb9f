//! What a probe presents.

use crate::signing;
use certflight_validate::{Converted, SecretText, ValidatedBundle};
use rustls::sign::CertifiedKey;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use std::fmt;
use std::sync::Arc;

/// The certificates and the key that an upload would put on a project, and the CA input beside them.
pub struct Identity {
    pub(crate) presented: Result<Arc<CertifiedKey>, Unpresentable>,
    /// The CA input. It is not sent.
    pub(crate) authorities: Vec<CertificateDer<'static>>,
}

/// Why there is nothing to present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unpresentable {
    Certificate,
    Key,
    /// It cannot sign here.
    KeyKind,
}

impl Identity {
    /// Of what passed, read from the very texts that are uploaded.
    pub fn of(bundle: &ValidatedBundle) -> Self {
        Identity::new(Some(bundle.certificate_pem()), Some(bundle.key_pem()), Some(bundle.ca_pem()))
    }

    /// Of what need not be sound, so that the origin's word can be heard all the same.
    pub fn of_unsound(converted: &Converted) -> Self {
        Identity::new(converted.certificate_pem(), converted.key_pem(), converted.ca_pem())
    }

    fn new(cert: Option<String>, key: Option<SecretText>, ca: Option<String>) -> Self {
        let (chain, authorities) = (certificates(cert), certificates(ca));
        let presented = match (chain.is_empty(), key) {
            (true, _) => Err(Unpresentable::Certificate),
            (_, None) => Err(Unpresentable::Key),
            (_, Some(key)) => match signing::load(&key) {
                Some(key) => Ok(Arc::new(CertifiedKey::new(chain, key))),
                None => Err(Unpresentable::KeyKind),
            },
        };
        Identity { presented, authorities }
    }
}

fn certificates(pem: Option<String>) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem.unwrap_or_default().as_bytes()).filter_map(Result::ok).collect()
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}
