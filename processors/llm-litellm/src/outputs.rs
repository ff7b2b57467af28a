//! The files of an answer.

use std::fs;
use std::path::Path;

use runtime::{Body, Config, OutputItem, ProcessorError, ProcessorOutput};

use crate::exchange::Reply;
use crate::room;

const INFO: &str = "llm_litellm:v1";
const RESPONSE: &str = "outputs/response.json";
const STREAM: &str = "outputs/stream.jsonl";
const NATIVE: &str = "outputs/native.json";
const JSON: &str = "application/json";

/// The output of an answer that is a chat completion.
pub(crate) fn document(completion: Vec<u8>) -> ProcessorOutput {
    ProcessorOutput::new(INFO).with_output(OutputItem::bytes(RESPONSE, JSON, completion))
}

/// The outputs of an answer: the completion, and what the service sent if that is something else. The run removes everything if one
/// of its outputs does not fit, so the large ones are on the disk before.
///
/// # Errors
///
/// `ERR_OUTPUT_WRITE` if there is no room for them; what the service sent becomes the rejected answer.
pub(crate) fn of_reply(config: &Config, reply: Reply) -> Result<ProcessorOutput, ProcessorError> {
    let scratch = config.scratch()?;
    let completion = OutputItem::bytes(RESPONSE, JSON, reply.answer.body);
    let output = ProcessorOutput::new(INFO);
    let sent = match (reply.chunks, reply.native) {
        (Some(chunks), _) => {
            let mut stream = OutputItem::bytes(STREAM, "application/jsonl", []);
            stream.body = chunks;
            stream
        }
        (None, Some(native)) => OutputItem::bytes(NATIVE, JSON, native),
        (None, None) => return Ok(output.with_output(put(scratch, completion, "answer")?)),
    };
    let made = match put(scratch, completion, "completion of the answer") {
        Ok(made) => made,
        Err(mut error) => {
            error.take_rejected();
            return Err(error.with_rejected(sent.body));
        }
    };
    let sent = put(scratch, sent, "answer").inspect_err(|_| {
        if let Body::SearchedFile(path) = &made.body {
            let _ = fs::remove_file(path); // makes room for the answer itself
        }
    })?;
    Ok(output.with_output(made).with_output(sent))
}

/// Puts a large output on the disk; it becomes the rejected answer of the error if it does not fit.
fn put(scratch: &Path, mut output: OutputItem, what: &str) -> Result<OutputItem, ProcessorError> {
    let bytes = match output.body {
        Body::Bytes(bytes) if bytes.len() > room::SMALL => bytes,
        body => return Ok(OutputItem { body, ..output }),
    };
    let path = scratch.join(output.relpath.rsplit('/').next().unwrap_or(&output.relpath));
    if let Err(error) = fs::write(&path, &bytes) {
        let _ = fs::remove_file(&path); // makes room for the answer itself
        return Err(room::not_written(what, &error).with_rejected(Body::Bytes(bytes)));
    }
    output.body = Body::SearchedFile(path);
    Ok(output)
}
