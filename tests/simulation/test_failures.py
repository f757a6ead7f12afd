"""Every way in which an agent, a branch or a tool can fail ends as it must: on the pure functions and in one process."""

from __future__ import annotations

import random
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from conclave.agents.assess import Question
from conclave.codec import decode, encode
from conclave.deliberation.collate import collate
from conclave.deliberation.decide import decide
from conclave.deliberation.scoring import scoring_of
from conclave.pack import Tool, ToolContext
from conclave.pack.tables import UndeclaredRead
from conclave.results import Branch
from conclave.steps.decide import perform_decide
from conclave.testing.models import agreeable
from conclave.types import (
    Assessment,
    Choice,
    Constraint,
    Gap,
    GapReason,
    Operator,
    Phase,
    RunStatus,
    ToolResult,
    Verdict,
)
from msgspec import structs
from pipe_domain import OPTIONS, make_pack, make_scene, prices_of, warning

from bench import faults


def test_every_way_to_fail_ends_as_it_must() -> None:
    draw = random.Random(5)
    for phase in (Phase.RECOMMEND, Phase.REVISE):
        for _ in range(800):
            outcomes = [draw.choice(list(faults.OUTCOMES)) for _ in faults.AGENTS]
            assert list(faults.problems(outcomes, phase)) == []


def test_a_reject_stands_even_if_it_is_taken_back() -> None:
    first = [structs.replace(faults.assessment("maintenance", "ok", Phase.RECOMMEND), verdict=Verdict.REJECT)]
    again = [faults.assessment("maintenance", "ok", Phase.REVISE)]
    before = collate(phase=Phase.RECOMMEND, options=faults.OPTIONS, frame_gaps=(), assessments=first)
    after = collate(
        phase=Phase.REVISE, options=faults.OPTIONS, frame_gaps=(), assessments=again, previous=before, earlier=first
    )
    assert [halt.code for halt in after.halts] == ["safety_agent_rejects"]


def test_gaps_of_the_planner_and_of_agents_halt_only_when_mandatory() -> None:
    for mandatory in (True, False):
        gap = Gap(tool="t", item="i", reason=GapReason.MISSING, mandatory=mandatory, detail="d")
        answer = structs.replace(faults.assessment("maintenance", "ok", Phase.RECOMMEND), gaps=[gap])
        clean = faults.assessment("maintenance", "ok", Phase.RECOMMEND)
        for frame_gaps, each in (((gap,), clean), ((), answer)):
            found = collate(phase=Phase.RECOMMEND, options=faults.OPTIONS, frame_gaps=frame_gaps, assessments=[each])
            assert [halt.code for halt in found.halts] == ["mandatory_facts_missing"] * mandatory


def test_an_agent_writes_no_entry_that_counts_as_another(tmp_path: Path) -> None:
    """A function that was taken over writes its own journal entry as it likes, but not who it is."""
    for change in ({"kind": "business"}, {"agent": "buyer"}, {"phase": "revise"}, {"scores": 7}):
        scene = make_scene(tmp_path)
        room = scene.room
        fence = room.frame("run-1").fence
        branches = [room.answer("run-1", Phase.RECOMMEND, fence, each) for each in room.pack.specialists]
        data = scene.journal.read("run-1", ["crew_guard"], ["recommend"])["crew_guard", "recommend"]
        forged = encode({**decode(data, dict), **change})
        scene.journal.replace("run-1", "crew_guard", {"recommend": forged}, fence)
        collation, route = room.collate("run-1", Phase.RECOMMEND, fence, branches)
        assert [(halt.code, halt.agent) for halt in collation.halts] == [("safety_agent_unavailable", "crew_guard")]
        assert route.halt
        assert not route.arbitrate


@pytest.mark.parametrize("agent", ["crew_guard", "arbiter"])
def test_no_words_of_a_function_that_was_taken_over_get_into_the_audit(tmp_path: Path, agent: str) -> None:
    """An audit is kept for ever, and nothing is erased from it: names and hashes stand in it as far as they are some."""
    scene = make_scene(tmp_path)
    room, secret = scene.room, "CNRY 5512 is ill"
    fence = room.frame("run-1").fence
    phase = Phase.ARBITRATE if agent == "arbiter" else Phase.RECOMMEND
    branches = [room.answer("run-1", Phase.RECOMMEND, fence, each) for each in room.pack.specialists]

    def taken_over() -> None:
        entry = decode(scene.journal.read("run-1", [agent], [phase])[agent, phase.value], dict)
        said = {"request_hash": secret, "model": secret, "usage": {}, "duration_seconds": 0.0, "error": secret}
        failure = {"error": secret, "cause": secret}
        forged = {**entry, "model": secret, "exchanges": [*entry["exchanges"], said], "failure": failure}
        scene.journal.replace("run-1", agent, {phase.value: encode(forged)}, fence)

    if agent != "arbiter":
        taken_over()
    room.collate("run-1", Phase.RECOMMEND, fence, branches)
    if agent == "arbiter":
        branch = room.answer("run-1", phase, fence, room.pack.arbiter)
        taken_over()
        perform_decide(room.context("run-1", fence), arbiter=branch, failure=None)
    audit = b"".join(scene.runs.audit("run-1")).decode()
    assert secret not in audit
    assert audit.count('"requests":["') >= 1


