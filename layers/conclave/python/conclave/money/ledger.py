"""The ledger of one piece of work: what it may spend, what it reserved for calls under way, what it knows it spent. Pure.

Before a call its worst case is reserved; after it, the cost of what the provider reported takes the place of the
reservation. A call of which nothing was reported keeps its reservation for ever: it may have cost that much.
"""

from __future__ import annotations

from msgspec import Struct, structs

from conclave.types import Failure


class CeilingReached(Exception):
    """The worst case of a call does not fit what is left; nothing was sent. The message has both amounts."""


def out_of_money(failure: Failure | None) -> bool:
    """True if an agent failed because its money did not suffice."""
    return failure is not None and failure.error == CeilingReached.__name__


class Ledger(Struct, frozen=True, kw_only=True):
    """An account with a limit; all amounts in whole nano-dollars.

    Attributes:
        limit: What may be spent.
        settled: What is known to be spent.
        held: Reservations that stay spent, since nobody said what became of their calls.
        open: The reservation of the call under way; None where none is.
    """

    limit: int
    settled: int = 0
    held: int = 0
    open: int | None = None

    @property
    def spent(self) -> int:
        """Settled plus reserved."""
        return self.settled + self.held + (self.open or 0)

    @property
    def left(self) -> int:
        """What can still be reserved."""
        return max(0, self.limit - self.spent)

    def lacking(self, worst: int) -> int:
        """What lacks for a call that may cost so much; 0 where it fits."""
        return max(0, worst - self.abandon().left)

    def raised(self, more: int) -> Ledger:
        """The ledger with so much more to spend, which somebody has reserved for it."""
        return structs.replace(self, limit=self.limit + more)

    def reserve(self, worst: int) -> Ledger:
        """The ledger with a call under way. One that was under way and never settled stays spent.

        Raises:
            CeilingReached: Its worst case does not fit.
        """
        before = self.abandon()
        if worst > before.left:
            raise CeilingReached(
                f"the call may cost {worst} nano-dollars, and {before.left} are left of {before.limit}"
            )
        return structs.replace(before, open=worst)

    def settle(self, cost: int) -> Ledger:
        """The ledger after the call under way has cost so much, as its provider reported."""
        return structs.replace(self, settled=self.settled + cost, open=None)

    def abandon(self) -> Ledger:
        """The ledger after a call of which nothing is known but that it was made."""
        return structs.replace(self, held=self.held + (self.open or 0), open=None)
