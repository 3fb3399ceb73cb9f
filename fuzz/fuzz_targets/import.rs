#![no_main]
//! Containers and encrypted keys: any bytes as each kind, with the fixtures' passphrase and without. What comes out is bounded, the same a second time,
//! and read as what it is said to be; a passphrase that was given is not asked for.

use certflight_import::open;
use certflight_validate::{
    MAX_CERTIFICATES, Object, Opened, Request, Role, Sealed, SealedKind, SecretBytes, SecretText, Source, inspect,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
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
    let source = Source::new(Role::Auto, "file", content);
    let list: Vec<Opened> = inspect(&source).sealed.iter().map(|sealed| open(sealed, Some(&passphrase))).collect();
    let sources = [Source { opened: &list, ..source }];
    let _ = certflight_fuzz::validate(&Request { sources: &sources, origin: None });
});
