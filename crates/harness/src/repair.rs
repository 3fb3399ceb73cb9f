//! Repairs: what happens to a text on its way, and what is made of it.

use crate::sound::{ED25519, P256, fixture, pem};
use crate::verdict::{certificates, convert, source};
use arbitrary::{Arbitrary, Unstructured};
use base64ct::{Base64, Encoding as _};
use certflight_validate::{Request, Role};

/// A sound text and what happens to it.
#[derive(Debug, Arbitrary)]
struct Plan {
    what: What,
    damages: Vec<Damage>,
}

#[derive(Clone, Copy, Debug, Arbitrary)]
enum What {
    Leaf,
    Chain,
    ChainAndRoot,
    Ed25519Key,
    P256Key,
}

/// What tools, mailers and fields of forms do to a text.
#[derive(Debug, Arbitrary)]
enum Damage {
    /// Line breaks written as backslash and n, as often as they were escaped.
    Escaped {
        twice: bool,
        returns: bool,
    },
    /// Line breaks turned into spaces.
    Spaced,
    /// Line breaks left out.
    Joined,
    /// Line breaks with a carriage return before them, or one instead of them.
    Returns {
        bare: bool,
    },
    Indented(u8),
    /// Within quotation marks.
    Quoted(u8),
    /// An empty line after each line.
    Blank,
    /// A line of text before each block.
    Stray,
    Marked,
    Utf16 {
        big: bool,
    },
    Base64 {
        wrapped: bool,
    },
    /// END and the BEGIN after it on one line.
    Glued,
    /// A field of JSON.
    Json,
    /// A block of YAML.
    Yaml,
    /// A bit turned over.
    Flip {
        at: u16,
        bit: u8,
    },
    /// Bytes left out.
    Drop {
        at: u16,
        length: u8,
    },
    /// Bytes put in.
    Insert {
        at: u16,
        bytes: [u8; 2],
    },
    /// The end left out.
    Cut(u16),
}

impl Damage {
    /// The text is another one, and not the same text in another form.
    fn is_loss(&self) -> bool {
        matches!(self, Damage::Flip { .. } | Damage::Drop { .. } | Damage::Insert { .. } | Damage::Cut(_))
    }

    fn of(&self, mut text: Vec<u8>) -> Vec<u8> {
        let place = |at: u16, text: &[u8]| usize::from(at) % (text.len() + 1);
        match *self {
            Damage::Escaped { twice, returns } => {
                let backslash = if twice { "\\\\" } else { "\\" };
                let escape = if returns { format!("{backslash}r{backslash}n") } else { format!("{backslash}n") };
                replaced(&text, escape.as_bytes())
            }
            Damage::Spaced => replaced(&text, b" "),
            Damage::Joined => replaced(&text, b""),
            Damage::Returns { bare } => replaced(&text, if bare { b"\r" } else { b"\r\n" }),
            Damage::Indented(depth) => lines(&text, |line| [&b"        "[..usize::from(depth % 8) + 1], line].concat()),
            Damage::Quoted(which) => {
                let mark = [b'"', b'\'', b'`'][usize::from(which % 3)];
                [&[mark], text.trim_ascii_end(), &[mark, b'\n']].concat()
            }
            Damage::Blank => lines(&text, |line| [line, b"\n"].concat()),
            Damage::Stray => lines(&text, |line| {
                if line.starts_with(b"-----BEGIN") { [b"subject=CN = client\n", line].concat() } else { line.to_vec() }
            }),
            Damage::Marked => [b"\xef\xbb\xbf", &text[..]].concat(),
            Damage::Utf16 { big } => {
                let unit = |byte: u8| if big { [0, byte] } else { [byte, 0] };
                let mark = if big { [0xfe, 0xff] } else { [0xff, 0xfe] };
                mark.into_iter().chain(text.iter().flat_map(|byte| unit(*byte))).collect()
            }
            Damage::Base64 { wrapped } => {
                let encoded = Base64::encode_string(&text).into_bytes();
                if wrapped { encoded.chunks(76).collect::<Vec<_>>().join(&b'\n') } else { encoded }
            }
            Damage::Glued => {
                let glued = String::from_utf8_lossy(&text).replace("-----\n-----BEGIN", "----------BEGIN");
                glued.into_bytes()
            }
            Damage::Json => {
                let escaped = String::from_utf8_lossy(&text).replace('"', "\\\"").replace('\n', "\\n");
                format!("{{\n  \"value\": \"{escaped}\"\n}}\n").into_bytes()
            }
            Damage::Yaml => [b"value: |\n".to_vec(), lines(&text, |line| [b"  ", line].concat())].concat(),
            Damage::Flip { at, bit } => {
                let at = place(at, &text);
                if let Some(byte) = text.get_mut(at) {
                    *byte ^= 1 << (bit % 8);
                }
                text
            }
            Damage::Drop { at, length } => {
                let at = place(at, &text);
                let end = text.len().min(at + usize::from(length % 80) + 1);
                text.drain(at..end);
                text
            }
            Damage::Insert { at, bytes } => {
                let at = place(at, &text);
                text.splice(at..at, bytes);
                text
            }
            Damage::Cut(at) => {
                text.truncate(place(at, &text));
                text
            }
        }
    }
}

