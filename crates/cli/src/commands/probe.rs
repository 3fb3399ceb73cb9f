//! `certflight probe`: a check, then a look at the origin.

use crate::args::ProbeCommandArgs;
use crate::commands::check::{self, Asked};
use crate::failure::{Exit, Usage};
use std::io::Write;
use std::time::SystemTime;

pub(crate) fn run(args: &ProbeCommandArgs, non_interactive: bool, out: &mut impl Write) -> Result<Exit, Usage> {
    let ProbeCommandArgs { inputs, gate, probe, output } = args;
    if inputs.origin.is_none() {
        return Err(Usage("a probe needs to know where: give --origin https://HOST".into()));
    }
    let policy = gate.policy(SystemTime::now().into());
    check::run_as(&Asked { inputs, gate, policy: policy.into(), probe: Some(probe), output, non_interactive }, out)
}
