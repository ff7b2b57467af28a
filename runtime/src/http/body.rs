//! Reading a body of unknown length.

use bytes::Bytes;
use documents::ErrorCode;
use reqwest::Response;
use store::Body;

use super::coding::Decoder;
use super::failure::send_error;
use super::received::Received;
use crate::error::ProcessorError;

/// The largest answer that is read into memory, in bytes: 64 MiB.
pub const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// Reads and decodes the rest of a body, at most `largest` bytes, whatever `Content-Length` says.
///
/// # Errors
///
/// `ERR_PROVIDER_RESPONSE` when it is larger, is not HTTP, or cannot be decoded, and then with the rejected body;
/// `ERR_PROVIDER_UNAVAILABLE` when it breaks off before its end.
pub async fn read_body(response: Response, largest: usize) -> Result<Vec<u8>, ProcessorError> {
    read_into(response, largest, &Received::default()).await
}

/// Does the same, and leaves in `received` what has come of a body that is not read to its end. It is empty otherwise.
///
/// # Errors
///
/// Those of [`read_body`].
pub(super) async fn read_into(
    mut response: Response,
    largest: usize,
    received: &Received,
) -> Result<Vec<u8>, ProcessorError> {
    let decoder = Decoder::from_headers(response.headers());
    while let Some(chunk) = response.chunk().await.map_err(send_error)? {
        check_size(received.len(), &chunk, largest)?;
        received.push(&chunk);
    }
    let body = received.take();
    if decoder.as_ref().is_ok_and(Decoder::is_plain) {
        return Ok(body);
    }
    let coded = Bytes::from(body);
    let decoded = match decoder {
        Ok(decoder) => decode(decoder, coded.clone(), largest),
        Err(unknown) => Err(unknown.into()),
    };
    decoded.map_err(|error| error.with_rejected(Body::Bytes(coded.into())))
}

fn decode(mut decoder: Decoder, coded: Bytes, largest: usize) -> Result<Vec<u8>, ProcessorError> {
    let mut body = Vec::new();
    decoder.feed(coded);
    while let Some(chunk) = decoder.next_chunk()? {
        take(&mut body, &chunk, largest)?;
    }
    take(&mut body, &decoder.finish()?, largest)?;
    Ok(body)
}

fn take(body: &mut Vec<u8>, chunk: &[u8], largest: usize) -> Result<(), ProcessorError> {
    check_size(body.len(), chunk, largest)?;
    body.extend_from_slice(chunk);
    Ok(())
}

fn check_size(length: usize, chunk: &[u8], largest: usize) -> Result<(), ProcessorError> {
    if chunk.len() > largest.saturating_sub(length) {
        return Err(ProcessorError::new(
            ErrorCode::ProviderResponse,
            format!("the provider's answer is larger than {largest} bytes; ask it for less"),
        ));
    }
    Ok(())
}
