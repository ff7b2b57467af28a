"""What a run prints: differences by kind, and totals."""
from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from .case import Json
from .difference import Difference

_NAMES = 10


def by_kind(differences: list[Difference], examples: int) -> str:
    """The differences, those with the same location and kinds of values together; the most frequent first."""
    kinds: dict[tuple[str, ...], list[Difference]] = defaultdict(list)
    for difference in differences:
        kinds[_kind(difference)].append(difference)
    lines = []
    for members in sorted(kinds.values(), key=len, reverse=True):
        lines.append(f"## {len(members)} times {_pattern(members[0].pointer) or '/'}")
        lines.append(f"providers: {_counted(member.provider for member in members)}")
        lines.append(f"cases: {_counted(member.case for member in members)}")
        lines += [str(member) for member in members[:examples]]
        lines.append("")
    return "\n".join(lines)


def _kind(difference: Difference) -> tuple[str, ...]:
    return _pattern(difference.pointer), _form(difference.theirs), _form(difference.ours)


def _pattern(pointer: str) -> str:
    """The pointer without positions in lists."""
    return re.sub(r"/\d+", "/*", pointer)


def _form(value: str) -> str:
    """What matters of a value: of an error its type, of another value whether there is one."""
    if value.startswith(("refused", "crashed")):
        return " ".join(re.findall(r"\w+", value)[:2])
    return value if value.startswith("(") or value in ("sent", "null", '""', "[]", "{}") else "a value"


def _counted(names: Iterable[str]) -> str:
    counts = Counter(names).most_common()
    rest = f" and {len(counts) - _NAMES} more" if len(counts) > _NAMES else ""
    return ", ".join(f"{name} ({count})" for name, count in counts[:_NAMES]) + rest


def totals(cases: int, providers: int, differing: int, differences: int, rest: int) -> str:
    """The last line."""
    return (
        f"{cases} calls of {providers} providers: {cases - differing} equal, {differences} differences in the other "
        f"{differing}, {rest} of them without a reason"
    )


def pretty(value: Json) -> str:
    """A value for people."""
    return json.dumps(value, indent=2, ensure_ascii=False)
