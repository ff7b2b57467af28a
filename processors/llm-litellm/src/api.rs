//! The APIs in which services can be asked for a chat completion.

use crate::native::anthropic::{AnthropicMessages, VertexMessages};
use crate::native::bedrock::BedrockConverse;
use crate::native::gemini::{GeminiGenerateContent, VertexGenerateContent};
use crate::native::interface::NativeApi;
use crate::native::ollama::OllamaChat;
use crate::native::responses::OpenAiResponses;

/// An API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    /// OpenAI's chat completions, and whatever is compatible with them.
    ChatCompletions,
    /// Google's own of Gemini.
    GeminiGenerateContent,
    /// The same in Vertex AI.
    VertexGenerateContent,
    /// Anthropic's own in Vertex AI.
    VertexMessages,
    /// Ollama's own.
    OllamaChat,
    /// Anthropic's own.
    AnthropicMessages,
    /// Amazon Bedrock's Converse.
    BedrockConverse,
    /// OpenAI's Responses.
    OpenAiResponses,
}

impl Api {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 8] = [
        Self::ChatCompletions,
        Self::AnthropicMessages,
        Self::BedrockConverse,
        Self::GeminiGenerateContent,
        Self::VertexGenerateContent,
        Self::VertexMessages,
        Self::OllamaChat,
        Self::OpenAiResponses,
    ];

    /// Its name in the receipt.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ChatCompletions => "chat_completions",
            Self::GeminiGenerateContent => "gemini_generate_content",
            Self::VertexGenerateContent => "vertex_generate_content",
            Self::VertexMessages => "vertex_messages",
            Self::OllamaChat => "ollama_chat",
            Self::AnthropicMessages => "anthropic_messages",
            Self::BedrockConverse => "bedrock_converse",
            Self::OpenAiResponses => "openai_responses",
        }
    }

    /// How to ask in it; `None` for chat completions themselves.
    pub(crate) const fn native(self) -> Option<&'static dyn NativeApi> {
        match self {
            Self::ChatCompletions => None,
            Self::GeminiGenerateContent => Some(&GeminiGenerateContent),
            Self::VertexGenerateContent => Some(&VertexGenerateContent),
            Self::VertexMessages => Some(&VertexMessages),
            Self::OllamaChat => Some(&OllamaChat),
            Self::AnthropicMessages => Some(&AnthropicMessages),
            Self::BedrockConverse => Some(&BedrockConverse),
            Self::OpenAiResponses => Some(&OpenAiResponses),
        }
    }
}
