//! The token that authorizes a request.

use certflight_validate::SecretText;
use std::error::Error;
use std::fmt;

/// An access token. It cannot be printed and is wiped when dropped.
#[derive(Debug)]
pub struct Token(SecretText);

impl Token {
    /// Takes the token over. It goes into an `Authorization: Bearer` header (RFC 6750 section 2.1), so it must be visible ASCII throughout; a line
    /// break that a file ends with is the caller's to take off.
    ///
    /// Fails when it is empty or holds white space, control characters or anything beyond ASCII; the text is wiped then, too.
    pub fn new(text: String) -> Result<Self, TokenError> {
        let text = SecretText::new(text);
        let token = text.expose();
        if token.is_empty() {
            return Err(TokenError::Empty);
        }
        if token.contains(char::is_whitespace) {
            return Err(TokenError::WhiteSpace);
        }
        if !token.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(TokenError::NotVisibleAscii);
        }
        Ok(Token(text))
    }

    /// The token itself.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// Why a text is no token. It holds nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenError {
    /// There is nothing.
    Empty,
    /// It holds white space.
    WhiteSpace,
    /// It holds a control character or a character beyond ASCII.
    NotVisibleAscii,
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TokenError::Empty => "the token is empty; give the access token of the account or team",
            TokenError::WhiteSpace => "the token holds white space; give the token alone, without blanks, quotes or line breaks",
            TokenError::NotVisibleAscii => {
                "the token holds a control character or one beyond ASCII; copy it again, tokens are plain letters, digits and signs"
            }
        })
    }
}

impl Error for TokenError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_a_header_can_carry() {
        assert_eq!(Token::new("abc-_.~+/=123".into()).unwrap().expose(), "abc-_.~+/=123");
        for (text, refusal) in [
            ("", TokenError::Empty),
            ("secret-1 ", TokenError::WhiteSpace),
            ("secret-1\n", TokenError::WhiteSpace),
            ("secret\r\n-1", TokenError::WhiteSpace),
            ("secret\u{a0}-1", TokenError::WhiteSpace),
            ("secret\0-1", TokenError::NotVisibleAscii),
            ("secret\u{7f}-1", TokenError::NotVisibleAscii),
            ("secret-ü", TokenError::NotVisibleAscii),
        ] {
            let error = Token::new(text.into()).unwrap_err();
            assert_eq!(error, refusal, "{text:?}");
            assert!(!format!("{error} {error:?}").contains("secret"));
        }
    }

    #[test]
    fn debug_does_not_show_it() {
        assert_eq!(format!("{:?}", Token::new("hunter2".into()).unwrap()), "Token([redacted])");
    }
}
