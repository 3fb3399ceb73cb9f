//! What a probe may cost, whatever the other side does.

use std::time::Duration;

/// How long TCP may take to one address, unless it is said otherwise: a connection that is not there after two lost SYNs (1 and 2 seconds, RFC 6298 section 2)
/// will hardly come.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a probe may take in all, unless it is said otherwise: four connections of a few round trips each, and an origin that wakes up for the first.
pub const TOTAL_TIMEOUT: Duration = Duration::from_secs(30);

/// The parts of the total that one connection may use up: a silent one leaves time for the three others.
pub(crate) const PARTS: u32 = 4;

/// The most bytes that are read of one connection. The longest handshake message that rustls takes has 64 KiB; certificate, request of CA names and the head of
/// the answer come to a quarter of this.
pub(crate) const MAX_READ: usize = 1024 * 1024;

/// The most bytes of an answer's head: Node takes 16 KiB of headers, and nothing that this asks for needs more.
pub(crate) const MAX_HEAD: usize = 16 * 1024;

/// The most headers of an answer: as many as hyper takes.
pub(crate) const MAX_HEADERS: usize = 100;

/// The most bytes of a proxy's answer to CONNECT.
pub(crate) const MAX_PROXY_HEAD: usize = 16 * 1024;

/// The most addresses of a name that are tried.
pub(crate) const MAX_ADDRESSES: usize = 8;

/// The longest path of the request: longer ones are refused by servers (RFC 9110 section 4.1 asks for 8,000 bytes in all).
pub(crate) const MAX_PATH: usize = 2048;

/// How long a TLS 1.3 server is listened to before the request goes out: twice as long as the handshake took, which has a round trip, and this long at least and at most. A server that refuses says
/// so a round trip after the handshake seems done; a request that meets a closed socket is answered by a reset, by which some systems forget the alert that
/// they have not handed over yet (RFC 1122 section 4.2.2.13).
pub(crate) const LISTEN: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(1)];
