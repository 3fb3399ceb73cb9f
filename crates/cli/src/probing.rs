//! A probe of the origin, after a check and with what it checked.

use crate::args::ProbeArgs;
use crate::failure::{Exit, Usage};
use crate::proxy;
use certflight_probe::{Identity, Probed, Target};
use certflight_validate::{Escaped, Policy, Report, Request, Timestamp, ValidatedBundle, Verdict, convert};
use std::net::IpAddr;
use std::time::SystemTime;

/// What became of a probe that was asked for.
pub(crate) enum Probing {
    Done(Box<Probed>),
    /// With the reason.
    NotRun(&'static str),
}

impl Probing {
    fn done(&self) -> Option<&Probed> {
        match self {
            Probing::Done(probed) => Some(probed),
            Probing::NotRun(_) => None,
        }
    }
}

/// Of a bundle that passed; its report, made with `policy`, with what was found.
pub(crate) fn of_sound(
    args: &ProbeArgs,
    bundle: &ValidatedBundle,
    report: &Report,
    policy: &Policy,
) -> Result<(Report, Probing), Usage> {
    let Some(origin) = report.origin() else { return Ok((report.clone(), Probing::NotRun("there is no origin"))) };
    Ok(joined(&target(args, origin)?, &Identity::of(bundle), report, policy))
}

/// Of a bundle that did not pass.
pub(crate) fn of_unsound(
    args: &ProbeArgs,
    request: &Request<'_>,
    report: &Report,
    policy: &Policy,
) -> Result<(Report, Probing), Usage> {
    let not_run = |why| Ok((report.clone(), Probing::NotRun(why)));
    let Some(origin) = report.origin() else { return not_run("the origin is not sound") };
    let target = target(args, origin)?;
    if !args.anyway {
        return not_run("the bundle is not sound; --anyway probes all the same");
    }
    match convert(request, policy) {
        Ok(converted) => Ok(joined(&target, &Identity::of_unsound(&converted), report, policy)),
        Err(_) => not_run("what would be presented cannot be told: an input cannot be read, or there is none"),
    }
}

fn joined(target: &Target, identity: &Identity, report: &Report, policy: &Policy) -> (Report, Probing) {
    let now = Timestamp::from(SystemTime::now()).whole_second();
    let probed = certflight_probe::probe(target, identity, report, now);
    (report.clone().with(probed.findings.clone(), policy), Probing::Done(Box::new(probed)))
}

/// How a command ends whose report, the probe's findings in it, is this; `checked` is the verdict before the probe.
pub(crate) fn exit(report: &Report, checked: Verdict, probing: Option<&Probing>) -> Exit {
    match (report.verdict(), checked) {
        // What was asked for and did not come about is no pass.
        (Verdict::Pass, _) if matches!(probing, Some(Probing::NotRun(_))) => Exit::Rejected,
        (Verdict::Pass, _) => Exit::Pass,
        (Verdict::Fail, Verdict::Pass) if probing.and_then(Probing::done).is_some_and(Probed::is_unreached) => Exit::NotTaken,
        (Verdict::Fail, _) => Exit::Rejected,
    }
}

fn target(args: &ProbeArgs, origin: &str) -> Result<Target, Usage> {
    let wrong = |flag: &str, given: &str, why: &dyn std::fmt::Display| Usage(format!("{flag} {}: {why}", Escaped(given)));
    let mut target = Target::new(origin).map_err(|error| Usage(format!("--origin: {error}")))?;
    if let Some(path) = &args.probe_path {
        target = target.path(path).map_err(|error| wrong("--probe-path", path, &error))?;
    }
    if let Some(name) = &args.servername {
        target = target.server_name(name).map_err(|error| wrong("--servername", name, &error))?;
    }
    if let Some(given) = &args.connect_to {
        let (host, port) = connect_to(given, &target.dialled()).map_err(|why| wrong("--connect-to", given, &why))?;
        target = target.connect_to(&host, port).map_err(|error| wrong("--connect-to", given, &error))?;
    }
    if let Some(given) = &args.resolve {
        let addresses = resolve(given, &target.dialled()).map_err(|why| wrong("--resolve", given, &why))?;
        target = target.addresses(addresses);
    }
    let usual = (certflight_probe::CONNECT_TIMEOUT, certflight_probe::TOTAL_TIMEOUT);
    target = target.timeouts(args.connect_timeout.unwrap_or(usual.0), args.probe_timeout.unwrap_or(usual.1));
    match proxy::of(origin, target.is_loopback())? {
        Some(proxy) => Ok(target.proxy(proxy)),
        None => Ok(target),
    }
}

/// Host and port at the beginning of a text, and what stands behind the colon after them. An IPv6 address stands in brackets.
fn host_and_port(text: &str) -> Option<(&str, &str, Option<&str>)> {
    let end = match text.strip_prefix('[') {
        Some(inner) => inner.find(']')? + 2,
        None => text.find(':')?,
    };
    let (host, rest) = text.split_at_checked(end)?;
    let rest = rest.strip_prefix(':')?;
    Some(match rest.split_once(':') {
        Some((port, rest)) => (host, port, Some(rest)),
        None => (host, rest, None),
    })
}

/// Whether a host and port that a flag names are those that the connection would go to; nothing stands for any, and so does a star.
fn is_meant(host: &str, port: &str, (real_host, real_port): &(String, u16)) -> bool {
    // As in an origin: in whatever case, and in Unicode.
    let is_host = || Target::new(&format!("https://{host}")).is_ok_and(|target| target.dialled().0 == *real_host);
    (host.is_empty() || host == "*" || is_host()) && (port.is_empty() || port.parse() == Ok(*real_port))
}

fn connect_to(given: &str, dialled: &(String, u16)) -> Result<(String, u16), String> {
    let form = || "write it as HOST1:PORT1:HOST2:PORT2, as api.example.com:443:new.example.com:8443".to_owned();
    let (host, port, rest) = host_and_port(given).ok_or_else(form)?;
    let (to_host, to_port, None) = rest.and_then(host_and_port).ok_or_else(form)? else { return Err(form()) };
    if !is_meant(host, port, dialled) {
        return Err(format!("the origin is at {}:{}, so this would change nothing", dialled.0, dialled.1));
    }
    let host = if to_host.is_empty() { &dialled.0 } else { to_host };
    let port = if to_port.is_empty() { Ok(dialled.1) } else { to_port.parse() };
    match port {
        Ok(port @ 1..) => Ok((host.to_owned(), port)),
        _ => Err(form()),
    }
}

fn resolve(given: &str, dialled: &(String, u16)) -> Result<Vec<IpAddr>, String> {
    let form = || "write it as HOST:PORT:ADDR, as api.example.com:443:203.0.113.7".to_owned();
    // A plus is of how long curl remembers it.
    let given = given.strip_prefix('+').unwrap_or(given);
    let (host, port, Some(addresses)) = host_and_port(given).ok_or_else(form)? else { return Err(form()) };
    let bare = |text: &str| text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text).parse();
    let addresses: Result<Vec<IpAddr>, _> = addresses.split(',').map(bare).collect();
    let addresses = addresses.map_err(|_| form())?;
    if !is_meant(host, port, dialled) {
        return Err(format!("the connection goes to {}:{}, so this would change nothing", dialled.0, dialled.1));
    }
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialled() -> (String, u16) {
        ("api.example.com".to_owned(), 443)
    }

