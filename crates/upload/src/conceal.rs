//! Takes secrets out of text that a server sent.

use crate::request::REDACTED;
use crate::token::Token;
use base64ct::{Base64Unpadded, Encoding as _};
use certflight_validate::SecretText;
use std::collections::HashSet;
use std::ops::Range;
use zeroize::Zeroizing;

/// The fewest characters in a row that count as a part of a secret: 9 bytes of base64, too many to agree by chance, too few to be of use.
const WIDTH: usize = 12;

/// Writes `[redacted]` for every part of `text` that also stands in the token or the key, as servers and what stands before them put it: wrapped elsewhere, in
/// the escapes of JSON, URLs or HTML, in other case, in base64. Who wants to smuggle it past can; that server has it already. A token too short to have parts, which only a trial has, is hidden where it stands as a word of its
/// own: `test` must not be taken out of `https://test.example.com`.
pub(crate) fn conceal(text: &str, token: &Token, key: Option<&SecretText>) -> String {
    let mut hidden = vec![false; text.len()];
    let forms = forms(token, key);
    // Read both ways: what follows a % or a backslash by chance may be the beginning of a secret.
    mark_parts(&mut hidden, text, &Plain::of(text), &forms);
    if text.contains(['%', '\\', '&']) {
        mark_parts(&mut hidden, text, &Plain::literal(text), &forms);
    }
    if token.expose().len() < WIDTH {
        mark_words(&mut hidden, text, token.expose());
    }

    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for (at, c) in text.char_indices() {
        let hide = hidden.get(at).copied().unwrap_or(true);
        match (hide, inside) {
            (true, false) => out.push_str(REDACTED),
            (true, true) => {}
            (false, _) => out.push(c),
        }
        inside = hide;
    }
    out
}

/// Marks what the secrets have, too.
fn mark_parts(hidden: &mut [bool], text: &str, plain: &Plain, forms: &[Zeroizing<Vec<u8>>]) {
    if plain.bytes.len() < WIDTH {
        return;
    }
    let parts = || forms.iter().flat_map(|form| form.windows(WIDTH)).filter(|part| part.is_ascii());
    // The smaller of the two is kept for looking up.
    let shared: HashSet<&[u8]> = if forms.iter().map(|form| form.len()).sum::<usize>() < plain.bytes.len() {
        parts().collect()
    } else {
        let in_text: HashSet<&[u8]> = plain.bytes.windows(WIDTH).collect();
        parts().filter(|part| in_text.contains(part)).collect()
    };
    for (window, places) in plain.bytes.windows(WIDTH).zip(plain.places.windows(WIDTH)) {
        if let (true, Some(first), Some(last)) = (shared.contains(window), places.first(), places.last()) {
            // Backslashes before it escape it.
            let before = text.as_bytes().get(..first.start).unwrap_or_default();
            let start = first.start.saturating_sub(before.iter().rev().take_while(|b| **b == b'\\').take(8).count());
            hide(hidden, start, last.end.saturating_sub(start));
        }
    }
}

/// A text as it compares: escapes read, letters in one case, both alphabets of base64 one (RFC 4648 sections 4 and 5), white space and backslashes left out.
struct Plain {
    /// Beyond ASCII there is only that something stands there.
    bytes: Zeroizing<Vec<u8>>,
    /// Where each of them stands in the text.
    places: Vec<Range<usize>>,
}

impl Plain {
    fn of(text: &str) -> Self {
        Self::read(text, unescaped)
    }

    /// The same with each escape as the characters that it is written in.
    fn literal(text: &str) -> Self {
        Self::read(text, |_| None)
    }

    fn read(text: &str, escape: fn(&[u8]) -> Option<(u32, usize)>) -> Self {
        let mut plain = Plain { bytes: Zeroizing::new(Vec::with_capacity(text.len())), places: Vec::new() };
        let mut rest = text.as_bytes();
        while let Some(&first) = rest.first() {
            let (code, length) = escape(rest).unwrap_or((u32::from(first), 1));
            let start = text.len().saturating_sub(rest.len());
            let compared = match u8::try_from(code) {
                Ok(b'\\') => None,
                Ok(byte) if byte.is_ascii_whitespace() => None,
                Ok(b'-') => Some(b'+'),
                Ok(b'_') => Some(b'/'),
                Ok(byte) => Some(byte.to_ascii_lowercase()),
                Err(_) => Some(u8::MAX),
            };
            if let Some(byte) = compared {
                plain.bytes.push(byte);
                plain.places.push(start..start.saturating_add(length));
            }
            rest = rest.get(length..).unwrap_or_default();
        }
        plain
    }
}

