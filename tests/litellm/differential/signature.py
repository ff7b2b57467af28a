"""Checks Amazon's signature of a request: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html"""
from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlsplit

ACCESS_KEY = "AKIDEXAMPLE0123456789"
SECRET_KEY = "secret-key-of-amazon-0123456789abcdefghi"

_FORM = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<scope>(?P<date>\d+)/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request),\s*"
    r"SignedHeaders=(?P<headers>[^,]+),\s*Signature=(?P<signature>[0-9a-f]+)"
)


def described(method: str, target: str, headers: Mapping[str, str], body: bytes) -> str:
    """An `authorization` header as a statement that is the same at any time and for any choice of signed headers."""
    authorization = headers.get("authorization", "")
    match = _FORM.fullmatch(authorization)
    if match is None:
        return authorization
    expected = _signature(method, target, headers, body, match)
    verdict = "valid" if hmac.compare_digest(expected, match["signature"]) else "invalid"
    return f"{verdict} signature of {match['key']} for {match['service']} in {match['region']}"


def _signature(method: str, target: str, headers: Mapping[str, str], body: bytes, match: re.Match[str]) -> str:
    url = urlsplit(target)
    query = "&".join(
        sorted(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in parse_qsl(url.query, True))
    )
    names = match["headers"].split(";")
    lines = [f"{name}:{' '.join(headers.get(name, '').split())}" for name in names]
    request = "\n".join(
        # the path is encoded once more than it is sent
        (method, quote(url.path, safe="/-_.~"), query, *lines, "", match["headers"], hashlib.sha256(body).hexdigest())
    )
    text = "\n".join(
        ("AWS4-HMAC-SHA256", headers.get("x-amz-date", ""), match["scope"], hashlib.sha256(request.encode()).hexdigest())
    )
    key = f"AWS4{SECRET_KEY}".encode()
    for part in match["scope"].split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()
