"""The whole run in one process: the same steps, in the order of the phase machine, without AWS. For tests and evaluation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial

from conclave.agents.assess import ModelPort
from conclave.agents.extraction import Extractor
from conclave.agents.prices import PriceTable
from conclave.agents.workers import kept_workers
from conclave.clock import Deadline, Timepiece
from conclave.configuration.document import recorded
from conclave.configuration.settings import PACKAGED, Settings
from conclave.pack import Agent, Pack
from conclave.pack.tables import Tables, UndeclaredRead
from conclave.records.journal import Journal
from conclave.records.runs import RunStore
from conclave.results import FAILED, SKIPPED, Branch, Framed, Proposed, Route
from conclave.rollout.pinning import pinned
from conclave.rollout.record import NONE, Record
from conclave.steps.approving.hold import open_approval
from conclave.steps.collate import perform_collate
from conclave.steps.context import RunContext
from conclave.steps.decide import perform_decide
from conclave.steps.frame import Screen, perform_frame
from conclave.steps.publish import Bus, publish
from conclave.steps.run_agent import perform_agent
from conclave.types import Collation, Decision, Phase, SettingsSource


class Unscreened:
    """Looks away: for rooms in one process, which have no guardrail. No function uses it."""

    def refuses(self, texts: Sequence[str]) -> Sequence[str]:
        """See ``Screen.refuses``."""
        del texts
        return ()


UNSCREENED = Unscreened()


@dataclass(frozen=True, kw_only=True)
class Room:
    """Everything that a run needs, given once.

    Attributes:
        settings: The settings that runs begin with.
        code: Versions of what runs, for recordings.
        rollout: By which runs are pinned; the versions themselves are all the same here.
        models: Makes the model of an agent. An exception here counts as the death of the agent's function.
    """

    pack: Pack
    runs: RunStore
    journal: Journal
    tables: Tables
    extractor: Extractor
    models: Callable[[Agent], ModelPort]
    prices: PriceTable
    bus: Bus
    clock: Timepiece
    screen: Screen = UNSCREENED
    settings: Settings = PACKAGED
    code: Mapping[str, str] = field(default_factory=dict)
    rollout: Record = NONE

    def deliberate(self, run_id: str) -> Decision:
        """Takes a stored run from its incident to its published decision, or to where people have to act on it."""
        framed = self.frame(run_id)
        fence = framed.fence
        before = Phase.REVISE if framed.revised else Phase.RECOMMEND if framed.recommended else None
        arbiter = self._phases(run_id, fence, before) if framed.framed else None
        decision, proposed = self.propose(run_id, fence, arbiter)
        if proposed.needs_people:
            open_approval(self.context(run_id, fence))
            return decision
        return self.publish(run_id, fence)

    def context(self, run_id: str, fence: int = 0) -> RunContext:
        """The context of a run in this room."""
        return RunContext(
            run_id=run_id,
            pack=self.pack,
            runs=self.runs,
            journal=self.journal,
            clock=self.clock,
            fence=fence,
            code=self.code,
            pin=partial(pinned, self.rollout, run_id),
        )

    def frame(self, run_id: str) -> Framed:
        """The first step. See ``perform_frame``."""
        return perform_frame(
            self.context(run_id),
            f"room/{run_id}",
            tables=lambda _: self.tables,
            extractor=lambda _: self.extractor,
            screen=self.screen,
            prices=self.prices,
            settings=recorded(self.settings, SettingsSource.PACKAGED),
        )

    def decide(self, run_id: str, fence: int, arbiter: Branch | None) -> Decision:
        """The step after the arbiter, or without one. See ``perform_decide``."""
        return self.propose(run_id, fence, arbiter)[0]

    def propose(self, run_id: str, fence: int, arbiter: Branch | None) -> tuple[Decision, Proposed]:
        """The same, with where the machine goes next."""
        return perform_decide(self.context(run_id, fence), arbiter=arbiter, failure=None)

    def publish(self, run_id: str, fence: int) -> Decision:
        """The last step. See ``conclave.steps.publish``."""
        return publish(run_id, fence, pack=self.pack, runs=self.runs, bus=self.bus, clock=self.clock)

    def _phases(self, run_id: str, fence: int, before: Phase | None = None) -> Branch | None:
        """Everything between framing and deciding: the arbiter's branch, or None when there was nothing to arbitrate.

        ``before`` is the last phase that a fork took over, of which the collation stands.
        """
        specialists = self.pack.specialists
        with kept_workers() as workers:
            answers = [] if before else self._answers(run_id, Phase.RECOMMEND, fence, specialists, workers)
            _, route = self.collate(run_id, before or Phase.RECOMMEND, fence, answers)
            if route.revise_any:
                asked = [agent for agent in specialists if route.revise[agent.name]]
                skipped = [
                    Branch(agent=agent.name, phase=Phase.REVISE, status=SKIPPED)
                    for agent in specialists
                    if agent not in asked
                ]
                branches = [*self._answers(run_id, Phase.REVISE, fence, asked, workers), *skipped]
                _, route = self.collate(run_id, Phase.REVISE, fence, branches)
        return self.answer(run_id, Phase.ARBITRATE, fence, self.pack.arbiter) if route.arbitrate else None

    def collate(self, run_id: str, phase: Phase, fence: int, branches: Sequence[Branch]) -> tuple[Collation, Route]:
        """The step after a phase. See ``perform_collate``."""
        return perform_collate(self.context(run_id, fence), phase, branches)

    def _answers(
        self, run_id: str, phase: Phase, fence: int, agents: Sequence[Agent], workers: Executor
    ) -> list[Branch]:
        return list(workers.map(lambda agent: self.answer(run_id, phase, fence, agent), agents))

    def answer(self, run_id: str, phase: Phase, fence: int, agent: Agent) -> Branch:
        """The end of one agent's branch of the phase machine. See ``perform_agent``."""
        try:
            return perform_agent(
                self.context(run_id, fence),
                phase,
                agent_name=agent.name,
                tables=lambda _: self.tables,
                models=lambda agent, _: self.models(agent),
                prices=self.prices,
                deadline=Deadline(self.pack.time_limit(agent), self.clock.monotonic),
            )
        except UndeclaredRead:  # a defect of the pack that a test has to show, and nothing that a branch catches
            raise
        except Exception as error:  # what kills a function on AWS is caught by its branch of the machine
            return Branch(agent=agent.name, phase=phase, status=FAILED, error=type(error).__name__)
