//! Private keys that sign a handshake.

use certflight_validate::SecretText;
use p256::pkcs8::DecodePrivateKey as _;
use rustls::SignatureScheme as Scheme;
use rustls::sign::{Signer, SigningKey};
use rustls_pki_types::PrivateKeyDer;
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Reads a key in PEM, in PKCS#8, PKCS#1 or SEC1 (RFC 7468 section 10, RFC 5915 section 4). `None` where it cannot sign here, as RSA above 4096 bits.
pub(crate) fn load(pem: &SecretText) -> Option<Arc<dyn SigningKey>> {
    // The bytes are wiped here; ring and rustls keep copies of their own.
    let (label, der) = pem_rfc7468::decode_vec(pem.expose().as_bytes()).ok()?;
    let der = Zeroizing::new(der);
    let key = match label {
        "PRIVATE KEY" => PrivateKeyDer::Pkcs8(der.as_slice().into()),
        "RSA PRIVATE KEY" => PrivateKeyDer::Pkcs1(der.as_slice().into()),
        "EC PRIVATE KEY" => PrivateKeyDer::Sec1(der.as_slice().into()),
        _ => return None,
    };
    let of_ring = rustls::crypto::ring::sign::any_supported_type(&key).ok();
    of_ring.or_else(|| Some(Arc::new(EcKey::new(&key)?)))
}

/// A key of an elliptic curve that ring does not load: P-521, and P-256 and P-384 in a container that leaves out the public half (RFC 5915 section 3).
#[derive(Clone)]
enum EcKey {
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    P521(p521::ecdsa::SigningKey),
}

impl EcKey {
    fn new(key: &PrivateKeyDer<'_>) -> Option<Self> {
        match key {
            PrivateKeyDer::Pkcs8(key) => {
                let der = key.secret_pkcs8_der();
                let p256 = p256::SecretKey::from_pkcs8_der(der).map(|key| EcKey::P256(key.into()));
                let p384 = || p384::SecretKey::from_pkcs8_der(der).map(|key| EcKey::P384(key.into()));
                let p521 = || p521::SecretKey::from_pkcs8_der(der).map(|key| EcKey::P521(key.into()));
                p256.or_else(|_| p384()).or_else(|_| p521()).ok()
            }
            PrivateKeyDer::Sec1(key) => {
                let der = key.secret_sec1_der();
                let p256 = p256::SecretKey::from_sec1_der(der).map(|key| EcKey::P256(key.into()));
                let p384 = || p384::SecretKey::from_sec1_der(der).map(|key| EcKey::P384(key.into()));
                let p521 = || p521::SecretKey::from_sec1_der(der).map(|key| EcKey::P521(key.into()));
                p256.or_else(|_| p384()).or_else(|_| p521()).ok()
            }
            _ => None,
        }
    }
}

// The key is in it.
impl fmt::Debug for EcKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl SigningKey for EcKey {
    fn choose_scheme(&self, offered: &[Scheme]) -> Option<Box<dyn Signer>> {
        offered.contains(&self.scheme()).then(|| Box::new(self.clone()) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> rustls::SignatureAlgorithm {
        rustls::SignatureAlgorithm::ECDSA
    }
}

impl Signer for EcKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        use p256::ecdsa::signature::Signer as _;
        // Deterministic (RFC 6979): it takes no randomness.
        let signature: Result<Vec<u8>, _> = match self {
            EcKey::P256(key) => key.try_sign(message).map(|made: p256::ecdsa::DerSignature| made.to_bytes().into_vec()),
            EcKey::P384(key) => key.try_sign(message).map(|made: p384::ecdsa::DerSignature| made.to_bytes().into_vec()),
            EcKey::P521(key) => key.try_sign(message).map(|made: p521::ecdsa::DerSignature| made.to_bytes().into_vec()),
        };
        signature.map_err(|_| rustls::Error::General("the key does not sign".to_owned()))
    }

    /// RFC 8446 section 4.2.3: one hash for each curve.
    fn scheme(&self) -> Scheme {
        match self {
            EcKey::P256(_) => Scheme::ECDSA_NISTP256_SHA256,
            EcKey::P384(_) => Scheme::ECDSA_NISTP384_SHA384,
            EcKey::P521(_) => Scheme::ECDSA_NISTP521_SHA512,
        }
    }
}