    #[test]
    fn a_connection_goes_elsewhere_in_curls_form() {
        for (given, host, port) in [
            ("api.example.com:443:new.example.com:8443", "new.example.com", 8443),
            ("API.example.com:443:127.0.0.1:1", "127.0.0.1", 1),
            ("::[::1]:8443", "[::1]", 8443),
            ("::new.example.com:", "new.example.com", 443),
            (":::8443", "api.example.com", 8443),
        ] {
            assert_eq!(connect_to(given, &dialled()), Ok((host.to_owned(), port)), "{given}");
        }
        for given in [
            "",
            "a",
            "a:1",
            "a:1:b",
            "other.example.com:443:b:1",
            "api.example.com:1:b:1",
            "::b:0",
            "::b:x",
            "::b:1:2",
            "[::1:1:b:1",
        ] {
            assert!(connect_to(given, &dialled()).is_err(), "{given}");
        }
    }

    #[test]
    fn addresses_stand_for_a_name_in_curls_form() {
        let found = |given: &str| resolve(given, &dialled()).map(|found| found.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(found("api.example.com:443:127.0.0.1,::1"), Ok(vec!["127.0.0.1".to_owned(), "::1".to_owned()]));
        for given in ["api.example.com:443:[::1]", "API.Example.com:443:::1", "*:443:::1", "+api.example.com:443:::1"] {
            assert_eq!(found(given), Ok(vec!["::1".to_owned()]), "{given}");
        }
        for given in [
            "",
            "api.example.com",
            "api.example.com:443",
            "api.example.com:443:",
            "api.example.com:443:host",
            "b:443:127.0.0.1",
            "api.example.com:80:127.0.0.1",
        ] {
            assert!(found(given).is_err(), "{given}");
        }
    }
}
