//! Which certificates there are. Of each only its ID and its origin are kept.

use crate::scope::Scope;
use std::collections::{BTreeMap, BTreeSet};

/// A certificate that was uploaded. `None` for an origin is the project-wide one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) origin: Option<String>,
}

/// All certificates, in the order of their first upload.
#[derive(Debug, Default)]
pub(crate) struct Store {
    entries: BTreeMap<Scope, Vec<Entry>>,
    issued: u64,
    /// Where the last upload met the rate limit.
    limited: BTreeSet<Scope>,
}

impl Store {
    /// Puts a certificate in the place of the one for the same origin, under its ID, or in a new place.
    pub(crate) fn put(&mut self, scope: Scope, origin: Option<String>) -> Entry {
        let entries = self.entries.entry(scope).or_default();
        if let Some(entry) = entries.iter().find(|entry| entry.origin == origin) {
            return entry.clone();
        }
        self.issued = self.issued.saturating_add(1);
        let entry = Entry { id: format!("sandbox_cert_{}", self.issued), origin };
        entries.push(entry.clone());
        entry
    }

    pub(crate) fn list(&self, scope: &Scope) -> &[Entry] {
        self.entries.get(scope).map_or(&[], Vec::as_slice)
    }

    /// Takes a certificate out and gives it, if it is there.
    pub(crate) fn delete(&mut self, scope: &Scope, id: &str) -> Option<Entry> {
        let entries = self.entries.get_mut(scope)?;
        let position = entries.iter().position(|entry| entry.id == id)?;
        Some(entries.remove(position))
    }

    /// Whether this upload meets the rate limit: the first does, then every other.
    pub(crate) fn meets_limit(&mut self, scope: &Scope) -> bool {
        !self.limited.remove(scope) && self.limited.insert(scope.clone())
    }
}
