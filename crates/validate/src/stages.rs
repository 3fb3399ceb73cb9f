//! The steps of a check, one after the other, so that each can be measured.

use crate::bundle::Bundle;
use crate::chain;
use crate::check::pairing;
use crate::gate;
use crate::input;
use crate::policy::GatePolicy;
use crate::read;
use crate::source::{Request, Role};

/// How far a check goes; every step has those before it in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Lines to blocks.
    Scan,
    /// Base64 to DER.
    Decode,
    /// DER to certificates.
    Certificates,
    /// The key is read, and compared with the leaf.
    Key,
    /// A path is searched, its signatures are verified.
    Path,
    /// All rules, and the verdict.
    Rules,
}

/// Goes so far with a sound bundle; whether nothing was found wrong.
pub fn up_to(stage: Stage, request: &Request<'_>, policy: &GatePolicy) -> bool {
    let sources = || request.sources.iter().enumerate();
    let mut findings = Vec::new();
    match stage {
        Stage::Scan => return sources().all(|(position, source)| read::framed(position, source) > 0),
        Stage::Decode => return sources().all(|(position, source)| read::source(position, source).findings.is_empty()),
        Stage::Rules => return gate::validate(request, policy).is_ok(),
        Stage::Certificates | Stage::Key | Stage::Path => {}
    }
    let inputs = input::read(request, |role| role != Role::Replaces, None, &mut findings);
    if stage == Stage::Certificates {
        return inputs.certificates.iter().all(Result::is_ok) && findings.is_empty();
    }
    let bundle = Bundle::new(inputs, request, policy.ca_role, &mut findings);
    let paired = pairing::check(&bundle, &mut findings).is_some();
    paired && (stage == Stage::Key || chain::is_found(&bundle, policy))
}