/// The text with this in the place of each line break.
fn replaced(text: &[u8], with: &[u8]) -> Vec<u8> {
    text.split(|byte| *byte == b'\n').collect::<Vec<_>>().join(with)
}

/// The text with each line changed.
fn lines(text: &[u8], change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let body = text.strip_suffix(b"\n").unwrap_or(text);
    let changed: Vec<Vec<u8>> = body.split(|byte| *byte == b'\n').map(change).collect();
    [changed.join(&b'\n'), b"\n".to_vec()].concat()
}

/// A plan; or, where the first byte says so, any text.
pub fn run(bytes: &[u8]) {
    match bytes.split_first() {
        Some((0, text)) => {
            for role in [Role::Cert, Role::Key, Role::Ca, Role::Auto] {
                let _ = convert(&Request { sources: &[source(role, text)], origin: None });
            }
        }
        Some((_, rest)) => {
            if let Ok(plan) = Plan::arbitrary(&mut Unstructured::new(rest)) {
                planned(&plan);
            }
        }
        None => {}
    }
}

fn planned(plan: &Plan) {
    let (role, expected, clean) = match plan.what {
        What::Leaf | What::Chain | What::ChainAndRoot => {
            let count = match plan.what {
                What::Leaf => 1,
                What::Chain => 2,
                _ => 3,
            };
            let all = [fixture(ED25519.cert), fixture(ED25519.ca)].concat();
            let list = all[..count].to_vec();
            let text = certificates(&list);
            (Role::Cert, list, text)
        }
        What::Ed25519Key | What::P256Key => {
            let text = if matches!(plan.what, What::Ed25519Key) { ED25519.key } else { P256.key };
            let der = pem_rfc7468::decode_vec(text).expect("the fixture is PEM").1;
            let text = pem("PRIVATE KEY", &der);
            (Role::Key, vec![der], text)
        }
    };
    let damages = plan.damages.get(..4).unwrap_or(&plan.damages);
    let text = damages.iter().fold(clean.into_bytes(), |text, damage| damage.of(text));
    let converted = convert(&Request { sources: &[source(role, &text)], origin: None });
    let objects = converted.map(|[cert, key, _]| if role == Role::Key { key } else { cert });
    let lossless = !damages.iter().any(Damage::is_loss);
    match objects {
        Some(objects) if lossless => assert_eq!(objects, expected, "other objects came out"),
        Some(objects) => assert!(objects.len() <= expected.len(), "one object became two"),
        // One thing at a time is always mended.
        None => assert!(damages.len() > 1 || !lossless, "{:?} is not mended", damages),
    }
}
