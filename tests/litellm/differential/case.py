"""A call that both sides make, and what came of it on one side."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = Any
HI = [{"role": "user", "content": "hi"}]


@dataclass(frozen=True)
class Case:
    """One call: a model and the parameters of a chat completion, in LiteLLM's words."""

    provider: str
    name: str
    model: str
    params: dict[str, Json]
    """With `messages`; without `model`."""
    environment: dict[str, str] = field(default_factory=dict)
    """The provider's variables. `{server}` stands for the origin of the recording server."""
    their_model: str = ""
    """The model's name for LiteLLM, if it has another one."""
    answer: str = ""
    """The file of the recorded answer; without one the server invents a plain answer."""


@dataclass(frozen=True)
class Request:
    """A request as the server received it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Json


@dataclass
class Outcome:
    """What a call led to: requests that cost money, then a chat completion or an error."""

    requests: list[Request] = field(default_factory=list)
    completion: Json = None
    error: str = ""
    """Empty after a success; begins with `refused` or `crashed` if no request was made."""
