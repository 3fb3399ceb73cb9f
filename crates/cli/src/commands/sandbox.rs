//! Stub.
use crate::args::SandboxArgs;
use crate::failure::{Exit, Usage};
use std::io::Write;
pub(crate) fn run(_args: &SandboxArgs, _out: &mut impl Write) -> Result<Exit, Usage> {
    Err(Usage("not yet".into()))
}
