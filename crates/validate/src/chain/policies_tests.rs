//! The compact state against the tree that RFC 5280 describes, node by node.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

use super::*;
use crate::extensions::{Marked, PolicyConstraints, PolicyMapping};
use proptest::prelude::*;

/// One certificate: its extensions, and whether it is self-issued.
type Step = (Extensions, bool);

struct TreeNode {
    depth: usize,
    valid: String,
    expected: BTreeSet<String>,
    parent: Option<usize>,
    dropped: bool,
}

/// Sections 6.1.2 to 6.1.5, as they are written; `n` certificates, the last one the leaf.
struct Tree {
    nodes: Vec<TreeNode>,
    explicit: usize,
    mapping: usize,
    any: usize,
}

const ANY: &str = "2.5.29.32.0";

impl Tree {
    fn new(n: usize, policies: &CertificatePolicies) -> Self {
        let counter = |now: bool| if now { 0 } else { n + 1 };
        Tree {
            nodes: vec![TreeNode { depth: 0, valid: ANY.into(), expected: [ANY.to_owned()].into(), parent: None, dropped: false }],
            explicit: counter(policies.required),
            mapping: counter(policies.mapping_inhibited),
            any: counter(policies.any_inhibited),
        }
    }

    fn at(&self, depth: usize) -> Vec<usize> {
        (0..self.nodes.len()).filter(|&node| self.nodes[node].depth == depth && !self.nodes[node].dropped).collect()
    }

    fn add(&mut self, parent: usize, valid: &str, expected: BTreeSet<String>) {
        let depth = self.nodes[parent].depth + 1;
        self.nodes.push(TreeNode { depth, valid: valid.to_owned(), expected, parent: Some(parent), dropped: false });
    }

    fn prune(&mut self, depth: usize) {
        for above in (0..depth).rev() {
            for node in self.at(above) {
                let has_child =
                    (0..self.nodes.len()).any(|child| self.nodes[child].parent == Some(node) && !self.nodes[child].dropped);
                self.nodes[node].dropped = !has_child;
            }
        }
    }

    /// 6.1.3 (d) to (f) of certificate `i`.
    fn certificate(&mut self, i: usize, (extensions, self_issued): &Step, is_leaf: bool) -> bool {
        match &extensions.certificate_policies {
            None => self.nodes.iter_mut().for_each(|node| node.dropped = true),
            Some(policies) => {
                for policy in policies.iter().filter(|policy| !policy.is_any()).map(PolicyId::to_string).collect::<BTreeSet<_>>() {
                    let own = [policy.clone()].into();
                    let matching: Vec<usize> =
                        self.at(i - 1).into_iter().filter(|&node| self.nodes[node].expected.contains(&policy)).collect();
                    let any: Vec<usize> = self.at(i - 1).into_iter().filter(|&node| self.nodes[node].valid == ANY).collect();
                    for parent in if matching.is_empty() { any } else { matching } {
                        self.add(parent, &policy, BTreeSet::clone(&own));
                    }
                }
                if policies.iter().any(PolicyId::is_any) && (self.any > 0 || (!is_leaf && *self_issued)) {
                    for node in self.at(i - 1) {
                        for value in self.nodes[node].expected.clone() {
                            let there = self
                                .at(i)
                                .into_iter()
                                .any(|child| self.nodes[child].parent == Some(node) && self.nodes[child].valid == value);
                            if !there {
                                self.add(node, &value, [value.clone()].into());
                            }
                        }
                    }
                }
                self.prune(i);
            }
        }
        self.explicit > 0 || !self.at(i).is_empty()
    }

    /// 6.1.4 (b), (h) to (j).
    fn prepare(&mut self, i: usize, (extensions, self_issued): &Step, n: usize) {
        let mut mappings: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for mapping in &extensions.policy_mappings {
            mappings.entry(mapping.issuer.to_string()).or_default().insert(mapping.subject.to_string());
        }
        // Each mapping speaks of the nodes as they stand in the certificate, not of what another mapping made.
        let at_depth = self.at(i);
        for (issuer, subjects) in mappings {
            let nodes: Vec<usize> = at_depth.iter().copied().filter(|&node| self.nodes[node].valid == issuer).collect();
            if self.mapping > 0 {
                for &node in &nodes {
                    self.nodes[node].expected.clone_from(&subjects);
                }
                let any = at_depth.iter().copied().find(|&node| self.nodes[node].valid == ANY);
                if let Some(any) = any.filter(|_| nodes.is_empty()) {
                    let parent = self.nodes[any].parent.unwrap();
                    self.add(parent, &issuer, subjects);
                }
            } else {
                nodes.iter().for_each(|&node| self.nodes[node].dropped = true);
                self.prune(i);
            }
        }
        if !self_issued {
            for counter in [&mut self.explicit, &mut self.mapping, &mut self.any] {
                *counter = counter.saturating_sub(1);
            }
        }
        let least = |counter: &mut usize, by: Option<u32>| *counter = (*counter).min(by.map_or(n + 1, |by| by as usize));
        if let Some(constraints) = &extensions.policy_constraints {
            least(&mut self.explicit, constraints.value.require_explicit);
            least(&mut self.mapping, constraints.value.inhibit_mapping);
        }
        least(&mut self.any, extensions.inhibit_any_policy.as_ref().map(|inhibit| inhibit.value));
    }

