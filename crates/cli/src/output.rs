//! Standard output.

use std::io::{self, Write};
use zeroize::{Zeroize as _, Zeroizing};

/// Holds everything back until it is flushed, so that a command can drop its secrets before it waits for a reader who is slow, as a pager is. What it held is wiped: it
/// may be the body of a request, which has the key in it.
pub(crate) struct Output<W> {
    held: Zeroizing<Vec<u8>>,
    to: W,
}

impl<W: Write> Output<W> {
    pub(crate) fn new(to: W) -> Self {
        Output { held: Zeroizing::new(Vec::with_capacity(8192)), to }
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.held.len().saturating_add(bytes.len());
        if length > self.held.capacity() {
            // Grown by hand: a Vec that grows by itself leaves its old bytes behind.
            let mut larger = Zeroizing::new(Vec::with_capacity(length.saturating_mul(2)));
            larger.extend_from_slice(&self.held);
            self.held = larger;
        }
        self.held.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        let written = self.to.write_all(&self.held).and_then(|()| self.to.flush());
        // What could not be written is not tried again, nor what is left of it in the stream's own buffer: that it failed has been said, once.
        self.held.zeroize();
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::StorageFull.into())
        }
    }

    /// An upload that was taken has its own exit code, whatever becomes of the last words.
    #[test]
    fn what_could_not_be_written_fails_once() {
        let mut out = Output::new(Full);
        assert!(out.write_all(b"uploaded").is_ok());
        assert!(out.flush().is_err());
        assert!(out.flush().is_ok());
    }
}
