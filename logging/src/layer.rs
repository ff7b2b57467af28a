//! Events as JSON lines (`docs/spec.md#logs`).

use serde::ser::{SerializeMap, Serializer as _};
use serde_json::Value;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Metadata, Subscriber};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

use crate::clock::Clock;
use crate::context::LogContext;
use crate::fields::Fields;
use crate::redact::Redactor;
use crate::writer::LogWriter;

/// Parses `LOG_LEVEL`.
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

/// A layer that writes each event as one line: the fields of the context, of the spans around the event, of the event.
pub struct JsonLayer {
    /// Where the lines go.
    pub writer: LogWriter,
    /// The execution.
    pub context: LogContext,
    /// The secrets that no line may contain.
    pub redactor: Redactor,
    /// The source of `ts`.
    pub clock: Clock,
    /// The level of the program's own events. Libraries log warnings at most, because their details are the payload.
    pub level: LevelFilter,
    /// The crates whose events are the program's own.
    pub own_crates: Vec<&'static str>,
}

impl JsonLayer {
    /// A dispatcher with this layer.
    #[must_use]
    pub fn into_dispatch(self) -> Dispatch {
        Dispatch::new(Registry::default().with(self))
    }

    fn is_enabled(&self, metadata: &Metadata<'_>) -> bool {
        let root = metadata.target().split("::").next().unwrap_or_default();
        let level = if self.own_crates.contains(&root) {
            self.level
        } else {
            self.level.min(LevelFilter::WARN)
        };
        *metadata.level() <= level
    }

    fn line<S>(&self, event: &Event<'_>, context: &Context<'_, S>) -> serde_json::Result<Vec<u8>>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let mut fields = Fields::default();
        for span in context
            .event_scope(event)
            .into_iter()
            .flat_map(|scope| scope.from_root())
        {
            if let Some(outer) = span.extensions().get::<Fields>() {
                for (name, value) in &outer.others {
                    fields.set(name, value.clone());
                }
            }
        }
        event.record(&mut fields);
        let metadata = event.metadata();
        let execution = self.context.fields();
        let level = metadata.level().as_str().to_ascii_lowercase();
        let name = fields.message.unwrap_or_else(|| metadata.name().to_owned());

        let mut line = Vec::with_capacity(256);
        let mut serializer = serde_json::Serializer::new(&mut line);
        let mut map = serializer.serialize_map(None)?;
        let ts = humantime::format_rfc3339_millis(self.clock.now()).to_string();
        map.serialize_entry("ts", &ts)?;
        map.serialize_entry("level", &level)?;
        map.serialize_entry("event", &self.redactor.safe_text(&name))?;
        map.serialize_entry("trace_id", &self.redactor.safe_text(&execution.trace_id))?;
        map.serialize_entry("adapter", &execution.adapter)?;
        map.serialize_entry("processor_ref", &execution.processor_ref)?;
        map.serialize_entry("mode", execution.mode)?;
        for (key, value) in fields.others {
            map.serialize_entry(key, &self.redacted(value))?;
        }
        map.end()?;
        line.push(b'\n');
        Ok(line)
    }

    fn redacted(&self, value: Value) -> Value {
        if let Value::String(text) = value {
            return self.redactor.safe_text(&text).into();
        }
        let text = value.to_string();
        let redacted = self.redactor.redact(&text);
        if redacted == text { value } else { redacted.into() }
    }
}

impl<S> Layer<S> for JsonLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.is_enabled(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if let Ok(line) = self.line(event, &context) {
            self.writer.write(&line);
        }
    }
}
