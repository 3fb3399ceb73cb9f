//! The way to an origin: names to addresses, TCP, a proxy's tunnel.

use crate::bounds::{MAX_ADDRESSES, MAX_PROXY_HEAD};
use crate::http::{self, Answer, Head};
use crate::target::{Dial, Proxy, Target};
use crate::wire::{Deadline, read_until, write_until};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::mpsc;
use std::thread;
use url::Host;
use zeroize::Zeroizing;

/// An address that TCP was tried with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The origin's, or the proxy's where there is one.
    pub address: SocketAddr,
    /// Why there is no connection; none for the one that stands.
    pub error: Option<String>,
}

/// Which step did not succeed, and why. The texts are of the system or certflight's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreachable {
    /// The name has no address.
    Name(String),
    /// No address takes a connection; the last one's reason.
    Tcp(String),
    /// The proxy's name has no address, or none takes a connection.
    Proxy(String),
    /// The time of the probe was over before.
    OutOfTime,
    /// The proxy answered CONNECT with this status.
    ProxyRefused(u16),
    /// The proxy did not answer CONNECT as HTTP does.
    ProxyFailed(String),
}

/// How the origin is reached, once that is known.
pub(crate) struct Route<'a> {
    target: &'a Target,
    /// The one that took the first connection.
    address: Option<SocketAddr>,
    pub(crate) tried: Vec<Tried>,
}

impl<'a> Route<'a> {
    pub(crate) fn new(target: &'a Target) -> Self {
        Route { target, address: None, tried: Vec::new() }
    }

    /// A connection to the origin, or through a proxy's tunnel.
    pub(crate) fn connect(&mut self, deadline: Deadline) -> Result<TcpStream, Unreachable> {
        match &self.target.proxy {
            None => self.tcp(&self.target.dial, deadline),
            Some(proxy) => {
                let host = Host::parse(&proxy.host).map_err(|_| Unreachable::Proxy("its name is none".to_owned()))?;
                let dial = Dial { host, port: proxy.port, addresses: Vec::new() };
                let through = |why| match why {
                    Unreachable::Name(why) | Unreachable::Tcp(why) => Unreachable::Proxy(why),
                    other => other,
                };
                let stream = self.tcp(&dial, deadline).map_err(through)?;
                tunnel(&stream, self.target, proxy, deadline)?;
                Ok(stream)
            }
        }
    }

    fn tcp(&mut self, dial: &Dial, deadline: Deadline) -> Result<TcpStream, Unreachable> {
        // An address that is not tried has not failed.
        deadline.left().map_err(|_| Unreachable::OutOfTime)?;
        let addresses = match self.address {
            Some(address) => vec![address],
            None => resolve(dial, deadline).map_err(Unreachable::Name)?,
        };
        let mut last = Err(Unreachable::Name("it has no address".to_owned()));
        let count = addresses.len().min(MAX_ADDRESSES);
        for (left, address) in (1..=count).rev().zip(addresses) {
            // Those that come after are to have their share of the time.
            let share = deadline.left().map_err(|_| Unreachable::OutOfTime)? / u32::try_from(left).unwrap_or(u32::MAX);
            let connected = TcpStream::connect_timeout(&address, share.min(self.target.connect_timeout));
            let error = connected.as_ref().err().map(words);
            if self.address.is_none() {
                self.tried.push(Tried { address, error: error.clone() });
            }
            match connected {
                Ok(stream) => {
                    self.address = Some(address);
                    // Small messages follow one another; none is to wait for the other side's acknowledgement. Without it they are slower.
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Err(_) => last = Err(Unreachable::Tcp(error.unwrap_or_default())),
            }
        }
        last
    }
}

/// The addresses of a host, as many as there are.
fn resolve(dial: &Dial, deadline: Deadline) -> Result<Vec<SocketAddr>, String> {
    let here = |address: IpAddr| Ok(vec![SocketAddr::from((address, dial.port))]);
    let name = match &dial.host {
        _ if !dial.addresses.is_empty() => {
            return Ok(dial.addresses.iter().map(|address| SocketAddr::from((*address, dial.port))).collect());
        }
        Host::Ipv4(address) => return here((*address).into()),
        Host::Ipv6(address) => return here((*address).into()),
        // This machine, whatever a resolver says (RFC 6761 section 6.3).
        Host::Domain(name) if name == "localhost" => {
            let loopback = [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()];
            return Ok(loopback.map(|address| SocketAddr::from((address, dial.port))).to_vec());
        }
        Host::Domain(name) => name.clone(),
    };
    // The system's look-up takes no deadline; one that comes too late finds nobody who waits.
    let (send, receive) = mpsc::channel();
    let port = dial.port;
    let look_up = move || send.send((name.as_str(), port).to_socket_addrs().map(Iterator::collect));
    thread::Builder::new().spawn(look_up).map_err(|error| words(&error))?;
    let found: io::Result<Vec<SocketAddr>> = match deadline.left() {
        Ok(left) => receive.recv_timeout(left).unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())),
        Err(error) => Err(error),
    };
    found.map_err(|error| words(&error))
}

