//! The forms that a table can have.

use std::path::Path;

use documents::ErrorCode;

use crate::error::Error;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Csv,
    Jsonl,
    Markdown,
    #[cfg(feature = "parquet")]
    Parquet,
}

impl Form {
    /// The form that a file's extension names.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE`.
    pub(super) fn of(path: &Path) -> Result<Self, Error> {
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        match extension.to_str() {
            Some("csv") => Ok(Self::Csv),
            Some("jsonl" | "ndjson") => Ok(Self::Jsonl),
            Some("md") => Ok(Self::Markdown),
            #[cfg(feature = "parquet")]
            Some("parquet") => Ok(Self::Parquet),
            #[cfg(not(feature = "parquet"))]
            Some("parquet") => Err(refused(
                path,
                "write .csv, of which DuckDB makes Parquet, or build counterfoil with the feature parquet",
            )),
            _ => Err(refused(path, "end its name in .csv, .jsonl or .md")),
        }
    }
}

fn refused(path: &Path, hint: &'static str) -> Error {
    let message = format!("{} is no table that this build writes", path.display());
    Error::new(ErrorCode::Usage, message).hint(hint)
}
