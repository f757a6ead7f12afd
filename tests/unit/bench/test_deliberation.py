from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conclave.agents.prices import price_table
from conclave.pack.tables import Table
from conclave.testing.tables import MemoryTables
from conclave.types import Phase

pytest.importorskip("ctok", reason="counting tokens needs Python 3.12")

from bench.deliberation import asking, baseline, comparing, ours, tokenizer
from bench.deliberation.__main__ import NOBODY
from bench.deliberation.played import Case
from bench.deliberation.runtime import Exchanged, Runtime, cost
from bench.deliberation.waiting import AT_ONCE, BATCH, STORE_SECONDS, TimedTables, critical_seconds

MODEL = price_table().model("strong")
FAST = price_table().model("fast")


def request(text: str, phase: str = "recommend", agent: str = "cargo", model: str = MODEL) -> dict[str, Any]:
    return {
        "modelId": model,
        "system": [{"text": "You are an agent."}],
        "messages": [{"role": "user", "content": [{"text": text}]}],
        "requestMetadata": {"run_id": "run", "phase": phase, "agent": agent},
    }


def test_no_exchange_is_lost_when_agents_ask_at_once() -> None:
    runtime = Runtime()

    def ask(number: int) -> None:
        runtime.converse(**request(f"number {number} of many", agent=f"agent{number % 7}"))

    with ThreadPoolExecutor(7) as workers:
        list(workers.map(ask, range(700)))
    assert len(runtime.exchanges) == 700
    expected = sum(
        4 + tokenizer.size("You are an agent.") + tokenizer.size(f"number {number} of many") for number in range(700)
    )
    assert sum(usage.input_tokens for _, usage in runtime.usages()) == expected


@pytest.mark.slow
def test_tokens_are_those_of_claude_and_not_characters_by_four() -> None:
    assert tokenizer.size("hello, world") == 4
    assert tokenizer.size("hello, world", tokenizer.FAMILY_BEFORE) == 3
    assert tokenizer.block_tokens({"cachePoint": {"type": "default"}}) == 0
    assert tokenizer.block_tokens({"toolSpec": {"name": "rotation"}}) == tokenizer.size(
        '{"toolSpec":{"name":"rotation"}}'
    )


def test_what_comes_back_counts_with_its_name_and_its_input() -> None:
    content: list[dict[str, Any]] = [
        {"text": "hello, world"},
        {"toolUse": {"toolUseId": "1", "name": "a", "input": {"b": 1}}},
    ]
    assert Exchanged(request("x"), content).output_tokens() == 4 + tokenizer.size('{"name":"a","input":{"b":1}}')


def test_cost_is_at_the_price_of_each_model_or_of_one() -> None:
    runtime = Runtime()
    runtime.converse(**request("x" * 400, model=FAST))
    usages, prices = runtime.usages(), price_table()
    assert cost(usages, prices) == prices.price(FAST).cost(usages[0][1])
    assert cost(usages, prices, MODEL) == prices.price(MODEL).cost(usages[0][1])


@pytest.mark.parametrize(
    ("one_by_one", "keys", "queried"), [(True, BATCH + 1, AT_ONCE + 1), (False, 2, 2)], ids=["one by one", "together"]
)
def test_a_read_waits_for_its_requests(one_by_one: bool, keys: int, queried: int) -> None:
    waits: defaultdict[tuple[str, str], float] = defaultdict(float)
    store = MemoryTables([Table(name="flights", key="id")], {"flights": [{"id": "1"}]})
    tables = TimedTables(store, waits, ("recommend", "cargo"), one_by_one=one_by_one)
    assert tables.get("flights", [*map(str, range(BATCH + 1)), "1"]).items == {"1": {"id": "1"}}
    assert waits["recommend", "cargo"] == pytest.approx(keys * STORE_SECONDS)
    assert tables.query("flights", map(str, range(AT_ONCE + 1)))["1"] == [{"id": "1"}]
    assert waits["recommend", "cargo"] == pytest.approx((keys + queried) * STORE_SECONDS)


def test_a_phase_takes_as_long_as_its_slowest_agent() -> None:
    waits = {("frame", "frame"): 1.0, ("recommend", "a"): 2.0, ("recommend", "b"): 5.0, ("arbitrate", "c"): 3.0}
    assert critical_seconds(waits) == 9.0


def test_the_policy_reads_the_whole_conversation_of_the_baseline() -> None:
    agent = comparing._pack().agent("cargo")
    opening = asking.opening(agent, {"flight": "AB1"}, ())
    result = {"facts": [], "constraints": [rule("own")], "gaps": [{"item": "x"}]}
    later = asking._message(Phase.REVISE, "Again.", {"constraints": [rule("peer")], "peers": [{"agent": "a"}]})
    prompt = asking.read(
        {
            "messages": [
                {"role": "user", "content": [{"text": opening}]},
                {"role": "user", "content": [{"toolResult": {"content": [{"text": asking.written(result)}]}}]},
                {"role": "user", "content": [{"toolResult": {"content": [{"text": "Successfully validated"}]}}]},
                {"role": "user", "content": [{"text": later}]},
            ]
        }
    )
    assert (prompt.task, prompt.incident) == ("revise", {"flight": "AB1"})
    assert [each.id for each in prompt.rules] == ["own", "peer"]
    assert [each.field for each in prompt.preferences] == [each.field for each in agent.objectives]
    assert prompt.gaps == [{"item": "x"}]


def rule(name: str) -> dict[str, Any]:
    return {"id": name, "field": "f", "operator": "<=", "value": 1, "hard": True, "agent": "a"}


@pytest.mark.slow
def test_a_report_that_fits_no_data_stops_the_bench_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in NOBODY.items():
        monkeypatch.setenv(name, value)
    pack = comparing._pack()
    tables = MemoryTables(pack.tables, {})
    case = Case("none", tables, "2026-11-21T04:00:00Z", {"text": "EY17 on 2026-11-21 is AOG"})
    with pytest.raises(ValueError, match="none could not be framed"):
        baseline.play(pack, case)
    assert ours.play(pack, case).option == ""
