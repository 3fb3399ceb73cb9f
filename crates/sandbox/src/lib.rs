//! The three endpoints of the API that stores client certificates, on loopback, for trials and tests.
//!
//! It is written from the API's description and stricter than the API may be: a field, query parameter or method that is not published is refused.
//! Every message says "sandbox", and every answer has the header `x-certflight-sandbox: true`.
//!
//! # What it does where nothing is published
//!
//! - Any bearer token is taken, as long as there is one. Every project and team exists, and starts without certificates.
//! - A team is what `teamId` says, else what `slug` says; without both it is the token's own account, the same for all tokens.
//! - A project of a team has one certificate for each origin and one that is project-wide. A second upload for the same origin keeps the `certId`, and
//!   `updated` is true at every upload. IDs are `sandbox_cert_1` and so on.
//! - The answers must name an origin; for the project-wide certificate it is `""`, which no upload can name.
//! - A bundle is held to what `certflight check` holds it to, and refused with `bad_request` when that finds an error, unless `skipValidation` is true.
//!   Then nothing is looked at, the origin included.
//! - A body that is too large (16 MiB) is a `bad_request`.
//!
//! # Faults to rehearse
//!
//! A project whose name is in [`FAULTS`] plays that fault, in every team. A request that lacks authorization, or whose query or body is not as published,
//! is refused as ever before a fault is played. A status is played for the operations for which it is published, and an upload is refused with it before
//! its bundle is looked at; 429 and 503 are for uploads alone, and come with `Retry-After: 1`. What is refused is not stored.
//!
//! `fault-slow`, `fault-reset` and `fault-truncated` judge and store an upload as ever, and spoil the answer. List and delete show what became of it.
//!
//! # Secrets
//!
//! Keys and tokens are neither stored nor logged. The buffers of a body are wiped; what the HTTP and JSON libraries copy is not in our hands.

mod body;
mod connection;
mod fault;
mod refusal;
mod routes;
mod scope;
mod store;

pub use fault::FAULTS;

use connection::Resettable;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

/// A server on loopback that is bound and does not serve yet.
#[derive(Debug)]
pub struct Sandbox {
    listener: TcpListener,
    address: SocketAddr,
}

impl Sandbox {
    /// Binds 127.0.0.1 at `port`; 0 takes one that is free. From here on connections wait to be served.
    ///
    /// Fails when the port is taken, or the system does not allow it.
    pub fn bind(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?; // tokio's demand
        let address = listener.local_addr()?;
        Ok(Sandbox { listener, address })
    }

    /// Where it listens: `http://ADDRESS` is the API's address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until the future is dropped. Spawned, it serves beside what else runs on the runtime, and ends with it.
    ///
    /// Fails when the system does not let the listener be polled. Panics outside a tokio runtime with its network and time drivers enabled.
    pub async fn serve(self) -> io::Result<()> {
        let listener = tokio::net::TcpListener::from_std(self.listener)?;
        axum::serve(Resettable(listener), routes::routes()).await
    }
}
