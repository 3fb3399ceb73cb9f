//! How far a batch is, on a terminal. A library for this draws more, and its estimates bring the system's mathematics library into the start of every command.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// How long a line stands before it is written anew.
const STANDS: Duration = Duration::from_millis(100);

/// The length of the bar.
const BAR: usize = 30;

pub(super) struct Progress {
    /// What the last of it will have come to, where that is known.
    whole: Option<u64>,
    began: Instant,
    is_seen: bool,
    /// When the line that stands there was written, and how long it is.
    line: Option<(Instant, usize)>,
}

impl Progress {
    /// On standard error, where that is a terminal and the answers go elsewhere.
    pub(super) fn new(whole: Option<u64>) -> Self {
        let is_seen = io::stderr().is_terminal() && !io::stdout().is_terminal();
        Progress { whole, began: Instant::now(), is_seen, line: None }
    }

    /// So far, of the whole; and how many bundles that are.
    pub(super) fn reached(&mut self, so_far: u64, bundles: u64) {
        if !self.is_seen {
            return;
        }
        let now = Instant::now();
        if self.line.is_none_or(|(written, _)| now.duration_since(written) >= STANDS) {
            let text = text(so_far, self.whole, bundles, now.duration_since(self.began));
            self.write(&text, now);
        }
    }

    /// Over the line that stands there. Where standard error takes nothing, nobody misses it.
    fn write(&mut self, text: &str, now: Instant) {
        let length = self.line.map_or(0, |(_, length)| length);
        let mut err = io::stderr();
        let _ = write!(err, "\r{text:length$}").and_then(|()| err.flush());
        self.line = Some((now, text.len()));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.line.is_some() {
            self.write("", self.began);
            let _ = write!(io::stderr(), "\r");
        }
    }
}

/// `[====>    ] 45%, 4512 bundles, 7140 a second, 12s left`.
fn text(so_far: u64, whole: Option<u64>, bundles: u64, taken: Duration) -> String {
    let milliseconds = taken.as_millis().max(1);
    let rate = u128::from(bundles) * 1000 / milliseconds;
    let counted = format!("{bundles} bundles, {rate} a second");
    let Some(whole) = whole.filter(|whole| *whole > 0 && so_far > 0) else { return counted };
    let so_far = so_far.min(whole);
    let percent = u128::from(so_far) * 100 / u128::from(whole);
    let done = usize::try_from(u128::from(so_far) * BAR as u128 / u128::from(whole)).unwrap_or(BAR);
    let left = milliseconds * u128::from(whole - so_far) / u128::from(so_far) / 1000;
    let left = humantime::format_duration(Duration::from_secs(u64::try_from(left).unwrap_or(u64::MAX)));
    format!("[{:<BAR$}] {percent}%, {counted}, {left} left", "=".repeat(done))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_rate_and_time_left() {
        let second = Duration::from_secs(1);
        for (so_far, whole, bundles, taken, shown) in [
            (50, Some(200), 10, second * 2, "[=======                       ] 25%, 10 bundles, 5 a second, 6s left"),
            (200, Some(200), 10, second, "[==============================] 100%, 10 bundles, 10 a second, 0s left"),
            // A file that somebody still writes to.
            (300, Some(200), 10, second, "[==============================] 100%, 10 bundles, 10 a second, 0s left"),
            (1, Some(100_000), 1, second, "[                              ] 0%, 1 bundles, 1 a second, 1day 3h 46m 39s left"),
            (0, Some(200), 0, Duration::ZERO, "0 bundles, 0 a second"),
            (5, None, 3000, second * 2, "3000 bundles, 1500 a second"),
        ] {
            assert_eq!(text(so_far, whole, bundles, taken), shown);
        }
    }
}
