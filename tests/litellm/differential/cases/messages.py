"""Messages: roles, parts, files, and what an assistant said before.

https://platform.openai.com/docs/api-reference/chat/create#chat_create-messages, and LiteLLM's additions:
https://docs.litellm.ai/docs/completion/vision, https://docs.litellm.ai/docs/completion/document_understanding,
https://docs.litellm.ai/docs/reasoning_content, https://docs.litellm.ai/docs/completion/prompt_caching
"""
from __future__ import annotations

from ..case import Json
from .tools import ASK, BERN, WEATHER, result

# One pixel; a document without pages; a sound without samples.
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PDF = "JVBERi0xLjQKJSVFT0YK"
WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA="
URL = "https://images.example.invalid/a.png"
CACHED: Json = {"type": "ephemeral"}


def user(content: Json, **more: Json) -> Json:
    """A user's message."""
    return {"role": "user", "content": content} | more


def system(content: Json, **more: Json) -> Json:
    """A system message."""
    return {"role": "system", "content": content} | more


def assistant(content: Json, **more: Json) -> Json:
    """An assistant's message."""
    return {"role": "assistant", "content": content} | more


def text(content: str, **more: Json) -> Json:
    """A part of text."""
    return {"type": "text", "text": content} | more


def image(url: str, **more: Json) -> Json:
    """A part with an image."""
    return {"type": "image_url", "image_url": {"url": url} | more}


def file(**members: Json) -> Json:
    """A part with a file."""
    return {"type": "file", "file": members}


_THOUGHT: Json = {"type": "thinking", "thinking": "Simple.", "signature": "c2lnbmF0dXJl"}
_REDACTED: Json = {"type": "redacted_thinking", "data": "cmVkYWN0ZWQ="}

