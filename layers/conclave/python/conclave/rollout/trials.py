"""Trials: a case of the gate is a run of people, which is forked once for each side, from the agents' first answers on. Pure.

So both sides have the same report, facts and options, and a fork decides for nobody. A trial says in its id on which side it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from conclave.audit.canonical import sha256
from conclave.records.runs import TRIAL, Run
from conclave.types import Side

CASES = 8
"""So many are drawn at most: each costs two forks."""
_UNSHOWN = ("models.framing", "flags.read_by_code", "limits.reuse_seconds", "limits.approval_seconds")
"""Settings of what no trial does: it takes over how its report was read, and waits for nobody."""
_PLACES = 17
"""Hexadecimal digits after the side: ids of trials are as long as those of other runs, since roles name them by length."""


def trial_id(begun: str, side: Side, case: str) -> str:
    """The id of a case's trial on a side, for a candidate whose gate began at a time: that no other candidate has."""
    return f"{TRIAL}{side.value[0]}-{sha256(f'{begun}/{side.value}/{case}'.encode())[:_PLACES]}"


def shows(path: str) -> bool:
    """Whether trials can come out otherwise for a setting."""
    return not any(path == each or path.startswith(f"{each}.") for each in _UNSHOWN)


def side_of(run_id: str) -> Side | None:
    """The side of a trial; None of any other run."""
    if not run_id.startswith(TRIAL):
        return None
    return next((side for side in Side if run_id.startswith(f"{TRIAL}{side.value[0]}-")), None)


def by_turns(runs: Iterable[Run]) -> list[Run]:
    """The runs with outcomes taking turns, in the order given among those of one outcome: so that few show every outcome."""
    turns = dict[str, int]()

    def turn(run: Run) -> int:
        outcome = f"{run.status}/{run.degraded}"
        turns[outcome] = turns.get(outcome, 0) + 1
        return turns[outcome]

    return sorted(runs, key=turn)
