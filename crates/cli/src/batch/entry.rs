//! One line of a batch: what it names, or why it names nothing.

use crate::content::{self, is_content};
use crate::failure::Usage;
use crate::input::{Input, Inputs};
use certflight_validate::Role;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::path::Path;
use zeroize::Zeroizing;

/// The name of an input that stands in the line itself.
const IN_LINE: &str = "batch line";

/// The longest `id`, in bytes of JSON.
const MAX_ID: usize = 4096;

/// By what its answer is known: a string or a number of JSON, which goes out as it came.
#[derive(Clone, Serialize)]
pub(super) struct Id(Box<RawValue>);

impl Id {
    /// The error says why it is none; nothing of it is in there.
    fn new(raw: &RawValue) -> Result<Self, String> {
        if raw.get().len() > MAX_ID {
            return Err(format!("id has more than {MAX_ID} bytes"));
        }
        match raw.get().as_bytes() {
            [b'-' | b'0'..=b'9', ..] => {}
            [b'"', ..] => match string(raw) {
                Some(text) if is_content(&String::from_utf8_lossy(&text)) => {
                    return Err("id holds the text of a certificate or key, which is not repeated".to_owned());
                }
                Some(_) => {}
                None => return Err("id has an escape that stands for no character".to_owned()),
            },
            _ => return Err("id is neither a string nor a number".to_owned()),
        }
        Ok(Id(raw.to_owned()))
    }

    /// The JSON as it came.
    pub(super) fn raw(&self) -> &RawValue {
        &self.0
    }

    fn of_name(name: &str) -> Result<Self, String> {
        let raw = serde_json::value::to_raw_value(name).map_err(|_| "the name of the folder cannot be written".to_owned())?;
        Id::new(&raw)
    }
}

/// A bundle of the batch.
pub(super) struct Entry {
    pub(super) id: Option<Id>,
    pub(super) inputs: Inputs,
    pub(super) origin: Option<Zeroizing<String>>,
}

/// A line that is no bundle.
pub(super) struct Unreadable {
    pub(super) id: Option<Id>,
    /// Cause and remedy; nothing of the line is in it but the names of files.
    pub(super) why: String,
}

/// The fields of a line; others are passed over. None is looked into here: serde_json would keep parts of a text with escapes in a buffer that nobody wipes. Their names it does
/// look into (docs/memory.md).
#[derive(Deserialize)]
struct Fields<'l> {
    #[serde(borrow)]
    id: Option<&'l RawValue>,
    #[serde(borrow)]
    cert: Option<&'l RawValue>,
    #[serde(borrow)]
    key: Option<&'l RawValue>,
    #[serde(borrow)]
    ca: Option<&'l RawValue>,
    #[serde(borrow)]
    cert_file: Option<&'l RawValue>,
    #[serde(borrow)]
    key_file: Option<&'l RawValue>,
    #[serde(borrow)]
    ca_file: Option<&'l RawValue>,
    #[serde(borrow)]
    origin: Option<&'l RawValue>,
}

impl Entry {
    pub(super) fn of_line(line: &[u8]) -> Result<Self, Unreadable> {
        let bare = |why: String| Unreadable { id: None, why };
        // A byte order mark, at the beginning of the first line.
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        let line = str::from_utf8(line).map_err(|_| bare("the line is no UTF-8 text".to_owned()))?;
        // Of anything but an object serde_json would repeat what it is, in such a buffer; and it would take a list of values for the fields.
        if !line.trim_ascii_start().is_empty() && !line.trim_ascii_start().starts_with('{') {
            return Err(bare(format!("the line is no JSON object; {WANTED}")));
        }
        let fields: Fields<'_> = serde_json::from_str(line).map_err(|error| bare(malformed(&error)))?;
        let id = fields.id.map(Id::new).transpose().map_err(bare)?;
        let (inputs, origin) = fields.read().map_err(|why| Unreadable { id: id.clone(), why })?;
        Ok(Entry { id, inputs, origin })
    }

