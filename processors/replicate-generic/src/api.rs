//! A client of Replicate's HTTP API (<https://replicate.com/docs/reference/http>).

use std::time::{Duration, Instant};

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::multipart::Form;
use reqwest::{Client, Method, Request, RequestBuilder, StatusCode, Url};
use runtime::http::{self, Answer, AttemptError, Retries, Retry};
use runtime::{Config, ErrorCode, ProcessorError};
use serde_json::{Value, json};

use crate::prediction::{Prediction, is_id};
use crate::reference::{Endpoint, Model};

pub(crate) const TOKEN: &str = "REPLICATE_API_TOKEN";
const BASE: &str = "REPLICATE_BASE_URL";
const DEFAULT_BASE: &str = "https://api.replicate.com";

const PREFER: &str = "prefer";
const CANCEL_AFTER: &str = "cancel-after";

/// The name of the service in the log.
pub(crate) const PROVIDER: &str = "replicate";

/// Retries of requests that have an effect, where no connection could be made, and of those that have none. The latter may outlast a
/// short outage.
const POST_RETRIES: u32 = 4;
const GET_RETRIES: u32 = 8;
/// Retries where a prediction that must exist is not found: the service's replicas are not always up to date.
const NOT_FOUND_RETRIES: u32 = 3;

/// How long the service may hold back the first answer in case the prediction ends soon, in seconds. A prediction without an id can
/// be neither cancelled nor resumed, so this is short.
const MAX_WAIT: u64 = 3;
/// Of one request, so that a run without a deadline does not hang.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// The slowest upload that is not given up, in bytes a second.
const MIN_UPLOAD_RATE: u64 = 64 * 1024;

/// The lifetime of a prediction, in seconds: the least that the service takes, and the most that a run without a deadline asks for.
const MIN_LIFETIME: u64 = 5;
const MAX_LIFETIME: u64 = 24 * 60 * 60;

/// The service, and the token for it.
pub(crate) struct Api {
    client: Client,
    base: String,
    authorization: HeaderValue,
    deadline: Option<Instant>,
}

impl Api {
    /// # Errors
    ///
    /// `ERR_MISSING_SECRET` and `ERR_USAGE` that name the variable.
    pub(crate) fn from_config(config: &Config) -> Result<Self, ProcessorError> {
        Ok(Self {
            base: without_version(http::base_url(config, &[BASE], DEFAULT_BASE)?),
            authorization: http::bearer(TOKEN, &config.secret(TOKEN)?)?,
            client: http::client(config)?,
            deadline: config.deadline(),
        })
    }

    /// The token, for URLs that may see it: the service's `/v1/files/ID` and `/v1/files/ID/download`.
    pub(crate) fn authorization_for(&self, url: &Url) -> Option<&HeaderValue> {
        let files = self.same_origin(&format!("{}/v1/files/", self.base))?;
        let below = url.path().strip_prefix(files.path())?;
        let id = below.strip_suffix("/download").unwrap_or(below);
        (url.origin() == files.origin() && is_id(id)).then_some(&self.authorization)
    }

    /// A URL of the service itself, which may see the token.
    fn same_origin(&self, url: &str) -> Option<Url> {
        let base = Url::parse(&self.base).ok()?;
        Url::parse(url).ok().filter(|url| url.origin() == base.origin())
    }

    /// The request that creates a prediction.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE` for a base URL that cannot be used.
    pub(crate) fn create_request(
        &self,
        endpoint: &Endpoint,
        input: &Value,
    ) -> Result<Request, ProcessorError> {
        let body = match &endpoint.version {
            None => json!({ "input": input }),
            Some(version) => json!({ "version": version, "input": input }),
        };
        let left = self
            .deadline
            .map(|end| end.saturating_duration_since(Instant::now()));
        let lifetime = left.map_or(MAX_LIFETIME, |left| (left.as_secs() + 1).max(MIN_LIFETIME));
        let wait = left.map_or(MAX_WAIT, |left| left.as_secs().clamp(1, MAX_WAIT));
        let request = self
            .client
            .post(format!("{}{}", self.base, endpoint.path))
            .header(CONTENT_TYPE, "application/json")
            .header(PREFER, format!("wait={wait}"))
            .header(CANCEL_AFTER, format!("{lifetime}s"))
            .body(body.to_string());
        self.short_request(request)
    }