/// The character that an escape at the beginning of a text stands for, and the escape's length: `\n`, `\/` and `\u002f` of JSON, however often their backslash is
/// escaped itself; `%2F` of URLs; `&#47;` and `&#x2f;` of HTML.
fn unescaped(text: &[u8]) -> Option<(u32, usize)> {
    let number = |from: usize, to: usize, radix| {
        let digits = str::from_utf8(text.get(from..to)?).ok()?;
        // A sign is no digit.
        digits.bytes().all(|b| b.is_ascii_hexdigit()).then_some(())?;
        Some((u32::from_str_radix(digits, radix).ok()?, to))
    };
    match text.first()? {
        b'\\' => {
            // The whole run at once, also one that ends the text: each byte is looked at once.
            let letter = text.iter().position(|b| *b != b'\\').unwrap_or(text.len());
            let after = letter.saturating_add(1);
            match text.get(letter).copied().unwrap_or_default() {
                b'n' | b'r' | b't' => Some((u32::from(b' '), after)),
                b'u' => number(after, after.saturating_add(4), 16).or(Some((u32::from(b'\\'), letter))),
                _ => Some((u32::from(b'\\'), letter)),
            }
        }
        b'%' => number(1, 3, 16),
        b'&' => {
            let end = text.iter().take(10).position(|b| *b == b';')?;
            let (from, radix) = if text.get(2)?.eq_ignore_ascii_case(&b'x') { (3, 16) } else { (2, 10) };
            text.starts_with(b"&#").then(|| number(from, end, radix))?.map(|(code, end)| (code, end.saturating_add(1)))
        }
        _ => None,
    }
}

/// The token and the key as they may stand in a text, ready to be compared: as they are, and in base64.
fn forms(token: &Token, key: Option<&SecretText>) -> Vec<Zeroizing<Vec<u8>>> {
    let mut forms = vec![Plain::of(token.expose()).bytes];
    add_base64(&mut forms, token.expose());
    for part in key.map(SecretText::expose).unwrap_or_default().split("-----") {
        // The label between the dashes is no secret, and server text about keys names it.
        if part.starts_with("BEGIN ") || part.starts_with("END ") {
            continue;
        }
        forms.push(Plain::of(part).bytes);
        // With the line breaks, that would be encoded with them, and without.
        part.split(|c: char| c.is_ascii_whitespace() || c == '\\').for_each(|line| add_base64(&mut forms, line));
        let mut joined = Zeroizing::new(String::with_capacity(part.len()));
        joined.extend(part.chars().filter(|c| !c.is_ascii_whitespace()));
        add_base64(&mut forms, &joined);
    }
    forms
}

/// The base64 of a secret wherever in an encoded text it begins: at each of the three places within a group of four characters.
fn add_base64(forms: &mut Vec<Zeroizing<Vec<u8>>>, secret: &str) {
    if secret.len() < WIDTH {
        return;
    }
    for before in 0..3 {
        let mut bytes = Zeroizing::new(Vec::with_capacity(secret.len().saturating_add(before)));
        bytes.resize(before, 0);
        bytes.extend_from_slice(secret.as_bytes());
        let encoded = Zeroizing::new(Base64Unpadded::encode_string(&bytes));
        // The first group may hold bits of what stands before, the last, where it is not whole, of what comes after.
        let first = if before == 0 { 0 } else { 4 };
        let last = encoded.len().saturating_sub(encoded.len() % 4);
        forms.push(Plain::of(encoded.get(first..last).unwrap_or_default()).bytes);
    }
}

