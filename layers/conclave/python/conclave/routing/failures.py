"""Failures of calls of models, and the reaction to each: every failure has one class, and every class one reaction. Pure.

An exchange keeps the name of its error, so what was wrong with a model can be told from records alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from conclave.types import Trouble


class Reaction(StrEnum):
    """The reaction to a failed call, where there is time and the step has a call left; else the agent is unavailable."""

    AGAIN = "again"
    """The next model of the chain is asked at once; where there is none, the same one after a pause: such failures pass."""
    NEXT = "next"
    """The next model of the chain is asked at once; where there is none, nobody is: the same call would fail again."""


REACTIONS: Mapping[Trouble, Reaction] = {
    Trouble.THROTTLED: Reaction.AGAIN,
    Trouble.LATE: Reaction.AGAIN,
    Trouble.CUT: Reaction.AGAIN,
    Trouble.FAILED: Reaction.AGAIN,
    Trouble.UNUSABLE: Reaction.AGAIN,  # with the complaint
    Trouble.ABSENT: Reaction.NEXT,
    Trouble.DENIED: Reaction.NEXT,
    Trouble.REFUSED: Reaction.NEXT,
    Trouble.TOO_LONG: Reaction.NEXT,  # another model may have a larger window; a refused request is not billed
    Trouble.NOT_ASKED: Reaction.NEXT,
    Trouble.TOO_DEAR: Reaction.NEXT,
}

_NAMES: Mapping[Trouble, tuple[str, ...]] = {
    Trouble.THROTTLED: ("ModelThrottledException", "ThrottlingException", "TooManyRequestsException"),
    Trouble.LATE: (
        "AnswerLate",
        "ReadTimeoutError",
        "ConnectTimeoutError",
        "ModelTimeoutException",
        "CancelledError",
        "TimeoutError",
    ),
    Trouble.CUT: (
        "StreamBroken",
        "IncompleteReadError",
        "IncompleteRead",
        "ProtocolError",
        "ResponseStreamingError",
        "ModelStreamErrorException",
        "ParserError",
        "ChecksumMismatch",
        "InvalidHeadersLength",
        "InvalidPayloadLength",
    ),
    Trouble.ABSENT: ("ResourceNotFoundException",),
    Trouble.DENIED: ("AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException"),
    Trouble.REFUSED: ("ValidationException", "ServiceQuotaExceededException"),
    Trouble.TOO_LONG: ("ContextWindowOverflowException",),
}
_BY_NAME = {name.lower(): trouble for trouble, names in _NAMES.items() for name in names}


def trouble_named(error: str) -> Trouble | None:
    """The class of a failure by the name of its error, whatever its case; ``None`` for a name that is not known."""
    return _BY_NAME.get(error.lower())
