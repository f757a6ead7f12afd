"""The contract of ``conclave.rollout.acting.Rollouts``, for the implementation in memory and the one on DynamoDB."""

from __future__ import annotations

import pytest
from conclave.rollout import record as moves
from conclave.rollout.acting import Move, ReasonMissing, RolloutContended, Rollouts, history, moved
from conclave.rollout.record import NONE, Record, RolloutRefused, State

OLD, NEW, AT = {"crew": "1"}, {"crew": "2"}, "2026-11-29T10:00:00.000Z"


def adopt(rollouts: Rollouts) -> Record:
    return moved(
        rollouts, lambda each: moves.adopted(each, OLD, at=AT), Move.ADOPTED, by="ops", why="gate from now on", at=AT
    )


def begin(rollouts: Rollouts) -> Record:
    return moved(
        rollouts, lambda each: moves.begun(each, NEW, stable={}, at=AT), Move.BEGUN, by="ops", why="release 2", at=AT
    )


class RolloutsContract:
    """Derive with a fixture ``rollouts``."""

    def test_before_the_first_there_is_none(self, rollouts: Rollouts) -> None:
        assert rollouts.read() == NONE
        assert rollouts.entries() == []

    def test_each_move_is_read_back_and_stands_in_the_audit(self, rollouts: Rollouts) -> None:
        adopt(rollouts)
        record = begin(rollouts)
        assert rollouts.read() == record
        assert (record.state, record.stable, record.candidate) == (State.GATE, OLD, NEW)
        told = history(rollouts.entries())
        assert [(each.number, each.move, each.by, each.revision) for each in told] == [
            (1, Move.ADOPTED, "ops", 1),
            (2, Move.BEGUN, "ops", 2),
        ]

    def test_of_two_who_move_at_once_one_is_refused_and_leaves_nothing(self, rollouts: Rollouts) -> None:
        adopt(rollouts)

        def meanwhile(before: Record) -> Record:
            begin(rollouts)
            return moves.begun(before, {"crew": "3"}, stable={}, at=AT)

        with pytest.raises(RolloutContended):
            moved(rollouts, meanwhile, Move.BEGUN, by="else", why="release 3", at=AT)
        assert rollouts.read().candidate == NEW
        assert [each.by for each in history(rollouts.entries())] == ["ops", "ops"]

    def test_a_move_that_may_not_be_leaves_nothing(self, rollouts: Rollouts) -> None:
        adopt(rollouts)
        with pytest.raises(RolloutRefused):
            adopt(rollouts)
        with pytest.raises(ReasonMissing):
            moved(rollouts, lambda each: each, Move.BEGUN, by="ops", why=" \n", at=AT)
        assert len(rollouts.entries()) == 1
