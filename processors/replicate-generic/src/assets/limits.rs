//! How much may be fetched, and from where.

use runtime::{Config, ErrorCode, ProcessorError};

const FILE_SIZE: &str = "REPLICATE_MAX_FILE_BYTES";
const TOTAL_SIZE: &str = "REPLICATE_MAX_TOTAL_BYTES";
const COUNT: &str = "REPLICATE_MAX_FILES";
const UNTYPED: &str = "REPLICATE_UNTYPED_FILES";
const LOOPBACK: &str = "REPLICATE_ASSETS_FROM_LOOPBACK";

/// Caps on the files of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Of one file, in bytes; 1 GiB unless told otherwise.
    pub(super) file_size: u64,
    /// Of all files together, in bytes; 4 GiB.
    pub(super) total_size: u64,
    /// 1,000.
    count: usize,
    /// Whether addresses that no schema calls a file are not left alone.
    fetches_untyped: bool,
    /// Whether files may come from this machine, and without TLS: for tests.
    pub(super) loopback: bool,
}

impl Limits {
    /// # Errors
    ///
    /// `ERR_USAGE` that names the setting.
    pub(crate) fn of(config: &Config) -> Result<Self, ProcessorError> {
        let count = number(config, COUNT, 1_000)?;
        Ok(Self {
            file_size: number(config, FILE_SIZE, 1 << 30)?,
            total_size: number(config, TOTAL_SIZE, 4 << 30)?,
            count: usize::try_from(count).unwrap_or(usize::MAX),
            fetches_untyped: match config.setting(UNTYPED)?.as_deref() {
                None | Some("fetch") => true,
                Some("ignore") => false,
                Some(_) => return Err(wrong(UNTYPED, "is neither fetch nor ignore")),
            },
            loopback: match config.setting(LOOPBACK)?.as_deref() {
                None | Some("0") => false,
                Some("1") => true,
                Some(_) => return Err(wrong(LOOPBACK, "is neither 0 nor 1")),
            },
        })
    }

    /// How many files there may be.
    pub(crate) const fn most(&self) -> usize {
        self.count
    }

    /// Whether what no schema calls a file is fetched.
    pub(crate) const fn fetches_untyped(&self) -> bool {
        self.fetches_untyped
    }

    /// # Errors
    ///
    /// `ERR_PROVIDER_RESPONSE` for more files than there may be.
    pub(super) fn check_count(&self, count: usize) -> Result<(), ProcessorError> {
        match count <= self.count {
            true => Ok(()),
            false => Err(ProcessorError::new(
                ErrorCode::ProviderResponse,
                format!("the output has more than {} files; raise {COUNT}", self.count),
            )),
        }
    }

    /// # Errors
    ///
    /// What is too large, and which setting says so.
    pub(super) fn check_file(&self, size: u64) -> Result<(), String> {
        match size <= self.file_size {
            true => Ok(()),
            false => Err(format!(
                "is larger than {} bytes; raise {FILE_SIZE}",
                self.file_size
            )),
        }
    }

    /// # Errors
    ///
    /// What is too large, and which setting says so.
    pub(super) fn check_total(&self, size: u64) -> Result<(), String> {
        match size <= self.total_size {
            true => Ok(()),
            false => Err(format!(
                "makes all files together larger than {} bytes; raise {TOTAL_SIZE}",
                self.total_size
            )),
        }
    }
}

/// What to do about an address that no schema calls a file.
pub(super) fn way_out() -> String {
    format!("no schema calls it a file: {UNTYPED}=ignore leaves such texts alone")
}

fn number(config: &Config, name: &str, default: u64) -> Result<u64, ProcessorError> {
    config.setting(name)?.map_or(Ok(default), |text| {
        text.parse().map_err(|_| wrong(name, "is not a whole number"))
    })
}

fn wrong(name: &str, what: &str) -> ProcessorError {
    ProcessorError::new(ErrorCode::Usage, format!("{name} {what}"))
}
