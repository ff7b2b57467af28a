//! The first pass over a batch, before anything is run: which lines there are, and what each of them asks.

use std::sync::Arc;

use super::file::BatchFile;
use super::ids::{Ids, Key};
use super::lines::Lines;
use super::listed::Labels;
use crate::error::Error;
use crate::quantity::grouped;
use crate::run::format::Format;
use crate::run::plan::Plan;

/// How many lines that cannot be used are named.
const NAMED: usize = 10;

/// Reads the whole file; only the key of each line is kept.
///
/// # Errors
///
/// `ERR_USAGE` for a file that cannot be read, or has lines that cannot be used: it names the first ones, and says how many.
pub(super) fn survey(
    file: &Arc<BatchFile>,
    plan: &Plan,
    format: Format,
    labels: &mut Labels,
) -> Result<Ids, Error> {
    let mut lines = Lines::new(Arc::clone(file));
    let mut keys = Vec::new();
    let mut unusable = Unusable::default();
    while let Some((line, bytes)) = lines.next()? {
        match key(&bytes, plan, format) {
            Ok((key, label)) => {
                keys.push(key);
                labels.push(line.number, label.as_deref());
            }
            Err(error) => unusable.add(line.number, &error),
        }
    }
    if unusable.count > 0 {
        return Err(file.unusable(&unusable.message()).hint("nothing was run"));
    }
    Ok(Ids::new(keys))
}

/// What a line asks, and what the caller calls it.
fn key(bytes: &[u8], plan: &Plan, format: Format) -> Result<(Key, Option<String>), Error> {
    let labelled = format.read(bytes)?;
    let document = plan.document(labelled.inputs)?;
    let key = Key::new(&plan.entry().processor_ref, &document.hashes);
    Ok((key, labelled.label))
}

/// The lines that cannot be used.
#[derive(Default)]
struct Unusable {
    count: u64,
    /// The numbers of the first ones.
    first: Vec<String>,
    /// What is wrong with the first one.
    why: String,
}

impl Unusable {
    fn add(&mut self, number: u64, error: &Error) {
        if self.count == 0 {
            self.why = format!("line {number}: {}", error.message());
        }
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push(number.to_string());
        }
    }

    fn message(&self) -> String {
        if self.count == 1 {
            return format!("has a line that cannot be used, {}", self.why);
        }
        let rest = if self.count > NAMED as u64 { ", ..." } else { "" };
        format!(
            "has {} lines that cannot be used ({}{rest}), first {}",
            grouped(self.count),
            self.first.join(", "),
            self.why
        )
    }
}
