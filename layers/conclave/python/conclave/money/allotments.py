"""How the ceiling of a run is cut: an allotment for each agent, and a slice of it for each time that it may be set to work.

Slices are what makes the ceiling hold without anything that contends. A function takes the next slice of its agent by writing an
entry of which there can be one only, and spends no more than that. Whatever dies, is repeated or answers late, there are only
so many slices, and together they are no more than the ceiling.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conclave.types import AgentKind, ManifestAgent

FRAMING_SHARE, ARBITER_SHARE, SAFETY_SHARE = 8, 37, 35
"""Per cent of the ceiling. They are protected: what others spend takes nothing of them. Business agents share what is left."""

AGENT_ATTEMPTS = 4
"""Times that the phase machine may set an agent to work in a phase: once, twice more when Lambda itself fails, once more after
any other error."""
FRAMING_ATTEMPTS = 5
"""The same for framing: once, and twice more for either kind of error."""
SPECIALIST_PHASES = 2


def allotments(ceiling: int, agents: Sequence[ManifestAgent], framer: str) -> dict[str, int]:
    """What each agent of a run may spend, in nano-dollars, by name; together at most the ceiling.

    Args:
        ceiling: Of the run.
        agents: Those of the run.
        framer: The name under which framing accounts.
    """
    kinds = {kind: [each.name for each in agents if each.kind is kind] for kind in AgentKind}
    shares = {
        AgentKind.ARBITER: ceiling * ARBITER_SHARE // 100,
        AgentKind.SAFETY: ceiling * SAFETY_SHARE // 100,
    }
    framing = ceiling * FRAMING_SHARE // 100
    shares[AgentKind.BUSINESS] = ceiling - framing - sum(shares.values())
    each_of = {kind: shares[kind] // max(1, len(names)) for kind, names in kinds.items()}
    return {framer: framing, **{name: each_of[kind] for kind, names in kinds.items() for name in names}}


def slice_of(allotted: int, attempts: int, phases: int) -> int:
    """What an agent may spend each time that it is set to work, in nano-dollars."""
    return allotted // (attempts * phases)


def agent_slice(allotted: Mapping[str, int], agent: str, kind: AgentKind) -> int:
    """The slice of an agent. Specialists answer in two phases, the arbiter in one."""
    return slice_of(allotted.get(agent, 0), AGENT_ATTEMPTS, 1 if kind is AgentKind.ARBITER else SPECIALIST_PHASES)


def framing_slice(allotted: Mapping[str, int], framer: str) -> int:
    """The slice of framing."""
    return slice_of(allotted.get(framer, 0), FRAMING_ATTEMPTS, 1)
