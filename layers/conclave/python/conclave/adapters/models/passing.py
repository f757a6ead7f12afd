"""Failures of Bedrock: their class, whether they pass by themselves, and the pause before the one repeat.

Classes and reactions are those of ``conclave.routing.failures``; what is sorted into them is what the service's own description
lists (``bedrock-runtime`` in botocore) and what the HTTP client beneath it raises.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeVar

from botocore.eventstream import ParserError
from botocore.exceptions import ClientError, ConnectionError, EventStreamError, HTTPClientError, IncompleteReadError
from msgspec import Struct, field
from urllib3.exceptions import HTTPError

from conclave.clock import Deadline, Sleep, system_clock
from conclave.routing.failures import REACTIONS, Reaction, trouble_named
from conclave.types import Trouble

T = TypeVar("T")

PAUSE_SECONDS = (0.5, 1.5)
"""Before the repeat, drawn evenly: agents that were refused together do not come back together."""

_PASSING_STATUS = frozenset({408, 424, 429, 500, 502, 503, 504})
"""Model timed out, model failed, throttled or not ready, and the service's own failures."""
_REFUSING_STATUS = frozenset({400, 403, 404, 429, 503})
"""Invalid, not allowed, unknown, throttled or not ready, unavailable."""
_TOO_LONG = "too long"
"""In the message of a refusal: as Bedrock words what does not fit a model's window (Strands knows it by the same words)."""
_PASSING_TYPES = (ConnectionError, HTTPClientError, IncompleteReadError, HTTPError, ParserError)
"""Reset or closed connections, time-outs, cut bodies (a stream raises urllib3's errors as they are), damaged frames."""


class StreamBroken(Exception):
    """A streamed answer that did not end as answers end: cut short, or without an end."""


class AnswerLate(StreamBroken):
    """A call had its share of the time, and there was no whole answer. Another call may still give one."""


def trouble_of(error: BaseException) -> Trouble | None:
    """The class of a failed call; ``None`` for a defect of ours, about which no other call helps."""
    named = trouble_named(type(error).__name__)
    if isinstance(error, EventStreamError):
        # The request was accepted, so what comes inside the stream is a failure of the answer; it has no status.
        return trouble_named(_code(error)) or Trouble.FAILED
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        found = trouble_named(_code(error)) or (Trouble.FAILED if status in _PASSING_STATUS else Trouble.REFUSED)
        return Trouble.TOO_LONG if found is Trouble.REFUSED and _TOO_LONG in str(error).lower() else found
    if isinstance(error, (StreamBroken, *_PASSING_TYPES)):
        return named or Trouble.FAILED
    # Strands' own: it turns refusals that it knows into these.
    return named if type(error).__module__.startswith("strands.") else None


def passes(error: BaseException) -> bool:
    """True if the same call may succeed a moment later. A refusal of what was asked, or of who asks, does not pass."""
    trouble = trouble_of(error)
    return trouble is not None and REACTIONS[trouble] is Reaction.AGAIN


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def refused(error: BaseException | None) -> bool:
    """True if the service refused the request before it generated anything, which it does not bill.

    A model that failed or timed out may have generated something, and a stream that broke has.
    """
    if isinstance(error, EventStreamError) or not isinstance(error, ClientError):
        return False
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") in _REFUSING_STATUS


def pause_seconds() -> float:
    """The seconds to wait before the repeat, with jitter."""
    return random.uniform(*PAUSE_SECONDS)


class OneRepeat(Struct, frozen=True, kw_only=True):
    """Calls a service, and once more if the failure passes and there is time.

    Attributes:
        deadline: When the work must be done.
        reserve_seconds: A repeat is begun only with more time left than this.
        sleep: Waits.
    """

    deadline: Deadline = field(default_factory=lambda: Deadline(float("inf")))
    reserve_seconds: float = 0.0
    sleep: Sleep = system_clock.sleep

    def of(self, call: Callable[[], T]) -> T:
        """The answer of ``call``.

        Raises:
            Exception: What ``call`` raised: the second time, or the first if that does not pass.
        """
        try:
            return call()
        except Exception as error:
            if not self.again(error):
                raise
        return call()

    def again(self, error: Exception, *, at_once: bool = False) -> bool:
        """True after the pause if a call that failed may be made once more; ``at_once`` where it goes to somebody else."""
        pause = 0.0 if at_once else pause_seconds()
        if not (at_once or passes(error)) or self.deadline.remaining() < self.reserve_seconds + pause:
            return False
        self.sleep(pause)
        return True

    @property
    def in_time(self) -> bool:
        """True if there is time for one more call."""
        return self.deadline.remaining() >= self.reserve_seconds
