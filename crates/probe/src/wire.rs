//! A connection that ends in time, whatever the other side does.

use crate::bounds::MAX_READ;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// When something has to be over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    /// This much from now, and no later than `last`. Nobody waits for longer than a day.
    pub(crate) fn after(span: Duration, last: Option<Deadline>) -> Self {
        let end = Instant::now() + span.min(DAY); // clocks go on for longer than that
        Deadline(last.map_or(end, |Deadline(last)| end.min(last)))
    }

    /// What is left of it; an error of the kind `TimedOut` when nothing is.
    pub(crate) fn left(self) -> io::Result<Duration> {
        let left = self.0.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads once, until a deadline.
pub(crate) fn read_until(stream: &TcpStream, deadline: Deadline, buffer: &mut [u8]) -> io::Result<usize> {
    until(deadline, |left| stream.set_read_timeout(left), || (&mut &*stream).read(buffer))
}

/// Writes once, until a deadline.
pub(crate) fn write_until(stream: &TcpStream, deadline: Deadline, bytes: &[u8]) -> io::Result<usize> {
    until(deadline, |left| stream.set_write_timeout(left), || (&mut &*stream).write(bytes))
}

fn until<T>(
    deadline: Deadline,
    limit: impl Fn(Option<Duration>) -> io::Result<()>,
    mut call: impl FnMut() -> io::Result<T>,
) -> io::Result<T> {
    loop {
        match limit(Some(deadline.left()?)) {
            // macOS says so of a socket that was shut in both directions; there may be something left to read, and a call returns at once.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {}
            limited => limited?,
        }
        match call() {
            // A signal, or the end of one that stopped the process.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // Sockets say in two ways that a time-out is over.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(io::ErrorKind::TimedOut.into()),
            done => return done,
        }
    }
}

/// A TCP connection whose reads and writes together end at a deadline, and which gives no more than so many bytes.
pub(crate) struct Wire {
    stream: TcpStream,
    deadline: Deadline,
    read: usize,
    first: Vec<u8>,
    records: Records,
}

/// More was said than is read.
#[derive(Debug)]
pub(crate) struct TooMuch;

impl std::fmt::Display for TooMuch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "more than {MAX_READ} bytes came")
    }
}

impl std::error::Error for TooMuch {}

impl Wire {
    pub(crate) fn new(stream: TcpStream, deadline: Deadline) -> Self {
        Wire { stream, deadline, read: 0, first: Vec::new(), records: Records::default() }
    }

    /// Whether there is something to read, an end too, before then. It takes nothing.
    pub(crate) fn is_readable(&self, until: Deadline) -> bool {
        self::until(until, |left| self.stream.set_read_timeout(left), || self.stream.peek(&mut [0])).is_ok()
    }

    /// Whether the other side speaks HTTP without TLS.
    pub(crate) fn is_plain_http(&self) -> bool {
        self.first == b"HTTP/"
    }

    /// Whether a TLS 1.2 server began another handshake in this connection.
    pub(crate) fn has_renegotiated(&self) -> bool {
        self.records.handshakes_after_finished > 0
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = read_until(&self.stream, self.deadline, buffer)?;
        self.read = self.read.saturating_add(read);
        if self.read > MAX_READ {
            return Err(io::Error::other(TooMuch));
        }
        let room = b"HTTP/".len().saturating_sub(self.first.len());
        self.first.extend(buffer.iter().take(read.min(room)));
        self.records.see(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        write_until(&self.stream, self.deadline, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// The records of a TLS 1.2 server by their type, which is not encrypted (RFC 5246 section 6.2.1). After change_cipher_spec comes one of type handshake, with
/// its Finished; each further one asks for another handshake (section 7.4.1.1). Under TLS 1.3 all records after its change_cipher_spec, if there is one, are of type
/// application_data (RFC 8446 section 5.2).
#[derive(Default)]
struct Records {
    header: Vec<u8>,
    /// Bytes of a record's body that have not come yet.
    left: usize,
    is_encrypted: bool,
    finished: bool,
    handshakes_after_finished: usize,
}

const CHANGE_CIPHER_SPEC: u8 = 20;
const HANDSHAKE: u8 = 22;

impl Records {
    fn see(&mut self, mut bytes: &[u8]) {
        while let Some((&first, rest)) = bytes.split_first() {
            if self.left > 0 {
                let body = self.left.min(bytes.len());
                self.left -= body;
                bytes = bytes.get(body..).unwrap_or_default();
                continue;
            }
            self.header.push(first);
            bytes = rest;
            if let [kind, _, _, high, low] = *self.header {
                self.left = usize::from(u16::from_be_bytes([high, low]));
                self.header.clear();
                match kind {
                    CHANGE_CIPHER_SPEC => self.is_encrypted = true,
                    HANDSHAKE if self.finished => self.handshakes_after_finished = self.handshakes_after_finished.saturating_add(1),
                    HANDSHAKE if self.is_encrypted => self.finished = true,
                    _ => {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handshake_after_the_finished_message_is_another_one() {
        let record = |kind: u8, body: &[u8]| [&[kind, 3, 3, 0, u8::try_from(body.len()).unwrap()][..], body].concat();
        let first = [record(22, &[2, 0, 0]), record(20, &[1]), record(22, &[22; 40]), record(23, &[22; 30])].concat();
        let again = [first.clone(), record(22, &[0; 20])].concat();
        for chunk in [1, 3, 7, 1000] {
            let count = |bytes: &[u8]| {
                let mut records = Records::default();
                bytes.chunks(chunk).for_each(|chunk| records.see(chunk));
                records.handshakes_after_finished
            };
            assert_eq!((count(&first), count(&again)), (0, 1));
        }
    }

    /// A signal, and what macOS says of a socket that was shut.
    #[test]
    fn an_interruption_is_no_end() {
        let deadline = Deadline::after(DAY, None);
        let mut ends = vec![Ok(7), Err(io::ErrorKind::Interrupted), Err(io::ErrorKind::Interrupted)];
        assert_eq!(until(deadline, |_| Ok(()), || ends.pop().unwrap().map_err(io::Error::from)).unwrap(), 7);
        let shut = |_| Err(io::ErrorKind::InvalidInput.into());
        assert_eq!(until(deadline, shut, || Ok(7)).unwrap(), 7);
        let over = || -> io::Result<u8> { Err(io::ErrorKind::WouldBlock.into()) };
        assert_eq!(until(deadline, |_| Ok(()), over).unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn no_more_is_read_than_the_bound() {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        // The reader may be gone.
        let writer = std::thread::spawn(move || while peer.write_all(&[b'H'; 4096]).is_ok() {});
        let mut wire = Wire::new(stream, Deadline::after(Duration::from_secs(60), None));
        let (mut read, mut buffer) = (0, [0; 1000]);
        let error = loop {
            match wire.read(&mut buffer) {
                Ok(length) => read += length,
                Err(error) => break error,
            }
        };
        assert!(error.get_ref().unwrap().is::<TooMuch>(), "{error}");
        assert!((MAX_READ - 1000..=MAX_READ).contains(&read), "{read}");
        drop(wire);
        writer.join().unwrap();
    }

    #[test]
    fn a_deadline_is_no_later_than_the_last_one() {
        let last = Deadline::after(Duration::ZERO, None);
        assert_eq!(last.left().unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!(Deadline::after(Duration::MAX, Some(last)).left().is_err());
        assert!(Deadline::after(Duration::MAX, None).left().is_ok());
        assert!(Deadline::after(Duration::from_secs(3600), None).left().is_ok());
    }
}
