//! Server programs: are they there, start them, and never leave one behind.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// A Java machine under load takes a while; everything else is ready at once.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// Becomes the program, and kills it when this process is gone, whatever ended it: then the pipe that is its input ends.
const GUARD: &str = r#"pipe=$1; shift; rm -f "$pipe"; mkfifo "$pipe"; exec 3<&0
{ cat <&3; kill -9 $$; } >"$pipe" 2>/dev/null &
exec 3<&-; exec "$@" <"$pipe""#;

/// A running program.
pub(crate) struct Process {
    child: Child,
    log: Arc<Mutex<String>>,
    lines: Receiver<String>,
}

/// What a program is to be told at lines that it writes.
pub(crate) struct Reply {
    pub(crate) to: fn(&str) -> bool,
    pub(crate) with: &'static str,
}

impl Process {
    /// Starts a program and waits for the line that says it listens; what `ready` makes of that line is given back.
    /// An error is all that the program wrote.
    pub(crate) fn start<T>(
        command: &[String],
        folder: &Path,
        reply: Option<Reply>,
        ready: impl Fn(&str) -> Option<T>,
    ) -> Result<(Self, T), String> {
        let mut process = Process::spawn(command, folder, reply);
        let found = process.wait_for(ready)?;
        Ok((process, found))
    }

    pub(crate) fn spawn(command: &[String], folder: &Path, reply: Option<Reply>) -> Self {
        let mut child = Command::new("sh")
            .args(["-c", GUARD, "sh"])
            .arg(folder.join("input"))
            .args(command)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (sender, lines) = mpsc::channel();
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        // The program's input stays open as long as this is kept, whether or not anything is said to it.
        let mut replies = reply.map(|reply| (reply, child.stdin.take().unwrap()));
        follow(out, Arc::clone(&log), sender.clone(), move |line| {
            if let Some((reply, input)) = &mut replies
                && (reply.to)(line)
            {
                // The connection, or the program, may have ended.
                let _ = input.write_all(reply.with.as_bytes()).and_then(|()| input.flush());
            }
        });
        follow(err, Arc::clone(&log), sender, |_| ());
        Process { child, log, lines }
    }

    /// Waits for a line.
    pub(crate) fn wait_for<T>(&mut self, wanted: impl Fn(&str) -> Option<T>) -> Result<T, String> {
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    if let Some(found) = wanted(&line) {
                        return Ok(found);
                    }
                }
                Err(RecvTimeoutError::Timeout) => return Err(format!("not ready in time\n{}", self.log())),
                Err(RecvTimeoutError::Disconnected) => return Err(self.log()),
            }
        }
    }

    /// A program that has to be told its port. Another process may have taken that meanwhile, so there are some tries.
    pub(crate) fn on_free_port(
        folder: &Path,
        ready: impl Fn(&str) -> bool,
        command: impl Fn(u16) -> Vec<String>,
    ) -> Result<(Self, u16), String> {
        let mut last = String::new();
        for _ in 0..5 {
            let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
            match Process::start(&command(port), folder, None, |line| ready(line).then_some(port)) {
                Err(log) if log.to_ascii_lowercase().contains("in use") => last = log,
                other => return other,
            }
        }
        Err(last)
    }

    /// All that it wrote.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Says a line to one that is not told anything else.
    pub(crate) fn say(&mut self, line: &str) {
        let input = self.child.stdin.as_mut().unwrap();
        input.write_all(line.as_bytes()).and_then(|()| input.flush()).unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads what a program writes to its end, so that it never waits for a reader.
fn follow(
    stream: impl Read + Send + 'static,
    log: Arc<Mutex<String>>,
    sender: Sender<String>,
    mut each: impl FnMut(&str) + Send + 'static,
) {
    thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut bytes = Vec::new();
        while matches!(stream.read_until(b'\n', &mut bytes), Ok(1..)) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let line = text.trim_end();
            log.lock().unwrap().push_str(&text);
            each(line);
            // Nobody waits any more when the program is being ended.
            let _ = sender.send(line.to_owned());
            bytes.clear();
        }
    });
}

/// What a program says when it is run to its end, both streams; nothing if it is not there.
pub(crate) fn said(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).stdin(Stdio::null()).output().ok()?;
    Some(format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)))
}
