"""Forks: what they take over, whom they ask, what they pay, and that they decide for nobody."""

from __future__ import annotations

import json
import tempfile
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from conclave.api.approving.feedback import FeedbackRefused, give_feedback, said_from
from conclave.api.erasure import ERASED, RunUnfinished, erase_texts
from conclave.api.trace import trace_document
from conclave.audit.canonical import sha256
from conclave.audit.chain import read_chain
from conclave.clock import SystemClock, timestamp
from conclave.codes import ReasonCode
from conclave.money.spending import NOTHING, Spent, charge_of, periods_of
from conclave.pack import ToolContext, ToolResult, tool
from conclave.records.runs import TextState, accepted
from conclave.steps.approving.hold import open_approval
from conclave.steps.close_run import close
from conclave.steps.forking.take_over import ForkNotEntered
from conclave.steps.publish import NothingToPublish, publish
from conclave.steps.sweep import runs_of
from conclave.types import Assessment, Collation, Phase, RunStatus, Usage
from forking import BY, Workshop, workshop
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from pipe_domain import NOW, clock, codes, make_pack

SPECIALISTS = ["buyer", "crew_guard", "planner", "pressure_guard"]
GUARDS = ["crew_guard", "pressure_guard"]


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return workshop(tmp_path)


def asked_in(shop: Workshop, phase: str) -> list[str]:
    return sorted(agent for asked, agent in shop.asked if asked == phase)


def spent(shop: Workshop) -> Spent:
    day = periods_of(timestamp(clock()))[0]
    return shop.scene.runs.spent([day]).get(day, NOTHING)


def events(shop: Workshop, run_id: str) -> list[str]:
    return [each.entry.event for each in read_chain(run_id, shop.scene.runs.audit(run_id))]


def bodies(shop: Workshop, run_id: str) -> list[dict[str, Any]]:
    return [json.loads(each)["entry"]["body"] for each in shop.scene.runs.audit(run_id)]


def test_a_fork_from_the_arbiter_asks_one_model_and_pays_for_it_alone(shop: Workshop) -> None:
    before = spent(shop)
    run_id, decision = shop.fork("arbitrate")
    assert shop.asked == [("arbitrate", "arbiter")]
    assert decision.usage.model_calls == 1
    after = spent(shop)
    assert (after.nanos - before.nanos, after.runs - before.runs) == (charge_of(decision.usage).nanos, 1)
    document = shop.document(run_id)
    paid = [(row["phase"], row["name"]) for row in document["agents"] if row["cost_usd"]]
    assert paid == [("arbitrate", "arbiter")]
    assert document["totals"]["model_calls"] == 1
    assert {row["phase"] for row in document["agents"] if row["taken_over"]} == {"recommend", "revise"}
    assert [each["name"] for each in document["phases"]] == ["frame", "arbitrate", "decide"]


def test_a_fork_that_goes_on_is_in_its_own_phase(shop: Workshop) -> None:
    run_id = shop.begin("arbitrate").run_id
    shop.scene.room.frame(run_id)
    assert shop.document(run_id)["current_phase"] == "arbitrate"
    room = shop.scene.room
    given: dict[str, Any] = {"pack": room.pack, "runs": room.runs, "journal": room.journal, "clock": clock}
    assert [each["name"] for each in trace_document(run_id, **given)["spans"]][1:] == ["waiting", "frame", "arbitrate"]
    room.deliberate(run_id)
    spans = trace_document(run_id, **given)["spans"]
    assert {each["name"] for each in spans if each["kind"] == "agent"} == {"arbiter"}


def test_a_fork_from_revise_pays_for_revise_and_the_arbiter_only(shop: Workshop) -> None:
    before = spent(shop)
    run_id, decision = shop.fork("revise")
    assert asked_in(shop, "recommend") == []
    assert asked_in(shop, "revise") == GUARDS
    assert asked_in(shop, "arbitrate") == ["arbiter"]
    assert decision.usage.model_calls == 3
    assert spent(shop).nanos - before.nanos == charge_of(decision.usage).nanos
    paid = {row["phase"] for row in shop.document(run_id)["agents"] if row["cost_usd"]}
    assert paid == {"revise", "arbitrate"}


