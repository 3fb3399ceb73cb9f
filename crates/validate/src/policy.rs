//! What a check holds the inputs to. Every default names its source.

use crate::code::{Code, Severity};
use crate::policy_id::PolicyId;
use crate::timestamp::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What the leaf is to be used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// TLS client authentication.
    #[default]
    Client,
    /// TLS server authentication.
    Server,
    /// Any: extended key usage is not looked at.
    Any,
}

/// What the certificates in the CA input are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CaRole {
    /// They issued the client certificate: the leaf must chain to one of them.
    #[default]
    ClientIssuer,
    /// They verify the origin's server: the leaf must chain to a self-signed certificate in the certificate input, and the CA input only has
    /// to hold sound CA certificates.
    OriginServer,
}

/// The least validity that passes without a warning: 30 days, the renewal window of the common ACME clients.
pub(crate) const EXPIRES_SOON: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The most intermediates that are not self-issued: 10, the limit that Google's load balancers publish; nginx stops at 1 unless told, OpenSSL at 100.
pub const DEFAULT_MAX_DEPTH: usize = 10;

/// What the gate holds an upload to. There is no way in it to check for another purpose or to lower a finding.
#[derive(Clone, Debug)]
pub struct GatePolicy {
    pub(crate) now: Timestamp,
    pub(crate) ca_role: CaRole,
    pub(crate) min_validity: Option<Duration>,
    pub(crate) max_depth: usize,
    pub(crate) levels: BTreeMap<Code, Severity>,
    pub(crate) certificate_policies: CertificatePolicies,
    pub(crate) strict: bool,
}

/// The inputs of RFC 5280 section 6.1.1 (c), (e), (f) and (g).
#[derive(Clone, Debug, Default)]
pub(crate) struct CertificatePolicies {
    /// user-initial-policy-set; empty for any policy.
    pub(crate) accepted: BTreeSet<PolicyId>,
    /// initial-explicit-policy.
    pub(crate) required: bool,
    /// initial-any-policy-inhibit.
    pub(crate) any_inhibited: bool,
    /// initial-policy-mapping-inhibit.
    pub(crate) mapping_inhibited: bool,
}

impl CertificatePolicies {
    pub(crate) fn accepts_any(&self) -> bool {
        self.accepted.is_empty() || self.accepted.iter().any(PolicyId::is_any)
    }
}

impl GatePolicy {
    /// The defaults, at the present instant.
    pub fn new(now: Timestamp) -> Self {
        GatePolicy {
            now,
            ca_role: CaRole::default(),
            min_validity: None,
            max_depth: DEFAULT_MAX_DEPTH,
            levels: BTreeMap::new(),
            certificate_policies: CertificatePolicies::default(),
            strict: false,
        }
    }

    /// What the CA input is for.
    pub fn ca_role(mut self, role: CaRole) -> Self {
        self.ca_role = role;
        self
    }

    /// Makes it an error when a certificate of the path expires within `span`.
    pub fn min_validity(mut self, span: Duration) -> Self {
        self.min_validity = Some(span);
        self
    }

    /// The most intermediates that are not self-issued.
    pub fn max_depth(mut self, depth: usize) -> Self {
        self.max_depth = depth;
        self
    }

    /// Accepts this certificate policy, beside others that were accepted so; without any, every policy is (user-initial-policy-set, RFC 5280
    /// section 6.1.1 (c)). It counts where a policy is required, by [`require_policy`](Self::require_policy) or by a CA of the path.
    pub fn accept_policy(mut self, policy: PolicyId) -> Self {
        self.certificate_policies.accepted.insert(policy);
        self
    }

    /// The path must be valid for an accepted certificate policy (initial-explicit-policy, RFC 5280 section 6.1.1 (f)).
    pub fn require_policy(mut self) -> Self {
        self.certificate_policies.required = true;
        self
    }

