//! A look at the whole batch, before anything of it is run or written.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use documents::{ErrorCode, Mode};
use store::Store;

use super::earlier_version;
use super::file::BatchFile;
use super::ids::Ids;
use super::listed::Labels;
use super::name::Name;
use super::reading::Reading;
use super::record::Record;
use super::survey::{Surveyed, survey};
use crate::error::Error;
use crate::results::{self, OutFile};
use crate::run::options::Run;
use crate::run::plan::Plan;
use crate::run::progress::Progress;
use crate::run::save_dir;
use crate::session::Session;

/// A batch that was read to its end, and nothing has been found wrong with.
pub(super) struct Inspected {
    pub(super) plan: Plan,
    pub(super) file: Arc<BatchFile>,
    pub(super) name: Name,
    /// Whether an earlier call has begun it.
    pub(super) is_begun: bool,
    pub(super) mode: Option<Mode>,
    pub(super) reading: Reading,
    pub(super) ids: Ids,
    /// Whether any line is in real mode.
    pub(super) has_real: bool,
    pub(super) labels: Labels,
    /// Where the table goes.
    pub(super) out: Option<OutFile>,
}

/// Reads the whole file, and checks all that can be known before a line is run.
///
/// # Errors
///
/// Why no line can be run; nothing has been written then.
pub(super) fn inspect(
    run: &Run,
    file: &Path,
    progress: &Progress,
    session: &Session,
) -> Result<Inspected, Error> {
    let plan = Plan::new(run, session)?;
    if let Some(dir) = &run.save_dir {
        save_dir::check_parent(dir, &session.environment)?;
    }
    progress.waits_for("reading the batch");
    let out = run.out.as_deref();
    let out = out
        .map(|path| OutFile::new(path, &session.environment))
        .transpose()?;
    results::check_names(&run.select)?;
    let file = Arc::new(BatchFile::open(file, plan.store().host_path(), session)?);
    if let Some(out) = &out {
        check_out(out, run, &file, plan.store(), session)?;
    }
    let name = Name::choose(run, &file, plan.store())?;
    plan.check_id(&name.text)?;
    let begun = begun(run, &name.text, &file, plan.store(), session)?;
    let mode = begun.as_ref().map_or(run.mode, |record| record.mode);
    let plan = plan.with_mode(mode);
    let reading = Reading::choose(run, &file, session)?;
    if let Some(format) = reading.notice
        && !session.is_quiet()
    {
        progress.suspended(|| {
            writeln!(
                session.err(),
                "the batch looks like {format}, and is read as such"
            )
        })?;
    }
    let mut labels = Labels::new(plan.store(), session)?;
    let begun_as = begun.is_some().then_some(&*name.text);
    let Surveyed { ids, has_real } = survey(&file, &plan, &reading, begun_as, &mut labels)?;
    let ids = limit(run, ids, progress, session)?;
    Ok(Inspected {
        plan,
        file,
        name,
        is_begun: begun.is_some(),
        mode,
        reading,
        ids,
        has_real,
        labels,
        out,
    })
}

/// Checks that the table would replace nothing that the batch is made of.
fn check_out(
    out: &OutFile,
    run: &Run,
    file: &BatchFile,
    store: &dyn Store,
    session: &Session,
) -> Result<(), Error> {
    let inputs = [
        (file.path(), "the file of the batch itself"),
        (run.template.as_deref(), "the template itself"),
    ];
    for (path, what) in inputs {
        if let Some(path) = path {
            out.check_is_not(&session.environment.path(path), what)?;
        }
    }
    store.host_path().map_or(Ok(()), |dir| out.check_is_outside(dir))
}

/// Leaves the lines out that `--limit` does, and says so.
fn limit(run: &Run, ids: Ids, progress: &Progress, session: &Session) -> Result<Ids, Error> {
    let all = ids.left();
    let limit = run.limit.map_or(all, |limit| limit.get() as usize);
    if limit < all && !session.is_quiet() {
        progress.suspended(|| writeln!(session.err(), "--limit: the first {limit} of {all} lines"))?;
    }
    Ok(ids.limited(limit))
}

/// The record of the batch, if an earlier call has begun it; this one has to ask for the same.
fn begun(
    run: &Run,
    name: &str,
    file: &BatchFile,
    store: &dyn Store,
    session: &Session,
) -> Result<Option<Record>, Error> {
    let record = Record::find(store, name)?;
    match &record {
        Some(record) => record.check(&run.processor_ref, run.mode)?,
        None if run.new => {}
        None => {
            let path = file.path().map(|path| session.environment.path(path));
            earlier_version::refuse(run, name, path.as_deref(), store)?;
            if run.resume {
                let message = format!("no batch is named {name}, so that there is nothing to go on with");
                let hint = "leave --resume out, or name the batch with --execution-id";
                return Err(Error::new(ErrorCode::Usage, message).hint(hint));
            }
        }
    }
    Ok(record)
}
