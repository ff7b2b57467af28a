"""The command line of the comparison."""
from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
from fnmatch import fnmatchcase
from pathlib import Path

from . import ours, reasons, report, theirs
from .case import Case, Outcome
from .cases import all_cases
from .difference import Difference, differences
from .recorder import Recorder


class Worker:
    """A process that makes calls one after another, by both sides."""

    def __init__(self, binary: Path) -> None:
        self._recorder = Recorder()
        self._binary = binary
        # the processor syncs what it writes, which costs nothing in memory
        memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
        self._directory = tempfile.TemporaryDirectory(prefix="litellm-compare-", dir=memory)

    def outcomes(self, case: Case) -> tuple[Outcome, Outcome]:
        """Theirs and ours."""
        self._recorder.answer = case.answer
        return (
            theirs.call(case, self._recorder),
            ours.call(case, self._recorder, self._binary, Path(self._directory.name)),
        )


def main() -> int:
    """Compares, prints, and returns the exit status."""
    options = _options()
    cases = [
        case
        for case in all_cases()
        if fnmatchcase(case.provider, options.provider) and fnmatchcase(case.name, options.case)
    ]
    is_whole = options.provider == options.case == "*"
    if options.show:
        _show(cases, options.binary)
        return 0
    found = _compare(cases, options.binary, options.jobs)
    known = reasons.load()
    rest = reasons.unexplained(found, known)
    unused = [reason for reason in known if is_whole and not reason.count]
    print(report.by_kind(rest, options.examples))
    for reason in unused:
        print(f"reasons.toml: explains nothing: {reason.why}")
    differing = len({(difference.provider, difference.case) for difference in found})
    providers = len({case.provider for case in cases})
    print(report.totals(len(cases), providers, differing, len(found), len(rest)))
    return 1 if rest or unused else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="compare", description="Makes the same calls by llm/litellm@1 and by LiteLLM's SDK, and prints what differs."
    )
    parser.add_argument("binary", type=lambda path: Path(path).resolve(strict=True), help="the processor llm-litellm")
    parser.add_argument("--provider", default="*", metavar="GLOB", help="only these providers")
    parser.add_argument("--case", default="*", metavar="GLOB", help="only these cases")
    parser.add_argument("--examples", type=int, default=1, metavar="N", help="how many differences to print of each kind")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N", help="how many calls at once")
    parser.add_argument("--show", action="store_true", help="print what both sides do instead of comparing it")
    return parser.parse_args()


_worker: Worker


def _start(binary: Path) -> None:
    global _worker
    _worker = Worker(binary)


def _run(case: Case) -> list[Difference]:
    return differences(case, *_worker.outcomes(case))


def _compare(cases: list[Case], binary: Path, jobs: int) -> list[Difference]:
    # forked, as LiteLLM takes seconds to import
    with multiprocessing.get_context("fork").Pool(jobs, _start, (binary,)) as pool:
        return [difference for found in pool.imap(_run, cases, chunksize=16) for difference in found]


def _show(cases: list[Case], binary: Path) -> None:
    worker = Worker(binary)
    for case in cases:
        print(f"=== {case.provider} | {case.name} | {case.model}")
        for side, outcome in zip(("theirs", "ours"), worker.outcomes(case)):
            print(f"--- {side}: {outcome.error or 'success'}")
            for request in outcome.requests:
                print(f"{request.method} {request.path} {request.query} {request.headers}\n{report.pretty(request.body)}")
            if case.answer:
                print(report.pretty(outcome.completion))
    sys.stdout.flush()
