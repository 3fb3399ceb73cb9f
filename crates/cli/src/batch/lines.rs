//! The lines of a stream, in buffers that are wiped: they hold keys.

use memchr::memchr;
use std::io::{self, Read};
use zeroize::{Zeroize as _, Zeroizing};

/// How much is read at once.
const CHUNK: usize = 1024 * 1024;

/// The longest line: all that the inputs of one check may have, and as much again for how JSON writes it.
pub(super) const MAX_LINE: usize = 2 * certflight_validate::MAX_ALL_BYTES;

/// What comes next.
pub(super) enum Next {
    /// A line, without its end.
    Line(Zeroizing<Vec<u8>>),
    /// A line that is longer than lines may be, and was passed over.
    TooLong,
    /// Nothing that is at hand: whoever asks to wait gets it.
    Later,
    End,
}

/// Reads lines, and says when the next one has to be waited for: whoever writes them may wait for answers first.
pub(super) struct Lines<R> {
    from: R,
    buffer: Zeroizing<Vec<u8>>,
    /// What was read and not given away.
    start: usize,
    end: usize,
    /// How far of it there is no line break.
    searched: usize,
    ended: bool,
    /// The rest of a line that is too long.
    passing: bool,
    /// How many bytes were given away.
    pub(super) taken: u64,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(from: R) -> Self {
        let buffer = Zeroizing::new(vec![0; CHUNK]);
        Lines { from, buffer, start: 0, end: 0, searched: 0, ended: false, passing: false, taken: 0 }
    }

    /// The next line. Where none is at hand and `wait` says no, it asks nobody for more.
    pub(super) fn next(&mut self, wait: bool) -> io::Result<Next> {
        loop {
            let at_hand = self.buffer.get(self.searched..self.end).unwrap_or_default();
            let line_break = memchr(b'\n', at_hand).map(|at| self.searched + at);
            self.searched = self.end;
            if let Some(at) = line_break {
                return Ok(self.take(at, at + 1));
            }
            if self.passing || self.end - self.start > MAX_LINE {
                self.passing = true;
                self.taken += (self.end - self.start) as u64;
                (self.start, self.end, self.searched) = (0, 0, 0);
            }
            match (self.ended, wait) {
                (true, _) if self.start < self.end || self.passing => return Ok(self.take(self.end, self.end)),
                (true, _) => return Ok(Next::End),
                (false, false) => return Ok(Next::Later),
                (false, true) => self.fill()?,
            }
        }
    }

    fn take(&mut self, end: usize, next: usize) -> Next {
        let line = self.buffer.get(self.start..end).unwrap_or_default();
        let line = Zeroizing::new(line.strip_suffix(b"\r").unwrap_or(line).to_vec());
        // What waits for more to come has only what nobody has looked at yet.
        self.buffer.get_mut(self.start..end).unwrap_or_default().zeroize();
        self.taken += (next - self.start) as u64;
        (self.start, self.searched) = (next, next);
        if std::mem::take(&mut self.passing) || line.len() > MAX_LINE { Next::TooLong } else { Next::Line(line) }
    }

    fn fill(&mut self) -> io::Result<()> {
        let left = self.end - self.start;
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            // Nor does the place that it is moved from keep it.
            self.buffer.get_mut(left..self.end).unwrap_or_default().zeroize();
            (self.start, self.end, self.searched) = (0, left, left);
        }
        if self.buffer.len() - left < CHUNK / 2 {
            // Grown by hand: a Vec that grows by itself leaves its old bytes behind.
            let mut larger = Zeroizing::new(vec![0; self.buffer.len() * 2]);
            if let (Some(room), Some(read)) = (larger.get_mut(..left), self.buffer.get(..left)) {
                room.copy_from_slice(read);
            }
            self.buffer = larger;
        }
        match self.from.read(self.buffer.get_mut(self.end..).unwrap_or_default()) {
            Ok(0) => self.ended = true,
            Ok(read) => self.end += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives its parts one read at a time.
    struct Parts(Vec<Vec<u8>>);

    impl Read for Parts {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            let Some(first) = self.0.first_mut() else { return Ok(0) };
            let length = first.len().min(room.len());
            room[..length].copy_from_slice(&first[..length]);
            first.drain(..length);
            if first.is_empty() {
                self.0.remove(0);
            }
            Ok(length)
        }
    }

    fn lines(parts: &[&[u8]]) -> Lines<Parts> {
        Lines::new(Parts(parts.iter().map(|part| part.to_vec()).collect()))
    }

    fn shown(next: Next) -> String {
        match next {
            Next::Line(line) if line.len() > 100 => format!("{} bytes", line.len()),
            Next::Line(line) => String::from_utf8(line.to_vec()).unwrap(),
            Next::TooLong => "too long".into(),
            Next::Later => "later".into(),
            Next::End => "end".into(),
        }
    }

    #[test]
    fn lines_come_whole_however_they_are_read() {
        for parts in [
            &[&b"one\r\n\ntwo\nthree"[..]][..],
            &[b"o", b"ne\r", b"\n\nt", b"wo", b"\nthree"],
            &[b"one\n", b"\n", b"two\n", b"three"],
        ] {
            let mut lines = lines(parts);
            let all: Vec<String> = (0..5).map(|_| shown(lines.next(true).unwrap())).collect();
            assert_eq!(all, ["one", "", "two", "three", "end"]);
            assert_eq!(lines.taken, parts.iter().map(|part| part.len() as u64).sum::<u64>());
        }
    }

    #[test]
    fn what_is_not_at_hand_is_not_waited_for() {
        let mut lines = lines(&[b"one\ntw", b"o\n"]);
        let asked: Vec<String> =
            [false, true, false, true, false, true].map(|wait| shown(lines.next(wait).unwrap())).into_iter().collect();
        assert_eq!(asked, ["later", "one", "later", "two", "later", "end"]);
    }

    #[test]
    fn what_was_taken_is_wiped_wherever_it_stood() {
        let mut lines = lines(&[b"one\nthe second is torn he", b"re\n"]);
        for expected in ["one", "the second is torn here"] {
            assert_eq!(shown(lines.next(true).unwrap()), expected);
        }
        assert!(lines.buffer.iter().all(|byte| [0, b'\n'].contains(byte)));
    }

    #[test]
    fn a_line_has_so_many_bytes_and_no_more() {
        let longest = vec![b'a'; MAX_LINE];
        let mut lines = lines(&[&longest, b"\nb\n", &longest, b"a\nc\n", &longest, b"a"]);
        let all: Vec<String> = (0..6).map(|_| shown(lines.next(true).unwrap())).collect();
        assert_eq!(all, [&format!("{MAX_LINE} bytes"), "b", "too long", "c", "too long", "end"]);
        assert_eq!(lines.taken, (3 * MAX_LINE + 8) as u64);
        assert!(lines.buffer.len() <= 2 * MAX_LINE, "{}", lines.buffer.len());
    }
}
