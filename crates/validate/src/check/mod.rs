//! What is asked of each certificate and key, a topic a file. The files do not use one another.

mod dates;
mod extensions;

pub(crate) mod pairing;
mod profile;
mod strength;
mod usage;

use crate::certificate::Certificate;
use crate::finding::Finding;
use crate::policy::Policy;

pub(crate) use strength::key as key_strength;

/// What is asked of the leaf alone.
pub(crate) fn leaf(leaf: &Certificate, policy: &Policy, findings: &mut Vec<Finding>) {
    usage::check(leaf, policy, findings);
    strength::leaf(leaf, findings);
}

/// What is asked of every certificate of the path, leaf, intermediate and trust anchor alike.
pub(crate) fn certificate(certificate: &Certificate, policy: &Policy, findings: &mut Vec<Finding>) {
    dates::check(certificate, policy, findings);
    extensions::check(certificate, findings);
    strength::certificate(certificate, findings);
    profile::check(certificate, findings);
}
