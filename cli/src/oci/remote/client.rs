//! Sends calls: logged in where the registry wants it, and again where it could not answer.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use reqwest::header::{AUTHORIZATION, HeaderValue, RETRY_AFTER};
use reqwest::{Request, StatusCode};

use super::call::{Access, Call};
use super::challenge::Challenge;
use super::connection::Connection;
use super::exchange::{Failed, Limits, Reply, exchange};
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
    silence: Duration,
    logins: Mutex<Logins>,
}

/// The values of `Authorization` that were accepted last.
type Logins = HashMap<(Repository, Access), HeaderValue>;

impl Client {
    /// `silence` is how long a registry may say nothing.
    pub(super) fn new(environment: &Environment, silence: Duration) -> Result<Self, RemoteError> {
        Ok(Self {
            connection: Connection::new(environment)?,
            environment: environment.clone(),
            silence,
            logins: Mutex::default(),
        })
    }

    /// The answer of any status, after a few more tries where the registry is busy, broken or cut off.
    pub(super) async fn send(&self, call: &Call<'_>) -> Result<Reply, RemoteError> {
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

    async fn attempt(&self, call: &Call<'_>) -> Result<Reply, Failed> {
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
        login::authorize(challenge, call, &found, &client, self.silence).await
    }

    async fn once(&self, call: &Call<'_>, authorization: Option<&HeaderValue>) -> Result<Reply, Failed> {
        let registry = call.repository.host();
        if !call.is_safe(&call.url) {
            return Err(RemoteError::protocol(registry, "it names an address without TLS").into());
        }
        let client = self.connection.client(call.url.scheme() == "https")?;
        let mut request = Request::new(call.method.clone(), call.url.clone());
        *request.headers_mut() = call.headers.clone();
        *request.body_mut() = Some(call.body.clone().into());
        let mut host = call.url.host_str().unwrap_or_default();
        if call.is_to_registry() {
            host = registry;
            if let Some(authorization) = authorization {
                request.headers_mut().insert(AUTHORIZATION, authorization.clone());
            }
        }
        exchange(&client, request, self.limits(call.largest), host).await
    }

    const fn limits(&self, largest: usize) -> Limits {
        Limits {
            silence: self.silence,
            largest,
        }
    }

    fn logins(&self) -> MutexGuard<'_, Logins> {
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
fn requested_pause(answer: &Reply) -> Option<Duration> {
    let seconds = answer.header(RETRY_AFTER)?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
