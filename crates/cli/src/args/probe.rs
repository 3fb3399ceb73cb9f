//! What is said of a probe.

use super::{GateArgs, InputArgs, OutputArgs};
use crate::failure::Usage;
use clap::Args;
use std::time::Duration;

#[derive(Args)]
pub(crate) struct ProbeCommandArgs {
    #[command(flatten)]
    pub(crate) inputs: InputArgs,
    #[command(flatten)]
    pub(crate) gate: GateArgs,
    #[command(flatten)]
    pub(crate) probe: ProbeArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Args)]
#[command(next_help_heading = "Probe")]
pub(crate) struct ProbeArgs {
    /// Probe though validation found errors, to hear what the origin says
    #[arg(long)]
    pub(crate) anyway: bool,
    /// Ask for this path instead of /
    #[arg(long, value_name = "PATH")]
    pub(crate) probe_path: Option<String>,
    /// Take these addresses, with commas between them, for the origin's
    #[arg(long, value_name = "HOST:PORT:ADDR")]
    pub(crate) resolve: Option<String>,
    /// Connect to HOST2 and PORT2 instead of the origin's
    #[arg(long, value_name = "HOST1:PORT1:HOST2:PORT2")]
    pub(crate) connect_to: Option<String>,
    /// The server name of the handshake and of the origin's certificate, instead of the origin's host
    #[arg(long, value_name = "NAME")]
    pub(crate) servername: Option<String>,
    /// How long one address may take to connect [default: 5s]
    #[arg(long, value_name = "SPAN", value_parser = super::span)]
    pub(crate) connect_timeout: Option<Duration>,
    /// How long the probe may take in all [default: 30s]
    #[arg(long, value_name = "SPAN", value_parser = super::span)]
    pub(crate) probe_timeout: Option<Duration>,
}

impl ProbeArgs {
    /// These, where `--probe` asks for one. Without it none of them has a meaning.
    pub(crate) fn asked_for(&self, is_asked_for: bool) -> Result<Option<&Self>, Usage> {
        let given = [
            ("--anyway", self.anyway),
            ("--probe-path", self.probe_path.is_some()),
            ("--resolve", self.resolve.is_some()),
            ("--connect-to", self.connect_to.is_some()),
            ("--servername", self.servername.is_some()),
            ("--connect-timeout", self.connect_timeout.is_some()),
            ("--probe-timeout", self.probe_timeout.is_some()),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given && !is_asked_for) {
            Some((flag, _)) => Err(Usage(format!("{flag} is of a probe: give --probe with it"))),
            None => Ok(is_asked_for.then_some(self)),
        }
    }
}
