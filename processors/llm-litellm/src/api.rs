//! The APIs in which services can be asked for a chat completion.

use crate::native::anthropic::AnthropicMessages;
use crate::native::gemini::GeminiGenerateContent;
use crate::native::interface::NativeApi;
use crate::native::ollama::OllamaChat;

/// An API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    /// OpenAI's chat completions, and whatever is compatible with them.
    ChatCompletions,
    /// Google's own of Gemini.
    GeminiGenerateContent,
    /// Ollama's own.
    OllamaChat,
    /// Anthropic's own.
    AnthropicMessages,
}

impl Api {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 4] = [
        Self::ChatCompletions,
        Self::GeminiGenerateContent,
        Self::OllamaChat,
        Self::AnthropicMessages,
    ];

    /// Its name in the receipt.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ChatCompletions => "chat_completions",
            Self::GeminiGenerateContent => "gemini_generate_content",
            Self::OllamaChat => "ollama_chat",
            Self::AnthropicMessages => "anthropic_messages",
        }
    }

    /// How to ask in it; `None` for chat completions themselves.
    pub(crate) const fn native(self) -> Option<&'static dyn NativeApi> {
        match self {
            Self::ChatCompletions => None,
            Self::GeminiGenerateContent => Some(&GeminiGenerateContent),
            Self::OllamaChat => Some(&OllamaChat),
            Self::AnthropicMessages => Some(&AnthropicMessages),
        }
    }
}
