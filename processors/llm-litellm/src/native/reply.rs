//! Makes a chat completion of an answer.

use runtime::http::Answer;
use runtime::{Body, ErrorCode, ProcessorError};

use crate::charged;
use crate::completion;
use crate::failure::Failure;
use crate::native::interface::{Call, NativeApi};
use crate::native::{digits, document};

/// The chat completion of an answer whose status is success, as JSON.
///
/// # Errors
///
/// `ERR_PROVIDER_RESPONSE` for an answer that is not the API's, which becomes the rejected answer of the error; the error that
/// it reports. An answer that reports one and may be charged becomes the rejected answer, too, and is not asked for again.
pub(crate) fn translate(api: &dyn NativeApi, call: &Call<'_>, answer: &Answer) -> Result<Vec<u8>, Failure> {
    let body = &answer.body;
    let wrong = |what: String| {
        let status = answer.status.as_u16();
        let message = format!("the provider answered {status} with {what}");
        Failure::permanent(ProcessorError::new(ErrorCode::ProviderResponse, message))
    };
    if let Some(error) = completion::find_reported_error(body) {
        let failure = Failure::from_error_body(answer.status, &error);
        return Err(charged::keep(failure, body));
    }
    let reject = |failure: Failure| {
        if body.trim_ascii().is_empty() {
            failure
        } else {
            failure.with_rejected(Body::Bytes(body.clone()))
        }
    };
    let document = document::read(&digits::hold(body)).map_err(|position| {
        reject(wrong(if completion::is_json(answer) {
            format!("JSON that cannot be read at {position}; ask again")
        } else {
            format!("something that is not the JSON of its API at {position}; check its address")
        }))
    })?;
    let mut completion = api.completion(call, document).map_err(reject)?;
    if !completion.others.contains_key("service_tier")
        && let Some(tier) = api.tier(&answer.headers)
    {
        completion.others.insert("service_tier".to_owned(), tier.into());
    }
    completion.complete(body);
    serde_json::to_vec(&completion)
        .map(digits::release)
        .map_err(|error| {
            let error = ProcessorError::new(ErrorCode::Processor, "the completion cannot be written")
                .with_cause(error);
            reject(Failure::permanent(error))
        })
}
