"""A hijacked model behind the wire: Strands and the engine's adapter against the stand-in under an attacker."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from conclave.adapters.models.strands_model import MeteredBedrockModel, StrandsModel
from conclave.codec import encode
from conclave.records.runs import DECISION, assessment_record, collation_record
from conclave.routing.chains import only
from conclave.types import Phase
from pipe_domain import MODEL, make_pack, make_scene
from stand_in import StandIn, running
from strands.models.bedrock import BedrockModel

from local.bedrock.answerers import Answer, OfflineAnswerer, Parameters

SECRET = "CNRY-ROLE-0001"


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    with running(OfflineAnswerer()) as started:
        yield started


@pytest.fixture
def model(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> StrandsModel:
    made = MeteredBedrockModel(
        model_id=MODEL, max_tokens=2048, boto_session=stand_in.session(), endpoint_url=stand_in.url
    )
    stand_in.keep(made.client)
    monkeypatch.setattr("conclave.adapters.models.strands_model._shared_model", lambda *arguments: made)
    assert isinstance(made, BedrockModel)
    return StrandsModel(only(MODEL), "gr-1", "1", 20)


class Shipping(logging.Handler):
    """Stands where Lambda's handler stands, on the root logger: what arrives there is shipped."""

    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__(logging.INFO)
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)


@pytest.fixture
def shipped() -> Iterator[list[logging.LogRecord]]:
    records: list[logging.LogRecord] = []
    handler = Shipping(records)
    logging.getLogger().addHandler(handler)
    yield records
    logging.getLogger().removeHandler(handler)


def hijack(stand_in: StandIn, **body: Any) -> None:
    httpx.post(f"{stand_in.url}/_control/answerer", json=body, trust_env=False).raise_for_status()


@pytest.mark.parametrize("tactic", ["echo", "malformed", "spoofed"])
def test_over_the_wire_nothing_infeasible_is_chosen_and_nothing_leaks(
    stand_in: StandIn, model: StrandsModel, tactic: str, tmp_path: Path, shipped: list[logging.LogRecord]
) -> None:
    pack = make_pack(tmp_path)
    for each in pack.agents:
        (tmp_path / "prompts" / f"{each.name}.md").write_text(f"You are {each.name}. {SECRET}", encoding="utf-8")
    hijack(stand_in, answerer="hijacked", seed=3, tactic=tactic)
    try:
        scene = make_scene(tmp_path)
        (tmp_path / "prompts" / "buyer.md").write_text(f"You are buyer. {SECRET}", encoding="utf-8")
        object.__setattr__(scene.room, "models", lambda agent: model)
        decision = scene.room.deliberate("run-1")
    finally:
        httpx.delete(f"{stand_in.url}/_control/answerer", trust_env=False)
    assert decision.option_id in ("", "O2", "O4")
    ((_, detail),) = scene.bus.sent
    assert SECRET not in encode([detail, decision.reasons]).decode()
    assert [record.name for record in shipped if SECRET in record.getMessage()] == []
    assert [record.getMessage() for record in shipped if record.name.startswith("strands")] == []


class Prose:
    """Never calls the answer's tool, and when it is made to, writes one JSON object of another shape as text."""

    async def answer(self, parameters: Parameters) -> Answer:
        return Answer([{"text": json.dumps({"verdict": SECRET, "option_id": SECRET, "confidence": 1})}], "end_turn")


def test_no_error_carries_what_a_model_wrote_in_place_of_an_answer(
    tmp_path: Path, shipped: list[logging.LogRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(Prose()) as stand_in:
        made = MeteredBedrockModel(
            model_id=MODEL, max_tokens=2048, boto_session=stand_in.session(), endpoint_url=stand_in.url
        )
        stand_in.keep(made.client)
        monkeypatch.setattr("conclave.adapters.models.strands_model._shared_model", lambda *arguments: made)
        scene = make_scene(tmp_path)
        object.__setattr__(scene.room, "models", lambda agent: StrandsModel(only(MODEL), "gr-1", "1", 20))
        decision = scene.room.deliberate("run-1")
    failed = [reason for reason in decision.reasons if reason.code == "safety_agent_unavailable"]
    assert all(reason.detail.startswith("AnswerInvalid: ") for reason in failed)
    assert failed
    records = [assessment_record(Phase.RECOMMEND, agent.name) for agent in scene.room.pack.specialists]
    kept = scene.runs.read("run-1", [*records, collation_record(Phase.RECOMMEND), DECISION])
    assert [name for name, data in kept.items() if SECRET in data.decode()] == []
    assert SECRET not in "".join([*map(str, scene.bus.sent), *(record.getMessage() for record in shipped)])


def test_the_control_endpoint_says_what_it_wants(stand_in: StandIn) -> None:
    refused = httpx.post(f"{stand_in.url}/_control/answerer", json={"answerer": "kind"}, trust_env=False)
    assert refused.status_code == 400
