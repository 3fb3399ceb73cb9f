//! The command line: one table for parsing and help.

#![allow(rustdoc::bare_urls, reason = "the doc comments are the help, which is plain text")]

mod api;
mod probe;

use crate::code_name::CodeParser;
use crate::help;
pub(crate) use api::{ApiArgs, DeleteArgs, ListArgs, TargetArgs, UploadArgs};
use certflight_validate::{CaRole, Code, DEFAULT_MAX_DEPTH, GatePolicy, Policy, PolicyId, Purpose, Severity, Timestamp};
use clap::{Args, Parser, Subcommand, ValueEnum};
pub(crate) use probe::{ProbeArgs, ProbeCommandArgs};
use std::ffi::OsString;
use std::mem::ManuallyDrop;
use std::time::{Duration, SystemTime};

/// Checks a client certificate for mutual TLS before it is uploaded, and uploads it.
#[derive(Parser)]
#[command(version, max_term_width = 100, after_help = help::TOP)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) global: Global,
}

/// What every command takes, before its name or after it, as the vendor's command line does.
#[derive(Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// Work in this folder: relative paths and the link to a project start there
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) cwd: Option<String>,
    /// Show requests to the API and its answers, without the key and the token
    #[arg(long, short, global = true)]
    pub(crate) debug: bool,
    /// Print without colours
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
    /// Ask nothing, even on a terminal
    #[arg(long, global = true)]
    pub(crate) non_interactive: bool,
}

/// `certflight check` alone, in a table of its own: to build that of all commands takes longer than to check a bundle.
#[derive(Parser)]
#[command(name = "certflight-check", bin_name = "certflight check", about = help::CHECK_ABOUT, max_term_width = 100, after_help = help::CHECK)]
struct Check {
    #[command(flatten)]
    args: CheckArgs,
    #[command(flatten)]
    global: Global,
}

impl Cli {
    /// Parses the process's command line. Where it is wrong, or asks for help, that is said and the process ends.
    pub(crate) fn of_process() -> Self {
        let mut words = std::env::args_os();
        if words.nth(1).is_some_and(|word| word == "check") {
            let Check { args, global } = parsed(std::env::args_os().skip(1));
            Cli { command: Command::Check(args), global }
        } else {
            parsed(std::env::args_os())
        }
    }
}

fn parsed<T: Parser>(words: impl Iterator<Item = OsString>) -> T {
    // The table is not taken apart again: the process ends before that would be of use.
    let mut table = ManuallyDrop::new(T::command());
    let parsed = table.try_get_matches_from_mut(words).and_then(|mut matches| T::from_arg_matches_mut(&mut matches));
    parsed.unwrap_or_else(|error| error.format(&mut table).exit())
}

#[derive(Subcommand)]
pub(crate) enum Command {
    #[command(about = help::CHECK_ABOUT, after_help = help::CHECK)]
    Check(CheckArgs),
    /// Check, then connect to the origin: does it ask for a certificate, and take this one?
    #[command(after_help = help::PROBE)]
    Probe(ProbeCommandArgs),
    /// Check, then upload to a project
    #[command(after_help = help::UPLOAD)]
    Upload(UploadArgs),
    /// List the certificates of a project, and join them with receipts
    #[command(after_help = help::LIST)]
    List(ListArgs),
    /// Delete a certificate from a project
    #[command(after_help = help::DELETE)]
    Delete(DeleteArgs),
    /// Write clean PEM files, whatever the inputs are: cert.pem, key.pem, ca.pem
    #[command(after_help = help::CONVERT)]
    Convert(ConvertArgs),
    /// Explain a finding code, or what another tool says; without either, list the codes
    #[command(after_help = help::EXPLAIN)]
    Explain(ExplainArgs),
    /// Serve the API's endpoints on loopback, for trials without an account
    Sandbox(SandboxArgs),
    /// Print the completion script of a shell
    #[command(after_help = help::COMPLETIONS)]
    Completions(CompletionsArgs),
    /// Write the manual pages, one for each command
    #[command(after_help = help::MAN)]
    Man(ManArgs),
}

