"""No setting, at none of its bounds, switches off a check, a hard constraint, or the consent that a dangerous call takes.

The guardrail has its own test, on the functions: ``tests/integration/functions/test_configured.py``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conclave.codec import decode
from conclave.configuration.applied import pack_under
from conclave.configuration.faults import every_setting
from conclave.configuration.settings import TIERS, Settings
from conclave.records.runs import assessment_record, collation_record
from conclave.testing.models import agreeable
from conclave.types import AgentKind, Assessment, Collation, Phase
from configured import at_bounds
from dangerous_site import Site
from pipe_domain import make_pack, make_scene

pytestmark = pytest.mark.slow

SETTINGS = dict(at_bounds())


def test_every_setting_of_the_schema_is_walked() -> None:
    walked = {said.partition("=")[0] for said in SETTINGS}
    assert walked == {path for path, _ in every_setting()}
    assert len(SETTINGS) > 2 * len(walked)


def checked(folder: Path, settings: Settings) -> dict[str, Any]:
    """What the checks of safety agents gave, and what came of it."""
    scene = make_scene(folder, {"planner": agreeable})
    room = replace(scene.room, settings=settings)
    framed = room.frame("run-1")
    answers = [room.answer("run-1", Phase.RECOMMEND, framed.fence, agent) for agent in room.pack.specialists]
    room.collate("run-1", Phase.RECOMMEND, framed.fence, answers)
    guards = [agent for agent in room.pack.agents if agent.kind is AgentKind.SAFETY]
    names = [assessment_record("recommend", agent.name) for agent in guards]
    stored = scene.runs.read("run-1", [*names, collation_record("recommend")])
    given = [decode(stored[name], Assessment) for name in names]
    collation = decode(stored[collation_record("recommend")], Collation)
    return {
        "checks": [call.name for each in given for call in each.tool_calls],
        "facts": [each.facts for each in given],
        "hard": [each for each in collation.constraints if each.hard],
        "feasible": collation.feasible,
    }


@pytest.mark.parametrize("said", SETTINGS)
def test_checks_run_and_hard_constraints_bind_whatever_is_set(tmp_path: Path, said: str) -> None:
    usual = checked(tmp_path, Settings())
    assert usual["checks"] == ["bounded_pressure", "crew_on_site"]
    assert usual["feasible"] == ["O2", "O4"]
    assert checked(tmp_path, SETTINGS[said]) == usual


@pytest.mark.parametrize("said", SETTINGS)
def test_a_dangerous_call_waits_for_its_consent_whatever_is_set(tmp_path: Path, said: str) -> None:
    site = Site(tmp_path, settings=SETTINGS[said])
    site.ask()
    assert site.shut == []


@pytest.mark.parametrize("said", SETTINGS)
def test_no_setting_weakens_a_safety_agent_or_gives_it_other_checks(tmp_path: Path, said: str) -> None:
    pack = make_pack(tmp_path)
    under = pack_under(pack, SETTINGS[said])
    for before, after in zip(pack.agents, under.agents, strict=True):
        assert (after.name, after.kind, after.checks, after.tools, after.fields) == (
            before.name,
            before.kind,
            before.checks,
            before.tools,
            before.fields,
        )
        if before.kind is AgentKind.SAFETY:
            assert TIERS.index(after.tier) >= TIERS.index(before.tier)
    assert (under.approvals, under.dimensions, under.fields) == (pack.approvals, pack.dimensions, pack.fields)
