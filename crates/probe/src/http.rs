//! One request, and the head of its answer.

use crate::bounds::MAX_HEADERS;

/// The head of an HTTP/1 answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code (RFC 9110 section 15).
    pub status: u16,
    /// The Server field, as it came. Escape it before showing it.
    pub server: Option<String>,
    /// How long the content would be (RFC 9110 section 8.6).
    pub content_length: Option<u64>,
    /// The Location field of a redirect, as it came; nobody went there.
    pub location: Option<String>,
}

/// What the bytes that have come are the beginning of.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Head {
    /// More has to come.
    Partial,
    Whole(Answer),
    NotHttp,
}

/// A request without a body whose answer has none either, and which changes nothing (RFC 9110 section 9.3.2).
pub(crate) fn request(authority: &str, path: &str) -> String {
    format!(
        "HEAD {path} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: certflight/{}\r\nAccept: */*\r\nConnection: close\r\n\r\n",
        env!("CARGO_PKG_VERSION")
    )
}

/// Reads an answer's head; interim answers (RFC 9110 section 15.2) are passed over.
pub(crate) fn head(bytes: &[u8]) -> Head {
    let mut rest = bytes;
    loop {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        match response.parse(rest) {
            Ok(httparse::Status::Partial) => return Head::Partial,
            Err(_) => return Head::NotHttp,
            Ok(httparse::Status::Complete(length)) => {
                let status = response.code.unwrap_or_default();
                match status {
                    // 101 answers a wish to speak another protocol, and there was none.
                    0..100 | 101 => return Head::NotHttp,
                    100..200 => {
                        rest = rest.get(length..).unwrap_or_default();
                        continue;
                    }
                    _ => {}
                }
                let field = |name: &str| {
                    let found = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
                    found.map(|header| String::from_utf8_lossy(header.value).into_owned())
                };
                let content_length = field("content-length").and_then(|length| length.parse().ok());
                return Head::Whole(Answer { status, server: field("server"), content_length, location: field("location") });
            }
        }
    }
}

/// What opens an HTTP/2 connection (RFC 9113 section 3.4), with settings that change none.
pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// Whether bytes begin as a server's half of that does: with a frame of settings on stream 0. `None` while that cannot be told.
pub(crate) fn is_settings(bytes: &[u8]) -> Option<bool> {
    let frame: &[u8; 9] = bytes.get(..9)?.try_into().ok()?;
    let [_, _, _, kind, flags, stream @ ..] = frame;
    Some(*kind == 4 && *flags == 0 && stream == &[0; 4])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16) -> Answer {
        Answer { status, server: None, content_length: None, location: None }
    }

    #[test]
    fn a_head_is_read_once_it_is_whole() {
        let whole = b"HTTP/1.1 302 Found\r\nServer: nginx\r\nlocation: https://elsewhere.example/\r\n\r\nbody";
        for end in 0..whole.len() - 4 {
            assert_eq!(head(&whole[..end]), Head::Partial, "{end}");
        }
        let found =
            Answer { server: Some("nginx".to_owned()), location: Some("https://elsewhere.example/".to_owned()), ..answer(302) };
        assert_eq!(head(whole), Head::Whole(found));
    }

    #[test]
    fn interim_answers_are_passed_over() {
        assert_eq!(head(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), Head::Partial);
        assert_eq!(head(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 204 No Content\r\n\r\n"), Head::Whole(answer(204)));
    }

    #[test]
    fn what_is_no_answer_is_none() {
        for bytes in [
            &b"220 mail.example ESMTP\r\n"[..],
            b"\0\0\x12\x04\0\0\0\0\0",
            b"HTTP/3 200 \r\n",
            b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
            b"HTTP/1.1 000 \r\n\r\n",
            b"HTTP/1.1 abc\r\n\r\n",
        ] {
            assert_eq!(head(bytes), Head::NotHttp);
        }
        let many = "X: y\r\n".repeat(MAX_HEADERS + 1);
        assert_eq!(head(format!("HTTP/1.1 200 OK\r\n{many}\r\n").as_bytes()), Head::NotHttp);
    }

    #[test]
    fn http_2_begins_with_settings() {
        assert_eq!(is_settings(b"\0\0\x12\x04\0\0\0\0"), None);
        assert_eq!(is_settings(b"\0\0\x12\x04\0\0\0\0\0\0\0"), Some(true));
        assert_eq!(is_settings(b"HTTP/1.1 400 Bad"), Some(false));
        // An acknowledgement answers settings, and comes after the server's own.
        assert_eq!(is_settings(b"\0\0\0\x04\x01\0\0\0\0"), Some(false));
    }
}
