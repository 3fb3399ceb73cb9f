//! What stands below the flags in every `--help`: examples and exit codes.

pub(crate) const TOP: &str = "\
Examples:
  certflight check --cert client.pem --key client.key --ca ca.pem --origin https://api.example.com
  certflight explain key values mismatch
  certflight probe --cert client.pem --key client.key --ca ca.pem --origin https://api.example.com
  certflight upload --sandbox --project demo client.p12 partner-ca.pem

Exit codes:
  0  passed (warnings too)
  1  rejected by validation, or by the origin of a probe, nothing sent
  2  wrong usage, an input that cannot be read, or output that cannot be written
  3  the API refused
  4  the API, or the origin of a probe, could not be reached or failed, nothing taken
  5  fate unknown: the request went out and no sound answer came back";

pub(crate) const CHECK_ABOUT: &str = "Check certificate, key, CA and origin; upload nothing";

pub(crate) const CHECK: &str = "\
Examples:
  certflight check --cert client.pem --key client.key --ca ca.pem --origin https://api.example.com
  certflight check client.p12 --passphrase-file env:PASSPHRASE
  certflight check --cert client.pem --key env:CLIENT_KEY --ca ca.pem --min-validity 30d --format json
  certflight check --format html certificates/ > report.html
  certflight check --batch bundles.jsonl --min-validity 30d > reports.jsonl

Exit codes: 0 passed, 1 rejected (of many: any of them), 2 wrong usage or an input that cannot be read. No output flag changes them.";

pub(crate) const PROBE: &str = "\
Examples:
  certflight probe --cert client.pem --key client.key --ca ca.pem --origin https://api.example.com
  certflight probe client.p12 partner-ca.pem --origin https://api.example.com --probe-path /health --format json
  certflight probe client.p12 partner-ca.pem --origin https://api.example.com --resolve api.example.com:443:203.0.113.7

It connects up to four times, under TLS 1.3 and 1.2, with the certificate and without, and sends HEAD requests alone. The functions call from other
addresses than this machine.

Exit codes: 0 nothing speaks against it, 1 rejected by validation, or the origin refuses the certificate, asks for none, or does not let it be told, 2 wrong
usage or an input that cannot be read, 4 the origin cannot be reached. --deny CODE makes a warning count, as probe-not-required.";

pub(crate) const CONVERT: &str = "\
Examples:
  certflight convert client.p12 --out client
  certflight convert client.p12 partner-ca.pem --format json | jq keys

Nothing is written over a file that is there, unless --force says so. That the bundle is sound is not asked for: certflight check says that.

Exit codes: 0 written, 1 an input could not be read or sorted and nothing is written, 2 wrong usage, or a file that cannot be read or written.";

pub(crate) const UPLOAD_HEADING: &str = "Upload";

pub(crate) const UPLOAD: &str = "\
Examples:
  certflight upload --dry-run --project shop --cert client.pem --key client.key --ca ca.pem --origin https://api.example.com
  certflight upload --sandbox --project demo client.p12 partner-ca.pem
  certflight upload --project shop --expect-replace cert_1 --receipt receipts/shop.json client.p12 partner-ca.pem --origin https://api.example.com

Exit codes: 0 uploaded, 1 rejected and nothing sent, 2 wrong usage or an input that cannot be read, 3 the API refused,
4 the API could not be reached or failed, or it was interrupted, and nothing was taken, 5 fate unknown.";

pub(crate) const LIST: &str = "\
Examples:
  certflight list --project shop --team acme
  certflight list --project shop --receipts receipts --min-validity 30d --format json

Give the project and the team as the uploads did: by these names their receipts are known.

Exit codes: 0 listed, 1 with --receipts something needs care, 2 wrong usage or a file that cannot be read, 3 the API refused,
4 the API could not be reached or gave no sound answer.";

pub(crate) const DELETE: &str = "\
Examples:
  certflight delete cert_1 --project shop --team acme
  certflight delete cert_1 --project shop --yes

On a terminal it asks first. A key that was uploaded cannot be fetched back: keep the bundle.

Exit codes: 0 deleted, 1 not agreed to, 2 wrong usage, 3 the API refused, 4 the API could not be reached or failed, nothing was
deleted, 5 fate unknown.";

pub(crate) const EXPLAIN: &str = "\
Examples:
  certflight explain key-mismatch
  certflight explain unable to get local issuer certificate
  certflight explain \"140:error:0B080074:x509 certificate routines:X509_check_private_key:key values mismatch\"

Exit codes: 0 the page, or the list, was printed, 2 no page speaks of it.";

/// The faults are the sandbox's own table.
pub(crate) fn sandbox() -> String {
    let faults: String = certflight_sandbox::FAULTS.iter().map(|(name, what)| format!("  {name:<17} {what}\n")).collect();
    format!(
        "\
Examples:
  certflight sandbox --port 4000
  VERCEL_TOKEN=any certflight upload --api-url http://127.0.0.1:4000 --project demo client.p12 partner-ca.pem

Projects with these names fail, so that a pipeline can rehearse it:
{faults}
It serves until it is stopped. Exit codes: 2 the port cannot be listened on."
    )
}

pub(crate) const COMPLETIONS: &str = "\
Examples:
  source <(certflight completions bash)
  certflight completions zsh > ~/.zfunc/_certflight
  certflight completions fish > ~/.config/fish/completions/certflight.fish
  certflight completions powershell | Out-String | Invoke-Expression

Exit codes: 0 the script was printed, 2 the shell is not known.";

pub(crate) const MAN: &str = "\
Examples:
  certflight man ~/.local/share/man/man1
  certflight man . && man ./certflight-check.1

Pages that are there are written over. Exit codes: 0 the pages were written, 2 they cannot be.";
