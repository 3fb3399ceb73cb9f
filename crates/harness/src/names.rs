//! Names and name constraints (RFC 5280 section 4.2.1.10).

use crate::against::{self, Chain, ComparedPath, INSTANT};
use crate::der::{SEQUENCE, SET, UTF8_STRING, tlv};
use crate::make::{self, ALTERNATIVE_NAME, Certificate, NAME_CONSTRAINTS, extension};
use arbitrary::{Arbitrary, Unstructured};
use certflight_validate::Code;
use rustls_pki_types::{CertificateDer, UnixTime};
use std::time::Duration;

/// A name, and a constraint that a root permits or excludes.
#[derive(Debug, Arbitrary)]
struct Plan {
    name: Form,
    constraint: Form,
}

#[derive(Debug, Arbitrary)]
enum Form {
    Dns(Text),
    Email { local: Option<u8>, at: Text },
    Uri { port: bool, host: Text },
    Ip { six: bool, address: [u8; 16], prefix: u8 },
    RawIp(Vec<u8>),
    Directory(Vec<(u8, u8)>),
    Registered(u8),
}

#[derive(Debug, Arbitrary)]
enum Text {
    /// Labels of a host, with what may stand before them.
    Host {
        before: Before,
        labels: Vec<u8>,
    },
    Raw(Vec<u8>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary)]
enum Before {
    Nothing,
    Dot,
    Star,
}

const LABELS: &[&str] = &["a", "b", "example", "com", "EXAMPLE", "xn--nxasmq6b", "a-b", "_x", "0a"];

/// Where a form stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Name,
    Constraint,
}

impl Text {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Text::Raw(bytes) => bytes.iter().take(80).copied().collect(),
            Text::Host { before, labels } => {
                let labels: Vec<&str> = labels.iter().take(5).map(|label| LABELS[usize::from(*label) % LABELS.len()]).collect();
                let before = match before {
                    Before::Nothing => "",
                    Before::Dot => ".",
                    Before::Star => "*.",
                };
                format!("{before}{}", labels.join(".")).into_bytes()
            }
        }
    }

    fn is_wildcard(&self) -> bool {
        self.bytes().starts_with(b"*")
    }

    /// It is a host name, or one of the forms that a constraint may have besides: with a dot before it; nothing at all, where `empty` says so.
    fn is_sound(&self, place: Place, empty: bool) -> bool {
        match self {
            Text::Raw(_) => false,
            Text::Host { labels, before: Before::Nothing } => !labels.is_empty() || empty && place == Place::Constraint,
            Text::Host { labels, before: Before::Dot } => !labels.is_empty() && place == Place::Constraint,
            Text::Host { before: Before::Star, .. } => false,
        }
    }
}

impl Form {
    /// The GeneralName (section 4.2.1.6).
    fn der(&self, place: Place) -> Vec<u8> {
        match self {
            Form::Dns(text) => tlv(0x82, &[&text.bytes()]),
            Form::Email { local, at } => {
                let local = local.map(|local| [LABELS[usize::from(local) % LABELS.len()].as_bytes(), b"@"].concat());
                tlv(0x81, &[&local.unwrap_or_default(), &at.bytes()])
            }
            Form::Uri { port, host } if place == Place::Name => {
                tlv(0x86, &[b"https://", &host.bytes(), if *port { b":8443/x" } else { b"/x" }])
            }
            Form::Uri { host, .. } => tlv(0x86, &[&host.bytes()]),
            Form::Ip { six, address, prefix } => {
                let length = if *six { 16 } else { 4 };
                let ones = usize::from(*prefix) % (length * 8 + 1);
                let mask: Vec<u8> = (0..length).map(|at| !(0xff_u16 >> ones.saturating_sub(at * 8).min(8)) as u8).collect();
                let mask = if place == Place::Constraint { &mask[..] } else { &[] };
                tlv(0x87, &[&address[..length], mask])
            }
            Form::RawIp(bytes) => tlv(0x87, &[bytes.get(..40).unwrap_or(bytes)]),
            Form::Directory(names) => {
                let attribute = |(kind, value): &(u8, u8)| {
                    let kind = [0x06, 0x03, 0x55, 0x04, [0x03, 0x0a, 0x0b][usize::from(kind % 3)]];
                    let value = ["A", "a", "Example", " example ", "ex  ample"][usize::from(value % 5)];
                    // UTF8String and PrintableString compare alike (section 7.1).
                    let tag = if kind[4] == 0x03 { UTF8_STRING } else { 0x13 };
                    tlv(SET, &[&tlv(SEQUENCE, &[&kind, &tlv(tag, &[value.as_bytes()])])])
                };
                let names: Vec<u8> = names.iter().take(5).flat_map(attribute).collect();
                tlv(0xa4, &[&tlv(SEQUENCE, &[&names])])
            }
            Form::Registered(arc) => tlv(0x88, &[&[0x2a, arc % 0x80]]),
        }
    }

    /// Nobody can doubt that it follows its form, and what it stands for.
    fn is_sound(&self, place: Place) -> bool {
        match self {
            Form::Dns(text) => text.is_sound(place, true),
            Form::Email { local: None, at } => place == Place::Constraint && at.is_sound(place, false),
            Form::Email { local: Some(_), at } => at.is_sound(Place::Name, false),
            Form::Uri { host, .. } => host.is_sound(place, false),
            Form::Ip { .. } | Form::Directory(_) => true,
            Form::RawIp(_) | Form::Registered(_) => false,
        }
    }

