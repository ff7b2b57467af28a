//! What answers of one service have and others do not know, when they are handed back to a model of another one.

use serde_json::{Map, Value};

use crate::api::Api;
use crate::native::gemini::signature;
use crate::requested_model::RequestedModel;

/// Leaves the signatures of Gemini's thoughts out of the ids of calls, for all models that may not be Gemini's, and images out
/// of answers, for the APIs that have no place for them there.
pub(super) fn rewrite(params: &mut Map<String, Value>, model: &RequestedModel, changes: &mut Vec<String>) {
    let is_gemini = matches!(model.api, Api::GeminiGenerateContent | Api::VertexGenerateContent);
    let is_known_elsewhere = model.is_behind_proxy() || model.model.contains("gemini");
    let has_images = is_gemini || model.api == Api::ChatCompletions;
    let (mut is_unsigned, mut is_without_images) = (false, false);
    for message in objects(params.get_mut("messages")) {
        if !has_images {
            let images = message.shift_remove("images");
            is_without_images |= images.is_some_and(|images| !images.is_null());
        }
        if !is_gemini && !is_known_elsewhere {
            is_unsigned |= unsign(message.get_mut("tool_call_id"));
            for call in objects(message.get_mut("tool_calls")) {
                is_unsigned |= unsign(call.get_mut("id"));
            }
        }
    }
    if is_unsigned {
        changes.push("thought signatures in ids of calls left out".to_owned());
    }
    if is_without_images {
        changes.push("messages.images left out".to_owned());
    }
}

/// Whether the id had a signature.
fn unsign(id: Option<&mut Value>) -> bool {
    let Some(Value::String(id)) = id else {
        return false;
    };
    let end = signature::without(id).len();
    let is_signed = (1..id.len()).contains(&end);
    if is_signed {
        id.truncate(end);
    }
    is_signed
}

fn objects(list: Option<&mut Value>) -> impl Iterator<Item = &mut Map<String, Value>> {
    let list = list.and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rewritten(api: Api, name: &str) -> (Value, String) {
        let model = RequestedModel::asked_in(api, name);
        let messages = json!([
            {"role": "assistant", "tool_calls": [{"id": "c1__thought__c2ln/+=="}, {"id": "c2"}], "images": [{}]},
            {"role": "tool", "tool_call_id": "c1__thought__c2ln/+=="}, {"role": "tool", "tool_call_id": "c2"},
        ]);
        let mut params = Map::from_iter([("messages".to_owned(), messages)]);
        let mut changes = Vec::new();
        rewrite(&mut params, &model, &mut changes);
        (params["messages"].take(), changes.join("; "))
    }

    #[test]
    fn only_gemini_gets_its_signatures() {
        let told = "thought signatures in ids of calls left out";
        #[rustfmt::skip]
        let cases = [
            (Api::ChatCompletions, "openai/gpt-4o", "c1", told.to_owned()),
            (Api::OpenAiResponses, "openai/gpt-4o", "c1", format!("{told}; messages.images left out")),
            (Api::GeminiGenerateContent, "gemini/m", "c1__thought__c2ln/+==", String::new()),
            (Api::ChatCompletions, "openrouter/google/gemini-3-pro-preview", "c1__thought__c2ln/+==", String::new()),
            (Api::ChatCompletions, "litellm_proxy/m", "c1__thought__c2ln/+==", String::new()),
        ];
        for (api, name, id, changes) in cases {
            let (messages, changed) = rewritten(api, name);
            assert_eq!(messages[0]["tool_calls"][0]["id"], id, "{name}");
            assert_eq!(messages[1]["tool_call_id"], id, "{name}");
            assert_eq!(messages[2]["tool_call_id"], "c2", "{name}");
            assert_eq!(changed, changes, "{name}");
        }
    }
}
