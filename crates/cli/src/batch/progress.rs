//! How far a batch is, on a terminal.

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal as _};
use std::time::Instant;

/// How often it is drawn, each second.
const DRAWN: u8 = 10;

pub(super) struct Progress {
    bar: ProgressBar,
    began: Instant,
}

impl Progress {
    /// On standard error, where that is a terminal and the answers go elsewhere. `whole` is in the unit of [`reached`](Self::reached), where it is known.
    pub(super) fn new(whole: Option<u64>) -> Self {
        let is_seen = io::stderr().is_terminal() && !io::stdout().is_terminal();
        let target = if is_seen { ProgressDrawTarget::stderr_with_hz(DRAWN) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(whole, target);
        let template = if whole.is_some() { "[{bar:30}] {percent}%, {msg}" } else { "{spinner} {msg}" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> ").tick_chars("|/-\\ "));
        }
        Progress { bar, began: Instant::now() }
    }

    /// So far, of the whole; and how many bundles that are.
    pub(super) fn reached(&self, so_far: u64, bundles: u64) {
        if self.bar.is_hidden() {
            return;
        }
        let seconds = self.began.elapsed().as_secs_f64();
        let rate = bundles as f64 / seconds.max(0.001);
        let left = match self.bar.length() {
            Some(_) => format!(", {} left", HumanDuration(self.bar.eta())),
            None => String::new(),
        };
        self.bar.set_message(format!("{bundles} bundles, {rate:.0} a second{left}"));
        self.bar.set_position(so_far);
        self.bar.tick();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
