//! Takes secrets out of text that a server sent.

use crate::request::REDACTED;
use crate::token::Token;
use certflight_validate::SecretText;
use std::collections::HashSet;
use zeroize::Zeroizing;

/// The fewest characters in a row that count as a part of a secret: 9 bytes of base64, too many to agree by chance, too few to be of use. A token that
/// is shorter counts as a whole.
const WIDTH: usize = 12;

/// Writes `[redacted]` for every part of `text` that also stands in the token or the key. The key's line breaks do not matter: a server may have
/// taken them out, or wrapped the key elsewhere.
pub(crate) fn conceal(text: &str, token: &Token, key: &SecretText) -> String {
    let mut hidden = vec![false; text.len()];
    mark(&mut hidden, text.as_bytes(), token.expose().as_bytes());
    for part in key.expose().split("-----") {
        // The label between the dashes is no secret, and server text about keys names it.
        if part.starts_with("BEGIN ") || part.starts_with("END ") {
            continue;
        }
        let mut joined = Zeroizing::new(Vec::with_capacity(part.len()));
        joined.extend(part.bytes().filter(|b| !b.is_ascii_whitespace()));
        if joined.len() >= WIDTH {
            mark(&mut hidden, text.as_bytes(), &joined);
        }
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

/// Marks the bytes of `text` that lie in a stretch of `WIDTH` which `secret` holds, too. Only ASCII counts, so a character is marked as a whole or not
/// at all.
fn mark(hidden: &mut [bool], text: &[u8], secret: &[u8]) {
    let width = secret.len().min(WIDTH);
    if width == 0 {
        return;
    }
    let in_text: HashSet<&[u8]> = text.windows(width).filter(|window| window.is_ascii()).collect();
    let shared: HashSet<&[u8]> = secret.windows(width).filter(|window| in_text.contains(window)).collect();
    for (at, window) in text.windows(width).enumerate() {
        if shared.contains(window) {
            hidden.iter_mut().skip(at).take(width).for_each(|byte| *byte = true);
        }
    }
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
        conceal(text, &Token::new("tok_5Y2XvQzR8LmN".into()).unwrap(), &SecretText::new(key.into()))
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
        let short = Token::new("abc".into()).unwrap();
        assert_eq!(conceal("an abc: abcabc", &short, &SecretText::new(String::new())), "an [redacted]: [redacted]");
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
        assert_eq!(shown(&pem("\n"), &pem("\n")).matches("[redacted]").count(), 3);
    }
}
