//! The counts: <https://ai.google.dev/api/generate-content#UsageMetadata>. Their sums and names are LiteLLM's.

use serde_json::{Map, Value};

use super::grounding::Requests;

/// The counts of one direction, by what was counted.
#[derive(Debug, Default)]
struct Modalities {
    text: Option<u64>,
    audio: Option<u64>,
    image: Option<u64>,
    video: Option<u64>,
}

impl Modalities {
    /// A list of counts; a document counts as text.
    fn parse(usage: &Value, names: &[&str]) -> Self {
        let mut modalities = Self::default();
        let lists = names.iter().filter_map(|name| usage.get(*name)?.as_array());
        for detail in lists.flatten() {
            let text = |name: &str| detail.get(name).and_then(Value::as_str).unwrap_or_default();
            let count = detail
                .get("tokenCount")
                .and_then(Value::as_u64)
                .unwrap_or_default();
            let sum = match text("modality") {
                "TEXT" | "DOCUMENT" => &mut modalities.text,
                "AUDIO" => &mut modalities.audio,
                "IMAGE" => &mut modalities.image,
                "VIDEO" => &mut modalities.video,
                _ => continue,
            };
            *sum = Some(sum.unwrap_or_default().saturating_add(count));
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

/// The `usage` of a chat completion.
pub(super) fn usage(given: &Value, requests: &Requests) -> Value {
    let count = |name: &str| given.get(name).and_then(Value::as_u64);
    let (prompt, total) = (
        count("promptTokenCount").unwrap_or_default(),
        count("totalTokenCount").unwrap_or_default(),
    );
    let (cached, thoughts) = (count("cachedContentTokenCount"), count("thoughtsTokenCount"));
    let tool_use = count("toolUsePromptTokenCount").filter(|count| *count > 0);
    // what searches have found is not charged as input, but the search is
    let billed_tool_use = tool_use.filter(|_| !requests.is_charged()).unwrap_or_default();

    let answer = count("candidatesTokenCount").unwrap_or_default();
    let mut written = Modalities::parse(given, &["responseTokensDetails", "candidatesTokensDetails"]);
    if answer > 0 && written.text.is_none() {
        written.text = Some(answer.saturating_sub(written.others()));
    }
    // Vertex counts thoughts inside of the candidates
    let counted = prompt
        .saturating_add(answer)
        .saturating_add(tool_use.unwrap_or_default());
    let includes_thoughts = counted == total;
    let mut output = count("responseTokenCount")
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

    let mut usage = Map::new();
    add(
        &mut usage,
        [
            ("prompt_tokens", Some(prompt.saturating_add(billed_tool_use))),
            ("completion_tokens", Some(output)),
            ("total_tokens", Some(total)),
        ],
    );
    let mut details = Map::new();
    add(&mut details, [("cached_tokens", cached)]);
    add(&mut details, read.members());
    let mut cache_details = Map::new();
    add(&mut cache_details, from_cache.members());
    cache_details.shift_remove("video_tokens");
    add_object(&mut details, "cached_tokens_details", cache_details);
    add(
        &mut details,
        [
            ("tool_use_tokens", tool_use),
            ("web_search_requests", requests.web),
            ("google_maps_grounding_requests", requests.maps),
        ],
    );
    add_object(&mut usage, "prompt_tokens_details", details);
    let mut details = Map::new();
    add(&mut details, [("reasoning_tokens", thoughts)]);
    add(&mut details, written.members());
    add_object(&mut usage, "completion_tokens_details", details);
    add(&mut usage, [("cache_read_input_tokens", cached)]);
    usage.into()
}

fn add<const N: usize>(members: &mut Map<String, Value>, counts: [(&str, Option<u64>); N]) {
    for (name, count) in counts {
        if let Some(count) = count {
            members.insert(name.to_owned(), count.into());
        }
    }
}

fn add_object(members: &mut Map<String, Value>, name: &str, object: Map<String, Value>) {
    if !object.is_empty() {
        members.insert(name.to_owned(), object.into());
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
            (json!({}), (0, 0, 0)),
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
}
