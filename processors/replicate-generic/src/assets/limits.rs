//! Limits on the files of an output, and where they may come from.

use runtime::{Config, ErrorCode, ProcessorError};

const FILE_SIZE: &str = "REPLICATE_MAX_FILE_BYTES";
const TOTAL_SIZE: &str = "REPLICATE_MAX_TOTAL_BYTES";
const COUNT: &str = "REPLICATE_MAX_FILES";
const UNTYPED: &str = "REPLICATE_UNTYPED_FILES";
const LOOPBACK: &str = "REPLICATE_ASSETS_FROM_LOOPBACK";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Of one file, in bytes; 1 GiB by default.
    max_file_bytes: u64,
    /// Of all files together, in bytes; 4 GiB by default.
    max_total_bytes: u64,
    /// 1,000 by default.
    pub(crate) max_files: usize,
    /// Whether addresses are fetched that no schema declares files.
    pub(crate) fetches_untyped: bool,
    /// Whether files may come from this machine, and without TLS: for tests.
    pub(super) allows_loopback: bool,
}

impl Limits {
    /// Reads the settings.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE` that names the setting.
    pub(crate) fn from_config(config: &Config) -> Result<Self, ProcessorError> {
        let count = number(config, COUNT, 1_000)?;
        Ok(Self {
            max_file_bytes: number(config, FILE_SIZE, 1 << 30)?,
            max_total_bytes: number(config, TOTAL_SIZE, 4 << 30)?,
            max_files: usize::try_from(count).unwrap_or(usize::MAX),
            fetches_untyped: match config.setting(UNTYPED)?.as_deref() {
                None | Some("fetch") => true,
                Some("ignore") => false,
                Some(_) => return Err(invalid(UNTYPED, "is neither fetch nor ignore")),
            },
            allows_loopback: match config.setting(LOOPBACK)?.as_deref() {
                None | Some("0") => false,
                Some("1") => true,
                Some(_) => return Err(invalid(LOOPBACK, "is neither 0 nor 1")),
            },
        })
    }

    /// Checks the number of files.
    ///
    /// # Errors
    ///
    /// `ERR_PROVIDER_RESPONSE` for more than the limit.
    pub(super) fn check_count(&self, count: usize) -> Result<(), ProcessorError> {
        if count <= self.max_files {
            return Ok(());
        }
        Err(ProcessorError::new(
            ErrorCode::ProviderResponse,
            format!("the output has more than {} files; raise {COUNT}", self.max_files),
        ))
    }

    /// Checks the size of one file, and that of all files together.
    ///
    /// # Errors
    ///
    /// A message with the limit that is exceeded, and its setting.
    pub(super) fn check_sizes(&self, file: u64, total: u64) -> Result<(), String> {
        let (max_file, max_total) = (self.max_file_bytes, self.max_total_bytes);
        if file > max_file {
            return Err(format!("is larger than {max_file} bytes; raise {FILE_SIZE}"));
        }
        if total > max_total {
            return Err(format!(
                "makes all files together larger than {max_total} bytes; raise {TOTAL_SIZE}"
            ));
        }
        Ok(())
    }
}

/// How to get on with an address that no schema declares a file.
pub(super) fn untyped_hint() -> String {
    format!("no schema declares it a file: {UNTYPED}=ignore skips such strings")
}

fn number(config: &Config, name: &str, default: u64) -> Result<u64, ProcessorError> {
    config.setting(name)?.map_or(Ok(default), |text| {
        text.parse().map_err(|_| invalid(name, "is not a whole number"))
    })
}

fn invalid(name: &str, what: &str) -> ProcessorError {
    ProcessorError::new(ErrorCode::Usage, format!("{name} {what}"))
}
