"""The record of a stage's rollout, and how it moves: pure functions from one record to the next.

A record is written under its revision: whoever moves it read the one before. Of two who move it at once, one is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, structs

from conclave.rollout.thresholds import PACKAGED, Thresholds

REASON_CHARACTERS = 200


class State(StrEnum):
    """Where a rollout stands."""

    STEADY = "steady"
    """There is no candidate: all runs are on the stable versions."""
    GATE = "gate"
    """The candidate is being judged; no run but synthetic ones is on it."""
    CANARY = "canary"
    """A share of the runs is on the candidate."""


class End(StrEnum):
    """How a rollout ended."""

    REFUSED = "refused"
    """The gate refused the candidate: no run was ever on it."""
    ROLLED_BACK = "rolled_back"
    PROMOTED = "promoted"
    PASSED = "passed"
    """The gate passed a change of the configuration, of which no share of the runs follows."""


class RolloutRefused(ValueError):
    """The record cannot move so; the message says why and what to do. ``code`` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Last(Struct, frozen=True, kw_only=True):
    """The rollout before: its number, how and when it ended, and the codes of the reasons."""

    rollout: int
    end: End
    at: str
    reasons: tuple[str, ...] = ()


class Record(Struct, frozen=True, kw_only=True):
    """The rollout of a stage.

    Attributes:
        revision: Grows with each move.
        rollout: Number of the rollout, 1, 2, 3 ...; 0 before the first.
        state: Where it stands.
        stable: Version of each agent's function, by the agent's name; empty as long as there was no rollout, for those deployed.
        candidate: The same of the candidate; empty where there is none.
        share: Percent of the runs that are on the candidate.
        since: When the share began, ISO 8601 UTC; empty before the first rollout.
        thresholds: What it is judged by.
        settings: Where a change of the configuration is tried in place of versions, the document of settings of each side, JSON
            (``configured``); empty where versions are.
        cases: Ids of the runs that the gate plays again on both sides; empty before it drew them, and after its verdict.
        last: The rollout before.
    """

    revision: int = 0
    rollout: int = 0
    state: State = State.STEADY
    stable: Mapping[str, str] = {}
    candidate: Mapping[str, str] = {}
    share: int = 0
    since: str = ""
    thresholds: Thresholds = PACKAGED
    settings: str = ""
    cases: tuple[str, ...] = ()
    last: Last | None = None


NONE = Record()
"""Before the first rollout."""


def adopted(before: Record, stable: Mapping[str, str], *, at: str) -> Record:
    """The record with the versions that runs are on as the stable ones: what is deployed from now on takes no traffic by itself.

    Raises:
        RolloutRefused: There are stable versions of the same agents already, a rollout is under way, or a version is not known.
    """
    if before.state is not State.STEADY or (before.stable and set(before.stable) == set(stable)):
        raise RolloutRefused(
            "adopted_already", "new versions pass a gate already; conclave rollout status shows the stable ones"
        )
    if not stable or not all(stable.values()):
        raise RolloutRefused("versions_unknown", "the versions that runs are on are not known; deploy the stage again")
    return structs.replace(before, revision=before.revision + 1, stable=dict(stable), since=at)


def begun(
    before: Record,
    candidate: Mapping[str, str],
    *,
    stable: Mapping[str, str],
    at: str,
    thresholds: Thresholds = PACKAGED,
) -> Record:
    """The record with a candidate before its gate.

    Args:
        before: The record.
        candidate: Version of each agent's function.
        stable: Of the first rollout, the versions that runs are on now; of every further one nothing, the record has them.
        at: When.
        thresholds: What the candidate is judged by.

    Raises:
        RolloutRefused: Another one is under way, it is what runs are on already, or an agent is missing.
    """
    _require_none_under_way(before)
    now = before.stable or stable
    if not now:
        raise RolloutRefused(
            "nothing_adopted",
            "no versions are adopted yet, so all runs are on what is deployed; conclave rollout adopt",
        )
    if any(not version for version in (*now.values(), *candidate.values())):
        raise RolloutRefused("versions_unknown", "the versions that runs are on are not known; deploy the stage again")
    if set(candidate) != set(now):
        odd = ", ".join(sorted(set(candidate) ^ set(now)))
        raise RolloutRefused(
            "agents_differ",
            f"the agents are not the same on both sides ({odd}); a machine knows one set of agents, so this takes a deployment",
        )
    if dict(candidate) == dict(now):
        raise RolloutRefused("nothing_new", "all runs are on these versions already; deploy new ones first")
    return structs.replace(
        before,
        revision=before.revision + 1,
        rollout=before.rollout + 1,
        state=State.GATE,
        stable=dict(now),
        candidate=dict(candidate),
        share=0,
        since=at,
        thresholds=thresholds,
    )


