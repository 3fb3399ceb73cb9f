//! A bundle as it is given to the command, and the sound ones to begin with.

use certflight_fixtures::{CA_FILE, CERT_FILE, Fixture, KEY_FILE, REPLACES_FILE};

/// One input.
#[derive(Clone, PartialEq)]
pub(crate) struct Part {
    /// Without one the file is sorted by what it holds.
    pub(crate) flag: Option<&'static str>,
    pub(crate) file: String,
    pub(crate) bytes: Vec<u8>,
    /// Whether the file that is named exists.
    pub(crate) there: bool,
}

#[derive(Clone, PartialEq)]
pub(crate) struct Bundle {
    pub(crate) name: String,
    pub(crate) parts: Vec<Part>,
    pub(crate) origin: Option<String>,
    pub(crate) at: String,
    pub(crate) args: Vec<String>,
}

impl Bundle {
    fn of(fixture: Fixture) -> Self {
        let named = [
            ("--cert", CERT_FILE, fixture.cert),
            ("--key", KEY_FILE, fixture.key),
            ("--ca", CA_FILE, fixture.ca),
            ("--replaces", REPLACES_FILE, fixture.replaces),
        ];
        let named = named.into_iter().filter_map(|(flag, file, bytes)| Some((Some(flag), file.to_owned(), bytes?)));
        let given = fixture.given.into_iter().map(|(file, bytes)| (None, file, bytes));
        Bundle {
            at: fixture.expect.at().to_owned(),
            name: fixture.name,
            parts: named.chain(given).map(|(flag, file, bytes)| Part { flag, file, bytes, there: true }).collect(),
            origin: fixture.expect.origin,
            args: fixture.expect.args,
        }
    }

    /// How often it is drawn: P-384 and P-521 take some times as long as what else there is.
    pub(crate) fn weight(&self) -> usize {
        if self.name.contains("p384") || self.name.contains("p521") { 1 } else { 4 }
    }
}

/// Every sound bundle of the fixtures.
pub(crate) fn sound() -> Vec<Bundle> {
    certflight_fixtures::all().into_iter().filter(|fixture| fixture.code == "ok").map(Bundle::of).collect()
}