    /// 6.1.5 (a), (b), (g).
    fn wrap_up(mut self, n: usize, leaf: &Extensions, policies: &CertificatePolicies) -> bool {
        self.explicit = self.explicit.saturating_sub(1);
        if leaf.policy_constraints.as_ref().is_some_and(|constraints| constraints.value.require_explicit == Some(0)) {
            self.explicit = 0;
        }
        if !policies.accepts_any() {
            let accepted: BTreeSet<String> = policies.accepted.iter().map(PolicyId::to_string).collect();
            let set: Vec<usize> = (0..self.nodes.len())
                .filter(|&node| {
                    !self.nodes[node].dropped && self.nodes[node].parent.is_some_and(|parent| self.nodes[parent].valid == ANY)
                })
                .collect();
            let mut kept = BTreeSet::new();
            for node in set {
                let valid = self.nodes[node].valid.clone();
                if valid != ANY && !accepted.contains(&valid) {
                    self.nodes[node].dropped = true;
                } else {
                    kept.insert(valid);
                }
            }
            for node in 0..self.nodes.len() {
                let orphan = self.nodes[node].parent.is_some_and(|parent| self.nodes[parent].dropped);
                self.nodes[node].dropped |= orphan;
            }
            if let Some(any) = self.at(n).into_iter().find(|&node| self.nodes[node].valid == ANY) {
                let parent = self.nodes[any].parent.unwrap();
                for policy in accepted.difference(&kept) {
                    self.add(parent, policy, [policy.clone()].into());
                }
                self.nodes[any].dropped = true;
            }
            self.prune(n);
        }
        self.explicit > 0 || !self.at(n).is_empty()
    }
}

fn by_the_book(steps: &[Step], policies: &CertificatePolicies) -> bool {
    let n = steps.len();
    let mut tree = Tree::new(n, policies);
    for (at, step) in steps.iter().enumerate() {
        let is_leaf = at + 1 == n;
        if !tree.certificate(at + 1, step, is_leaf) {
            return false;
        }
        if !is_leaf {
            tree.prepare(at + 1, step, n);
        }
    }
    tree.wrap_up(n, &steps[n - 1].0, policies)
}

fn compact(steps: &[Step], policies: &CertificatePolicies) -> bool {
    let (leaf, intermediates) = steps.split_last().unwrap();
    let mut state = State::new(policies);
    for (extensions, self_issued) in intermediates {
        match state.after_intermediate(extensions, *self_issued, policies) {
            Ok(after) => state = after,
            Err(NoPolicy) => return false,
        }
    }
    state.end(&leaf.0, policies).is_ok()
}

fn policy() -> impl Strategy<Value = PolicyId> {
    (1..5_u32).prop_map(|arc| format!("1.2.3.{arc}").parse().unwrap())
}

fn policy_or_any() -> impl Strategy<Value = PolicyId> {
    prop_oneof![4 => policy(), 1 => Just(ANY.parse().unwrap())]
}

fn step() -> impl Strategy<Value = Step> {
    let named = proptest::option::weighted(0.95, proptest::collection::vec(policy_or_any(), 1..4));
    let mappings =
        proptest::collection::vec((policy(), policy()).prop_map(|(issuer, subject)| PolicyMapping { issuer, subject }), 0..4);
    let skip = || proptest::option::weighted(0.3, 0..3_u32);
    (named, mappings, skip(), skip(), skip(), proptest::bool::weighted(0.2)).prop_map(
        |(certificate_policies, policy_mappings, require_explicit, inhibit_mapping, inhibit_any, self_issued)| {
            let constraints = Marked { critical: true, value: PolicyConstraints { require_explicit, inhibit_mapping } };
            let extensions = Extensions {
                certificate_policies,
                policy_mappings,
                policy_constraints: Some(constraints),
                inhibit_any_policy: inhibit_any.map(|value| Marked { critical: true, value }),
                ..Extensions::default()
            };
            (extensions, self_issued)
        },
    )
}

fn inputs() -> impl Strategy<Value = CertificatePolicies> {
    let accepted = proptest::collection::btree_set(policy(), 0..3);
    (accepted, any::<bool>(), proptest::bool::weighted(0.2), proptest::bool::weighted(0.2)).prop_map(
        |(accepted, required, any_inhibited, mapping_inhibited)| CertificatePolicies {
            accepted,
            required,
            any_inhibited,
            mapping_inhibited,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_state_decides_as_the_tree(steps in proptest::collection::vec(step(), 1..6), policies in inputs()) {
        prop_assert_eq!(compact(&steps, &policies), by_the_book(&steps, &policies));
    }
}

/// The property above must see both verdicts, each often.
#[test]
fn both_verdicts_occur() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let strategy = (proptest::collection::vec(step(), 1..6), inputs());
    let valid = (0..1000).filter(|_| {
        let (steps, policies) = strategy.new_tree(&mut runner).unwrap().current();
        by_the_book(&steps, &policies)
    });
    let valid = valid.count();
    assert!((200..800).contains(&valid), "{valid} of 1000");
}

#[test]
fn work_is_what_is_expected_named_and_mapped() {
    let id = |arc: u32| -> PolicyId { format!("1.2.3.{arc}").parse().unwrap() };
    let extensions = |named: u32, mapped: u32| Extensions {
        certificate_policies: Some((0..named).map(id).collect()),
        policy_mappings: (0..mapped).map(|arc| PolicyMapping { issuer: id(arc), subject: id(arc + 10) }).collect(),
        ..Extensions::default()
    };
    let policies = CertificatePolicies::default();
    let state = State::new(&policies).after_intermediate(&extensions(2, 0), false, &policies).unwrap();
    // A mapping has two.
    assert_eq!(state.work(&extensions(3, 4)), 2 + 3 + 2 * 4);
    assert_eq!(state.work(&Extensions::default()), 2);
}
