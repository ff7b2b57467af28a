"""Their side: LiteLLM's SDK, in this process."""
from __future__ import annotations

import copy
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from .case import Case, Outcome
from .ours import NO_NETWORK
from .recorder import Recorder

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # it would fetch one

import litellm  # noqa: E402

litellm.suppress_debug_info = True
litellm.telemetry = False
litellm.disable_streaming_logging = True
litellm.disable_hf_tokenizer_download = True
logging.getLogger("LiteLLM").setLevel(logging.CRITICAL)

# LiteLLM's and its clients' own refusals. It wraps its other mistakes, too, in APIConnectionError.
_REFUSALS = (litellm.BadRequestError, litellm.AuthenticationError, litellm.NotFoundError)


def call(case: Case, recorder: Recorder) -> Outcome:
    """Calls `litellm.completion` for this case."""
    outcome = Outcome()
    params = copy.deepcopy(case.params)
    try:
        with _environment(case, recorder):
            response = litellm.completion(model=case.their_model, **params, num_retries=0, max_retries=0)
            if params.get("stream"):
                response = litellm.stream_chunk_builder(list(response), messages=params["messages"])
        outcome.completion = response.model_dump()
    except Exception as error:  # noqa: BLE001: any of them is a result
        outcome.error = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        if not recorder.has_requests:
            kind = "refused" if isinstance(error, _REFUSALS) else "crashed"
            outcome.error = f"{kind}: {outcome.error}"
    outcome.requests = recorder.take()
    return outcome


@contextmanager
def _environment(case: Case, recorder: Recorder) -> Iterator[None]:
    """The case's variables, and no other of any provider."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update({name: before[name] for name in ("PATH", "HOME") if name in before})
    os.environ.update(NO_NETWORK)
    for name, value in case.environment.items():
        os.environ[name] = value.replace("{server}", recorder.origin)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