    /// The files of a folder, which are sorted by what they hold.
    pub(super) fn of_folder(folder: &Path) -> Result<Self, Unreadable> {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let id = Some(Id::of_name(&name).map_err(|why| Unreadable { id: None, why })?);
        let cannot = |why: String| Unreadable { id: id.clone(), why };
        let Some(path) = folder.to_str() else {
            return Err(cannot("the name of the folder is no UTF-8; rename it".to_owned()));
        };
        let mut inputs = Inputs::default();
        inputs.put_folder(path).map_err(|Usage(why)| cannot(why))?;
        Ok(Entry { id, inputs, origin: None })
    }
}

impl Fields<'_> {
    fn read(&self) -> Result<(Inputs, Option<Zeroizing<String>>), String> {
        let mut inputs = Inputs::default();
        for (role, text, file) in
            [(Role::Cert, self.cert, self.cert_file), (Role::Key, self.key, self.key_file), (Role::Ca, self.ca, self.ca_file)]
        {
            let input = match (text, file) {
                (Some(_), Some(_)) => return Err(format!("it has {role} and {role}_file; give one of them")),
                (Some(text), None) => {
                    let text = string(text).ok_or_else(|| format!("{role} is no JSON string"))?;
                    Input::new(role, IN_LINE, text)
                }
                (None, Some(file)) => {
                    // It may be a secret in the wrong place.
                    let path = string(file).ok_or_else(|| format!("{role}_file is no JSON string"))?;
                    let path = str::from_utf8(&path).map_err(|_| format!("{role}_file is no JSON string"))?;
                    if is_content(path) {
                        return Err(format!(
                            "{role}_file holds a text where the path of a file belongs, and is not shown; a text goes into {role}"
                        ));
                    }
                    let bytes = content::read_regular_file(path)
                        .map_err(|error| format!("{role}_file {}: {}", content::shown_path(path), content::why(&error)))?;
                    Input::new(role, path, bytes)
                }
                (None, None) => continue,
            };
            inputs.put(input).map_err(|Usage(why)| why)?;
        }
        let origin = self.origin.map(|origin| plain(origin).ok_or("origin is no JSON string")).transpose()?;
        if origin.as_ref().is_some_and(|origin| is_content(origin)) {
            return Err("origin holds the text of a certificate or key, which is not repeated".to_owned());
        }
        Ok((inputs, origin))
    }
}

/// serde_json's own words may repeat a field's name, which may be anything.
fn malformed(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "the line ends inside of a JSON object",
        serde_json::error::Category::Data => "the line is no JSON object, or names a field twice",
        _ => "the line is no JSON",
    };
    format!("{what} (column {}); {WANTED}", error.column())
}

const WANTED: &str = "a bundle is an object with cert, key and ca, or cert_file, key_file and ca_file, on one line";

/// A string that goes on as text.
fn plain(raw: &RawValue) -> Option<Zeroizing<String>> {
    String::from_utf8(std::mem::take(&mut *string(raw)?)).ok().map(Zeroizing::new)
}

/// The bytes of a JSON string (RFC 8259 section 7), in one buffer that is wiped.
fn string(raw: &RawValue) -> Option<Zeroizing<Vec<u8>>> {
    let mut rest = raw.get().strip_prefix('"')?.strip_suffix('"')?;
    let mut out = Zeroizing::new(Vec::with_capacity(rest.len())); // an escape is longer than what it stands for
    while let Some((plain, escape)) = rest.split_once('\\') {
        out.extend_from_slice(plain.as_bytes());
        let (character, after) = unescape(escape)?;
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        rest = after;
    }
    out.extend_from_slice(rest.as_bytes());
    Some(out)
}

/// What stands for the character after a backslash, and what follows it.
fn unescape(text: &str) -> Option<(char, &str)> {
    let (letter, rest) = text.split_at_checked(1)?;
    let character = match letter {
        "n" => '\n',
        "r" => '\r',
        "t" => '\t',
        "b" => '\u{8}',
        "f" => '\u{c}',
        "\"" | "\\" | "/" => letter.chars().next()?,
        "u" => {
            let (high, rest) = unit(rest)?;
            return match char::from_u32(high) {
                Some(character) => Some((character, rest)),
                None => {
                    let (low, rest) = unit(rest.strip_prefix("\\u")?)?;
                    let pair = [u16::try_from(high).ok()?, u16::try_from(low).ok()?];
                    let character = char::decode_utf16(pair).next()?.ok()?;
                    Some((character, rest))
                }
            };
        }
        _ => return None,
    };
    Some((character, rest))
}