_CONVERSATIONS: dict[str, list[Json]] = {
    "system twice": [system("Be brief."), system("Be kind."), user("hi")],
    "system in the middle": [user("hi"), assistant("hello"), system("Be brief."), user("go on")],
    "system last": [user("hi"), system("Be brief.")],
    "system only": [system("Be brief.")],
    "system of parts": [system([text("Be brief."), text("Be kind.")]), user("hi")],
    "system empty": [system(""), user("hi")],
    "developer and system": [system("Be brief."), {"role": "developer", "content": "Be kind."}, user("hi")],
    "content of parts": [user([text("hi")])],
    "content of two parts": [user([text("hi"), text("there")])],
    "name": [user("hi", name="alice")],
    "assistant's name": [user("hi"), assistant("hello", name="bot"), user("go on")],
    "assistant of parts": [user("hi"), assistant([text("hello"), text("there")]), user("go on")],
    "prefill": [user("hi"), assistant("Hello, my")],
    "prefill with a space": [user("hi"), assistant("Hello, my ")],
    "prefix": [user("hi"), assistant("Hello, my", prefix=True)],
    "user's message empty": [user("")],
    "user's message of a space": [user(" ")],
    "part empty": [user([text(""), text("hi")])],
    "assistant empty": [user("hi"), assistant(""), user("go on")],
    "assistant null": [user("hi"), assistant(None), user("go on")],
    "users in a row": [user("hi"), user("there")],
    "assistants in a row": [user("hi"), assistant("a"), assistant("b"), user("go on")],
    "assistant first": [assistant("hello"), user("hi")],
    "a conversation": [user("hi"), assistant("hello"), user("go on")],
    "unusual characters": [user("😀 é\u0301 \u2028 \"quoted\" \\ \t")],
    "refusal": [user("hi"), assistant(None, refusal="I cannot."), user("go on")],
    "an unknown member": [user("hi", unheard_of=1)],
    "answer handed back": [
        user("hi"),
        assistant("hello", tool_calls=None, function_call=None, annotations=[], refusal=None, audio=None),
        user("go on"),
    ],
    "image URL": [user([text("What is it?"), image(URL)])],
    "image URL and detail": [user([text("What is it?"), image(URL, detail="low")])],
    "image": [user([text("What is it?"), image(f"data:image/png;base64,{PNG}")])],
    "image as a string": [user([text("What is it?"), {"type": "image_url", "image_url": f"data:image/png;base64,{PNG}"}])],
    "image with a format": [user([text("What is it?"), image(f"data:image/png;base64,{PNG}", format="image/png")])],
    "image alone": [user([image(f"data:image/png;base64,{PNG}")])],
    "image first": [user([image(f"data:image/png;base64,{PNG}"), text("What is it?")])],
    "two images": [user([image(f"data:image/png;base64,{PNG}"), image(f"data:image/jpeg;base64,{PNG}"), text("Same?")])],
    "PDF": [user([text("Summarize."), file(file_data=f"data:application/pdf;base64,{PDF}", filename="a.pdf")])],
    "PDF without a name": [user([text("Summarize."), file(file_data=f"data:application/pdf;base64,{PDF}")])],
    "PDF as an image": [user([text("Summarize."), image(f"data:application/pdf;base64,{PDF}")])],
    "file by its id": [user([text("Summarize."), file(file_id="file-abc123")])],
    "file by its address": [user([text("Summarize."), file(file_id="https://files.example.invalid/a.pdf", format="application/pdf")])],
    "audio": [user([text("What is said?"), {"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}}])],
    "audio's id handed back": [user("hi"), assistant(None, audio={"id": "audio_1"}), user("go on")],
    "cached part": [user([text("A long text.", cache_control=CACHED), text("Summarize.")])],
    "cached system": [system([text("A long text.", cache_control=CACHED)]), user("hi")],
    "cached system message": [system("A long text.", cache_control=CACHED), user("hi")],
    "cached message": [user("A long text.", cache_control=CACHED), assistant("hello"), user("go on")],
    "cached for an hour": [user([text("A long text.", cache_control=CACHED | {"ttl": "1h"})])],
    "reasoning handed back": [user("hi"), assistant("hello", reasoning_content="Simple."), user("go on")],
    "thoughts handed back": [user("hi"), assistant("hello", thinking_blocks=[_THOUGHT], reasoning_content="Simple."), user("go on")],
    "redacted thoughts handed back": [user("hi"), assistant("hello", thinking_blocks=[_THOUGHT, _REDACTED]), user("go on")],
}

CASES: dict[str, dict[str, Json]] = {name: {"messages": messages} for name, messages in _CONVERSATIONS.items()} | {
    "thoughts and calls handed back": {
        "messages": [
            ASK,
            assistant(None, tool_calls=[BERN], thinking_blocks=[_THOUGHT], reasoning_content="Simple."),
            result("call_1", "18"),
        ],
        "tools": [WEATHER],
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "max_tokens": 4096,
    },
    "signature handed back": {
        "messages": [
            ASK,
            assistant(None, tool_calls=[BERN | {"provider_specific_fields": {"thought_signature": "c2lnbmF0dXJl"}}]),
            result("call_1", "18"),
        ],
        "tools": [WEATHER],
    },
    "provider's own fields handed back": {
        "messages": [user("hi"), assistant("hello", provider_specific_fields={"thought_signatures": ["c2ln"]}), user("go on")]
    },
    "result with an image": {
        "messages": [
            ASK,
            assistant(None, tool_calls=[BERN]),
            result("call_1", [text("A map:"), image(f"data:image/png;base64,{PNG}")]),
        ],
        "tools": [WEATHER],
    },
    "cached tool": {"tools": [WEATHER | {"cache_control": CACHED}]},
    "cached function": {"tools": [{"type": "function", "function": WEATHER["function"] | {"cache_control": CACHED}}]},
    "cached result": {
        "messages": [ASK, assistant(None, tool_calls=[BERN]), result("call_1", "18", cache_control=CACHED)],
        "tools": [WEATHER],
    },
}
