//! The log: one JSON object a line, without secrets (section 12).

use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use serde::ser::{SerializeMap, Serializer as _};
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::clock::Clock;
use crate::redact::Redactor;

/// How a processor is run that nobody but its caller runs.
pub const NONE: &str = "none";

/// Stands for what is not known.
const UNKNOWN: &str = "unknown";

/// What every line says of its execution.
#[derive(Clone, Debug)]
pub struct Bound(Arc<RwLock<Fields>>);

#[derive(Clone, Debug)]
/// What is bound.
pub struct Fields {
    /// The execution id.
    pub trace_id: String,
    /// How the processor is run.
    pub adapter: String,
    /// `ns/name@ver`.
    pub processor_ref: String,
    /// `mock`, `real` or `unknown`.
    pub mode: &'static str,
}

impl Bound {
    /// Nothing but the processor is known yet.
    pub fn new(processor_ref: &str) -> Self {
        Self(Arc::new(RwLock::new(Fields {
            trace_id: String::new(),
            adapter: NONE.to_owned(),
            processor_ref: processor_ref.to_owned(),
            mode: UNKNOWN,
        })))
    }

    /// Changes what later lines say.
    pub fn set(&self, change: impl FnOnce(&mut Fields)) {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Where the log goes, and what is told to people.
#[derive(Clone)]
pub struct Sink(Arc<Mutex<Box<dyn Write + Send>>>);

impl Sink {
    /// A log that goes there.
    pub fn new(writer: Box<dyn Write + Send>) -> Self {
        Self(Arc::new(Mutex::new(writer)))
    }

    /// Writes all of it, as one piece.
    pub fn write(&self, bytes: &[u8]) {
        let mut writer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = writer.write_all(bytes); // nowhere is left to tell that it is gone
    }
}

/// Reads `LOG_LEVEL`.
#[must_use]
pub fn parse_level(text: &str) -> Option<LevelFilter> {
    Some(match text.trim().to_ascii_lowercase().as_str() {
        "trace" => LevelFilter::TRACE,
        "debug" => LevelFilter::DEBUG,
        "info" => LevelFilter::INFO,
        "warn" | "warning" => LevelFilter::WARN,
        "error" | "critical" => LevelFilter::ERROR,
        "off" => LevelFilter::OFF,
        _ => return None,
    })
}

/// Writes events as lines.
pub struct Log {
    /// Where the lines go.
    pub sink: Sink,
    /// What each of them says.
    pub bound: Bound,
    /// What none of them says.
    pub redactor: Redactor,
    /// Where `ts` comes from.
    pub clock: Clock,
    /// For the program's own events; libraries are held to warnings, because what they tell in detail is the payload.
    pub level: LevelFilter,
    /// The crates whose events are the program's own, this one not among them.
    pub own: Vec<&'static str>,
}

impl Log {
    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        let root = metadata.target().split("::").next().unwrap_or_default();
        let own = root == env!("CARGO_CRATE_NAME") || self.own.contains(&root);
        let level = match own {
            true => self.level,
            false => self.level.min(LevelFilter::WARN),
        };
        *metadata.level() <= level
    }

    fn line(&self, event: &Event<'_>) -> serde_json::Result<Vec<u8>> {
        let mut fields = EventFields::default();
        event.record(&mut fields);
        let bound = self
            .bound
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let level = event.metadata().level().as_str().to_ascii_lowercase();
        let name = fields.event.unwrap_or_else(|| event.metadata().name().to_owned());

        let mut line = Vec::with_capacity(256);
        let mut serializer = serde_json::Serializer::new(&mut line);
        let mut map = serializer.serialize_map(None)?;
        let ts = humantime::format_rfc3339_millis(self.clock.now()).to_string();
        map.serialize_entry("ts", &ts)?;
        map.serialize_entry("level", &level)?;
        map.serialize_entry("event", &self.redactor.safe_text(&name))?;
        map.serialize_entry("trace_id", &self.redactor.safe_text(&bound.trace_id))?;
        map.serialize_entry("adapter", &bound.adapter)?;
        map.serialize_entry("processor_ref", &bound.processor_ref)?;
        map.serialize_entry("mode", bound.mode)?;
        for (key, value) in fields.others {
            map.serialize_entry(key, &self.redacted(value))?;
        }
        map.end()?;
        line.push(b'\n');
        Ok(line)
    }

    fn redacted(&self, value: Value) -> Value {
        match value {
            Value::String(text) => self.redactor.safe_text(&text).into(),
            value => {
                let text = value.to_string();
                match self.redactor.redact(&text) {
                    redacted if redacted == text => value,
                    redacted => redacted.into(),
                }
            }
        }
    }
}

/// Events alone count: spans, which only libraries make, are not even entered.
impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && self.wants(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn event(&self, event: &Event<'_>) {
        if let Ok(line) = self.line(event) {
            self.sink.write(&line);
        }
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct EventFields {
    event: Option<String>,
    others: Vec<(&'static str, Value)>,
}

impl EventFields {
    fn add(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(text)) => self.event = Some(text),
            (name, value) => self.others.push((name, value)),
        }
    }
}

impl Visit for EventFields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value.into());
    }

    /// Milliseconds, above all, as `Duration` counts them.
    fn record_u128(&mut self, field: &Field, value: u128) {
        let small = u64::try_from(value).map(Value::from);
        self.add(field, small.unwrap_or_else(|_| value.to_string().into()));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format!("{value:?}").into());
    }
}
