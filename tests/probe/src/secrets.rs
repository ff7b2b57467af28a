//! Providers that let a secret slip.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use runtime::{Config, ErrorCode, ExposeSecret as _, OutputItem, ProcessorError, ProcessorOutput};

use crate::outputs::INFO;
use crate::request::Request;

pub(crate) const NAME: &str = "PROBE_SECRET";

/// The secret in the form that `params.form` names, or in all of them.
pub(crate) fn asked(config: &Config, request: &Request<'_>) -> Result<String, ProcessorError> {
    let secret = config.secret(NAME)?;
    let forms = forms(secret.expose_secret());
    match request.text("form") {
        None => Ok(join(&forms)),
        Some(form) => forms
            .into_iter()
            .find(|(name, _)| *name == form)
            .map(|(_, text)| text)
            .ok_or_else(|| ProcessorError::new(ErrorCode::Inputs, "/params/form is not a form")),
    }
}

/// The secret in every form.
pub(crate) fn all(config: &Config) -> Result<String, ProcessorError> {
    Ok(join(&forms(config.secret(NAME)?.expose_secret())))
}

pub(crate) fn in_error(text: &str) -> ProcessorError {
    ProcessorError::new(
        ErrorCode::ProviderRejected,
        format!("the service did not like {text}"),
    )
    .with_cause(format!("it answered {text}"))
}

pub(crate) fn in_output(text: &str) -> ProcessorOutput {
    ProcessorOutput::new(INFO).with_output(OutputItem::bytes(
        "outputs/text.txt",
        "text/plain",
        format!("before {text} after"),
    ))
}

pub(crate) fn in_extra(text: &str) -> ProcessorOutput {
    let mut output = ProcessorOutput::new(format!("{INFO} {text}"));
    output.extra.insert("text".into(), text.to_owned());
    output.extra.insert(format!("key {text}"), "value".into());
    output.usage.insert(format!("units {text}"), 1.0);
    output
}

pub(crate) fn in_log(text: &str) {
    tracing::info!(text, debug = ?text, display = %text, "probe_secret");
    tracing::info!("{text}");
}

fn forms(secret: &str) -> [(&'static str, String); 5] {
    let json = serde_json::Value::from(secret).to_string();
    [
        ("raw", secret.to_owned()),
        ("json", json),
        (
            "percent",
            utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        ),
        ("base64", STANDARD.encode(secret)),
        ("debug", format!("{secret:?}")),
    ]
}

fn join(forms: &[(&'static str, String)]) -> String {
    let texts: Vec<_> = forms.iter().map(|(_, text)| text.as_str()).collect();
    texts.join(" , ")
}
