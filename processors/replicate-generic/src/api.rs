//! Replicate's HTTP API: <https://replicate.com/docs/reference/http>.

use std::time::{Duration, Instant};

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::multipart::Form;
use reqwest::{Client, Method, Request, RequestBuilder, StatusCode, Url};
use runtime::http::{self, Again, Answer, Retries, Setback};
use runtime::{Config, ErrorCode, ProcessorError};
use serde_json::{Value, json};

use crate::prediction::{Prediction, is_id};
use crate::reference::{Endpoint, Model};

pub(crate) const TOKEN: &str = "REPLICATE_API_TOKEN";
const BASE: &str = "REPLICATE_BASE_URL";
const DEFAULT_BASE: &str = "https://api.replicate.com";

const PREFER: &str = "prefer";
const CANCEL_AFTER: &str = "cancel-after";

/// What the log calls the service.
const PROVIDER: &str = "replicate";

/// How many more requests there may be of what pays, where no connection is made, and of what only asks. Those that ask may outlast
/// a short outage.
const POST_RETRIES: u32 = 4;
const GET_RETRIES: u32 = 8;
/// How often what has only just been there is looked for again where it is not found: not every copy of the service's data is
/// up to date at once.
pub(crate) const MISSING_RETRIES: u32 = 3;

/// How long the service may hold the first answer back, in case that the prediction is done by then. It is no longer, as a
/// prediction that has no id yet can neither be cancelled nor picked up again.
const LONGEST_WAIT: u64 = 3;
/// Where there is no deadline, a service that does not answer must not hold a run up for ever.
const LONGEST_REQUEST: Duration = Duration::from_secs(60);
/// In bytes a second.
const SLOWEST_UPLOAD: u64 = 64 * 1024;

/// The least that the service takes as a time to live, in seconds, and the most that it is given where there is no deadline.
const SHORTEST_LIFE: u64 = 5;
const LONGEST_LIFE: u64 = 24 * 60 * 60;

