//! What stands around a PEM block on its line: a JSON string, an assignment, a key of YAML.

/// The format that a block was taken out of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrapper {
    Json,
    Yaml,
    Assignment,
    Other,
}

impl Wrapper {
    /// Its name in a sentence.
    pub(super) fn name(self) -> &'static str {
        match self {
            Wrapper::Json => "JSON",
            Wrapper::Yaml => "YAML",
            Wrapper::Assignment => "an assignment, as in an .env file or a script",
            Wrapper::Other => "a line of other text",
        }
    }

    pub(super) fn help(self) -> &'static str {
        match self {
            Wrapper::Json => "take the value out of its field, as `jq -r .FIELD` does",
            Wrapper::Yaml => "take the value out of its field, as `yq -r .FIELD` does",
            Wrapper::Assignment => "set the variable and give env:NAME in place of the file",
            Wrapper::Other => "copy only the lines from BEGIN to END",
        }
    }
}

/// The format that is open before a block on its line, if it is one.
pub(super) fn opening(before: &[u8]) -> Option<Wrapper> {
    let quotes = |b: &u8| matches!(b, b'"' | b'\'' | b'`' | b' ' | b'\t' | b'|' | b'>' | b'-' | b'\\');
    let bare = before.get(..before.iter().rposition(|b| !quotes(b)).map_or(0, |at| at + 1))?;
    let quoted = |text: &[u8]| matches!(text.trim_ascii_end(), [.., b'"']);
    match bare {
        [key @ .., b':'] if quoted(key) => Some(Wrapper::Json),
        [.., b':'] => Some(Wrapper::Yaml),
        [.., b'='] => Some(Wrapper::Assignment),
        [.., b'[' | b','] => Some(Wrapper::Json),
        [.., b'('] => Some(Wrapper::Other),
        _ if before.trim_ascii_end().ends_with(b">") && !bare.is_empty() => Some(Wrapper::Other),
        _ => None,
    }
}

/// Whether the line is a key of YAML whose value is the lines that follow (YAML 1.2 section 8.1).
pub(super) fn block_follows(line: &[u8]) -> Option<Wrapper> {
    let marks = line.trim_ascii_end();
    let rest = marks.strip_suffix(b"-").or_else(|| marks.strip_suffix(b"+")).unwrap_or(marks);
    let key = rest.strip_suffix(b"|").or_else(|| rest.strip_suffix(b">"))?.trim_ascii_end();
    key.ends_with(b":").then_some(Wrapper::Yaml)
}

/// Whether what follows a block on its line only closes what was open before it.
pub(super) fn is_closing(after: &[u8]) -> bool {
    after.iter().all(|b| matches!(b, b'"' | b'\'' | b'`' | b' ' | b'\t' | b',' | b';' | b'}' | b']' | b')'))
}

/// The text without white space and escaped line breaks at both ends, and whether there were any of these.
pub(super) fn without_escapes(text: &[u8]) -> (&[u8], bool) {
    let mut escaped = false;
    let mut rest = text.trim_ascii();
    loop {
        let start = rest.iter().take_while(|b| **b == b'\\').count();
        match rest.get(start..) {
            Some([b'n' | b'r' | b't', after @ ..]) if start > 0 => {
                rest = after.trim_ascii_start();
                escaped = true;
            }
            _ => break,
        }
    }
    while let [before @ .., b'\\', b'n' | b'r' | b't'] = rest {
        let end = before.iter().rposition(|b| *b != b'\\').map_or(0, |at| at + 1);
        rest = before.get(..end).unwrap_or_default().trim_ascii_end();
        escaped = true;
    }
    (rest, escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_what_is_open() {
        for (before, expected) in [
            (r#"{"cert": ""#, Some(Wrapper::Json)),
            (r#"["#, Some(Wrapper::Json)),
            ("tls.crt: |", Some(Wrapper::Yaml)),
            ("cert: '", Some(Wrapper::Yaml)),
            ("export CERT=\"", Some(Wrapper::Assignment)),
            ("const cert = `", Some(Wrapper::Assignment)),
            ("<certificate>", Some(Wrapper::Other)),
            ("load(", Some(Wrapper::Other)),
            ("\"", None),
            ("", None),
            ("issuer=CN = Example Root CA", None),
            ("> ", None),
        ] {
            assert_eq!(opening(before.as_bytes()), expected, "{before}");
        }
        assert_eq!(block_follows(b"  tls.crt: |-"), Some(Wrapper::Yaml));
        assert_eq!(block_follows(b"Bag Attributes"), None);
    }

    #[test]
    fn escapes_at_the_ends_are_taken_off() {
        assert_eq!(without_escapes(b"\\n\\\\r\\nMIIB\\n"), (&b"MIIB"[..], true));
        assert_eq!(without_escapes(b" MIIB "), (&b"MIIB"[..], false));
        assert_eq!(without_escapes(b"\\n"), (&b""[..], true));
    }

    #[test]
    fn each_format_has_its_own_way_out() {
        for (wrapper, name, help) in [
            (Wrapper::Json, "JSON", "jq -r"),
            (Wrapper::Yaml, "YAML", "yq -r"),
            (Wrapper::Assignment, "an assignment", "env:NAME"),
            (Wrapper::Other, "other text", "from BEGIN to END"),
        ] {
            assert!(wrapper.name().contains(name) && wrapper.help().contains(help), "{wrapper:?}");
        }
    }
}
