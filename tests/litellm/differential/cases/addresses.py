"""The variables of each provider: alone, in pairs of which one wins, and the forms of an address that people use.

https://docs.litellm.ai/docs/providers
"""
from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from ..providers import PROVIDERS

# The prefix, the variables of the address, and those of the key.
_VARIABLES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("openai", ("OPENAI_BASE_URL", "OPENAI_API_BASE"), ("OPENAI_API_KEY",)),
    ("azure", ("AZURE_API_BASE",), ("AZURE_OPENAI_API_KEY", "AZURE_API_KEY", "AZURE_AD_TOKEN")),
    ("anthropic", ("ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL"), ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")),
    ("gemini", ("GEMINI_API_BASE",), ("GOOGLE_API_KEY", "GEMINI_API_KEY")),
    (
        "together_ai",
        ("TOGETHER_AI_API_BASE",),
        ("TOGETHER_API_KEY", "TOGETHER_AI_API_KEY", "TOGETHERAI_API_KEY", "TOGETHER_AI_TOKEN"),
    ),
    ("openrouter", ("OPENROUTER_API_BASE",), ("OPENROUTER_API_KEY", "OR_API_KEY")),
    ("mistral", ("MISTRAL_AZURE_API_BASE", "MISTRAL_API_BASE"), ("MISTRAL_AZURE_API_KEY", "MISTRAL_API_KEY")),
    (
        "fireworks_ai",
        ("FIREWORKS_API_BASE",),
        ("FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY", "FIREWORKSAI_API_KEY", "FIREWORKS_AI_TOKEN"),
    ),
    ("perplexity", ("PERPLEXITY_API_BASE",), ("PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY")),
    ("ollama_chat", ("OLLAMA_API_BASE",), ("OLLAMA_API_KEY",)),
    ("hosted_vllm", ("HOSTED_VLLM_API_BASE",), ("HOSTED_VLLM_API_KEY",)),
    ("lm_studio", ("LM_STUDIO_API_BASE",), ("LM_STUDIO_API_KEY",)),
    ("litellm_proxy", ("LITELLM_PROXY_API_BASE",), ("LITELLM_PROXY_API_KEY",)),
)

_PATHS = {provider.prefix: provider.base[1] for provider in PROVIDERS}

# Forms of an address besides the one of the other cases.
_FORMS: dict[str, tuple[str, ...]] = {
    "openai": ("/v1/", "/v1/chat/completions"),
    "azure": ("/", "/openai/deployments/gpt-4.1-mini", "/openai/v1", "/gateway"),
    "anthropic": ("/", "/v1", "/v1/messages", "/gateway"),
    "gemini": ("", "/", "/v1beta/", "/v1"),
    "ollama_chat": ("/", "/api/chat"),
    "hosted_vllm": ("/v1/", ""),
}


def cases() -> Iterator[tuple[str, str, dict[str, str]]]:
    """The provider, a name, and the variables. The first address and the first key complete what a case leaves open."""
    for provider, bases, keys in _VARIABLES:
        path = _PATHS[provider]
        base = {bases[0]: "{server}" + path}
        key = {keys[0]: _key(keys[0])}
        for variable in keys:
            yield provider, f"key {variable}", base | {variable: _key(variable)}
        for pair in combinations(keys, 2):
            yield provider, f"keys {' and '.join(pair)}", base | {variable: _key(variable) for variable in pair}
        yield provider, "no key", base
        for variable in bases[1:]:
            yield provider, f"address {variable}", key | {variable: "{server}" + path}
        for first, second in combinations(bases, 2):
            both = {first: "{server}/first" + path, second: "{server}/second" + path}
            yield provider, f"addresses {first} and {second}", key | both
        for form in _FORMS.get(provider, ()):
            yield provider, f"address {form or 'without a path'}", key | {bases[0]: "{server}" + form}
    azure = {"AZURE_API_BASE": "{server}", "AZURE_API_KEY": _key("AZURE_API_KEY")}
    yield "azure", "version", azure | {"AZURE_API_VERSION": "2024-06-01"}


def _key(variable: str) -> str:
    return f"value-of-{variable}"
