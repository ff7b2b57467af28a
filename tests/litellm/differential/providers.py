"""The providers of the comparison: their models, and the variables that lead both sides to the recording server."""
from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from .signature import ACCESS_KEY, SECRET_KEY

KEY = "key-of-this-provider-0123456789"

# A service account of Google's, which gets its tokens from the recording server.
_ACCOUNT = json.dumps(
    {
        "type": "service_account",
        "project_id": "project-1",
        "client_email": "account@project-1.iam.gserviceaccount.com",
        "private_key": (Path(__file__).resolve().parents[2] / "llm_litellm/vertex/key.pem").read_text(),
        "token_uri": "{server}/token",
    }
)


@dataclass(frozen=True)
class Provider:
    """A provider as both sides name it."""

    prefix: str
    model: str
    """Gets every case."""
    base: tuple[str, str]
    """The variable of the address, and its path on the server."""
    key: str
    """The variable of the key."""
    more_models: tuple[str, ...] = ()
    """Get the cases in which models differ."""
    their_prefix: str = ""
    """LiteLLM's prefix, if it is another one."""
    more_variables: dict[str, str] = field(default_factory=dict)
    label: str = ""
    """What cases and reasons call it, if the prefix is not enough."""

    @property
    def name(self) -> str:
        """What cases and reasons call it."""
        return self.label or self.prefix

    def environment(self) -> dict[str, str]:
        """The variables with which both sides are called."""
        variable, path = self.base
        return {variable: "{server}" + path, self.key: KEY} | self.more_variables


def _simple(prefix: str, model: str, *more: str, path: str = "/v1", variables: str = "") -> Provider:
    """A provider whose variables are named like its prefix."""
    name = variables or prefix.upper()
    return Provider(prefix, model, (f"{name}_API_BASE", path), f"{name}_API_KEY", more)


