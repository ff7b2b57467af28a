"""Amazon's binary encoding of a stream: https://docs.aws.amazon.com/transcribe/latest/dg/event-stream.html"""
from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterable

from .case import Json

CONTENT_TYPE = "application/vnd.amazon.eventstream"
_STRING = 7


def encoded(events: Iterable[dict[str, Json]]) -> bytes:
    """The messages of these events, each of them an object with one member: the event's type."""
    return b"".join(_message(name, payload) for event in events for name, payload in event.items())


def _message(event_type: str, payload: Json) -> bytes:
    headers = b"".join(
        _header(name, value)
        for name, value in (
            (":event-type", event_type),
            (":content-type", "application/json"),
            (":message-type", "event"),
        )
    )
    body = json.dumps(payload).encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(body), len(headers))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + body
    return message + struct.pack(">I", zlib.crc32(message))


def _header(name: str, value: str) -> bytes:
    return struct.pack(">B", len(name)) + name.encode() + struct.pack(">BH", _STRING, len(value)) + value.encode()
