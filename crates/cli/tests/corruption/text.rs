//! What happens to text: in editors, in variables, in mails and on the way.

use crate::bytes::Change;
use base64ct::{Base64, Encoding as _};
use fastrand::Rng;

pub(crate) const TEXT: &[Change<Vec<u8>>] = &[
    ("a character of base64 replaced", |rng, text| {
        let new = *rng.choice(BASE64).unwrap();
        let places: Vec<usize> = (0..text.len()).filter(|at| BASE64.contains(&text[*at])).collect();
        if let Some(at) = rng.choice(places) {
            text[at] = new;
        }
    }),
    ("a line doubled", |rng, text| {
        lines(text, |lines| {
            let at = rng.usize(..lines.len());
            lines.insert(at, lines[at].clone());
        });
    }),
    ("a line left out", |rng, text| lines(text, |lines| drop(lines.remove(rng.usize(..lines.len()))))),
    ("two lines swapped", |rng, text| {
        lines(text, |lines| {
            let (a, b) = (rng.usize(..lines.len()), rng.usize(..lines.len()));
            lines.swap(a, b);
        });
    }),
    ("a line break lost", |rng, text| {
        let breaks: Vec<usize> = (0..text.len()).filter(|at| text[*at] == b'\n').collect();
        if let Some(at) = rng.choice(breaks) {
            text.remove(at);
        }
    }),
    ("a line broken", |rng, text| {
        let at = rng.usize(..=text.len());
        let new: &[u8] = rng.choice([&b"\n"[..], b"\r\n", b"\r", b"\n\n", b" ", b"\t", b"\\n", b"=\n"]).unwrap();
        text.splice(at..at, new.iter().copied());
    }),
    ("line breaks replaced", |rng, text| {
        let new: &[u8] = rng
            .choice([
                &b"\r\n"[..],
                b"\r",
                b"\n\r",
                b"\n\n",
                b"",
                b" ",
                b"\t",
                b"\\n",
                b"\\r\\n",
                b"\\\\n",
                b"\\\n",
                b"%0A",
                b"\x0b",
                b"<br>\n",
            ])
            .unwrap();
        *text = replaced(text, b"\n", new);
    }),
    ("lines indented", |rng, text| {
        let indent: &[u8] = rng.choice([&b" "[..], b"  ", b"\t", b"> ", b"    ", b"\xc2\xa0", b"- ", b"+"]).unwrap();
        let first = rng.bool();
        lines(text, |lines| {
            lines.iter_mut().skip(usize::from(first)).for_each(|line| drop(line.splice(0..0, indent.iter().copied())))
        });
    }),
    ("lines with something behind", |rng, text| {
        let more: &[u8] = rng.choice([&b" "[..], b"  ", b"\t", b"\\", b",", b"\"", b";", b"=", b"\0"]).unwrap();
        lines(text, |lines| lines.iter_mut().for_each(|line| line.extend_from_slice(more)));
    }),
    ("base64 wrapped anew", |rng, text| {
        let width = rng.choice([1, 4, 7, 48, 63, 65, 76, 128, 100_000]).unwrap();
        *text = wrapped(text, width);
    }),
    ("a word of a label replaced", |rng, text| {
        let (old, new) = *rng.choice(LABELS).unwrap();
        *text = if rng.bool() { replaced(text, old, new) } else { replaced_once(rng, text, old, new) };
    }),
    ("stray text", |rng, text| {
        let stray: &[u8] = rng.choice(STRAY).unwrap();
        lines(text, |lines| lines.insert(rng.usize(..=lines.len()), stray.to_vec()));
    }),
    ("a byte order mark", |_, text| drop(text.splice(0..0, *b"\xef\xbb\xbf"))),
    ("UTF-16", |rng, text| {
        let (mark, little) = (rng.bool(), rng.bool());
        let units = mark.then_some(0xfeff).into_iter().chain(text.iter().map(|byte| u16::from(*byte)));
        *text = units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect();
    }),
    ("base64 of the whole", |rng, text| {
        let encoded = Base64::encode_string(text);
        let width = rng.choice([64, 76, 100_000]).unwrap();
        let chunks: Vec<&[u8]> = encoded.as_bytes().chunks(width).collect();
        *text = chunks.join(&b'\n');
    }),
    ("something around it", |rng, text| {
        let (before, after): (&[u8], &[u8]) = *rng.choice(AROUND).unwrap();
        *text = [before, text, after].concat();
    }),
    ("all in one case", |rng, text| if rng.bool() { text.make_ascii_lowercase() } else { text.make_ascii_uppercase() }),
    ("nothing left", |_, text| text.clear()),
    ("many times over", |rng, text| {
        // What is larger than this has been through here already.
        if text.len() < 64 * 1024 {
            *text = text.repeat(rng.choice([2, 2, 3, 40, 300]).unwrap());
        }
    }),
];