def configured(before: Record, settings: str, *, at: str, thresholds: Thresholds = PACKAGED) -> Record:
    """The record with a change of the configuration before its gate; both sides are the versions that runs are on.

    Args:
        before: The record.
        settings: JSON: by side, the document of settings that its trials begin with.
        at: When.
        thresholds: What the change is judged by.

    Raises:
        RolloutRefused: A rollout is under way.
    """
    _require_none_under_way(before)
    return structs.replace(
        before,
        revision=before.revision + 1,
        rollout=before.rollout + 1,
        state=State.GATE,
        candidate=dict(before.stable),
        settings=settings,
        share=0,
        since=at,
        thresholds=thresholds,
    )


def drawn(before: Record, cases: tuple[str, ...]) -> Record:
    """The record with the cases of its gate. They are drawn once: both sides are judged by the same ones."""
    _require(before, State.GATE)
    if before.cases:
        raise RolloutRefused("drawn_already", "the gate has its cases already")
    return structs.replace(before, revision=before.revision + 1, cases=cases)


def admitted(before: Record, *, at: str) -> Record:
    """The record after a gate that was passed: the candidate gets its first share; a change of the configuration is through."""
    _require(before, State.GATE)
    if before.settings:
        return _ended(before, End.PASSED, (), at)
    return structs.replace(
        before, revision=before.revision + 1, state=State.CANARY, share=before.thresholds.steps[0], since=at, cases=()
    )


def refused(before: Record, reasons: tuple[str, ...], *, at: str) -> Record:
    """The record after a gate that was not passed. No run was ever on the candidate."""
    _require(before, State.GATE)
    return _ended(before, End.REFUSED, reasons, at)


def stepped(before: Record, *, at: str) -> Record:
    """The record at the next share; promoted after the last one."""
    _require(before, State.CANARY)
    further = next((step for step in before.thresholds.steps if step > before.share), None)
    if further is None:
        return promoted(before, at=at)
    return structs.replace(before, revision=before.revision + 1, share=further, since=at)


def promoted(before: Record, *, at: str) -> Record:
    """The record with the candidate as its stable versions. Only after a gate: what was not judged takes no traffic."""
    if before.state is State.GATE:
        raise RolloutRefused("not_judged", "the candidate has not passed its gate; nothing is promoted without")
    _require(before, State.CANARY)
    return structs.replace(_ended(before, End.PROMOTED, (), at), stable=dict(before.candidate))


def rolled_back(before: Record, reasons: tuple[str, ...], *, at: str) -> Record:
    """The record without its candidate: runs that begin from now on are on the stable versions."""
    if before.state is State.STEADY:
        raise RolloutRefused("nothing_under_way", "no rollout is under way; nothing was changed")
    return _ended(before, End.ROLLED_BACK, reasons, at)


def _require_none_under_way(record: Record) -> None:
    if record.state is not State.STEADY:
        raise RolloutRefused(
            "rollout_under_way",
            f"rollout {record.rollout} is under way ({record.state.value}, {record.share} %); promote it or roll it back first",
        )


def _require(record: Record, state: State) -> None:
    if record.state is not state:
        raise RolloutRefused(
            "wrong_state",
            f"the rollout is {record.state.value}, not {state.value}; conclave rollout status says what can be done",
        )


def _ended(before: Record, end: End, reasons: tuple[str, ...], at: str) -> Record:
    return structs.replace(
        before,
        revision=before.revision + 1,
        state=State.STEADY,
        candidate={},
        share=0,
        since=at,
        settings="",
        cases=(),
        last=Last(rollout=before.rollout, end=end, at=at, reasons=reasons),
    )
