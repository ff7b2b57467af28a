//! The message that the items of an output make:
//! <https://platform.openai.com/docs/api-reference/responses/object#responses-object-output>.

use serde_json::{Map, Value, json};

/// A message in the making.
#[derive(Debug, Default)]
pub(super) struct Message {
    /// `None` if there is no message item.
    content: Option<String>,
    refusal: Option<String>,
    annotations: Vec<Value>,
    /// Those that a chat completion has no type for, such as `file_citation`.
    other_annotations: Vec<Value>,
    logprobs: Vec<Value>,
    thoughts: Vec<String>,
    reasoning_items: Vec<Value>,
    calls: Vec<Value>,
    images: Vec<Value>,
    phase: Option<Value>,
}

impl Message {
    /// `is_structured` is whether each text is a document, so that only the first of them is the content, as in OpenAI's own
    /// clients.
    pub(super) fn new(output: &[Value], is_structured: bool) -> Self {
        let mut message = Self::default();
        for item in output {
            let is_whole = is_structured && message.content.is_some();
            match item.get("type").and_then(Value::as_str) {
                Some("message") if !is_whole => message.add_message(item),
                Some("reasoning") => message.add_reasoning(item),
                Some("function_call") => message.add_call(item, "", "arguments"),
                Some("custom_tool_call") => message.add_call(item, "custom_tool", "input"),
                Some("image_generation_call") => message.add_image(item),
                _ => {} // tools that the service runs itself, and whatever comes in future
            }
        }
        message
    }

    pub(super) fn has_calls(&self) -> bool {
        !self.calls.is_empty()
    }

    fn add_message(&mut self, item: &Value) {
        let content = self.content.get_or_insert_default();
        for part in list(item, "content") {
            let text = |name: &str| part.get(name).and_then(Value::as_str).unwrap_or_default();
            if part.get("type").and_then(Value::as_str) == Some("refusal") {
                self.refusal.get_or_insert_default().push_str(text("refusal"));
                continue;
            }
            let offset = content.chars().count() as u64;
            let annotations = list(part, "annotations").filter(|annotation| annotation.is_object());
            let shifted = annotations.map(|annotation| shifted(annotation, offset));
            let (pages, others): (Vec<_>, _) = shifted.partition(is_page);
            self.annotations.extend(pages.into_iter().map(nested));
            self.other_annotations.extend::<Vec<_>>(others);
            self.logprobs.extend(list(part, "logprobs").cloned());
            content.push_str(text("text"));
        }
        self.phase = item.get("phase").filter(|phase| phase.is_string()).cloned();
    }

    /// <https://platform.openai.com/docs/guides/reasoning#reasoning-summaries>. Open models report their thoughts themselves.
    fn add_reasoning(&mut self, item: &Value) {
        let texts = |name: &str| -> Vec<String> {
            let texts = list(item, name).filter_map(|part| part.get("text")?.as_str());
            texts.filter(|text| !text.is_empty()).map(str::to_owned).collect()
        };
        let summary = texts("summary");
        self.thoughts.extend(if summary.is_empty() {
            texts("content")
        } else {
            summary
        });
        let member = |name: &str| item.get(name).cloned().unwrap_or_default();
        self.reasoning_items.push(json!({
            "type": "reasoning",
            "id": member("id"),
            "encrypted_content": member("encrypted_content"),
            "summary": list(item, "summary").cloned().collect::<Vec<_>>(),
        }));
    }

    fn add_call(&mut self, item: &Value, default_name: &str, input: &str) {
        let text = |name: &str| {
            item.get(name)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
        };
        let id = text("call_id").or_else(|| text("id")).unwrap_or_default();
        let function = json!({"name": text("name").unwrap_or(default_name), "arguments": text(input).unwrap_or_default()});
        let mut call = Map::new();
        call.insert("index".to_owned(), self.calls.len().into());
        call.insert("id".to_owned(), id.into());
        call.insert("type".to_owned(), "function".into());
        call.insert("function".to_owned(), function);
        if let Some(namespace) = text("namespace") {
            let fields = json!({ "namespace": namespace });
            call.insert("provider_specific_fields".to_owned(), fields);
        }
        self.calls.push(call.into());
    }

    /// <https://platform.openai.com/docs/guides/tools-image-generation>.
    fn add_image(&mut self, item: &Value) {
        let text = |name: &str| item.get(name).and_then(Value::as_str);
        if let Some(data) = text("result") {
            let format = text("output_format").unwrap_or("png");
            let url = format!("data:image/{format};base64,{data}");
            let index = self.images.len();
            self.images
                .push(json!({"type": "image_url", "index": index, "image_url": {"url": url}}));
        }
    }

    /// The message, and the log probabilities of its tokens.
    pub(super) fn finish(self) -> (Map<String, Value>, Vec<Value>) {
        let content = match self.content {
            // a refusal, or calls, alone
            Some(text) if text.is_empty() && self.refusal.is_some() => Value::Null,
            None if !self.calls.is_empty() => Value::Null,
            content => content.unwrap_or_default().into(),
        };
        let mut message = Map::new();
        message.insert("role".to_owned(), "assistant".into());
        message.insert("content".to_owned(), content);
        let thoughts = self.thoughts.join(" ");
        let texts = [
            ("refusal", self.refusal.unwrap_or_default()),
            ("reasoning_content", thoughts),
        ];
        for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
            message.insert(name.to_owned(), text.into());
        }
        let lists = [
            ("reasoning_items", self.reasoning_items),
            ("tool_calls", self.calls),
            ("annotations", self.annotations),
            ("images", self.images),
        ];
        for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
            message.insert(name.to_owned(), list.into());
        }
        let mut fields = Map::new();
        if let Some(phase) = self.phase {
            fields.insert("phase".to_owned(), phase);
        }
        if !self.other_annotations.is_empty() {
            fields.insert("annotations".to_owned(), self.other_annotations.into());
        }
        if !fields.is_empty() {
            message.insert("provider_specific_fields".to_owned(), fields.into());
        }
        (message, self.logprobs)
    }
}

/// An annotation whose positions are those in the whole content, of which `offset` characters come before its part.
fn shifted(annotation: &Value, offset: u64) -> Value {
    let mut annotation = annotation.clone();
    for name in ["start_index", "end_index"] {
        if let Some(position) = annotation.get_mut(name)
            && let Some(index) = position.as_u64()
        {
            *position = index.saturating_add(offset).into();
        }
    }
    annotation
}

fn is_page(annotation: &Value) -> bool {
    let kind = annotation.get("type").and_then(Value::as_str);
    kind == Some("url_citation") && annotation.get("url").is_some()
}

/// The citation of a page in the form of chat completions:
/// <https://platform.openai.com/docs/guides/tools-web-search?api-mode=chat#output-and-citations>.
fn nested(mut annotation: Value) -> Value {
    if let Some(members) = annotation.as_object_mut() {
        members.shift_remove("type");
    }
    json!({"type": "url_citation", "url_citation": annotation})
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}
