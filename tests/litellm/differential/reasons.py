"""The differences that are meant, each with its reason."""
from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from .difference import Difference

PATH = Path(__file__).resolve().parent.parent / "reasons.toml"


@dataclass
class Reason:
    """A reason, and patterns of the differences that it explains. A pattern is one glob or a list of them."""

    why: str
    provider: str | list[str] = "*"
    case: str | list[str] = "*"
    pointer: str | list[str] = "*"
    theirs: str | list[str] = "*"
    ours: str | list[str] = "*"
    count: int = field(default=0, init=False)
    """How many differences it has explained."""

    def explains(self, difference: Difference) -> bool:
        """Whether every pattern matches."""
        names = "provider", "case", "pointer", "theirs", "ours"
        return all(_is_match(getattr(difference, name), getattr(self, name)) for name in names)


def load() -> list[Reason]:
    """The list, in its order."""
    return [Reason(**entry) for entry in tomllib.loads(PATH.read_text()).get("reason", [])]


def unexplained(differences: list[Difference], reasons: list[Reason]) -> list[Difference]:
    """The differences without a reason. Counts what each reason explains; the first that matches counts."""
    rest = []
    for difference in differences:
        reason = next((reason for reason in reasons if reason.explains(difference)), None)
        if reason is None:
            rest.append(difference)
        else:
            reason.count += 1
    return rest


def _is_match(text: str, pattern: str | list[str]) -> bool:
    patterns = [pattern] if isinstance(pattern, str) else pattern
    return any(fnmatchcase(text, _literal_brackets(pattern)) for pattern in patterns)


def _literal_brackets(pattern: str) -> str:
    """`*` and `?` are wild; JSON has too many brackets for sets of characters."""
    return pattern.replace("[", "[[]")
