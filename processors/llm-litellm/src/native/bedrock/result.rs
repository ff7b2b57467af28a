//! The result of a call: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolResultBlock.html>.

use runtime::ProcessorError;
use serde_json::{Map, Value, json};

use super::content::{Blocks, WITHOUT_TOOLS};
use super::inputs::wrong;
use super::names;

/// What a result says whose images stand beside it.
const IMAGES: &str = "See the images.";

/// The blocks of a result, which is a text where there are no tools.
///
/// # Errors
///
/// `ERR_INPUTS` with the JSON pointer of what Bedrock cannot take.
pub(super) fn convert(
    message: &Value,
    pointer: &str,
    has_tools: bool,
    blocks: &mut Blocks<'_>,
) -> Result<Vec<Value>, ProcessorError> {
    let text = |name: &str| {
        message
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let id = text("tool_call_id").or_else(|| text("name"));
    let id = id.ok_or_else(|| {
        let what = "is missing; give the id of the call that this is the result of";
        wrong(&format!("{pointer}/tool_call_id"), what)
    })?;
    let mut content = blocks.convert(message, pointer, false)?;
    if !has_tools {
        blocks.note(WITHOUT_TOOLS);
        content.insert(0, json!({"text": format!("Result of call {id}:")}));
        return Ok(content);
    }
    // a mark inside of a result is one of the message
    let is_mark = |block: &Value| block.get("cachePoint").is_some();
    let mark = content.iter().find(|block| is_mark(block)).cloned();
    content.retain(|block| !is_mark(block));
    let found = message.get("search_results").and_then(Value::as_array);
    let found = found.filter(|found| !found.is_empty());
    if let Some(found) = found {
        if !content.is_empty() {
            blocks.note("messages.content left out, as there are search_results");
        }
        content = found
            .iter()
            .map(|found| json!({ "searchResult": found }))
            .collect();
    }
    let is_image = |block: &Value| block.get("image").is_some();
    let mut beside = Vec::new();
    if !blocks.model.takes_images_in_results() && content.iter().any(is_image) {
        (beside, content) = content.into_iter().partition(is_image);
        if content.is_empty() {
            content.push(json!({ "text": IMAGES }));
        }
        blocks.note("images of results to images beside them");
    }
    let is_error = message.get("is_error") == Some(&Value::Bool(true));
    let status = is_error.then_some("error").or_else(|| found.map(|_| "success"));
    let mut result = Map::new();
    result.insert("toolUseId".to_owned(), names::call(id).into());
    result.insert("content".to_owned(), content.into());
    if let Some(status) = status {
        result.insert("status".to_owned(), status.into());
    }
    let mut converted = vec![json!({ "toolResult": result })];
    converted.append(&mut beside);
    converted.extend(mark);
    Ok(converted)
}
