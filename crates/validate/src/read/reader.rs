//! One source, read: its layers taken off, its blocks decoded, what was opened put in the place of what was sealed.

use super::classify::{self, Candidate, Sorted};
use super::findings::Findings;
use super::layers::{self, Encoding};
use super::sniff::{self, Shape};
use super::{CertificateBlock, KeyBlock, KeyFormat, Place, decode, der, diagnose, scan, too_large};
use crate::code::Code;
use crate::finding::{Finding, Lines, Location, ObjectKind};
use crate::sealed::{Object, Opened, Sealed, SealedKind};
use crate::secret::SecretBytes;
use crate::source::{MAX_BLOCKS, MAX_CERTIFICATES, Role, Source};
use zeroize::Zeroizing;

/// What a source holds, as far as it was read.
pub(super) struct Reader<'r> {
    source: &'r Source<'r>,
    place: Place,
    opened: std::slice::Iter<'r, Opened>,
    seen_certificates: usize,
    seen_keys: usize,
    pub(super) certificates: Vec<CertificateBlock>,
    pub(super) keys: Vec<KeyBlock>,
    pub(super) sealed: Vec<Sealed>,
    pub(super) findings: Findings,
    /// A private key stands where certificates belong, whether or not there was room to say so.
    leaked: bool,
}

impl<'r> Reader<'r> {
    pub(super) fn new(source: &'r Source<'r>, place: Place) -> Self {
        Reader {
            source,
            place,
            opened: source.opened.iter(),
            seen_certificates: 0,
            seen_keys: 0,
            certificates: Vec::new(),
            keys: Vec::new(),
            sealed: Vec::new(),
            findings: Findings::default(),
            leaked: false,
        }
    }

    /// Whether an input of certificates holds a private key, or what can hold one.
    pub(super) fn leaks(&self) -> bool {
        self.leaked || self.sealed.iter().any(|sealed| *sealed.kind() != SealedKind::Pkcs7)
    }

    pub(super) fn read(&mut self, bytes: &[u8]) {
        if let Some(finding) = too_large(self.source, &self.place) {
            self.findings.push(finding);
            return;
        }
        self.layer(bytes);
        if self.seen_certificates > MAX_CERTIFICATES {
            let message =
                format!("the input holds {} certificates; more than {MAX_CERTIFICATES} are not looked at", self.seen_certificates);
            let finding = Finding::new(Code::InputTooLarge, self.place.whole(), message);
            self.findings.push(finding.help("give only the certificates of this chain"));
            self.certificates.clear();
        }
    }

    fn layer(&mut self, bytes: &[u8]) {
        if let Some(kind) = sniff::container(bytes) {
            return self.container(kind, bytes);
        }
        if sniff::shape(bytes).is_some() {
            return self.binary(bytes);
        }
        match layers::encoding(bytes) {
            Some(encoding) => {
                self.encoded(encoding);
                self.text(&layers::to_utf8(bytes, encoding));
            }
            None => self.text(bytes),
        }
    }

    fn encoded(&mut self, encoding: Encoding) {
        let (at, message, help) = match encoding {
            Encoding::Marked => (
                self.place.lines(Lines { first: 1, last: 1 }),
                "the text begins with a byte order mark, which strict readers refuse; it is left out",
                "save the file as UTF-8 without a byte order mark",
            ),
            Encoding::Utf16Le | Encoding::Utf16Be => (
                self.place.whole(),
                "the text is in UTF-16, as some Windows tools write it, and PEM is ASCII; it is converted",
                "save the file as UTF-8 without a byte order mark",
            ),
        };
        self.findings.push(Finding::new(Code::TextEncoding, at, message).help(help));
    }

    fn text(&mut self, text: &[u8]) {
        if self.blocks_of(text) {
            return;
        }
        let Some((inner, times)) = layers::inside_base64(text) else {
            let finding = diagnose::no_block(text, &self.place);
            self.findings.push(finding);
            return;
        };
        let times = if times == 1 { String::new() } else { format!(", encoded {times} times") };
        let message = format!("this is the base64 of {}{times}, not the text itself; it is decoded", layers::name(&inner));
        self.findings.push(
            Finding::new(Code::Base64OfPem, self.place.whole(), message).help("give the text as it was before it was encoded"),
        );
        // The lines of what is inside are not those of the source.
        self.place.has_lines = false;
        self.inside(&inner);
    }

