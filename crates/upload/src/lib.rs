//! Sends a client certificate, its private key and its CA to the API that stores them for a project, lists what is stored, and deletes it.
//!
//! A [`Request`] is made from a [`ValidatedBundle`](certflight_validate::ValidatedBundle), the proof that the bundle was checked, or by the one way
//! round that says so in its name. A [`Client`] sends it and tells three [ends](Outcome) apart: taken, not taken, and not known. It tries again what surely
//! was not taken, and nothing else. An [observer](ClientBuilder::observer) is told each step.
//!
//! ```
//! use certflight_upload::{API_URL, CertificateId, Client, Outcome, Request, Target, Token};
//! use certflight_validate::{Escaped, ValidatedBundle};
//!
//! async fn replace(bundle: &ValidatedBundle, token: String) -> Result<(), Box<dyn std::error::Error>> {
//!     let client = Client::builder(API_URL, Token::new(token)?).observer(|event| drop(event)).build()?;
//!     let target = Target::new("shop")?.team("acme")?;
//!     match client.upload(&Request::upload(&target, bundle)).await {
//!         Ok(uploaded) => println!("{}", Escaped(&uploaded.cert_id)),
//!         Err(error) if error.outcome() == Outcome::Unknown => eprintln!("look what is there: {error}"),
//!         Err(error) => eprintln!("{error} (trying again can help: {})", error.can_retry()),
//!     }
//!     for certificate in client.list(&target).await?.certificates {
//!         println!("{} for {}", Escaped(&certificate.id), Escaped(&certificate.origin));
//!     }
//!     client.delete(&target, &CertificateId::new("cert_1")?).await?;
//!     Ok(())
//! }
//! ```
//!
//! # Secrets
//!
//! The key and the token cannot be printed: no `Debug`, message or error leads to them, and server text that repeats a part of them is shown without
//! it. The request's body and its `Authorization` header are wiped when they are dropped. The libraries below do
//! not promise to wipe what they copy while they send: hyper's write buffer holds the header. Of the key a test finds no copy once a request is dropped, over HTTP/1.1
//! and HTTP/2, in the clear and over TLS (the repository's `docs/memory.md`). No connection is kept.
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
#[cfg(feature = "harness")]
pub mod harness;
mod proxy;
mod request;
mod retry;
mod target;
mod token;

pub use address::{API_URL, ConfigError, clean_api_url};
pub use answer::{Deleted, Listed, Listing, Uploaded};
pub use builder::{ClientBuilder, TIMEOUT};
pub use client::Client;
pub use error::{Error, Failure, Operation, Outcome};
pub use event::Event;
pub use proxy::check_proxy;
pub use request::{Redacted, Request, body};
pub use target::{CertificateId, Part, Target, TargetError};
pub use token::{Token, TokenError};
