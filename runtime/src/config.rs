//! What a provider may use: secrets, settings, time, a scratch directory, and async code.

use std::cell::OnceCell;
use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use documents::ErrorCode;
use logging::{Environment, Redactor};
use secrecy::SecretString;
use store::ScratchFile;
use tokio::runtime::Runtime;

use crate::checkpoint::Checkpoint;
use crate::error::ProcessorError;
use crate::interrupt::Interruption;
use crate::secrets_dir::SecretsDir;

/// How long [`Config::clean_up`] may take.
pub(crate) const CLEAN_UP_GRACE: Duration = Duration::from_secs(5);

/// Everything that a provider may use besides its inputs.
#[derive(Debug)]
pub struct Config {
    pub(crate) environment: Environment,
    pub(crate) secrets_dir: SecretsDir,
    pub(crate) redactor: Redactor,
    pub(crate) deadline: Option<Instant>,
    pub(crate) interruption: Interruption,
    pub(crate) is_cleaning_up: Arc<AtomicBool>,
    /// `None` where nothing may be written.
    pub(crate) scratch: Option<PathBuf>,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) tokio: OnceCell<Runtime>,
}

impl Config {
    /// A required secret, without the white space around it: the environment variable of this name, else the file of this name in
    /// the directory `SECRETS_DIR`.
    ///
    /// From here on its value becomes `[REDACTED]` in every log line, message and receipt, and an output in memory that contains it
    /// fails the run.
    ///
    /// # Errors
    ///
    /// `ERR_MISSING_SECRET` that names it, when it is not set, blank, not UTF-8, or in a file that cannot be used; `ERR_USAGE` when
    /// `SECRETS_DIR` names no directory.
    pub fn secret(&self, name: &str) -> Result<SecretString, ProcessorError> {
        self.optional_secret(name)?.ok_or_else(|| {
            ProcessorError::new(
                ErrorCode::MissingSecret,
                format!("the secret {name} is not set; real mode needs it in the environment, or as a file in SECRETS_DIR"),
            )
        })
    }

    /// The same for a secret that need not be set.
    ///
    /// # Errors
    ///
    /// `ERR_MISSING_SECRET` that names it, when it is set, but not UTF-8, or in a file that cannot be used; `ERR_USAGE` when
    /// `SECRETS_DIR` names no directory.
    pub fn optional_secret(&self, name: &str) -> Result<Option<SecretString>, ProcessorError> {
        let value = match self.environment.get(name) {
            Some(value) => value.into_string().map_err(|_| {
                ProcessorError::new(
                    ErrorCode::MissingSecret,
                    format!("the secret {name} is not UTF-8; set it again"),
                )
            })?,
            None => match self.secrets_dir.read(name)? {
                Some(value) => value,
                None => return Ok(None),
            },
        };
        self.redactor.add(name, &value);
        let value = value.trim();
        Ok((!value.is_empty()).then(|| value.into()))
    }

    /// Registers a secret that the provider has made or received, such as an access token. From here on it is treated as those of
    /// [`Config::secret`].
    pub fn register_secret(&self, name: &str, value: &str) {
        self.redactor.add(name, value);
    }