/// Asks a proxy for a tunnel to the origin (RFC 9110 section 9.3.6), and fails unless it says yes.
fn tunnel(stream: &TcpStream, target: &Target, proxy: &Proxy, deadline: Deadline) -> Result<(), Unreachable> {
    let failed = |error: io::Error| Unreachable::ProxyFailed(words(&error));
    let Dial { host, port, addresses } = &target.dial;
    let host = addresses.first().map_or_else(
        || host.to_string(),
        |address| match address {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        },
    );
    let authorization = proxy.authorization.as_ref().map_or("", |authorization| authorization.expose());
    let parts = ["CONNECT ", &host, ":", &port.to_string(), " HTTP/1.1\r\nHost: ", &host, ":", &port.to_string(), "\r\n"];
    let field = if authorization.is_empty() { ["", "", "\r\n"] } else { ["Proxy-Authorization: ", authorization, "\r\n\r\n"] };
    // In one piece from the start: what grows leaves copies behind that nobody wipes.
    let length = parts.iter().chain(&field).map(|part| part.len()).sum();
    let mut request = Zeroizing::new(String::with_capacity(length));
    parts.iter().chain(&field).for_each(|part| request.push_str(part));
    let mut rest = request.as_bytes();
    while !rest.is_empty() {
        let written = write_until(stream, deadline, rest).map_err(failed)?;
        rest = rest.get(written..).unwrap_or_default();
    }

    // Byte by byte, as what follows the head is the origin's.
    let (mut head, mut byte) = (Vec::new(), [0]);
    loop {
        match http::head(&head) {
            Head::Whole(Answer { status: 200..=299, .. }) => return Ok(()),
            Head::Whole(answer) => return Err(Unreachable::ProxyRefused(answer.status)),
            Head::NotHttp => return Err(Unreachable::ProxyFailed("it did not answer as HTTP does".to_owned())),
            Head::Partial => {}
        }
        // A head ends with a line.
        while byte != *b"\n" {
            if head.len() == MAX_PROXY_HEAD {
                return Err(Unreachable::ProxyFailed(format!("its answer is longer than {MAX_PROXY_HEAD} bytes")));
            }
            if read_until(stream, deadline, &mut byte).map_err(failed)? == 0 {
                return Err(Unreachable::ProxyFailed("it closed the connection".to_owned()));
            }
            head.extend_from_slice(&byte);
        }
        byte = [0];
    }
}

/// What the system says of a connection that failed, in words that are the same everywhere.
fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "refused".to_owned(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => "no answer in time".to_owned(),
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => "reset".to_owned(),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => "no way there".to_owned(),
        _ => error.to_string(),
    }
}
