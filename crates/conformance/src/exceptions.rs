//! Cases that may be wrong, each with its reason.

use crate::case::Unreadable;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// The reason by the case.
pub(crate) type Exceptions = BTreeMap<String, String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default)]
    exception: Vec<Exception>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    id: String,
    reason: String,
}

/// Reads a list; `path` is for messages.
///
/// # Errors
/// When it is not in the format, a reason is empty, or a case stands in it twice.
pub(crate) fn parse(path: &Path, text: &str) -> Result<Exceptions, Unreadable> {
    let list: List = toml::from_str(text).map_err(|error| Unreadable::new(path, error))?;
    let mut exceptions = Exceptions::new();
    for Exception { id, reason } in list.exception {
        if reason.trim().is_empty() {
            return Err(Unreadable::case(path, &id, "the reason is empty; say why it may be wrong"));
        }
        if exceptions.contains_key(&id) {
            return Err(Unreadable::case(path, &id, "stands in the list twice; leave one"));
        }
        exceptions.insert(id, reason);
    }
    Ok(exceptions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exception_has_a_reason_and_stands_once() {
        let parse = |text: &str| parse(Path::new("list.toml"), text).map_err(|Unreadable(why)| why);
        let one = "[[exception]]\nid = 'a::b'\nreason = 'because'\n";
        assert_eq!(parse(one).unwrap(), Exceptions::from([("a::b".into(), "because".into())]));
        assert_eq!(parse("").unwrap(), Exceptions::new());
        assert!(parse(&format!("{one}{one}")).unwrap_err().contains("twice"));
        assert!(parse(&one.replace("because", " ")).unwrap_err().contains("reason is empty"));
        assert!(parse("[[exception]]\nid = 'a::b'\n").is_err());
        assert!(parse(&format!("{one}mode = 'strict'\n")).is_err());
    }
}
