//! Spoken answers: <https://ai.google.dev/gemini-api/docs/speech-generation>.

use runtime::ProcessorError;
use serde_json::{Map, Value, json};

use super::names::{camel_case, wrong};

/// OpenAI's voices, and the ones of Gemini that LiteLLM takes for them.
#[rustfmt::skip]
const VOICES: [(&str, &str); 12] = [
    ("alloy", "Kore"), ("ash", "Iapetus"), ("ballad", "Algieba"), ("cedar", "Achird"), ("coral", "Sulafat"), ("echo", "Charon"),
    ("fable", "Umbriel"), ("marin", "Despina"), ("onyx", "Orus"), ("sage", "Vindemiatrix"), ("shimmer", "Achernar"),
    ("verse", "Puck"),
];

/// `speechConfig` for the parameter `audio`; the voice that is taken for another is added to `changes`.
///
/// # Errors
///
/// `ERR_INPUTS` for a format that Gemini does not have.
pub(super) fn speech_config(audio: &Value, changes: &mut Vec<String>) -> Result<Value, ProcessorError> {
    let format = audio.get("format").filter(|format| !format.is_null());
    if format.is_some_and(|format| format != "pcm16") {
        return Err(wrong(
            "audio/format",
            "is not pcm16, the only format that Gemini speaks in; give that, or leave it out",
        ));
    }
    let native = ["speechConfig", "speech_config"]
        .iter()
        .find_map(|name| audio.get(*name));
    if let Some(native) = native {
        return Ok(native.clone());
    }
    let mut config = Map::new();
    for (name, value) in audio.as_object().into_iter().flatten() {
        match (name.as_str(), value) {
            ("format", _) => {}
            ("voice", Value::String(voice)) => {
                let known = VOICES.iter().find(|(name, _)| voice.eq_ignore_ascii_case(name));
                let name = known.map_or(voice.as_str(), |(from, to)| {
                    changes.push(format!("{from} to {to}"));
                    to
                });
                let voice = json!({"prebuiltVoiceConfig": {"voiceName": name}});
                config.insert("voiceConfig".to_owned(), voice);
            }
            ("voice", voice) => {
                config.insert("voiceConfig".to_owned(), voice.clone());
            }
            (name, value) => {
                config.insert(camel_case(name), value.clone());
            }
        }
    }
    Ok(config.into())
}

/// `responseModalities` for the parameter `modalities`.
pub(super) fn modalities(names: &Value) -> Value {
    let names = names.as_array().into_iter().flatten();
    names
        .map(|name| Value::from(name.as_str().unwrap_or_default().to_ascii_uppercase()))
        .collect()
}
