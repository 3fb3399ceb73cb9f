//! The table: a row for each class and mode, and the totals.

use crate::case::Mode;
use crate::judge::{Judged, Outcome};
use certflight_validate::Escaped;
use std::fmt::Write as _;
use std::time::Duration;

const HEAD: [&str; 12] = [
    "class",
    "mode",
    "cases",
    "right",
    "false accepts",
    "false rejects",
    "no finding",
    "other",
    "cannot tell",
    "not judged",
    "slowest ms",
    "",
];

/// The columns of text stand left, those of numbers right.
fn is_text(column: usize) -> bool {
    matches!(column, 0 | 1 | 11)
}

#[derive(Default)]
struct Row<'a> {
    cases: usize,
    right: usize,
    false_accepts: usize,
    false_rejects: usize,
    no_finding: usize,
    /// Another leaf, a panic, too slow: the list of wrong cases says which.
    other: usize,
    cannot_tell: usize,
    not_judged: usize,
    slowest: Option<(Duration, &'a str)>,
}

impl<'a> Row<'a> {
    fn add(&mut self, judged: &Judged<'a>) {
        self.cases += 1;
        let column = match judged.outcome {
            Outcome::Right => &mut self.right,
            Outcome::FalseAccept => &mut self.false_accepts,
            Outcome::FalseReject => &mut self.false_rejects,
            Outcome::NoFinding => &mut self.no_finding,
            Outcome::OtherLeaf | Outcome::TooSlow | Outcome::Panicked => &mut self.other,
            Outcome::CannotTell => &mut self.cannot_tell,
            Outcome::NotJudged => &mut self.not_judged,
        };
        *column += 1;
        let time = judged.answer.as_ref().map(|answer| (answer.time, judged.case.id.as_str()));
        self.slowest = self.slowest.max(time);
    }

    fn cells(&self, class: &str, mode: Mode) -> Vec<String> {
        let numbers = [
            self.cases,
            self.right,
            self.false_accepts,
            self.false_rejects,
            self.no_finding,
            self.other,
            self.cannot_tell,
            self.not_judged,
        ];
        let mut cells = vec![Escaped(class).to_string(), mode.to_string()];
        cells.extend(numbers.map(|number| number.to_string()));
        match self.slowest {
            Some((time, id)) => cells.extend([milliseconds(time), Escaped(id).to_string()]),
            None => cells.extend([String::new(), String::new()]),
        }
        cells
    }
}

/// With one decimal.
pub(crate) fn milliseconds(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1000.0)
}

/// Classes stand in the order of their first case.
pub(crate) fn table(all: &[Judged<'_>]) -> String {
    let mut rows: Vec<(&str, Mode, Row<'_>)> = Vec::new();
    let mut totals: Vec<(&str, Mode, Row<'_>)> = Vec::new();
    for judged in all {
        for (rows, class) in [(&mut rows, judged.case.class.as_str()), (&mut totals, "total")] {
            match rows.iter_mut().find(|(of, mode, _)| *of == class && *mode == judged.mode) {
                Some((_, _, row)) => row.add(judged),
                None => {
                    let mut row = Row::default();
                    row.add(judged);
                    rows.push((class, judged.mode, row));
                }
            }
        }
    }
    let mut lines = vec![HEAD.map(str::to_owned).to_vec()];
    lines.extend(rows.iter().chain(&totals).map(|(class, mode, row)| row.cells(class, *mode)));
    align(&lines)
}

fn align(lines: &[Vec<String>]) -> String {
    let length = |cell: &String| cell.chars().count();
    let widths: Vec<usize> =
        (0..HEAD.len()).map(|column| lines.iter().filter_map(|line| line.get(column)).map(length).max().unwrap_or(0)).collect();
    let mut out = String::new();
    for line in lines {
        let mut text = String::new();
        for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
            // Writing to a String does not fail.
            let _ = if is_text(column) { write!(text, "{cell:<width$}  ") } else { write!(text, "{cell:>width$}  ") };
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
    out
}