/// Marks `word` wherever neither a letter, a digit, `_` nor `-` continues it, also beyond the dots of a name.
fn mark_words(hidden: &mut [bool], text: &str, word: &str) {
    let continues = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-');
    for (at, _) in text.match_indices(word) {
        let (before, rest) = text.split_at(at);
        let after = rest.strip_prefix(word).unwrap_or_default();
        if !continues(before.trim_end_matches('.').chars().next_back()) && !continues(after.trim_start_matches('.').chars().next())
        {
            hide(hidden, at, word.len());
        }
    }
}

fn hide(hidden: &mut [bool], at: usize, length: usize) {
    hidden.get_mut(at..at.saturating_add(length)).unwrap_or_default().fill(true);
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: [&str; 3] = [
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2",
        "OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r",
        "1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G",
    ];

    fn pem(newline: &str) -> String {
        ["-----BEGIN PRIVATE KEY-----", LINES[0], LINES[1], LINES[2], "-----END PRIVATE KEY-----", ""].join(newline)
    }

    fn shown(text: &str, key: &str) -> String {
        conceal(text, &Token::new("tok_5Y2XvQzR8LmN".into()).unwrap(), Some(&SecretText::new(key.into())))
    }

    /// No stretch of a key's line is left.
    fn holds_no_key(text: &str) -> bool {
        LINES.iter().all(|line| line.as_bytes().windows(WIDTH).all(|window| !text.contains(std::str::from_utf8(window).unwrap())))
    }

    #[test]
    fn other_text_is_left_alone() {
        let text = "key must begin with -----BEGIN PRIVATE KEY-----, project prj_8f3kd, größer 🙂";
        assert_eq!(shown(text, &pem("\n")), text);
        assert_eq!(shown(text, ""), text);
        assert_eq!(shown("", &pem("\n")), "");
    }

    #[test]
    fn the_token_is_hidden_wherever_it_stands() {
        assert_eq!(shown("ütok_5Y2XvQzR8LmNü", ""), "ü[redacted]ü");
        assert_eq!(shown("Bearer tok_5Y2XvQzR8LmN, tok_5Y2XvQzR8LmN.", ""), "Bearer [redacted], [redacted].");
    }

    /// What servers and what stands before them make of a text.
    #[test]
    fn the_secrets_are_hidden_however_they_are_put() {
        let each = |text: &str, put: &dyn Fn(char) -> String| text.chars().map(put).collect::<String>();
        let wrapped = |text: &str, width: usize, newline: &str| {
            let chars: Vec<char> = text.chars().collect();
            chars.chunks(width).map(|line| line.iter().collect::<String>()).collect::<Vec<_>>().join(newline)
        };
        let putters: [&dyn Fn(&str) -> String; 10] = [
            &|text| wrapped(text, 11, "\n"),
            &|text| wrapped(text, 3, "\\n"),
            &|text| text.replace('/', "\\/"),
            &|text| text.replace('/', "\\\\\\/"),
            &|text| each(text, &|c| format!("\\u{:04x}", u32::from(c))),
            &|text| each(text, &|c| format!("\\\\u{:04X}", u32::from(c))),
            &|text| each(text, &|c| format!("%{:02X}", u32::from(c))),
            &|text| each(text, &|c| format!("&#{};", u32::from(c))),
            &|text| each(text, &|c| if c.is_ascii_alphanumeric() { c.to_string() } else { format!("&#x{:x};", u32::from(c)) }),
            &|text| text.to_uppercase(),
        ];
        let token = Token::new("tok_5Y2XvQzR8LmN".into()).unwrap();
        let key = SecretText::new(pem("\n"));
        for (number, put) in putters.iter().enumerate() {
            for secret in LINES.into_iter().chain([LINES.concat().as_str(), token.expose()]) {
                let text = format!("ü: {} 🙂", put(secret));
                assert_eq!(conceal(&text, &token, Some(&key)), "ü: [redacted] 🙂", "{number}: {text}");
            }
            let other = format!("nothing of them, {}, project prj_8f3kd", put("größer/than+that"));
            assert_eq!(conceal(&other, &token, Some(&key)), other, "{number}");
        }
        for odd in
            ["\\", "\\u", "\\u12", "%", "%4", "%zz", "&", "&#", "&#;", "&#x;", "&#x110000;", "&#99999999;", "\\\\", "&#+1;", "é%é"]
        {
            assert_eq!(conceal(odd, &token, Some(&key)), odd);
        }
    }

    /// The first characters of a part could be those of an escape that begins before it.
    #[test]
    fn a_part_after_the_beginning_of_an_escape_is_hidden() {
        let part = "edhQiNmfDyJ5u";
        let key = format!("-----BEGIN PRIVATE KEY-----\nMC4{part}C4=\n-----END PRIVATE KEY-----\n");
        for before in ["%", "\\u", "\\x", "&#x", "\\"] {
            let shown = shown(&format!("near {before}{part}!"), &key);
            assert!(shown.contains(REDACTED) && !shown.contains("Nmf"), "{shown}");
        }
    }

    /// As a gateway gives back the body or the header of a request.
    #[test]
    fn base64_of_it_is_hidden() {
        use base64ct::Base64Url;
        let token = Token::new("tok_5Y2XvQzR8LmNw0Jb".into()).unwrap();
        let key = SecretText::new(pem("\n"));
        for prefix in ["", "a", "ab"] {
            let body = format!(r#"{prefix}{{"cert":"x","key":"{}","auth":"Bearer {}"}}"#, pem("\\n"), token.expose());
            for encoded in [Base64Unpadded::encode_string(body.as_bytes()), Base64Url::encode_string(body.as_bytes())] {
                let shown = conceal(&encoded, &token, Some(&key));
                // What is left of it, decoded piece by piece, is no part of the key.
                let left: Vec<String> = shown
                    .split(REDACTED)
                    .flat_map(|piece| {
                        (0..4)
                            .filter_map(|at| piece.get(at..))
                            .map(|piece| &piece[..piece.len() / 4 * 4])
                            .map(str::to_owned)
                            .collect::<Vec<_>>()
                    })
                    .filter_map(|piece| Base64Unpadded::decode_vec(&piece.replace('-', "+").replace('_', "/")).ok())
                    .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
                    .collect();
                assert!(left.len() > 8, "{shown}");
                assert!(left.iter().all(|text| holds_no_key(text) && !text.contains("5Y2XvQzR8LmN")), "{left:?}");
            }
        }
        assert_eq!(conceal("aGVsbG8gd29ybGQsIGhlbGxvIHdvcmxk", &token, Some(&key)), "aGVsbG8gd29ybGQsIGhlbGxvIHdvcmxk");
    }

    /// A whole token of twelve characters, and nothing around it.
    #[test]
    fn base64_of_a_short_token_is_hidden() {
        let token = Token::new("Zq7LmN3xT8wR".into()).unwrap();
        for before in ["", "a", "ab", "abc"] {
            let shown = conceal(&Base64Unpadded::encode_string(format!("{before}{}", token.expose()).as_bytes()), &token, None);
            assert!(shown.contains(REDACTED) && shown.len() <= REDACTED.len() + 8, "{shown}");
        }
    }

    #[test]
    fn a_short_token_is_hidden_as_a_word() {
        let test = |text: &str| conceal(text, &Token::new("test".into()).unwrap(), None);
        assert_eq!(test("test"), "[redacted]");
        assert_eq!(test("bad token test. Bearer=test; \"test\""), "bad token [redacted]. Bearer=[redacted]; \"[redacted]\"");
        let names = "https://test.example.com, cert_test, test_1, latest, my.test-api, ütestü";
        assert_eq!(test(names), names);
    }

    #[test]
    fn the_key_is_hidden_however_it_is_wrapped() {
        let joined = LINES.concat();
        let texts = [
            pem("\n"),
            pem("\r\n"),
            pem("\\n"),
            format!("bad key {joined}!"),
            format!("bad key {}…", &LINES[0][..20]),
            joined.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line)).collect::<Vec<_>>().join("\n"),
        ];
        for key in [pem("\n"), pem("\r\n"), pem("\\n"), pem(" ")] {
            for text in &texts {
                let shown = shown(text, &key);
                assert!(shown.contains("[redacted]") && holds_no_key(&shown), "{shown}");
            }
        }
        assert_eq!(shown(&pem("\n"), &pem("\n")).matches("[redacted]").count(), 1);
    }
}
