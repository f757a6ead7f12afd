"""Runs whose functions die, with the engine's own ledger.

Each run is simulated with the engine's own parts: its ceiling is cut by ``budget_of``, functions take slices by
``take_slice`` from a journal in memory, and every call of a model goes through a ``Meter`` with its reserve and its
settlement. A run has a team of its own, a drawn ceiling, drawn calls. At every point between two of these a function may
die; calls may also be throttled, or break off without a report. A function that died is set to work again, as the phase
machine does. What is counted as spent is what the steps count: the usage of an answer that was left, and ``lost_slices`` for
the rest. Beside that stands what the provider of the simulation really billed, which a ledger that forgot the dead would
miss.

``over_ceiling`` are runs whose billed or counted money passed the ceiling at any time; ``reserved_left`` are US dollars that stay
reserved in the end, over all runs, since nobody reported anything.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from conclave.agents.meter import Meter
from conclave.agents.prices import PriceTable, price_table
from conclave.money.allotments import AGENT_ATTEMPTS, FRAMING_ATTEMPTS, budget_of
from conclave.money.amounts import nanos, usd
from conclave.money.ledger import CeilingReached
from conclave.money.usage import total_usage
from conclave.money.worst_case import most_input_tokens
from conclave.pack import FRAMER
from conclave.records.accounts import agent_limit, framing_limit, lost_framing, lost_slices, slice_records, take_slice
from conclave.records.journal import FRAME_PHASE
from conclave.testing.journal import MemoryJournal
from conclave.types import AgentKind, Manifest, ManifestAgent, Phase, Usage

NOW = "2026-11-28T12:00:00.000Z"
CEILINGS_USD = (0.002, 0.02, 0.2, 1.0, 10.0)
DIES, BREAKS, THROTTLED = 0.15, 0.1, 0.15
MODELS = ("fast", "strong")


class Killed(BaseException):
    """The function died. No handler of errors sees it."""


@dataclass(slots=True)
class Simulated:
    """A run under way.

    Attributes:
        billed: What the provider has billed so far, nano-dollars, whether anybody heard of it or not.
        answers: What the answers that were left say they used.
        over: Whether billed money passed the ceiling at any time.
        calls: Calls that were sent.
        deaths: Functions that died.
        refused: Calls that were not made for want of money.
    """

    number: int
    prices: PriceTable
    draw: random.Random
    manifest: Manifest
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    billed: int = 0
    answers: list[Usage] = field(default_factory=list)
    answered: set[tuple[str, str]] = field(default_factory=set)
    taken: dict[str, int] = field(default_factory=dict)
    over: bool = False
    calls: int = 0
    deaths: int = 0
    refused: int = 0

    @property
    def ceiling(self) -> int:
        """The ceiling of the run, nano-dollars."""
        assert self.manifest.budget is not None
        return self.manifest.budget.ceiling_nanos

    @property
    def run_id(self) -> str:
        """Id of the run."""
        return f"run-{self.number}"

    def play(self) -> None:
        """Takes the run through its phases: in each, the functions of all agents interleaved, call by call."""
        framed = self._attempts(FRAMER, FRAME_PHASE, FRAMING_ATTEMPTS)
        self._interleave([framed])
        specialists = [each.name for each in self.manifest.specialists]
        for phase, names in (
            (Phase.RECOMMEND, specialists),
            (Phase.REVISE, [each for each in specialists if self.draw.random() < 0.6]),
            (Phase.ARBITRATE, [self.manifest.arbiter.name]),
        ):
            # One more than there are slices: what is set to work again too often must find nothing.
            self._interleave([self._attempts(name, phase, AGENT_ATTEMPTS + 1) for name in names])

    def counted(self) -> tuple[int, int]:
        """Nano-dollars that the steps count as settled and as reserved."""
        lost = []
        for agent in self.manifest.agents:
            for phase in Phase:
                entries = {(agent.name, record) for record in slice_records(phase) if self._stands(agent.name, record)}
                done = (agent.name, phase.value) in self.answered
                lost.append(lost_slices(self.manifest, agent.name, phase, entries, answered=done))
        framed = (FRAMER, FRAME_PHASE) in self.answered
        lost.append(lost_framing(self.manifest, self.taken.get(FRAMER, 0) - framed))
        usage = total_usage([*self.answers, *lost])
        return nanos(usage.cost_usd), nanos(usage.reserved_usd)

    def _stands(self, agent: str, record: str) -> bool:
        return bool(self.journal.read(self.run_id, [agent], [record]))

    def _interleave(self, functions: list[Iterator[None]]) -> None:
        while functions:
            function = self.draw.choice(functions)
            if next(function, self) is self:
                functions.remove(function)

    def _attempts(self, agent: str, phase: str, attempts: int) -> Iterator[None]:
        """An agent set to work until it answers, or too often; sometimes once more after an answer, as a late duplicate is."""
        for _ in range(self.draw.randint(1, attempts)):
            before = len(self.answers)
            try:
                yield from self._function(agent, phase)
            except Killed:
                self.deaths += 1
            if len(self.answers) > before and self.draw.random() < 0.8:
                return

    def _function(self, agent: str, phase: str) -> Iterator[None]:
        self._may_die()
        number = take_slice(self.journal, self.run_id, agent, phase, NOW)
        self.taken[agent] = max(self.taken.get(agent, 0), number)
        limit = framing_limit(self.manifest, number) if agent == FRAMER else agent_limit(self.manifest, agent, number)
        meter = Meter(self.prices, monotonic=lambda: 0.0, purse=lambda: limit)
        yield
        for _ in range(self.draw.randint(1, 6)):
            self._may_die()
            yield from self._call(meter)
        self._may_die()
        if (agent, phase) not in self.answered:  # the first writer of an answer wins
            self.answered.add((agent, phase))
            self.answers.append(meter.total())

    def _call(self, meter: Meter) -> Iterator[None]:
        model = self.prices.model(self.draw.choice(MODELS))
        request = {"messages": "x" * self.draw.randint(10, 40_000)}
        longest = self.draw.choice((512, 1_024, 2_048))
        try:
            with meter.exchange(model, request, longest) as exchange:
                self.calls += 1
                self._may_die()
                yield
                fate = self.draw.random()
                if fate < THROTTLED:
                    exchange.refused = True
                    raise ConnectionError
                used = self._used(request, longest)
                # From here on it is billed, whether the function lives to hear of it or not.
                self._bill(self.prices.price(model).nanos(used))
                self._may_die()
                if fate < THROTTLED + BREAKS:
                    raise ConnectionError
                exchange.use(_reported(used))
        except CeilingReached:
            self.refused += 1
        except ConnectionError:
            pass

    def _used(self, request: object, longest: int) -> Usage:
        """Tokens as a provider may count them, up to the bound; cached in any way."""
        sent = self.draw.randint(1, most_input_tokens(request))
        read = self.draw.randint(0, sent)
        written = self.draw.randint(0, sent - read)
        return Usage(
            input_tokens=sent - read - written,
            cache_read_tokens=read,
            cache_write_tokens=written,
            output_tokens=self.draw.randint(0, longest),
        )

    def _bill(self, amount: int) -> None:
        self.billed += amount
        self.over = self.over or self.billed > self.ceiling

    def _may_die(self) -> None:
        if self.draw.random() < DIES:
            raise Killed


def _reported(used: Usage) -> dict[str, int]:
    return {
        "inputTokens": used.input_tokens,
        "outputTokens": used.output_tokens,
        "cacheReadInputTokens": used.cache_read_tokens,
        "cacheWriteInputTokens": used.cache_write_tokens,
    }


def simulated(number: int, prices: PriceTable) -> Simulated:
    """A run that was played, by its number: the same number is the same run."""
    draw = random.Random(number)
    kinds = [AgentKind.SAFETY] * draw.randint(1, 4) + [AgentKind.BUSINESS] * draw.randint(0, 5) + [AgentKind.ARBITER]
    agents = tuple(ManifestAgent(name=f"agent{n}", title="", kind=kind) for n, kind in enumerate(kinds))
    budget = budget_of(draw.choice(CEILINGS_USD), agents, FRAMER, protected=draw.uniform(0.2, 0.9))
    manifest = Manifest(
        pack="p", version="1", agents=agents, phases=tuple(Phase), dimensions=(), fields=(), free_text=(), budget=budget
    )
    run = Simulated(number=number, prices=prices, draw=draw, manifest=manifest)
    run.play()
    return run


def measure(runs: int) -> dict[str, float | int]:
    """The figures over so many runs."""
    prices = price_table()
    over = calls = deaths = refused = 0
    settled_all = reserved_all = billed_all = 0
    for number in range(runs):
        run = simulated(number, prices)
        settled, reserved = run.counted()
        # Counted has to cover what was billed: else money would be spent that no ledger knows.
        over += run.over or settled + reserved > run.ceiling or run.billed > settled + reserved
        calls, deaths, refused = calls + run.calls, deaths + run.deaths, refused + run.refused
        settled_all, reserved_all, billed_all = settled_all + settled, reserved_all + reserved, billed_all + run.billed
    return {
        "runs": runs,
        "over_ceiling": over,
        "reserved_left": usd(reserved_all),
        "settled": usd(settled_all),
        "billed": usd(billed_all),
        "calls": calls,
        "refused": refused,
        "deaths": deaths,
    }
