//! What an upload leaves behind: the API tells neither when a certificate expires nor which one it is.

use crate::content;
use crate::failure::Usage;
use crate::files;
use certflight_upload::Target;
use certflight_validate::{Escaped, Report, Severity, Timestamp};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// The version of the format.
const VERSION: u32 = 1;

/// The most receipts of a folder that are read.
const MAX_RECEIPTS: usize = 10_000;

/// The most bytes of a receipt: one has a thousand. The longest subject and origin that are shown, and the name of every code, come to half of this.
const MAX_BYTES: usize = 16 * 1024;

/// A receipt. There is no key in it.
#[derive(Deserialize, Serialize)]
pub(crate) struct Receipt {
    /// The version; by this name a receipt is known.
    certflight_receipt: u32,
    pub(crate) uploaded_at: String,
    /// The API's address; none for a sandbox that ended with the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) api: Option<String>,
    /// It went to a sandbox.
    pub(crate) sandbox: bool,
    pub(crate) project: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) team_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) team_slug: Option<String>,
    /// As the API named it; empty for the whole project.
    pub(crate) origin: String,
    pub(crate) cert_id: String,
    /// The answer's own; absent where only the list proves that the certificate arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) updated: Option<bool>,
    pub(crate) validation_skipped: bool,
    /// The codes of the warnings.
    #[serde(default)]
    pub(crate) warnings: Vec<String>,
    /// When the first certificate of the path expires, which may be an intermediate or the trust anchor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path_not_after: Option<String>,
    /// Absent where validation was skipped and no certificate could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) leaf: Option<Leaf>,
}

/// What identifies a leaf, and when it expires.
#[derive(Deserialize, Serialize)]
pub(crate) struct Leaf {
    pub(crate) subject: String,
    pub(crate) serial: String,
    pub(crate) not_after: String,
    pub(crate) sha256: String,
    pub(crate) public_key_sha256: String,
}

/// What became of the upload.
pub(crate) struct Upload<'a> {
    pub(crate) api: Option<&'a str>,
    pub(crate) sandbox: bool,
    pub(crate) target: &'a Target,
    pub(crate) origin: &'a str,
    pub(crate) cert_id: &'a str,
    pub(crate) updated: Option<bool>,
    pub(crate) validation_skipped: bool,
}

impl Receipt {
    /// The receipt of an upload at `now`. Where validation was skipped, the report is what a check would have said.
    pub(crate) fn new(upload: &Upload<'_>, report: &Report, now: Timestamp) -> Self {
        let warnings = report.findings().iter().filter(|finding| finding.severity == Severity::Warning);
        let mut warnings: Vec<String> = warnings.map(|finding| finding.code.name().to_owned()).collect();
        warnings.sort();
        warnings.dedup();
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Receipt {
            certflight_receipt: VERSION,
            uploaded_at: now.to_string(),
            api: owned(upload.api),
            sandbox: upload.sandbox,
            project: upload.target.project().to_owned(),
            team_id: owned(upload.target.team_id()),
            team_slug: owned(upload.target.team_slug()),
            origin: upload.origin.to_owned(),
            cert_id: upload.cert_id.to_owned(),
            updated: upload.updated,
            validation_skipped: upload.validation_skipped,
            warnings: if upload.validation_skipped { Vec::new() } else { warnings },
            path_not_after: report.chain().iter().map(|facts| facts.not_after).min().map(|end| end.to_string()),
            leaf: report.leaf().map(|facts| Leaf {
                subject: facts.subject.clone(),
                serial: facts.serial.clone(),
                not_after: facts.not_after.to_string(),
                sha256: facts.sha256.clone(),
                public_key_sha256: facts.public_key_sha256.clone(),
            }),
        }
    }

    pub(crate) fn uploaded_at(&self) -> Option<Timestamp> {
        Timestamp::parse_rfc3339(&self.uploaded_at)
    }

