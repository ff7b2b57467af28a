//! What is known to grow from one chunk to the next: of everything else the last value counts that says something.

use Place::{Audio, Call, Choice, Function, Logprobs, Message, Part, Top, Whole};

/// An object of a chunk, by where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The chunk itself, and what is inside of it beside the choices.
    Top,
    Choice,
    /// `delta`, and the objects in it that services keep a part of the message in.
    Message,
    /// A part of a content, a thinking block, a detail of the reasoning.
    Part,
    /// A call of a tool.
    Call,
    /// What is called, and with what.
    Function,
    Audio,
    Logprobs,
    /// What always comes whole.
    Whole,
}

/// What a list is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    /// Parts; those that follow each other are joined if they are of one type.
    Parts,
    Calls,
    /// Things that come whole, each once.
    Things,
    /// Whatever it is, there is more of it each time.
    More,
    /// It comes whole each time.
    Last,
}

impl Place {
    /// Whether a text of this name is continued.
    pub(super) fn grows(self, name: &str) -> bool {
        match self {
            Message => is_text(name) || name == "encrypted_content",
            // `summary` and `data` are OpenRouter's, for a reasoning that is shortened or encrypted
            Part => is_text(name) || matches!(name, "summary" | "encrypted_content" | "data"),
            Function => matches!(name, "arguments" | "input" | "partial_json"),
            Audio => matches!(name, "data" | "transcript"),
            Choice => name == "text", // Together sends it beside the delta
            Top | Call | Logprobs | Whole => false,
        }
    }

    /// Whether a text of this name is base64 (RFC 4648), and each piece may be padded.
    pub(super) fn is_base64(self, name: &str) -> bool {
        self == Audio && name == "data"
    }

    /// What an object of this name is, inside of this one.
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

    /// What a list of this name is of.
    pub(super) fn list(self, name: &str) -> List {
        match (self, name) {
            (Logprobs, _) => List::More,
            (Message, "tool_calls") => List::Calls,
            (Message, "reasoning_details" | "thinking_blocks") => List::Parts,
            // `executed_tools` is Groq's, `reasoning_steps` Perplexity's
            (
                Message | Part,
                "annotations" | "citations" | "images" | "executed_tools" | "reasoning_steps",
            ) => List::Things,
            (Message | Part, name) if is_text(name) || name == "summary" => List::Parts,
            _ => List::Last,
        }
    }
}

/// Whether a part with a text of this name is joined with the one before.
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