PROVIDERS = (
    Provider(
        "openai",
        "gpt-4.1-mini",
        ("OPENAI_BASE_URL", "/v1"),
        "OPENAI_API_KEY",
        ("gpt-4o-search-preview", "gpt-4o-audio-preview", "o3-mini", "o1", "gpt-5", "gpt-5.1", "gpt-5-chat-latest", "gpt-3.5-turbo"),
    ),
    Provider(
        "azure",
        "gpt-4.1-mini",
        ("AZURE_API_BASE", ""),
        "AZURE_API_KEY",
        ("o3-mini", "o1", "gpt-5", "my-deployment"),
    ),
    _simple(
        "anthropic",
        "claude-sonnet-4-5",
        "claude-haiku-4-5",
        "claude-opus-4-5",
        "claude-opus-4-6",
        "claude-opus-4-7",
        "claude-sonnet-5",
        path="",
    ),
    _simple("gemini", "gemini-2.5-flash", "gemini-2.5-pro", "gemini-3-flash-preview", "gemma-3-27b-it", path="/v1beta"),
    _simple("groq", "llama-3.3-70b-versatile", "openai/gpt-oss-20b", "qwen/qwen3-32b", path="/openai/v1"),
    Provider(
        "together_ai",
        "meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo",
        ("TOGETHER_AI_API_BASE", "/v1"),
        "TOGETHER_API_KEY",
        ("openai/gpt-oss-20b",),
    ),
    _simple(
        "openrouter",
        "openai/gpt-4o",
        "anthropic/claude-sonnet-4.5",
        "google/gemini-2.5-pro",
        "openai/gpt-5",
        path="/api/v1",
    ),
    Provider(
        "mistral",
        "mistral-small-latest",
        ("MISTRAL_API_BASE", "/v1"),
        "MISTRAL_API_KEY",
        ("magistral-medium-latest", "codestral-latest"),
        # LiteLLM documents the other variable, but never gets as far as reading it.
        more_variables={"MISTRAL_AZURE_API_BASE": "{server}/v1"},
    ),
    _simple("deepseek", "deepseek-chat", "deepseek-reasoner", path="/beta"),
    _simple("xai", "grok-4", "grok-3-mini", "grok-code-fast-1"),
    Provider(
        "fireworks_ai",
        "deepseek-v3p1",
        ("FIREWORKS_API_BASE", "/inference/v1"),
        "FIREWORKS_API_KEY",
        ("llama-v3p1-8b-instruct", "accounts/fireworks/models/gpt-oss-120b"),
    ),
    _simple("perplexity", "sonar", "sonar-reasoning-pro", path=""),
    _simple("cerebras", "llama-3.3-70b", "gpt-oss-120b"),
    _simple("nvidia_nim", "meta/llama-3.1-8b-instruct", "google/gemma-2-9b-it", "mistralai/mistral-large"),
    _simple("deepinfra", "meta-llama/Llama-3.3-70B-Instruct", "mistralai/Mistral-7B-Instruct-v0.1", path="/v1/openai"),
    _simple("sambanova", "Meta-Llama-3.3-70B-Instruct", "gpt-oss-120b"),
    _simple("moonshot", "kimi-k2.5", "moonshot-v1-8k", "kimi-thinking-preview"),
    _simple("dashscope", "qwen-plus", "qwen3-max", path="/compatible-mode/v1"),
    _simple("nebius", "Qwen/Qwen3-30B-A3B-Instruct-2507", "deepseek-ai/DeepSeek-R1"),
    _simple("zai", "glm-4.6", "glm-4.5v", path="/api/paas/v4"),
    _simple("minimax", "MiniMax-M2"),
    _simple("volcengine", "doubao-seed-1-6", path="/api/v3"),
    _simple("codestral", "codestral-latest"),
    _simple("novita", "deepseek/deepseek-v3-0324", path="/v3/openai"),
    _simple("hyperbolic", "Qwen/Qwen2.5-72B-Instruct"),
    _simple("featherless_ai", "Qwen/Qwen2.5-72B-Instruct"),
    _simple("meta_llama", "Llama-4-Scout-17B-16E-Instruct-FP8", path="/compat/v1", variables="LLAMA"),
    _simple("vercel_ai_gateway", "openai/gpt-4o"),
    _simple("llamafile", "gemma-3"),
    _simple("qwencloud", "qwen-plus", path="/compatible-mode/v1"),
    # LiteLLM's `ollama/` flattens the messages into one prompt for /api/generate. Ours takes both prefixes to /api/chat, as
    # LiteLLM's `ollama_chat/` does, which its documentation recommends.
    Provider(
        "ollama", "llama3.2:1b", ("OLLAMA_API_BASE", ""), "OLLAMA_API_KEY", ("gpt-oss:20b",), their_prefix="ollama_chat"
    ),
    _simple("ollama_chat", "llama3.2:1b", "qwen3:8b", path="", variables="OLLAMA"),
    _simple("hosted_vllm", "Qwen/Qwen3-8B"),
    _simple("lm_studio", "gemma-3"),
    _simple("litellm_proxy", "any-name", "gpt-5", path=""),
    Provider(
        "bedrock",
        "anthropic.claude-3-5-sonnet-20240620-v1:0",
        ("AWS_BEDROCK_RUNTIME_ENDPOINT", ""),
        "AWS_ACCESS_KEY_ID",
        (
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "amazon.nova-lite-v1:0",
            "meta.llama3-1-8b-instruct-v1:0",
            "mistral.mistral-large-2407-v1:0",
            "us.deepseek.r1-v1:0",
            "openai.gpt-oss-20b-1:0",
        ),
        more_variables={
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION_NAME": "us-west-2",
            "AWS_REGION": "us-west-2",
        },
    ),
    Provider(
        "vertex_ai",
        "gemini-2.5-flash",
        ("VERTEXAI_API_BASE", ""),
        "VERTEXAI_CREDENTIALS",
        ("gemini-3-flash-preview",),
        more_variables={
            "VERTEXAI_CREDENTIALS": _ACCOUNT,
            "VERTEXAI_PROJECT": "project-1",
            "VERTEXAI_LOCATION": "europe-west4",
        },
    ),
    # The models of OpenAI that know no chat completions.
    Provider(
        "openai/responses",
        "gpt-4.1-mini",
        ("OPENAI_BASE_URL", "/v1"),
        "OPENAI_API_KEY",
        ("o3-mini", "gpt-5"),
    ),
    Provider(
        "openai",
        "o1-pro",
        ("OPENAI_BASE_URL", "/v1"),
        "OPENAI_API_KEY",
        ("gpt-5-codex", "o3-deep-research"),
        label="openai o1-pro",
    ),
)
