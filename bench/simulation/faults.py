"""Faults: what may happen to a call of a port, and where it happens."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, ReadTimeoutError
from conclave.pack.tables import ReadFailed

from bench.simulation.scheduler import Killed, Scheduler

READ = ("before", "throttled", "late", "partial", "killed")
"""A read has no effect that could be lost."""
WRITE = ("before", "after", "twice", "late", "reordered", "throttled", "killed", "killed_after")
START = WRITE
CONVERSE = ("before", "after", "late", "throttled", "partial", "killed")
"""A call of a model: ``partial`` is an answer that does not fit its type."""
INVOKE = ("before", "after", "twice", "late", "throttled", "killed", "zombie")
"""A call of a function by the machine; see ``cloud``."""
DELIVER = ("twice", "late")
"""A delivery by the bus, which is at least once and in any order."""

BATCHED = frozenset({"tables.get", "tables.query", "runs.load", "runs.read", "journal.read"})
"""Calls whose adapters say ``ReadFailed`` for every error of the client."""

UNKNOWN = "Lambda.Unknown"
TIMED_OUT = "Sandbox.Timedout"


def _named(code: str, status: int) -> Callable[[str], ClientError]:
    """A service's error as botocore raises it: an exception named as the service's model names it."""
    kind = type(code, (ClientError,), {})
    answer = {"Error": {"Code": code, "Message": "simulated"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return lambda operation: kind(answer, operation)


_BEFORE: tuple[Callable[[str], Exception], ...] = (
    _named("InternalServerError", 500),
    _named("ClientError", 503),
    lambda operation: EndpointConnectionError(endpoint_url=operation),
)
_AFTER: tuple[Callable[[str], Exception], ...] = (
    _named("InternalServerError", 500),
    lambda operation: ReadTimeoutError(endpoint_url=operation),
)
_THROTTLED: Mapping[str, Callable[[str], Exception]] = {
    "model": _named("ThrottlingException", 429),
    "states": _named("ThrottlingException", 400),
}
_TOO_MUCH = _named("ProvisionedThroughputExceededException", 400)


class Chaos:
    """Draws a fault for each call, makes it happen, and writes down what happened.

    Args:
        scheduler: The time.
        random: Where everything is drawn from.
        rate: Probability of a fault of a call.
        story: Keeps each line as text; otherwise only their hash is kept.

    Attributes:
        quiet: No faults any more.
        faults: How often each kind happened, by kind.
        places: The same, by place and kind.
        digest: Hash over everything that happened, in order.
    """

    def __init__(self, scheduler: Scheduler, random: Random, rate: float, *, story: bool = False) -> None:
        self.scheduler = scheduler
        self.random = random
        self.rate = rate
        self.quiet = False
        self.faults: Counter[str] = Counter()
        self.places: Counter[str] = Counter()
        self.digest = hashlib.sha256()
        self.story: list[str] | None = [] if story else None

    def tell(self, what: str) -> None:
        """Writes a line of what happened."""
        line = f"{self.scheduler.now:.6f} {what}\n"
        self.digest.update(line.encode())
        if self.story is not None:
            self.story.append(line)

    def draw(self, where: str, kinds: tuple[str, ...]) -> str:
        """The kind of fault that happens to a call, or nothing."""
        if self.quiet or self.random.random() >= self.rate:
            return ""
        kind = self.random.choice(kinds)
        self.faults[kind] += 1
        self.places[f"{where} {kind}"] += 1
        return kind

    def delay(self) -> float:
        """Seconds by which something late is late: from a blink to longer than any function lives."""
        return float(10 ** self.random.uniform(-1, 2.2))

    def call(
        self, where: str, effect: Callable[[], Any], kinds: tuple[str, ...], guard: Callable[[], Any] | None = None
    ) -> Any:
        """A call of a port: takes a moment, and goes wrong as drawn.

        Args:
            where: The port and the method.
            effect: Does what the call is for.
            kinds: What may happen to it.
            guard: What the service compares when the effect arrives; an effect that arrives late is refused if it has changed.
                None where the service compares nothing but what ``effect`` itself does.
        """
        self.pause(self.random.uniform(0.002, 0.02))
        kind = self.draw(where, kinds)
        self.tell(f"{self.scheduler.current.name} {where} {kind}")
        return effect() if not kind else self.fail(kind, where, effect, guard)

    def fail(self, kind: str, where: str, effect: Callable[[], Any], guard: Callable[[], Any] | None = None) -> Any:
        """Makes a fault of a kind happen to a call; see ``call``."""
        try:
            return getattr(self, f"_{kind}")(where, effect, guard)
        except (ClientError, BotoCoreError) as error:
            if where in BATCHED:
                raise ReadFailed(f"{where}: {type(error).__name__}") from error
            raise

    def pause(self, seconds: float) -> None:
        """Lets time pass in a process; one whose time is over ends."""
        process = self.scheduler.current.process
        if process is not None and process.naps_after >= 0:
            process.naps_after -= 1
            if process.naps_after < 0:
                nap = self.delay()
                process.ends += nap
                self.tell(f"{process.verb} stands still")
                self.scheduler.sleep(nap)
        if process is not None and self.scheduler.now + seconds > process.ends:
            self.scheduler.sleep(max(0.0, process.ends - self.scheduler.now))
            raise Killed(TIMED_OUT)
        self.scheduler.sleep(seconds)

    def _before(self, where: str, effect: Any, guard: Any) -> Any:
        raise self.random.choice(_BEFORE)(where)

    def _after(self, where: str, effect: Any, guard: Any) -> Any:
        effect()
        raise self.random.choice(_AFTER)(where)

    def _twice(self, where: str, effect: Any, guard: Any) -> Any:
        if guard is None:  # a transaction carries a token by which the service knows it again
            self._silently(effect)
        return effect()

    def _late(self, where: str, effect: Any, guard: Any) -> Any:
        self.pause(self.delay())
        return effect()

    def _reordered(self, where: str, effect: Any, guard: Any) -> Any:
        """The answer is an error now; the effect comes later, perhaps after what is done about that error."""
        seen = guard() if guard else None

        def arrive() -> None:
            held = guard is None or guard() == seen
            self.tell(f"late {where} {'arrives' if held else 'is refused'}")
            if held:
                self._silently(effect)

        self.scheduler.spawn(f"late {where}", arrive, delay=self.delay())
        raise self.random.choice(_AFTER)(where)

    def _throttled(self, where: str, effect: Any, guard: Any) -> Any:
        raise _THROTTLED.get(where.partition(".")[0], _TOO_MUCH)(where)

    def _partial(self, where: str, effect: Any, guard: Any) -> Any:
        raise ReadFailed(f"{where}: keys stayed unprocessed")

    def _killed(self, where: str, effect: Any, guard: Any) -> Any:
        self.die()

    def _killed_after(self, where: str, effect: Any, guard: Any) -> Any:
        effect()
        self.die()

    def die(self) -> None:
        """Ends the process that calls; what is not in a process cannot die and fails."""
        if self.scheduler.current.process is None:
            raise ConnectionResetError
        raise Killed(UNKNOWN)

    @staticmethod
    def _silently(effect: Callable[[], Any]) -> None:
        """An effect whose answer reaches nobody."""
        try:
            effect()
        except Exception:  # the service refused it, and nobody hears that
            return


class Through:
    """A port whose calls pass through the faults.

    Args:
        chaos: Draws them.
        name: Of the port.
        port: The real one, in memory.
        kinds: What may happen, by method; ``READ`` otherwise.
        guard: By method, from the arguments of the call: see ``Chaos.call``.
    """

    def __init__(
        self,
        chaos: Chaos,
        name: str,
        port: Any,
        kinds: Mapping[str, tuple[str, ...]],
        guard: Mapping[str, Callable[..., Any]] | None = None,
    ) -> None:
        self._parts = (chaos, name, port, kinds, guard or {})

    def __getattr__(self, method: str) -> Any:
        chaos, name, port, kinds, guards = self._parts
        target = getattr(port, method)
        if not callable(target):
            return target
        guard = guards.get(method)

        def call(*given: Any, **named: Any) -> Any:
            return chaos.call(
                f"{name}.{method}",
                lambda: target(*given, **named),
                kinds.get(method, READ),
                (lambda: guard(*given)) if guard else None,
            )

        setattr(self, method, call)
        return call