    fn inside(&mut self, inner: &[u8]) {
        if let Some(kind) = sniff::container(inner) {
            self.container(kind, inner);
        } else if sniff::shape(inner).is_some() {
            self.structures(inner);
        } else if let Some(encoding) = layers::encoding(inner) {
            self.encoded(encoding);
            self.blocks_of(&layers::to_utf8(inner, encoding));
        } else {
            self.blocks_of(inner);
        }
    }

    /// The blocks of a text; whether there are any, sound or not.
    fn blocks_of(&mut self, text: &[u8]) -> bool {
        let before = self.findings.errors();
        let blocks = scan::scan(text, &self.place, &mut self.findings);
        let found = self.findings.errors() > before || !blocks.is_empty();
        if blocks.len() > MAX_BLOCKS {
            self.too_many_blocks();
            return true;
        }
        for block in blocks {
            let letters_for_breaks = block.letters_for_breaks();
            let scan::Framed { label, base64, lines, encrypted, .. } = block;
            match decode::decode(base64) {
                der if letters_for_breaks && der.as_ref().is_none_or(|der| sniff::shape(der).is_none()) => {
                    self.letters_for_breaks(lines);
                }
                Some(der) => self.structure(Some(label), encrypted, der, Some(lines)),
                None => self.undecodable(lines),
            }
        }
        found
    }

    /// Bare DER: one structure after the other.
    fn binary(&mut self, bytes: &[u8]) {
        let name = sniff::shape(bytes).map_or("a structure", Shape::name);
        let message = format!("this is {name} in DER, the binary form; it is written as PEM");
        let help = "ask for the file in PEM, or write it so";
        self.findings.push(Finding::new(Code::DerInput, self.place.whole(), message).help(help));
        self.structures(bytes);
    }

