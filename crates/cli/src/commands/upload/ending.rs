//! What is said and kept of an upload's end.

use super::sending::{End, is_of_list};
use crate::args::{Format, UploadArgs};
use crate::failure::Usage;
use crate::format::json::{self, Document, Upload};
use crate::format::{Shown, words};
use crate::probing::Probing;
use crate::receipt::{self, Receipt};
use crate::{api, files, origins};
use certflight_upload::{Failure, Target};
use certflight_validate::{Escaped, Report, Timestamp};
use std::io::{self, Write};
use std::time::SystemTime;

/// An end, and what it was about.
pub(crate) struct Ended<'a> {
    pub(crate) end: &'a End,
    pub(crate) args: &'a UploadArgs,
    pub(crate) report: &'a Report,
    pub(crate) skipped: &'a [String],
    pub(crate) probing: Option<&'a Probing>,
    pub(crate) target: &'a Target,
    /// The API's address, where it outlives the command.
    pub(crate) api: Option<&'a str>,
}

impl Ended<'_> {
    /// Writes the receipt that was asked for, of what was taken; whether there is one. Where it cannot be written it is said, so that it is not lost.
    pub(crate) fn keep_receipt(&self) -> Result<bool, Usage> {
        let Some(path) = &self.args.receipt else { return Ok(false) };
        let (cert_id, origin, updated, from_sandbox) = match self.end {
            End::Taken(taken) => (&taken.cert_id, &taken.origin, Some(taken.updated), taken.from_sandbox),
            End::Proved { entry, from_sandbox, .. } => (&entry.id, &entry.origin, None, *from_sandbox),
            _ => return Ok(false),
        };
        let upload = receipt::Upload {
            api: self.api,
            sandbox: self.args.sandbox || from_sandbox,
            target: self.target,
            origin,
            cert_id,
            updated,
            validation_skipped: self.args.skip_validation,
        };
        let now = Timestamp::from(SystemTime::now()).whole_second();
        let json = json::text(&Receipt::new(&upload, self.report, now))?;
        // Another upload may have written one there in the meantime.
        let lost =
            |why: &dyn std::fmt::Display| Usage(format!("{}: the receipt cannot be written: {why}; it is\n{json}", Escaped(path)));
        receipt::can_be_written(path, self.api, self.target).map_err(|why| lost(&why))?;
        files::replace(path, json.as_bytes()).map(|()| true).map_err(|error| lost(&error))
    }

    pub(crate) fn write(&self, has_receipt: bool, out: &mut impl Write) -> Result<(), Usage> {
        match self.args.format {
            Format::Json => {
                let document = match self.args.skip_validation {
                    true => Document::skipped(),
                    false => Document::of(&Shown { probing: self.probing, ..Shown::all(self.report, &[], self.skipped) }),
                };
                json::write(&document.with(self.upload()), out)?;
            }
            Format::Human => self.tell(has_receipt, out)?,
        }
        self.warn_of_origin();
        let sandbox = self.sandbox();
        if let Some(why) = self.complaint() {
            writeln!(io::stderr(), "certflight: {sandbox}{why}")?;
        }
        Ok(())
    }

    fn sandbox(&self) -> &'static str {
        if self.args.sandbox { "sandbox: " } else { "" }
    }

    fn tell(&self, has_receipt: bool, out: &mut impl Write) -> io::Result<()> {
        let sandbox = self.sandbox();
        match self.end {
            End::Dry(dry) => {
                writeln!(out, "{sandbox}dry run: nothing was sent\n")?;
                writeln!(out, "{} {}", dry.method, Escaped(&dry.url))?;
                writeln!(out, "Authorization: Bearer [redacted]\nContent-Type: application/json\n")?;
                json::write(&dry.body, out)
            }
            End::Taken(taken) => {
                writeln!(out, "{sandbox}uploaded")?;
                writeln!(out, "  certificate ID: {}", Escaped(&taken.cert_id))?;
                writeln!(out, "  origin: {}", origins::shown(&taken.origin))?;
                writeln!(out, "  updated: {}", taken.updated)?;
                self.tell_what_follows(has_receipt, out)
            }
            End::Proved { entry, .. } => {
                writeln!(
                    out,
                    "{sandbox}uploaded, as a new entry in the list proves (unless somebody else uploaded for this origin meanwhile)"
                )?;
                writeln!(out, "  certificate ID: {}", Escaped(&entry.id))?;
                writeln!(out, "  origin: {}", origins::shown(&entry.origin))?;
                self.tell_what_follows(has_receipt, out)
            }
            End::Failed { .. } | End::Unexpected(_) | End::Declined | End::Interrupted { .. } => Ok(()),
        }
    }

    fn tell_what_follows(&self, has_receipt: bool, out: &mut impl Write) -> io::Result<()> {
        if let (Some(leaf), Some(now)) = (self.report.leaf(), self.report.checked_at()) {
            writeln!(out, "  the certificate {}", words::ending(leaf.not_after, now))?;
        }
        if let Some(path) = self.args.receipt.as_ref().filter(|_| has_receipt) {
            writeln!(out, "  receipt: {}", Escaped(path))?;
        }
        writeln!(out, "  next: the project may have to be deployed again before its functions use it")?;
        Ok(())
    }

    /// Where the API names another origin than was asked for.
    fn warn_of_origin(&self) {
        let named = match self.end {
            End::Taken(taken) => &taken.origin,
            _ => return,
        };
        if let Some(asked) = self.report.origin().filter(|asked| asked != named && !self.args.skip_validation) {
            let named = origins::shown(named);
            let _ = writeln!(io::stderr(), "warning: the API names another origin, {named}, than was asked for, {asked}");
        }
    }

    /// What goes to standard error.
    fn complaint(&self) -> Option<String> {
        match self.end {
            End::Dry(_) | End::Taken(_) => None,
            End::Proved { error, .. } => Some(format!("no sound answer came, so the list was asked: {error:#}")),
            // Where it is not doubtful, what to do is the error's own word, as when to try again.
            End::Failed { error, after: Some(after) } if !error.is_doubtful() => Some(format!("{error}. {after}")),
            End::Failed { error, after: Some(after) } => Some(format!("{error:#}. {after}")),
            End::Failed { error, after: None } if is_of_list(error) => {
                Some(format!("nothing was uploaded, as the list that was to come before it failed: {}", api::told(error)))
            }
            End::Failed { error, after: None } => Some(api::told(error)),
            End::Declined => Some("not agreed to: nothing was sent".to_owned()),
            End::Unexpected(why) => Some(format!("{why}; nothing was uploaded")),
            End::Interrupted { is_sent: true } => Some(
                "interrupted: the request was sent, or may have been, so whether the certificate was taken is not known. List the project's \
                 certificates: a new entry proves that it arrived, an old one proves nothing"
                    .to_owned(),
            ),
            End::Interrupted { is_sent: false } => Some("interrupted: nothing was uploaded".to_owned()),
        }
    }

    fn upload(&self) -> Upload<'_> {
        let message = self.complaint();
        let base = Upload { sandbox: self.args.sandbox, skipped: self.args.skip_validation, message, ..Upload::default() };
        match self.end {
            End::Dry(dry) => {
                let request = serde_json::json!({ "method": dry.method, "url": dry.url, "body": dry.body });
                Upload { request: Some(request), ..base }
            }
            End::Taken(taken) => Upload {
                sent: true,
                sandbox: self.args.sandbox || taken.from_sandbox,
                status: Some(taken.status),
                cert_id: Some(&taken.cert_id),
                origin: Some(&taken.origin),
                updated: Some(taken.updated),
                ..base
            },
            End::Proved { entry, from_sandbox, .. } => Upload {
                sent: true,
                sandbox: self.args.sandbox || *from_sandbox,
                cert_id: Some(&entry.id),
                origin: Some(&entry.origin),
                ..base
            },
            End::Failed { error, .. } => {
                let sent = !is_of_list(error) && !matches!(error.failure, Failure::Unreachable { .. });
                Upload { sent, status: error.status(), code: error.code(), ..base }
            }
            End::Unexpected(_) | End::Declined => base,
            End::Interrupted { is_sent } => Upload { sent: *is_sent, ..base },
        }
    }
}
