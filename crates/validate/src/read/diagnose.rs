//! What an input is that holds no block, and what speaks against a container that stays closed.

use super::wrapper::{self, Wrapper};
use super::{Place, layers};
use crate::code::Code;
use crate::finding::{Finding, Location};
use crate::sealed::{Opened, SealedKind};
use crate::source::Role;
use crate::text::{Escaped, shell_word};

/// The most bytes that are taken for a path or an address.
const MAX_PATH: usize = 4096;

/// Says why there is no certificate or key in `bytes`. The content itself is never shown: it may be a secret pasted into the wrong place.
pub(super) fn no_block(bytes: &[u8], place: &Place) -> Finding {
    let at = place.whole();
    let text = layers::unquoted(bytes.trim_ascii()).trim_ascii();
    if text.is_empty() {
        return Finding::new(Code::InputEmpty, at, "the input is empty")
            .help("check that the path is right, or that the variable or pipe that should hold the text is set");
    }
    if is_torn(bytes) {
        let message = "this is binary data that begins like DER, but is cut short or was changed on its way";
        return Finding::new(Code::DerInput, at, message).raised().help(
            "copy the file again as binary; it is not text, so it fits into no variable, clipboard or mail body without base64",
        );
    }
    if let Some((what, help)) = structured(text) {
        let message = format!("this is {what}; the PEM text is a value in it, in base64");
        return Finding::new(Code::StructuredInput, at, message).raised().help(help);
    }
    if let Some(finding) = other_key(text, place.role(), &at) {
        return finding;
    }
    if is_path(text) {
        let message = "this is the path of a file or an address, not the content";
        return Finding::new(Code::PathAsContent, at, message).help("give the content of that file instead");
    }
    let (what, help) = match place.role() {
        Role::Key => ("private key", "the file should have a line -----BEGIN PRIVATE KEY----- or one like it"),
        Role::Auto => ("certificate or key", "the file should have a line -----BEGIN CERTIFICATE----- or one like it"),
        Role::Cert | Role::Ca | Role::Replaces => ("certificate", "the file should have a line -----BEGIN CERTIFICATE-----"),
    };
    Finding::new(Code::PemNotFound, at, format!("there is no PEM block in this input, so no {what}")).help(help)
}

/// A key in a form that is neither PEM nor DER, where a key may stand.
fn other_key(text: &[u8], role: Role, at: &Location) -> Option<Finding> {
    if !matches!(role, Role::Key | Role::Auto) {
        return None;
    }
    let contains = |part: &[u8]| text.windows(part.len()).any(|window| window == part);
    let (code, message, help) = if text.starts_with(b"PuTTY-User-Key-File-") {
        let help = "have puttygen write it as an OpenSSH key (-O private-openssh), and ssh-keygen that as PKCS#8 (-p -m PKCS8)";
        (Code::OpensshKey, "the private key is in PuTTY's own format", help)
    } else if text.starts_with(b"ssh-") || text.starts_with(b"ecdsa-sha2-") {
        let help = "give the private key that was made when the certificate was requested";
        (Code::PublicKeyAsPrivateKey, "this is a public key for SSH, which has no part in a TLS client certificate", help)
    } else if text.starts_with(b"{") && contains(b"\"kty\"") {
        let help = "write it as PKCS#8 in PEM with the tool or library that made it";
        (Code::KeyUnsupported, "this is a JSON Web Key (RFC 7517), which is not read here", help)
    } else {
        return None;
    };
    Some(Finding::new(code, at.clone(), message).help(help))
}

/// A private key where certificates belong.
pub(super) fn leaked(role: Role, at: Location) -> Finding {
    let message =
        format!("there is a private key in the {role} input; that field is not said to be stored encrypted, so nothing is sent");
    Finding::new(Code::KeyInCertificateInput, at, message)
        .help(
            "take the key out of this file and give it with --key alone, or give the file without a flag: it is sorted by content",
        )
        .note("a key that has been in a file of certificates may have been passed on with it; consider replacing it")
}

