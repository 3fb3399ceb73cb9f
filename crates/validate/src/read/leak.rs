//! Is there a private key in this text, in an encoding that people have keys in?
//!
//! Asked before certificates go out unchecked. What is checked needs no such search: there, only certificates that were read go out.

use super::decode;
use super::sniff::{self, Shape};
use crate::sealed::SealedKind;
use zeroize::Zeroizing;

/// How many layers of base64 or hexadecimal are opened. A secret store adds one, an orchestrator a second; the third is for good measure.
const LAYERS: usize = 3;

/// Base64 shorter than this holds no private key: the shortest in use, Ed25519 in PKCS#8, has 64 characters.
const SHORTEST_KEY: usize = 40;

/// Words that begin a private key in a format that is not DER: OpenSSH's, PuTTY's, .NET's, what `openssl pkey -text` prints.
const MAGICS: [&[u8]; 5] = [b"Private-Key:", b"openssh-key-v1", b"PuTTY-User-Key-File", b"Private-Lines:", b"<RSAKeyValue>"];

/// Whether `bytes` hold a private key: as PEM with any label, as base64, hexadecimal or DER of one, with broken, quoted or escaped lines, in UTF-16, as a
/// JSON Web Key, or in a container that can hold one. Encodings beyond these are not opened.
pub(crate) fn holds_private_key(bytes: &[u8]) -> bool {
    search(bytes, LAYERS)
}

fn search(bytes: &[u8], layers: usize) -> bool {
    if sniff::shape(bytes) == Some(Shape::Certificate) && super::der::only(bytes).is_ok() {
        return false; // whatever its texts say
    }
    if sniff::container(bytes).is_some_and(|container| container != SealedKind::Pkcs7) || has_key_structure(bytes) {
        return true;
    }
    let text = plain(bytes);
    if names_private_key(&text) || MAGICS.iter().any(|magic| contains(&text, magic)) || is_json_web_key(&text) {
        return true;
    }
    // The first line of a key is enough, so nothing that stands between its lines hides it.
    let first_line =
        |word: &[u8]| word.get(..word.len().min(96)).and_then(decode_run).is_some_and(|start| has_key_structure(&start));
    if words(&text).filter(|word| word.len() >= SHORTEST_KEY / 2).any(first_line) {
        return true;
    }
    layers > 0
        && (runs(&text).any(|run| decode_run(&run).is_some_and(|inner| search(&inner, layers - 1)))
            || hexadecimal(&text).any(|lines| from_hex(lines).is_some_and(|inner| search(&inner, layers - 1))))
}

/// How private keys begin, wherever in `bytes` they do: the version, and what PKCS#8 (RFC 5958), PKCS#1 (RFC 8017) and SEC1 (RFC 5915) have after it.
fn has_key_structure(bytes: &[u8]) -> bool {
    const RSA: &[u8] = &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    const EC: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    // RFC 8410: X25519, X448, Ed25519, Ed448, then the key in an OCTET STRING, where a certificate has its issuer.
    const ED: &[u8] = &[0x30, 0x05, 0x06, 0x03, 0x2b, 0x65];
    const PBES: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01];
    let mut starts = (0..bytes.len()).filter_map(|at| bytes.get(at..));
    starts.any(|from| match from {
        [0x02, 0x01, 0..=1, rest @ ..] => {
            rest.starts_with(RSA)
                || matches!(rest, [0x30, _, ec @ ..] if ec.starts_with(EC))
                || (rest.starts_with(ED) && rest.get(ED.len() + 1) == Some(&0x04))
        }
        [0x30, 0x82, _, _, body @ ..] | [0x30, 0x81, _, body @ ..] | [0x30, 0x00..=0x7f, body @ ..] => match body {
            // PKCS#1: version 0 and a modulus of 512 bits or more.
            [0x02, 0x01, 0x00, 0x02, 0x41 | 0x81 | 0x82, ..] => true,
            // SEC1: version 1 and a number of 24 to 66 bytes.
            [0x02, 0x01, 0x01, 0x04, 24..=66, ..] => true,
            // EncryptedPrivateKeyInfo: PKCS#5 (…1.5) or PKCS#12 (…1.12.1) encryption.
            [0x30, _, 0x06, _, oid @ ..] => matches!(oid.strip_prefix(PBES), Some([0x05, ..] | [0x0c, 0x01, ..])),
            // PKCS#12: version 3 and a ContentInfo.
            [0x02, 0x01, 0x03, 0x30, ..] => true,
            _ => false,
        },
        _ => false,
    })
}