/// The service, and what to prove ourselves with.
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
    pub(crate) fn of(config: &Config) -> Result<Self, ProcessorError> {
        Ok(Self {
            base: without_version(http::base(config, &[BASE], DEFAULT_BASE)?),
            authorization: http::bearer(TOKEN, &config.secret(TOKEN)?)?,
            client: http::client(config)?,
            deadline: config.deadline(),
        })
    }

    /// The header that proves who we are, for an address that may see it: `/v1/files/ID` of the service, and `/download` below it.
    pub(crate) fn authorization_for(&self, url: &Url) -> Option<&HeaderValue> {
        let files = self.own(&format!("{}/v1/files/", self.base))?;
        let below = url.path().strip_prefix(files.path())?;
        let id = below.strip_suffix("/download").unwrap_or(below);
        (url.origin() == files.origin() && is_id(id)).then_some(&self.authorization)
    }

    /// An address of the service, at which the token may be shown.
    fn own(&self, url: &str) -> Option<Url> {
        let base = Url::parse(&self.base).ok()?;
        Url::parse(url).ok().filter(|url| url.origin() == base.origin())
    }

    /// The request for a prediction.
    pub(crate) fn creation(&self, endpoint: &Endpoint, input: &Value) -> Result<Request, ProcessorError> {
        let body = match &endpoint.version {
            None => json!({ "input": input }),
            Some(version) => json!({ "version": version, "input": input }),
        };
        let left = self
            .deadline
            .map(|end| end.saturating_duration_since(Instant::now()));
        let life = left
            .map_or(LONGEST_LIFE, |left| left.as_secs() + 1)
            .max(SHORTEST_LIFE);
        let wait = left.map_or(LONGEST_WAIT, |left| left.as_secs().clamp(1, LONGEST_WAIT));
        let request = self
            .client
            .post(format!("{}{}", self.base, endpoint.path))
            .header(CONTENT_TYPE, "application/json")
            .header(PREFER, format!("wait={wait}"))
            .header(CANCEL_AFTER, format!("{life}s"))
            .body(body.to_string());
        self.short(request)
    }

    /// Asks how a prediction is going.
    pub(crate) async fn poll(&self, prediction: &Prediction) -> Result<Prediction, ProcessorError> {
        let named = prediction.urls.get.as_deref().and_then(|url| self.own(url));
        let url = match named {
            Some(url) => url,
            None => self.prediction(&prediction.id)?, // the token goes nowhere else, whatever an answer says
        };
        let answer = self.get_patiently(url).await?;
        answer.check()?;
        Prediction::parse(answer.body)
    }

    /// Asks how the prediction of this id is going; `None` where there is none.
    pub(crate) async fn find(&self, id: &str) -> Result<Option<Prediction>, ProcessorError> {
        let answer = self.get_patiently(self.prediction(id)?).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        answer.check()?;
        Prediction::parse(answer.body).map(Some)
    }

    /// Asks for an end of the prediction of this id; `url` is where the service says that this is done.
    pub(crate) async fn cancel(&self, id: &str, url: Option<&str>) -> Result<Prediction, ProcessorError> {
        let url = match url.and_then(|url| self.own(url)) {
            Some(url) => url,
            None => below(self.prediction(id)?, "cancel")?,
        };
        let request = self.short(self.client.post(url))?;
        let answer = http::send(&self.client, request).await?;
        answer.check()?;
        Prediction::parse(answer.body)
    }

    /// Asks once how the prediction of this id is going.
    pub(crate) async fn look(&self, id: &str) -> Result<Prediction, ProcessorError> {
        let request = self.short(self.client.get(self.prediction(id)?))?;
        let answer = http::send(&self.client, request).await?;
        answer.check()?;
        Prediction::parse(answer.body)
    }

    /// What the service says of a model, or of a version of it.
    pub(crate) async fn model(&self, model: &Model, version: Option<&str>) -> Result<Answer, ProcessorError> {
        let url = self.model_url(model, version)?;
        let mut retries = Retries::new(PROVIDER, GET_RETRIES, self.deadline);
        http::retry(&mut retries, async || self.get(&url).await).await
    }

    /// The same, asked once.
    pub(crate) async fn model_once(
        &self,
        model: &Model,
        version: Option<&str>,
    ) -> Result<Answer, ProcessorError> {
        let request = self.short(self.client.get(self.model_url(model, version)?))?;
        http::send(&self.client, request).await
    }

    fn model_url(&self, model: &Model, version: Option<&str>) -> Result<Url, ProcessorError> {
        let version = version.map_or_else(String::new, |version| format!("/versions/{version}"));
        self.url(&format!("/v1/models/{model}{version}"))
    }

    /// The request that keeps a file of this many bytes at the service.
    pub(crate) fn upload(&self, form: Form, size: u64) -> Result<Request, ProcessorError> {
        let longest = LONGEST_REQUEST + Duration::from_secs(size / SLOWEST_UPLOAD);
        let request = self.client.post(self.url("/v1/files")?).multipart(form);
        self.signed(request.timeout(longest))
    }

    /// Removes a file from the service; one that is not there is removed.
    pub(crate) async fn remove_file(&self, id: &str) -> Result<(), ProcessorError> {
        let url = below(self.url("/v1/files")?, id)?;
        let request = self.short(self.client.request(Method::DELETE, url))?;
        let answer = http::send(&self.client, request).await?;
        match answer.status {
            StatusCode::NOT_FOUND => Ok(()),
            _ => answer.check(),
        }
    }

    /// Sends a request once.
    pub(crate) async fn send(&self, request: Request) -> Result<Answer, ProcessorError> {
        http::send(&self.client, request).await
    }

    /// For what is paid for, and goes on meanwhile: as long as there is time, also where the service does not know it yet.
    async fn get_patiently(&self, url: Url) -> Result<Answer, ProcessorError> {
        let mut retries = Retries::new(PROVIDER, GET_RETRIES, self.deadline).patient();
        let mut missing = 0;
        http::retry(&mut retries, async || {
            let answer = self.get(&url).await?;
            missing += u32::from(answer.status == StatusCode::NOT_FOUND);
            match answer.check() {
                Err(error) if answer.status == StatusCode::NOT_FOUND && missing <= MISSING_RETRIES => {
                    Err(Setback {
                        error,
                        again: Again::Counted,
                        told: None,
                    })
                }
                _ => Ok(answer),
            }
        })
        .await
    }

    /// Asks once; an answer that tells of what may pass is a setback.
    async fn get(&self, url: &Url) -> Result<Answer, Setback> {
        let request = self.short(self.client.get(url.clone()))?;
        match http::send(&self.client, request).await {
            Ok(answer) => match (is_busy(answer.status), answer.check()) {
                (true, Err(error)) => Err(Setback {
                    error,
                    again: Again::Counted,
                    told: answer.told_pause(),
                }),
                _ => Ok(answer),
            },
            Err(error) => Err(Setback {
                again: match error.code() {
                    ErrorCode::ProviderUnavailable => Again::Counted,
                    _ => Again::No,
                },
                error,
                told: None,
            }),
        }
    }

    /// For what has an effect: it is asked again only where it had none.
    pub(crate) fn retries(&self) -> Retries {
        Retries::new(PROVIDER, POST_RETRIES, self.deadline)
    }

    fn url(&self, path: &str) -> Result<Url, ProcessorError> {
        Url::parse(&format!("{}{path}", self.base)).map_err(|error| {
            ProcessorError::new(ErrorCode::Usage, format!("{BASE} is no address")).with_cause(error)
        })
    }

    fn prediction(&self, id: &str) -> Result<Url, ProcessorError> {
        below(self.url("/v1/predictions")?, id)
    }

    fn signed(&self, request: RequestBuilder) -> Result<Request, ProcessorError> {
        let request = request.header(AUTHORIZATION, self.authorization.clone());
        request.build().map_err(http::send_error)
    }

    /// The same for a request that has little to carry.
    fn short(&self, request: RequestBuilder) -> Result<Request, ProcessorError> {
        self.signed(request.timeout(LONGEST_REQUEST))
    }
}

/// The answer to a request that has an effect, if it is a success. A 429 says that there was none, so that it may be made again as
/// long as there is time; so does a connection that was never made.
pub(crate) fn effect(answer: Result<Answer, ProcessorError>) -> Result<Answer, Setback> {
    let (error, again, told) = match answer {
        Ok(answer) => {
            let Err(error) = answer.check() else {
                return Ok(answer);
            };
            let again = match answer.status {
                StatusCode::TOO_MANY_REQUESTS => Again::Always,
                _ => Again::No,
            };
            (error, again, answer.told_pause())
        }
        Err(error) if http::is_unconnected(&error) => (error, Again::Counted, None),
        Err(error) => (error, Again::No, None),
    };
    Err(Setback { error, again, told })
}

/// Whether to ask again what costs nothing.
pub(crate) fn is_busy(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 425 | 429) || status.is_server_error()
}

/// Some give the address with the version of the API, as other clients take it.
fn without_version(base: String) -> String {
    let bare = base
        .strip_suffix("/v1")
        .map(|bare| bare.trim_end_matches('/').to_owned());
    bare.unwrap_or(base)
}

/// An address with one more segment, whatever stands in it.
fn below(mut url: Url, segment: &str) -> Result<Url, ProcessorError> {
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