    /// rustls-webpki takes no host for one whose last label is a number: some readers would take it for an address.
    fn ends_in_a_number(&self) -> bool {
        let last = |text: &Text| text.bytes().rsplit(|byte| *byte == b'.').next().map(<[u8]>::to_vec).unwrap_or_default();
        matches!(self, Form::Dns(text) if !last(text).is_empty() && last(text).iter().all(u8::is_ascii_digit))
    }

    /// `*.com`, which rustls-webpki does not take for a name: it wants two labels behind the star.
    fn is_short_wildcard(&self) -> bool {
        matches!(self, Form::Dns(text) if text.is_wildcard() && text.bytes().iter().filter(|byte| **byte == b'.').count() < 2)
    }

    fn has_form_of(&self, other: &Form) -> bool {
        let address = |form: &Form| matches!(form, Form::Ip { .. } | Form::RawIp(_));
        std::mem::discriminant(self) == std::mem::discriminant(other) || address(self) && address(other)
    }

    /// An IPv4 address is neither inside nor outside of an IPv6 network: readers take it for outside.
    fn is_of_family(&self, other: &Form) -> bool {
        match (self, other) {
            (Form::Ip { six, .. }, Form::Ip { six: other, .. }) => six == other,
            _ => true,
        }
    }
}

/// A root with the constraint on this side, and a leaf of the name, which has no other.
fn chain(plan: &Plan, side: u8) -> Chain {
    let signer = make::key(0);
    let mut root = Certificate::root("root", signer.public());
    let subtrees = tlv(side, &[&tlv(SEQUENCE, &[&plan.constraint.der(Place::Constraint)])]);
    root.extensions.push(extension(NAME_CONSTRAINTS, true, &tlv(SEQUENCE, &[&subtrees])));
    let mut leaf = Certificate::leaf("root", make::key(1).public());
    leaf.subject = tlv(SEQUENCE, &[]);
    leaf.extensions.push(extension(ALTERNATIVE_NAME, true, &tlv(SEQUENCE, &[&plan.name.der(Place::Name)])));
    Chain { leaf: leaf.signed_by(signer), intermediates: Vec::new(), anchors: vec![root.signed_by(signer)] }
}

/// What rustls-webpki says.
fn webpki(chain: &Chain) -> bool {
    let (leaf, anchor) = (CertificateDer::from(chain.leaf.as_slice()), CertificateDer::from(chain.anchors[0].as_slice()));
    let (Ok(leaf), Ok(anchor)) = (webpki::EndEntityCert::try_from(&leaf), webpki::anchor_from_trusted_cert(&anchor)) else {
        return false;
    };
    let at = UnixTime::since_unix_epoch(Duration::from_secs(INSTANT));
    let usage = webpki::KeyUsage::client_auth();
    leaf.verify_for_usage(&[webpki::ring::ED25519], &[anchor], &[], at, usage, None, None).is_ok()
}

/// A plan.
pub fn run(bytes: &[u8]) {
    let Ok(plan) = Plan::arbitrary(&mut Unstructured::new(bytes)) else { return };
    let (permitted, excluded) = (against::path(&chain(&plan, 0xa0), webpki), against::path(&chain(&plan, 0xa1), webpki));
    let sound = plan.name.is_sound(Place::Name) && plan.constraint.is_sound(Place::Constraint);
    let said = || format!("{plan:?}\npermitted: {permitted:?}\nexcluded: {excluded:?}");
    if plan.name.has_form_of(&plan.constraint) {
        assert!(!(permitted.ours && excluded.ours), "both inside and outside: {}", said());
        assert!(!sound || permitted.ours != excluded.ours, "neither inside nor outside: {}", said());
        assert!(plan.name.is_of_family(&plan.constraint) || !sound || excluded.ours, "of another family: {}", said());
    } else if plan.name.is_sound(Place::Name) && plan.constraint.is_sound(Place::Constraint) {
        assert!(permitted.ours && excluded.ours, "a constraint binds names of another form: {}", said());
    }
    // rustls-webpki compares these two alone.
    let compares = matches!(plan.constraint, Form::Dns(_) | Form::Ip { .. } | Form::RawIp(_));
    let wildcard = matches!(&plan.name, Form::Dns(text) if text.is_wildcard());
    let unusual = [Code::ProfileAlternativeName, Code::ProfileNameConstraintsSyntax];
    let is_unusual = |compared: &ComparedPath| unusual.iter().any(|code| compared.warnings.contains(code));
    let constraint_is_sound = plan.constraint.is_sound(Place::Constraint);
    let no_name_there = plan.name.is_short_wildcard() || plan.name.ends_in_a_number() || plan.constraint.ends_in_a_number();
    if compares && plan.name.has_form_of(&plan.constraint) {
        for compared in [&permitted, &excluded] {
            // What is no host name to the letter passes with a warning; a constraint that is none covers what ends in it.
            let may_pass = no_name_there || !constraint_is_sound || is_unusual(compared);
            assert!(!compared.ours || compared.theirs || may_pass, "rustls-webpki refuses what passes: {}", said());
            assert!(compared.ours || !compared.theirs || wildcard || !sound, "rustls-webpki takes what is refused: {}", said());
        }
    }
}
