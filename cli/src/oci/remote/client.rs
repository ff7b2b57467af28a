//! Sends calls: logged in where the registry wants it, and again where it could not answer.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use reqwest::header::{AUTHORIZATION, HeaderValue, RETRY_AFTER};
use reqwest::{Request, StatusCode};

use super::answer::Answer;
use super::body;
use super::call::{Access, Call};
use super::challenge::Challenge;
use super::connection::Connection;
use super::failure::RemoteError;
use super::login::{self, Found};
use crate::environment::Environment;
use crate::oci::credentials;
use crate::oci::repository::Repository;

const RETRIES: usize = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// A registry that asks for a longer pause is not waited for.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// One session's way to registries.
pub(super) struct Client {
    connection: Connection,
    environment: Environment,
    logins: Mutex<HashMap<(Repository, Access), HeaderValue>>,
}

/// A call without an answer, and whether another one may have more luck.
struct Failed {
    error: RemoteError,
    is_transient: bool,
}

impl From<RemoteError> for Failed {
    fn from(error: RemoteError) -> Self {
        Self {
            error,
            is_transient: false,
        }
    }
}

impl Client {
    pub(super) fn new(environment: &Environment) -> Result<Self, RemoteError> {
        Ok(Self {
            connection: Connection::new(environment)?,
            environment: environment.clone(),
            logins: Mutex::default(),
        })
    }

    /// The answer of any status, after a few more tries where the registry is busy, broken or cut off.
    pub(super) async fn send(&self, call: &Call<'_>) -> Result<Answer, RemoteError> {
        let mut pauses = pauses();
        loop {
            let outcome = self.attempt(call).await;
            let is_transient = match &outcome {
                Ok(answer) => is_transient(answer.status),
                Err(failed) => failed.is_transient,
            };
            let pause = pauses.next().filter(|_| is_transient && call.is_repeatable);
            let requested = outcome.as_ref().ok().and_then(requested_pause);
            match pause.map(|pause| requested.unwrap_or(pause)) {
                Some(pause) if pause <= LONGEST_PAUSE => tokio::time::sleep(pause).await,
                _ => return outcome.map_err(|failed| failed.error),
            }
        }
    }

    async fn attempt(&self, call: &Call<'_>) -> Result<Answer, Failed> {
        let key = (call.repository.clone(), call.access);
        let known = self.logins().get(&key).cloned();
        let answer = self.once(call, known.as_ref()).await?;
        if answer.status != StatusCode::UNAUTHORIZED || !call.is_to_registry() {
            return Ok(answer);
        }
        let Some(challenge) = Challenge::from_headers(&answer.headers) else {
            return Ok(answer);
        };
        let Some(authorization) = self.authorize(&challenge, call).await? else {
            return Ok(answer);
        };
        self.logins().insert(key, authorization.clone());
        self.once(call, Some(&authorization)).await
    }

    async fn authorize(
        &self,
        challenge: &Challenge,
        call: &Call<'_>,
    ) -> Result<Option<HeaderValue>, RemoteError> {
        let found: Found = credentials::find(call.repository, &self.environment)
            .map_err(|error| RemoteError::setting(error.message, error.hint))?;
        let client = match challenge {
            Challenge::Bearer { realm, .. } => self.connection.client(realm.starts_with("https:"))?,
            Challenge::Basic => self.connection.client(false)?, // it is not used
        };
        login::authorize(challenge, call, &found, &client).await
    }

    async fn once(&self, call: &Call<'_>, authorization: Option<&HeaderValue>) -> Result<Answer, Failed> {
        let host = call.url.host_str().unwrap_or_default();
        if !call.is_safe(&call.url) {
            let what = "it names an address without TLS";
            return Err(RemoteError::protocol(call.repository.host(), what).into());
        }
        let client = self.connection.client(call.url.scheme() == "https")?;
        let mut request = Request::new(call.method.clone(), call.url.clone());
        *request.headers_mut() = call.headers.clone();
        if let Some(authorization) = authorization.filter(|_| call.is_to_registry()) {
            request.headers_mut().insert(AUTHORIZATION, authorization.clone());
        }
        *request.body_mut() = Some(call.body.clone().into());
        let named = if call.is_to_registry() {
            call.repository.host()
        } else {
            host
        };
        let response = client.execute(request).await.map_err(|error| Failed {
            error: RemoteError::sending(named, &error),
            is_transient: !error.is_connect() && !error.is_timeout() && !error.is_builder(),
        })?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = body::read(response, call.largest, named)
            .await
            .map_err(|error| Failed {
                is_transient: error.is_retryable(),
                error,
            })?;
        Ok(Answer {
            status,
            headers,
            body,
        })
    }

    fn logins(&self) -> std::sync::MutexGuard<'_, HashMap<(Repository, Access), HeaderValue>> {
        self.logins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn pauses() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(FIRST_PAUSE)
        .with_max_times(RETRIES)
        .with_jitter()
        .build()
}

fn is_transient(status: StatusCode) -> bool {
    status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED
        || status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::REQUEST_TIMEOUT
}

/// `Retry-After` in seconds; registries do not send dates.
fn requested_pause(answer: &Answer) -> Option<Duration> {
    let seconds = answer.header(RETRY_AFTER)?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
