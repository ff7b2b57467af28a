//! The APIs in which services can be asked for a chat completion.

use crate::native::interface::NativeApi;
use crate::native::ollama::OllamaChat;

/// An API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    /// OpenAI's chat completions, and whatever is compatible with them.
    ChatCompletions,
    /// Ollama's own.
    OllamaChat,
}

impl Api {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 2] = [Self::ChatCompletions, Self::OllamaChat];

    /// Its name in the receipt.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ChatCompletions => "chat_completions",
            Self::OllamaChat => "ollama_chat",
        }
    }

    /// How to ask in it; `None` for chat completions themselves.
    pub(crate) const fn native(self) -> Option<&'static dyn NativeApi> {
        match self {
            Self::ChatCompletions => None,
            Self::OllamaChat => Some(&OllamaChat),
        }
    }
}