def test_a_fork_from_recommend_asks_everybody_over_the_same_options(shop: Workshop) -> None:
    parent, (run_id, decision) = shop.document("run-1"), shop.fork("recommend")
    assert asked_in(shop, "recommend") == SPECIALISTS
    assert decision.usage.model_calls == 7
    fork = shop.document(run_id)
    assert [each["fields"] for each in fork["options"]] == [each["fields"] for each in parent["options"]]
    assert fork["incident"] == parent["incident"]


@pytest.mark.parametrize("start", ["revise", "arbitrate"])
def test_what_is_taken_over_without_a_change_is_the_parents_but_for_what_it_cost(shop: Workshop, start: str) -> None:
    run_id, _ = shop.fork(start)
    parent, fork = shop.records("run-1"), shop.records(run_id)
    taken = [Phase.RECOMMEND] if start == "revise" else [Phase.RECOMMEND, Phase.REVISE]
    for phase in taken:
        assert fork.collations[phase] == structs.replace(parent.collations[phase], usage=Usage())
        unpaid = {"usage": Usage(), "exchanges": [], "tool_calls": [], "duration_seconds": 0.0}
        assert fork.of_phase(phase) == tuple(structs.replace(each, **unpaid) for each in parent.of_phase(phase))
    assert fork.frame.options == parent.frame.options
    assert fork.frame.scores == parent.frame.scores
    assert fork.decision.option_id == parent.decision.option_id
    assert fork.decision.options == parent.decision.options


def test_a_fork_changes_nothing_of_its_parent(shop: Workshop) -> None:
    before = {name: each for name, each in shop.document("run-1").items() if name not in ("audit", "forks")}
    run_id, _ = shop.fork("revise", constraints=[{"field": "cost", "operator": "<=", "value": 150}])
    after = shop.document("run-1")
    assert {name: each for name, each in after.items() if name not in ("audit", "forks")} == before
    assert after["forks"] == [run_id]


def test_a_fork_decides_for_nobody(tmp_path: Path) -> None:
    shop = workshop(tmp_path, "O2")
    shop.scene.bus.sent.clear()
    run_id, decision = shop.fork("arbitrate", prompts={"arbiter": {"text": "Money is no object."}})
    assert decision.status is RunStatus.DECIDED
    assert [kind for kind, _ in shop.scene.bus.sent] == ["RunForked", "ForkEnded"]
    assert set(shop.scene.bus.sent[1][1]) == {"run_id", "correlation_id", "pack", "audit"}
    assert shop.scene.runs.get(run_id).status is RunStatus.FORKED
    assert [run.run_id for run in runs_of(shop.scene.runs, RunStatus.DECIDED)] == ["run-1"]
    with pytest.raises(FeedbackRefused, match="decides for nobody"):
        give_feedback(
            run_id,
            said_from({"done": "O2"}),
            by=BY,
            pack=shop.scene.room.pack,
            runs=shop.scene.runs,
            bus=shop.scene.bus,
            clock=clock,
        )


def test_nobody_is_asked_to_approve_what_a_fork_would_need_approval_for(tmp_path: Path) -> None:
    shop = workshop(tmp_path, "O4")  # above the cost from which the pack asks people
    assert shop.scene.runs.get("run-1").status is RunStatus.AWAITING_APPROVAL
    close(
        "run-1",
        "for the test",
        pack=shop.scene.room.pack,
        runs=shop.scene.runs,
        bus=shop.scene.bus,
        clock=clock,
    )
    shop.scene.bus.sent.clear()
    run_id, decision = shop.fork("arbitrate")
    assert decision.status is RunStatus.APPROVAL_REQUIRED
    head = shop.scene.runs.get(run_id)
    assert (head.status, head.option_id, head.approval) == (RunStatus.FORKED, "O4", "")
    assert [kind for kind, _ in shop.scene.bus.sent] == ["RunForked", "ForkEnded"]
    assert shop.document(run_id)["fork"]["outcome"] == "approval_required"
    assert shop.document(run_id)["approval"] is None
    with pytest.raises(NothingToPublish):
        open_approval(structs.replace(shop.scene.room.context(run_id), fence=9))