/// Decodes a run of base64 without its padding, which is put back; of a single odd character nothing can be decoded, so it is cut.
fn decode_run(run: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let whole = if run.len() % 4 == 1 { run.split_last()?.1 } else { run };
    let mut padded = Zeroizing::new(Vec::with_capacity(whole.len() + 2));
    padded.extend_from_slice(whole);
    padded.extend(std::iter::repeat_n(b'=', (4 - whole.len() % 4) % 4));
    // Bits beyond the last byte, which are there where the text was cut in the middle, the decoder passes over.
    decode::decode(padded)
}

/// The text with NUL bytes (UTF-16) taken out, percent-encoded bytes decoded, and escaped line breaks as line breaks.
fn plain(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(bytes.len()));
    let kept = kept(bytes, |byte| byte != 0);
    let mut rest = kept.as_slice();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after) {
            (b'\\', [b'n' | b'r' | b't', after @ ..]) => {
                out.push(b'\n');
                rest = after;
            }
            (b'\\', _) => {} // one of several backslashes
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                out.push(hex_digit(*high) << 4 | hex_digit(*low));
                rest = after;
            }
            _ => out.push(byte),
        }
    }
    out
}

fn hex_digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        b'A'..=b'F' => digit - b'A' + 10,
        _ => 0,
    }
}

/// The stretches of lines that hold nothing but hexadecimal digits, spaces and colons.
fn hexadecimal(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_hex = |line: &[u8]| line.iter().all(|byte| byte.is_ascii_hexdigit() || byte.is_ascii_whitespace() || *byte == b':');
    let mut rest = text;
    std::iter::from_fn(move || {
        // What is no such line is passed over.
        while let Some(line) = rest.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')).next().filter(|line| !is_hex(line)) {
            rest = rest.get(line.len()..).unwrap_or_default();
        }
        let lines = rest.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')).take_while(|line| is_hex(line));
        let (stretch, after) = rest.split_at_checked(lines.map(<[u8]>::len).sum())?;
        rest = after;
        (!stretch.is_empty()).then_some(stretch)
    })
}

/// The bytes of a text that is hexadecimal from end to end, whatever stands between the digits of two bytes.
fn from_hex(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let digits = kept(text, |byte| !byte.is_ascii_whitespace() && byte != b':');
    let is_hex = digits.len() >= SHORTEST_KEY && digits.iter().all(u8::is_ascii_hexdigit);
    let byte = |pair: &[u8]| pair.iter().fold(0_u8, |n, digit| n << 4 | hex_digit(*digit));
    is_hex.then(|| Zeroizing::new(digits.chunks(2).map(byte).collect()))
}

/// Some of the bytes, in a buffer that never grows: what it grew out of would stay behind.
fn kept(bytes: &[u8], is_kept: impl Fn(u8) -> bool) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(bytes.len()));
    out.extend(bytes.iter().copied().filter(|byte| is_kept(*byte)));
    out
}

