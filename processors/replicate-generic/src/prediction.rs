//! A prediction, as the service describes it: <https://replicate.com/docs/reference/http#predictions.get>.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use runtime::http::{Members, member};
use runtime::{Body, Config, ErrorCode, ProcessorError};
use serde::Deserialize;
use serde_json::Value;

use crate::logs;
use crate::mended::{Fault, Mended};
use crate::output::Text;

/// A longer id is none.
const LONGEST_ID: usize = 128;

/// How long the service keeps inputs, output and files after the end.
const KEPT_FOR: Duration = Duration::from_secs(60 * 60);

/// The most that is told of a model's own words about its failure, in characters.
const LONGEST_REASON: usize = 400;

/// The most that is told of a status that is not known, in characters.
const LONGEST_WORD: usize = 60;

/// A larger whole number would not be exact.
const LARGEST_COUNT: f64 = 9_007_199_254_740_991.0;

/// What is needed of a prediction; all else may be there, missing, or there twice.
#[derive(Debug)]
pub(crate) struct Prediction {
    pub(crate) id: String,
    pub(crate) status: Status,
    /// The status as the service spells it.
    word: String,
    pub(crate) urls: Urls,
    /// `owner/name`, as far as it is told.
    pub(crate) model: Option<String>,
    /// 64 hexadecimal digits, or a word where the service does not tell it.
    pub(crate) version: Option<String>,
    /// Whether the service has removed inputs and output, as it does after an hour.
    pub(crate) is_removed: bool,
    /// When it has ended, as far as it is told.
    pub(crate) completed: Option<SystemTime>,
    /// What the model has logged so far.
    pub(crate) logs: String,
    error: Option<String>,
    metrics: BTreeMap<String, f64>,
    queued: Option<Duration>,
    /// The whole answer, byte for byte.
    pub(crate) body: Vec<u8>,
    /// The same as JSON, where it is none.
    mended: Option<String>,
    /// Why the output cannot be used.
    pub(crate) fault: Option<Fault>,
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
    /// A word that is not known here, of a prediction that has a time of its end.
    #[serde(skip)]
    Ended,
    /// A word that is not known here: it may not be the last one.
    #[serde(other)]
    Other,
}

impl Status {
    pub(crate) const fn is_running(self) -> bool {
        match self {
            Self::Starting | Self::Processing | Self::Other => true,
            Self::Succeeded | Self::Failed | Self::Canceled | Self::Aborted | Self::Ended => false,
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
            Self::Other | Self::Ended => "unknown",
        }
    }

    /// What has become of it, as the end of a sentence.
    pub(crate) const fn told(self) -> &'static str {
        match self {
            Self::Starting | Self::Processing | Self::Other => "goes on",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "was cancelled",
            Self::Aborted => "was aborted before it began",
            Self::Ended => "ended with a status that is not known",
        }
    }
}

impl Prediction {
    /// Reads an answer.
    ///
    /// # Errors
    ///
    /// `ERR_PROVIDER_RESPONSE` for anything without an id, and for what breaks off before it says that the prediction has ended.
    pub(crate) fn parse(body: Vec<u8>) -> Result<Self, ProcessorError> {
        let read = match serde_json::from_slice(&body) {
            Ok(members) => Self::read(&members),
            Err(_) => Self::mend(&body),
        };
        match read {
            Ok(prediction) => Ok(Self { body, ..prediction }),
            Err(error) if body.is_empty() => Err(error),
            Err(error) => Err(error.with_rejected(Body::Bytes(body))),
        }
    }

    /// Reads what is nearly JSON.
    fn mend(body: &[u8]) -> Result<Self, ProcessorError> {
        let mended = Mended::of(body);
        let (members, fault) = mended.members();
        let read = Self::read(&members);
        let fault = match (fault, &read) {
            (Some(fault), Ok(prediction)) if !prediction.status.is_running() => Some(fault),
            (Some(fault), _) => return Err(wrong(format!("is not a prediction: {fault}"))),
            (None, _) => members
                .get("output")
                .and_then(|output| mended.fault_in(output, body)),
        };
        Ok(Self {
            fault,
            mended: Some(mended.into_text()),
            ..read?
        })
    }

    fn read(members: &Members<'_>) -> Result<Self, ProcessorError> {
        let text = |name| member::<String>(members, name).filter(|text| !text.is_empty());
        let id = text("id")
            .filter(|id| is_id(id))
            .ok_or_else(|| wrong("is a prediction without an id".to_owned()))?;
        let time = |name| humantime::parse_rfc3339(&text(name)?).ok();
        let queued = since(time("created_at"), time("started_at"));
        let has_ended = members
            .get("completed_at")
            .is_some_and(|at| !matches!(at.get(), "null" | "false" | "\"\""));
        let status = match member(members, "status").unwrap_or(Status::Other) {
            Status::Other if has_ended => Status::Ended,
            status => status,
        };
        Ok(Self {
            status,
            word: lossy(members, "status").unwrap_or_default(),
            urls: member(members, "urls").unwrap_or_default(),
            model: text("model"),
            version: text("version"),
            is_removed: member(members, "data_removed").unwrap_or_default(),
            completed: time("completed_at"),
            logs: lossy(members, "logs").unwrap_or_default(),
            error: lossy(members, "error").or_else(|| {
                let other: Value = member(members, "error")?;
                (!other.is_null()).then(|| other.to_string())
            }),
            metrics: metrics(members),
            queued,
            id,
            body: Vec::new(),
            mended: None,
            fault: None,
        })
    }