    /// Gets the current state of a prediction.
    ///
    /// # Errors
    ///
    /// Those of the service, after the retries.
    pub(crate) async fn poll(&self, prediction: &Prediction) -> Result<Prediction, ProcessorError> {
        let url = prediction.urls.get.as_deref();
        let url = match url.and_then(|url| self.same_origin(url)) {
            Some(url) => url,
            None => self.prediction_url(&prediction.id)?, // the token goes nowhere else
        };
        parse(self.get_until_deadline(url).await?)
    }

    /// Gets the prediction of an earlier run; `None` if it does not exist.
    ///
    /// # Errors
    ///
    /// Those of the service, after the retries.
    pub(crate) async fn find(&self, id: &str) -> Result<Option<Prediction>, ProcessorError> {
        let answer = self.get_until_deadline(self.prediction_url(id)?).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        parse(answer).map(Some)
    }

    /// Asks once for the end of a prediction, at the URL that the service gave for it.
    ///
    /// # Errors
    ///
    /// Those of the service.
    pub(crate) async fn cancel(&self, id: &str, url: Option<&str>) -> Result<Prediction, ProcessorError> {
        let url = match url.and_then(|url| self.same_origin(url)) {
            Some(url) => url,
            None => child(self.prediction_url(id)?, "cancel")?,
        };
        parse(self.send(self.short_request(self.client.post(url))?).await?)
    }

    /// Gets a prediction without retries.
    ///
    /// # Errors
    ///
    /// Those of the service.
    pub(crate) async fn get_once(&self, id: &str) -> Result<Prediction, ProcessorError> {
        let request = self.client.get(self.prediction_url(id)?);
        parse(self.send(self.short_request(request)?).await?)
    }

    /// Gets the description of a model, or of a version of it.
    ///
    /// # Errors
    ///
    /// Those of the service, after the retries.
    pub(crate) async fn model(&self, model: &Model, version: Option<&str>) -> Result<Answer, ProcessorError> {
        let url = self.model_url(model, version)?;
        let mut retries = Retries::new(PROVIDER, GET_RETRIES, self.deadline);
        http::retry(&mut retries, async || self.get(&url).await).await
    }

    /// The same without retries.
    ///
    /// # Errors
    ///
    /// Those of the service.
    pub(crate) async fn model_once(
        &self,
        model: &Model,
        version: Option<&str>,
    ) -> Result<Answer, ProcessorError> {
        let request = self.client.get(self.model_url(model, version)?);
        self.send(self.short_request(request)?).await
    }

    fn model_url(&self, model: &Model, version: Option<&str>) -> Result<Url, ProcessorError> {
        let version = version.map_or_else(String::new, |version| format!("/versions/{version}"));
        self.url(&format!("/v1/models/{model}{version}"))
    }

    /// The request that uploads a file of this many bytes.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE` for a base URL that cannot be used.
    pub(crate) fn upload_request(&self, form: Form, size: u64) -> Result<Request, ProcessorError> {
        let timeout = REQUEST_TIMEOUT + Duration::from_secs(size / MIN_UPLOAD_RATE);
        let request = self.client.post(self.url("/v1/files")?).multipart(form);
        self.authorized_request(request.timeout(timeout))
    }

