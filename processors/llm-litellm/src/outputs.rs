//! The files of an answer.

use std::fs;
use std::path::Path;

use runtime::{Config, OutputItem, ProcessorError, ProcessorOutput};

use crate::exchange::Reply;
use crate::room::not_written;

const INFO: &str = "llm_litellm:v1";
const RESPONSE: &str = "outputs/response.json";
const STREAM: &str = "outputs/stream.jsonl";
const NATIVE: &str = "outputs/native.json";
const JSON: &str = "application/json";

/// The output of an answer that is a chat completion.
pub(crate) fn document(completion: Vec<u8>) -> ProcessorOutput {
    ProcessorOutput::new(INFO).with_output(OutputItem::bytes(RESPONSE, JSON, completion))
}

/// The outputs of an answer: the completion, and what the service sent if that is something else.
///
/// # Errors
///
/// `ERR_OUTPUT_WRITE` if there is no room for a completion that was made here; what the service sent becomes the rejected answer.
pub(crate) fn of_reply(config: &Config, reply: Reply) -> Result<ProcessorOutput, ProcessorError> {
    let completion = reply.answer.body;
    let sent = match (reply.chunks, reply.native) {
        (Some(chunks), _) => {
            let mut stream = OutputItem::bytes(STREAM, "application/jsonl", []);
            stream.body = chunks;
            stream
        }
        (None, Some(native)) => OutputItem::bytes(NATIVE, JSON, native),
        (None, None) => return Ok(document(completion)),
    };
    // the run removes everything if one of its outputs does not fit, so this one has to be on the disk before
    match write(config.scratch()?, &completion) {
        Ok(made) => Ok(ProcessorOutput::new(INFO).with_output(made).with_output(sent)),
        Err(error) => Err(error.with_rejected(sent.body)),
    }
}

fn write(scratch: &Path, completion: &[u8]) -> Result<OutputItem, ProcessorError> {
    let path = scratch.join("response.json");
    fs::write(&path, completion).map_err(|error| {
        let _ = fs::remove_file(&path); // makes room for the answer itself
        not_written("completion of the answer", &error)
    })?;
    Ok(OutputItem::searched_file(RESPONSE, JSON, path))
}
