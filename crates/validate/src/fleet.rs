//! What the checks of many bundles share.

use crate::chain;
use crate::input;

/// Checks many bundles, from as many threads as there are, and reads and verifies once what they have in common: a CA input that is given again in the same bytes
/// under the same name, and the signatures of CA certificates. What it remembers is bounded, and no verdict depends on it: a [`check`](Self::check) says what
/// [`check`](crate::check()) says.
#[derive(Default)]
pub struct Fleet {
    pub(crate) inputs: input::Known,
    pub(crate) signatures: chain::Known,
}

impl Fleet {
    /// Remembers nothing yet.
    pub fn new() -> Self {
        Fleet::default()
    }
}
