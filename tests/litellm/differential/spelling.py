"""Spellings that mean the same to a service, so that only what a request means is compared."""
from __future__ import annotations

import re

from .case import Json, Request

# Members of Gemini's API that hold documents of the caller.
_CALLERS = {
    "args",
    "labels",
    "parameters",
    "parametersJsonSchema",
    "response",
    "responseJsonSchema",
    "responseSchema",
}


def canonical_body(request: Request) -> Json:
    """The body with one spelling for each name: Gemini takes `maxOutputTokens` as it takes `max_output_tokens`.

    https://protobuf.dev/programming-guides/json
    """
    is_gemini = request.path.endswith((":generateContent", ":streamGenerateContent"))
    return _camel_case(request.body) if is_gemini else request.body


def _camel_case(value: Json) -> Json:
    if isinstance(value, list):
        return [_camel_case(item) for item in value]
    if not isinstance(value, dict):
        return value
    members = {}
    for name, member in value.items():
        spelled = re.sub(r"_([a-z])", lambda match: match[1].upper(), name)
        members[spelled] = member if spelled in _CALLERS else _camel_case(member)
    return members
