//! A prediction, as the service describes it: <https://replicate.com/docs/reference/http#predictions.get>.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use runtime::http::lenient_json::{Defect, InvalidBytes, Repaired};
use runtime::http::{Members, member};
use runtime::{Body, ErrorCode, ProcessorError};
use serde::Deserialize;
use serde_json::Value;

use crate::json_string::JsonString;

const LONGEST_ID: usize = 128;

/// How long the service keeps inputs, output and files after the end.
const RETENTION: Duration = Duration::from_secs(60 * 60);

/// Larger integers are not exact as doubles.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// The members that are needed; all others may be missing or duplicate.
#[derive(Debug)]
pub(crate) struct Prediction {
    pub(crate) id: String,
    pub(crate) status: Status,
    /// As the service spells it.
    pub(crate) raw_status: String,
    pub(crate) urls: Urls,
    /// `owner/name`.
    pub(crate) model: Option<String>,
    /// 64 hexadecimal digits, or a word such as `hidden`.
    pub(crate) version: Option<String>,
    /// Whether the service has removed inputs and output, as it does after an hour.
    pub(crate) data_removed: bool,
    pub(crate) completed_at: Option<SystemTime>,
    pub(crate) logs: String,
    pub(crate) error: Option<String>,
    metrics: BTreeMap<String, f64>,
    queued: Option<Duration>,
    /// The whole answer, byte for byte.
    pub(crate) body: Vec<u8>,
    /// The answer as JSON, if the body is not.
    repaired: Option<String>,
    /// Why the output cannot be used.
    pub(crate) output_defect: Option<Defect>,
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
    /// An unknown status of a prediction that has a `completed_at`.
    #[serde(skip)]
    Ended,
    /// Any other unknown status: the prediction may go on.
    #[serde(other)]
    Unknown,
}

impl Status {
    pub(crate) const fn is_running(self) -> bool {
        match self {
            Self::Starting | Self::Processing | Self::Unknown => true,
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
            Self::Unknown | Self::Ended => "unknown",
        }
    }

    /// For error messages: "the prediction ID ...".
    pub(crate) const fn description(self) -> &'static str {
        match self {
            Self::Starting | Self::Processing | Self::Unknown => "goes on",
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
    /// `ERR_PROVIDER_RESPONSE` for an answer without an id, or one that is cut off before it says that the prediction has ended.
    pub(crate) fn parse(body: Vec<u8>) -> Result<Self, ProcessorError> {
        let read = match serde_json::from_slice(&body) {
            Ok(members) => Self::read(&members),
            Err(_) => Self::repair(&body),
        };
        match read {
            Ok(prediction) => Ok(Self { body, ..prediction }),
            Err(error) if body.is_empty() => Err(error),
            Err(error) => Err(error.with_rejected(Body::Bytes(body))),
        }
    }

    /// Reads an answer that is almost JSON.
    fn repair(body: &[u8]) -> Result<Self, ProcessorError> {
        let repaired = Repaired::new(body, InvalidBytes::QuestionMarks);
        let (members, defect) = repaired.members(body);
        let read = Self::read(&members);
        let output_defect = match (defect, &read) {
            (Some(defect), Ok(prediction)) if !prediction.status.is_running() => Some(defect),
            (Some(defect), _) => return Err(invalid(format!("is not a prediction: {defect}"))),
            (None, _) => members
                .get("output")
                .and_then(|output| repaired.defect_in(output, body)),
        };
        Ok(Self {
            output_defect,
            repaired: Some(repaired.into_json()),
            ..read?
        })
    }

    fn read(members: &Members<'_>) -> Result<Self, ProcessorError> {
        let text = |name| member::<String>(members, name).filter(|text| !text.is_empty());
        let id = text("id")
            .filter(|id| is_id(id))
            .ok_or_else(|| invalid("is a prediction without an id".to_owned()))?;
        let time = |name| humantime::parse_rfc3339(&text(name)?).ok();
        let queued = since(time("created_at"), time("started_at"));
        let has_ended = members
            .get("completed_at")
            .is_some_and(|at| !matches!(at.get(), "null" | "false" | "\"\""));
        let status = match member(members, "status").unwrap_or(Status::Unknown) {
            Status::Unknown if has_ended => Status::Ended,
            status => status,
        };
        Ok(Self {
            status,
            raw_status: lossy(members, "status").unwrap_or_default(),
            urls: member(members, "urls").unwrap_or_default(),
            model: text("model"),
            version: text("version"),
            data_removed: member(members, "data_removed").unwrap_or_default(),
            completed_at: time("completed_at"),
            logs: lossy(members, "logs").unwrap_or_default(),
            error: lossy(members, "error").or_else(|| {
                let other: Value = member(members, "error")?;
                (!other.is_null()).then(|| other.to_string())
            }),
            metrics: metrics(members),
            queued,
            id,
            body: Vec::new(),
            repaired: None,
            output_defect: None,
        })
    }

    /// The model's output as JSON, byte for byte; `null` without any.
    pub(crate) fn output(&self) -> &str {
        let json = self
            .repaired
            .as_ref()
            .map_or(self.body.as_slice(), String::as_bytes);
        let members: Members<'_> = serde_json::from_slice(json).unwrap_or_default();
        members.get("output").map_or("null", |output| output.get())
    }

    /// Whether it succeeded, but the service has removed its output.
    pub(crate) fn is_output_removed(&self) -> bool {
        let may_be = self.status == Status::Succeeded && self.data_removed && self.output_defect.is_none();
        may_be && serde_json::from_str(self.output()).is_ok_and(|output: Value| is_blank(&output))
    }

    /// Whether the service must still have its files, so that a 404 is temporary.
    pub(crate) fn is_recent(&self) -> bool {
        !self.data_removed && self.completed_at.is_some_and(is_recent)
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
}

/// Whether the service still keeps what ended then. The clocks may differ a little.
pub(crate) fn is_recent(ended: SystemTime) -> bool {
    let distance = ended.elapsed().unwrap_or_else(|ahead| ahead.duration());
    distance < RETENTION
}

fn is_blank(output: &Value) -> bool {
    match output {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.iter().all(is_blank),
        Value::Object(members) => members.values().all(is_blank),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn lossy(members: &Members<'_>, name: &str) -> Option<String> {
    let mut json = serde_json::Deserializer::from_str(members.get(name)?.get());
    Some(JsonString::deserialize(&mut json).ok()?.to_lossy())
}

/// Whether a string can be an id, and so is safe as a segment of a path.
pub(crate) fn is_id(text: &str) -> bool {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(is_allowed)
}

/// Those that are numbers, and small enough to be exact.
fn metrics(members: &Members<'_>) -> BTreeMap<String, f64> {
    let metrics: Members<'_> = member(members, "metrics").unwrap_or_default();
    let number =
        |name: &String| member(&metrics, name).filter(|number: &f64| number.abs() <= MAX_SAFE_INTEGER);
    metrics
        .keys()
        .filter_map(|name| Some((name.clone(), number(name)?)))
        .collect()
}

fn since(from: Option<SystemTime>, to: Option<SystemTime>) -> Option<Duration> {
    to?.duration_since(from?).ok()
}

fn invalid(what: String) -> ProcessorError {
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
    fn other_members_may_be_anything() {
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
    fn a_prediction_is_recent_for_an_hour_after_its_end() {
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
            assert_eq!(prediction.unwrap().is_recent(), expected, "{ended}{more}");
        }
        assert!(!parse(r#"{"id":"p","status":"succeeded"}"#).unwrap().is_recent());
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
