//! The commands that speak to the API.

use super::{Format, GateArgs, InputArgs, ProbeArgs};
use crate::help;
use certflight_upload::API_URL;
use certflight_validate::GatePolicy;
use clap::Args;
use std::time::{Duration, SystemTime};

#[derive(Args)]
pub(crate) struct UploadArgs {
    #[command(flatten)]
    pub(crate) inputs: InputArgs,
    #[command(flatten)]
    pub(crate) gate: GateArgs,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) api: ApiArgs,
    /// First connect to the origin as certflight probe does, and send nothing where that finds an error
    #[arg(long, requires = "origin", conflicts_with = "skip_validation", help_heading = "Probe")]
    pub(crate) probe: bool,
    #[command(flatten)]
    pub(crate) probe_args: ProbeArgs,
    /// Send the inputs as they are, unchecked; a private key in --cert or --ca is refused all the same
    #[arg(long, conflicts_with_all = ["files", "passphrase_file", "replaces"], help_heading = help::UPLOAD_HEADING)]
    pub(crate) skip_validation: bool,
    /// Print the request, the key redacted, and send nothing
    #[arg(long, help_heading = help::UPLOAD_HEADING)]
    pub(crate) dry_run: bool,
    /// Upload to a sandbox that is started for this command; needs no account, nothing leaves this machine
    #[arg(long, conflicts_with_all = ["api_url", "token_file", "api_ca", "expect_replace"], help_heading = help::UPLOAD_HEADING)]
    pub(crate) sandbox: bool,
    /// List first, and send nothing when the project has a certificate for this origin
    #[arg(long, conflicts_with = "expect_replace", help_heading = help::UPLOAD_HEADING)]
    pub(crate) expect_new: bool,
    /// List first, and send nothing unless this certificate is there for this origin
    #[arg(long, value_name = "ID", help_heading = help::UPLOAD_HEADING)]
    pub(crate) expect_replace: Option<String>,
    /// Write what was uploaded, where and when to this file, as JSON without the key; a receipt that is there is written over
    #[arg(long, value_name = "FILE", help_heading = help::UPLOAD_HEADING)]
    pub(crate) receipt: Option<String>,
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Human, help_heading = "Output")]
    pub(crate) format: Format,
}

impl UploadArgs {
    pub(crate) fn policy(&self) -> GatePolicy {
        self.gate.policy(SystemTime::now().into())
    }
}

#[derive(Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) api: ApiArgs,
    /// The folder of the receipts that uploads wrote: tell what expires, what has no receipt and what was deleted
    #[arg(long, value_name = "DIR", help_heading = "Receipts")]
    pub(crate) receipts: Option<String>,
    /// A certificate that is valid for less than this needs care
    #[arg(long, value_name = "SPAN", value_parser = humantime::parse_duration, default_value = "30d", requires = "receipts", help_heading = "Receipts")]
    pub(crate) min_validity: Duration,
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Human, help_heading = "Output")]
    pub(crate) format: Format,
}

#[derive(Args)]
pub(crate) struct DeleteArgs {
    /// The certificate's ID, as certflight list prints it
    #[arg(value_name = "CERT_ID")]
    pub(crate) id: String,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) api: ApiArgs,
}

#[derive(Args)]
#[command(next_help_heading = "Target")]
pub(crate) struct TargetArgs {
    /// The project's ID or name; without it, the variables VERCEL_PROJECT_ID and VERCEL_ORG_ID, then the folder's link in .vercel
    #[arg(long, value_name = "ID|NAME")]
    pub(crate) project: Option<String>,
    /// The team: an ID (team_…) or the slug of its address
    #[arg(long, value_name = "ID|SLUG")]
    pub(crate) team: Option<String>,
    /// The slug of the team's address; may stand beside a --team with an ID
    #[arg(long, value_name = "SLUG")]
    pub(crate) slug: Option<String>,
}

#[derive(Args)]
#[command(next_help_heading = "API")]
pub(crate) struct ApiArgs {
    /// Read the token from this file, or `-`; without it, from the variable VERCEL_TOKEN, then from the login of the vendor's command line
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<String>,
    /// The API's address
    #[arg(long, value_name = "URL", default_value = API_URL)]
    pub(crate) api_url: String,
    /// Verify the API's server by the root certificates in this file alone; without it, by the platform's
    #[arg(long, value_name = "FILE")]
    pub(crate) api_ca: Option<String>,
    /// How long one try may take, as 30s
    #[arg(long, value_name = "SPAN", value_parser = super::span, default_value = "60s")]
    pub(crate) timeout: Duration,
}
