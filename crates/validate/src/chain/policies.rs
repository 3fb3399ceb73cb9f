//! Certificate policies along a path (RFC 5280 sections 6.1.2 to 6.1.5). The RFC's tree grows without bound; this keeps of it what its verdict
//! needs: which policies may come next, and whether each goes back to one that is accepted (RFC 9618 shows that a graph is enough).

use crate::extensions::Extensions;
use crate::policy::CertificatePolicies;
use crate::policy_id::PolicyId;
use std::collections::{BTreeMap, BTreeSet};

/// The state after some certificates of a path, from the trust anchor down. Equal states have equal futures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    /// The policies that the next certificate may name, and whether one is accepted that it goes back to.
    expected: BTreeMap<PolicyId, bool>,
    /// A node for anyPolicy is left.
    any: bool,
    /// After how many certificates that are not self-issued a policy is demanded. `None`: never.
    explicit_in: Option<u32>,
    mapping_ends_in: Option<u32>,
    any_ends_in: Option<u32>,
}

/// No policy is valid any more, and one is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoPolicy;

impl State {
    /// Section 6.1.2. Counters that the RFC sets to a number above any path's length never run out.
    pub(super) fn new(policies: &CertificatePolicies) -> Self {
        let now = |set: bool| set.then_some(0);
        State {
            expected: BTreeMap::new(),
            any: true,
            explicit_in: now(policies.required),
            mapping_ends_in: now(policies.mapping_inhibited),
            any_ends_in: now(policies.any_inhibited),
        }
    }

    fn is_empty(&self) -> bool {
        self.expected.is_empty() && !self.any
    }

    /// What an intermediate makes of it: sections 6.1.3 (d) to (f), and 6.1.4.
    pub(super) fn after_intermediate(
        &self,
        extensions: &Extensions,
        is_self_issued: bool,
        policies: &CertificatePolicies,
    ) -> Result<State, NoPolicy> {
        let mut state = self.after(extensions, policies, is_self_issued)?;
        state.map(extensions, policies);
        if !is_self_issued {
            for counter in [&mut state.explicit_in, &mut state.mapping_ends_in, &mut state.any_ends_in] {
                *counter = counter.map(|count| count.saturating_sub(1));
            }
        }
        let earlier = |counter: &mut Option<u32>, by: Option<u32>| *counter = [*counter, by].into_iter().flatten().min();
        if let Some(constraints) = &extensions.policy_constraints {
            earlier(&mut state.explicit_in, constraints.value.require_explicit);
            earlier(&mut state.mapping_ends_in, constraints.value.inhibit_mapping);
        }
        earlier(&mut state.any_ends_in, extensions.inhibit_any_policy.as_ref().map(|inhibit| inhibit.value));
        Ok(state)
    }

    /// Whether the path may end with this leaf: sections 6.1.3 (d) to (f), and 6.1.5.
    pub(super) fn end(&self, leaf: &Extensions, policies: &CertificatePolicies) -> Result<(), NoPolicy> {
        let state = self.after(leaf, policies, false)?;
        let own = leaf.policy_constraints.as_ref().and_then(|constraints| constraints.value.require_explicit);
        let demanded = state.explicit_in.is_some_and(|count| count <= 1) || own == Some(0);
        let valid = state.any || state.expected.values().any(|accepted| *accepted);
        if demanded && !valid { Err(NoPolicy) } else { Ok(()) }
    }

    /// Section 6.1.3 (d) to (f).
    fn after(
        &self,
        extensions: &Extensions,
        policies: &CertificatePolicies,
        is_self_issued_intermediate: bool,
    ) -> Result<State, NoPolicy> {
        let mut state = State { expected: BTreeMap::new(), any: false, ..self.clone() };
        let named = extensions.certificate_policies.as_deref().unwrap_or_default();
        for policy in named.iter().filter(|policy| !policy.is_any()) {
            if let Some(accepted) = self.expected.get(policy) {
                state.expected.insert(policy.clone(), *accepted);
            } else if self.any {
                state.expected.insert(policy.clone(), is_accepted(policy, policies));
            }
        }
        let any_counts = self.any_ends_in != Some(0) || is_self_issued_intermediate;
        if any_counts && named.iter().any(PolicyId::is_any) {
            state.any = self.any;
            for (policy, accepted) in &self.expected {
                state.expected.entry(policy.clone()).or_insert(*accepted);
            }
        }
        if state.is_empty() && self.explicit_in == Some(0) { Err(NoPolicy) } else { Ok(state) }
    }

    /// Section 6.1.4 (b).
    fn map(&mut self, extensions: &Extensions, policies: &CertificatePolicies) {
        let mut mapped: BTreeMap<&PolicyId, bool> = BTreeMap::new();
        let issuers: BTreeSet<&PolicyId> = extensions.policy_mappings.iter().map(|mapping| &mapping.issuer).collect();
        for issuer in issuers {
            let own = self.expected.remove(issuer);
            // A policy that only anyPolicy stands for is mapped as one that begins here.
            let accepted = own.or_else(|| self.any.then(|| is_accepted(issuer, policies)));
            if let Some(accepted) = accepted.filter(|_| self.mapping_ends_in != Some(0)) {
                mapped.insert(issuer, accepted);
            }
        }
        for mapping in &extensions.policy_mappings {
            if let Some(accepted) = mapped.get(&mapping.issuer) {
                *self.expected.entry(mapping.subject.clone()).or_insert(false) |= accepted;
            }
        }
    }

    /// How many policies have to be looked at to go on with a certificate.
    pub(super) fn work(&self, extensions: &Extensions) -> usize {
        let named: usize = extensions.certificate_policies.iter().flatten().map(PolicyId::weight).sum();
        let mapped = extensions.policy_mappings.iter().map(|mapping| mapping.issuer.weight() + mapping.subject.weight());
        self.weight() + named + mapped.sum::<usize>()
    }

    /// How many policies have to be looked at to compare it with another state.
    pub(super) fn weight(&self) -> usize {
        self.expected.keys().map(PolicyId::weight).sum()
    }
}

fn is_accepted(policy: &PolicyId, policies: &CertificatePolicies) -> bool {
    policies.accepts_any() || policies.accepted.contains(policy)
}

#[cfg(test)]
#[path = "policies_tests.rs"]
mod tests;