    /// Removes a file from the service, if it is still there.
    ///
    /// # Errors
    ///
    /// Those of the service.
    pub(crate) async fn remove_file(&self, id: &str) -> Result<(), ProcessorError> {
        let url = child(self.url("/v1/files")?, id)?;
        let request = self.client.request(Method::DELETE, url);
        let answer = self.send(self.short_request(request)?).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(());
        }
        answer.check()
    }

    /// Sends a request once.
    ///
    /// # Errors
    ///
    /// Those of [`http::send`].
    pub(crate) async fn send(&self, request: Request) -> Result<Answer, ProcessorError> {
        http::send(&self.client, request).await
    }

    /// For a prediction that is paid for: retries until the deadline, and where a replica does not know it yet.
    async fn get_until_deadline(&self, url: Url) -> Result<Answer, ProcessorError> {
        let mut retries = Retries::new(PROVIDER, GET_RETRIES, self.deadline).patient();
        let mut not_found = 0;
        http::retry(&mut retries, async || {
            let answer = self.get(&url).await?;
            let is_missing = answer.status == StatusCode::NOT_FOUND;
            not_found += u32::from(is_missing);
            match answer.check() {
                Err(error) if is_missing && not_found <= NOT_FOUND_RETRIES => Err(retryable(error)),
                _ => Ok(answer),
            }
        })
        .await
    }

    /// Gets an answer of any status that is not transient.
    async fn get(&self, url: &Url) -> Result<Answer, AttemptError> {
        let request = self.short_request(self.client.get(url.clone()))?;
        let answer = match self.send(request).await {
            Ok(answer) => answer,
            Err(error) if error.code() == ErrorCode::ProviderUnavailable => return Err(retryable(error)),
            Err(error) => return Err(error.into()),
        };
        match answer.check() {
            Err(error) if is_transient(answer.status) => {
                let requested_pause = answer.requested_pause();
                Err(AttemptError {
                    requested_pause,
                    ..retryable(error)
                })
            }
            _ => Ok(answer),
        }
    }

    /// The retries of a request that has an effect; see [`check_effect`].
    pub(crate) fn retries(&self) -> Retries {
        Retries::new(PROVIDER, POST_RETRIES, self.deadline)
    }

    fn url(&self, path: &str) -> Result<Url, ProcessorError> {
        Url::parse(&format!("{}{path}", self.base)).map_err(|error| {
            ProcessorError::new(ErrorCode::Usage, format!("{BASE} is not a URL")).with_cause(error)
        })
    }

    fn prediction_url(&self, id: &str) -> Result<Url, ProcessorError> {
        child(self.url("/v1/predictions")?, id)
    }

    fn authorized_request(&self, request: RequestBuilder) -> Result<Request, ProcessorError> {
        let request = request.header(AUTHORIZATION, self.authorization.clone());
        request.build().map_err(http::send_error)
    }

    /// The same for a request with a small body.
    fn short_request(&self, request: RequestBuilder) -> Result<Request, ProcessorError> {
        self.authorized_request(request.timeout(REQUEST_TIMEOUT))
    }
}

/// Passes the successful answer to a request that has an effect. It is retried only if it had none: after a 429, for as long as there
/// is time, and where no connection was made.
///
/// # Errors
///
/// The answer's error, and whether to retry.
pub(crate) fn check_effect(answer: Result<Answer, ProcessorError>) -> Result<Answer, AttemptError> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) if http::is_unconnected(&error) && error.code().is_retryable() => {
            return Err(retryable(error));
        }
        Err(error) => return Err(error.into()),
    };
    let Err(error) = answer.check() else {
        return Ok(answer);
    };
    let is_refused = answer.status == StatusCode::TOO_MANY_REQUESTS;
    Err(AttemptError {
        error,
        retry: if is_refused {
            Retry::Unlimited
        } else {
            Retry::Never
        },
        requested_pause: answer.requested_pause(),
    })
}

/// An attempt that may be repeated a few times.
pub(crate) fn retryable(error: ProcessorError) -> AttemptError {
    AttemptError {
        retry: Retry::Counted,
        ..AttemptError::permanent(error)
    }
}

fn parse(answer: Answer) -> Result<Prediction, ProcessorError> {
    answer.check()?;
    Prediction::parse(answer.body)
}

/// Whether a request that costs nothing may succeed later.
pub(crate) fn is_transient(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 425 | 429) || status.is_server_error()
}

/// Some users give the base URL with the API's version, as other clients expect it.
fn without_version(base: String) -> String {
    let bare = base
        .strip_suffix("/v1")
        .map(|bare| bare.trim_end_matches('/').to_owned());
    bare.unwrap_or(base)
}

/// The URL with one more segment, escaped.
fn child(mut url: Url, segment: &str) -> Result<Url, ProcessorError> {
    match url.path_segments_mut() {
        Ok(mut segments) if !matches!(segment, "." | "..") => {
            segments.push(segment);
        }
        Ok(_) | Err(()) => {
            return Err(ProcessorError::new(
                ErrorCode::ProviderResponse,
                "the provider's answer has an id that cannot be one",
            ));
        }
    }
    Ok(url)
}
