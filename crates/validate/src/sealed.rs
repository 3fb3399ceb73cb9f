//! What has to be opened before it can be read: containers and encrypted keys. The library finds them and takes what was in them; opening is
//! another crate's work, because it needs passphrases and many ciphers.

use crate::secret::SecretBytes;

/// What a sealed thing is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealedKind {
    /// PKCS#12 (RFC 7292), in DER or BER.
    Pkcs12,
    /// PKCS#7 or CMS signed data (RFC 5652), in DER or BER. It has no passphrase.
    Pkcs7,
    /// A Java key store, JKS or JCEKS.
    JavaKeyStore,
    /// An EncryptedPrivateKeyInfo (RFC 5958 section 3).
    EncryptedPkcs8,
    /// A key encrypted by the headers of its PEM block (RFC 1421 section 4.6.1), as OpenSSL wrote them before PKCS#8.
    EncryptedPem {
        /// The value of the `DEK-Info` header: the cipher's name, a comma, the initialization vector in hexadecimal. Foreign text.
        dek_info: String,
    },
}

/// A container or an encrypted key, as it was found.
#[derive(Debug)]
pub struct Sealed {
    kind: SealedKind,
    bytes: SecretBytes,
}

impl Sealed {
    /// One of a kind, with its bytes: DER or BER, a whole key store, or the ciphertext of a PEM block.
    pub fn new(kind: SealedKind, bytes: SecretBytes) -> Self {
        Sealed { kind, bytes }
    }

    /// What it is.
    pub fn kind(&self) -> &SealedKind {
        &self.kind
    }

    /// Its bytes; secret, since a container may be closed by no passphrase at all.
    pub fn bytes(&self) -> &SecretBytes {
        &self.bytes
    }
}

/// A certificate or a private key out of a container.
#[derive(Debug)]
pub enum Object {
    /// A certificate, in DER.
    Certificate(Vec<u8>),
    /// A private key in the clear: PKCS#8, PKCS#1 or SEC1, in DER.
    PrivateKey(SecretBytes),
}

/// What became of an attempt to open a [`Sealed`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Opened {
    /// What it holds, in its order. What is neither certificate nor private key is not among it.
    Objects(Vec<Object>),
    /// It needs a passphrase, and none was given.
    Locked,
    /// The passphrase is not the one.
    WrongPassphrase,
    /// It does not follow its format, or was changed since it was made. Why, in a few plain words, without any text from it.
    Damaged(&'static str),
    /// To open it would cost more than any honest one does: what costs it, as `10,000,001 iterations of PBKDF2`.
    TooCostly(String),
    /// It is protected in a way that is not known here: the algorithm's name or identifier.
    Unsupported(String),
}
