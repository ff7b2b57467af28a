//! `counterfoil registry list`: every entry on a line.

use std::io::Write as _;

use documents::ErrorCode;
use serde::Serialize;

use super::check::finding::Finding;
use super::directory::Registry;
use super::entry::Entry;
use crate::session::{ExitStatus, Session};

const COLUMNS: [&str; 7] = ["REF", "PACKAGE", "IMAGE", "CPU", "MEMORY", "TIMEOUT", "SECRETS"];

/// How much of a digest is shown, in hex digits.
const SHORT_DIGEST: usize = 12;

/// More optional secrets than these are counted, and not named: the entry and `--json` name them.
const MOST_NAMED: usize = 3;

/// One file, as JSON lines have it.
#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<&'a Entry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
}

/// Prints all entries, then what is not one.
pub(super) fn run(registry: &Registry, json: bool, session: &Session) -> anyhow::Result<ExitStatus> {
    let mut out = session.out();
    let mut rows = vec![COLUMNS.map(str::to_owned)];
    let mut wrong = Vec::new();
    for path in registry.files()? {
        let file = registry.shown(&path);
        let entry = Entry::load(&path);
        if json {
            let line = Line {
                file: &file,
                entry: entry.as_ref().ok(),
                problem: entry.as_ref().err().map(String::as_str),
            };
            writeln!(out, "{}", serde_json::to_string(&line)?)?;
        }
        match entry {
            Ok(entry) => rows.push(row(&entry)),
            Err(problem) => wrong.push(Finding::not_an_entry(&file, problem)),
        }
    }
    if !json {
        for line in aligned(&rows) {
            writeln!(out, "{line}")?;
        }
        for finding in &wrong {
            writeln!(out, "{finding}")?;
        }
    }
    Ok(if wrong.is_empty() {
        ExitStatus::SUCCESS
    } else {
        ErrorCode::Registry.exit_status().into()
    })
}

fn row(entry: &Entry) -> [String; 7] {
    let digest = entry.image.oci.as_ref().map(|image| {
        let hex = image.as_str().rsplit(':').next().unwrap_or_default();
        format!("sha256:{}", hex.get(..SHORT_DIGEST).unwrap_or(hex))
    });
    let required = entry.secrets.required.iter().map(|name| name.as_str().to_owned());
    let optional = match entry.secrets.optional.as_slice() {
        many if many.len() > MOST_NAMED => vec![format!("[{} optional]", many.len())],
        few => few.iter().map(|name| format!("[{}]", name.as_str())).collect(),
    };
    [
        entry.processor_ref.to_string(),
        entry.build.package.clone(),
        digest.unwrap_or_else(|| "not pinned".into()),
        entry.runtime.cpu.as_str().to_owned(),
        entry.runtime.memory.as_str().to_owned(),
        format!("{}s", entry.runtime.timeout_s),
        required.chain(optional).collect::<Vec<_>>().join(" "),
    ]
}

/// Columns as wide as their widest text, which is ASCII by the types of an entry; nothing is cut.
fn aligned<const N: usize>(rows: &[[String; N]]) -> Vec<String> {
    let mut widths = [0; N];
    for row in rows {
        for (width, text) in widths.iter_mut().zip(row) {
            *width = text.len().max(*width);
        }
    }
    rows.iter()
        .map(|row| {
            let cells: Vec<_> = row
                .iter()
                .zip(widths)
                .map(|(text, width)| format!("{text:width$}"))
                .collect();
            cells.join("  ").trim_end().to_owned()
        })
        .collect()
}