@pytest.mark.parametrize("status", ["absent", "skipped", "failed"])
def test_nobody_is_left_out_of_the_first_phase(tmp_path: Path, status: str) -> None:
    scene = make_scene(tmp_path)
    room = scene.room
    fence = room.frame("run-1").fence
    branches = [
        Branch(agent=agent.name, phase="recommend", status=status)
        for agent in room.pack.specialists
        if status != "absent"
    ]
    collation, route = room.collate("run-1", Phase.RECOMMEND, fence, branches)
    assert {halt.agent for halt in collation.halts} == {"pressure_guard", "crew_guard"}
    assert (route.halt, route.arbitrate) == (True, False)


def test_whoever_is_asked_again_and_lost_has_failed(tmp_path: Path) -> None:
    """A safety agent that shall revise and of whom the machine says nothing is not skipped."""
    scene = make_scene(tmp_path)
    room = scene.room
    fence = room.frame("run-1").fence
    branches = [room.answer("run-1", Phase.RECOMMEND, fence, each) for each in room.pack.specialists]
    for phase, given in ((Phase.RECOMMEND, branches), (Phase.REVISE, [])):
        collation, _ = room.collate("run-1", phase, fence, given)
    assert {halt.agent for halt in collation.halts} == {"pressure_guard", "crew_guard"}


@pytest.mark.parametrize("told", [True, False])
def test_of_whoever_is_not_asked_again_the_machine_still_says_so(tmp_path: Path, told: bool) -> None:
    """Crew_guard hears what it knows and is skipped; without a branch that says it, it counts as failed all the same."""

    def known(question: Question) -> Mapping[str, Any]:
        return {**agreeable(question), "constraints": [warning("people", ">=", 1)]}

    scene = make_scene(tmp_path, {"planner": known})
    room = scene.room
    fence = room.frame("run-1").fence
    first = [room.answer("run-1", Phase.RECOMMEND, fence, each) for each in room.pack.specialists]
    before, _ = room.collate("run-1", Phase.RECOMMEND, fence, first)
    assert list(before.revise) == ["pressure_guard"]
    asked = [each for each in room.pack.specialists if each.name in before.revise]
    again = [room.answer("run-1", Phase.REVISE, fence, each) for each in asked]
    skipped = [
        Branch(agent=each.name, phase="revise", status="skipped")
        for each in room.pack.specialists
        if each not in asked and (told or each.name != "crew_guard")
    ]
    after, _ = room.collate("run-1", Phase.REVISE, fence, [*again, *skipped])
    assert [halt.agent for halt in after.halts] == ([] if told else ["crew_guard"])


@pytest.mark.parametrize("status", ["skipped", "ok", "failed", "anything"])
@pytest.mark.parametrize("also", [True, False])
def test_no_branch_speaks_for_another_and_nobody_who_is_asked_is_skipped(
    tmp_path: Path, status: str, also: bool
) -> None:
    """What a safety agent finds in its second answer binds, whatever any branch says of it beside its own."""
    scene = make_scene(tmp_path)
    room = scene.room
    fence = room.frame("run-1").fence
    first = [room.answer("run-1", Phase.RECOMMEND, fence, each) for each in room.pack.specialists]
    before, route = room.collate("run-1", Phase.RECOMMEND, fence, first)
    asked = [agent for agent in room.pack.specialists if route.revise[agent.name]]
    assert "crew_guard" in before.revise
    again = [room.answer("run-1", Phase.REVISE, fence, each) for each in asked if also or each.name != "crew_guard"]
    skipped = [Branch(agent=each.name, phase="revise", status="skipped") for each in room.pack.specialists]
    said = [*again, *(each for each in skipped if each.agent not in before.revise)]
    found = scene.journal.read("run-1", ["crew_guard"], ["revise"])
    rule = Constraint(
        id="late", field="people", operator=Operator.GE, value=99, unit="count", hard=True, source="s",
        evidence_id="", reason="r",
    )  # fmt: skip
    if also:
        entry = decode(found["crew_guard", "revise"], Assessment)
        changed = encode(structs.replace(entry, constraints=(*entry.constraints, rule)))
        scene.journal.replace("run-1", "crew_guard", {"revise": changed}, fence)
    after, _ = room.collate(
        "run-1", Phase.REVISE, fence, [*said, Branch(agent="crew_guard", phase="revise", status=status)]
    )
    assert {(halt.code, halt.agent) for halt in after.halts} == {("safety_agent_unavailable", "crew_guard")}
    assert also == ("late" in {each.id for each in after.constraints})


