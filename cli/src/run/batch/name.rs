//! What the execution ids of a batch begin with: `--resume` has to come to the same ones.

use std::io;
use std::path::Path;

use contracts::hash::sha256;
use contracts::store::Folder;
use contracts::{ErrorCode, ExecutionId, ProcessorError};
use serde::{Deserialize, Serialize};

use super::super::Run;

/// The folder, below the artifacts, that remembers the last batch of each file.
const FOLDER: &str = "batch";
/// What a line adds to the name: `-`, up to 20 digits, `-` and 8 digits of its hash.
const LONGEST: usize = 128 - 30;

#[derive(Serialize, Deserialize)]
struct Remembered {
    batch: String,
}

/// The name that was given, the one of the last batch of this file where it goes on, else a new one.
///
/// # Errors
///
/// `ERR_EXECUTION_ID` and `ERR_USAGE` for one that cannot be used, `ERR_OUTPUT_WRITE` where it cannot be remembered.
pub(super) fn of(run: &Run, file: &Path, artifacts: &Path) -> Result<String, ProcessorError> {
    if let Some(given) = &run.execution_id {
        let given = ExecutionId::parse(given)?;
        return match given.as_str().len() <= LONGEST {
            true => Ok(given.as_str().to_owned()),
            false => Err(ProcessorError::new(
                ErrorCode::ExecutionId,
                format!(
                    "the execution id of a batch has at most {LONGEST} characters; every line adds its own"
                ),
            )),
        };
    }
    let new = uuid::Uuid::now_v7().to_string();
    if file.as_os_str() == "-" {
        return match run.resume {
            true => Err(ProcessorError::new(
                ErrorCode::Usage,
                "--resume does not know which batch standard input is; name it with --execution-id, both times",
            )),
            false => Ok(new),
        };
    }
    remember(run, file, artifacts, new).map_err(|error| {
        ProcessorError::new(
            ErrorCode::OutputWrite,
            format!(
                "the batch cannot be remembered below {}: {error}",
                artifacts.display()
            ),
        )
    })
}

fn remember(run: &Run, file: &Path, artifacts: &Path, new: String) -> io::Result<String> {
    let file = file.canonicalize()?;
    let mode = run.mode.map_or("", contracts::Mode::as_str);
    let key = [
        run.processor_ref.as_str().as_bytes(),
        run.write_prefix.as_bytes(),
        mode.as_bytes(),
        file.as_os_str().as_encoded_bytes(),
    ]
    .join(&0);
    let key = sha256(&key);
    let name = format!("{}.json", key.get(..32).unwrap_or(&key));
    std::fs::create_dir_all(artifacts)?;
    let folder = Folder::at(artifacts)?.make_child(FOLDER)?;
    if run.resume
        && let Some(bytes) = folder.read_file(&name)?
        && let Ok(remembered) = serde_json::from_slice::<Remembered>(&bytes)
        && ExecutionId::parse(&remembered.batch).is_ok()
    {
        return Ok(remembered.batch);
    }
    let staging = format!(".{name}.{}", std::process::id());
    let bytes = serde_json::to_vec(&Remembered { batch: new.clone() })?;
    folder.write_file(&staging, &bytes)?.sync_all()?;
    folder.rename(&staging, &folder, &name)?;
    folder.sync()?;
    Ok(new)
}
