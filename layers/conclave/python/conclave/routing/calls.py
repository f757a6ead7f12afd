"""The calls of one step of a question along a chain of models: two at most, whatever goes wrong with the first."""

from __future__ import annotations

from collections.abc import Sequence

from conclave.clock import Deadline
from conclave.routing.breakers import Breakers
from conclave.routing.chains import Route

CALLS_PER_STEP = 2
"""A step ends with a tool that ran or with the answer. It takes one call, or two where something went wrong with the first."""
FIRST_SHARE = 0.5
"""Of the time that is left, what the first of two calls may take: the second has as long."""


class Calls:
    """Counts the calls of a step and says which model each goes to.

    The second call of a step goes to the next model of the chain whose circuit lets it through; where there is none, to the same.
    Models whose circuit is open are passed over without a call. Where all circuits are open, the first model is asked, once: a
    decision is worth one more try.

    Args:
        chain: The models in their order.
        deadline: When the answer must be there.
        breakers: What is known of the models.
        reserve_seconds: A second call is begun only with more time left than this.

    Attributes:
        route: The model that the latest call went to, or the first one will.
        made: Calls of this step so far.
    """

    def __init__(
        self, chain: Sequence[Route], deadline: Deadline, breakers: Breakers, reserve_seconds: float = 0.0
    ) -> None:
        self._reserve_seconds = reserve_seconds
        self._breakers = breakers
        self._deadline = deadline
        self._left = list(chain)
        self.made = 0
        self._most = CALLS_PER_STEP
        first = self._next()
        if first is None:
            self._most = 1
        self.route = first or chain[0]

    def _next(self) -> Route | None:
        while self._left:
            route = self._left.pop(0)
            if self._breakers.lets(route.model):
                return route
        return None

    def begin(self) -> bool:
        """Counts a call that is about to be made, and moves on if it is the second; False where the step has had its calls."""
        if self.made >= self._most:
            return False
        if self.made:
            self.route = self._next() or self.route
        self.made += 1
        return True

    def done(self) -> None:
        """A tool ran: the next call belongs to a new step, and goes to the model that called the tool."""
        self.made = 0

    @property
    def repairs(self) -> bool:
        """True if the call under way is a step's second one."""
        return self.made == CALLS_PER_STEP

    @property
    def spent(self) -> bool:
        """True if the step has had its calls."""
        return self.made >= self._most

    @property
    def others(self) -> bool:
        """True if another model may stand in."""
        return bool(self._left)

    @property
    def seconds(self) -> float | None:
        """The time that the call under way may take, if it has to leave some to a second one; None for all there is."""
        share = self._deadline.remaining() * FIRST_SHARE
        return None if self.spent or share < self._reserve_seconds else share
