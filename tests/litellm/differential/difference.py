"""What differs between the outcomes of a call on both sides."""
from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from .case import Case, Json, Outcome, Request
from .spelling import canonical_body

ABSENT = "(absent)"


@dataclass(frozen=True)
class Difference:
    """One difference: where, and what both sides have there, as JSON."""

    provider: str
    case: str
    pointer: str
    theirs: str
    ours: str

    def __str__(self) -> str:
        return f"{self.provider} | {self.case} | {self.pointer or '/'}\n    theirs: {self.theirs}\n    ours:   {self.ours}"


def differences(case: Case, theirs: Outcome, ours: Outcome) -> list[Difference]:
    """All differences; if one side sends nothing, or more, then only that."""
    found = _completions(theirs, ours) if case.answer else _requests(theirs.requests, ours.requests)
    if bool(theirs.requests) != bool(ours.requests):
        found = iter([("", _begin(theirs), _begin(ours))])
    return [Difference(case.provider, case.name, *difference) for difference in found]


def _begin(outcome: Outcome) -> str:
    return "sent" if outcome.requests else outcome.error


def _requests(theirs: list[Request], ours: list[Request]) -> Iterator[tuple[str, str, str]]:
    if len(theirs) != len(ours):
        yield "/requests", str(len(theirs)), str(len(ours))
    for their_request, our_request in zip(theirs, ours):
        for name in "method", "path", "query", "headers":
            yield from _values(f"/{name}", getattr(their_request, name), getattr(our_request, name))
        yield from _values("/body", canonical_body(their_request), canonical_body(our_request))


def _completions(theirs: Outcome, ours: Outcome) -> Iterator[tuple[str, str, str]]:
    if theirs.error or ours.error:
        if bool(theirs.error) != bool(ours.error):
            yield "/error", theirs.error or "a completion", ours.error or "a completion"
        return
    yield from _values("/completion", _said(theirs.completion), _said(ours.completion))


def _said(value: Json) -> Json:
    """A value without members that say nothing: LiteLLM's classes have many."""
    if isinstance(value, dict):
        return {name: _said(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [_said(item) for item in value]
    return value


def _values(pointer: str, theirs: Json, ours: Json) -> Iterator[tuple[str, str, str]]:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in theirs | ours:
            inner = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            if name not in ours:
                yield inner, _shown(theirs[name]), ABSENT
            elif name not in theirs:
                yield inner, ABSENT, _shown(ours[name])
            else:
                yield from _values(inner, theirs[name], ours[name])
        # a model answers in the order of the properties
        if pointer.endswith("/properties") and theirs.keys() == ours.keys() and list(theirs) != list(ours):
            yield f"{pointer}#order", _shown(list(theirs)), _shown(list(ours))
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for index, (their_item, our_item) in enumerate(zip(theirs, ours)):
            yield from _values(f"{pointer}/{index}", their_item, our_item)
    elif pointer.endswith("/arguments") and _parsed(theirs) == _parsed(ours) is not None:
        pass  # white space in them means nothing
    elif theirs != ours or isinstance(theirs, bool) != isinstance(ours, bool):
        yield pointer, _shown(theirs), _shown(ours)


def _parsed(text: Json) -> Json:
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return None


def _shown(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
