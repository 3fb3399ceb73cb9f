//! Properties that hold of any input, whatever is in it.
//!
//! Each target takes bytes and panics where a property does not hold. The fuzzers in `fuzz/` feed them, `cargo test` replays what they found, and
//! [`against`] lends the same comparisons to a reader that is not certflight's: give it a function that reads PEM, a certificate or a path your way, and it
//! says where the two differ.
//!
//! | target | input | what holds |
//! |---|---|---|
//! | [`scan`] | any text | places lie inside; what rustls-pki-types reads is read; a block written anew is the same block |
//! | [`repair`] | a sound text, and what happens to it on its way | what comes out is what went in, or an error; mending twice changes nothing |
//! | [`key`] | DER and text as private keys; keys made here in every container | a key fits the certificate made for it, and no other |
//! | [`certificate`] | DER as leaf, intermediate and trust anchor | nothing passes that nobody signed; what is read is DER to the last byte |
//! | [`names`] | a name and a constraint | it is either inside or outside; rustls-webpki says the same |
//! | [`origin`] | any text | parse, print, parse |
//! | [`chain`] | up to 12 certificates with chosen defects | the verdict is that of a small model of the rules |
//! | [`bundle`] | a whole bundle | check and gate agree, and no key leaves as a certificate |
//! | [`import`] | containers and encrypted keys | no more comes out than went in |
//! | [`answer`] | what the API answers | it is read or refused, and no secret comes back |

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a panic here is a finding: of the library, or of the harness itself"
)]

pub mod against;
pub mod answer;
pub mod bundle;
pub mod certificate;
pub mod chain;
mod der;
pub mod import;
pub mod key;
mod make;
pub mod mutate;
pub mod names;
pub mod origin;
pub mod repair;
pub mod scan;
mod sound;
mod verdict;

/// A property of bytes: its name, which the folders of seeds and of past findings have, too, and the function that panics where it does not hold.
pub struct Target {
    /// The name.
    pub name: &'static str,
    /// The property.
    pub run: fn(&[u8]),
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "scan", run: scan::run },
    Target { name: "repair", run: repair::run },
    Target { name: "key", run: key::run },
    Target { name: "certificate", run: certificate::run },
    Target { name: "names", run: names::run },
    Target { name: "origin", run: origin::run },
    Target { name: "chain", run: chain::run },
    Target { name: "bundle", run: bundle::run },
    Target { name: "import", run: import::run },
    Target { name: "answer", run: answer::run },
];
