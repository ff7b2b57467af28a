//! The table of models: what each of them costs, and what is known of it.
//!
//! `prices/rebuild` makes `prices/prices.tsv`, which is a part of the binary; `LLM_PRICES_FILE` names another table of the same
//! form. A line for each model has its name as in `/model`, always with its prefix, and then cells, separated by tabs. A line
//! with nothing but a prefix and its slash stands for the prefix of all names below it; `"` in place of all cells means those of
//! the line above; `*` is any model of the prefix that has no line; `#` begins a comment.
//!
//! The first cells are the USD for a million tokens of input, output, cached input read, and cached input written, and the
//! number of input tokens up to which the line holds; those at the end may be left out. All other cells have a name:
//!
//! | cell | meaning |
//! |---|---|
//! | `hour=6`, `half-day=25` | cached input written for an hour, for half a day |
//! | `reasoning`, `audio`, `audio-out`, `audio-cached`, `image..`, `video..` | tokens of this kind; without a price they cost what input, output and cached input cost |
//! | `>200k=5,20,0.5` | a block: prices of input, output, cached input read, written, written for an hour, for half a day, and reasoning, above 200,000 tokens of input; one that is missing stays as it is |
//! | `flex=1,4`, `priority>200k=..` | a block of a service tier (`flex`, `balanced`, `priority`, `ultrafast`) |
//! | `priority=x2` | a block: twice the first prices |
//! | `audio.flex=0.5`, `audio>200k=2` | another price of a tier, above a limit |
//! | `off-peak=1,4`, `utc=1-5:16:30-00:30+04:00-06:00;6-7:00:00-00:00` | a block for these hours of these days, from Monday (1) on |
//! | `cached-explicit`, `citation` | DashScope's explicitly cached input, Perplexity's citations |
//! | `search=10`, `search=5,8,12` | USD for a thousand web searches, by the size of their context |
//! | `maps=25`, `request=5` | USD for a thousand questions to Google Maps, for a thousand requests |
//! | `by=answer`, `by=low` | all searches of one answer cost as much as one; a search without a size has a small context, not a medium one |
//! | `times=us:1.1,fast:2` | factors of the prices of tokens by the place or the speed of processing |
//! | `:sv128k` | [facts](crate::models): letters, and the most tokens of an answer |

mod bill;
mod classes;
mod fees;
pub(crate) mod names;
mod off_peak;
mod price;
mod situation;
pub(crate) mod table;
mod tokens;

pub(crate) use price::Price;
pub(crate) use situation::Situation;

use std::borrow::Cow;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use runtime::{Config, ErrorCode, Hasher, ProcessorError};

pub(crate) const BUILT_IN: &str = include_str!("../prices/prices.tsv");
const FILE: &str = "LLM_PRICES_FILE";
const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// A table, which is parsed only if nothing else reports the cost of an answer.
#[derive(Debug)]
pub(crate) struct Prices {
    text: Cow<'static, str>,
    source: String,
}

impl Prices {
    /// The table that `LLM_PRICES_FILE` names, or the built-in one.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE` that names the variable, and the number of a wrong line.
    pub(crate) fn from_config(config: &Config) -> Result<Self, ProcessorError> {
        let Some(path) = config.setting(FILE)? else {
            return Ok(Self::built_in());
        };
        Self::read(Path::new(&path))
            .map_err(|what| ProcessorError::new(ErrorCode::Usage, format!("{FILE} {what}")))
    }

    pub(crate) fn built_in() -> Self {
        let name = BUILT_IN.split(". ").next().unwrap_or_default();
        Self {
            text: Cow::Borrowed(BUILT_IN),
            source: format!("price table of {}", name.trim_start_matches("# ")),
        }
    }

    fn read(path: &Path) -> Result<Self, String> {
        let mut text = String::new();
        let unreadable =
            |error| format!("names a file that cannot be read: {error}; give the path of a price table");
        let size = File::open(path)
            .and_then(|file| file.take(LARGEST_FILE + 1).read_to_string(&mut text))
            .map_err(unreadable)?;
        if size as u64 > LARGEST_FILE {
            return Err(format!(
                "names a file of more than {LARGEST_FILE} bytes; leave out models"
            ));
        }
        for (number, line) in table::lines(&text) {
            let is_valid =
                |line: table::Line<'_>| line.has_only_facts() || Price::parse(line.cells).is_some();
            if !line.is_some_and(is_valid) {
                return Err(format!(
                    "names a file whose line {number} is not a price; write provider/model, then the prices of input and output in \
                     USD for a million tokens, with tabs between"
                ));
            }
        }
        let mut hasher = Hasher::default();
        hasher.update(text.as_bytes());
        let hash = hasher.finish();
        Ok(Self {
            source: format!("{FILE} sha256:{hash}"),
            text: Cow::Owned(text),
        })
    }

    /// The origin of the prices: LiteLLM's version and date, or the file's hash.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// The prices of the first of these models that the table has at a service, in a region of it if those differ; else those of
    /// any model there, or of a class by size.
    pub(crate) fn find(&self, prefix: &str, models: &[&str], region: Option<&str>) -> Option<Price> {
        let classes = models.iter().filter_map(|model| classes::class(prefix, model));
        let all = models.iter().copied().chain([names::ANY]).chain(classes);
        all.into_iter().find_map(|model| {
            let in_region = region.map(|region| format!("{region}/{model}"));
            let mut candidates: Vec<_> = in_region.as_deref().into_iter().collect();
            candidates.extend(names::candidates(prefix, model));
            Price::parse(table::find(&self.text, names::table_prefix(prefix), &candidates)?.cells)
        })
    }
}

#[cfg(test)]
mod cases;
