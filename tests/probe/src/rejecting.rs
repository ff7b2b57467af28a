//! A provider whose service answers what nobody can use.

use runtime::{Body, Config, ErrorCode, ExposeSecret as _, ProcessorError, ProcessorOutput, ProcessorResult};

use crate::outputs::INFO;
use crate::request::Request;
use crate::secrets;

/// How the run ends, which is no part of the inputs.
const END: &str = "PROBE_END";

/// Fails with an answer of its own, of `params.size` bytes if that is given: in memory, as a file, or with a secret in it.
pub(crate) fn reject(config: &Config, request: &Request<'_>) -> ProcessorResult {
    let answer = match request.number("size") {
        Some(size) => "x".repeat(usize::try_from(size).unwrap_or(usize::MAX)),
        None => "an odd answer".to_owned(),
    };
    let error = ProcessorError::new(ErrorCode::ProviderResponse, "the answer is odd");
    Err(match config.setting(END)?.as_deref() {
        Some("ok") => return Ok(ProcessorOutput::new(INFO)),
        Some("error") => error,
        Some("file") => {
            let path = config.scratch()?.join("answer");
            std::fs::write(&path, format!("{answer}, as a file"))?;
            error.with_rejected(Body::SearchedFile(path))
        }
        Some("secret") => {
            let secret = config.secret(secrets::NAME)?;
            error.with_rejected(Body::Bytes(secret.expose_secret().into()))
        }
        _ => error.with_rejected(Body::Bytes(answer.into())),
    })
}
