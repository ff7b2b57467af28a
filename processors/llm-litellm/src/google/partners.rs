//! Other makers' models in Vertex AI, which are asked for chat completions:
//! <https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/use-partner-models>.

use percent_encoding::utf8_percent_encode;

use crate::native::model_path::SEGMENT;

/// How a partner's model is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Partner {
    /// In Vertex's OpenAI-compatible layer.
    Compatible,
    /// In the API of this publisher, which is that of its own service.
    Publisher(&'static str),
}

const MISTRAL: Partner = Partner::Publisher("mistralai");
const AI21: Partner = Partner::Publisher("ai21");

/// The beginnings of names, and how those models are asked; LiteLLM's.
const PARTNERS: [(&str, Partner); 12] = [
    ("meta/", Partner::Compatible),
    ("deepseek-ai/", Partner::Compatible),
    ("qwen/", Partner::Compatible),
    ("openai/", Partner::Compatible),
    ("minimaxai/", Partner::Compatible),
    ("moonshotai/", Partner::Compatible),
    ("zai-org/", Partner::Compatible),
    ("xai/", Partner::Compatible),
    ("google/gemma-", Partner::Compatible),
    ("mistral", MISTRAL),
    ("codestral", MISTRAL),
    ("jamba", AI21),
];

const GLOBAL: &str = "global";
const CENTRAL: &str = "us-central1";
/// The beginnings of the names of models that are in some locations alone, and these, by LiteLLM's table.
const LOCATIONS: [(&str, &[&str]); 9] = [
    ("deepseek-ai/deepseek-r1-0528-maas", &[CENTRAL]),
    ("deepseek-ai/deepseek-v3.1-maas", &[CENTRAL]),
    ("deepseek-ai/deepseek-v3.2-maas", &[GLOBAL]),
    ("deepseek-ai/deepseek-v4.1-flash-maas", &[GLOBAL]),
    ("google/gemma-4-26b-a4b-it-maas", &[GLOBAL]),
    ("qwen/qwen3-235b-a22b-instruct-2507-maas", &[GLOBAL, "us-south1"]),
    ("qwen/qwen3-coder-480b-a35b-instruct-maas", &[GLOBAL]),
    ("qwen/qwen3-next-80b-a3b-", &[GLOBAL]),
    ("zai-org/glm-", &[GLOBAL]),
];

/// How this model of Vertex AI is asked, if it is a partner's; Claude is not among them.
pub(crate) fn partner(model: &str) -> Option<Partner> {
    let mut partners = PARTNERS.iter();
    let found = partners.find(|(beginning, _)| model.starts_with(beginning));
    found.map(|(_, partner)| *partner)
}

/// The only locations that have this model; empty if it may be in any.
pub(crate) fn locations(model: &str) -> &'static [&'static str] {
    let mut known = LOCATIONS.iter();
    let found = known.find(|(beginning, _)| model.starts_with(beginning));
    found.map_or(&[], |(_, locations)| *locations)
}

impl Partner {
    /// What follows the address of the project's location, and the name in the body; `None` if it is as in any chat completion.
    pub(crate) fn path(self, model: &str, is_stream: bool) -> Option<(String, &str)> {
        let Self::Publisher(publisher) = self else {
            return None;
        };
        let method = if is_stream {
            "streamRawPredict"
        } else {
            "rawPredict"
        };
        let name = model
            .strip_prefix(publisher)
            .and_then(|rest| rest.strip_prefix('/'))
            .unwrap_or(model);
        let in_path = utf8_percent_encode(name, SEGMENT);
        let in_body = name.split_once('@').map_or(name, |(name, _)| name);
        let path = format!("/publishers/{publisher}/models/{in_path}:{method}");
        Some((path, if self == MISTRAL { in_body } else { name }))
    }

    /// The version of the API.
    pub(crate) fn version(self) -> &'static str {
        if self == AI21 { "/v1beta1" } else { "/v1" }
    }

    /// The end of the address at which it is asked.
    pub(crate) fn end(self) -> &'static str {
        match self {
            Self::Compatible => "/endpoints/openapi",
            Self::Publisher(_) => "",
        }
    }

    /// The route whose parameters it takes; `None` if only the service knows.
    pub(crate) fn parameters(self) -> Option<&'static str> {
        (self == MISTRAL).then_some("mistral")
    }
}
