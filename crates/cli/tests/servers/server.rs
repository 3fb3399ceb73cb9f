//! What every server program has in common.

use super::case::{Auth, Limit, Versions};
use super::identity::Identity;
use super::process;
use std::path::Path;

/// How a server is set up for one row.
pub(crate) struct Setting<'a> {
    pub(crate) auth: Auth,
    pub(crate) limit: Limit,
    pub(crate) versions: Versions,
    pub(crate) identity: &'a Identity,
    pub(crate) trust: &'a Path,
    pub(crate) revocations: Option<&'a Path>,
    /// Where it may write.
    pub(crate) folder: &'a Path,
}

/// A server that listens, for as long as this is kept.
pub(crate) struct Listening {
    pub(crate) port: u16,
    _server: Box<dyn std::any::Any>,
}

impl Listening {
    pub(crate) fn new(port: u16, server: impl std::any::Any) -> Self {
        Listening { port, _server: Box::new(server) }
    }
}

pub(crate) enum Start {
    Listening(Listening),
    /// The server has no such setting.
    CannotBeConfigured(&'static str),
}

/// A server, and the series of versions that the page is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Program {
    pub(crate) name: &'static str,
    /// The series, as the page's heading has it.
    pub(crate) series: &'static str,
    /// The command that says the version, its arguments, and what has to be in what it says. None for the server inside the test.
    pub(crate) version: Option<(&'static str, &'static [&'static str], &'static [&'static str])>,
}

impl Program {
    /// Why the program cannot be run here.
    pub(crate) fn missing(&self) -> Option<String> {
        let (command, args, wanted) = self.version?;
        let Some(said) = process::said(command, args) else {
            return Some(format!("there is no {command}"));
        };
        let missing = wanted.iter().find(|wanted| !said.contains(**wanted))?;
        Some(format!("the page is about the {} series; {command} does not say “{missing}” but: {}", self.series, said.trim()))
    }
}

/// Owned words of a command line.
pub(crate) fn words<const N: usize>(words: [&str; N]) -> Vec<String> {
    words.map(str::to_owned).to_vec()
}

/// A path in a command line or a configuration.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
