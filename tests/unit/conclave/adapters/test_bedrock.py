"""What the model of framing may answer, and that an answer which is none becomes a refusal."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from conclave.adapters.models.bedrock import BedrockExtractor
from conclave.agents.extraction import ExtractionRefused
from conclave.agents.meter import Meter
from conclave.agents.prices import price_table
from conclave.routing.chains import FRAMING, FRAMING_TIER, only, routes
from msgspec import structs
from pipe_domain import MODEL, NOW


def extracted(*content: dict[str, Any]) -> Any:
    class Model:
        def converse(self, **_: Any) -> dict[str, Any]:
            usage = {"inputTokens": 1, "outputTokens": 1}
            return {"usage": usage, "stopReason": "end_turn", "output": {"message": {"content": list(content)}}}

    client: Any = Model()
    return BedrockExtractor(client, only(MODEL), "gr-1", "1", "run-1").extract(
        "P1 leaks", {}, NOW, Meter(price_table())
    )


def test_a_dearer_stand_in_that_does_not_fit_the_money_leaves_the_first_failure() -> None:
    """The step is then repeated and asks the cheap model again, which still fits."""
    asked: list[str] = []

    class Throttled:
        def converse(self, *, modelId: str, **_: Any) -> dict[str, Any]:
            asked.append(modelId)
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "Converse")

    client: Any = Throttled()
    prices = price_table()
    chain = routes().chain(FRAMING, FRAMING_TIER, prices.tiers)
    assert len(chain) == 2
    small = worst_of(prices, chain[0])
    meter = Meter(prices, purse=lambda: small * 2)
    with pytest.raises(ClientError):
        BedrockExtractor(client, chain, "gr-1", "1", "run-1").extract("P1 leaks", {}, NOW, meter)
    assert asked == [chain[0].model]


def test_framing_is_asked_with_what_is_stated_for_it() -> None:
    asked: list[dict[str, Any]] = []

    class Model:
        def converse(self, **request: Any) -> dict[str, Any]:
            asked.append(request)
            content = [{"text": '{"pipe": "P1"}'}]
            usage = {"inputTokens": 1, "outputTokens": 1}
            return {"usage": usage, "stopReason": "end_turn", "output": {"message": {"content": content}}}

    client: Any = Model()
    (route,) = only(MODEL)
    route = structs.replace(route, max_tokens=600, sampling={"temperature": 0.0, "top_p": 0.9})
    BedrockExtractor(client, (route,), "gr-1", "1", "run-1").extract("P1 leaks", {}, NOW, Meter(price_table()))
    assert asked[0]["inferenceConfig"] == {"maxTokens": 600, "temperature": 0.0, "topP": 0.9}


def worst_of(prices: Any, route: Any) -> int:
    """Nano-dollars that a short question may cost at most, by the reservation that a meter makes for it."""
    meter = Meter(prices)
    with meter.exchange(route.model, {"text": "x" * 2_000}, route.max_tokens):
        pass
    return meter.ledger.spent


def test_a_tool_call_goes_before_a_text_and_a_text_may_be_json() -> None:
    call = {"toolUse": {"toolUseId": "t", "name": "incident", "input": {"pipe": "P1"}}}
    assert extracted({"text": '{"pipe": "P2"}'}, call) == {"pipe": "P1"}
    assert extracted({"text": "Here it is:"}, {"text": '{"pipe": "P2"}'}) == {"pipe": "P2"}


@pytest.mark.parametrize("text", ["", "P1 leaks", "[1]", "[" * 200_000, '{"a":' * 200_000, "\ud800", "9" * 5_000])
def test_an_answer_that_is_no_incident_is_refused(text: str) -> None:
    with pytest.raises(ExtractionRefused):
        extracted({"text": text}, {"toolUse": {"toolUseId": "t", "name": "incident", "input": "oops"}})
