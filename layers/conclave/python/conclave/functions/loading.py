"""The start of a function, from its first import to its first event. Handlers import this before anything else.

While modules load, nothing that they make is garbage, so the collector only looks in vain: it is off from here until ``ready``.
What the first event would otherwise wait for is made then, in Lambda's init phase: that has a whole processor whatever the
function's memory, and is over before a request comes where environments are kept warm.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable

import conclave.adapters  # noqa: F401  # large libraries are loaded lean from here on

_BEGUN = time.perf_counter()
_took: list[float] = []

ON_LAMBDA = "AWS_LAMBDA_FUNCTION_NAME" in os.environ
"""Whether a runtime loads the function. Elsewhere, in tests, nothing happens here."""

KEPT_WARM = os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "provisioned-concurrency"
"""Whether it is loaded before anybody waits for it."""

if ON_LAMBDA:
    gc.disable()


def ready(prepare: Callable[[], object], prepare_more: Callable[[], object] | None = None) -> None:
    """Ends the start: prepares, then puts what there is out of the collector's sight and turns it on.

    Args:
        prepare: Makes what every event needs. If it fails, the function does not start, as each event would have failed.
        prepare_more: Makes what some events need; called where nobody waits for it.
    """
    if not ON_LAMBDA:
        return
    prepare()
    if KEPT_WARM and prepare_more is not None:
        prepare_more()
    gc.freeze()
    gc.enable()
    _took.append(time.perf_counter() - _BEGUN)


def seconds() -> float:
    """How long the start took, from here to the end of ``ready``; 0 where no runtime loaded the function."""
    return round(_took[0], 3) if _took else 0.0
