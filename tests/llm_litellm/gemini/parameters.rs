//! Parameters: <https://ai.google.dev/api/generate-content#generationconfig>.

use serde_json::{Value, json};

use super::{gemini, hi, refused, sent};
use crate::KEY;

const FLASH: &str = "gemini-2.5-flash";
const PRO_3: &str = "gemini-3-pro-preview";

#[test]
fn parameters_are_members_of_the_generation_config() {
    let params = json!({"temperature": 0.5, "top_p": 0.9, "top_k": 5, "max_tokens": 9, "n": 2, "stop": "END", "seed": 7, "frequency_penalty": 0.1,
        "presence_penalty": -0.2, "logprobs": true, "top_logprobs": 3, "imageConfig": {"aspectRatio": "1:1"}, "media_resolution": "MEDIA_RESOLUTION_LOW",
        "safety_settings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}], "cached_content": "cachedContents/x",
        "service_tier": "flex", "generationConfig": {"enable_enhanced_civic_answers": true}, "user": "u", "stream": false, "new_one": 1});
    let (body, changed) = sent(FLASH, hi(), params);
    assert_eq!(
        body,
        json!({"contents": [{"role": "user", "parts": [{"text": "hi"}]}],
            "generationConfig": {"temperature": 0.5, "topP": 0.9, "topK": 5, "maxOutputTokens": 9, "candidateCount": 2, "stopSequences": ["END"],
                "seed": 7, "frequencyPenalty": 0.1, "presencePenalty": -0.2, "responseLogprobs": true, "logprobs": 3,
                "imageConfig": {"aspectRatio": "1:1"}, "mediaResolution": "MEDIA_RESOLUTION_LOW", "enableEnhancedCivicAnswers": true},
            "safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}], "cachedContent": "cachedContents/x",
            "serviceTier": "flex", "new_one": 1})
    );
    assert_eq!(
        changed,
        "user left out; max_tokens to maxOutputTokens; n to candidateCount; stop to stopSequences; logprobs to responseLogprobs; top_logprobs to logprobs"
    );
}

#[test]
fn the_address_and_the_key_are_gemini_s() {
    for (model, params, path) in [
        (
            FLASH,
            json!({}),
            "/v1beta/models/gemini-2.5-flash:generateContent",
        ),
        (
            FLASH,
            json!({"stream": true}),
            "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
        ),
        (
            "tunedModels/a?b",
            json!({}),
            "/v1beta/tunedModels/a%3Fb:generateContent",
        ),
        (
            FLASH,
            json!({"openai_compatible": true}),
            "/v1beta/openai/chat/completions",
        ),
    ] {
        let is_compatible = params.get("openai_compatible").is_some();
        let server = crate::service();
        let run = gemini(&server, model, hi(), params).run();
        let request = &server.requests()[0];
        assert_eq!(request.path, path);
        let key = format!("Bearer {KEY}");
        let (own, bearer) = if is_compatible {
            (None, Some(key.as_bytes()))
        } else {
            (Some(KEY.as_bytes()), None)
        };
        assert_eq!(request.header("x-goog-api-key"), own);
        assert_eq!(request.header("authorization"), bearer);
        run.assert_nowhere(KEY);
    }
    let (_, changed) = sent(FLASH, hi(), json!({"openai_compatible": true, "top_k": 3}));
    assert_eq!(changed, "");
}

