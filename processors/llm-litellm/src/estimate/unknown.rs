//! What keeps tokens and cost from being known before a run.

use serde_json::{Map, Value};

use crate::target::Target;

/// The parts of a content whose text is in the request.
const TEXTS: [&str; 6] = [
    "text",
    "input_text",
    "output_text",
    "refusal",
    "thinking",
    "redacted_thinking",
];
/// Tools that run at the caller's.
const OWN_TOOLS: [&str; 2] = ["function", "custom"];
/// Parameters that name what the service has of earlier requests.
const STORED: [&str; 5] = [
    "previous_response_id",
    "conversation",
    "prompt",
    "cached_content",
    "container",
];
/// What an answer is beside text.
const MEDIA_ANSWER: &str = "media in the answer";
/// Searches for every answer, and charges for it.
const SEARCHES: &str = "perplexity";

/// What is not known, in the words that an estimate has.
#[derive(Default)]
pub(super) struct Unknown {
    /// Whether the parameters name files, which are not read.
    pub(super) has_files: bool,
    words: Vec<&'static str>,
}

impl Unknown {
    /// What these parameters leave open.
    pub(super) fn of(params: &Map<String, Value>) -> Self {
        let mut unknown = Self {
            has_files: params.values().any(names_file),
            words: Vec::new(),
        };
        let list = |name: &str| params.get(name).and_then(Value::as_array).into_iter().flatten();
        let contents = list("messages").filter_map(|message| message.get("content"));
        let mut parts = contents.filter_map(Value::as_array).flatten();
        if unknown.has_files || parts.any(|part| !is_one_of(part, &TEXTS)) {
            unknown.add("media or files");
        }
        let is_given = |name: &str| params.get(name).is_some_and(|value| !value.is_null());
        let has_hosted = list("tools").any(|tool| !is_one_of(tool, &OWN_TOOLS));
        if has_hosted || is_given("web_search_options") {
            unknown.add("hosted tools");
        }
        if STORED.iter().any(|name| is_given(name)) {
            unknown.add("stored context");
        }
        if is_given("audio") || is_given("modalities") {
            unknown.add(MEDIA_ANSWER);
        }
        unknown
    }

    /// What a service leaves open.
    pub(super) fn add_service(&mut self, target: &Target) {
        let name = &target.requested.model;
        let is_research = name.contains("deep-research");
        if target.requested.route.prefix == SEARCHES || is_research || name.contains("-search") {
            self.add("hosted tools");
        }
    }

    pub(super) fn add(&mut self, word: &'static str) {
        if !self.words.contains(&word) {
            self.words.push(word);
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether the tokens of the request are not known.
    pub(super) fn is_input(&self) -> bool {
        self.words.iter().any(|word| *word != MEDIA_ANSWER)
    }

    pub(super) fn into_words(self) -> Vec<String> {
        self.words.into_iter().map(str::to_owned).collect()
    }
}

fn is_one_of(value: &Value, types: &[&str]) -> bool {
    let kind = value.get("type").and_then(Value::as_str);
    kind.is_none_or(|kind| types.contains(&kind))
}

/// Whether a `{"$file":"name"}` is in it, at any depth.
fn names_file(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(names_file),
        Value::Object(fields) => fields.contains_key("$file") || fields.values().any(names_file),
        _ => false,
    }
}
