//! Access tokens: <https://developers.google.com/identity/protocols/oauth2/service-account#httprest>.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Url};
use runtime::http::{self, Retries};
use runtime::{Config, ErrorCode, ExposeSecret as _, ProcessorError};
use serde_json::Value;

use super::account::{Account, Grant, wrong};
use super::assertion;
use crate::failure::{Failure, timed_out};

const RETRIES: u32 = 2;
const LONGEST: Duration = Duration::from_secs(30);

impl Account {
    /// A new access token as the value of a header, which is known to be a secret.
    ///
    /// # Errors
    ///
    /// `ERR_MISSING_SECRET` for a key that cannot be used, and those of the service that gives tokens.
    pub(crate) async fn token(&self, config: &Config, client: &Client) -> Result<HeaderValue, Failure> {
        let form = self.form()?;
        let mut retries = Retries::new("oauth2", RETRIES, config.deadline());
        let mut is_worth_a_fallback = false;
        let answer = http::retry(&mut retries, async || {
            let request = client
                .post(&self.token_uri)
                .header(
                    CONTENT_TYPE,
                    HeaderValue::from_static("application/x-www-form-urlencoded"),
                )
                .body(form.clone())
                .build()
                .map_err(|_| wrong(self.variable, "has a token_uri that is no address"))?;
            let answer = tokio::time::timeout(LONGEST, http::send(client, request)).await;
            let answer = answer
                .unwrap_or_else(|_| Err(timed_out(LONGEST)))
                .map_err(|error| Failure::from_connection(error, false));
            let checked = answer.and_then(|answer| Failure::from_status(&answer).map_or(Ok(answer), Err));
            checked.map_err(|failure| {
                is_worth_a_fallback = failure.is_worth_a_fallback;
                failure.into()
            })
        });
        let answer = answer.await.map_err(|error| Failure {
            is_worth_a_fallback,
            ..Failure::permanent(self.refused(error))
        })?;
        let answer: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let token = answer
            .get("access_token")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if token.is_empty() {
            let message = format!(
                "the account of {} got an answer without an access token",
                self.variable
            );
            return Err(ProcessorError::new(ErrorCode::ProviderResponse, message).into());
        }
        config.register_secret("access_token", token);
        Ok(http::bearer("access_token", &token.into())?)
    }

    /// The body of the request.
    fn form(&self) -> Result<String, ProcessorError> {
        Ok(match &self.grant {
            Grant::Service { email, key_id, key } => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH);
                let now = now.map_or(0, |now| now.as_secs());
                let signed = assertion::sign(
                    email,
                    key_id.as_deref(),
                    key.expose_secret(),
                    &self.token_uri,
                    now,
                );
                let signed = signed.ok_or_else(|| {
                    wrong(
                        self.variable,
                        "has a private_key that cannot be used; download the account's key again",
                    )
                })?;
                form(&[
                    ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
                    ("assertion", &signed),
                ])
            }
            Grant::User {
                client_id,
                client_secret,
                refresh_token,
            } => form(&[
                ("grant_type", "refresh_token"),
                ("client_id", client_id),
                ("client_secret", client_secret.expose_secret()),
                ("refresh_token", refresh_token.expose_secret()),
            ]),
        })
    }

    /// A request that is refused is the account's fault.
    fn refused(&self, error: ProcessorError) -> ProcessorError {
        let variable = self.variable;
        let error = if error.code() == ErrorCode::ProviderRejected {
            ProcessorError::new(ErrorCode::ProviderAuth, error.message())
        } else {
            error
        };
        error.map_message(|message| format!("the account of {variable} gets no access token: {message}"))
    }
}

/// <https://url.spec.whatwg.org/#application/x-www-form-urlencoded>
fn form(fields: &[(&str, &str)]) -> String {
    let url = Url::parse_with_params("http://localhost", fields);
    url.ok()
        .and_then(|url| url.query().map(str::to_owned))
        .unwrap_or_default()
}