    fn structures(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        let mut seen = 0;
        while !is_blank(rest) {
            if seen == MAX_BLOCKS {
                self.certificates.clear();
                self.keys.clear();
                self.too_many_blocks();
                return;
            }
            seen += 1;
            // What follows a structure and is none itself, the structure's own reader complains of.
            let end = match der::first(rest) {
                Ok((first, after)) if is_blank(after) || sniff::shape(after).is_some() => first.whole.len(),
                _ => rest.len(),
            };
            let (one, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            self.structure(None, None, Zeroizing::new(one.to_vec()), None);
            rest = after;
        }
    }

    fn too_many_blocks(&mut self) {
        let message = format!("the input holds more than {MAX_BLOCKS} blocks, so it is not what it should be; none is looked at");
        let finding = Finding::new(Code::InputTooLarge, self.place.whole(), message);
        self.findings.push(finding.help("give the file that holds this certificate or key alone"));
    }

    fn container(&mut self, kind: SealedKind, bytes: &[u8]) {
        self.sealed(kind, Zeroizing::new(bytes.to_vec()), None);
    }

    fn undecodable(&mut self, lines: Lines) {
        let message = "the text between BEGIN and END is not whole base64: some of it is missing";
        let help = "copy the block again from its source";
        self.findings.push(Finding::new(Code::PemBadBase64, self.place.lines(lines), message).help(help));
    }

    /// `\n` whose backslash a shell took away. The letter is base64 too, so nothing says for certain which are which.
    fn letters_for_breaks(&mut self, lines: Lines) {
        let message = "the block stands on one line and has the letter n where line breaks could be. Read as data, the letters make it a structure \
                       that does not hold together; read as line breaks, some of them may be data. Which is which would be a guess";
        self.findings.push(
            Finding::new(Code::PemNewlinesLost, self.place.lines(lines), message)
                .raised()
                .help("copy the file itself, or set the variable with quotation marks that keep the backslashes"),
        );
    }

    fn structure(&mut self, label: Option<&str>, encrypted: Option<String>, der: Zeroizing<Vec<u8>>, lines: Option<Lines>) {
        let at = lines.map_or_else(|| self.place.whole(), |lines| self.place.lines(lines));
        let mut mended = None;
        let candidate = Candidate { label, encrypted, der: &der, role: self.place.role(), at: &at };
        let sorted = classify::sort(candidate, &mut mended);
        match sorted {
            Sorted::Certificate => {
                let at = self.certificate(classify::certificate_der(label, der), lines);
                if let Some((code, message)) = mended.take() {
                    self.findings.push(Finding::new(code, at, message));
                }
            }
            Sorted::Key(format) => self.key(format, der, lines),
            Sorted::Sealed(kind) => self.sealed(kind, der, lines),
            Sorted::Skipped => {}
            Sorted::Refused(finding) => {
                self.leaked |= finding.code == Code::KeyInCertificateInput;
                self.findings.push(finding);
            }
        }
        if let Some((code, message)) = mended {
            let help = "give the block its right label";
            self.findings.push(Finding::new(code, at, message).help(help));
        }
    }

    fn certificate(&mut self, der: Zeroizing<Vec<u8>>, lines: Option<Lines>) -> Location {
        self.seen_certificates += 1;
        let at = self.place.object(ObjectKind::Certificate, self.seen_certificates, lines);
        self.certificates.push(CertificateBlock { der, at: at.clone() });
        at
    }

    fn key(&mut self, format: KeyFormat, der: Zeroizing<Vec<u8>>, lines: Option<Lines>) {
        self.seen_keys += 1;
        self.keys.push(KeyBlock { format, der, at: self.place.object(ObjectKind::PrivateKey, self.seen_keys, lines) });
    }

    /// A container or an encrypted key: what is known to be in it, or why it stays closed.
    fn sealed(&mut self, kind: SealedKind, bytes: Zeroizing<Vec<u8>>, lines: Option<Lines>) {
        let at = lines.map_or_else(|| self.place.whole(), |lines| self.place.lines(lines));
        match self.opened.next() {
            Some(Opened::Objects(objects)) => self.objects(&kind, objects, &at, lines),
            outcome => self.findings.push(diagnose::closed(&kind, outcome, at)),
        }
        let mut bytes = bytes;
        self.sealed.push(Sealed::new(kind, SecretBytes::new(std::mem::take(&mut *bytes))));
    }

    /// A container holds certificates and keys by nature, so of what a flag asks for it gives that, and leaves the rest.
    fn objects(&mut self, kind: &SealedKind, objects: &[Object], at: &Location, lines: Option<Lines>) {
        let (mut certificates, mut keys) = (0, 0);
        for object in objects {
            match object {
                Object::Certificate(der) => {
                    certificates += 1;
                    if self.place.role() != Role::Key {
                        self.certificate(Zeroizing::new(der.clone()), lines);
                    }
                }
                Object::PrivateKey(der) => {
                    keys += 1;
                    if matches!(self.place.role(), Role::Key | Role::Auto) {
                        let format = match sniff::shape(der.expose()) {
                            Some(Shape::Pkcs1) => KeyFormat::Pkcs1,
                            Some(Shape::Sec1) => KeyFormat::Sec1,
                            _ => KeyFormat::Pkcs8,
                        };
                        self.key(format, Zeroizing::new(der.expose().to_vec()), lines);
                    }
                }
            }
        }
        let message = match kind {
            SealedKind::EncryptedPkcs8 | SealedKind::EncryptedPem { .. } => {
                "the private key was encrypted and is opened; it goes out in the clear, as the API takes it".to_owned()
            }
            _ => format!(
                "{} was opened; it holds {} and {}",
                layers::container_name(kind),
                count(certificates, "certificate"),
                count(keys, "private key")
            ),
        };
        self.findings.push(Finding::new(Code::ContainerOpened, at.clone(), message));
    }
}

/// Looked at from the front alone: what stands at the end is not looked at again for each structure before it.
fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_whitespace)
}

fn count(number: usize, what: &str) -> String {
    match number {
        0 => format!("no {what}"),
        1 => format!("1 {what}"),
        more => format!("{more} {what}s"),
    }
}
