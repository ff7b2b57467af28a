//! How an answer ends: <https://ai.google.dev/api/generate-content#FinishReason>.

use serde_json::Value;

/// Why a candidate ended, from its `finishReason`; `None` before it has ended.
pub(super) fn reason(given: Option<&Value>) -> Option<&str> {
    given.and_then(Value::as_str).filter(|reason| !reason.is_empty())
}

/// Why the prompt was blocked, from the answer's `promptFeedback`; `None` if it was not
/// (<https://ai.google.dev/api/generate-content#PromptFeedback>).
pub(super) fn block_reason(feedback: Option<&Value>) -> Option<&str> {
    reason(feedback?.get("blockReason"))
}

/// Whether an answer is whole: each of its candidates has ended, or the prompt was blocked.
pub(super) fn is_whole<'a>(
    feedback: Option<&Value>,
    mut reasons: impl ExactSizeIterator<Item = Option<&'a Value>>,
) -> bool {
    block_reason(feedback).is_some() || reasons.len() > 0 && reasons.all(|given| reason(given).is_some())
}
