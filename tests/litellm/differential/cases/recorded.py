"""Answers of services as their documentation shows them, in `answers/`; both sides make a chat completion of each.

https://platform.openai.com/docs/api-reference/chat, https://platform.openai.com/docs/api-reference/responses,
https://docs.anthropic.com/en/api/messages, https://ai.google.dev/api/generate-content,
https://github.com/ollama/ollama/blob/main/docs/api.md,
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""
from __future__ import annotations

from collections.abc import Iterator

from ..answers import DIRECTORY, is_stream
from ..case import Json
from .schemas import ANSWER, json_schema
from .tools import TIME, WEATHER

# The directory of the answers, and a model that gives such answers.
_APIS = (
    ("chat", "openai", "gpt-4.1-mini"),
    ("messages", "anthropic", "claude-sonnet-4-5"),
    ("gemini", "gemini", "gemini-2.5-flash"),
    ("ollama", "ollama_chat", "llama3.2:1b"),
    ("responses", "openai/responses", "gpt-5"),
    ("bedrock", "bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
)

# What a request has to ask for, by a word in the answer's name.
_REQUESTS: dict[str, dict[str, Json]] = {
    "tool": {"tools": [WEATHER, TIME]},
    "json": {"response_format": json_schema(ANSWER)},
    "two-candidates": {"n": 2},
    "search": {"web_search_options": {}},
    "stop-sequence": {"stop": ["END"]},
}


def cases() -> Iterator[tuple[str, str, str, dict[str, Json]]]:
    """The provider, the model, the name of the answer's file, and the parameters."""
    for api, provider, model in _APIS:
        for path in sorted((DIRECTORY / api).iterdir()):
            params: dict[str, Json] = {"stream": True} if is_stream(path.name) else {}
            for word, wanted in _REQUESTS.items():
                if word in path.name.partition(".")[0]:
                    params |= wanted
            yield provider, model, f"{api}/{path.name}", params
