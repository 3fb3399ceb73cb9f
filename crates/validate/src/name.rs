//! Names, as they are compared and shown.

use crate::text::{self, hex};
use icu_normalizer::ComposingNormalizerBorrowed;
use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use x509_parser::der_parser::asn1_rs::Tag;
use x509_parser::der_parser::asn1_rs::oid;
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::{AttributeTypeAndValue, RelativeDistinguishedName, X509Name};

/// A distinguished name. Two are equal where RFC 5280 section 7.1 says that they match; it is shown as in RFC 4514, escaped.
#[derive(Clone, Debug)]
pub struct Name(Arc<Read>);

/// What was read of a name, once for all that have it.
#[derive(Debug)]
struct Read {
    encoded: Vec<u8>,
    compared: Vec<u8>,
    /// How OpenSSL compares it, where that differs.
    compared_by_openssl: Option<Vec<u8>>,
}

const COMMON_NAME: &[u8] = &oid!(raw 2.5.4.3);
const EMAIL_ADDRESS: &[u8] = &oid!(raw 1.2.840.113549.1.9.1);

impl Name {
    /// Reads the DER of a name, as in a server's list of CAs (RFC 8446 section 4.2.4). `None` where it is none, or something follows it.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        match X509Name::from_der(der) {
            Ok(([], name)) => Some(Name::new(&name)),
            _ => None,
        }
    }

    pub(crate) fn new(name: &X509Name<'_>) -> Self {
        let is_ascii = name.iter_attributes().all(|attribute| characters(attribute).is_none_or(|text| text.is_ascii()));
        Name(Arc::new(Read {
            encoded: name.as_raw().to_vec(),
            compared: comparable(name, fold),
            compared_by_openssl: (!is_ascii).then(|| comparable(name, fold_ascii)),
        }))
    }

    /// Whether it is an empty sequence.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.compared.is_empty()
    }

    /// Whether the other is written in the same bytes.
    pub(crate) fn is_encoded_as(&self, other: &Name) -> bool {
        self.0.encoded == other.0.encoded
    }

    /// Whether OpenSSL takes the other for the same name. It folds the case of ASCII letters only, and does not compose characters.
    pub(crate) fn is_same_to_openssl(&self, other: &Name) -> bool {
        self.is_encoded_as(other) || self.compared_by_openssl() == other.compared_by_openssl()
    }

    fn compared_by_openssl(&self) -> &[u8] {
        self.0.compared_by_openssl.as_ref().unwrap_or(&self.0.compared)
    }

    /// Whether its first RDNs are those of `other` (RFC 5280 section 4.2.1.10).
    pub(crate) fn begins_with(&self, other: &Name) -> bool {
        // Every RDN is written with its length, so an RDN never ends inside another.
        self.0.compared.starts_with(&other.0.compared)
    }

    /// The values of its commonName attributes.
    pub(crate) fn common_names(&self) -> Vec<String> {
        self.values(COMMON_NAME)
    }

    /// The values of its emailAddress attributes. One that is no text holds a replacement character, and so is no address.
    pub(crate) fn email_addresses(&self) -> Vec<String> {
        self.values(EMAIL_ADDRESS)
    }

    /// Read again: only a CA with name constraints asks for them.
    fn values(&self, id: &[u8]) -> Vec<String> {
        let Ok((_, name)) = X509Name::from_der(&self.0.encoded) else { return Vec::new() };
        name.iter_attributes().filter(|attribute| attribute.attr_type().as_bytes() == id).map(lossy).collect()
    }

    /// Equal exactly where two names match.
    pub(crate) fn compared(&self) -> &[u8] {
        &self.0.compared
    }

    /// As in RFC 4514, escaped. Written down when it is asked for: of most certificates nobody does.
    pub(crate) fn shown(&self) -> String {
        match X509Name::from_der(&self.0.encoded) {
            Ok((_, name)) => shown(&name),
            Err(_) => String::new(), // it was read before
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.shown())
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.compared() == other.compared()
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.compared().hash(state);
    }
}

/// The most characters of a value that are folded: ub-name, the longest that RFC 5280 appendix A.1 has. Of longer ones only the letters of ASCII are: a
/// character may stand for eighteen (Unicode, compatibility decomposition), so that megabytes of it would become tens of megabytes.
const MAX_FOLDED: usize = 32_768;

