"""The script of a step: what it got from outside, in the order in which it got it, and the clock that shows when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct, field

from conclave.clock import Deadline
from conclave.recording.recordings import Ask, Recording
from conclave.records.texts import Text
from conclave.types import Exchange, ToolCall

AMPLE_SECONDS = 1e6


class ReplayedClock:
    """The clock of a step: looks at the time as they were recorded; what is measured is set by whoever plays it.

    Args:
        moments: Readings in their order; the last one stands still.

    Attributes:
        seconds: What it measures now.
    """

    def __init__(self, moments: Sequence[str]) -> None:
        self._moments = [datetime.fromisoformat(each) for each in moments]
        self._next = 0
        self._coming: list[float] = []
        self.seconds = 0.0

    def __call__(self) -> datetime:
        """The time in UTC."""
        self._next += 1
        return self._moments[min(self._next, len(self._moments)) - 1]

    def show(self, *seconds: float) -> None:
        """Has the next looks show these seconds, and the last of them from then on."""
        self._coming = list(seconds)

    def monotonic(self) -> float:
        """See ``Timepiece.monotonic``."""
        if self._coming:
            self.seconds = self._coming.pop(0)
        return self.seconds

    @staticmethod
    def sleep(seconds: float) -> None:
        """Does not wait."""
        del seconds


class ReplayedDeadline(Deadline):
    """The deadline of an agent that took so many seconds: there is time for all that was done.

    Args:
        took: Seconds from its first look at the time to every later one.
    """

    def __init__(self, took: float) -> None:
        self._looks = iter((0.0,))
        self._took = took
        super().__init__(AMPLE_SECONDS, lambda: 0.0)
        self.monotonic = self._look

    def _look(self) -> float:
        return next(self._looks, self._took)

    def at_most(self, seconds: float) -> Deadline:
        """See ``Deadline.at_most``."""
        del seconds
        return self

    def remaining(self) -> float:
        """See ``Deadline.remaining``."""
        return AMPLE_SECONDS


class Script(Struct):
    """What one step got from outside.

    Attributes:
        recording: Its recording.
        texts: What was asked of models and tools and answered.
        exchanges: The exchanges as the step's record has them.
        calls: The calls of checks and tools as it has them.
        took: Seconds that it took.
        unfinished: Names of the checks that did not end in time.
    """

    recording: Recording
    texts: Sequence[Text] = ()
    exchanges: Sequence[Exchange] = ()
    calls: Sequence[ToolCall] = ()
    took: float = 0.0
    unfinished: frozenset[str] = frozenset()
    clock: ReplayedClock = field(default_factory=lambda: ReplayedClock(()))
    asked: int = 0
    ran: int = 0

    @property
    def checks(self) -> Iterator[ToolCall]:
        """The calls of checks."""
        return (call for call in self.calls if call.check)

    def next_call(self) -> ToolCall | None:
        """The next call of a tool by a model, in the order in which they ended."""
        called = [call for call in self.calls if not call.check]
        self.ran += 1
        return called[self.ran - 1] if self.ran <= len(called) else None

    def next_ask(self) -> Ask | None:
        """The next question to a model, in the order in which they were asked."""
        self.asked += 1
        return self.recording.asks[self.asked - 1] if self.asked <= len(self.recording.asks) else None
