"""The service that both sides call: it records each request and answers in the shape of the API of its path."""
from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

from . import answers, signature
from .case import Request

# Headers that a service acts upon. The rest describes the client.
_HEADERS = ("authorization", "api-key", "x-api-key", "x-goog-api-key", "content-type")
_HEADER_PREFIXES = ("anthropic-", "openai-", "x-amzn-bedrock-", "x-amz-security-")
# What a side asks before the request that costs money, by the end of the path.
_FREE = {"/api/show": answers.MODEL_OF_OLLAMA, "/token": answers.ACCESS_TOKEN}


class Recorder:
    """A server on loopback. It serves one call at a time: `take` returns what the call sent."""

    def __init__(self) -> None:
        self._requests: list[Request] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.answer = ""
        """The file of the answer; without one the plain answer of the API."""

    @property
    def origin(self) -> str:
        """The address without a path."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def has_requests(self) -> bool:
        """Whether there was a request since the last `take`."""
        return bool(self._requests)

    def take(self) -> list[Request]:
        """The requests since the last call."""
        requests, self._requests = self._requests, []
        return requests

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # headers and body in one packet

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                self._send(404, "text/plain", b"")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                path = urlsplit(self.path).path
                free = next((answer for end, answer in _FREE.items() if path.endswith(end)), None)
                if free is not None:
                    self._send(200, "application/json", free)
                    return
                request = recorder._record(self, body)
                self._send(*answers.answer(request, recorder.answer))

            def _send(self, status: int, content_type: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("content-type", content_type)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Handler

    def _record(self, handler: BaseHTTPRequestHandler, body: bytes) -> Request:
        url = urlsplit(handler.path)
        headers = {name.lower(): value for name, value in handler.headers.items()}
        try:
            content = json.loads(body)
        except ValueError:
            content = body.decode(errors="replace")
        kept = {name: value for name, value in headers.items() if name in _HEADERS or name.startswith(_HEADER_PREFIXES)}
        if "authorization" in kept:
            kept["authorization"] = signature.described(handler.command, handler.path, headers, body)
        request = Request(
            handler.command, unquote(url.path), dict(parse_qsl(url.query, keep_blank_values=True)), kept, content
        )
        self._requests.append(request)
        return request
