//! Writes DER, sound or not.

/// One element.
pub fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len();
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let digits: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
        out.push(0x80 | digits.len() as u8);
        out.extend(digits);
    }
    out.extend_from_slice(content);
    out
}

/// A SEQUENCE of these elements.
pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

/// A positive INTEGER of these bytes, the highest first.
pub fn integer(bytes: &[u8]) -> Vec<u8> {
    let mut content: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
    if content.first().is_none_or(|first| first & 0x80 != 0) {
        content.insert(0, 0);
    }
    tlv(2, &content)
}

/// An OBJECT IDENTIFIER of this content.
pub fn oid(content: &[u8]) -> Vec<u8> {
    tlv(6, content)
}

/// A block of PEM.
pub fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}-----END {label}-----\n", base64(der))
}

/// Base64 in lines of 64 characters.
pub fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len() / 3 * 4 + bytes.len() / 48 + 8);
    for line in bytes.chunks(48) {
        for three in line.chunks(3) {
            let number = three.iter().chain([0, 0].iter()).take(3).fold(0_usize, |number, byte| number << 8 | usize::from(*byte));
            for at in 0..4 {
                let digit = ALPHABET.get(number >> (18 - 6 * at) & 63).copied().unwrap_or(b'=');
                out.push(if at <= three.len() { char::from(digit) } else { '=' });
            }
        }
        out.push('\n');
    }
    out
}