/// A label that ends in “private key”, well written or not.
fn names_private_key(text: &[u8]) -> bool {
    const PRIVATE: &[u8] = b"private";
    text.windows(PRIVATE.len()).enumerate().filter(|(_, word)| word.eq_ignore_ascii_case(PRIVATE)).any(|(at, _)| {
        let after = text.get(at + PRIVATE.len()..).unwrap_or_default();
        let gap = after.iter().take(4).take_while(|b| b.is_ascii_whitespace() || matches!(b, b'_' | b'-' | b'+')).count();
        let is_key = after.get(gap..gap + 3).is_some_and(|word| word.eq_ignore_ascii_case(b"key"));
        // Prose may speak of private keys; a label has BEGIN or END before it.
        let before = text.get(at.saturating_sub(24)..at).unwrap_or_default().to_ascii_lowercase();
        is_key && (contains(&before, b"begin") || contains(&before, b"end"))
    })
}

/// RFC 7517: a key type, and the private member “d” (RFC 7518 sections 6.2.2, 6.3.2).
fn is_json_web_key(text: &[u8]) -> bool {
    contains(text, b"\"kty\"") && contains(text, b"\"d\"")
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn is_base64(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// The unbroken runs of base64 characters.
fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| !is_base64(byte)).filter(|word| !word.is_empty())
}

