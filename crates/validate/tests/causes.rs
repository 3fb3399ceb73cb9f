//! The table of causes in docs/causes.md, against the fixtures that it names.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

use certflight_fixtures::{Severity, Verdict, containers_folder};
use std::collections::BTreeSet;

/// The rows of the public collection that the table follows.
const ROWS: usize = 35;

struct Row<'a> {
    number: usize,
    outcome: &'a str,
    code: Option<&'a str>,
    fixtures: Vec<&'a str>,
}

fn rows(page: &str) -> Vec<Row<'_>> {
    page.lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| #"))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            assert_eq!(cells.len(), 6, "{line}");
            let code = cells[3].trim_matches('`');
            Row {
                number: cells[0].parse().unwrap(),
                outcome: cells[2],
                code: (!code.is_empty()).then_some(code),
                fixtures: cells[4].split_whitespace().collect(),
            }
        })
        .collect()
}

#[test]
fn every_cause_ends_as_the_page_says() {
    let rows = rows(include_str!("../../../docs/causes.md"));
    let numbers: BTreeSet<usize> = rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=ROWS).collect(), "every cause has a row");
    for Row { number, outcome, code, fixtures } in rows {
        assert!(!fixtures.is_empty(), "row {number} has no fixture");
        for name in fixtures {
            if let Some(file) = name.strip_prefix("containers/") {
                // crates/import and the command's tests open each of them.
                assert!(containers_folder().join(file).is_file(), "{name}");
                continue;
            }
            let fixture = certflight_fixtures::named(name);
            let own = fixture.expect.finding.iter().find(|finding| Some(finding.code.as_str()) == code);
            assert_eq!(own.is_some(), code.is_some(), "row {number}: {name} lacks {code:?}");
            let refused = own.is_some_and(|finding| finding.severity == Severity::Error);
            assert_eq!(outcome == "refused", refused, "row {number}: {name} is not {outcome}");
            assert!(outcome == "refused" || fixture.expect.verdict == Verdict::Pass, "row {number}: {name} fails");
        }
    }
}