    /// The policy anyPolicy in a certificate stands for no other (initial-any-policy-inhibit, RFC 5280 section 6.1.1 (g)).
    pub fn inhibit_any_policy(mut self) -> Self {
        self.certificate_policies.any_inhibited = true;
        self
    }

    /// No CA may map one policy to another (initial-policy-mapping-inhibit, RFC 5280 section 6.1.1 (e)).
    pub fn inhibit_policy_mapping(mut self) -> Self {
        self.certificate_policies.mapping_inhibited = true;
        self
    }

    /// Makes the findings about the certificate profile ([`Code::is_profile`]) errors, where no level was set for them.
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Makes a finding an error.
    pub fn deny(mut self, code: Code) -> Self {
        self.levels.insert(code, Severity::Error);
        self
    }
}

/// What a check holds the inputs to, the gate's policy and more: any instant, any purpose, warnings lowered. A check with it is a report and
/// never a licence to upload.
#[derive(Clone, Debug)]
pub struct Policy {
    pub(crate) gate: GatePolicy,
    pub(crate) purpose: Purpose,
}

impl Policy {
    /// The defaults, at any instant.
    pub fn new(at: Timestamp) -> Self {
        GatePolicy::new(at).into()
    }

    /// Takes over what the gate demands; where both set a code's level, the gate's holds.
    pub fn gate(mut self, gate: GatePolicy) -> Self {
        let mut levels = self.gate.levels;
        levels.extend(gate.levels.clone());
        self.gate = GatePolicy { levels, ..gate };
        self
    }

    /// What the leaf is to be used for.
    pub fn purpose(mut self, purpose: Purpose) -> Self {
        self.purpose = purpose;
        self
    }

    /// Makes a finding a warning: raises an info; an error stays an error.
    pub fn warn(mut self, code: Code) -> Self {
        self.gate.levels.insert(code, Severity::Warning);
        self
    }

    /// Makes a finding an info; an error stays an error.
    pub fn allow(mut self, code: Code) -> Self {
        self.gate.levels.insert(code, Severity::Info);
        self
    }

    /// The severity of a finding that was made with severity `made`: levels raise anything and lower only what is no error.
    pub(crate) fn level(&self, code: Code, made: Severity) -> Severity {
        match self.gate.levels.get(&code) {
            Some(&level) if made != Severity::Error || level == Severity::Error => level,
            None if self.gate.strict && code.is_profile() => Severity::Error,
            _ => made,
        }
    }
}

impl From<GatePolicy> for Policy {
    /// The same demands, for a look without the gate.
    fn from(gate: GatePolicy) -> Self {
        Policy { gate, purpose: Purpose::Client }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    #[test]
    fn levels_raise_anything_and_lower_no_error() {
        let policy =
            Policy::new(SystemTime::UNIX_EPOCH.into()).allow(Code::KeyMismatch).allow(Code::ChainOrder).warn(Code::CaUnused);
        assert_eq!(policy.level(Code::KeyMismatch, Severity::Error), Severity::Error);
        assert_eq!(policy.level(Code::ChainOrder, Severity::Warning), Severity::Info);
        assert_eq!(policy.level(Code::CaUnused, Severity::Info), Severity::Warning);
        // A level of its own comes before strictness.
        let strict = GatePolicy::new(SystemTime::UNIX_EPOCH.into()).strict();
        let policy = policy.gate(strict).allow(Code::ProfileSerialNumber);
        assert_eq!(policy.level(Code::ProfileSerialNumber, Severity::Warning), Severity::Info);
        assert_eq!(policy.level(Code::ProfileKeyUsageMissing, Severity::Warning), Severity::Error);
        assert_eq!(policy.level(Code::EkuAny, Severity::Warning), Severity::Warning);
        // What could not be mended was raised where it was found, and is no warning any more.
        let policy = policy.allow(Code::DerInput);
        assert_eq!(policy.level(Code::DerInput, Severity::Error), Severity::Error);
    }
}
