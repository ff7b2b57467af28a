//! The files of a model's output, brought home.

mod address;
mod download;
mod guard;
mod inline;
mod kind;
mod limits;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use runtime::{Config, ErrorCode, OutputItem, ProcessorError};

use crate::api::Api;
use crate::output::{Address, Candidate};
use crate::schema::{Says, Schema};
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

/// Fetches every file among the candidates; gives them as `outputs/assets/NN.<ext>`, numbered in the order of the output.
///
/// # Errors
///
/// `ERR_PROVIDER_RESPONSE` that names the file, for one that may not be fetched, is too large, or is not there any more;
/// `ERR_PROVIDER_UNAVAILABLE` that names it, for one that does not come; `ERR_OUTPUT_WRITE` when it cannot be written.
pub(crate) async fn fetch(
    config: &Config,
    api: &Api,
    limits: &Limits,
    schema: &Schema,
    candidates: Vec<Candidate>,
) -> Result<Vec<OutputItem>, ProcessorError> {
    let wanted: Vec<_> = candidates
        .into_iter()
        .map(|candidate| (schema.says(&candidate.place), candidate.address))
        .filter(|(says, _)| *says != Says::Text)
        .collect();
    let count = wanted.len();
    if count > limits.count {
        let most = limits.count;
        return Err(ProcessorError::new(
            ErrorCode::ProviderResponse,
            format!(
                "the output has {count} files, and {most} are the most; raise {}",
                limits::COUNT
            ),
        ));
    }
    let downloads = Downloads::new(config, api, limits)?;
    let fetched: Vec<Option<Fetched>> = stream::iter(wanted.into_iter().enumerate())
        .map(|(number, (says, address))| {
            let downloads = &downloads;
            async move {
                let name = format!("file {} of {count}", number + 1);
                let file = config.scratch_file(&format!("asset-{number}"))?;
                match address {
                    Address::Remote(url) => downloads.fetch(&name, url, file, says).await,
                    Address::Inline(uri) => downloads.decode(&name, &uri, file, says),
                }
            }
        })
        .buffered(SIDE_BY_SIDE)
        .try_collect()
        .await?;
    let fetched: Vec<_> = fetched.into_iter().flatten().collect();
    let digits = fetched.len().saturating_sub(1).to_string().len().max(2);
    Ok(fetched
        .into_iter()
        .enumerate()
        .map(|(number, fetched)| fetched.named(&format!("{number:0digits$}")))
        .collect())
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
