//! No part of a key and none of a passphrase is left in memory, on the heap or on a stack, once a container was opened, or was not, and all is dropped. Linux alone
//! shows a process its memory as a file, so elsewhere nothing is tested.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

use certflight_fixtures::memory::{Masked, Needles, copies, der};
use certflight_import::open;
use certflight_validate::{Opened, Policy, Request, Role, SecretText, Source, Timestamp, check, convert, inspect};
use std::io::Write as _;
use std::path::Path;

/// Every way of closing a file that there is code for, with its bundle.
const FILES: [(&str, &str); 34] = [
    ("p256-modern.p12", "ok__p256-pkcs8"),
    ("rsa-modern.p12", "ok__rsa2048-pkcs8"),
    ("rsa-legacy.p12", "ok__rsa2048-pkcs8"),
    ("p256-legacy.p12", "ok__p256-pkcs8"),
    ("p256-3des.p12", "ok__p256-pkcs8"),
    ("p256-2des.p12", "ok__p256-pkcs8"),
    ("p256-rc2-128.p12", "ok__p256-pkcs8"),
    ("p256-aes192.p12", "ok__p256-pkcs8"),
    ("p256-pbes2-3des.p12", "ok__p256-pkcs8"),
    ("p256-sha512.p12", "ok__p256-pkcs8"),
    ("p256-no-mac.p12", "ok__p256-pkcs8"),
    ("p256-legacy-no-mac.p12", "ok__p256-pkcs8"),
    ("p256-plain.p12", "ok__p256-pkcs8"),
    ("p256-plain-certificates.p12", "ok__p256-pkcs8"),
    ("p256-pbmac1-sha512.p12", "ok__p256-pkcs8"),
    ("p256-keytool.p12", "ok__p256-pkcs8"),
    ("p256-nss.p12", "ok__p256-pkcs8"),
    ("p256.jks", "ok__p256-pkcs8"),
    ("p256.jceks", "ok__p256-pkcs8"),
    ("p256-aes-128-cbc.key", "ok__p256-pkcs8"),
    ("p256-aes-256-cbc.key", "ok__p256-pkcs8"),
    ("p256-des3.key", "ok__p256-pkcs8"),
    ("p256-hmac-sha1.key", "ok__p256-pkcs8"),
    ("p256-hmac-sha512.key", "ok__p256-pkcs8"),
    ("p256-scrypt.key", "ok__p256-pkcs8"),
    ("p256-pbe-sha1-3des.key", "ok__p256-pkcs8"),
    ("p256-pbe-sha1-rc2-40.key", "ok__p256-pkcs8"),
    ("p256-pbe-md5-des.key", "ok__p256-pkcs8"),
    ("p256-pbe-sha1-rc2-64.key", "ok__p256-pkcs8"),
    ("p256-der.key", "ok__p256-pkcs8"),
    ("rsa-traditional-aes128.key", "ok__rsa2048-pkcs8"),
    ("rsa-traditional-aes256.key", "ok__rsa2048-pkcs8"),
    ("rsa-traditional-des3.key", "ok__rsa2048-pkcs8"),
    ("p256-traditional-aes256.key", "ok__p256-pkcs8"),
];

/// In a constant of the program, which is not looked through.
const PASSPHRASE: &str = "correct horse";

/// A file's key, certificate, CA and content.
struct Case<'a> {
    file: &'a Masked,
    cert: &'a [u8],
    ca: &'a [u8],
}

impl Case<'_> {
    /// Opens what is closed, with a passphrase, and goes on as the command does. Whether something came out of it.
    fn opened(&self, passphrase: Option<&str>) -> bool {
        let bytes = self.file.reveal();
        let passphrase = passphrase.map(|text| SecretText::new(text.to_owned()));
        let source = Source::new(Role::Key, "key", &bytes);
        let open = |source| inspect(source).sealed.iter().map(|sealed| open(sealed, passphrase.as_ref())).collect::<Vec<Opened>>();
        let opened = open(&source);
        let is_open = opened.iter().all(|opened| matches!(opened, Opened::Objects(_)));
        let source = Source { opened: &opened, ..source };
        let sources = [Source::new(Role::Cert, "cert", self.cert), source, Source::new(Role::Ca, "ca", self.ca)];
        let request = Request { sources: &sources, origin: None };
        let policy = Policy::new(Timestamp::parse_rfc3339(certflight_fixtures::DEFAULT_AT).unwrap());
        assert_eq!(check(&request, &policy).errors().count() == 0, is_open);
        assert_eq!(convert(&request, &policy).is_ok_and(|converted| converted.key_pem().is_some()), is_open);
        is_open
    }

    /// A file that was changed is damaged, at whatever point that is found out.
    fn damaged(&self, at: usize) {
        let mut bytes = self.file.reveal();
        bytes[at] ^= 0x10;
        let passphrase = SecretText::new(PASSPHRASE.to_owned());
        for sealed in inspect(&Source::new(Role::Key, "key", &bytes)).sealed {
            drop(open(&sealed, Some(&passphrase)));
        }
    }
}

fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// One test, since the whole process is looked at.
#[test]
fn nothing_is_left_of_what_was_closed() {
    if let Err(error) = Needles::default().in_this_process() {
        return say(&format!("NOT RUN: the search of memory for keys and passphrases: {error}"));
    }
    let masked = |path: &Path| Masked::file(path);
    let (mut left, mut cases) = (Vec::new(), 0);
    for (file, bundle) in FILES {
        let folder = certflight_fixtures::data_folder().join(bundle);
        let [cert, ca] = ["cert.pem", "ca.pem"].map(|name| std::fs::read(folder.join(name)).unwrap());
        let mut needles = Needles::default();
        needles.add_key(&der(&masked(&folder.join("key.pem")).reveal()));
        needles.add("the passphrase", PASSPHRASE.as_bytes());
        needles.add("the passphrase in UTF-16", &PASSPHRASE.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>()[..25]);
        let file_content = masked(&certflight_fixtures::containers_folder().join(file));
        let length = file_content.reveal().len();
        let case = Case { file: &file_content, cert: &cert, ca: &ca };
        let works: [(&str, &(dyn Fn() + Sync)); 4] = [
            ("opened", &|| assert!(case.opened(Some(PASSPHRASE)), "{file}")),
            ("another passphrase", &|| assert!(!case.opened(Some("incorrect horse")), "{file}")),
            ("no passphrase", &|| assert!(!case.opened(None), "{file}")),
            ("changed", &|| (length / 2..length).step_by(length / 12).for_each(|at| case.damaged(at))),
        ];
        for (name, work) in works {
            let found = needles.left_by(work).unwrap();
            if let Some(first) = found.first() {
                left.push(format!("{file}, {name}: {} copies, {} stretches, {first}", copies(&found), found.len()));
            }
            cases += 1;
        }
    }
    say(&format!("memory: {cases} cases, {} of them leave parts of a key or a passphrase", left.len()));
    assert!(left.is_empty(), "{}", left.join("\n"));
}
