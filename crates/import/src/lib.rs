//! Opens containers and encrypted keys: PKCS#12, PKCS#7, Java key stores, encrypted PKCS#8, and keys encrypted by the headers of their PEM block.
//!
//! Bytes and a passphrase go in, certificates and keys come out; nothing here opens a file, asks or prints. What is opened is not judged:
//! that is `certflight-validate`'s work.
//!
//! ```
//! use certflight_import::open;
//! use certflight_validate::{Opened, Role, SecretText, Source, inspect};
//!
//! # let file = certflight_fixtures::container("p256-modern.p12");
//! let source = Source::new(Role::Auto, "client.p12", &file);
//! let passphrase = SecretText::new("correct horse".to_owned());
//! for sealed in inspect(&source).sealed {
//!     match open(&sealed, Some(&passphrase)) {
//!         Opened::Objects(objects) => assert_eq!(objects.len(), 3), // leaf, intermediate, key
//!         other => panic!("{other:?}"),
//!     }
//! }
//! ```
//!
//! The libraries that read these containers whole were left aside: their budgets end at one derivation, and a container holds many; they do not read
//! BER, which older tools write; and they do not tell a wrong passphrase from a damaged file. The ciphers and derivations are libraries' work.

mod ber;
mod bounds;
mod cipher;
mod encrypted_key;
mod jks;
mod kdf;
mod legacy_pem;
mod passphrase;
mod pbe;
mod pkcs12;
mod pkcs7;
mod problem;
mod tlv;

pub use bounds::Allowance;
use bounds::Budget;
use certflight_validate::{MAX_INPUT_BYTES, Opened, Sealed, SealedKind, SecretText, on_clean_stack};
use passphrase::Passphrase;
use problem::Problem;

/// Opens one container or encrypted key. Without a passphrase it opens what needs none, and what was closed with an empty one;
/// [`Opened::Locked`] says that it needs another.
pub fn open(sealed: &Sealed, passphrase: Option<&SecretText>) -> Opened {
    open_within(sealed, passphrase, &mut Allowance::default())
}

/// The same for one of several, whose derivations cost no more than `allowance` together.
pub fn open_within(sealed: &Sealed, passphrase: Option<&SecretText>, allowance: &mut Allowance) -> Opened {
    if sealed.bytes().expose().len() > MAX_INPUT_BYTES {
        return Opened::TooCostly(format!("more than {} MiB", MAX_INPUT_BYTES / (1024 * 1024)));
    }
    // What the ciphers and hashes used of the stack, they do not wipe.
    on_clean_stack(|| attempts(sealed, passphrase, allowance))
}

fn attempts(sealed: &Sealed, passphrase: Option<&SecretText>, allowance: &mut Allowance) -> Opened {
    let mut attempt = |passphrase: &Passphrase| {
        let mut budget = allowance.of_one_file();
        let result = attempt(sealed, passphrase, &mut budget);
        allowance.settle(&budget);
        result
    };
    let result = match passphrase.map(SecretText::expose) {
        // PKCS#12 has two ways to write that there is none (RFC 7292 appendix B.1 leaves it open), and PBES2 in it knows but one.
        None | Some("") => attempt(&Passphrase::none()).or_else(|first| match attempt(&Passphrase::empty()) {
            Err(Problem::WrongPassphrase) => Err(Problem::WrongPassphrase),
            Err(_) => Err(first),
            opened => opened,
        }),
        Some(text) => Passphrase::given(text).and_then(|passphrase| attempt(&passphrase)),
    };
    match result {
        Ok(objects) => Opened::Objects(objects),
        Err(Problem::WrongPassphrase) if passphrase.is_none() => Opened::Locked,
        Err(Problem::WrongPassphrase) => Opened::WrongPassphrase,
        Err(Problem::Damaged(why)) => Opened::Damaged(why),
        Err(Problem::TooCostly(what)) => Opened::TooCostly(what),
        Err(Problem::Unsupported(name)) => Opened::Unsupported(name),
    }
}

fn attempt(sealed: &Sealed, passphrase: &Passphrase, budget: &mut Budget) -> Result<Vec<certflight_validate::Object>, Problem> {
    let bytes = sealed.bytes().expose();
    match sealed.kind() {
        SealedKind::Pkcs12 => pkcs12::open(bytes, passphrase, budget),
        SealedKind::Pkcs7 => pkcs7::open(bytes),
        SealedKind::JavaKeyStore => jks::open(bytes, passphrase, budget),
        SealedKind::EncryptedPkcs8 => encrypted_key::open(bytes, passphrase, budget),
        SealedKind::EncryptedPem { dek_info } => legacy_pem::open(dek_info, bytes, passphrase, budget),
        other => Err(Problem::Unsupported(format!("{other:?}"))),
    }
}