/// The runs of base64 in a text, white space taken out: each whole, and each from where its words become as long as wrapped lines are.
fn runs(text: &[u8]) -> impl Iterator<Item = Zeroizing<Vec<u8>>> {
    text.split(|byte| !is_base64(byte) && !byte.is_ascii_whitespace()).flat_map(|piece| {
        let mut whole = Zeroizing::new(Vec::with_capacity(piece.len()));
        let mut wrapped = Zeroizing::new(Vec::with_capacity(piece.len()));
        for word in words(piece) {
            whole.extend_from_slice(word);
            if word.len() >= 16 || !wrapped.is_empty() {
                wrapped.extend_from_slice(word);
            }
        }
        let prefixed = wrapped.len() < whole.len();
        let wrapped = if prefixed { Some(wrapped) } else { None };
        [Some(whole), wrapped].into_iter().flatten().filter(|run| run.len() >= SHORTEST_KEY)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The PKCS#8 of an Ed25519 key that exists only here (RFC 8410 section 10.3).
    const KEY: &str = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC";

    fn wrapped(text: &str, width: usize, before: &str, after: &str) -> String {
        text.as_bytes().chunks(width).map(|line| format!("{before}{}{after}\n", str::from_utf8(line).unwrap())).collect()
    }

    fn pem(label: &str, base64: &str) -> String {
        format!("-----BEGIN {label}-----\n{}-----END {label}-----\n", wrapped(base64, 64, "", ""))
    }

    fn base64(der: &[u8]) -> String {
        let text = pem_rfc7468::encode_string("X", pem_rfc7468::LineEnding::LF, der).unwrap();
        text.lines().filter(|line| !line.starts_with('-')).collect()
    }

    #[track_caller]
    fn found(hidden: impl AsRef<[u8]>) {
        assert!(holds_private_key(hidden.as_ref()), "{:?}", String::from_utf8_lossy(hidden.as_ref()));
    }

    #[test]
    fn finds_a_key_in_every_disguise() {
        let der = decode::decode(Zeroizing::new(KEY.into())).unwrap().to_vec();
        let labelled = pem("PRIVATE KEY", KEY);
        found(&labelled);
        found(labelled.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
        found(&der);
        found(KEY);
        for broken in ["\\n", "\\\\n", " ", "\r", "%0A"] {
            found(labelled.replace('\n', broken));
            found(pem("CERTIFICATE", KEY).replace('\n', broken));
        }
        found(labelled.to_lowercase());
        found(labelled.replace(' ', "%20"));
        found(labelled.replace(' ', "+"));
        found(format!("the other thing\n{}", wrapped(KEY, 20, "", "")));
        found(wrapped(KEY, 32, "> ", ""));
        found(wrapped(KEY, 32, "\"", "\" +"));
        found(format!("{{\"tls\": \"{KEY}\"}}"));
        found(base64(labelled.as_bytes()));
        found(base64(base64(labelled.as_bytes()).as_bytes()));
        found(base64(KEY.as_bytes()));
        found(der.iter().map(|byte| format!("{byte:02x}:")).collect::<String>());
    }

    /// With every padding, since a key's length leaves any remainder by three.
    #[test]
    fn finds_the_other_structures_under_any_label() {
        let sec1 = |extra: usize| [&[0x30, 37 + extra as u8, 0x02, 0x01, 0x01, 0x04, 0x20][..], &[7; 32], &vec![0; extra]].concat();
        let rsa = |extra: usize| {
            [&[0x30, 0x82, 1, extra as u8, 0x02, 0x01, 0x00, 0x02, 0x81, 0x81, 0][..], &vec![9; 249 + extra]].concat()
        };
        let encrypted =
            [&[0x30, 0x40, 0x30, 0x20, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d][..], &[1; 51]].concat();
        let pkcs12 = [&[0x30, 0x82, 0x01, 0x00, 0x02, 0x01, 0x03, 0x30][..], &[1; 252]].concat();
        for der in (0..3).flat_map(|extra| [sec1(extra), rsa(extra)]).chain([encrypted, pkcs12]) {
            let text = base64(&der);
            found(&text);
            found(&der);
            for label in ["CERTIFICATE", "PKCS12", "PRIVAT KEY", ""] {
                found(pem(label, &text));
            }
        }
    }

    #[test]
    fn finds_what_is_no_der() {
        found("Private-Key: (256 bit)\npriv:\n    2b:1c:\n");
        found("PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 1\n");
        found(
            r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#,
        );
        found(base64(b"openssh-key-v1\0none and so on and so on and so on"));
        found(base64(&[&[0xfe, 0xed, 0xfe, 0xed][..], &[0; 60]].concat()));
    }

    #[test]
    fn certificates_and_prose_hold_none() {
        for sound in [
            "X509v3 Private Key Usage Period: not before 2024",
            "the private key is kept on a card",
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
            "",
        ] {
            assert!(!holds_private_key(sound.as_bytes()), "{sound}");
        }
        // A certificate whose name speaks of one, as DER and as PEM.
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, "BEGIN PRIVATE KEY");
        let certificate = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
        assert!(!holds_private_key(certificate.der()));
        assert!(!holds_private_key(certificate.pem().as_bytes()));
    }

    #[test]
    fn no_certificate_of_the_fixtures_is_taken_for_a_key() {
        for fixture in certflight_fixtures::all() {
            let leaks = fixture.code == "key-in-certificate-input"
                || fixture.code == "container-input"
                || fixture.name == "pem-label-mismatch__cert";
            for text in [&fixture.cert, &fixture.ca].into_iter().flatten() {
                assert!(!holds_private_key(text) || leaks, "{}", fixture.name);
            }
        }
    }

    #[test]
    fn a_run_is_decoded_whatever_its_padding_became() {
        for (run, decoded) in [
            ("QUJD", "ABC"),
            ("QUJDRA", "ABCD"),
            ("QUJDREU", "ABCDE"),
            ("QUJDR", "ABC"),
            ("QUJDRB", "ABCD"),
            ("QUJDREV", "ABCDE"),
            ("QUJDREUF", "ABCDE\x05"),
        ] {
            assert_eq!(decode_run(run.as_bytes()).as_deref().map(Vec::as_slice), Some(decoded.as_bytes()), "{run}");
        }
    }

    #[test]
    fn escapes_are_undone_and_the_rest_stays() {
        for (text, read) in [
            ("a\\nb\\rc\\td", "a\nb\nc\nd"),
            ("a\\\\nb\\x", "a\nbx"),
            ("%4a%4B%7e%0a", "JK~\n"),
            ("%4", "%4"),
            ("%4g%g4%%41", "%4g%g4%A"),
            ("a\0b\0", "ab"),
        ] {
            assert_eq!(plain(text.as_bytes()).as_slice(), read.as_bytes(), "{text}");
        }
    }

    #[test]
    fn hexadecimal_is_read_from_end_to_end_or_not_at_all() {
        let bytes: Vec<u8> = (0..=255).collect();
        let lower: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let upper: String = bytes.iter().map(|byte| format!("{byte:02X}:\n")).collect();
        for text in [&lower, &upper] {
            assert_eq!(from_hex(text.as_bytes()).as_deref(), Some(&bytes));
        }
        for text in [format!("# key\n{lower}"), format!("x\r\n{}\r\n{}\r\n# end", &lower[..64], &lower[64..])] {
            assert!(hexadecimal(text.as_bytes()).any(|lines| from_hex(lines).as_deref() == Some(&bytes)), "{text}");
        }
        assert!(from_hex(format!("{lower}x").as_bytes()).is_none());
        assert!(from_hex(&lower.as_bytes()[..SHORTEST_KEY]).is_some());
        assert!(from_hex(&lower.as_bytes()[..SHORTEST_KEY - 2]).is_none());
    }

    #[test]
    fn a_run_is_taken_whole_and_from_where_its_lines_begin() {
        let of = |text: &str| runs(text.as_bytes()).map(|run| String::from_utf8(run.to_vec()).unwrap()).collect::<Vec<_>>();
        assert_eq!(of(KEY), [KEY]);
        assert_eq!(of(&format!("see {KEY}")), [format!("see{KEY}"), KEY.to_owned()]);
        // The last line of a wrapped text may be short, the first is not.
        let lines = format!("a {} {} {}", &KEY[..16], &KEY[16..60], &KEY[60..]);
        assert_eq!(of(&lines), [format!("a{KEY}"), KEY.to_owned()]);
        let short = format!("a {} {}", &KEY[..15], &KEY[15..]);
        assert_eq!(of(&short), [format!("a{KEY}"), KEY[15..].to_owned()]);
        assert_eq!(of(&KEY[..SHORTEST_KEY - 1]), [""; 0]);
    }

    /// Three encodings around a key are opened, of whatever kinds; a fourth is not, so that the work has an end.
    #[test]
    fn encodings_are_opened_up_to_the_bound() {
        let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        let labelled = pem("PRIVATE KEY", KEY);
        for encode in [|text: &str| base64(text.as_bytes()), hex] {
            let layered = |layers: usize| (0..layers).fold(labelled.clone(), |text, _| encode(&text));
            found(layered(LAYERS));
            assert!(!holds_private_key(layered(LAYERS + 1).as_bytes()));
        }
    }

    #[test]
    fn what_only_resembles_a_key_is_none() {
        let certificate_of_ed25519 = [&[0x02, 0x01, 0x01, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x30][..], &[7; 60]].concat();
        let other_algorithm = [&[0x02, 0x01, 0x00, 0x30, 0x0b, 0x06, 0x03, 0x2a, 0x03, 0x04][..], &[7; 60]].concat();
        for resembling in
            [&certificate_of_ed25519[..], &other_algorithm, b"a public one: {\"kty\":\"EC\",\"crv\":\"P-256\"}", b"{\"d\": 1}"]
        {
            assert!(!holds_private_key(resembling), "{resembling:02x?}");
        }
        // So short that it may be any word.
        assert!(!holds_private_key(b"they begin with MIIEpAIBAAKCAQEA as a rule"));
    }

    /// Not at the start, where the kind of container would be told anyway.
    #[test]
    fn a_structure_is_found_anywhere() {
        let ec = [&[0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01][..], &[7; 60]].concat();
        let rsa = [&[0x02, 0x01, 0x00, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01][..], &[7; 60]]
            .concat();
        let pkcs12 = [&[0x30, 0x82, 0x01, 0x00, 0x02, 0x01, 0x03, 0x30][..], &[1; 60]].concat();
        for structure in [ec, rsa, pkcs12] {
            found([b"xx", &structure[..]].concat());
        }
    }
}