const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";

const LABELS: &[(&[u8], &[u8])] = &[
    (b"-----", b"----"),
    (b"-----", b"------"),
    (b"-----", b"\xe2\x80\x94"),
    (b"-----B", b"----- B"),
    (b"BEGIN ", b"BEGIN"),
    (b"BEGIN ", b"BEGIN  "),
    (b"BEGIN ", b"Begin "),
    (b"BEGIN", b"END"),
    (b"END", b"BEGIN"),
    (b"CERTIFICATE", b"TRUSTED CERTIFICATE"),
    (b"CERTIFICATE", b"X509 CERTIFICATE"),
    (b"CERTIFICATE", b"certificate"),
    (b"CERTIFICATE", b"CERTIFICATE REQUEST"),
    (b"CERTIFICATE", b"PRIVATE KEY"),
    (b"CERTIFICATE", b"PKCS7"),
    (b"CERTIFICATE", b"CERTIFICAT"),
    (b"PRIVATE KEY", b"CERTIFICATE"),
    (b"PRIVATE KEY", b"PUBLIC KEY"),
    (b"PRIVATE KEY", b"RSA PRIVATE KEY"),
    (b"PRIVATE KEY", b"EC PRIVATE KEY"),
    (b"PRIVATE KEY", b"ENCRYPTED PRIVATE KEY"),
    (b"PRIVATE KEY", b"OPENSSH PRIVATE KEY"),
    (b"EC PRIVATE KEY", b"PRIVATE KEY"),
    (b"RSA PRIVATE KEY", b"PRIVATE KEY"),
    (b"PRIVATE KEY", b""),
];

const STRAY: &[&[u8]] = &[
    b"Bag Attributes\n    friendlyName: client",
    b"subject=CN = client.example.com\nissuer=CN = Example Issuing CA",
    b"# a comment",
    b"Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\n",
    b"-----BEGIN CERTIFICATE-----",
    b"-----END CERTIFICATE-----",
    b"-----BEGIN PRIVATE KEY-----",
    b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----",
    b"\xff\xfe\x00",
    b"\x1b[31mPASS",
    b"",
    b"AAAA",
    b"====",
    b"{\"key\": \"value\"",
];

const AROUND: &[(&[u8], &[u8])] = &[
    (b"\"", b"\""),
    (b"'", b"'"),
    (b"\"", b""),
    (b"`", b"`"),
    (b"CLIENT=", b""),
    (b"export CLIENT=\"", b"\"\n"),
    (b"{\"cert\": \"", b"\"}\n"),
    (b"client: |\n", b"\n"),
    (b"```\n", b"```\n"),
    (b"<pre>", b"</pre>"),
    (b"\n\n\n", b"\n\n\n"),
    (b"\0", b"\0"),
    (b"Dear partner,\n\n", b"\n--\nregards\n"),
];

/// A text as its lines. Without one there is nothing to change.
fn lines(text: &mut Vec<u8>, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
    let mut lines: Vec<Vec<u8>> = text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    change(&mut lines);
    *text = lines.join(&b'\n');
}

fn places(text: &[u8], old: &[u8]) -> Vec<usize> {
    (0..text.len()).filter(|at| text[*at..].starts_with(old)).collect()
}

fn replaced(text: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with(old) {
            result.extend_from_slice(new);
            at += old.len();
        } else {
            result.push(text[at]);
            at += 1;
        }
    }
    result
}

fn replaced_once(rng: &mut Rng, text: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut result = text.to_vec();
    if let Some(at) = rng.choice(places(text, old)) {
        result.splice(at..at + old.len(), new.iter().copied());
    }
    result
}

/// The lines between the boundaries joined, and broken at `width`.
fn wrapped(text: &[u8], width: usize) -> Vec<u8> {
    let mut result = Vec::new();
    let mut body = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        if !line.starts_with(b"-----") {
            body.extend_from_slice(line);
            continue;
        }
        result.extend(body.chunks(width).map(<[u8]>::to_vec));
        body.clear();
        result.push(line.to_vec());
    }
    result.extend(body.chunks(width).map(<[u8]>::to_vec));
    result.push(Vec::new());
    result.join(&b'\n')
}
