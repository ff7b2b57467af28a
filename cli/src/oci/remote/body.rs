//! Reading an answer's body.

use reqwest::Response;

use super::failure::RemoteError;

/// Reads a body of at most `largest` bytes, whatever `Content-Length` says.
///
/// # Errors
///
/// When it is larger, or breaks off.
pub(super) async fn read(mut response: Response, largest: usize, host: &str) -> Result<Vec<u8>, RemoteError> {
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| RemoteError::sending(host, &error))?
    {
        if chunk.len() > largest.saturating_sub(body.len()) {
            let what = format_args!("its answer is larger than {largest} bytes");
            return Err(RemoteError::protocol(host, what));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