/// A container or an encrypted key that was not opened, and why.
pub(super) fn closed(kind: &SealedKind, outcome: Option<&Opened>, at: Location) -> Finding {
    let what = layers::container_name(kind);
    let is_key = matches!(kind, SealedKind::EncryptedPkcs8 | SealedKind::EncryptedPem { .. });
    match outcome {
        Some(Opened::WrongPassphrase) => {
            let message = format!("this is {what}, and the passphrase that was given does not open it");
            Finding::new(Code::PassphraseWrong, at, message)
                .help("ask whoever made the file for its passphrase; a line break or space at the end belongs to it in some tools")
        }
        Some(Opened::Damaged(why)) => {
            let message = format!("this is {what}, but it is damaged: {why}");
            Finding::new(Code::ContainerDamaged, at, message).help("copy the file again, as binary, from where it was made")
        }
        Some(Opened::TooCostly(cost)) => {
            let message = format!("to open this would take {}, which no honest file asks for", Escaped(cost));
            Finding::new(Code::DerivationTooCostly, at, message).help(
                "have the file made anew with the usual costs, as `openssl pkcs12 -export` and `openssl pkcs8 -topk8` choose them",
            )
        }
        Some(Opened::Unsupported(name)) => {
            let message = format!("this is {what}, protected in a way that cannot be opened here: {}", Escaped(name));
            by_hand(kind, Finding::new(Code::ContainerUnsupported, at, message))
        }
        Some(Opened::Locked) => {
            let (code, message) = match is_key {
                true => (Code::KeyEncrypted, "the private key is encrypted, and its passphrase was not given".to_owned()),
                false => (Code::ContainerInput, format!("this is {what}, and its passphrase was not given")),
            };
            Finding::new(code, at, message)
                .help("--passphrase-file FILE (or env:NAME, or - for standard input); on a terminal it is asked for")
        }
        Some(Opened::Objects(_)) | None => {
            let (code, message) = match is_key {
                true => (
                    Code::KeyEncrypted,
                    "the private key is encrypted with a passphrase, and the API takes it only in the clear".to_owned(),
                ),
                false => (Code::ContainerInput, format!("this is {what}, not PEM; it has to be opened first")),
            };
            by_hand(kind, Finding::new(code, at, message))
        }
    }
}

/// With the command that opens it elsewhere.
fn by_hand(kind: &SealedKind, finding: Finding) -> Finding {
    let (help, before, after) = match kind {
        SealedKind::Pkcs12 => (
            "open it with OpenSSL, where an old file needs -legacy, and give all.pem without a flag:",
            "openssl pkcs12 -in",
            "-nodes -legacy -out all.pem",
        ),
        SealedKind::Pkcs7 => {
            ("open it with OpenSSL, with -inform DER where it is binary:", "openssl pkcs7 -print_certs -in", "-out all.pem")
        }
        SealedKind::JavaKeyStore => (
            "have keytool write it as PKCS#12, and give client.p12:",
            "keytool -importkeystore -srckeystore",
            "-destkeystore client.p12 -deststoretype PKCS12",
        ),
        SealedKind::EncryptedPkcs8 | SealedKind::EncryptedPem { .. } => {
            ("open it with OpenSSL, and give client.key:", "openssl pkey -in", "-out client.key")
        }
    };
    let file = finding.at.source().and_then(|source| shell_word(&source.name)).unwrap_or_else(|| "FILE".to_owned());
    finding.help(help).command(format!("{before} {file} {after}"))
}

/// A SEQUENCE with a long length, as every certificate, key and container begins, in bytes that are no text.
fn is_torn(bytes: &[u8]) -> bool {
    matches!(bytes, [0x30, 0x81..=0x84, ..]) || bytes.starts_with(b"0\xef\xbf\xbd")
}

/// The base64 of `-----BEGIN`, wherever in a group of three bytes it begins a text.
const BEGIN_IN_BASE64: &[u8] = b"LS0tLS1CRUdJT";