#[test]
fn schemas_are_sent_in_their_order() {
    let schema = json!({"type": "object", "properties": {"z": {"type": ["string", "null"]}, "a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"enum": [1, 2]}},
        "additionalProperties": false});
    let format =
        json!({"type": "json_schema", "json_schema": {"name": "n", "strict": true, "schema": schema}});
    let (body, changed) = sent(FLASH, hi(), json!({ "response_format": format }));
    let config = &body["generationConfig"];
    assert_eq!(
        config.to_string(),
        format!(r#"{{"responseMimeType":"application/json","responseJsonSchema":{schema}}}"#)
    );
    assert_eq!(changed, "response_format to responseMimeType");
    for (format, expected) in [
        (json!({"type": "text"}), json!({"responseMimeType": "text/plain"})),
        (
            json!({"type": "json_object"}),
            json!({"responseMimeType": "application/json"}),
        ),
        (
            json!({"type": "json_object", "response_schema": {"type": "array"}}),
            json!({"responseMimeType": "application/json", "responseJsonSchema": {"type": "array"}}),
        ),
    ] {
        let (body, _) = sent(FLASH, hi(), json!({ "response_format": format }));
        assert_eq!(body["generationConfig"], expected);
    }
}

#[test]
fn efforts_and_thinking_are_mapped() {
    for (model, params, config) in [
        (
            FLASH,
            json!({"reasoning_effort": "low"}),
            json!({"thinkingBudget": 1024, "includeThoughts": true}),
        ),
        (
            PRO_3,
            json!({"reasoning_effort": {"effort": "high", "summary": "auto"}}),
            json!({"thinkingLevel": "high", "includeThoughts": true}),
        ),
        (
            FLASH,
            json!({"thinking": {"type": "enabled", "budget_tokens": 99}}),
            json!({"includeThoughts": true, "thinkingBudget": 99}),
        ),
        (
            FLASH,
            json!({"thinking_config": {"thinkingBudget": -1}}),
            json!({"thinkingBudget": -1}),
        ),
    ] {
        let (body, _) = sent(model, hi(), params);
        assert_eq!(body["generationConfig"]["thinkingConfig"], config);
    }
}

#[test]
fn two_names_of_one_parameter_may_agree() {
    let (body, _) = sent(
        FLASH,
        hi(),
        json!({"max_tokens": 9, "max_completion_tokens": 9, "generationConfig": {"max_output_tokens": 9}}),
    );
    assert_eq!(body["generationConfig"], json!({"maxOutputTokens": 9}));
    let left_out = "max_tokens left out";
    let renamed = "max_completion_tokens to maxOutputTokens";
    for (params, change) in [
        (
            json!({"max_tokens": 9, "max_completion_tokens": 8}),
            [left_out, renamed],
        ),
        (
            json!({"max_completion_tokens": 8, "max_tokens": 9}),
            [renamed, left_out],
        ),
    ] {
        let (body, changed) = sent(FLASH, hi(), params);
        assert_eq!(body["generationConfig"], json!({"maxOutputTokens": 8}));
        assert_eq!(changed, change.join("; "));
    }
}

#[test]
fn answers_may_be_images_and_sounds() {
    let (body, _) = sent(FLASH, hi(), json!({"modalities": ["text", "image"]}));
    assert_eq!(
        body["generationConfig"],
        json!({"responseModalities": ["TEXT", "IMAGE"]})
    );
    let (body, changed) = sent(
        "gemini-2.5-flash-preview-tts",
        hi(),
        json!({"audio": {"voice": "alloy", "format": "pcm16", "language_code": "de-DE"}}),
    );
    assert_eq!(
        body["generationConfig"],
        json!({"speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}, "languageCode": "de-DE"},
            "responseModalities": ["AUDIO"]})
    );
    assert_eq!(
        changed,
        "alloy to Kore; audio to speechConfig; modalities audio added"
    );
    // a format that Gemini does not speak in can be left out, and the voice stays
    let spoken = json!({"audio": {"format": "wav", "voice": "Kore"}, "drop_params": true});
    let server = crate::service();
    let run = gemini(&server, "gemini-2.5-flash-preview-tts", hi(), spoken).run();
    run.assert_success();
    assert_eq!(run.receipt()["extra"]["dropped"], "audio.format");
    assert_eq!(
        crate::native::body(&server)["generationConfig"]["speechConfig"],
        json!({"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}})
    );
}

#[test]
fn tiers_are_named_as_gemini_names_them() {
    for (tier, sent_tier) in [
        ("auto", Value::Null),
        ("default", "standard".into()),
        ("Priority", "priority".into()),
    ] {
        let (body, _) = sent(FLASH, hi(), json!({ "service_tier": tier }));
        assert_eq!(body["serviceTier"], sent_tier);
    }
}

#[test]
fn what_gemini_does_not_know_is_refused_before_it_is_asked() {
    for (params, start) in [
        (
            json!({"logit_bias": {"1": 2}}),
            "/params/logit_bias is not known to Gemini",
        ),
        (
            json!({"verbosity": "low"}),
            "/params/verbosity is not known to Gemini",
        ),
        (
            json!({"parallel_tool_calls": false, "tools": [{"type": "function", "function": {"name": "f"}}]}),
            "/params/parallel_tool_calls is not true",
        ),
        (
            json!({"reasoning_effort": "max"}),
            "/params/reasoning_effort is not an effort",
        ),
        (
            json!({"tool_choice": "maybe"}),
            "/params/tool_choice is no choice",
        ),
        (
            json!({"tools": [{"type": "code_interpreter"}]}),
            "/params/tools/0 is no tool of Gemini",
        ),
        (
            json!({"tools": [{"type": "mcp", "server_label": "s", "server_url": "https://h"}]}),
            "/params/tools/0 is no tool of Gemini",
        ),
        (
            json!({"tools": [{"type": "custom", "name": "sql"}]}),
            "/params/tools/0 is no tool of Gemini",
        ),
        (
            json!({"output_config": {"effort": "low"}}),
            "/params/output_config is not known to Gemini",
        ),
        (
            json!({"reasoning_effort": "low", "thinking": {"type": "enabled", "budget_tokens": 99}}),
            "/params/thinking and /params/reasoning_effort both become thinkingConfig",
        ),
        (
            json!({"temperature": 0.5, "generationConfig": {"temperature": 0.7}}),
            "/params/generationConfig and /params/temperature both become temperature",
        ),
        (
            json!({"tool_choice": "none", "toolConfig": {"functionCallingConfig": {"mode": "ANY"}}}),
            "/params/toolConfig and another parameter both become functionCallingConfig",
        ),
        (
            json!({"tools": [{"type": "function", "function": {}}]}),
            "/params/tools/0/function/name is not a string",
        ),
        (
            json!({"response_format": {"type": "grammar"}}),
            "/params/response_format/type is none of",
        ),
        (
            json!({"audio": {"voice": "x", "format": "mp3"}}),
            "/params/audio/format is not pcm16",
        ),
        (
            json!({"system_instruction": "x"}),
            "/params/system_instruction is made of",
        ),
    ] {
        let message = refused(FLASH, hi(), params);
        assert!(message.starts_with(start), "{message}");
    }
}
