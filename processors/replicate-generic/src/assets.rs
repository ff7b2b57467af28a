//! The files of a model's output, brought home.

mod address;
mod download;
mod endings;
mod guard;
mod inline;
mod kind;
mod limits;
mod list;
mod part;

use std::future::ready;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use runtime::{Config, HashedFile, OutputItem, ProcessorError};

use crate::api::Api;
use crate::output::{Address, Candidate};
use download::Downloads;
pub(crate) use download::Gone;
pub(crate) use inline::is_typed;
use kind::Kind;
pub(crate) use limits::Limits;
use list::Entry;

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
    size: u64,
    sha256: String,
}

/// Fetches every file among the candidates, several side by side; gives them as `outputs/assets/NN.<ext>`, numbered in the order of the output,
/// and where there are some, `outputs/assets.json`, which says what is what.
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
    let pointers: Vec<_> = candidates
        .iter()
        .map(|candidate| candidate.pointer.clone())
        .collect();
    let mut fetched: Vec<(usize, Fetched)> = stream::iter(tasks.iter().zip(candidates))
        .map(|(task, candidate)| downloads.bring(config, task, candidate.address))
        .buffer_unordered(SIDE_BY_SIDE)
        .try_filter_map(|fetched| ready(Ok(fetched)))
        .try_collect()
        .await?;
    fetched.sort_unstable_by_key(|(number, _)| *number);
    let digits = fetched.len().saturating_sub(1).to_string().len().max(2);
    let mut entries = Vec::new();
    let mut items: Vec<_> = fetched
        .into_iter()
        .enumerate()
        .map(|(number, (task, fetched))| {
            let pointer = pointers.get(task).cloned().flatten();
            let (item, entry) = fetched.named(&format!("{number:0digits$}"), pointer);
            entries.push(entry);
            item
        })
        .collect();
    if !entries.is_empty() {
        items.push(list::item(&entries)?);
    }
    Ok(items)
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
    fn new(written: HashedFile, is_searched: bool, kind: Kind, source: String) -> Self {
        Self {
            size: written.size(),
            sha256: written.sha256().to_owned(),
            output: match is_searched {
                false => OutputItem::hashed("", "", written),
                true => OutputItem::searched_file("", "", written.path()),
            },
            kind,
            source,
        }
    }

    /// The file under its name, and what is told of it.
    fn named(self, number: &str, pointer: Option<String>) -> (OutputItem, Entry) {
        let Self {
            mut output,
            kind,
            source,
            size,
            sha256,
        } = self;
        output.relpath = format!("outputs/assets/{number}.{}", kind.extension);
        output.mime = kind.mime;
        tracing::info!(asset = output.relpath, mime = output.mime, "asset_fetched");
        output.meta.insert("source".to_owned(), source.clone());
        let entry = Entry {
            pointer,
            source,
            path: output.relpath.clone(),
            size_bytes: size,
            sha256,
        };
        (output, entry)
    }
}
