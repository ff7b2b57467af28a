//! The counts: <https://ai.google.dev/api/generate-content#UsageMetadata>. Their sums and names are LiteLLM's.

use serde_json::{Map, Value};

use super::grounding::Requests;
use crate::native::count::{count, count_or_zero, known, sum};
use crate::native::object::put;

/// The counts of one direction, by what was counted.
#[derive(Debug, Default)]
struct Modalities {
    text: Option<u64>,
    audio: Option<u64>,
    image: Option<u64>,
    video: Option<u64>,
    /// Whether a count is not a number.
    is_unreadable: bool,
}

impl Modalities {
    /// A list of counts; a document counts as text.
    fn parse(usage: &Value, names: &[&str]) -> Self {
        let mut modalities = Self::default();
        let lists = names.iter().filter_map(|name| usage.get(*name)?.as_array());
        for detail in lists.flatten() {
            let text = |name: &str| detail.get(name).and_then(Value::as_str).unwrap_or_default();
            let count = count_or_zero(detail.get("tokenCount"));
            modalities.is_unreadable |= count.is_none();
            let sum = match text("modality") {
                "TEXT" | "DOCUMENT" => &mut modalities.text,
                "AUDIO" => &mut modalities.audio,
                "IMAGE" => &mut modalities.image,
                "VIDEO" => &mut modalities.video,
                _ => continue,
            };
            *sum = Some(sum.unwrap_or_default().saturating_add(count.unwrap_or_default()));
        }
        modalities
    }

    fn others(&self) -> u64 {
        let counts = [self.audio, self.image, self.video].into_iter().flatten();
        counts.fold(0, u64::saturating_add)
    }

    fn members(&self) -> [(&'static str, Option<u64>); 4] {
        [
            ("audio_tokens", self.audio),
            ("image_tokens", self.image),
            ("text_tokens", self.text),
            ("video_tokens", self.video),
        ]
    }
}

/// The `usage` of a chat completion. Gemini leaves out counts of 0.
pub(super) fn usage(given: &Value, requests: &Requests) -> Value {
    let given_count = |name: &str| count(given.get(name));
    let is_unreadable = |name: &str| count_or_zero(given.get(name)).is_none();
    let (prompt, total) = (given_count("promptTokenCount"), given_count("totalTokenCount"));
    let (cached, thoughts) = (
        given_count("cachedContentTokenCount"),
        given_count("thoughtsTokenCount"),
    );
    let tool_use = given_count("toolUsePromptTokenCount").filter(|count| *count > 0);
    // what searches have found is not charged as input, but the search is
    let billed_tool_use = tool_use.filter(|_| !requests.is_charged()).unwrap_or_default();

    let candidates = given_count("candidatesTokenCount");
    let answer = candidates.unwrap_or_default();
    let mut written = Modalities::parse(given, &["responseTokensDetails", "candidatesTokensDetails"]);
    if answer > 0 && written.text.is_none() {
        written.text = Some(answer.saturating_sub(written.others()));
    }
    // Vertex counts thoughts inside of the candidates
    let counted = sum([prompt, Some(answer), Some(tool_use.unwrap_or_default())]);
    let includes_thoughts = counted.is_some() && counted == total;
    let mut output = given_count("responseTokenCount")
        .filter(|count| *count > 0)
        .unwrap_or(answer);
    if !includes_thoughts {
        output = output.saturating_add(thoughts.unwrap_or_default());
    }

    let mut read = Modalities::parse(given, &["promptTokensDetails"]);
    let from_cache = Modalities::parse(given, &["cacheTokensDetails"]);
    if let (Some(text), Some(cached), None) = (read.text, cached, given.get("cacheTokensDetails")) {
        read.text = Some(text.saturating_sub(cached));
    }
    if let (Some(video), Some(cached)) = (read.video, from_cache.video) {
        read.video = Some(video.saturating_sub(cached));
    }
    read.text = read.text.map(|text| text.saturating_add(billed_tool_use));

    let knows_prompt = !read.is_unreadable
        && !from_cache.is_unreadable
        && !is_unreadable("cachedContentTokenCount")
        && !is_unreadable("toolUsePromptTokenCount");
    let prompt = sum([prompt, Some(billed_tool_use)]).filter(|_| knows_prompt);
    // without candidates there is no output but the thoughts, unless the total tells of more
    let is_whole = candidates.is_some() || output > 0 && output != thoughts.unwrap_or_default() || {
        let all = sum([counted, thoughts.or(Some(0))]);
        !is_unreadable("candidatesTokenCount") && total.is_some() && (counted == total || all == total)
    };
    let knows_output = is_whole && !written.is_unreadable && !is_unreadable("thoughtsTokenCount");
    let output = Some(output).filter(|_| knows_output);
    let mut usage = known([
        ("prompt_tokens", prompt),
        ("completion_tokens", output),
        ("total_tokens", total.or_else(|| sum([prompt, output]))),
    ]);
    let mut details = known([("cached_tokens", cached)]);
    details.extend(known(read.members()));
    let mut cache_details = known(from_cache.members());
    cache_details.shift_remove("video_tokens");
    add_object(&mut details, "cached_tokens_details", cache_details);
    details.extend(known([
        ("tool_use_tokens", tool_use),
        ("web_search_requests", requests.web),
        ("google_maps_grounding_requests", requests.maps),
    ]));
    add_object(&mut usage, "prompt_tokens_details", details);
    let mut details = known([("reasoning_tokens", thoughts)]);
    details.extend(known(written.members()));
    add_object(&mut usage, "completion_tokens_details", details);
    usage.extend(known([("cache_read_input_tokens", cached)]));
    usage.into()
}

fn add_object(members: &mut Map<String, Value>, name: &str, object: Map<String, Value>) {
    if !object.is_empty() {
        put(members, name, object.into());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_number_is_kept() {
        let given = json!({"promptTokenCount": 10, "candidatesTokenCount": 20, "totalTokenCount": 45, "thoughtsTokenCount": 15,
            "cachedContentTokenCount": 4, "cacheTokensDetails": [{"modality": "TEXT", "tokenCount": 4}],
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 6}, {"modality": "DOCUMENT", "tokenCount": 2}, {"modality": "IMAGE", "tokenCount": 2}],
            "candidatesTokensDetails": [{"modality": "TEXT", "tokenCount": 20}]});
        let requests = Requests {
            web: Some(1),
            maps: None,
        };
        assert_eq!(
            usage(&given, &requests),
            json!({"prompt_tokens": 10, "completion_tokens": 35, "total_tokens": 45,
                "prompt_tokens_details": {"cached_tokens": 4, "image_tokens": 2, "text_tokens": 8, "cached_tokens_details": {"text_tokens": 4},
                    "web_search_requests": 1},
                "completion_tokens_details": {"reasoning_tokens": 15, "text_tokens": 20}, "cache_read_input_tokens": 4})
        );
    }

