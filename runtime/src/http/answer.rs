//! One request and its answer, whatever its status.

use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;
use reqwest::{Client, Request, Response, StatusCode};

use super::body::{LARGEST_BODY, read_body};
use super::failure::send_error;
use super::proxy;
use super::sentence::sentence;
use super::told::told_pause;
use crate::error::ProcessorError;
use documents::ErrorCode;

/// The most that is read of an answer which tells of an error, in bytes.
const LARGEST_ERROR: usize = 256 * 1024;

/// What a service answered.
#[derive(Debug)]
pub struct Answer {
    /// Its status, of any class.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// All of its body; empty where an answer tells of an error and its body could not be read.
    pub body: Vec<u8>,
}

impl Answer {
    /// Tells success from failure by the status alone.
    ///
    /// # Errors
    ///
    /// That of [`error_code`], with the service's own [`sentence`] where it sent one.
    pub fn check(&self) -> Result<(), ProcessorError> {
        let Some(code) = error_code(self.status) else {
            return Ok(());
        };
        if self.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Err(proxy::authentication_required()); // whatever the proxy's page says
        }
        let status = self.status.as_u16();
        let message = match sentence(&self.body) {
            Some(sentence) => format!("the provider answered {status}: {sentence}"),
            None => format!(
                "the provider answered {status} without a reason; {}",
                way_out(code)
            ),
        };
        Err(ProcessorError::new(code, message))
    }

    /// The pause that it asks for, see [`told_pause`].
    #[must_use]
    pub fn told_pause(&self) -> Option<Duration> {
        told_pause(self.status, &self.headers, &self.body)
    }
}

/// Sends a request once and reads its answer, of at most [`LARGEST_BODY`] bytes: [`begin`], then [`finish`].
///
/// An error status is an answer too, see [`Answer::check`]: nothing that happens to its body hides it.
///
/// # Errors
///
/// Those of [`send_error`] and [`read_body`].
pub async fn send(client: &Client, request: Request) -> Result<Answer, ProcessorError> {
    finish(begin(client, request).await?).await
}

/// Sends a request and reads the head of its answer.
///
/// # Errors
///
/// Those of [`send_error`]: the service has not begun to answer.
pub async fn begin(client: &Client, request: Request) -> Result<Response, ProcessorError> {
    let started = Instant::now();
    let response = client.execute(request).await.map_err(send_error)?;
    tracing::info!(
        status = response.status().as_u16(),
        ms = started.elapsed().as_millis(),
        "http_response"
    );
    Ok(response)
}

/// Reads the rest of an answer whose head is there.
///
/// # Errors
///
/// Those of [`read_body`], for a status that tells of success.
pub async fn finish(response: Response) -> Result<Answer, ProcessorError> {
    let started = Instant::now();
    let status = response.status();
    let headers = response.headers().clone(); // the body is read by what they say
    let body = match error_code(status) {
        None => read_body(response, LARGEST_BODY).await?,
        // the status says enough; a part of the body could end within a secret
        Some(_) => read_body(response, LARGEST_ERROR).await.unwrap_or_default(),
    };
    tracing::info!(
        bytes = body.len(),
        ms = started.elapsed().as_millis(),
        "http_body"
    );
    Ok(Answer {
        status,
        headers,
        body,
    })
}

/// What a status means (section 11 of the contracts); `None` for success.
#[must_use]
pub fn error_code(status: StatusCode) -> Option<ErrorCode> {
    Some(match status.as_u16() {
        200..=299 => return None,
        401 | 403 => ErrorCode::ProviderAuth,
        429 | 498 => ErrorCode::ProviderRateLimit, // 498 is Groq's for a tier that is full
        400..=499 => ErrorCode::ProviderRejected,
        500..=599 => ErrorCode::ProviderUnavailable,
        _ => ErrorCode::ProviderResponse, // a redirect, above all
    })
}

fn way_out(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::ProviderAuth => "check the key, and what it is allowed to do",
        ErrorCode::ProviderRateLimit | ErrorCode::ProviderUnavailable => "try again later",
        ErrorCode::ProviderRejected => "check the model, the parameters and the provider's address",
        _ => "check the provider's address",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_one_meaning() {
        let code = |status| error_code(StatusCode::from_u16(status).unwrap());
        for status in [200, 201, 204, 299] {
            assert_eq!(code(status), None);
        }
        for (status, expected) in [
            (401, ErrorCode::ProviderAuth),
            (403, ErrorCode::ProviderAuth),
            (407, ErrorCode::ProviderRejected),
            (429, ErrorCode::ProviderRateLimit),
            (498, ErrorCode::ProviderRateLimit),
            (400, ErrorCode::ProviderRejected),
            (402, ErrorCode::ProviderRejected),
            (404, ErrorCode::ProviderRejected),
            (499, ErrorCode::ProviderRejected),
            (500, ErrorCode::ProviderUnavailable),
            (503, ErrorCode::ProviderUnavailable),
            (599, ErrorCode::ProviderUnavailable),
            (101, ErrorCode::ProviderResponse),
            (301, ErrorCode::ProviderResponse),
            (304, ErrorCode::ProviderResponse),
            (600, ErrorCode::ProviderResponse),
        ] {
            assert_eq!(code(status), Some(expected), "{status}");
        }
    }

    #[test]
    fn an_error_says_what_the_service_says() {
        let answer = |status, body: &str| Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.into(),
        };
        let told = answer(429, r#"{"error":{"message":"slow down"}}"#)
            .check()
            .unwrap_err();
        assert_eq!(told.message(), "the provider answered 429: slow down");
        let silent = answer(503, "").check().unwrap_err();
        assert_eq!(
            silent.message(),
            "the provider answered 503 without a reason; try again later"
        );
        assert!(answer(200, "").check().is_ok());
        let proxy = answer(407, "Squid: access denied").check().unwrap_err();
        assert!(proxy.message().contains("HTTPS_PROXY"), "{proxy}");
    }
}
