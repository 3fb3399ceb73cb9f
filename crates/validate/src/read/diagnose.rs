//! What an input without a single PEM block is.

use super::sniff::{self, Shape};
use super::{Place, decode, scan};
use crate::code::Code;
use crate::finding::{Finding, Location};
use crate::source::Role;
use zeroize::Zeroizing;

/// The most bytes that are taken for a path or an address.
const MAX_PATH: usize = 4096;

/// Says why there is no PEM block in `bytes`. The content itself is never shown: it may be a secret pasted into the wrong place.
pub(super) fn no_block(bytes: &[u8], place: &Place) -> Finding {
    let at = place.whole();
    let text = bytes.trim_ascii();
    if text.is_empty() {
        return Finding::new(Code::InputEmpty, at, "the input is empty")
            .help("check that the path is right, or that the variable or pipe that should hold the text is set");
    }
    if is_utf16(bytes) {
        return Finding::new(Code::TextEncoding, at, "the text is in UTF-16, as some Windows tools write it; PEM is ASCII")
            .raised()
            .help("iconv -f UTF-16 -t UTF-8 FILE > mended.pem");
    }
    if let Some(container) = sniff::container(bytes) {
        let help = match container {
            "a PKCS#12 container" => {
                "openssl pkcs12 -in FILE -nodes -out all.pem, with -legacy for an old file; then split all.pem into certificate, key and CA"
            }
            "a PKCS#7 container" => "openssl pkcs7 -inform DER -in FILE -print_certs",
            _ => {
                "keytool -importkeystore -srckeystore FILE -destkeystore client.p12 -deststoretype PKCS12, then openssl pkcs12 -in client.p12 -nodes"
            }
        };
        let message = format!("this is {container}, not PEM; it has to be unpacked first");
        return Finding::new(Code::ContainerInput, at, message).help(help);
    }
    if let Some(shape) = sniff::shape(bytes) {
        return der(shape, place);
    }
    if let Some((what, pem)) = base64_of(text) {
        let message = format!("this is the base64 of {what}, not the text itself");
        return match (place.role(), pem) {
            (Role::Cert | Role::Ca, Inner::Shape(shape)) if shape.is_private_key() => leaked(place, at),
            (_, Inner::Text) => Finding::new(Code::Base64OfPem, at, message).raised().help("base64 -d FILE > mended.pem"),
            (_, Inner::Shape(Shape::Certificate)) => Finding::new(Code::Base64OfPem, at, message)
                .raised()
                .help("base64 -d FILE | openssl x509 -inform DER -out mended.pem"),
            (_, Inner::Shape(shape)) if shape.is_private_key() => Finding::new(Code::Base64OfPem, at, message)
                .raised()
                .help("base64 -d FILE | openssl pkey -inform DER -out mended.pem"),
            _ => Finding::new(Code::Base64OfPem, at, message)
                .raised()
                .help("base64 -d FILE > decoded, then give what that is to certflight check for the next step"),
        };
    }
    if is_path(text) {
        let message = "this is the path of a file or an address, not the content";
        return Finding::new(Code::PathAsContent, at, message).help("give the content of that file instead");
    }
    let (what, help) = match place.role() {
        Role::Key => ("private key", "the file should have a line -----BEGIN PRIVATE KEY----- or one like it"),
        _ => ("certificate", "the file should have a line -----BEGIN CERTIFICATE-----"),
    };
    Finding::new(Code::PemNotFound, at, format!("there is no PEM block in this input, so no {what}")).help(help)
}

/// A private key where certificates belong.
pub(super) fn leaked(place: &Place, at: Location) -> Finding {
    let message = format!(
        "there is a private key in the {} input; that field is not said to be stored encrypted, so nothing is sent",
        place.role()
    );
    Finding::new(Code::KeyInCertificateInput, at, message)
        .help("take the key out of this file and give it with --key alone")
        .note("a key that has been in a file of certificates may have been passed on with it; consider replacing it")
}

fn der(shape: Shape, place: &Place) -> Finding {
    let at = place.whole();
    if shape.is_private_key() && place.role() != Role::Key {
        return leaked(place, at);
    }
    let command = match shape {
        Shape::Certificate => "openssl x509 -inform DER -in FILE -out mended.pem",
        Shape::CertificateRequest | Shape::PublicKey => "give the certificate or private key itself",
        _ => "openssl pkey -inform DER -in FILE -out mended.pem",
    };
    let message = format!("this is {} in DER, the binary form, not PEM", shape.name());
    Finding::new(Code::DerInput, at, message).raised().help(command)
}

fn is_utf16(bytes: &[u8]) -> bool {
    let zeros = |start: usize| bytes.iter().skip(start).step_by(2).take(16).all(|&b| b == 0);
    matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) || bytes.len() >= 4 && (zeros(0) || zeros(1))
}

enum Inner {
    Text,
    Shape(Shape),
}

/// What the whole text is the base64 of, where that is PEM or a structure known here.
fn base64_of(text: &[u8]) -> Option<(&'static str, Inner)> {
    let mut compact = Zeroizing::new(Vec::with_capacity(text.len()));
    compact.extend(text.iter().copied().filter(|b| !b.is_ascii_whitespace()));
    if !compact.iter().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(b)) {
        return None;
    }
    let inner = decode::decode(&compact)?;
    if scan::contains(&inner, b"-----BEGIN ") {
        return Some(("a PEM file", Inner::Text));
    }
    let shape = sniff::shape(&inner)?;
    Some((shape.name(), Inner::Shape(shape)))
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
