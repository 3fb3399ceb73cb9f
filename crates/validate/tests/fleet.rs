//! A fleet says of each bundle what a check says of it alone.

#![allow(clippy::unwrap_used, reason = "a test that fails here has found something")]

use certflight_fixtures::{DEFAULT_AT, Fixture};
use certflight_validate::{Fleet, Policy, Report, Request, Role, Source, Timestamp, check};

fn report(fixture: &Fixture, check: impl Fn(&Request<'_>, &Policy) -> Report) -> String {
    let named =
        [(Role::Cert, &fixture.cert), (Role::Key, &fixture.key), (Role::Ca, &fixture.ca), (Role::Replaces, &fixture.replaces)];
    let mut sources: Vec<Source<'_>> =
        named.into_iter().filter_map(|(role, bytes)| Some(Source::new(role, role.name(), bytes.as_deref()?))).collect();
    sources.extend(fixture.given.iter().map(|(name, bytes)| Source::new(Role::Auto, name, bytes)));
    let policy = Policy::new(Timestamp::parse_rfc3339(DEFAULT_AT).unwrap());
    format!("{:?}", check(&Request { sources: &sources, origin: fixture.expect.origin.as_deref() }, &policy))
}

/// Twice, so that the second time everything is known, and from two threads.
#[test]
fn what_is_remembered_changes_no_report() {
    let fixtures = certflight_fixtures::all();
    let alone: Vec<String> = fixtures.iter().map(|fixture| report(fixture, check)).collect();
    let fleet = Fleet::new();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..2 {
                    for (fixture, alone) in fixtures.iter().zip(&alone) {
                        let together = report(fixture, |request, policy| fleet.check(request, policy));
                        assert_eq!(together, *alone, "{}", fixture.name);
                    }
                }
            });
        }
    });
}