def test_a_published_fork_is_announced_again_as_a_fork(shop: Workshop) -> None:
    run_id, decision = shop.fork("arbitrate")
    shop.scene.bus.sent.clear()
    room = shop.scene.room
    assert publish(run_id, 1, pack=room.pack, runs=room.runs, bus=room.bus, clock=clock) == decision
    assert [kind for kind, _ in shop.scene.bus.sent] == ["ForkEnded"]


def test_the_audits_say_who_forked_which_run_with_what(shop: Workshop) -> None:
    secret = "Prefer what CNRY-7731 likes."
    run_id, _ = shop.fork(
        "arbitrate",
        prompts={"arbiter": {"text": secret}},
        fields={"O4": {"cost": 120}},
        constraints=[{"field": "cost", "operator": "<", "value": 500, "hard": False}],
    )
    assert events(shop, run_id)[:2] == ["run_forked", "run_framed"]
    assert events(shop, run_id)[-1] == "decision_published"
    first, framed = bodies(shop, run_id)[:2]
    assert first["fork"]["of"] == "run-1"
    assert first["fork"]["by"] == BY
    assert first["fork"]["from"] == "arbitrate"
    assert first["fork"]["prompts"] == {"arbiter": {"text": sha256(secret.encode()), "instead": False}}
    assert first["fork"]["fields"] == [{"option": "O4", "field": "cost", "value": 120}]
    assert first["fork"]["constraints"] == [{"field": "cost", "operator": "<", "value": 500, "hard": False}]
    assert set(framed["taken_over"]) >= {"FRAME", "COLLATION#recommend", "COLLATION#revise"}
    assert framed["prompts"]["arbiter"] != bodies(shop, "run-1")[1]["prompts"]["arbiter"]
    assert framed["prompts"]["buyer"] == bodies(shop, "run-1")[1]["prompts"]["buyer"]
    assert "CNRY" not in b"".join(shop.scene.runs.audit(run_id)).decode()
    assert events(shop, "run-1")[-1] == "fork_entered"
    assert bodies(shop, "run-1")[-1] == {"fork": run_id, "from": "arbitrate", "by": BY}


def test_the_first_entry_says_where_the_parents_audit_ended(shop: Workshop) -> None:
    end = shop.scene.runs.get("run-1").audit_head
    run_id, _ = shop.fork("arbitrate")
    assert accepted(shop.scene.runs.get(run_id)).body["fork"]["head"] == end


def test_an_added_constraint_rules_options_out_and_takes_none_away(shop: Workshop) -> None:
    run_id, decision = shop.fork("arbitrate", constraints=[{"field": "cost", "operator": "<=", "value": 150}])
    assert codes(decision) == [ReasonCode.NO_FEASIBLE_OPTION]
    assert shop.asked == []
    parent, fork = shop.records("run-1"), shop.records(run_id)
    known = {each.id for each in fork.last_collation.constraints}
    assert known == {each.id for each in parent.last_collation.constraints} | {"fork:cost<=150"}


def test_an_added_constraint_is_news_to_agents_that_are_asked_again(shop: Workshop) -> None:
    """Only O2 is left: the guards hear of the planner's warning as before, and the arbiter has one option."""
    run_id, decision = shop.fork("revise", constraints=[{"field": "cost", "operator": "<=", "value": 500}])
    assert asked_in(shop, "revise") == GUARDS
    assert "cost,<=,500" in shop.users["pressure_guard"].replace('"', "")
    assert decision.option_id == "O2"
    assert shop.records(run_id).last_collation.feasible == ["O2"]


