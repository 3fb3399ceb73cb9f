//! Stub.
use crate::args::UploadArgs;
use crate::failure::{Exit, Usage};
use std::io::Write;
pub(crate) fn run(_args: &UploadArgs, _out: &mut impl Write) -> Result<Exit, Usage> {
    Err(Usage("not yet".into()))
}