/// The longest RDN that is kept to be compared, in bytes; of a longer one its digest is, which is equal where it is.
const MAX_KEPT: usize = 256;

/// Appends what `write` does, with its length before it, so that no two lists of parts read alike.
fn put(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; LENGTH]);
    write(out);
    let length = out.len().saturating_sub(start + LENGTH).to_be_bytes();
    if let Some(place) = out.get_mut(start..start + LENGTH) {
        place.copy_from_slice(&length);
    }
}

const LENGTH: usize = size_of::<usize>();

/// Equal bytes for equal names, where texts are equal that `fold` makes equal.
fn comparable(name: &X509Name<'_>, fold: Fold) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.as_raw().len().saturating_mul(2)); // lengths are longer here
    for rdn in name.iter_rdn() {
        let start = out.len();
        put(&mut out, |out| put_rdn(out, rdn, fold));
        let written = out.get(start + LENGTH..).unwrap_or_default();
        if written.len() > MAX_KEPT {
            // No RDN is that long, so that none is taken for a digest.
            let digest = ring::digest::digest(&ring::digest::SHA256, written);
            out.truncate(start);
            out.extend_from_slice(&usize::MAX.to_be_bytes());
            out.extend_from_slice(digest.as_ref());
        }
    }
    out
}

fn put_rdn(out: &mut Vec<u8>, rdn: &RelativeDistinguishedName<'_>, fold: Fold) {
    let mut attributes = rdn.iter();
    if let (Some(only), None) = (attributes.next(), attributes.next()) {
        return put_attribute(out, only, fold);
    }
    // Attributes of one RDN are a set, so their order does not count.
    let written = |attribute| {
        let mut out = Vec::new();
        put_attribute(&mut out, attribute, fold);
        out
    };
    let mut attributes: Vec<Vec<u8>> = rdn.iter().map(written).collect();
    attributes.sort_unstable();
    out.extend(attributes.into_iter().flatten());
}

fn put_attribute(out: &mut Vec<u8>, attribute: &AttributeTypeAndValue<'_>, fold: Fold) {
    put(out, |out| out.extend_from_slice(attribute.attr_type().as_bytes()));
    match characters(attribute) {
        Some(text) => put(out, |out| fold(&text, out)),
        None => {
            put(out, |out| out.extend_from_slice(&attribute.attr_value().tag().0.to_be_bytes()));
            put(out, |out| out.extend_from_slice(attribute.attr_value().data));
        }
    }
}

/// Appends a text so that equal ones have equal bytes.
type Fold = fn(&str, &mut Vec<u8>);

/// Case, runs of white space, and how Unicode composes characters do not count, nor which string type carries the text (RFC 5280 section 7.1, RFC 4518
/// section 2).
fn fold(text: &str, out: &mut Vec<u8>) {
    if text.is_ascii() || text.chars().nth(MAX_FOLDED).is_some() {
        return fold_ascii(text, out);
    }
    let nfkc = ComposingNormalizerBorrowed::new_nfkc();
    put_words(nfkc.normalize(&nfkc.normalize(text).to_lowercase()).split_whitespace(), out);
}

fn fold_ascii(text: &str, out: &mut Vec<u8>) {
    let start = out.len();
    put_words(text.split_ascii_whitespace(), out);
    out.get_mut(start..).unwrap_or_default().make_ascii_lowercase();
}

fn put_words<'t>(words: impl Iterator<Item = &'t str>, out: &mut Vec<u8>) {
    for (at, word) in words.enumerate() {
        out.extend_from_slice(if at > 0 { b" " } else { b"" });
        out.extend_from_slice(word.as_bytes());
    }
}

fn lossy(attribute: &AttributeTypeAndValue<'_>) -> String {
    match characters(attribute) {
        Some(text) => text.into_owned(),
        None => String::from_utf8_lossy(attribute.attr_value().data).into_owned() + "\u{fffd}",
    }
}