    /// The model's output as JSON, byte for byte; `null` without any.
    pub(crate) fn output(&self) -> &str {
        let json = self
            .mended
            .as_ref()
            .map_or(self.body.as_slice(), String::as_bytes);
        let members: Members<'_> = serde_json::from_slice(json).unwrap_or_default();
        members.get("output").map_or("null", |output| output.get())
    }

    /// Whether it succeeded, but the service has removed what came of it.
    pub(crate) fn is_lost(&self) -> bool {
        let is_lost = self.status == Status::Succeeded && self.is_removed && self.fault.is_none();
        is_lost && serde_json::from_str(self.output()).is_ok_and(|output: Value| is_nothing(&output))
    }

    /// Whether the service still has all of it, so that what is not found today is found in a moment.
    pub(crate) fn is_young(&self) -> bool {
        !self.is_removed && self.completed.is_some_and(is_young)
    }

    /// Every metric that is a number, `predict_time_s`, and `queue_time_s`.
    pub(crate) fn usage(&self) -> BTreeMap<String, f64> {
        let mut usage = self.metrics.clone();
        if let Some(seconds) = usage.get("predict_time").copied() {
            usage.insert("predict_time_s".to_owned(), seconds);
        }
        if let Some(queued) = self.queued {
            usage.insert("queue_time_s".to_owned(), queued.as_secs_f64());
        }
        usage
    }

    /// Why it did not succeed: the model's own words, and the end of what it has logged.
    pub(crate) fn failure(&self, config: &Config) -> ProcessorError {
        if self.is_lost() {
            return ProcessorError::new(
                ErrorCode::ProviderFailed,
                format!(
                    "the prediction {} succeeded, but the provider has removed its output (data_removed); run it again to make a new one",
                    self.id
                ),
            );
        }
        let reason = config.redact(self.error.as_deref().unwrap_or_default().trim());
        let reason: String = reason.chars().take(LONGEST_REASON).collect();
        let reason = match reason.as_str() {
            "" => String::new(),
            reason => format!(": {reason}"),
        };
        let logs = match logs::tail(config, &self.logs).as_str() {
            "" => String::new(),
            tail => format!("; its log ends with: {tail}"),
        };
        let word: String = config.redact(&self.word).chars().take(LONGEST_WORD).collect();
        let word = match self.status {
            Status::Ended => format!(" ({word:?})"),
            _ => String::new(),
        };
        let (id, told) = (&self.id, self.status.told());
        let error = ProcessorError::new(
            ErrorCode::ProviderFailed,
            format!("the prediction {id} {told}{word}{reason}{logs}"),
        );
        match self.status {
            Status::Ended if self.output() != "null" => error.with_rejected(Body::Bytes(self.body.clone())),
            _ => error,
        }
    }

    /// What a success is whose output cannot be used. The answer is kept.
    pub(crate) fn unusable(self, fault: &Fault) -> ProcessorError {
        let told = match fault.may_pass {
            true => "a run of the same execution id picks it up",
            false => "another run makes it again",
        };
        ProcessorError::new(
            ErrorCode::ProviderResponse,
            format!(
                "the provider's answer cannot be used: {fault}; the prediction {} has succeeded, and {told}",
                self.id
            ),
        )
        .with_rejected(Body::Bytes(self.body))
    }
}

/// Whether something that ended then is not older than the service keeps it. Clocks may differ a little.
pub(crate) fn is_young(ended: SystemTime) -> bool {
    let distance = ended.elapsed().unwrap_or_else(|ahead| ahead.duration());
    distance < KEPT_FOR
}

/// Whether an output has nothing in it.
fn is_nothing(output: &Value) -> bool {
    match output {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.iter().all(is_nothing),
        Value::Object(members) => members.values().all(is_nothing),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A text, which JSON may have with half a surrogate pair.
fn lossy(members: &Members<'_>, name: &str) -> Option<String> {
    let mut json = serde_json::Deserializer::from_str(members.get(name)?.get());
    Some(Text::deserialize(&mut json).ok()?.to_lossy())
}

/// Whether a text can be an id, and a segment of a path.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=LONGEST_ID).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// What is a number, and not too large to be exact.
fn metrics(members: &Members<'_>) -> BTreeMap<String, f64> {
    let metrics: Members<'_> = member(members, "metrics").unwrap_or_default();
    let number = |name: &String| member(&metrics, name).filter(|number: &f64| number.abs() <= LARGEST_COUNT);
    metrics
        .keys()
        .filter_map(|name| Some((name.clone(), number(name)?)))
        .collect()
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
    fn a_prediction_is_young_for_an_hour_after_its_end() {
        let now = SystemTime::now();
        for (ended, more, expected) in [
            (now - Duration::from_secs(5), "", true),
            (now + Duration::from_secs(5), "", true),
            (now - Duration::from_secs(3_700), "", false),
            (now - Duration::from_secs(5), r#","data_removed":true"#, false),
        ] {
            let ended = humantime::format_rfc3339_millis(ended);
            let prediction = parse(&format!(
                r#"{{"id":"p","status":"succeeded","completed_at":"{ended}"{more}}}"#
            ));
            assert_eq!(prediction.unwrap().is_young(), expected, "{ended}{more}");
        }
        assert!(!parse(r#"{"id":"p","status":"succeeded"}"#).unwrap().is_young());
    }

    #[test]
    fn times_are_in_seconds() {
        let prediction = parse(
            r#"{"id":"p","status":"succeeded","created_at":"2026-01-01T00:00:00.250Z","started_at":"2026-01-01T00:00:02Z",
                "metrics":{"predict_time":1.5,"total_time":3,"image_count":2,"note":"x","huge":1e300,"larger":1e400,"list":[1]}}"#,
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
}
