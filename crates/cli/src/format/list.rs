//! The certificates of a project, as a table or as JSON.

use crate::args::Format;
use crate::format::json;
use crate::format::words;
use crate::join::{Row, State};
use crate::origins;
use crate::terminal::Look;
use certflight_upload::Listed;
use certflight_validate::{Escaped, Timestamp};
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    certificates: Vec<Entry<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    needs_care: Option<bool>,
}

#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    origin: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uploaded_at: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<&'a str>,
}

/// What the API tells.
pub(crate) fn plain(live: &[Listed], format: Format, out: &mut impl Write) -> io::Result<()> {
    match format {
        Format::Human if live.is_empty() => writeln!(out, "the project has no client certificate")?,
        Format::Human => {
            let rows = live.iter().map(|entry| [Escaped(&entry.id).to_string(), origins::shown(&entry.origin)]);
            show(&table(["ID", "ORIGIN"], &rows.collect::<Vec<_>>()), out)?;
        }
        Format::Json => {
            let certificates = live.iter().map(|entry| Entry::bare(&entry.id, &entry.origin)).collect();
            json::write(&Document { version: 1, certificates, needs_care: None }, out)?;
        }
    }
    out.flush()
}

/// The same, joined with receipts.
pub(crate) fn joined(rows: &[Row<'_>], now: Timestamp, format: Format, out: &mut impl Write) -> io::Result<()> {
    let care = rows.iter().filter(|row| row.state.needs_care()).count();
    match format {
        Format::Human => {
            let cells = |row: &Row<'_>| {
                let expires = match row.receipt.and_then(|kept| kept.receipt.not_after()) {
                    Some(end) if row.state != State::Deleted => words::ending(end, now),
                    _ => "-".to_owned(),
                };
                [Escaped(row.id).to_string(), origins::shown(row.origin), expires, remark(row)]
            };
            if !rows.is_empty() {
                show(&table(["ID", "ORIGIN", "VALIDITY", "REMARK"], &rows.iter().map(cells).collect::<Vec<_>>()), out)?;
                writeln!(out)?;
            }
            match care {
                0 => writeln!(out, "{}, none needs care", words::counted(rows.len(), "certificate"))?,
                1 => writeln!(out, "{}, 1 needs care", words::counted(rows.len(), "certificate"))?,
                care => writeln!(out, "{}, {care} need care", words::counted(rows.len(), "certificate"))?,
            }
        }
        Format::Json => {
            let certificates = rows.iter().map(Entry::of).collect();
            json::write(&Document { version: 1, certificates, needs_care: Some(care > 0) }, out)?;
        }
    }
    out.flush()
}

impl<'a> Entry<'a> {
    fn bare(id: &'a str, origin: &'a str) -> Self {
        Entry { id, origin, state: None, not_after: None, uploaded_at: None, receipt: None }
    }

    fn of(row: &Row<'a>) -> Self {
        let receipt = row.receipt.map(|kept| &kept.receipt);
        Entry {
            state: Some(row.state.name()),
            not_after: receipt.and_then(|receipt| receipt.not_after()).map(|end| end.to_string()),
            uploaded_at: receipt.map(|receipt| receipt.uploaded_at.as_str()),
            receipt: row.receipt.map(|kept| kept.path.as_str()),
            ..Entry::bare(row.id, row.origin)
        }
    }
}

/// What is to be known or done.
fn remark(row: &Row<'_>) -> String {
    let file = row.receipt.map(|kept| Escaped(&kept.path).to_string()).unwrap_or_default();
    match row.state {
        State::Sound => file,
        State::ExpiresSoon => format!("expires soon: rotate it ({file})"),
        State::Expired => format!("has expired: rotate it ({file})"),
        State::NoReceipt => "live without a receipt: which certificate it is, is not known".to_owned(),
        State::NoExpiry => format!("its receipt tells no expiry ({file})"),
        State::OtherOrigin => format!("its receipt is for another origin ({file})"),
        State::Deleted => format!("not live any more; if it was deleted on purpose, remove {file}"),
    }
}

/// As far as the terminal can.
fn show(text: &str, out: &mut impl Write) -> io::Result<()> {
    Look::of(&io::stdout()).print(text, out)
}

/// Columns as wide as their widest cell, the last one as long as it is.
fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| textwrap::core::display_width(cell));
        cells.chain(head.get(column).map(|cell| cell.len())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..N).map(width).collect();
    let line = |cells: [&str; N]| {
        let mut text = String::new();
        for (cell, width) in cells.iter().zip(&widths) {
            text.push_str(cell);
            text.extend(std::iter::repeat_n(' ', width.saturating_sub(textwrap::core::display_width(cell)) + 2));
        }
        format!("{}\n", text.trim_end())
    };
    std::iter::once(line(head)).chain(rows.iter().map(|row| line(row.each_ref().map(String::as_str)))).collect()
}
