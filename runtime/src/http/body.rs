//! Reading a body of unknown length.

use bytes::Bytes;
use documents::ErrorCode;
use reqwest::Response;
use store::Body;

use super::coding::Decoder;
use super::failure::send_error;
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
    let decoder = Decoder::from_headers(response.headers());
    if decoder.as_ref().is_ok_and(Decoder::is_plain) {
        return raw(response, largest).await;
    }
    let coded = Bytes::from(raw(response, largest).await?);
    let decoded = match decoder {
        Ok(decoder) => decode(decoder, coded.clone(), largest),
        Err(unknown) => Err(unknown.into()),
    };
    decoded.map_err(|error| error.with_rejected(Body::Bytes(coded.into())))
}

async fn raw(mut response: Response, largest: usize) -> Result<Vec<u8>, ProcessorError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(send_error)? {
        take(&mut body, &chunk, largest)?;
    }
    Ok(body)
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
    if chunk.len() > largest.saturating_sub(body.len()) {
        return Err(ProcessorError::new(
            ErrorCode::ProviderResponse,
            format!("the provider's answer is larger than {largest} bytes; ask it for less"),
        ));
    }
    body.extend_from_slice(chunk);
    Ok(())
}