    /// Replaces every known secret in a text by `[REDACTED]`. Call it before you cut a text: a part of a secret is not recognized.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        self.redactor.redact(text)
    }

    /// A setting that is not a secret, such as a service's address, without the white space around it.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE` that names it, when it is not UTF-8.
    pub fn setting(&self, name: &str) -> Result<Option<String>, ProcessorError> {
        let Some(value) = self.environment.get(name) else {
            return Ok(None);
        };
        let value = value.into_string().map_err(|_| {
            ProcessorError::new(ErrorCode::Usage, format!("{name} is not UTF-8; set it again"))
        })?;
        let value = value.trim();
        Ok((!value.is_empty()).then(|| value.to_owned()))
    }

    /// When the run has to end; `None` without `TIMEOUT_S`.
    #[must_use]
    pub const fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Fails when the run has to stop; for loops outside of [`Config::block_on`].
    ///
    /// # Errors
    ///
    /// `ERR_TIMEOUT` after the deadline, `ERR_CANCELLED` after SIGTERM or SIGINT; return it at once.
    pub fn check_interrupted(&self) -> Result<(), ProcessorError> {
        match self.interruption.check() {
            Some(interrupt) => Err(interrupt.error()),
            None => Ok(()),
        }
    }

    /// A directory for files of any size, on the file system of the outputs. The run removes it when it ends.
    ///
    /// # Errors
    ///
    /// `ERR_OUTPUT_WRITE` when it cannot be made.
    pub fn scratch(&self) -> Result<&Path, ProcessorError> {
        let scratch = self.scratch.as_ref().ok_or_else(|| {
            let message = "an estimate writes no file";
            ProcessorError::new(ErrorCode::OutputWrite, message)
        })?;
        std::fs::create_dir_all(scratch).map_err(unwritable)?;
        Ok(scratch)
    }

    /// A new file in the scratch directory that is hashed as it is written, for [`OutputItem::hashed`](crate::OutputItem::hashed).
    ///
    /// # Errors
    ///
    /// `ERR_OUTPUT_WRITE` when it cannot be made, or a file has this name already.
    pub fn scratch_file(&self, name: &str) -> Result<ScratchFile, ProcessorError> {
        ScratchFile::create(self.scratch()?.join(name)).map_err(unwritable)
    }

    /// The checkpoint of an earlier run of this execution id that had the same inputs and did not succeed.
    ///
    /// # Errors
    ///
    /// `ERR_OUTPUT_WRITE` when it cannot be read.
    pub fn checkpoint(&self) -> Result<Option<String>, ProcessorError> {
        self.checkpoint.read().map_err(checkpoint_error)
    }

    /// Saves a short text for the next run of this execution id, and replaces the one before. It survives kills and failures; a
    /// success removes it. Use it for what is paid for and continues without this process, such as the id of a job at the
    /// provider's service; never for secrets.
    ///
    /// # Errors
    ///
    /// `ERR_OUTPUT_WRITE` when it cannot be written.
    pub fn save_checkpoint(&self, text: &str) -> Result<(), ProcessorError> {
        self.checkpoint.save(text).map_err(checkpoint_error)
    }

    /// Removes the checkpoint.
    ///
    /// # Errors
    ///
    /// `ERR_OUTPUT_WRITE` when it cannot be removed.
    pub fn clear_checkpoint(&self) -> Result<(), ProcessorError> {
        self.checkpoint.clear().map_err(checkpoint_error)
    }

    /// Runs async code until it ends, the deadline passes or the run is cancelled, and drops the future. The runtime is tokio's, on
    /// this thread, made on first use, with I/O and time.
    ///
    /// # Errors
    ///
    /// Those of the future, `ERR_TIMEOUT`, `ERR_CANCELLED`; `ERR_PROCESSOR` when the runtime cannot be made.
    pub fn block_on<T>(
        &self,
        future: impl Future<Output = Result<T, ProcessorError>>,
    ) -> Result<T, ProcessorError> {
        let runtime = self.runtime()?;
        runtime.block_on(async {
            tokio::select! {
                biased;
                interrupt = self.interruption.wait() => Err(interrupt.error()),
                result = future => result,
            }
        })
    }

    /// Runs async code after an interruption, such as the call that cancels a job: for at most 5 seconds, and not
    /// interrupted again by the same reason. `None` when it took longer.
    pub fn clean_up<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        self.is_cleaning_up.store(true, Ordering::Release);
        let runtime = self.runtime().ok()?;
        let result = runtime.block_on(async { tokio::time::timeout(CLEAN_UP_GRACE, future).await });
        self.is_cleaning_up.store(false, Ordering::Release);
        result.ok()
    }

    fn runtime(&self) -> Result<&Runtime, ProcessorError> {
        if let Some(runtime) = self.tokio.get() {
            return Ok(runtime);
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| {
                ProcessorError::new(ErrorCode::Processor, "the async runtime cannot be made")
                    .with_cause(error)
            })?;
        Ok(self.tokio.get_or_init(|| runtime))
    }
}

fn unwritable(error: io::Error) -> ProcessorError {
    let what = format!("the scratch directory cannot be written: {error}; free space or fix the permissions");
    ProcessorError::new(ErrorCode::OutputWrite, what)
}

fn checkpoint_error(error: io::Error) -> ProcessorError {
    let what =
        format!("the checkpoint cannot be read or written: {error}; free space or fix the permissions");
    ProcessorError::new(ErrorCode::OutputWrite, what)
}

impl Drop for Config {
    fn drop(&mut self) {
        if let Some(runtime) = self.tokio.take() {
            runtime.shutdown_background(); // a name look-up that hangs must not hold up the exit
        }
    }
}
