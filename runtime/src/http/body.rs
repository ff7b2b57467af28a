//! Reading a body of unknown length.

use reqwest::Response;

use super::failure::send_error;
use contracts::{ErrorCode, ProcessorError};

/// The largest answer that is kept in memory, in bytes: 64 MiB.
pub const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// Reads the rest of a body into memory, at most `largest` bytes, whatever `Content-Length` says.
///
/// # Errors
///
/// `ERR_PROVIDER_RESPONSE` when it is larger, `ERR_PROVIDER_UNAVAILABLE` when it breaks off before its end.
pub async fn read_body(mut response: Response, largest: usize) -> Result<Vec<u8>, ProcessorError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(send_error)? {
        if chunk.len() > largest.saturating_sub(body.len()) {
            return Err(ProcessorError::new(
                ErrorCode::ProviderResponse,
                format!("the provider's answer is larger than {largest} bytes; ask it for less"),
            ));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
