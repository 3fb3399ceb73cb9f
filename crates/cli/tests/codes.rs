//! The page of all codes is what the table says.

#![allow(clippy::unwrap_used, reason = "a test that fails here has found something")]

use certflight_validate::Code;
use std::fmt::Write as _;
use std::fs;

/// `docs/codes.md`, made of the table. `CERTFLIGHT_BLESS=1 cargo test -p certflight --test codes` writes it anew.
#[test]
fn the_page_of_codes_is_the_table() {
    let mut page = String::from(
        "# The codes of findings\n\n\
         `certflight explain CODE` prints the page of a code: what it means, how it comes about, how to mend it, who refuses it. `--deny CODE` makes a finding an\n\
         error; with `check`, `--warn` and `--allow` lower a warning. The `profile-…` codes are breaches of the certificate profile that OpenSSL servers take and\n\
         stricter ones refuse; `--strict` makes them all errors. A warning about text means that it was mended; where mending would be a guess, or something is\n\
         lost, the same code is an error.\n\n\
         This page is made of the table in `crates/validate/src/code.rs` by a test.\n\n\
         | code | severity | what it says | reference |\n|---|---|---|---|\n",
    );
    for code in Code::ALL {
        let link = format!("[`{code}`](../crates/validate/docs/codes/{code}.md)");
        writeln!(page, "| {link} | {} | {} | {} |", code.severity(), code.summary(), code.reference()).unwrap();
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/codes.md");
    if std::env::var_os("CERTFLIGHT_BLESS").is_some() {
        fs::write(path, &page).unwrap();
    }
    let found = fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    assert!(found == page, "docs/codes.md is not what the table says: write it anew with CERTFLIGHT_BLESS=1");
}