/// A data format with base64 of PEM for a value, and what takes it out.
fn structured(text: &[u8]) -> Option<(&'static str, &'static str)> {
    let at = text.windows(BEGIN_IN_BASE64.len()).position(|window| window == BEGIN_IN_BASE64)?;
    let contains = |part: &[u8]| text.windows(part.len()).any(|window| window == part);
    if contains(b"tls.crt") || contains(b"tls.key") || contains(b"ca.crt") {
        return Some((
            "a Kubernetes secret",
            "kubectl get secret NAME -o jsonpath='{.data.tls\\.crt}' | base64 -d > client.pem; the same with tls\\.key and ca\\.crt",
        ));
    }
    let wrapper = wrapper::opening(text.get(..at)?).unwrap_or(Wrapper::Other);
    Some(match wrapper {
        Wrapper::Json => ("JSON", "take one field out and decode it, as `jq -r .FIELD | base64 -d` does"),
        Wrapper::Yaml => ("YAML", "take one field out and decode it, as `yq -r .FIELD | base64 -d` does"),
        Wrapper::Assignment => ("an assignment, as in an .env file", "set the variable and give env:NAME in place of the file"),
        Wrapper::Other => ("a line of other text", "copy only the base64 text and give that"),
    })
}

/// One line that looks like a path or an address: it has a separator or a file's ending, and no characters that neither has.
fn is_path(text: &[u8]) -> bool {
    let Ok(line) = str::from_utf8(text) else { return false };
    let ending = [".pem", ".crt", ".cer", ".key", ".der", ".p12", ".pfx", ".p7b", ".jks", ".txt"];
    line.len() <= MAX_PATH
        && !line.contains(['\n', '\r'])
        && !line.contains(". ")
        && (line.contains("://")
            || line.starts_with(['/', '.', '~'])
            || line.contains(":\\")
            || ending.iter().any(|end| line.to_ascii_lowercase().ends_with(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_forms_of_keys_are_told() {
        let told = |text: &str| other_key(text.as_bytes(), Role::Key, &Location::Bundle).map(|finding| finding.code);
        assert_eq!(told("PuTTY-User-Key-File-3: ssh-ed25519"), Some(Code::OpensshKey));
        assert_eq!(told("ssh-ed25519 AAAA"), Some(Code::PublicKeyAsPrivateKey));
        assert_eq!(told("ecdsa-sha2-nistp256 AAAA"), Some(Code::PublicKeyAsPrivateKey));
        assert_eq!(told("{\"kty\":\"EC\"}"), Some(Code::KeyUnsupported));
        assert_eq!((told("{\"key\":\"EC\"}"), told("the \"kty\" of a key")), (None, None));
    }

    #[test]
    fn data_formats_are_told_by_what_stands_before_the_base64() {
        let told =
            |before: &str| structured(format!("{before}LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t").as_bytes()).map(|(what, _)| what);
        for (before, what) in [
            ("tls.crt: ", "a Kubernetes secret"),
            ("tls.key: ", "a Kubernetes secret"),
            ("ca.crt: ", "a Kubernetes secret"),
            ("{\"cert\": \"", "JSON"),
            ("cert: ", "YAML"),
            ("CERT=", "an assignment, as in an .env file"),
            ("see ", "a line of other text"),
        ] {
            assert_eq!(told(before), Some(what), "{before}");
        }
        assert_eq!(structured(b"tls.crt: nothing"), None);
    }

    #[test]
    fn paths_are_told_from_prose() {
        for path in
            ["client.pem", "Client.CRT", "/etc/ssl/client", "./client", "~/client", "https://ca.example.com/ca", "C:\\keys\\client"]
        {
            assert!(is_path(path.as_bytes()), "{path}");
        }
        for other in ["client", "the file. It is client.pem", "a\nb.pem", ""] {
            assert!(!is_path(other.as_bytes()), "{other}");
        }
        assert!(is_path(format!("/{}", "a".repeat(MAX_PATH - 1)).as_bytes()));
        assert!(!is_path(format!("/{}", "a".repeat(MAX_PATH)).as_bytes()));
    }
}