    /// When what was uploaded stops working: the first end of a validity on the path.
    pub(crate) fn not_after(&self) -> Option<Timestamp> {
        let leaf = self.leaf.as_ref().map(|leaf| &leaf.not_after);
        let ends = [self.path_not_after.as_ref(), leaf].into_iter().flatten().map(|end| Timestamp::parse_rfc3339(end));
        ends.collect::<Option<Vec<Timestamp>>>()?.into_iter().min()
    }

    /// Whether it is of this project, by the names that it was uploaded under.
    pub(crate) fn is_of(&self, api: &str, target: &Target) -> bool {
        let is_same_team = self.team_id.as_deref() == target.team_id() && self.team_slug.as_deref() == target.team_slug();
        self.api.as_deref() == Some(api) && self.project == target.project() && is_same_team
    }

    /// The project, the team and the address, for people.
    pub(crate) fn place(&self) -> String {
        let teams = [&self.team_id, &self.team_slug].into_iter().flatten().map(|team| format!(", team {}", Escaped(team)));
        let api = self.api.as_ref().map_or_else(|| "a sandbox".to_owned(), |api| Escaped(api).to_string());
        format!("project {}{} at {api}", Escaped(&self.project), teams.collect::<String>())
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > MAX_BYTES {
            return None;
        }
        let receipt: Receipt = serde_json::from_slice(bytes).ok()?;
        (receipt.certflight_receipt == VERSION && receipt.uploaded_at().is_some()).then_some(receipt)
    }
}

/// Whether a receipt of an upload to `target` at `api` can be written there, before anything is sent: a trace that cannot be kept is learnt too late afterwards. What
/// is there already must be a receipt, and not one of another project's live certificate; `api` is none for a sandbox that ends with the command.
pub(crate) fn can_be_written(path: &str, api: Option<&str>, target: &Target) -> Result<(), String> {
    files::can_be_replaced(path).map_err(|error| format!("no file can be written there: {error}"))?;
    if fs::symlink_metadata(path).is_err() {
        return Ok(());
    }
    let bytes = content::read_regular_file(path).map_err(|error| content::why(&error))?;
    let there = Receipt::parse(&bytes).ok_or("the file that is there is no receipt, and is not written over")?;
    match there.sandbox || api.is_some_and(|api| there.is_of(api, target)) {
        true => Ok(()),
        false => Err(format!("the receipt that is there is of {}, and is not written over", there.place())),
    }
}

/// A receipt, and the file that it stands in.
pub(crate) struct Kept {
    pub(crate) receipt: Receipt,
    pub(crate) path: String,
}

/// The receipts of a folder, and the files that end in `.json` and hold none.
pub(crate) fn read_folder(folder: &str) -> Result<(Vec<Kept>, Vec<String>), Usage> {
    let cannot = |why: String| Usage(format!("--receipts {}: {why}", Escaped(folder)));
    let entries = fs::read_dir(folder).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => cannot("there is no such folder".to_owned()),
        _ => cannot(format!("the folder cannot be read: {error}")),
    })?;
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| cannot(error.to_string()))?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && path.extension() == Some("json".as_ref()) && path.is_file() {
            paths.push(path);
        }
        if paths.len() > MAX_RECEIPTS {
            return Err(cannot(format!("there are more than {MAX_RECEIPTS} files in it")));
        }
    }
    paths.sort();
    let (mut kept, mut others) = (Vec::new(), Vec::new());
    for path in paths {
        let shown = path.to_string_lossy().into_owned();
        // Not read at all: ten thousand of them would be gigabytes.
        if path.metadata().is_ok_and(|about| about.len() > MAX_BYTES as u64) {
            others.push(shown);
            continue;
        }
        let bytes = read(&path).map_err(|why| Usage(format!("{}: {why}", Escaped(&shown))))?;
        match Receipt::parse(&bytes) {
            Some(receipt) => kept.push(Kept { receipt, path: shown }),
            None => others.push(shown),
        }
    }
    if kept.is_empty() {
        return Err(cannot("there is no receipt in the folder; upload --receipt FILE writes one".to_owned()));
    }
    Ok((kept, others))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    content::read_regular_file(path).map(|bytes| bytes.to_vec()).map_err(|error| content::why(&error))
}
