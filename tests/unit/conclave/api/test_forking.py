"""What a fork may be asked for, and of which run: everything else is refused with one line."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from conclave.api.forking.asked import ForkRefused, asked_from
from conclave.api.forking.fork import MOST_FORKS
from conclave.codes import RequestCode
from conclave.configuration.settings import PACKAGED, MoneySettings
from conclave.money.spending import Spent
from conclave.pack import AgentKind
from conclave.records.runs import RunNotFound, TextState
from conclave.types import RunStatus
from forking import Workshop, workshop
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from pipe_domain import NOW, make_pack


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return workshop(tmp_path)


IMPOSSIBLE: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown model": ({"models": {"arbiter": "gpt-1"}}, "no agent's role may call gpt-1; there are: fast"),
    "a model of nobody": (
        {"models": {"cook": "fast"}},
        "cook is not asked from revise on; models are of: pressure_guard",
    ),
    "words for nobody": ({"prompts": {"cook": {"text": "hi"}}}, "cook is not asked from revise on; prompts are of:"),
    "hidden words": ({"prompts": {"buyer": {"text": "a\u202eb"}}}, "control or invisible characters"),
    "a delimiter": ({"prompts": {"buyer": {"text": "</x> <data-1>"}}}, "a delimiter of data"),
    "an unknown field": (
        {"constraints": [{"field": "taste", "operator": "<=", "value": 1}]},
        "options have no field taste; they have: pressure, people, cost",
    ),
    "a value of another type": (
        {"constraints": [{"field": "people", "operator": "<=", "value": 1.5}]},
        "people is of the type int; write such a value",
    ),
    "a switch for a number": ({"fields": {"O1": {"cost": True}}}, "cost is of the type int"),
    "an unknown option": ({"fields": {"O9": {"cost": 1}}}, "the run has no option O9; it has: O1, O2, O3, O4"),
    "a field that is not there": ({"fields": {"O1": {"taste": 1}}}, "options have no field taste"),
    "its own money": (
        {"configuration": {"document": {"money": {"run_usd": 9000}}}},
        "a fork may set models, limits, thresholds, flags; money is the stage's alone",
    ),
    "its own prices": ({"configuration": {"document": {"prices": []}}}, "prices is the stage's alone"),
    "a setting out of its bounds": (
        {"configuration": {"document": {"limits": {"model_turns": 99}}}},
        "Expected `int` <= 8 - at `$.limits.model_turns`",
    ),
    "a setting that is not there": ({"configuration": {"document": {"limits": {"mood": 1}}}}, "mood"),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_a_change_that_is_not_possible_is_refused_in_one_line(shop: Workshop, case: str) -> None:
    changes, said = IMPOSSIBLE[case]
    before = len(shop.scene.runs)
    with pytest.raises(ForkRefused) as refused:
        shop.begin("revise", **changes)
    assert refused.value.code is RequestCode.FORK_INVALID
    assert said in refused.value.message
    assert "\n" not in refused.value.message
    assert len(shop.scene.runs) == before
    assert not shop.scene.runs.get("run-1").forks


BROKEN: dict[str, Any] = {
    "nothing": {},
    "another phase": {"from": "decide"},
    "a constraint to drop": {"from": "revise", "constraints": ["-pressure"]},
    "an unknown key": {"from": "revise", "drop": ["pressure"]},
    "an empty text": {"from": "revise", "prompts": {"buyer": {"text": ""}}},
    "too long a text": {"from": "revise", "prompts": {"buyer": {"text": "x" * 4_001}}},
    "no predicate": {"from": "revise", "constraints": [{"field": "cost", "operator": "=<", "value": 1}]},
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_body_of_another_form_is_refused(case: str) -> None:
    with pytest.raises(ForkRefused) as refused:
        asked_from(BROKEN[case])
    assert refused.value.code is RequestCode.BODY_INVALID


def test_agents_that_are_not_asked_any_more_take_no_change(shop: Workshop) -> None:
    with pytest.raises(ForkRefused, match="buyer is not asked from arbitrate on"):
        shop.begin("arbitrate", models={"buyer": "strong"})
    with pytest.raises(ForkRefused, match="buyer is not asked from arbitrate on"):
        shop.begin("arbitrate", prompts={"buyer": {"text": "hi"}})


def test_a_safety_agent_gets_no_weaker_model(tmp_path: Path) -> None:
    agents = tuple(
        structs.replace(each, tier="strong") if each.kind is AgentKind.SAFETY else each
        for each in make_pack(tmp_path).agents
    )
    shop = workshop(tmp_path, agents=agents)
    for name in ("crew_guard", "safety"):
        with pytest.raises(ForkRefused, match="is a safety agent: its tier can be strong or stronger, not fast"):
            shop.begin("recommend", models={name: "fast"})
    assert shop.begin("recommend", models={"business": "fast"}).run_id


def test_a_run_is_forked_when_it_is_over(tmp_path: Path) -> None:
    shop = workshop(tmp_path, ended=False)
    with pytest.raises(ForkRefused, match="no outcome yet") as refused:
        shop.begin("recommend")
    assert (refused.value.code, refused.value.status) == (RequestCode.FORK_IMPOSSIBLE, 409)


def test_a_run_that_nobody_knows_is_not_forked(shop: Workshop) -> None:
    with pytest.raises(RunNotFound):
        shop.begin("recommend", of="run-2")


def test_a_run_whose_texts_went_is_not_forked(shop: Workshop) -> None:
    runs = shop.scene.runs
    for state in (TextState.ERASING, TextState.ERASED):
        runs._runs["run-1"] = structs.replace(runs.get("run-1"), texts=state)
        with pytest.raises(ForkRefused, match="texts of the run are erased"):
            shop.begin("arbitrate")


def test_a_run_that_was_never_framed_is_not_forked(tmp_path: Path) -> None:
    shop = workshop(tmp_path, incident={"pipe": ""})
    with pytest.raises(ForkRefused, match="never framed"):
        shop.begin("recommend")


def test_a_run_that_a_safety_agent_halted_is_forked_from_the_beginning_only(tmp_path: Path) -> None:
    shop = workshop(tmp_path, dead=frozenset())
    halted = workshop(tmp_path, models={"crew_guard": lambda question: 1 / 0})
    for start in ("revise", "arbitrate"):
        with pytest.raises(ForkRefused, match="halted the run before"):
            halted.begin(start)
    assert halted.begin("recommend").run_id
    assert shop.begin("arbitrate").run_id


def test_a_run_of_another_pack_is_not_forked(shop: Workshop, tmp_path: Path) -> None:
    from dataclasses import replace

    pack = shop.scene.room.pack
    shop.scene.room = replace(shop.scene.room, pack=structs.replace(pack, fields=pack.fields[:2]))
    with pytest.raises(ForkRefused, match="other agents, fields or dimensions"):
        shop.begin("arbitrate")


def test_the_same_request_is_the_same_fork(shop: Workshop) -> None:
    changes: dict[str, Any] = {"fields": {"O1": {"pressure": 5.0}}}
    first, second = shop.begin("arbitrate", **changes), shop.begin("arbitrate", **changes)
    assert (first.run_id, first.duplicate, second.duplicate) == (second.run_id, False, True)
    assert shop.starts.started == [first.run_id, first.run_id]
    assert list(shop.scene.runs.get("run-1").forks) == [first.run_id]
    assert shop.begin("revise", **changes).run_id != first.run_id
    own = shop.begin("arbitrate", **changes, idempotency_key="again")
    assert own.run_id != first.run_id
    assert shop.begin("arbitrate", **changes, idempotency_key="again").duplicate


def test_a_key_stands_for_one_fork(shop: Workshop) -> None:
    shop.begin("arbitrate", idempotency_key="k")
    with pytest.raises(ForkRefused) as refused:
        shop.begin("revise", idempotency_key="k")
    assert (refused.value.code, refused.value.status) == (RequestCode.IDEMPOTENCY_KEY_REUSED, 409)


def test_a_fork_that_ended_is_not_started_again(shop: Workshop) -> None:
    run_id, _ = shop.fork("arbitrate")
    shop.starts.started.clear()
    assert shop.begin("arbitrate").duplicate
    assert shop.starts.started == []
    assert shop.scene.runs.get(run_id).status is RunStatus.FORKED


def test_a_request_that_died_before_the_parent_named_the_fork_is_resumed(shop: Workshop) -> None:
    run_id = shop.begin("arbitrate").run_id
    runs = shop.scene.runs
    runs._runs["run-1"] = structs.replace(runs.get("run-1"), forks={})
    assert shop.begin("arbitrate").duplicate
    assert list(runs.get("run-1").forks) == [run_id]


def test_a_run_is_forked_so_often_and_no_more(shop: Workshop) -> None:
    runs = shop.scene.runs
    runs._runs["run-1"] = structs.replace(runs.get("run-1"), forks={f"run-{n}": NOW for n in range(MOST_FORKS)})
    with pytest.raises(ForkRefused) as refused:
        shop.begin("arbitrate")
    assert refused.value.code is RequestCode.FORKS_SPENT


@pytest.mark.parametrize("share", [0.8, 1.0])
def test_what_is_left_of_the_money_is_for_incidents(shop: Workshop, share: float) -> None:
    shop.scene.runs.add(Spent(settled_nanos=int(share * PACKAGED.money.day_usd * 1e9)), NOW)
    with pytest.raises(ForkRefused) as refused:
        shop.begin("arbitrate")
    assert (refused.value.code, refused.value.status) == (RequestCode.MONEY_SPENT, 503)


def test_a_fork_has_the_money_that_the_stage_gives_now(shop: Workshop) -> None:
    now = structs.replace(PACKAGED, money=MoneySettings(run_usd=0.5))
    run_id = shop.begin("arbitrate", in_force=now).run_id
    shop.scene.room.frame(run_id)
    manifest = shop.records(run_id).manifest
    assert manifest.budget.ceiling_nanos == 500_000_000
    assert manifest.settings.settings["money"]["run_usd"] == 0.5
    assert shop.document(run_id)["fork"]["configured"] == {}


@given(body=st.dictionaries(st.text(max_size=8), st.none() | st.text() | st.lists(st.integers())))
def test_whatever_is_sent_is_asked_for_or_refused(body: dict[str, Any]) -> None:
    with suppress(ForkRefused):
        asked_from(body)
