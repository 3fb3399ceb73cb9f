//! Receipts joined with what is live.

use crate::receipt::{Kept, Receipt};
use certflight_upload::{Listed, Target};
use certflight_validate::Timestamp;
use std::time::Duration;

/// A live certificate, or one that is gone.
pub(crate) struct Row<'a> {
    pub(crate) id: &'a str,
    pub(crate) origin: &'a str,
    pub(crate) state: State,
    pub(crate) receipt: Option<&'a Kept>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Sound,
    ExpiresSoon,
    Expired,
    /// It is live, and no receipt tells which certificate it is.
    NoReceipt,
    /// Its receipt does not tell when it expires: validation was skipped.
    NoExpiry,
    /// Its receipt is for another origin than the API names.
    OtherOrigin,
    /// There is a receipt, and the certificate is not live any more.
    Deleted,
}

impl State {
    pub(crate) fn name(self) -> &'static str {
        match self {
            State::Sound => "sound",
            State::ExpiresSoon => "expires-soon",
            State::Expired => "expired",
            State::NoReceipt => "no-receipt",
            State::NoExpiry => "no-expiry",
            State::OtherOrigin => "other-origin",
            State::Deleted => "deleted",
        }
    }

    pub(crate) fn needs_care(self) -> bool {
        self != State::Sound
    }
}

/// What is live, then what is gone.
pub(crate) struct Joined<'a> {
    pub(crate) rows: Vec<Row<'a>>,
    /// How many receipts are of other projects.
    pub(crate) foreign: usize,
}

/// What is asked.
pub(crate) struct Question<'a> {
    pub(crate) api: &'a str,
    pub(crate) target: &'a Target,
    pub(crate) now: Timestamp,
    pub(crate) min_validity: Duration,
}

/// What is live, in the API's order, then what is gone. The newest receipt of a certificate counts, as an upload for the same origin keeps its ID.
pub(crate) fn join<'a>(question: &Question<'_>, live: &'a [Listed], all: &'a [Kept]) -> Joined<'a> {
    let mut receipts: Vec<&Kept> = all.iter().filter(|kept| kept.receipt.is_of(question.api, question.target)).collect();
    let foreign = all.len().saturating_sub(receipts.len());
    receipts.sort_by_key(|kept| std::cmp::Reverse(kept.receipt.uploaded_at()));
    let of = |id: &str| receipts.iter().copied().find(|kept| kept.receipt.cert_id == id);
    let mut rows: Vec<Row<'a>> = Vec::new();
    for entry in live {
        let receipt = of(&entry.id);
        let state = receipt.map_or(State::NoReceipt, |kept| state(question, &kept.receipt, entry));
        rows.push(Row { id: &entry.id, origin: &entry.origin, state, receipt });
    }
    let mut seen: Vec<&str> = Vec::new();
    for (at, kept) in receipts.iter().enumerate() {
        let Receipt { cert_id, origin, .. } = &kept.receipt;
        // A later upload for the same origin took its place.
        let is_succeeded = receipts.iter().take(at).any(|newer| newer.receipt.origin == *origin);
        if is_succeeded || live.iter().any(|entry| entry.id == *cert_id) || seen.contains(&&**cert_id) {
            continue;
        }
        seen.push(cert_id);
        rows.push(Row { id: cert_id, origin, state: State::Deleted, receipt: Some(kept) });
    }
    Joined { rows, foreign }
}

fn state(question: &Question<'_>, receipt: &Receipt, entry: &Listed) -> State {
    let Some(not_after) = receipt.not_after() else { return State::NoExpiry };
    let left = not_after.unix_seconds().saturating_sub(question.now.unix_seconds());
    if question.now > not_after {
        State::Expired
    } else if left < i64::try_from(question.min_validity.as_secs()).unwrap_or(i64::MAX) {
        State::ExpiresSoon
    } else if receipt.origin != entry.origin {
        State::OtherOrigin
    } else {
        State::Sound
    }
}