/// What is checked.
#[derive(Args)]
#[command(next_help_heading = "Inputs (a file, `-` for standard input, or env:NAME for a variable's content)")]
pub(crate) struct InputArgs {
    /// Files in any format, sorted by what they hold: PEM, DER, PKCS#12, PKCS#7, Java key stores; of a folder, the files in it
    #[arg(value_name = "FILES")]
    pub(crate) files: Vec<String>,
    /// The client certificate, then its intermediates; FILES may add intermediates, and no other client certificate
    #[arg(long, value_name = "FILE")]
    pub(crate) cert: Option<String>,
    /// The private key of the client certificate
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<String>,
    /// The CA that the client certificate chains to
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<String>,
    /// Where the passphrase of a container or an encrypted key stands; without it, it is asked for on a terminal
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<String>,
    /// The origin that it is used for, as https://api.example.com; without it, every origin
    #[arg(long, value_name = "URL")]
    pub(crate) origin: Option<String>,
}

/// Demands that the gate knows too.
#[derive(Args)]
#[command(next_help_heading = "Demands")]
pub(crate) struct GateArgs {
    /// Fail when a certificate of the path is valid for less than this, as 30d or 12h
    #[arg(long, value_name = "SPAN", value_parser = humantime::parse_duration)]
    min_validity: Option<Duration>,
    /// What the certificates in --ca are for
    #[arg(long, value_enum, value_name = "ROLE", default_value_t = CaRoleArg::ClientIssuer)]
    ca_role: CaRoleArg,
    /// The most intermediates that are not self-issued
    #[arg(long, value_name = "N", default_value_t = DEFAULT_MAX_DEPTH)]
    max_depth: usize,
    /// A certificate policy that is accepted where one is required; without any, every policy is
    #[arg(long, value_name = "OID")]
    policy: Vec<PolicyId>,
    /// The path must be valid for an accepted certificate policy
    #[arg(long)]
    require_policy: bool,
    /// The policy anyPolicy in a certificate stands for no other
    #[arg(long)]
    inhibit_any_policy: bool,
    /// No CA may map one policy to another
    #[arg(long)]
    inhibit_policy_mapping: bool,
    /// Make every finding about the profile of RFC 5280 (profile-…) an error
    #[arg(long)]
    strict: bool,
    /// The certificate now in use: warn of what the new one changes for a partner
    #[arg(long, value_name = "FILE")]
    pub(crate) replaces: Option<String>,
    /// Make a finding an error
    #[arg(long, value_name = "CODE", value_parser = CodeParser { lowerable: false }, hide_possible_values = true)]
    deny: Vec<Code>,
}

#[derive(Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) inputs: InputArgs,
    /// Check many bundles: one on each line of a file (`-` for standard input) as JSON with cert, key and ca, or cert_file, key_file and ca_file, and if you like id and
    /// origin; or one in each folder of a folder. A line of JSON is printed for each, in order, then a summary
    #[arg(long, value_name = "FILE|DIR", help_heading = "Many at once",
        conflicts_with_all = ["files", "cert", "key", "ca", "replaces", "probe", "format", "quiet", "verbose"])]
    pub(crate) batch: Option<String>,
    #[command(flatten)]
    pub(crate) gate: GateArgs,
    /// Check as of this instant, as 2026-11-23T12:00:00Z, instead of now
    #[arg(long, value_name = "RFC3339", value_parser = instant)]
    at: Option<Timestamp>,
    /// What the leaf is to be used for
    #[arg(long, value_enum, default_value_t = PurposeArg::Client)]
    purpose: PurposeArg,
    /// Make a finding a warning (an error stays one)
    #[arg(long, value_name = "CODE", value_parser = CodeParser { lowerable: true }, hide_possible_values = true)]
    warn: Vec<Code>,
    /// Make a finding an info (an error stays one)
    #[arg(long, value_name = "CODE", value_parser = CodeParser { lowerable: true }, hide_possible_values = true)]
    allow: Vec<Code>,
    /// Then connect to the origin, as certflight probe does
    #[arg(long, requires = "origin", conflicts_with_all = ["at", "purpose"], help_heading = "Probe")]
    pub(crate) probe: bool,
    #[command(flatten)]
    pub(crate) probe_args: ProbeArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// The output format
    #[arg(long, value_enum, default_value_t = ReportFormat::Human)]
    pub(crate) format: ReportFormat,
    /// Show only findings of this severity or above; the verdict and the exit code stay
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = SeverityArg::Info)]
    pub(crate) min_severity: SeverityArg,
    /// For people: the verdict alone
    #[arg(long, short, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// For people: every certificate's serial number, fingerprints, names, usages and policies, too
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

