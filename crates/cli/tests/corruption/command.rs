//! Gives a bundle to the command, and holds it to what is true of every run.

use crate::blocks;
use crate::bundle::{Bundle, Part};
use crate::plan::{Given, Plan};
use crate::support;
use base64ct::{Base64, Encoding as _};
use serde_json::Value;
use std::collections::HashSet;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Output, Stdio};

/// What is uploaded of a bundle that passed, as PEM.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Mended {
    pub(crate) cert: String,
    pub(crate) key: String,
    pub(crate) ca: String,
}

/// Parts of private keys that no output may hold: every so many characters of their base64, wherever its lines are broken.
pub(crate) struct Secrets(HashSet<[u8; SECRET]>);

const SECRET: usize = 24;

impl Secrets {
    pub(crate) fn of(sound: &[Bundle]) -> Self {
        let parts = sound.iter().flat_map(|bundle| &bundle.parts);
        let keys = parts.flat_map(|part| blocks::contents(&part.bytes)).filter(|(label, _)| label.ends_with("PRIVATE KEY"));
        let mut windows = HashSet::new();
        for (_, der) in keys {
            windows.extend(
                Base64::encode_string(&der).as_bytes().windows(SECRET).map(|window| <[u8; SECRET]>::try_from(window).unwrap()),
            );
        }
        Secrets(windows)
    }

    fn are_in(&self, output: &[u8]) -> bool {
        output.windows(SECRET).any(|window| self.0.contains(window))
    }
}

/// One plan's files in a folder of their own, which is the command's working folder.
pub(crate) struct Runner<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) plan: &'a Plan,
    pub(crate) secrets: &'a Secrets,
}

impl Runner<'_> {
    pub(crate) fn write(&self) {
        for Part { file, bytes, there, .. } in &self.plan.bundle.parts {
            let path = self.folder.join(file);
            if *there {
                fs::write(path, bytes).unwrap();
            } else {
                // One of an earlier plan may be there.
                let _ = fs::remove_file(path);
            }
        }
    }

    /// How the inputs are named; `convert` knows of no certificate that is replaced.
    pub(crate) fn inputs(&self, replaces: bool) -> Vec<String> {
        let mut args = Vec::new();
        for (at, part) in self.plan.bundle.parts.iter().enumerate() {
            let from = if self.stdin() == Some(at) { "-" } else { &part.file };
            match part.flag {
                Some("--replaces") if !replaces => {}
                Some(flag) if flag == "--replaces" || self.plan.given != Given::Files => {
                    args.extend([flag.to_owned(), from.to_owned()])
                }
                _ => args.push(from.to_owned()),
            }
        }
        args
    }

    fn stdin(&self) -> Option<usize> {
        let at = if let Given::Stdin(at) = self.plan.given { at } else { return None };
        self.plan.bundle.parts[at].there.then_some(at)
    }

    pub(crate) fn check_args(&self, format: &str) -> Vec<String> {
        let Bundle { origin, at, args, .. } = &self.plan.bundle;
        let mut all = self.inputs(true);
        all.splice(0..0, ["check", "--non-interactive", "--at", at, "--format", format].map(str::to_owned));
        all.extend(origin.iter().map(|origin| format!("--origin={origin}")));
        all.extend(args.iter().cloned());
        all
    }

    fn run(&self, args: &[String]) -> Result<(i32, Output), String> {
        let mut command = support::command();
        command.current_dir(self.folder).args(args);
        if let Some(at) = self.stdin() {
            command.stdin(Stdio::from(File::open(self.folder.join(&self.plan.bundle.parts[at].file)).unwrap()));
        }
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match output.status.code() {
            Some(code @ 0..=2) if !text(&output.stderr).contains("panicked") => Ok((code, output)),
            _ => Err(format!("it ended with {}\n{}", output.status, text(&output.stderr))),
        }
    }

    /// The exit code of a check, and where it is in JSON and says something, the report.
    pub(crate) fn check(&self, format: &str) -> Result<(i32, Option<Value>), String> {
        let (code, Output { stdout, stderr, .. }) = self.run(&self.check_args(format))?;
        if self.secrets.are_in(&stdout) || self.secrets.are_in(&stderr) {
            return Err("a part of a private key is shown".to_owned());
        }
        let (Ok(out), Ok(err)) = (String::from_utf8(stdout), String::from_utf8(stderr)) else {
            return Err("what is printed is no UTF-8".to_owned());
        };
        if code == 2 {
            return if out.is_empty() && err.starts_with("certflight: ") {
                Ok((code, None))
            } else {
                Err(format!("exit 2 with: {out}{err}"))
            };
        }
        if format != "json" {
            let verdict = if code == 0 { "PASS" } else { "FAIL" };
            return if out.contains(verdict) { Ok((code, None)) } else { Err(format!("exit {code} with: {out}")) };
        }
        let report: Value = serde_json::from_str(&out).map_err(|error| format!("no JSON, {error}: {out}"))?;
        let verdict = if code == 0 { "pass" } else { "fail" };
        let errors = report["findings"].as_array().is_some_and(|list| list.iter().any(|finding| finding["severity"] == "error"));
        if report["verdict"] != verdict || errors != (code == 1) {
            return Err(format!("exit {code} with: {out}"));
        }
        Ok((code, Some(report)))
    }

    /// What would be uploaded; of a bundle that passed there is one.
    pub(crate) fn mended(&self) -> Result<Mended, String> {
        let mut args = self.inputs(false);
        args.splice(0..0, ["convert", "--non-interactive", "--format", "json"].map(str::to_owned));
        let (code, output) = self.run(&args)?;
        let body: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        match ["cert", "key", "ca"].map(|field| body[field].as_str().map(str::to_owned)) {
            [Some(cert), Some(key), Some(ca)] if code == 0 => Ok(Mended { cert, key, ca }),
            _ => Err(format!("it passes and is not converted, exit {code}: {}", String::from_utf8_lossy(&output.stderr))),
        }
    }
}
