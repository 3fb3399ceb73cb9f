//! The connections of a probe.

use crate::attempt::{Attempt, Version};
use crate::bounds::PARTS;
use crate::exchange::{self, Plan};
use crate::groups::P521;
use crate::identity::{Identity, Unpresentable};
use crate::judge;
use crate::probed::{Acceptance, Probed};
use crate::route::Route;
use crate::server::Server;
use crate::target::Target;
use crate::wire::Deadline;
use certflight_validate::{Report, Timestamp};
use rustls_pki_types::ServerName;
use std::sync::Arc;

/// Connects to the origin up to four times, one after the other: under TLS 1.3 alone and TLS 1.2 alone, with the certificate and without. In each it sends one request
/// without a body and reads the head of the answer. Sessions are not resumed, redirects not followed.
///
/// `report` is of the check of `identity`: what it found is joined with what the origin says. `now` is the instant for which the origin's own certificate is verified.
/// It blocks for no longer than the target's total time-out, and a name's look-up that outlasts it is left behind in a thread of its own.
pub fn probe(target: &Target, identity: &Identity, report: &Report, now: Timestamp) -> Probed {
    let mut provider = rustls::crypto::ring::default_provider();
    provider.kx_groups.push(&P521);
    let provider = Arc::new(provider);
    let whole = Deadline::after(target.total_timeout, None);
    let part = target.total_timeout / PARTS;
    let mut route = Route::new(target);
    let mut attempts: Vec<Attempt> = Vec::new();
    let mut unreachable = None;
    'versions: for version in [Version::Tls13, Version::Tls12] {
        for presented in [Some(identity), None] {
            if presented.is_some_and(|identity| identity.presented.is_err()) {
                continue;
            }
            let deadline = Deadline::after(part, Some(whole));
            let plan = Plan { target, version, identity: presented, provider: &provider, deadline };
            match exchange::make(&mut route, &plan) {
                Ok(attempt) => {
                    let is_spoken = attempt.is_spoken();
                    attempts.push(attempt);
                    // A version that is not spoken with a certificate is not spoken without.
                    if !is_spoken {
                        continue 'versions;
                    }
                }
                Err(why) => {
                    unreachable = Some(why);
                    break 'versions;
                }
            }
        }
    }
    let chain = attempts.iter().map(|attempt| &attempt.chain).find(|chain| !chain.is_empty());
    let server = chain.map(|chain| Server::new(chain, &target.server_name, identity, &provider, now));
    let mut probed = Probed {
        origin: target.origin.clone(),
        path: target.path.clone(),
        server_name: name(&target.server_name),
        proxy: target.proxy.as_ref().map(|proxy| format!("{}:{}", proxy.host, proxy.port)),
        tried: route.tried,
        unreachable,
        attempts,
        server,
        acceptance: Acceptance::Unknown,
        findings: Vec::new(),
    };
    let unpresentable: Option<Unpresentable> = identity.presented.as_ref().err().copied();
    (probed.acceptance, probed.findings) = judge::judge(&probed, unpresentable, report);
    probed
}

fn name(name: &ServerName<'_>) -> String {
    match name {
        ServerName::DnsName(name) => name.as_ref().to_owned(),
        other => other.to_str().into_owned(),
    }
}
