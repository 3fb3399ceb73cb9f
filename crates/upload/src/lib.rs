//! Sends a client certificate, its private key and its CA to the API that stores them for a project, lists what is stored, and deletes it.
//!
//! A [`Request`] is made from a [`ValidatedBundle`](certflight_validate::ValidatedBundle), the proof that the bundle was checked, or by the one way
//! round that says so in its name. A [`Client`] sends it and tells three [ends](Outcome) apart: taken, not taken, and not known. It tries again what surely
//! was not taken, and nothing else. An [observer](ClientBuilder::observer) is told each step.
//!
//! # Secrets
//!
//! The key and the token cannot be printed: no `Debug`, message or error leads to them, and server text that repeats a part of them is shown without
//! it. The request's body and its `Authorization` header are wiped when they are dropped. What the HTTP and TLS libraries copy into buffers of their
//! own while they send is not in our hands.
//!
//! # TLS
//!
//! The server is verified by the platform's verifier and its roots. The first [`Client`] installs ring as the process's rustls provider unless one is
//! installed already.

mod address;
mod answer;
mod builder;
mod client;
mod conceal;
mod error;
mod event;
mod failure;
mod handover;
mod request;
mod retry;
mod target;
mod token;

pub use address::{API_URL, ConfigError};
pub use answer::{Deleted, Listed, Listing, Uploaded};
pub use builder::{ClientBuilder, TIMEOUT};
pub use client::Client;
pub use error::{Error, Failure, Operation, Outcome};
pub use event::Event;
pub use request::{Redacted, Request, body};
pub use target::{CertificateId, Part, Target, TargetError};
pub use token::{Token, TokenError};