def test_an_added_constraint_holds_in_a_fork_from_the_beginning(shop: Workshop) -> None:
    run_id, decision = shop.fork("recommend", constraints=[{"field": "cost", "operator": "<=", "value": 500}])
    assert decision.option_id == "O2"
    assert "fork:cost<=500" in {each.id for each in shop.records(run_id).last_collation.constraints}


def test_another_value_of_a_field_is_scored_and_held_against_the_same_constraints(shop: Workshop) -> None:
    run_id, decision = shop.fork("arbitrate", fields={"O1": {"pressure": 5.5}, "O4": {"cost": 120}})
    before, after = ({each["id"]: each for each in shop.document(name)["options"]} for name in ("run-1", run_id))
    assert before["O1"]["violations"] == ["pressure"]
    assert after["O1"]["violations"] == []
    assert (before["O4"]["scores"]["cost"], after["O4"]["scores"]["cost"]) == (0.1, 0.88)
    assert after["O2"]["scores"] == before["O2"]["scores"]
    assert decision.scores == after[decision.option_id]["scores"]
    assert shop.records(run_id).frame.drawing is None


def test_words_for_an_agent_stand_after_its_role_or_instead_of_it(shop: Workshop) -> None:
    shop.fork("arbitrate", prompts={"arbiter": {"text": "Be bold."}})
    added = shop.systems["arbiter"]
    assert added.startswith("You are arbiter.\nBe bold.\n<data-")
    shop.fork("arbitrate", prompts={"arbiter": {"text": "Be bold.", "instead": True}})
    assert shop.systems["arbiter"] == added.removeprefix("You are arbiter.\n")
    shop.fork("arbitrate")
    assert shop.systems["arbiter"] == added.replace("Be bold.\n", "")


def test_a_model_is_that_of_one_agent_or_of_all_of_a_kind(shop: Workshop) -> None:
    shop.fork("revise", models={"arbiter": "strong"})
    assert shop.tiers == {**dict.fromkeys(SPECIALISTS, "fast"), "arbiter": "strong"}
    shop.fork("recommend", models={"business": "global.anthropic.claude-sonnet-5-5", "planner": "balanced"})
    assert shop.tiers == {
        "arbiter": "fast",
        "buyer": "strong",
        "crew_guard": "fast",
        "planner": "balanced",
        "pressure_guard": "fast",
    }


def test_checks_of_a_fork_go_by_the_time_of_the_parents_report(tmp_path: Path) -> None:
    times: list[str] = []

    @tool(reads=())
    def noted(context: ToolContext) -> ToolResult:
        """Notes what time it is."""
        times.append(context.now)
        return ToolResult()

    agents = make_pack(tmp_path).agents
    shop = workshop(tmp_path, agents=(structs.replace(agents[0], checks=(noted,)), *agents[1:]))
    shop.clock = SystemClock(clock() + timedelta(days=3))
    run_id, _ = shop.fork("recommend")
    assert shop.scene.runs.get(run_id).created_at > NOW
    shop.fork("recommend", of=run_id, models={"arbiter": "strong"})
    assert set(times) == {NOW}
    assert len(times) >= 3


def test_settings_of_the_parent_stay_but_for_those_that_are_asked_for(shop: Workshop) -> None:
    run_id, _ = shop.fork("arbitrate", configuration={"document": {"limits": {"model_turns": 3}}})
    parent, fork = (shop.records(name).manifest.settings.settings for name in ("run-1", run_id))
    assert fork["limits"] == {**parent["limits"], "model_turns": 3}
    assert fork["models"] == parent["models"]
    assert shop.document(run_id)["fork"]["configured"] == {"limits.model_turns": 3}


