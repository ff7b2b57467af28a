//! Fetches the files of a model's output.

mod download;
mod extensions;
mod fetched_file;
mod file_type;
mod guard;
mod inline;
mod limits;
mod partial_file;
mod public_ip;

use std::future::ready;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use runtime::{Config, OutputItem, ProcessorError};

use crate::api::Api;
use crate::file_source::FileSource;
use crate::output::Candidate;
pub(crate) use download::Gone;
use download::{Downloads, Task};
use fetched_file::FetchedFile;
pub(crate) use limits::Limits;

const CONCURRENT_DOWNLOADS: usize = 4;

/// Fetches every file among the candidates, several at a time. Returns them as `outputs/assets/NN.<extension>`, numbered in the order
/// of the output, followed by `outputs/assets.json` if there are any. `is_recent` is whether the service must still have them.
///
/// # Errors
///
/// `ERR_PROVIDER_RESPONSE` that names a file that may not be fetched, is too large, or is not there any more;
/// `ERR_PROVIDER_UNAVAILABLE` that names a file whose server fails; `ERR_OUTPUT_WRITE` if a file cannot be written.
pub(crate) async fn fetch(
    config: &Config,
    api: &Api,
    limits: &Limits,
    candidates: Vec<Candidate>,
    is_recent: bool,
) -> Result<Vec<OutputItem>, ProcessorError> {
    let count = candidates.len();
    limits.check_count(count)?;
    let downloads = Downloads::new(config, api, limits, is_recent)?;
    let task = |(number, candidate): (usize, &Candidate)| Task {
        number,
        name: format!("file {} of {count} of the output", number + 1),
        is_certain: candidate.is_certain,
        pointer: candidate.pointer.clone(),
    };
    let tasks: Vec<Task> = candidates.iter().enumerate().map(task).collect();
    // all of them, before a large one takes its time
    for (task, candidate) in tasks.iter().zip(&candidates) {
        downloads.check_source(task, &candidate.source)?;
    }
    let mut fetched: Vec<(&Task, FetchedFile)> = stream::iter(tasks.iter().zip(candidates))
        .map(|(task, candidate)| fetch_one(config, &downloads, task, candidate.source))
        .buffer_unordered(CONCURRENT_DOWNLOADS)
        .try_filter_map(|fetched| ready(Ok(fetched)))
        .try_collect()
        .await?;
    fetched.sort_unstable_by_key(|(task, _)| task.number);
    let digits = fetched.len().saturating_sub(1).to_string().len().max(2);
    let named = fetched
        .into_iter()
        .enumerate()
        .map(|(number, (task, file))| file.into_output(&format!("{number:0digits$}"), task.pointer.clone()));
    let (mut items, entries): (Vec<_>, Vec<_>) = named.unzip();
    if !entries.is_empty() {
        items.push(fetched_file::list(&entries)?);
    }
    Ok(items)
}

async fn fetch_one<'a>(
    config: &Config,
    downloads: &Downloads<'_>,
    task: &'a Task,
    source: FileSource,
) -> Result<Option<(&'a Task, FetchedFile)>, ProcessorError> {
    let file = config.scratch_file(&format!("asset-{}", task.number))?;
    let fetched = match source {
        FileSource::Remote(url) => downloads.fetch(task, &url, file).await?,
        FileSource::DataUri(uri) => downloads.decode(task, &uri, file)?,
        FileSource::Invalid => None, // refused above
    };
    Ok(fetched.map(|file| (task, file)))
}
