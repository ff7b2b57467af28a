//! The first pass over a batch, before anything is run: which lines there are, what each of them asks, and whether it may run.

use std::collections::HashMap;
use std::sync::Arc;

use documents::Mode;

use super::file::BatchFile;
use super::ids::{Ids, Key, LineId};
use super::listed::Labels;
use super::problems::Problems;
use super::reading::Reading;
use crate::error::Error;
use crate::execute::earlier_success;
use crate::run::named_files;
use crate::run::plan::{Document, Plan};

/// What the lines are.
pub(super) struct Surveyed {
    pub(super) ids: Ids,
    /// Whether any of them is in real mode.
    pub(super) has_real: bool,
}

/// Reads the whole file; only the key of each line is kept.
///
/// A line that is done may be one that could not run now. It has been, if the batch was begun under this name.
///
/// # Errors
///
/// `ERR_USAGE` for a file that cannot be read, or has lines that cannot be used: it names the first ones, and says how many;
/// `ERR_INPUTS` for an attached file that no line names; `ERR_CI_SAFETY` and `ERR_MISSING_SECRET`.
pub(super) fn survey(
    file: &Arc<BatchFile>,
    plan: &Plan,
    reading: &Reading,
    begun: Option<&str>,
    labels: &mut Labels,
) -> Result<Surveyed, Error> {
    let mut unused = plan.read_attachments()?;
    let mut lines = reading.lines(file)?;
    let mut keys = Vec::new();
    let mut has_real = false;
    let mut refused = Refused {
        plan,
        begun,
        seen: HashMap::new(),
    };
    let mut problems = Problems::default();
    while let Some((line, bytes)) = lines.next()? {
        match document(&bytes, plan, reading) {
            Ok((mut document, label)) => {
                let row = reading.reader.row(&bytes)?;
                labels.push(line.number, label.as_deref(), row);
                let key = Key::new(&plan.entry().processor_ref, &document.hashes);
                keys.push(key);
                has_real |= document.mode == Mode::Real;
                unused.retain(|name| !document.names(name));
                if let Err(error) = plan.check(&mut document)
                    && !refused.is_done(key, document)
                {
                    problems.add(line.number, &error);
                }
            }
            Err(error) => problems.add(line.number, &error),
        }
    }
    problems.into_result(file, reading.advice())?;
    match unused.first() {
        Some(name) if !keys.is_empty() => Err(named_files::unused(name)),
        _ => Ok(Surveyed {
            ids: Ids::new(keys),
            has_real,
        }),
    }
}

/// What a line asks, and what the caller calls it.
fn document(bytes: &[u8], plan: &Plan, reading: &Reading) -> Result<(Document, Option<String>), Error> {
    let document = reading.reader.document(bytes)?;
    let labelled = reading.reader.read(&document)?;
    Ok((plan.document(labelled.inputs)?, labelled.label))
}

/// The lines that may not run now.
struct Refused<'a> {
    plan: &'a Plan,
    begun: Option<&'a str>,
    /// How many there were of each key: equal lines are all refused, or none.
    seen: HashMap<Key, u32>,
}

impl Refused<'_> {
    /// Whether a line was done by an earlier call.
    fn is_done(&mut self, key: Key, document: Document) -> bool {
        let Some(name) = self.begun else { return false };
        let nth = self.seen.entry(key).or_default();
        *nth += 1;
        let id = LineId::nth(key, *nth).in_batch(name);
        let call = self.plan.unchecked_call(&id, document);
        call.is_ok_and(|call| earlier_success(self.plan.store(), &call).is_some())
    }
}
