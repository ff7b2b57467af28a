//! A prediction, as the service describes it: <https://replicate.com/docs/reference/http#predictions.get>.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use runtime::http::{Members, member};
use runtime::{ErrorCode, ProcessorError};
use serde::Deserialize;
use serde_json::Value;

use crate::logs;

/// A larger whole number would not be exact.
const LARGEST_COUNT: f64 = 9_007_199_254_740_991.0;

/// What is needed of a prediction; all else may be there, missing, or there twice.
#[derive(Debug)]
pub(crate) struct Prediction {
    pub(crate) id: String,
    pub(crate) status: Status,
    pub(crate) urls: Urls,
    /// `owner/name`, as far as it is told.
    pub(crate) model: Option<String>,
    /// 64 hexadecimal digits, or a word where the service does not tell it.
    pub(crate) version: Option<String>,
    /// Whether the service has removed inputs and output, as it does after an hour.
    pub(crate) is_removed: bool,
    /// What the model has logged so far.
    pub(crate) logs: String,
    error: Option<Value>,
    metrics: BTreeMap<String, Value>,
    queued: Option<Duration>,
    /// The whole answer, byte for byte.
    pub(crate) body: Vec<u8>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Urls {
    pub(crate) get: Option<String>,
    pub(crate) cancel: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Starting,
    Processing,
    Succeeded,
    Failed,
    Canceled,
    Aborted,
}

impl Status {
    pub(crate) const fn is_running(self) -> bool {
        match self {
            Self::Starting | Self::Processing => true,
            Self::Succeeded | Self::Failed | Self::Canceled | Self::Aborted => false,
        }
    }

    /// As the service spells it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Processing => "processing",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Aborted => "aborted",
        }
    }

    /// What has become of it, as the end of a sentence.
    pub(crate) const fn told(self) -> &'static str {
        match self {
            Self::Starting | Self::Processing => "goes on",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "was cancelled",
            Self::Aborted => "was aborted before it began",
        }
    }
}

impl Prediction {
    /// Reads an answer.
    ///
    /// # Errors
    ///
    /// `ERR_PROVIDER_RESPONSE` for anything without an id and a status that is known.
    pub(crate) fn parse(body: Vec<u8>) -> Result<Self, ProcessorError> {
        let members: Members<'_> = serde_json::from_slice(&body).map_err(|error| {
            // the position alone: the rest of the message may quote the answer
            let (line, column) = (error.line(), error.column());
            wrong(format!("is not a prediction, at line {line} column {column}"))
        })?;
        let text = |name| member::<String>(&members, name).filter(|text| !text.is_empty());
        let id = text("id").ok_or_else(|| wrong("is a prediction without an id".to_owned()))?;
        let status = member(&members, "status")
            .ok_or_else(|| wrong("is a prediction of no known status".to_owned()))?;
        let time = |name| humantime::parse_rfc3339(&text(name)?).ok();
        let queued = since(time("created_at"), time("started_at"));
        Ok(Self {
            status,
            urls: member(&members, "urls").unwrap_or_default(),
            model: text("model"),
            version: text("version"),
            is_removed: member(&members, "data_removed").unwrap_or_default(),
            logs: text("logs").unwrap_or_default(),
            error: member(&members, "error").filter(|error: &Value| !error.is_null()),
            metrics: member(&members, "metrics").unwrap_or_default(),
            queued,
            id,
            body,
        })
    }

    /// The model's output as JSON, byte for byte; `null` without any.
    pub(crate) fn output(&self) -> &str {
        let members: Members<'_> = serde_json::from_slice(&self.body).unwrap_or_default();
        members.get("output").map_or("null", |output| output.get())
    }

    /// Every metric that is a number, `predict_time_s`, and `queue_time_s`.
    pub(crate) fn usage(&self) -> BTreeMap<String, f64> {
        let numbers = self.metrics.iter().filter_map(|(name, value)| {
            let number = value.as_f64().filter(|number| number.abs() <= LARGEST_COUNT)?;
            Some((name.clone(), number))
        });
        let mut usage: BTreeMap<_, _> = numbers.collect();
        if let Some(seconds) = usage.get("predict_time").copied() {
            usage.insert("predict_time_s".to_owned(), seconds);
        }
        if let Some(queued) = self.queued {
            usage.insert("queue_time_s".to_owned(), queued.as_secs_f64());
        }
        usage
    }

    /// Why it did not succeed: the model's own words, and the end of what it has logged.
    pub(crate) fn failure(&self) -> ProcessorError {
        let reason = match &self.error {
            None => String::new(),
            Some(Value::String(text)) => format!(": {}", text.trim()),
            Some(other) => format!(": {other}"),
        };
        let logs = match logs::tail(&self.logs) {
            "" => String::new(),
            tail => format!("; its log ends with: {tail}"),
        };
        ProcessorError::new(
            ErrorCode::ProviderFailed,
            format!("the prediction {} {}{reason}{logs}", self.id, self.status.told()),
        )
    }
}

fn since(from: Option<SystemTime>, to: Option<SystemTime>) -> Option<Duration> {
    to?.duration_since(from?).ok()
}

fn wrong(what: String) -> ProcessorError {
    ProcessorError::new(
        ErrorCode::ProviderResponse,
        format!("the provider's answer {what}; check its address"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Result<Prediction, ProcessorError> {
        Prediction::parse(body.as_bytes().to_vec())
    }

    #[test]
    fn what_is_not_needed_may_be_anything() {
        let prediction = parse(
            r#"{"id":"p","model":1,"model":"a/b","status":"failed","status":"succeeded","urls":null,"logs":null,"metrics":[],
                "created_at":"yesterday","output": [ 1.50 ],"x":{"y":1e400}}"#,
        )
        .unwrap();
        assert_eq!(
            (prediction.status, prediction.output()),
            (Status::Succeeded, "[ 1.50 ]")
        );
        assert_eq!(prediction.model.as_deref(), Some("a/b"));
        assert!(prediction.usage().is_empty() && prediction.urls.get.is_none());
    }

    #[test]
    fn times_are_in_seconds() {
        let prediction = parse(
            r#"{"id":"p","status":"succeeded","created_at":"2026-01-01T00:00:00.250Z","started_at":"2026-01-01T00:00:02Z",
                "metrics":{"predict_time":1.5,"total_time":3,"image_count":2,"note":"x","huge":1e300,"list":[1]}}"#,
        )
        .unwrap();
        let usage: Vec<_> = prediction.usage().into_iter().collect();
        let expected = [
            ("image_count", 2.0),
            ("predict_time", 1.5),
            ("predict_time_s", 1.5),
            ("queue_time_s", 1.75),
            ("total_time", 3.0),
        ];
        assert_eq!(usage, expected.map(|(name, number)| (name.to_owned(), number)));
    }

    #[test]
    fn a_failure_tells_the_models_words_and_the_end_of_its_log() {
        let prediction = parse(
            r#"{"id":"p","status":"failed","error":"CUDA out of memory\n","logs":"10%\nload\nboom\n"}"#,
        )
        .unwrap();
        assert_eq!(
            prediction.failure().message(),
            "the prediction p failed: CUDA out of memory; its log ends with: 10%\nload\nboom"
        );
        let silent = parse(r#"{"id":"p","status":"aborted"}"#).unwrap();
        assert_eq!(
            silent.failure().message(),
            "the prediction p was aborted before it began"
        );
    }
}
