"""Breakers: what functions know together of how a model is doing. Pure, but for the port that keeps it.

A circuit counts the calls of one model in one region. It opens when enough of them failed in a short time; for a while nobody
asks that model; then one run tries, which has taken a lease (half-open), and its answer closes the circuit or opens it again.
A run takes it only for models that it comes to first, and gives it back if it has not asked them after all.
Calls that succeed are counted only while there is trouble, so that nothing is written where all is well.

Agents only read: they leave their exchanges, and the steps that read those tell the others (``frame``, ``collate``, ``decide``).
Of a trial nothing is told, and it takes no lease: what a candidate does wrong must not keep other runs from their models.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from msgspec import Struct, structs

from conclave.types import Exchange

BREAKERS = "BREAKERS"
"""Partition key, in the table of runs, of the circuits; the sort key is region and model. No run has this id."""
WINDOW_SECONDS = 60.0
"""Failures within so long count together."""
FAILURES_TO_OPEN = 5
"""Fewer failures never open a circuit; nor do failures that calls which succeed outnumber."""
OPEN_SECONDS = 30.0
"""So long nobody asks a model whose circuit has opened."""
LEASE_SECONDS = 120.0
"""So long one run may try a model whose circuit is half-open, if it neither answers nor gives back the right: it has died."""


class State(StrEnum):
    """The state of a circuit."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"
    """The wait is over: the run that has the lease tries, by one agent."""


class Circuit(Struct, frozen=True, kw_only=True):
    """The circuit of a model. Times are seconds since the epoch.

    Attributes:
        since: When the failures that count together began.
        failures: How many there were since.
        successes: How many calls succeeded since, as far as they were counted.
        opened_at: When it opened; 0 while it is closed.
        holder: The run that may try its model; empty for none.
        held_until: When that right ends.
    """

    since: float = 0.0
    failures: int = 0
    successes: int = 0
    opened_at: float = 0.0
    holder: str = ""
    held_until: float = 0.0

    def state(self, now: float) -> State:
        """Its state at a time."""
        if not self.opened_at:
            return State.CLOSED
        return State.OPEN if now < self.opened_at + OPEN_SECONDS else State.HALF_OPEN

    def leasable(self, now: float) -> bool:
        """True if its model may be tried and no run has the right to."""
        return self.state(now) is State.HALF_OPEN and now >= self.held_until

    def held(self, run_id: str, now: float) -> bool:
        """True if a run has the right to try its model."""
        return bool(run_id) and self.holder == run_id and now < self.held_until

    def leased(self, run_id: str, now: float) -> Circuit:
        """The circuit whose model a run may try from now on."""
        return structs.replace(self, holder=run_id, held_until=now + LEASE_SECONDS)

    def lets(self, run_id: str, now: float) -> bool:
        """True if its model may be asked in a run, by who tries there while it is half-open."""
        state = self.state(now)
        return state is State.CLOSED or (state is State.HALF_OPEN and self.held(run_id, now))

    def troubled(self, now: float) -> bool:
        """True if calls that succeed are counted, too."""
        return bool(self.opened_at) or (self.failures > 0 and now < self.since + WINDOW_SECONDS)

    @property
    def opens(self) -> bool:
        """True if so many calls failed that it has to open."""
        return self.failures >= FAILURES_TO_OPEN and self.failures > self.successes

    def after(self, failures: int, successes: int, now: float) -> Circuit:
        """The circuit after calls; the same one where they change nothing."""
        if not failures and not self.troubled(now):
            return self
        if self.state(now) is State.OPEN:
            return self  # Those calls were made before it opened: they say nothing about the model of now.
        if self.opened_at:
            return CLOSED if successes else Circuit(since=now, failures=failures, opened_at=now)
        current = self if now < self.since + WINDOW_SECONDS else Circuit(since=now)
        counted = structs.replace(
            current, failures=current.failures + failures, successes=current.successes + successes
        )
        return structs.replace(counted, opened_at=now) if counted.opens else counted


CLOSED = Circuit()


def first_to_try(chains: Iterable[Sequence[str]], circuit: Callable[[str], Circuit], now: float) -> tuple[str, ...]:
    """The models that need a lease before calls along these chains begin: of each chain the first that is not left out.

    Args:
        chains: Models in the order in which they are asked.
        circuit: Gives the circuit of a model.
        now: The time, seconds since the epoch.
    """
    firsts = (next((each for each in chain if _asked(circuit(each), now)), "") for chain in chains)
    return tuple(dict.fromkeys(each for each in firsts if each and circuit(each).leasable(now)))


def _asked(circuit: Circuit, now: float) -> bool:
    return circuit.state(now) is State.CLOSED or circuit.leasable(now)


def note_all(breakers: Breakers, exchanges: Iterable[Exchange]) -> None:
    """Notes how calls ended, by what every attempt leaves."""
    for each in exchanges:
        breakers.note(each.model, failed=bool(each.error))


class Breakers(Protocol):
    """The circuits of models. One implementation for DynamoDB, one in memory; the same contract tests hold for both.

    Nothing here raises: a breaker must not become the outage that it is for. What is not known is closed.
    """

    def lets(self, model: str) -> bool:
        """True if a model may be asked now; where its circuit is half-open, by who tries in the run that has the lease."""
        ...

    def lease(self, chains: Iterable[Sequence[str]]) -> None:
        """Takes the right to try the models that calls along these chains come to first, for the caller's run.

        One run has it at a time. A model whose circuit is closed needs none, and one that stands behind such a model gets none.
        """
        ...

    def give_back(self) -> None:
        """Gives back what the caller's run has leased, but for models whose answers are noted: ``settle`` ends those leases."""
        ...

    def note(self, model: str, *, failed: bool) -> None:
        """Remembers how a call ended; ``settle`` tells the others."""
        ...

    def settle(self) -> Mapping[str, State]:
        """Tells the others what was noted since; the circuits that changed their state by it, with the new one."""
        ...


class NoBreakers:
    """Lets everything through: where there is one process and no store."""

    def lets(self, model: str) -> bool:
        """See ``Breakers.lets``."""
        del model
        return True

    def lease(self, chains: Iterable[Sequence[str]]) -> None:
        """See ``Breakers.lease``."""
        del chains

    def give_back(self) -> None:
        """See ``Breakers.give_back``."""

    def note(self, model: str, *, failed: bool) -> None:
        """See ``Breakers.note``."""
        del model, failed

    def settle(self) -> Mapping[str, State]:
        """See ``Breakers.settle``."""
        return {}