def test_a_fork_of_a_fork_keeps_its_parents_changes(shop: Workshop) -> None:
    first, _ = shop.fork(
        "revise",
        constraints=[{"field": "cost", "operator": "<=", "value": 500}],
        models={"arbiter": "strong"},
        fields={"O2": {"people": 7}},
    )
    second, decision = shop.fork("arbitrate", of=first, prompts={"arbiter": {"text": "Be bold."}})
    assert shop.asked == [("arbitrate", "arbiter")]
    assert shop.tiers["arbiter"] == "strong"
    assert decision.option_id == "O2"
    assert "fork:cost<=500" in {each.id for each in shop.records(second).last_collation.constraints}
    assert {each.id: each.fields for each in shop.records(second).frame.options}["O2"]["people"] == 7
    assert shop.document(first)["forks"] == [second]


def test_a_fork_of_a_run_in_which_nobody_had_to_answer_again_asks_the_arbiter_alone(tmp_path: Path) -> None:
    from conclave.testing.models import agreeable

    shop = workshop(tmp_path, models={"planner": agreeable})
    assert Phase.REVISE not in shop.records("run-1").collations
    # An option that is ruled out would be news to agents; from the arbiter on, nobody else is asked.
    _, decision = shop.fork("arbitrate", constraints=[{"field": "cost", "operator": "<=", "value": 500}])
    assert shop.asked == [("arbitrate", "arbiter")]
    assert decision.option_id == "O2"


def test_a_step_that_is_repeated_takes_over_once(shop: Workshop) -> None:
    run_id = shop.begin("arbitrate").run_id
    first, second = shop.scene.room.frame(run_id), shop.scene.room.frame(run_id)
    assert first == second
    assert first.revised
    assert events(shop, run_id).count("run_framed") == 1
    shop.scene.room.deliberate(run_id)
    assert events(shop, run_id).count("run_framed") == 1


def test_a_fork_that_its_parent_does_not_name_takes_nothing_over(shop: Workshop) -> None:
    run_id = shop.begin("arbitrate").run_id
    stray = structs.replace(shop.scene.runs.get(run_id), run_id="run-stray", fence=0, audit_entries=0)
    shop.scene.runs.create(structs.replace(stray, audit_head="0" * 64))
    with pytest.raises(ForkNotEntered):
        shop.scene.room.frame("run-stray")


def test_a_fork_that_never_ended_is_closed_as_a_fork_and_owes_nothing(shop: Workshop) -> None:
    run_id = shop.begin("arbitrate").run_id
    room = shop.scene.room
    decision = close(run_id, "gone", pack=room.pack, runs=room.runs, bus=room.bus, clock=clock)
    assert shop.scene.runs.get(run_id).status is RunStatus.FORKED
    assert decision.usage == Usage()
    assert shop.scene.bus.sent[-1][0] == "ForkEnded"


def erased(shop: Workshop, run_id: str) -> None:
    room, scene = shop.scene.room, shop.scene
    given: dict[str, Any] = {"pack": room.pack, "runs": scene.runs, "journal": scene.journal, "bus": scene.bus}
    erase_texts(run_id, by=BY, reason="asked for", clock=clock, **given)


def everything(shop: Workshop, run_id: str) -> str:
    """Whatever is kept of a run: head, records, journal, audit."""
    scene = shop.scene
    kept = [scene.runs.get(run_id), *scene.runs._records[run_id].values(), scene.runs.audit(run_id)]
    journal = {key: each for key, each in scene.journal._entries.items() if key[0] == run_id}
    return repr((kept, journal))


def test_erasing_a_run_erases_what_its_forks_took_over_and_were_told(shop: Workshop) -> None:
    first, _ = shop.fork("revise", prompts={"arbiter": {"text": "CNRY-7731 wants it."}})
    second, _ = shop.fork("arbitrate", of=first)
    assert "CNRY-7731" in everything(shop, first)
    assert "fine" in everything(shop, second)  # a rationale of the parent's agents
    erased(shop, "run-1")
    for name in ("run-1", first, second):
        assert shop.scene.runs.get(name).texts is TextState.ERASED
        for text in ("CNRY-7731", "fine", "bears no more"):
            assert text not in everything(shop, name)
        read_chain(name, shop.scene.runs.audit(name))
    assert shop.document(first)["fork"]["prompts"] == [{"agent": "arbiter", "text": ERASED, "instead": False}]
    assert shop.document(second)["options"]  # codes and figures stay


