//! Containers and encrypted keys.

use crate::verdict::{source, validate};
use certflight_import::open;
use certflight_validate::{
    MAX_CERTIFICATES, Object, Opened, Request, Role, Sealed, SealedKind, SecretBytes, SecretText, Source, inspect,
};

/// Any bytes as the kind that the first one names, with the fixtures' passphrase and without. What comes out is bounded, the same a second time,
/// and read as what it is said to be; a passphrase that was given is not asked for.
pub fn run(bytes: &[u8]) {
    let Some((kind, content)) = bytes.split_first() else { return };
    let kind = match kind % 5 {
        0 => SealedKind::Pkcs12,
        1 => SealedKind::Pkcs7,
        2 => SealedKind::JavaKeyStore,
        3 => SealedKind::EncryptedPkcs8,
        _ => SealedKind::EncryptedPem { dek_info: "AES-256-CBC,000102030405060708090A0B0C0D0E0F".to_owned() },
    };
    let passphrase = SecretText::new("correct horse".to_owned());
    let sealed = Sealed::new(kind, SecretBytes::new(content.to_vec()));
    let opened = open(&sealed, Some(&passphrase));
    assert!(!matches!(opened, Opened::Locked));
    assert_eq!(format!("{opened:?}"), format!("{:?}", open(&sealed, Some(&passphrase))));
    let without = open(&sealed, None);
    assert!(!matches!(without, Opened::WrongPassphrase));
    if let Opened::Objects(objects) = &opened {
        assert!(objects.len() <= MAX_CERTIFICATES);
        let size: usize = objects
            .iter()
            .map(|object| match object {
                Object::Certificate(der) => der.len(),
                Object::PrivateKey(der) => der.expose().len(),
            })
            .sum();
        assert!(size <= content.len(), "more comes out than went in");
    }
    // As the command does it: found, opened, given back.
    let source = source(Role::Auto, content);
    let list: Vec<Opened> = inspect(&source).sealed.iter().map(|sealed| open(sealed, Some(&passphrase))).collect();
    let sources = [Source { opened: &list, ..source }];
    let _ = validate(&Request { sources: &sources, origin: None });
}