#[derive(Args)]
pub(crate) struct ConvertArgs {
    #[command(flatten)]
    pub(crate) inputs: InputArgs,
    /// The folder that the files are written to; it is made if it is not there
    #[arg(long, value_name = "DIR", required_unless_present = "format", conflicts_with = "format", help_heading = "Output")]
    pub(crate) out: Option<String>,
    /// Print the body of the API's request instead; it holds the key
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Output")]
    pub(crate) format: Option<BodyFormat>,
    /// Write over files that are there; print the key to a terminal
    #[arg(long, help_heading = "Output")]
    pub(crate) force: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum BodyFormat {
    /// The request's JSON: cert, key, ca and origin
    Json,
}

#[derive(Args)]
pub(crate) struct ExplainArgs {
    /// The code, as key-mismatch; or a symptom, as another tool's error message
    #[arg(value_name = "CODE|SYMPTOM")]
    pub(crate) text: Vec<String>,
}

#[derive(Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Args)]
pub(crate) struct ManArgs {
    /// The folder for certflight.1, certflight-check.1 and the others; it is made if it is not there
    #[arg(value_name = "DIR")]
    pub(crate) dir: String,
}

#[derive(Args)]
#[command(after_help = help::sandbox())]
pub(crate) struct SandboxArgs {
    /// The port on 127.0.0.1; 0 picks a free one
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) port: u16,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Human,
    /// One JSON document, version 1
    Json,
}

/// The formats of a check.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    Human,
    /// One JSON document, version 1
    Json,
    /// Annotations of GitHub Actions
    Github,
    /// JUnit XML, a test case for each finding
    Junit,
    /// One HTML file to send to the partner or the CA; it holds no key
    Html,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum SeverityArg {
    /// Everything
    Info,
    /// Warnings and errors
    Warning,
    /// Errors alone
    Error,
}

impl From<SeverityArg> for Severity {
    fn from(severity: SeverityArg) -> Self {
        match severity {
            SeverityArg::Info => Severity::Info,
            SeverityArg::Warning => Severity::Warning,
            SeverityArg::Error => Severity::Error,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum PurposeArg {
    /// TLS client authentication
    Client,
    /// TLS server authentication
    Server,
    /// Any; extended key usage is not looked at
    Any,
}

#[derive(Clone, Copy, ValueEnum)]
enum CaRoleArg {
    /// They issued the client certificate, which must chain to one of them
    ClientIssuer,
    /// They verify the origin's server; the leaf must chain to a self-signed certificate in --cert
    OriginServer,
}

impl GateArgs {
    pub(crate) fn policy(&self, now: Timestamp) -> GatePolicy {
        let role = match self.ca_role {
            CaRoleArg::ClientIssuer => CaRole::ClientIssuer,
            CaRoleArg::OriginServer => CaRole::OriginServer,
        };
        let policy = GatePolicy::new(now).ca_role(role).max_depth(self.max_depth);
        let policy = self.min_validity.into_iter().fold(policy, GatePolicy::min_validity);
        let policy = self.policy.iter().cloned().fold(policy, GatePolicy::accept_policy);
        let policy = if self.require_policy { policy.require_policy() } else { policy };
        let policy = if self.inhibit_any_policy { policy.inhibit_any_policy() } else { policy };
        let policy = if self.inhibit_policy_mapping { policy.inhibit_policy_mapping() } else { policy };
        let policy = if self.strict { policy.strict() } else { policy };
        self.deny.iter().copied().fold(policy, GatePolicy::deny)
    }
}

impl CheckArgs {
    pub(crate) fn policy(&self) -> Policy {
        let at = self.at.unwrap_or_else(|| SystemTime::now().into());
        let purpose = match self.purpose {
            PurposeArg::Client => Purpose::Client,
            PurposeArg::Server => Purpose::Server,
            PurposeArg::Any => Purpose::Any,
        };
        // Denials last: of two levels for one code the stricter one holds.
        let lowered = self.allow.iter().copied().fold(Policy::new(at), Policy::allow);
        let lowered = self.warn.iter().copied().fold(lowered, Policy::warn);
        lowered.gate(self.gate.policy(at)).purpose(purpose)
    }
}

fn span(text: &str) -> Result<Duration, String> {
    let span = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if span.is_zero() { Err("nothing is done in no time".to_owned()) } else { Ok(span) }
}

fn instant(text: &str) -> Result<Timestamp, &'static str> {
    Timestamp::parse_rfc3339(text).ok_or("not an instant in RFC 3339, as 2026-11-23T12:00:00Z")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_table_is_sound() {
        Cli::command().debug_assert();
        Check::command().debug_assert();
    }
}