def test_erasing_a_fork_leaves_its_parent_alone(shop: Workshop) -> None:
    run_id, _ = shop.fork("arbitrate")
    erased(shop, run_id)
    assert shop.scene.runs.get("run-1").texts is TextState.KEPT


def test_a_run_is_not_erased_while_a_fork_of_it_is_open(shop: Workshop) -> None:
    run_id = shop.begin("arbitrate").run_id
    with pytest.raises(RunUnfinished, match=run_id):
        erased(shop, "run-1")
    assert shop.scene.runs.get("run-1").texts is TextState.KEPT
    shop.scene.room.deliberate(run_id)
    erased(shop, "run-1")
    assert shop.scene.runs.get(run_id).texts is TextState.ERASED


def test_a_fork_whose_parent_was_erased_before_it_was_named_takes_nothing_over(shop: Workshop) -> None:
    """The request died between storing the fork and naming it; then somebody erased the parent."""
    run_id = shop.begin("arbitrate").run_id
    runs = shop.scene.runs
    runs._runs["run-1"] = structs.replace(runs.get("run-1"), forks={})
    erased(shop, "run-1")
    decision = shop.scene.room.deliberate(run_id)
    assert codes(decision) == [ReasonCode.PARENT_GONE]
    assert runs.get(run_id).status is RunStatus.FORKED


def test_a_fork_whose_parent_has_expired_takes_nothing_over(shop: Workshop) -> None:
    run_id = shop.begin("arbitrate").run_id
    shop.scene.runs.expire("run-1")
    assert codes(shop.scene.room.deliberate(run_id)) == [ReasonCode.PARENT_GONE]


SEEN: dict[str, Workshop] = {}
KEYS = count()


def seen() -> Workshop:
    """One run for all examples: forks leave it as it is."""
    if not SEEN:
        SEEN[""] = workshop(Path(tempfile.mkdtemp()))
    return SEEN[""]


@pytest.mark.slow
@given(
    start=st.sampled_from(["recommend", "revise", "arbitrate"]),
    bounds=st.lists(
        st.fixed_dictionaries(
            {
                "field": st.sampled_from(["cost", "people"]),
                "operator": st.sampled_from(["<=", ">=", "==", "!="]),
                "value": st.integers(0, 1000),
                "hard": st.booleans(),
            }
        ),
        max_size=3,
    ),
    fields=st.dictionaries(
        st.sampled_from(["O1", "O2", "O3", "O4"]),
        st.fixed_dictionaries({"cost": st.integers(0, 1000), "pressure": st.floats(0, 12)}),
        max_size=2,
    ),
)
@settings(max_examples=20, deadline=None)
def test_whatever_a_fork_changes_no_constraint_is_lost_and_no_hard_one_is_broken(
    start: str, bounds: list[dict[str, Any]], fields: dict[str, dict[str, Any]]
) -> None:
    shop = seen()
    parent = shop.records("run-1").last_collation
    assert isinstance(parent, Collation)
    shop.scene.runs._runs["run-1"] = structs.replace(shop.scene.runs.get("run-1"), forks={})
    run_id, decision = shop.fork(start, constraints=bounds, fields=fields, idempotency_key=f"k{next(KEYS)}")
    records = shop.records(run_id)
    found = {(each.id, each.hard) for each in records.last_collation.constraints}
    assert {(each.id, each.hard) for each in parent.constraints} <= found
    if decision.option_id:
        chosen = next(each for each in decision.options if each.option_id == decision.option_id)
        assert not chosen.violations
    assert all(isinstance(each, Assessment) for each in records.assessments.values())
