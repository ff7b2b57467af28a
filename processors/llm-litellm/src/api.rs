//! The APIs in which services can be asked for a chat completion.

use crate::native::bedrock::BedrockConverse;
use crate::native::interface::NativeApi;
use crate::native::ollama::OllamaChat;
use crate::native::responses::OpenAiResponses;

/// An API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    /// OpenAI's chat completions, and whatever is compatible with them.
    ChatCompletions,
    /// Ollama's own.
    OllamaChat,
    /// Amazon Bedrock's Converse.
    BedrockConverse,
    /// OpenAI's Responses.
    OpenAiResponses,
}

impl Api {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 4] = [
        Self::ChatCompletions,
        Self::OllamaChat,
        Self::BedrockConverse,
        Self::OpenAiResponses,
    ];

    /// Its name in the receipt.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ChatCompletions => "chat_completions",
            Self::OllamaChat => "ollama_chat",
            Self::BedrockConverse => "bedrock_converse",
            Self::OpenAiResponses => "openai_responses",
        }
    }

    /// How to ask in it; `None` for chat completions themselves.
    pub(crate) const fn native(self) -> Option<&'static dyn NativeApi> {
        match self {
            Self::ChatCompletions => None,
            Self::OllamaChat => Some(&OllamaChat),
            Self::BedrockConverse => Some(&BedrockConverse),
            Self::OpenAiResponses => Some(&OpenAiResponses),
        }
    }
}
