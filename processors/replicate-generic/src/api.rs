//! Replicate's HTTP API: <https://replicate.com/docs/reference/http>.

use std::time::{Duration, Instant, SystemTime};

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::multipart::Form;
use reqwest::{Client, Method, Request, RequestBuilder, StatusCode, Url};
use runtime::http::{self, Answer, GivenUp, Retries};
use runtime::{Config, ErrorCode, ProcessorError};
use serde_json::{Value, json};

use crate::prediction::{Prediction, is_id};
use crate::reference::{Endpoint, Model};

const TOKEN: &str = "REPLICATE_API_TOKEN";
const BASE: &str = "REPLICATE_BASE_URL";
const DEFAULT_BASE: &str = "https://api.replicate.com";

const PREFER: &str = "prefer";
const CANCEL_AFTER: &str = "cancel-after";
const RATE_LIMIT_RESET: &str = "ratelimit-reset";

/// How many more requests there may be of what pays, and of what only asks. Those that ask may outlast a short outage.
pub(crate) const POST_RETRIES: u32 = 4;
const GET_RETRIES: u32 = 8;

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
            base: http::base(config, &[BASE], DEFAULT_BASE)?,
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
        let answer = self.get(url).await?;
        answer.check()?;
        Prediction::parse(answer.body)
    }

    /// Asks how the prediction of this id is going; `None` where there is none.
    pub(crate) async fn find(&self, id: &str) -> Result<Option<Prediction>, ProcessorError> {
        let answer = self.get(self.prediction(id)?).await?;
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
        let version = version.map_or_else(String::new, |version| format!("/versions/{version}"));
        self.get(self.url(&format!("/v1/models/{model}{version}"))?).await
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

    /// Asks until there is an answer that is no 429 and no 5xx, as long as there is use in it.
    async fn get(&self, url: Url) -> Result<Answer, ProcessorError> {
        let mut retries = Retries::new(GET_RETRIES, self.deadline);
        loop {
            let request = self.short(self.client.get(url.clone()))?;
            let (error, asked) = match http::send(&self.client, request).await {
                Ok(answer) => match (is_busy(answer.status), answer.check()) {
                    (true, Err(error)) => (error, asked(&answer)),
                    _ => return Ok(answer),
                },
                Err(error) if error.code() == ErrorCode::ProviderUnavailable => (error, None),
                Err(error) => return Err(error),
            };
            tokio::time::sleep(pause(&mut retries, error, asked)?).await;
        }
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

/// How long to wait before the next try; the error where there is none.
pub(crate) fn pause(
    retries: &mut Retries,
    error: ProcessorError,
    asked: Option<Duration>,
) -> Result<Duration, ProcessorError> {
    match (retries.next(asked), asked) {
        (Ok(pause), _) => {
            let (code, ms) = (error.code().as_str(), pause.as_millis());
            tracing::warn!(code, pause_ms = ms, "retry");
            Ok(pause)
        }
        (Err(GivenUp::TooLong), Some(asked)) => Err(error.reworded(|message| {
            let seconds = asked.as_secs();
            format!("{message}; it asks to wait {seconds} s, which this run does not have")
        })),
        (Err(_), _) => Err(error),
    }
}

/// Waits between two tries.
///
/// # Errors
///
/// Those of an interruption.
pub(crate) fn sleep(config: &Config, pause: Duration) -> Result<(), ProcessorError> {
    config.block_on(async {
        tokio::time::sleep(pause).await;
        Ok(())
    })
}

/// How long the service asks to be left alone: in the body, as its throttling does, or in a header.
pub(crate) fn asked(answer: &Answer) -> Option<Duration> {
    let in_body = || {
        let body: Value = serde_json::from_slice(&answer.body).ok()?;
        body.get("retry_after")?.as_f64()
    };
    let at_reset = || {
        answer
            .headers
            .get(RATE_LIMIT_RESET)?
            .to_str()
            .ok()?
            .trim()
            .parse()
            .ok()
    };
    let seconds = |seconds: f64| Duration::try_from_secs_f64(seconds).ok();
    in_body()
        .and_then(seconds)
        .or_else(|| http::retry_after(&answer.headers, SystemTime::now()))
        .or_else(|| at_reset().and_then(seconds))
}

/// Whether to ask again what costs nothing.
pub(crate) fn is_busy(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error()
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
