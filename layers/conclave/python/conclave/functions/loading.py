"""The start of a function, from its first import to its first event. Handlers import this before anything else.

While modules load, nothing that they make is garbage, so the collector only looks in vain: it is off from here until ``ready``.
What the first event would otherwise wait for is made then, in Lambda's init phase: that has a whole processor whatever the
function's memory, and is over before a request comes where environments are kept warm. Elsewhere an event does that before
anybody waits (``conclave.results.WARM_UP``): it starts the function, makes what only some events need, and opens connections;
it touches no run.
"""

from __future__ import annotations

import functools
import gc
import os
import time
from collections.abc import Callable
from typing import Any, TypeVar

_BEGUN = time.perf_counter()
ON_LAMBDA = "AWS_LAMBDA_FUNCTION_NAME" in os.environ
"""Whether a runtime loads the function. Elsewhere, in tests, nothing happens here."""

if ON_LAMBDA:
    gc.disable()

import conclave.adapters  # noqa: E402, F401  # large libraries are loaded lean from here on, and uncollected

Handler = TypeVar("Handler", bound=Callable[..., Any])

_took: list[float] = []
_unwaited: list[bool] = []

KEPT_WARM = os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "provisioned-concurrency"
"""Whether it is loaded before anybody waits for it."""


def ready(
    prepare: Callable[[], object], prepare_more: Callable[[], object] | None = None
) -> Callable[[Handler], Handler]:
    """Decorates the handler, outermost and last in its module: ends the start, and answers the event that warms up.

    The end of the start prepares, then puts what there is out of the collector's sight and turns it on.

    Args:
        prepare: Makes what every event needs. If it fails, the function does not start, as each event would have failed.
        prepare_more: Makes what some events need; called where nobody waits for it.
    """
    from conclave.results import WARM_UP  # loaded by now, and part of the start that is measured

    def decorate(handler: Handler) -> Handler:
        if ON_LAMBDA:
            _start(prepare, prepare_more)

        @functools.wraps(handler)
        def warmable(event: Any, context: Any) -> Any:
            return _warmed(prepare, prepare_more) if event == WARM_UP else handler(event, context)

        return warmable  # type: ignore[return-value]

    return decorate


def _start(prepare: Callable[[], object], prepare_more: Callable[[], object] | None) -> None:
    prepare()
    if KEPT_WARM and prepare_more is not None:
        prepare_more()
    gc.freeze()
    gc.enable()
    _took.append(time.perf_counter() - _BEGUN)


def _warmed(prepare: Callable[[], object], prepare_more: Callable[[], object] | None) -> dict[str, Any]:
    """Makes everything and connects; answers how many connections are open now, and the seconds that it took."""
    from conclave.adapters.clients import connect  # not before the start is measured

    begun = time.perf_counter()
    _unwaited.append(True)
    prepare()
    if prepare_more is not None:
        prepare_more()
    return {"warm": True, "connections": connect(), "seconds": round(time.perf_counter() - begun, 3)}


def waited_for() -> bool:
    """True if an event that did something waited for the start of this process."""
    return not KEPT_WARM and not _unwaited


def seconds() -> float:
    """How long the start took, from here to the end of ``ready``; 0 where no runtime loaded the function."""
    return round(_took[0], 3) if _took else 0.0
