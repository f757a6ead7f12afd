"""What a cache point would do for each agent: the prefix that its requests share, the provider's floor, and when it pays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from conclave.adapters.models.strands_model import StrandsModel
from conclave.agents.prices import price_table
from conclave.clock import SystemClock
from conclave.money.prices import ModelPrice
from conclave.pack import Agent, Pack
from conclave.pack.tables import Tables
from conclave.routing.chains import only
from conclave.testing.bus import RecordingBus
from conclave.testing.journal import MemoryJournal
from conclave.testing.room import Room
from conclave.testing.run_store import MemoryRunStore

from bench.deliberation import tokenizer
from bench.deliberation.played import Case
from bench.deliberation.runtime import Runtime
from evaluation.scenarios import Scenario
from local.bedrock.offline.in_process import policy_extractor
from local.bedrock.wire.tokens import cache_floor


def prefixes(pack: Pack, tables: Tables, scenario: Scenario) -> list[dict[str, Any]]:
    """The prefixes of the agents' requests, in a run of one scenario.

    Returns:
        For each agent: ``prefix_tokens`` (tools and system, which come first and are the same in every run), the ``floor`` below
        which its model's provider keeps nothing, whether it is reached, and ``pays_from``: the share of requests that would have
        to find the prefix kept, within five minutes, for a cache point to cost less than none.
    """
    prices = price_table()
    rows: dict[str, dict[str, Any]] = {}
    for request in _requests(pack, tables, scenario):
        agent, model = request["requestMetadata"]["agent"], str(request["modelId"])
        tokens, floor = _prefix(request), cache_floor(model)
        rows[agent] = {
            "name": agent,
            "model": model.rpartition(".")[2],
            "prefix_tokens": max(tokens, rows.get(agent, {}).get("prefix_tokens", 0)),
            "floor": floor,
            "reached": tokens >= floor,
            "pays_from": round(pays_from(prices.price(model)), 3),
        }
    return [rows[name] for name in sorted(rows)]


def pays_from(price: ModelPrice) -> float:
    """The share of reads, 0 to 1, from which writing a prefix to the cache costs less than sending it each time."""
    return float((price.cache_write - price.input) / (price.cache_write - price.cache_read))


def _prefix(request: Mapping[str, Any]) -> int:
    blocks = [*request.get("toolConfig", {}).get("tools", ()), *request.get("system", ())]
    return sum(tokenizer.block_tokens(each) for each in blocks)


@cache
def _model(model_id: str) -> StrandsModel:
    return StrandsModel(only(model_id), "bench", "1", 60)


def _requests(pack: Pack, tables: Tables, scenario: Scenario) -> list[Mapping[str, Any]]:
    prices, runs, runtime = price_table(), MemoryRunStore(), Runtime()
    received = scenario.received
    runs.create(Case("prefixes", tables, received, {"incident": dict(scenario.typed)}).run)

    def model(agent: Agent) -> StrandsModel:
        made = _model(prices.model(agent.tier))
        made._shared.client = runtime  # type: ignore[assignment]
        return made

    room = Room(
        pack=pack,
        runs=runs,
        journal=MemoryJournal(),
        tables=tables,
        extractor=policy_extractor(prices.model("fast")),
        models=model,
        prices=prices,
        bus=RecordingBus(),
        clock=SystemClock(datetime.fromisoformat(received)),
    )
    room.deliberate("run")
    return [each.request for each in runtime.exchanges]
