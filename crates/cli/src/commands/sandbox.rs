//! `certflight sandbox`.

use crate::args::SandboxArgs;
use crate::failure::{Exit, Usage};
use certflight_sandbox::Sandbox;
use std::io::Write;

pub(crate) fn run(args: &SandboxArgs, out: &mut impl Write) -> Result<Exit, Usage> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Usage(format!("the network cannot be used: {error}")))?;
    runtime.block_on(async {
        let sandbox = Sandbox::bind(args.port)
            .map_err(|error| Usage(format!("--port {}: 127.0.0.1 cannot be listened on there: {error}", args.port)))?;
        writeln!(out, "sandbox: http://{}", sandbox.address())?;
        out.flush()?;
        sandbox.serve().await.map_err(|error| Usage(format!("the sandbox stopped: {error}")))?;
        Ok(Exit::Pass)
    })
}
