"""What the model of framing may answer, and that an answer which is none becomes a refusal."""

from __future__ import annotations

from typing import Any

import pytest
from conclave.adapters.models.bedrock import BedrockExtractor
from conclave.agents.extraction import ExtractionRefused
from conclave.agents.meter import Meter
from conclave.agents.prices import price_table
from conclave.routing.chains import only
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


def test_a_tool_call_goes_before_a_text_and_a_text_may_be_json() -> None:
    call = {"toolUse": {"toolUseId": "t", "name": "incident", "input": {"pipe": "P1"}}}
    assert extracted({"text": '{"pipe": "P2"}'}, call) == {"pipe": "P1"}
    assert extracted({"text": "Here it is:"}, {"text": '{"pipe": "P2"}'}) == {"pipe": "P2"}


@pytest.mark.parametrize("text", ["", "P1 leaks", "[1]", "[" * 200_000, '{"a":' * 200_000, "\ud800", "9" * 5_000])
def test_an_answer_that_is_no_incident_is_refused(text: str) -> None:
    with pytest.raises(ExtractionRefused):
        extracted({"text": text}, {"toolUse": {"toolUseId": "t", "name": "incident", "input": "oops"}})
