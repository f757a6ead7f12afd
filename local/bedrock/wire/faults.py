"""Faults on request: what the stand-in shall get wrong, for whom, how often."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class FaultKind(StrEnum):
    """A kind of fault.

    ``throttle`` and ``error`` answer an error, ``hang`` answers nothing for a long time, ``delay`` answers late, ``hold`` answers
    once the fault is forgotten, ``malformed`` answers out of schema, ``no_tool`` answers prose where a tool call was asked for.
    ``reset`` drops the connection before an answer. Within a stream, after its first frames: ``stream_error`` sends an exception,
    ``cut`` drops the connection, ``short`` ends as if all had been said, ``endless`` goes on with text, ``pings`` with frames
    that say nothing.
    """

    THROTTLE = "throttle"
    ERROR = "error"
    HANG = "hang"
    DELAY = "delay"
    HOLD = "hold"
    MALFORMED = "malformed"
    NO_TOOL = "no_tool"
    RESET = "reset"
    STREAM_ERROR = "stream_error"
    CUT = "cut"
    SHORT = "short"
    ENDLESS = "endless"
    PINGS = "pings"


IN_STREAM = frozenset({FaultKind.STREAM_ERROR, FaultKind.CUT, FaultKind.SHORT, FaultKind.ENDLESS, FaultKind.PINGS})
"""Those that only a stream can have: they hit ``ConverseStream`` and nothing else."""
_HANG_SECONDS = 3600.0
_MATCHABLE = frozenset({"agent", "phase", "run_id", "model", "operation"})


class FaultInvalid(ValueError):
    """A fault that was asked for makes no sense; the message says why."""


@dataclass(slots=True)
class Fault:
    """One kind of fault.

    Attributes:
        kind: What goes wrong.
        match: Exact values of the exchange (agent, phase, run_id, model, operation); empty matches everything.
        count: How many more exchanges it hits; ``None`` for all.
        seconds: Length of a delay or hang, the longest of a hold.
        code: Name of the exception for ``error`` and ``stream_error``.
        message: What it says; words of the stand-in where that is empty.
    """

    kind: FaultKind
    match: dict[str, str] = field(default_factory=dict)
    count: int | None = 1
    seconds: float = 0.0
    code: str = "InternalServerException"
    message: str = ""

    @classmethod
    def parse(cls, body: Any) -> Fault:
        """Reads a fault from JSON.

        Raises:
            FaultInvalid: It is not one.
        """
        if not isinstance(body, dict):
            raise FaultInvalid("a fault is a JSON object")
        kinds = ", ".join(FaultKind)
        if body.get("kind") not in list(FaultKind):
            raise FaultInvalid(f"kind must be one of: {kinds}")
        match = body.get("match") or {}
        unknown = set(match) - _MATCHABLE
        if unknown:
            raise FaultInvalid(
                f"cannot match on {', '.join(sorted(unknown))}; choose from: {', '.join(sorted(_MATCHABLE))}"
            )
        kind = FaultKind(body["kind"])
        count = body.get("count", 1)
        if count is not None and (not isinstance(count, int) or count < 1):
            raise FaultInvalid("count must be a positive integer, or null for every exchange")
        if kind is FaultKind.HOLD and count is not None:
            raise FaultInvalid("a hold stays until it is forgotten: its count must be null")
        return cls(
            kind=kind,
            match={key: str(value) for key, value in match.items()},
            count=count,
            seconds=float(body.get("seconds", _HANG_SECONDS if kind is FaultKind.HANG else 1.0)),
            code=str(body.get("code", "InternalServerException")),
            message=str(body.get("message", "")),
        )

    def fits(self, exchange: Mapping[str, str]) -> bool:
        """True if the exchange is one of those that the fault shall hit."""
        if self.kind in IN_STREAM and exchange.get("operation") != "ConverseStream":
            return False
        return all(exchange.get(key, "") == value for key, value in self.match.items())


class FaultBook:
    """The faults that are still to happen; the earliest one that fits is used first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._faults)

    def add(self, fault: Fault) -> None:
        """Adds a fault."""
        with self._lock:
            self._faults.append(fault)

    def has(self, fault: Fault) -> bool:
        """True as long as this very fault was not forgotten."""
        with self._lock:
            return any(each is fault for each in self._faults)

    def clear(self) -> None:
        """Forgets all faults."""
        with self._lock:
            self._faults.clear()

    def take(self, exchange: Mapping[str, str]) -> Fault | None:
        """The fault that hits this exchange, counted down; ``None`` when there is none."""
        with self._lock:
            for fault in self._faults:
                if not fault.fits(exchange):
                    continue
                if fault.count is not None:
                    fault.count -= 1
                    if fault.count == 0:
                        self._faults.remove(fault)
                return fault
        return None

    def listing(self) -> list[dict[str, Any]]:
        """All faults as JSON."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]
