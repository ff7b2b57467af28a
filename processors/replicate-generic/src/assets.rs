//! The files of a model's output, brought home.

mod address;
mod download;
mod guard;
mod inline;
mod kind;
mod limits;
mod part;

use std::future::ready;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use runtime::{Config, OutputItem, ProcessorError};

use crate::api::Api;
use crate::output::{Address, Candidate};
use download::Downloads;
pub(crate) use download::Gone;
use kind::Kind;
pub(crate) use limits::Limits;

/// How many are fetched at a time.
const SIDE_BY_SIDE: usize = 4;

/// A file that is in the scratch folder.
#[derive(Debug)]
struct Fetched {
    /// Without its name.
    output: OutputItem,
    kind: Kind,
    /// Where it is from, without what may be a signature.
    source: String,
}

/// Fetches every file among the candidates, several side by side; gives them as `outputs/assets/NN.<ext>`, numbered in the order of the output.
/// `is_young` is whether the service must still have them.
///
/// # Errors
///
/// `ERR_PROVIDER_RESPONSE` that names the file, for one that may not be fetched, is too large, or is not there any more;
/// `ERR_PROVIDER_UNAVAILABLE` that names it, for one that does not come; `ERR_OUTPUT_WRITE` when it cannot be written.
pub(crate) async fn fetch(
    config: &Config,
    api: &Api,
    limits: &Limits,
    candidates: Vec<Candidate>,
    is_young: bool,
) -> Result<Vec<OutputItem>, ProcessorError> {
    let count = candidates.len();
    limits.check_count(count)?;
    let downloads = Downloads::new(config, api, limits, is_young)?;
    let tasks: Vec<_> = candidates
        .iter()
        .enumerate()
        .map(|(number, candidate)| Task {
            number,
            name: format!("file {} of {count} of the output", number + 1),
            is_certain: candidate.is_certain,
        })
        .collect();
    // before any is fetched: a large one may take its time
    for (task, candidate) in tasks.iter().zip(&candidates) {
        downloads.check_address(task, &candidate.address)?;
    }
    let mut fetched: Vec<(usize, Fetched)> = stream::iter(tasks.iter().zip(candidates))
        .map(|(task, candidate)| downloads.bring(config, task, candidate.address))
        .buffer_unordered(SIDE_BY_SIDE)
        .try_filter_map(|fetched| ready(Ok(fetched)))
        .try_collect()
        .await?;
    fetched.sort_unstable_by_key(|(number, _)| *number);
    let digits = fetched.len().saturating_sub(1).to_string().len().max(2);
    Ok(fetched
        .into_iter()
        .enumerate()
        .map(|(number, (_, fetched))| fetched.named(&format!("{number:0digits$}")))
        .collect())
}

/// A file that is to be fetched.
#[derive(Debug)]
struct Task {
    number: usize,
    /// For errors.
    name: String,
    /// Whether the schema says that it is a file.
    is_certain: bool,
}

impl Downloads<'_> {
    async fn bring(
        &self,
        config: &Config,
        task: &Task,
        address: Address,
    ) -> Result<Option<(usize, Fetched)>, ProcessorError> {
        let file = config.scratch_file(&format!("asset-{}", task.number))?;
        let fetched = match address {
            Address::Remote(url) => self.fetch(task, &url, file).await,
            Address::Inline(uri) => self.decode(task, &uri, file),
            Address::Nowhere => Ok(None), // it has been refused
        };
        Ok(fetched?.map(|fetched| (task.number, fetched)))
    }
}

impl Fetched {
    fn named(self, number: &str) -> OutputItem {
        let Self {
            mut output,
            kind,
            source,
        } = self;
        output.relpath = format!("outputs/assets/{number}.{}", kind.extension);
        output.mime = kind.mime;
        tracing::info!(asset = output.relpath, mime = output.mime, "asset_fetched");
        output.meta.insert("source".to_owned(), source);
        output
    }
}
