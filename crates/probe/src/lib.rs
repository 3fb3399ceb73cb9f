//! Connects to an origin and tells whether it asks for a client certificate, and whether it takes the one that would be uploaded.
//!
//! It has the network and nothing else of the outside: no file, no variable, no print; the time of day is an argument. What it finds are findings of
//! `certflight-validate`, to be added to the report of the check.
//!
//! ```
//! use certflight_probe::{Acceptance, Identity, Target, TargetError, probe};
//! use certflight_validate::{Timestamp, ValidatedBundle};
//!
//! fn is_taken(bundle: &ValidatedBundle, origin: &str, now: Timestamp) -> Result<bool, TargetError> {
//!     let target = Target::new(origin)?.path("/health")?;
//!     let probed = probe(&target, &Identity::of(bundle), bundle.report(), now);
//!     Ok(probed.acceptance == Acceptance::Accepted)
//! }
//! ```
//!
//! The pipeline, each step using only what stands before it: `target` and `identity` say where and with what; `wire` bounds a connection, `route` makes it;
//! `request` and `server` keep what a handshake asks and shows; `attempt` is what one connection came to, which `exchange` makes, `probed` all that was seen; `ending` says what a pair of connections means, `causes` what may be behind
//! it, `sentences` has the words, `judge` says which; `probe` makes the connections.
//!
//! No key material leaves but as a signature. The origin's own certificate is verified after the handshake, so that one which does not verify hides nothing else; what is sent
//! to a server that nobody vouches for are the client certificate, which is public, a signature over that one handshake, and a HEAD request.

mod alert;
mod attempt;
mod bounds;
mod causes;
mod ending;
mod exchange;
mod groups;
mod http;
mod identity;
mod judge;
mod probe;
mod probed;
mod request;
mod route;
mod sentences;
mod server;
mod signing;
mod target;
mod wire;

pub use alert::Alert;
pub use attempt::{Attempt, Outcome, Version};
pub use bounds::{CONNECT_TIMEOUT, TOTAL_TIMEOUT};
pub use http::Answer;
pub use identity::Identity;
pub use probe::probe;
pub use probed::{Acceptance, Probed};
pub use request::{CertificateRequest, Scheme};
pub use route::{Tried, Unreachable};
pub use server::{Server, Trust};
pub use target::{Proxy, Target, TargetError};