fn unit(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    Some((u32::from_str_radix(digits, 16).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> &RawValue {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn strings_are_read_as_serde_json_reads_them() {
        for text in [
            r#""""#,
            r#""plain""#,
            r#""a\nb\r\tc\"d\\e\/f\b\f""#,
            r#""\u00e9\u20ac\ud83d\udd11é""#,
            r#""\\n""#,
            r#""\ud83d""#,
            r#""\ud83dx""#,
            r#""\udd11\ud83d""#,
            "5",
            "{}",
        ] {
            let theirs: Option<String> = serde_json::from_str(text).ok();
            assert_eq!(string(raw(text)).map(|bytes| bytes.to_vec()), theirs.map(String::into_bytes), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_line_is_told_without_its_text() {
        for (line, id, why) in [
            ("", None, "the line ends inside of a JSON object"),
            ("no", None, "the line is no JSON object"),
            ("{no", None, "the line is no JSON (column 2)"),
            (r#"["x"]"#, None, "the line is no JSON object"),
            (r#"[null,"secret","secret","secret",null,null,null,null]"#, None, "the line is no JSON object"),
            (r#" "secret""#, None, "the line is no JSON object"),
            (r#"{"cert":"secret"#, None, "the line ends inside"),
            (r#"{"cert":"a","cert":"secret"}"#, None, "names a field twice"),
            (r#"{"id":["secret"]}"#, None, "id is neither a string nor a number"),
            (r#"{"id":7,"key":5}"#, Some("7"), "key is no JSON string"),
            (r#"{"id":"\ud800","key":5}"#, None, "id has an escape"),
            (r#"{"id":"-----BEGIN secret"}"#, None, "id holds the text"),
            (r#"{"key_file":"-----BEGIN secret"}"#, None, "key_file holds a text"),
            (r#"{"key_file":"/tmp/MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0waw0secret0"}"#, None, "key_file (not shown"),
            (r#"{"key_file":"b9l1tYgNGrQaQ4pSafMe/prFpN+ewr/HyK3x0q7G0secret0"}"#, None, "key_file (not shown"),
            (r#"{"key_file":"b9l1tYgNGrQaQ4pSafMe-prFpN_ewr-HyK3x0q7G0secret0"}"#, None, "key_file (not shown"),
            (r#"{"id":"a","ca":"secret","ca_file":"secret"}"#, Some("\"a\""), "it has ca and ca_file"),
            (r#"{"id":"a","origin":{"secret":1}}"#, Some("\"a\""), "origin is no JSON string"),
            (r#"{"id":"a","origin":"-----BEGIN secret"}"#, Some("\"a\""), "origin holds the text"),
        ] {
            let Err(found) = Entry::of_line(line.as_bytes()) else { panic!("{line}") };
            assert_eq!(found.id.map(|id| serde_json::to_string(&id).unwrap()).as_deref(), id, "{line}");
            assert!(found.why.contains(why) && !found.why.contains("secret"), "{line}: {}", found.why);
        }
        assert!(Entry::of_line(b"\xff").is_err());
        for kept in ["340282366920938463463374607431768211455", "-0", "1.10", "1e400", "\"\\u00e9\"", "\"a\""] {
            let entry = Entry::of_line(format!("{{\"id\":{kept}}}").as_bytes()).ok().unwrap();
            assert_eq!(serde_json::to_string(&entry.id).unwrap(), kept);
        }
        assert!(Entry::of_line(b"\xef\xbb\xbf{}").is_ok());
        let long = |length: usize| format!(r#"{{"id":"{}"}}"#, "a".repeat(length - 2));
        assert!(Entry::of_line(long(MAX_ID).as_bytes()).is_ok() && Entry::of_line(long(MAX_ID + 1).as_bytes()).is_err());
    }

    #[test]
    fn other_fields_are_passed_over() {
        let entry = Entry::of_line(br#"{"id":null,"partner":{"x":[1]},"cert":null,"origin":"https://a.example"}"#).ok().unwrap();
        assert_eq!((entry.id.is_none(), entry.origin.as_ref().map(|origin| origin.as_str())), (true, Some("https://a.example")));
        assert!(entry.inputs.sources().is_empty());
    }
}