/// The characters of a string value; `None` for other values and for bytes that are no text of their type.
fn characters<'a>(attribute: &AttributeTypeAndValue<'a>) -> Option<Cow<'a, str>> {
    let value = attribute.attr_value();
    let data = value.data;
    match value.tag() {
        Tag::Utf8String => str::from_utf8(data).ok().map(Cow::Borrowed),
        Tag::PrintableString | Tag::Ia5String | Tag::VisibleString | Tag::NumericString if data.is_ascii() => {
            str::from_utf8(data).ok().map(Cow::Borrowed)
        }
        // In practice Latin-1, whatever T.61 says.
        Tag::TeletexString => Some(data.iter().map(|&b| char::from(b)).collect()),
        Tag::BmpString => {
            let units = data.chunks_exact(2).map(|pair| pair.iter().fold(0, |n, &b| n << 8 | u16::from(b)));
            char::decode_utf16(units).collect::<Result<_, _>>().ok().filter(|_| data.len() % 2 == 0)
        }
        Tag::UniversalString => {
            let points = data.chunks_exact(4).map(|four| four.iter().fold(0, |n, &b| n << 8 | u32::from(b)));
            points.map(char::from_u32).collect::<Option<_>>().filter(|_| data.len() % 4 == 0)
        }
        _ => None,
    }
}

fn shown(name: &X509Name<'_>) -> String {
    let mut out = String::with_capacity(name.as_raw().len());
    let rdns: Vec<_> = name.iter_rdn().collect();
    // RFC 4514 section 2.1: the last RDN comes first.
    for (at, rdn) in rdns.iter().rev().enumerate() {
        out.push_str(if at > 0 { "," } else { "" });
        for (at, attribute) in rdn.iter().enumerate() {
            out.push_str(if at > 0 { "+" } else { "" });
            put_shown(&mut out, attribute);
        }
    }
    if out.is_empty() { "(empty name)".to_owned() } else { text::escaped(out) }
}

