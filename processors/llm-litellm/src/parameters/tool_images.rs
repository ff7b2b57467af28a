//! Images in the results of tools, which OpenAI takes from the user alone:
//! <https://platform.openai.com/docs/api-reference/chat/create#chat_create-messages>.

use serde_json::{Map, Value, json};

/// Tells the model what it sees.
const NOTE: &str = "The images of the tool results above:";

/// Moves the images of each run of results into a message with this role after it.
pub(crate) fn hoist(messages: &mut Vec<Value>, role: &str) -> Option<String> {
    let is_concerned = |message: &Value| is_result(message) && message.get("content").is_some_and(has_image);
    if !messages.iter().any(is_concerned) {
        return None;
    }
    let mut images = Vec::new();
    for mut message in std::mem::take(messages) {
        if is_result(&message) {
            take_images(&mut message, &mut images);
        } else {
            messages.extend(message_with(&mut images, role));
        }
        messages.push(message);
    }
    messages.extend(message_with(&mut images, role));
    Some("messages.images to user".to_owned())
}

/// Takes the images out of a result; one of images alone is an empty text then.
fn take_images(message: &mut Value, images: &mut Vec<Value>) {
    let content = message.get_mut("content").filter(|content| has_image(content));
    let Some(content) = content else { return };
    if let Some(parts) = content.as_array_mut() {
        images.extend(parts.extract_if(.., |part| is_image(part)));
        if parts.is_empty() {
            *content = "".into();
        }
    }
}

fn has_image(content: &Value) -> bool {
    content.as_array().is_some_and(|parts| parts.iter().any(is_image))
}

fn is_result(message: &Value) -> bool {
    message.get("role").is_some_and(|role| role == "tool")
}

fn is_image(part: &Value) -> bool {
    part.get("type").is_some_and(|name| name == "image_url")
}

fn message_with(images: &mut Vec<Value>, role: &str) -> Option<Value> {
    if images.is_empty() {
        return None;
    }
    let mut content = vec![json!({"type": "text", "text": NOTE})];
    content.append(images);
    let members = [("role", role.into()), ("content", content.into())];
    let message: Map<_, _> = members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    Some(message.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_follow_the_results() {
        let image = |url: &str| json!({"type": "image_url", "image_url": {"url": url}});
        let text = |text: &str| json!({"type": "text", "text": text});
        let call = json!({"role": "assistant", "tool_calls": [1, 2]});
        let question = json!({"role": "user", "content": [image("own")]});
        let mut messages = vec![
            question.clone(),
            call.clone(),
            json!({"role": "tool", "content": [text("a"), image("1"), image("2")]}),
            json!({"role": "tool", "content": [image("3")]}),
            call.clone(),
            json!({"role": "tool", "content": [image("4")]}),
        ];
        let changed = hoist(&mut messages, "user");
        assert_eq!(changed.as_deref(), Some("messages.images to user"));
        assert_eq!(
            Value::from(messages),
            json!([
                question,
                call,
                {"role": "tool", "content": [text("a")]},
                {"role": "tool", "content": ""},
                {"role": "user", "content": [text(NOTE), image("1"), image("2"), image("3")]},
                call,
                {"role": "tool", "content": ""},
                {"role": "user", "content": [text(NOTE), image("4")]},
            ])
        );
        let mut messages = vec![json!({"role": "tool", "content": "a"}), json!("odd")];
        assert_eq!(hoist(&mut messages, "user"), None);
    }
}
