//! Spoken answers: <https://ai.google.dev/gemini-api/docs/speech-generation>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use runtime::ProcessorError;
use serde_json::{Map, Value};

use super::names::{camel_case, wrong};
use crate::native::object::{object, put};

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
                let voice = object([("voiceName", name.into())]);
                let voice = object([("prebuiltVoiceConfig", voice)]);
                put(&mut config, "voiceConfig", voice);
            }
            ("voice", voice) => {
                put(&mut config, "voiceConfig", voice.clone());
            }
            (name, value) => {
                put(&mut config, &camel_case(name), value.clone());
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

/// The member `audio` of a message, from media types and data; `None` without a sound. Gemini has no transcript, and does not keep
/// what it said.
pub(super) fn audio(files: &[(&str, &str)], id: &str) -> Option<Value> {
    let is_sound = |(media_type, _): &&(&str, &str)| media_type.starts_with("audio/");
    let (media_type, first) = *files.iter().find(is_sound)?;
    // a stream has a piece of the samples in each chunk
    let mut pieces: Vec<&str> = Vec::new();
    for (other, data) in files {
        if *other == media_type {
            pieces.push(data);
        }
    }
    let joined = if pieces.len() > 1 { join(&pieces) } else { None };
    let data = joined.unwrap_or_else(|| first.to_owned());
    Some(object([
        ("id", format!("audio_{id}").into()),
        ("data", data.into()),
        ("transcript", "".into()),
    ]))
}

/// One base64 of several; `None` if one cannot be read.
fn join(pieces: &[&str]) -> Option<String> {
    let mut bytes = Vec::new();
    for piece in pieces {
        STANDARD.decode_vec(piece, &mut bytes).ok()?;
    }
    Some(STANDARD.encode(bytes))
}