def test_a_check_that_reads_what_it_does_not_declare_is_an_error_of_the_pack(tmp_path: Path) -> None:
    def curious(context: ToolContext) -> ToolResult:
        """Reads the parts."""
        context.tables.query("parts", ["S"])
        return ToolResult()

    agents = tuple(
        structs.replace(agent, checks=(Tool(curious, ("pipes",)),)) if agent.name == "crew_guard" else agent
        for agent in make_pack(tmp_path).agents
    )
    with pytest.raises(
        UndeclaredRead, match=r"^crew_guard.curious: parts is not among the declared reads: pipes; declare it"
    ):
        make_scene(tmp_path, agents=agents).room.deliberate("run-1")


def test_a_call_that_reads_what_is_not_declared_is_an_error_of_the_pack_whatever_the_model_makes_of_it(
    tmp_path: Path,
) -> None:
    """A model's library answers a tool that raises with a message to the model, and goes on."""
    astray = structs.replace(prices_of, reads=("pipes",))

    def goes_on(question: Question) -> dict[str, Any]:
        with suppress(UndeclaredRead):
            question.call(astray, {"supplier": "S"})
        return dict(agreeable(question))

    agents = tuple(
        structs.replace(agent, tools=(astray,)) if agent.name == "buyer" else agent
        for agent in make_pack(tmp_path).agents
    )
    with pytest.raises(UndeclaredRead, match=r"^buyer\.prices_of: parts is not"):
        make_scene(tmp_path, {"buyer": goes_on}, agents=agents).room.deliberate("run-1")


def test_decide_keeps_to_the_collation() -> None:
    """Halts, an arbiter that failed, infeasible choices and rankings: on the pure function."""
    answers = [faults.assessment(agent, "ok", Phase.RECOMMEND) for agent in faults.AGENTS]
    collation = collate(phase=Phase.RECOMMEND, options=faults.OPTIONS, frame_gaps=(), assessments=answers)

    def decided(choice: Choice | None, **changes: Any) -> Any:
        return decide(
            options=faults.OPTIONS,
            collation=structs.replace(collation, **changes),
            choice=choice,
            scoring=scoring_of(faults.OPTIONS, faults.DIMENSIONS),
            approvals=(),
        )

    sound = decided(faults.CHOICE)
    assert (sound.option_id, list(sound.ranking), sound.total) == ("O1", ["O1", "O2"], 0.9)
    assert decided(faults.CHOICE, degraded=["cargo"]).degraded
    infeasible = structs.replace(faults.CHOICE, option_id="O3")
    assert [each.code for each in decided(infeasible).reasons] == ["choice_infeasible"]
    assert decided(structs.replace(faults.CHOICE, failure=_failure())).status is RunStatus.HALTED


def _failure() -> Any:
    from conclave.types import Failure

    return Failure(error="TimeUp", cause="")


def test_constraints_are_compared_strictly() -> None:
    from conclave.deliberation.constraints import complies, unite, violations

    option = OPTIONS[0]

    def rule(**changes: Any) -> Constraint:
        base: dict[str, Any] = {
            "id": "r",
            "field": "cost",
            "operator": Operator.LE,
            "value": 100,
            "unit": "",
            "hard": True,
            "source": "s",
            "evidence_id": "",
            "reason": "",
        }
        return Constraint(**{**base, **changes})

    assert complies(option, rule())
    for broken in (rule(field="ghost"), rule(value="much"), rule(value=99)):
        assert violations(option, [broken]) == ("r",)
    assert violations(option, [rule(value=99, hard=False)]) == ()
    both = unite([rule(hard=False), rule()], [rule(id="q")])
    assert [(each.id, each.hard) for each in both] == [("q", True), ("r", True)]
