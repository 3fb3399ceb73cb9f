//! What goes over the network, and what is known at the end.

use super::dry::Dry;
use crate::api::{self, Api};
use crate::args::UploadArgs;
use crate::failure::{Exit, Usage};
use crate::origins;
use certflight_upload::{CertificateId, Error, Listed, Listing, Operation, Request, Uploaded};
use certflight_validate::Escaped;
use std::collections::HashSet;
use std::io::{self, Write as _};

/// The most certificates of a project that a message names.
const NAMED: usize = 8;

/// What must be there before anything is sent.
pub(crate) enum Expectation {
    /// No certificate for the origin.
    New,
    /// This one, for the origin.
    Replace(CertificateId),
}

impl Expectation {
    pub(crate) fn new(args: &UploadArgs) -> Result<Option<Self>, Usage> {
        match (&args.expect_replace, args.expect_new) {
            (Some(id), _) => {
                let id = CertificateId::new(id.as_str()).map_err(|error| Usage(format!("--expect-replace: {error}")))?;
                Ok(Some(Expectation::Replace(id)))
            }
            (None, true) => Ok(Some(Expectation::New)),
            (None, false) => Ok(None),
        }
    }

    /// Why it is not so, if it is not.
    fn refuses(&self, origin: &str, listed: &[Listed]) -> Option<String> {
        let entry = |entry: &Listed| format!("{} for {}", Escaped(&entry.id), origins::shown(&entry.origin));
        match self {
            Expectation::New => {
                let there = listed.iter().find(|listed| listed.origin == origin)?;
                let id = Escaped(&there.id);
                Some(format!(
                    "--expect-new: the project has a certificate {}; --expect-replace {id} would replace it",
                    entry(there)
                ))
            }
            Expectation::Replace(id) => match listed.iter().find(|listed| listed.id == id.as_str()) {
                Some(there) if there.origin == origin => None,
                Some(there) => Some(format!(
                    "--expect-replace: the project has {}, and this upload is for {}, so it would not replace it",
                    entry(there),
                    origins::shown(origin)
                )),
                None => {
                    let mut names: Vec<String> = listed.iter().take(NAMED).map(entry).collect();
                    names.extend((listed.len() > NAMED).then(|| format!("{} more", listed.len() - NAMED)));
                    let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                    let id = Escaped(id.as_str());
                    Some(format!("--expect-replace: the project has no certificate {id}; it has: {names}"))
                }
            },
        }
    }
}

/// How it ended.
pub(crate) enum End {
    Dry(Dry),
    Taken(Uploaded),
    /// No sound answer came, and the list has an entry that was not there before.
    Proved {
        entry: Listed,
        error: Error,
        from_sandbox: bool,
    },
    Failed {
        error: Error,
        after: Option<String>,
    },
    /// Something else is there than was expected.
    Unexpected(String),
    /// The target is not the one that was meant.
    Declined,
    Interrupted {
        is_sent: bool,
    },
}

impl End {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            End::Dry(_) | End::Taken(_) | End::Proved { .. } => Exit::Pass,
            End::Failed { error, .. } => api::exit(error.outcome()),
            End::Unexpected(_) | End::Declined => Exit::Rejected,
            End::Interrupted { is_sent: true } => Exit::Unknown,
            End::Interrupted { is_sent: false } => Exit::NotTaken,
        }
    }
}

pub(crate) struct Sending<'a> {
    pub(crate) api: &'a Api,
    pub(crate) expectation: Option<Expectation>,
    pub(crate) origin: Option<&'a str>,
}

impl Sending<'_> {
    pub(crate) async fn send(&self, request: &Request) -> End {
        let origin = self.origin.unwrap_or_default();
        let client = &self.api.client;
        let mut before = None;
        if let Some(expectation) = &self.expectation {
            let listed = match client.list_before(request).await {
                Ok(listing) => listing.certificates,
                Err(error) => return End::Failed { error, after: None },
            };
            if let Some(why) = expectation.refuses(origin, &listed) {
                return End::Unexpected(why);
            }
            warn_of_near(origin, &listed);
            before = Some(listed);
        }
        match client.upload(request).await {
            Ok(uploaded) => End::Taken(uploaded),
            // A failure of the API is worth a look, too: what it took before it failed it may not tell.
            Err(error) if error.is_doubtful() || error.status() >= Some(500) => self.look(request, before.as_deref(), error).await,
            Err(error) => End::Failed { error, after: None },
        }
    }

    /// Asks once what is there after an upload whose fate is not known.
    async fn look(&self, request: &Request, before: Option<&[Listed]>, error: Error) -> End {
        let origin = self.origin.unwrap_or_default();
        let after = match self.api.client.list_after(request).await {
            Ok(after) => after,
            Err(listing) => {
                let after = format!(
                    "What is there now cannot be told either: {listing:#}. List the project's certificates later: a new \
                                     entry proves that it arrived, an old one proves nothing"
                );
                return End::Failed { error, after: Some(after) };
            }
        };
        let Listing { certificates, from_sandbox, .. } = after;
        let ours: Vec<Listed> = certificates.into_iter().filter(|entry| entry.origin == origin).collect();
        let known: Option<HashSet<&str>> = before.map(|before| before.iter().map(|old| old.id.as_str()).collect());
        let is_new = |entry: &&Listed| known.as_ref().is_some_and(|known| !known.contains(&*entry.id));
        if let Some(entry) = ours.iter().find(is_new) {
            return End::Proved { entry: entry.clone(), error, from_sandbox };
        }
        let Some(entry) = ours.first() else {
            let after = "The list has no certificate for this origin now: it has not arrived, or not yet".to_owned();
            return End::Failed { error, after: Some(after) };
        };
        let id = Escaped(&entry.id);
        let after = match before {
            Some(_) => {
                format!(
                    "The list has {id} for this origin, as before, which proves nothing: a replaced certificate may keep its ID"
                )
            }
            None => format!(
                "The list has {id} for this origin, which proves nothing: it may be old. --expect-new and --expect-replace list before, \
                 too, and tell"
            ),
        };
        End::Failed { error, after: Some(after) }
    }
}

/// An entry that only looks the same is not replaced, and which of the two is used is not known.
fn warn_of_near(origin: &str, listed: &[Listed]) {
    for entry in origins::near(origin, listed) {
        let _ = writeln!(
            io::stderr(),
            "warning: the project has {} for {}, which differs from {} by a slash, a port or case alone; the upload may stand beside it",
            Escaped(&entry.id),
            origins::shown(&entry.origin),
            origins::shown(origin)
        );
    }
}

/// Whether what failed was the question before the upload.
pub(crate) fn is_of_list(error: &Error) -> bool {
    error.operation == Operation::List
}
