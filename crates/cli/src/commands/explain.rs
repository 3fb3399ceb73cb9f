//! `certflight explain`.

use crate::args::ExplainArgs;
use crate::code_name;
use crate::content;
use crate::failure::{Exit, Usage};
use crate::symptom;
use certflight_validate::{Code, Escaped};
use std::io::{self, Write};

/// The most other codes that are named.
const OTHERS: usize = 8;

pub(crate) fn run(args: &ExplainArgs, out: &mut impl Write) -> Result<Exit, Usage> {
    let text = args.text.join(" ");
    if text.is_empty() {
        for code in Code::ALL {
            writeln!(out, "{:<7}  {:<33}  {}", code.severity(), code, code.summary())?;
        }
    } else if let Ok(code) = text.parse::<Code>() {
        write!(out, "{}", code.page())?;
    } else {
        let found = symptom::find(&text);
        let Some((best, others)) = found.split_first() else { return Err(unknown(&text)) };
        write!(out, "{}", best.code.page())?;
        out.flush()?;
        let others: Vec<&str> = others.iter().take(OTHERS).map(|other| other.code.name()).collect();
        let also = if others.is_empty() { String::new() } else { format!("; or see {}", others.join(", ")) };
        writeln!(io::stderr(), "\n“{}” is what {} looks like{also}", best.symptom, best.code)?;
    }
    out.flush()?;
    Ok(Exit::Pass)
}

fn unknown(text: &str) -> Usage {
    // A whole log may have been pasted, with a key in it.
    let shown = if content::is_content(text) { "this".to_owned() } else { format!("“{}”", Escaped(text)) };
    let names = code_name::nearest(text);
    let hint = if names.is_empty() { String::new() } else { format!("; the nearest codes are {}", names.join(", ")) };
    Usage(format!("no code is called {shown}, and no page speaks of it{hint}; certflight explain lists all codes"))
}
