"""Our side: the built processor, one process for each call."""
from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from .case import Case, Outcome
from .recorder import Recorder

# Nothing may leave this machine.
NO_NETWORK = {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}
_TIMEOUT_S = 30


def call(case: Case, recorder: Recorder, binary: Path, directory: Path) -> Outcome:
    """Runs the processor on this case."""
    inputs = {"mode": "real", "model": case.model, "params": case.params | {"num_retries": 0}}
    variables = {name: value.replace("{server}", recorder.origin) for name, value in case.environment.items()}
    command = [binary, "--inputs", "-", "--write-prefix", "/artifacts/{execution_id}/", "--execution-id", "run"]
    finished = subprocess.run(
        command,
        input=json.dumps(inputs).encode(),
        env=NO_NETWORK | variables | {"ARTIFACTS_BASE_DIR": str(directory), "LOG_LEVEL": "error"},
        capture_output=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    outcome = Outcome(recorder.take())
    envelope = json.loads(finished.stdout)
    if envelope["status"] == "success":
        outcome.completion = json.loads((directory / "run/outputs/response.json").read_bytes())
    else:
        error = envelope["error"]
        outcome.error = f"{error['code']}: {error['message']}"
        if not outcome.requests:
            outcome.error = f"refused: {outcome.error}"
    for entry in directory.iterdir():
        shutil.rmtree(entry)
    return outcome
