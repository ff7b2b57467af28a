//! The parts of a message's content: <https://platform.openai.com/docs/api-reference/chat/create#chat_create-messages>.

use serde_json::{Map, Value, json};

/// The name of a file without one, as in LiteLLM.
const FILENAME: &str = "my_file.pdf";

/// The parts, if the content is not a string.
pub(crate) fn all(message: &mut Map<String, Value>) -> impl Iterator<Item = &mut Map<String, Value>> {
    let content = message.get_mut("content").and_then(Value::as_array_mut);
    content.into_iter().flatten().filter_map(Value::as_object_mut)
}

/// Makes a string of a content of texts alone.
pub(crate) fn join_texts(message: &mut Map<String, Value>) -> Option<String> {
    let content = message.get_mut("content")?;
    let parts = content.as_array().filter(|parts| !parts.is_empty())?;
    let texts = parts.iter().map(|part| {
        let is_text = part.get("type").is_some_and(|name| name == "text");
        part.get("text")?.as_str().filter(|_| is_text)
    });
    let joined: String = texts.collect::<Option<_>>()?;
    *content = joined.into();
    Some("messages.content to string".to_owned())
}

/// Makes objects of images that are strings.
pub(crate) fn wrap_images(message: &mut Map<String, Value>) -> Option<String> {
    let mut is_changed = false;
    for image in all(message).filter_map(|part| part.get_mut("image_url")) {
        if image.is_string() {
            let url = image.take();
            *image = json!({ "url": url });
            is_changed = true;
        }
    }
    is_changed.then(|| "messages.image_url to object".to_owned())
}

/// Puts what marks a message for the cache into its last part, the only place where OpenRouter reads it:
/// <https://openrouter.ai/docs/features/prompt-caching>.
pub(crate) fn move_cache_control(message: &mut Map<String, Value>) -> Option<String> {
    let mark = message.shift_remove("cache_control")?;
    if let Some(Value::String(text)) = message.get("content") {
        let parts = json!([{"type": "text", "text": text}]);
        message.insert("content".to_owned(), parts);
    }
    let Some(part) = all(message).last() else {
        return Some("messages.cache_control left out".to_owned());
    };
    part.insert("cache_control".to_owned(), mark);
    Some("messages.cache_control to content".to_owned())
}

/// Gives a name to files without one.
pub(crate) fn name_files(message: &mut Map<String, Value>) -> Option<String> {
    let mut is_changed = false;
    for file in all(message).filter_map(|part| part.get_mut("file")?.as_object_mut()) {
        if file.contains_key("file_data") && !file.contains_key("filename") {
            file.insert("filename".to_owned(), FILENAME.into());
            is_changed = true;
        }
    }
    is_changed.then(|| "messages.file.filename added".to_owned())
}

/// Puts the id of a file beside the type of its part, as Mistral has it: <https://docs.mistral.ai/api/endpoint/chat>.
pub(crate) fn move_file_ids(message: &mut Map<String, Value>) -> Option<String> {
    let mut is_changed = false;
    for part in all(message).filter(|part| part.get("type").is_some_and(|name| name == "file")) {
        let file = part.get_mut("file").and_then(Value::as_object_mut);
        if let Some(id) = file.and_then(|file| file.shift_remove("file_id")) {
            part.shift_remove("file");
            part.insert("file_id".to_owned(), id);
            is_changed = true;
        }
    }
    is_changed.then(|| "messages.file.file_id to file_id".to_owned())
}

/// Leaves out the media types that LiteLLM reads.
pub(crate) fn leave_out_formats(message: &mut Map<String, Value>) -> Option<String> {
    let mut is_changed = false;
    for part in all(message) {
        for name in ["image_url", "file"] {
            let source = part.get_mut(name).and_then(Value::as_object_mut);
            is_changed |= source.is_some_and(|source| source.shift_remove("format").is_some());
        }
    }
    is_changed.then(|| "messages.format left out".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(
        change: fn(&mut Map<String, Value>) -> Option<String>,
        content: Value,
    ) -> (Value, Option<String>) {
        let mut message = Map::from_iter([("content".to_owned(), content)]);
        let report = change(&mut message);
        (message["content"].clone(), report)
    }

    #[test]
    fn images_are_objects() {
        let wrapped = json!([{"type": "image_url", "image_url": {"url": "data:,"}}]);
        let plain = json!([{"type": "image_url", "image_url": "data:,"}]);
        let report = Some("messages.image_url to object".to_owned());
        assert_eq!(changed(wrap_images, plain), (wrapped.clone(), report));
        assert_eq!(changed(wrap_images, wrapped.clone()), (wrapped, None));
        assert_eq!(changed(wrap_images, json!("text")), (json!("text"), None));
    }

    #[test]
    fn media_types_are_left_out() {
        let given =
            json!([{"image_url": {"url": "x", "format": "image/png"}}, {"input_audio": {"format": "wav"}}]);
        let expected = json!([{"image_url": {"url": "x"}}, {"input_audio": {"format": "wav"}}]);
        let report = Some("messages.format left out".to_owned());
        assert_eq!(changed(leave_out_formats, given), (expected, report));
    }

    #[test]
    fn ids_of_files_are_beside_the_type() {
        let given = json!([{"type": "file", "file": {"file_id": "f"}}]);
        let expected = json!([{"type": "file", "file_id": "f"}]);
        let report = Some("messages.file.file_id to file_id".to_owned());
        assert_eq!(changed(move_file_ids, given), (expected, report));
        let data = json!([{"type": "file", "file": {"file_data": "data:,"}}]);
        assert_eq!(changed(move_file_ids, data.clone()), (data, None));
    }

    #[test]
    fn files_have_names() {
        let named = json!([{"type": "file", "file": {"file_data": "data:,", "filename": "my_file.pdf"}}]);
        let nameless = json!([{"type": "file", "file": {"file_data": "data:,"}}]);
        let report = Some("messages.file.filename added".to_owned());
        assert_eq!(changed(name_files, nameless), (named.clone(), report));
        assert_eq!(changed(name_files, named.clone()), (named, None));
        let by_id = json!([{"type": "file", "file": {"file_id": "f"}}]);
        assert_eq!(changed(name_files, by_id.clone()), (by_id, None));
    }
}
