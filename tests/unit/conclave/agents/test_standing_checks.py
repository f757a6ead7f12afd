"""Checks are run again only where what they read has moved, or where it is not known whether it has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from conclave.agents.assess import Question
from conclave.agents.checks import standing_checks
from conclave.caches.tables import VersionedTables
from conclave.caches.versions import Version, settled
from conclave.codec import decode
from conclave.pack import ToolContext, tool
from conclave.records.runs import assessment_record
from conclave.testing.data_versions import MemoryDataVersions
from conclave.testing.models import agreeable
from conclave.testing.tables import MemoryTables
from conclave.types import (
    AgentKind,
    Assessment,
    AssessmentStatus,
    Constraint,
    Fact,
    Failure,
    Gap,
    GapReason,
    Operator,
    Phase,
    ToolResult,
)
from msgspec import structs
from pipe_domain import ROWS, clock, make_pack, make_scene


@tool(reads=("pipes", "parts"))
def looks(context: ToolContext) -> ToolResult:
    """Looks."""
    raise AssertionError("not run here")


RULE = Constraint(
    id="R1", field="cost", operator=Operator.LE, value=1, unit="usd", hard=True, source="s", evidence_id="e", reason="r"
)
FACT = Fact(id="pipes/P1", kind="pipe", values={"limit": 6})
GAP = Gap(tool="looks", item="pipes/P2", reason=GapReason.MISSING, mandatory=True, detail="not there")
NOW = {"pipes": "a", "parts": "b", "other": "c"}
EARLIER = Assessment(
    agent="pressure_guard",
    kind=AgentKind.SAFETY,
    phase=Phase.RECOMMEND,
    status=AssessmentStatus.OK,
    constraints=(RULE, structs.replace(RULE, id="model:1")),
    gaps=(GAP,),
    facts=(FACT,),
    versions={"pipes": "a", "parts": "b"},
)


@pytest.fixture
def guard(tmp_path: Path) -> Any:
    return structs.replace(make_pack(tmp_path).agent("pressure_guard"), checks=(looks,))


def test_what_checks_found_stands_where_nothing_has_moved(guard: Any) -> None:
    found = standing_checks(guard, EARLIER, NOW)
    assert found is not None
    assert found.result == ToolResult(facts=(FACT,), constraints=(RULE,), gaps=(GAP,))


@pytest.mark.parametrize(
    ("earlier", "versions"),
    [
        (EARLIER, NOW | {"parts": "z"}),
        (EARLIER, {"pipes": "a"}),
        (EARLIER, {}),
        (structs.replace(EARLIER, versions={}), {}),
        (structs.replace(EARLIER, versions={"pipes": "a"}), NOW),
        (structs.replace(EARLIER, failure=Failure(error="TimeUp", cause="late")), NOW),
        (structs.replace(EARLIER, gaps=(structs.replace(GAP, reason=GapReason.FAILED),)), NOW),
    ],
)
def test_checks_are_run_again_where_it_is_not_certain(guard: Any, earlier: Assessment, versions: Any) -> None:
    assert standing_checks(guard, earlier, versions) is None


class Invocations(VersionedTables):
    """Tables that each invocation makes anew: the versions are read whenever somebody wants to know them."""

    @property
    def versions(self) -> Mapping[str, str]:
        return settled(self._data_versions.read(), self._clock())


@pytest.mark.parametrize(("moves", "ran"), [(False, 0), (True, 1)])
def test_who_answers_again_runs_its_checks_only_if_the_data_moved(tmp_path: Path, moves: bool, ran: int) -> None:
    versions = MemoryDataVersions()
    pack = make_pack(tmp_path)
    for table in pack.tables:
        versions.end(table.name, (), Version(id="first", changed_at="2026-11-20T06:00:00.000Z"))

    def answer(question: Question) -> Mapping[str, Any]:
        if question.phase is Phase.RECOMMEND and moves:
            versions.end("pipes", (), Version(id="moved", changed_at="2026-11-21T05:00:00.000Z"))
        return agreeable(question)

    tables = Invocations(MemoryTables(pack.tables, ROWS), versions, clock)
    scene = make_scene(tmp_path, {"pressure_guard": answer}, tables=tables)
    scene.room.deliberate("run-1")
    names = [assessment_record(phase, "pressure_guard") for phase in (Phase.RECOMMEND, Phase.REVISE)]
    first, again = (decode(scene.runs.read("run-1", [name])[name], Assessment) for name in names)
    assert [len(first.tool_calls), len(again.tool_calls)] == [1, ran]
    assert {each.id for each in first.constraints} <= {each.id for each in again.constraints}
    assert (again.facts, again.gaps) == (first.facts, first.gaps)
    assert again.versions["pipes"] == ("moved" if moves else "first")
