"""What the service answers: recorded answers of `answers/`, and a plain one for each API."""
from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from . import event_stream
from .case import Request

DIRECTORY = Path(__file__).resolve().parent.parent / "answers"
MODEL_OF_OLLAMA = json.dumps({"template": "{{ .Tools }}", "capabilities": ["completion", "tools"], "model_info": {}}).encode()
ACCESS_TOKEN = json.dumps({"access_token": "token-0123456789", "expires_in": 3600, "token_type": "Bearer"}).encode()

_EVENTS = ".events.jsonl"
_CONTENT_TYPES = {
    ".json": "application/json",
    ".sse": "text/event-stream",
    ".ndjson": "application/x-ndjson",
}


def answer(request: Request, name: str) -> tuple[int, str, bytes]:
    """Status, content type and body: of the file with this name, or of the plain answer of the request's API."""
    return 200, *_read(name or _plain(request))


def is_stream(name: str) -> bool:
    """Whether the file with this name holds a stream."""
    return not name.endswith(".json")


@cache
def _read(name: str) -> tuple[str, bytes]:
    path = DIRECTORY / name
    body = path.read_bytes()
    if name.endswith(_EVENTS):
        return event_stream.CONTENT_TYPE, event_stream.encoded(json.loads(line) for line in body.splitlines())
    return _CONTENT_TYPES[path.suffix], body


def _plain(request: Request) -> str:
    """The API is known by its path; a stream by the path or the body."""
    members = request.body if isinstance(request.body, dict) else {}
    path = request.path
    if path.endswith(":generateContent"):
        return "gemini/plain.json"
    if path.endswith(":streamGenerateContent"):
        return "gemini/plain.sse"
    if path.endswith("/converse"):
        return "bedrock/plain.json"
    if path.endswith("/converse-stream"):
        return f"bedrock/plain{_EVENTS}"
    if path.endswith("/api/chat"):
        return "ollama/plain.json" if members.get("stream") is False else "ollama/plain.ndjson"
    apis = {"/messages": "messages", "/responses": "responses"}
    api = next((api for end, api in apis.items() if path.endswith(end)), "chat")
    return f"{api}/plain.sse" if members.get("stream") is True else f"{api}/plain.json"