fn put_shown(out: &mut String, attribute: &AttributeTypeAndValue<'_>) {
    const NAMES: [(&[u8], &str); 11] = [
        // RFC 4514 section 3, and the two that are common beside it.
        (COMMON_NAME, "CN"),
        (&oid!(raw 2.5.4.5), "serialNumber"),
        (&oid!(raw 2.5.4.6), "C"),
        (&oid!(raw 2.5.4.7), "L"),
        (&oid!(raw 2.5.4.8), "ST"),
        (&oid!(raw 2.5.4.9), "STREET"),
        (&oid!(raw 2.5.4.10), "O"),
        (&oid!(raw 2.5.4.11), "OU"),
        (&oid!(raw 0.9.2342.19200300.100.1.1), "UID"),
        (&oid!(raw 0.9.2342.19200300.100.1.25), "DC"),
        (EMAIL_ADDRESS, "emailAddress"),
    ];
    let id = attribute.attr_type();
    match NAMES.iter().find(|(known, _)| *known == id.as_bytes()) {
        Some((_, name)) => out.push_str(name),
        None => out.push_str(&text::oid(id)),
    }
    out.push('=');
    match characters(attribute) {
        Some(text) => {
            for c in text.chars() {
                // RFC 4514 section 2.4.
                if matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=') {
                    out.push('\\');
                }
                out.push(c);
            }
        }
        None => {
            out.push('#');
            out.push_str(&hex(attribute.attr_value().data));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(fold: Fold) -> impl Fn(&str) -> String {
        move |text| {
            let mut out = Vec::new();
            fold(text, &mut out);
            String::from_utf8(out).unwrap()
        }
    }

    #[test]
    fn spelling_does_not_count() {
        let (fold, fold_ascii) = (folded(fold), folded(fold_ascii));
        for (one, other) in [("Example  CA ", "example ca"), ("MÜLLER", "mu\u{308}ller"), ("ﬁrma", "FIRMA"), ("a\u{a0}b", "A B")]
        {
            assert_eq!(fold(one), fold(other));
        }
        assert_ne!(fold("Example CA"), fold("ExampleCA"));
        assert_ne!(fold_ascii("MÜLLER"), fold_ascii("müller"));
        assert_eq!(fold_ascii(" MüLLER  CA"), "müller ca");
    }

    #[test]
    fn letters_beyond_ascii_are_folded_up_to_the_bound() {
        let fold = folded(fold);
        let [large, small] = ["Ä", "ä"].map(|letter| letter.repeat(MAX_FOLDED));
        assert_eq!(fold(&large), fold(&small));
        assert_ne!(fold(&(large + "Ä")), fold(&(small + "ä")));
    }

    #[test]
    fn long_names_are_compared_by_their_digests() {
        let name = |values: &[&str]| {
            let mut name = rcgen::CertificateParams::default();
            name.distinguished_name = rcgen::DistinguishedName::new();
            for (kind, value) in [rcgen::DnType::OrganizationName, rcgen::DnType::CommonName].into_iter().zip(values) {
                name.distinguished_name.push(kind, *value);
            }
            let der = name.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
            let (_, parsed) = x509_parser::parse_x509_certificate(der.der()).unwrap();
            Name::new(parsed.subject())
        };
        // An attribute has 19 bytes beside its text.
        for length in [MAX_KEPT - 19, MAX_KEPT - 18, 5000] {
            let (text, large) = ("a".repeat(length), "A".repeat(length));
            assert_eq!(name(&[&text, "b"]), name(&[&large, "B"]), "{length}");
            assert_ne!(name(&[&text, "b"]), name(&[&text[1..], "b"]), "{length}");
            assert!(name(&[&large, "b"]).begins_with(&name(&[&text])), "{length}");
            assert!(!name(&[&text, "b"]).begins_with(&name(&[&text[1..]])), "{length}");
            assert!(name(&[&text, "b"]).compared().len() <= 8 + MAX_KEPT + 8 + 20);
        }
    }

    /// A name of one attribute, a common name, whose value has this tag.
    fn der(tag: u8, value: &[u8]) -> Vec<u8> {
        let tlv = |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()][..], content].concat();
        tlv(0x30, &tlv(0x31, &tlv(0x30, &[tlv(0x06, &[0x55, 0x04, 0x03]), tlv(tag, value)].concat())))
    }

    #[test]
    fn every_string_type_is_read_as_text() {
        for (tag, value, shown) in [
            (0x0c, "Zoë".as_bytes(), "CN=Zoë"),
            (0x0c, b"Zo\xeb", "CN=#5a6feb"),
            (0x13, b"Zoe", "CN=Zoe"),
            (0x16, b"Zo\xeb", "CN=#5a6feb"),
            (0x13, "ë".as_bytes(), "CN=#c3ab"),
            (0x14, b"Zo\xeb", "CN=Zoë"),         // TeletexString
            (0x1e, b"\0Z\0o\x01\x53", "CN=Zoœ"), // BMPString
            (0x1e, b"\xd8\x3d\xdd\x11", "CN=🔑"),
            (0x1e, b"\0Z\0", "CN=#005a00"),
            (0x1e, b"\xd8\x3d", "CN=#d83d"),
            (0x1c, b"\0\x01\xf5\x11\0\0\x01\x53", "CN=🔑œ"), // UniversalString
            (0x1c, b"\0\0\0Z\0", "CN=#0000005a00"),
            (0x1c, b"\0\x11\0\0", "CN=#00110000"),
        ] {
            assert_eq!(Name::from_der(&der(tag, value)).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn a_name_is_read_whole_or_not_at_all() {
        let sound = der(0x0c, b"a");
        assert!(Name::from_der(&sound).is_some());
        assert!(Name::from_der(&[&sound[..], &[0]].concat()).is_none());
        assert!(Name::from_der(&sound[1..]).is_none());
    }

    #[test]
    fn equal_names_are_one_in_a_set() {
        let names: std::collections::HashSet<Name> = [der(0x0c, b"Example CA"), der(0x13, b"EXAMPLE  ca"), der(0x0c, b"Example")]
            .iter()
            .filter_map(|der| Name::from_der(der))
            .collect();
        assert_eq!(names.len(), 2);
        let hash = |value: &[u8]| {
            let mut state = std::hash::DefaultHasher::new();
            Name::from_der(&der(0x0c, value)).unwrap().hash(&mut state);
            state.finish()
        };
        assert_ne!(hash(b"a"), hash(b"b"));
    }
}
