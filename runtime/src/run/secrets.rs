//! Keeps secrets out of what is committed.

use std::fs::File;
use std::io;

use documents::{Error, ErrorCode};
use logging::Redactor;
use store::{Body, OutputItem};

/// The name of a secret whose value a body contains. Streamed assets are not searched: no credential goes where they come from.
pub(super) fn find_secret(body: &Body, redactor: &Redactor) -> io::Result<Option<String>> {
    match body {
        Body::Bytes(bytes) => Ok(redactor.find(bytes)),
        Body::SearchedFile(path) => redactor.find_in(File::open(path)?),
        Body::File(_) | Body::Hashed(_) => Ok(None),
    }
}

/// Refuses outputs that would publish a secret: `ERR_OUTPUT_SECRET` has the position of the output and the name of the secret.
pub(super) fn check_secrets(outputs: &[OutputItem], redactor: &Redactor) -> Result<(), Error> {
    for (index, output) in outputs.iter().enumerate() {
        let body = find_secret(&output.body, redactor).map_err(|error| {
            Error::new(
                ErrorCode::OutputWrite,
                format!("output {} cannot be searched for secrets: {error}", index + 1),
            )
        })?;
        let found = body
            .or_else(|| redactor.find(output.relpath.as_bytes()))
            .or_else(|| redactor.find(output.mime.as_bytes()));
        if let Some(name) = found {
            return Err(Error::new(
                ErrorCode::OutputSecret,
                format!(
                    "output {} of {} contains the value of {name}; nothing was committed",
                    index + 1,
                    outputs.len()
                ),
            ));
        }
    }
    Ok(())
}
