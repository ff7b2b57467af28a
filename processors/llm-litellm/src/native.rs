//! APIs other than chat completions. Each has a module, which makes its request of the parameters of a chat completion, and a
//! chat completion of its answer.

pub(crate) mod anthropic;
pub(crate) mod bedrock;
mod call_id;
pub(crate) mod chat;
pub(crate) mod count;
pub(crate) mod digits;
pub(crate) mod document;
pub(crate) mod gemini;
pub(crate) mod interface;
pub(crate) mod member;
pub(crate) mod model_path;
#[cfg(test)]
mod mutations;
pub(crate) mod object;
pub(crate) mod ollama;
pub(crate) mod part;
pub(crate) mod reply;
pub(crate) mod responses;
mod size;
pub(crate) mod tool_call;
mod tool_names;
pub(crate) mod unknown_members;
