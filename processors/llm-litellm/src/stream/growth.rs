//! Which values grow from one chunk to the next. Of all others, the last one that is not blank counts.

use Location::{Audio, Call, Choice, Function, Logprobs, Message, Part, Top, Whole};

/// An object of a chunk, by its location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Location {
    /// The chunk itself, and the objects in it other than the choices.
    Top,
    Choice,
    /// `delta`, and the objects in it that have parts of the message.
    Message,
    /// A part of a content, a thinking block, a detail of the reasoning.
    Part,
    /// A tool call.
    Call,
    /// The function of a call, with its arguments.
    Function,
    Audio,
    Logprobs,
    /// An object that always comes whole.
    Whole,
}

/// How a list grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    /// Parts of a text or content: adjacent parts of one type are joined.
    Parts,
    /// Tool calls, which grow one by one.
    Calls,
    /// Items that come whole, each once.
    Unique,
    /// Each chunk appends items.
    Appended,
    /// Each chunk has the whole list.
    Replaced,
}

impl Location {
    /// Whether a text of this name is continued from chunk to chunk.
    pub(super) fn grows(self, name: &str) -> bool {
        match self {
            Message => is_text(name) || name == "encrypted_content",
            // `summary` and `data` are OpenRouter's, for summarized or encrypted reasoning
            Part => is_text(name) || matches!(name, "summary" | "encrypted_content" | "data"),
            Function => matches!(name, "arguments" | "input" | "partial_json"),
            Audio => matches!(name, "data" | "transcript"),
            Choice => name == "text", // Together sends it beside the delta
            Top | Call | Logprobs | Whole => false,
        }
    }

    /// Whether a text of this name is base64, of which each piece may be padded.
    pub(super) fn is_base64(self, name: &str) -> bool {
        self == Audio && name == "data"
    }

    /// The location of an object of this name inside this one.
    pub(super) fn inside(self, name: &str) -> Self {
        match (self, name) {
            (Top, _) => Top,
            (Choice, "logprobs") => Logprobs,
            (Message | Call, "function_call" | "function" | "custom") => Function,
            (Message | Part, "audio") => Audio,
            (Message, "reasoning" | "thinking") => Part,
            (Message, "provider_specific_fields") => Message, // LiteLLM
            _ => Whole,
        }
    }

    /// How a list of this name grows.
    pub(super) fn list(self, name: &str) -> List {
        match (self, name) {
            (Logprobs, _) => List::Appended,
            (Message, "tool_calls") => List::Calls,
            (Message, "reasoning_details" | "thinking_blocks") => List::Parts,
            // `executed_tools` is Groq's, `reasoning_steps` Perplexity's
            (
                Message | Part,
                "annotations" | "citations" | "images" | "executed_tools" | "reasoning_steps",
            ) => List::Unique,
            (Message | Part, name) if is_text(name) || name == "summary" => List::Parts,
            _ => List::Replaced,
        }
    }
}

/// Whether a part with a text of this name is joined to the one before.
pub(super) fn is_joined(name: &str) -> bool {
    is_text(name) || name == "summary"
}

fn is_text(name: &str) -> bool {
    matches!(
        name,
        "content"
            | "reasoning"
            | "reasoning_content"
            | "reasoning_text"
            | "refusal"
            | "arguments"
            | "transcript"
            | "thinking"
            | "text"
            | "partial_json"
    )
}