    #[test]
    fn thoughts_and_tools_are_counted_once() {
        for (given, expected) in [
            (
                json!({"promptTokenCount": 10, "candidatesTokenCount": 20, "totalTokenCount": 30, "thoughtsTokenCount": 15}),
                (10, 20, 30),
            ),
            (
                json!({"promptTokenCount": 10, "candidatesTokenCount": 5, "totalTokenCount": 22, "toolUsePromptTokenCount": 7}),
                (17, 5, 22),
            ),
            (
                json!({"promptTokenCount": 3, "thoughtsTokenCount": 10, "totalTokenCount": 13}),
                (3, 10, 13),
            ),
            (
                json!({"promptTokenCount": 10.0, "candidatesTokenCount": 5.0, "totalTokenCount": 15.0}),
                (10, 5, 15),
            ),
            (json!({"promptTokenCount": 8, "totalTokenCount": 8}), (8, 0, 8)),
            (
                json!({"promptTokenCount": 8, "candidatesTokenCount": 2}),
                (8, 2, 10),
            ),
        ] {
            let usage = usage(&given, &Requests::default());
            let count = |name: &str| usage[name].as_u64().unwrap();
            assert_eq!(
                (
                    count("prompt_tokens"),
                    count("completion_tokens"),
                    count("total_tokens")
                ),
                expected,
                "{given}"
            );
        }
    }

    #[test]
    fn counts_that_cannot_be_read_are_left_out() {
        for (name, value, left_out) in [
            ("promptTokenCount", json!("10"), "prompt_tokens"),
            ("promptTokenCount", json!(null), "prompt_tokens"),
            ("candidatesTokenCount", json!("5"), "completion_tokens"),
            ("candidatesTokenCount", json!(null), "completion_tokens"),
            ("thoughtsTokenCount", json!("5"), "completion_tokens"),
            ("cachedContentTokenCount", json!("5"), "prompt_tokens"),
            ("toolUsePromptTokenCount", json!(0.5), "prompt_tokens"),
            (
                "promptTokensDetails",
                json!([{"modality": "AUDIO", "tokenCount": "5"}]),
                "prompt_tokens",
            ),
            (
                "candidatesTokensDetails",
                json!([{"modality": "AUDIO", "tokenCount": "5"}]),
                "completion_tokens",
            ),
        ] {
            let mut given = json!({"promptTokenCount": 10, "candidatesTokenCount": 5, "totalTokenCount": 15});
            given[name] = value;
            let usage = usage(&given, &Requests::default());
            for counted in ["prompt_tokens", "completion_tokens"] {
                assert_eq!(usage.get(counted).is_none(), counted == left_out, "{given}");
            }
            assert_eq!(usage["total_tokens"], 15);
        }
        assert_eq!(usage(&json!({}), &Requests::default()), json!({}));
    }
}
