"""How the ceiling of a run is cut: an allotment for each agent, and a slice of it for each time that it may be set to work.

Slices are what makes the ceiling hold without anything that contends. A function takes the next slice of its agent by writing an
entry of which there can be one only, and spends no more than that. Whatever dies, is repeated or answers late, there are only
so many slices, and together they are no more than the ceiling.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conclave.money.amounts import nanos
from conclave.types import AgentKind, Budget, ManifestAgent

FRAMING_PERCENT = 8
"""Of the ceiling, for reading a report."""
PROTECTED_PERCENT = 70
"""Of the ceiling, for safety agents and the arbiter, half each, unless settings say otherwise: what others spend takes nothing of
it. The business agents share what is left."""

AGENT_ATTEMPTS = 4
"""Times that the phase machine may set an agent to work in a phase: once, twice more when Lambda itself fails, once more after
any other error."""
FRAMING_ATTEMPTS = 5
"""The same for framing: once, and twice more for either kind of error."""
SPECIALIST_PHASES = 2


def allotments(
    ceiling: int, agents: Sequence[ManifestAgent], framer: str, protected_percent: int = PROTECTED_PERCENT
) -> dict[str, int]:
    """What each agent of a run may spend, in nano-dollars, by name; together at most the ceiling.

    Args:
        ceiling: Of the run, in nano-dollars.
        agents: Those of the run.
        framer: The name under which framing accounts.
        protected_percent: Of the ceiling, for safety agents and the arbiter alone.
    """
    kinds = {kind: [each.name for each in agents if each.kind is kind] for kind in AgentKind}
    half = ceiling * protected_percent // 200
    framing = ceiling * FRAMING_PERCENT // 100
    shares = {
        AgentKind.ARBITER: half,
        AgentKind.SAFETY: half,
        AgentKind.BUSINESS: max(0, ceiling - framing - 2 * half),
    }
    framing = min(framing, ceiling - 2 * half)
    each_of = {kind: shares[kind] // max(1, len(names)) for kind, names in kinds.items()}
    return {framer: framing, **{name: each_of[kind] for kind, names in kinds.items() for name in names}}


def budget_of(
    run_usd: float, agents: Sequence[ManifestAgent], framer: str, *, protected: float, economy: bool = False
) -> Budget:
    """The budget of a run.

    Args:
        run_usd: Its ceiling in US dollars.
        agents: Its agents.
        framer: The name under which framing accounts.
        protected: Share of the ceiling, 0 to 1, for safety agents and the arbiter alone.
        economy: Whether its agents are frugal.
    """
    ceiling = nanos(run_usd)
    allotted = allotments(ceiling, agents, framer, round(protected * 100))
    return Budget(ceiling_nanos=ceiling, allotted_nanos=allotted, economy=economy)


def slice_of(allotted: int, attempts: int, phases: int) -> int:
    """What an agent may spend each time that it is set to work, in nano-dollars."""
    return allotted // (attempts * phases)


def agent_slice(allotted: Mapping[str, int], agent: str, kind: AgentKind) -> int:
    """The slice of an agent. Specialists answer in two phases, the arbiter in one."""
    return slice_of(allotted.get(agent, 0), AGENT_ATTEMPTS, 1 if kind is AgentKind.ARBITER else SPECIALIST_PHASES)


def framing_slice(allotted: Mapping[str, int], framer: str) -> int:
    """The slice of framing."""
    return slice_of(allotted.get(framer, 0), FRAMING_ATTEMPTS, 1)
