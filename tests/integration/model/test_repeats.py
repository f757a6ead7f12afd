"""One repeat of a model call, whatever passing failure it was, counted at the meter and on the wire."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from conclave.adapters.models.bedrock import BedrockExtractor, BedrockScreen
from conclave.adapters.models.passing import StreamBroken
from conclave.adapters.models.strands_model import TURNS, BoundedBody
from conclave.agents.answer_form import AnswerInvalid
from conclave.agents.assess import TimeUp
from conclave.agents.checks import Executed
from conclave.agents.meter import Meter
from conclave.agents.prices import price_table
from conclave.routing.calls import CALLS_PER_STEP
from conclave.routing.chains import only
from conclave.types import Decision, RunStatus, ToolCall, ToolResult
from pipe_domain import MODEL, NOW, make_scene
from questions import name_the_supplier, question, strands_model
from stand_in import StandIn
from strands.types.exceptions import ContextWindowOverflowException

REFUSED = [
    {"kind": "throttle"},
    {"kind": "reset"},
    *(
        {"kind": "error", "code": code}
        for code in (
            "InternalServerException",
            "ServiceUnavailableException",
            "ModelTimeoutException",
            "ModelNotReadyException",
            "ModelErrorException",
        )
    ),
]
BROKEN = [
    *(
        {"kind": "stream_error", "code": code}
        for code in (
            "internalServerException",
            "serviceUnavailableException",
            "modelStreamErrorException",
            "modelTimeoutException",
            "throttlingException",
        )
    ),
    {"kind": "cut"},
    {"kind": "short"},
    {"kind": "endless", "seconds": 0},
    {"kind": "pings", "seconds": 0},
]
LASTING = ["AccessDeniedException", "ValidationException", "ResourceNotFoundException"]
ROLES = [("pressure_guard", "recommend"), ("planner", "recommend"), ("arbiter", "arbitrate")]


def named(fault: Mapping[str, Any]) -> str:
    return str(fault.get("code", fault["kind"]))


def calls(stand_in: StandIn, **match: str) -> int:
    return sum(all(each[key] == value for key, value in match.items()) for each in stand_in.exchanges())


def deliberate(folder: Path) -> Decision:
    scene = make_scene(folder)
    object.__setattr__(scene.room, "models", lambda agent: strands_model(40.0))
    return scene.room.deliberate("run-1")


@pytest.mark.parametrize("fault", [*REFUSED, *BROKEN], ids=named)
def test_one_passing_failure_of_an_agent_changes_nothing(
    stand_in: StandIn, tmp_path: Path, fault: dict[str, Any]
) -> None:
    agent = "pressure_guard"
    plain, meter = Meter(price_table()), Meter(price_table())
    asked = question(tmp_path, agent, seconds=30.0)
    wanted = strands_model().ask(asked, plain)
    stand_in.fault(**fault, match={"agent": agent})
    assert strands_model().ask(question(tmp_path, agent, seconds=30.0), meter) == wanted
    assert len(plain) == 1
    failed, answered = meter.exchanges
    assert failed.error
    assert not failed.stop_reason
    assert failed.usage.output_tokens == 0
    assert not answered.error
    assert answered.request_hash == failed.request_hash == plain.exchanges[0].request_hash
    assert calls(stand_in, agent=agent) == 3


@pytest.mark.parametrize(("agent", "phase"), ROLES)
@pytest.mark.parametrize("fault", [REFUSED[1], REFUSED[3], BROKEN[2]], ids=named)
def test_one_passing_failure_halts_no_run(
    stand_in: StandIn, tmp_path: Path, fault: dict[str, Any], agent: str, phase: str
) -> None:
    stand_in.fault(**fault, match={"agent": agent, "phase": phase})
    decision = deliberate(tmp_path)
    assert decision.status is RunStatus.DECIDED, decision.reasons
    assert not decision.degraded
    assert calls(stand_in, agent=agent, phase=phase) == 2


@pytest.mark.parametrize("fault", [REFUSED[0], REFUSED[1], REFUSED[3], *BROKEN[2:]], ids=named)
def test_a_failure_that_does_not_pass_after_all_costs_two_calls(
    stand_in: StandIn, tmp_path: Path, fault: dict[str, Any]
) -> None:
    stand_in.fault(**fault, count=None)
    meter = Meter(price_table())
    with pytest.raises(Exception, match=r".") as failure:
        strands_model().ask(question(tmp_path, "pressure_guard", seconds=30.0), meter)
    assert not isinstance(failure.value, (AnswerInvalid, TimeUp))
    assert len(stand_in.exchanges()) == len(meter) == 2


@pytest.mark.parametrize("code", LASTING)
def test_what_does_not_pass_is_not_repeated(stand_in: StandIn, tmp_path: Path, code: str) -> None:
    stand_in.fault(kind="error", code=code, count=None)
    with pytest.raises(Exception, match=code):
        strands_model().ask(question(tmp_path, "pressure_guard"), Meter(price_table()))
    assert len(stand_in.exchanges()) == 1


def test_a_lasting_failure_inside_a_stream_is_not_repeated(stand_in: StandIn, tmp_path: Path) -> None:
    stand_in.fault(kind="stream_error", code="validationException", count=None)
    with pytest.raises(Exception, match="validationException"):
        strands_model().ask(question(tmp_path, "pressure_guard"), Meter(price_table()))
    assert len(stand_in.exchanges()) == 1


def test_what_is_too_long_for_the_only_model_is_told_by_name_after_one_call(stand_in: StandIn, tmp_path: Path) -> None:
    stand_in.fault(
        kind="error", code="ValidationException", message="Input is too long for requested model.", count=None
    )
    with pytest.raises(ContextWindowOverflowException):
        strands_model().ask(question(tmp_path, "pressure_guard"), Meter(price_table()))
    assert len(stand_in.exchanges()) == 1


GARBAGE: list[dict[str, Any]] = [{"kind": "malformed"}, {"kind": "no_tool"}]


@pytest.mark.parametrize("second", [*GARBAGE, REFUSED[0], BROKEN[5]], ids=named)
@pytest.mark.parametrize("first", [*GARBAGE, REFUSED[0], BROKEN[5]], ids=named)
def test_whatever_fails_together_an_agent_makes_twice_the_calls_at_most(
    stand_in: StandIn, tmp_path: Path, first: dict[str, Any], second: dict[str, Any]
) -> None:
    for fault in (first, second):
        stand_in.fault(**fault)
    meter = Meter(price_table())
    with pytest.raises(Exception, match=r"."):
        strands_model().ask(question(tmp_path, "planner"), meter)
    assert len(stand_in.exchanges()) == len(meter) == CALLS_PER_STEP


@pytest.mark.parametrize("fault", [*GARBAGE, REFUSED[0]], ids=named)
def test_with_tools_each_step_has_its_own_second_call(stand_in: StandIn, tmp_path: Path, fault: dict[str, Any]) -> None:
    asked = question(tmp_path, "buyer", seconds=60.0)
    name_the_supplier(asked)
    stand_in.fault(kind="throttle")
    meter = Meter(price_table())
    ran: list[str] = []

    def call(tool: Any, arguments: dict[str, Any]) -> Executed:
        ran.append(tool.name)
        stand_in.fault(**fault)
        done = ToolCall(name=tool.name, check=False, duration_seconds=0.0, facts=0, constraints=0, gaps=0)
        return Executed(done, ToolResult(), arguments)

    object.__setattr__(asked, "call", call)
    assert strands_model().ask(asked, meter)["scores"]
    assert ran == ["prices_of"]
    # Undisturbed it takes two: the tool, the answer.
    assert len(stand_in.exchanges()) == len(meter) == 4


def test_an_agent_with_tools_that_only_gets_garbage_makes_two_calls(stand_in: StandIn, tmp_path: Path) -> None:
    stand_in.fault(kind="no_tool", count=None)
    with pytest.raises(AnswerInvalid):
        strands_model().ask(question(tmp_path, "buyer", seconds=60.0), Meter(price_table()))
    assert len(stand_in.exchanges()) == CALLS_PER_STEP < TURNS


@pytest.mark.parametrize("fault", [REFUSED[0], REFUSED[2], BROKEN[6]], ids=named)
def test_nothing_is_repeated_that_cannot_end_in_time(stand_in: StandIn, tmp_path: Path, fault: dict[str, Any]) -> None:
    stand_in.fault(**fault)
    with pytest.raises(Exception, match=r".") as failure:
        strands_model().ask(question(tmp_path, "planner", seconds=5.0), Meter(price_table()))
    assert not isinstance(failure.value, TimeUp)
    assert len(stand_in.exchanges()) == 1


def test_a_partial_answer_is_kept_with_the_call_that_failed_and_goes_no_further(
    stand_in: StandIn, tmp_path: Path
) -> None:
    stand_in.fault(kind="short")
    meter = Meter(price_table())
    strands_model().ask(question(tmp_path, "planner"), meter)
    failed, answered = meter.exchanges
    assert (failed.error, failed.stop_reason) == ("StreamBroken", "")
    assert meter.total().output_tokens == answered.usage.output_tokens > 0
    assert meter.total().model_calls == 2


def test_a_stream_without_end_leaves_no_reader_behind(stand_in: StandIn, tmp_path: Path) -> None:
    others = set(threading.enumerate())
    stand_in.fault(kind="pings", seconds=0, count=None)
    with pytest.raises(StreamBroken, match="beyond the limit"):
        strands_model().ask(question(tmp_path, "planner"), Meter(price_table()))
    for reader in [each for each in threading.enumerate() if each not in others and each.name.startswith("asyncio_")]:
        reader.join(20)
        assert not reader.is_alive()


def test_slow_pings_end_at_the_deadline_and_so_does_their_reader(stand_in: StandIn, tmp_path: Path) -> None:
    others = set(threading.enumerate())
    stand_in.fault(kind="pings", seconds=0.1, count=None)
    with pytest.raises(TimeUp):
        strands_model().ask(question(tmp_path, "planner", seconds=2.0), Meter(price_table()))
    for reader in [each for each in threading.enumerate() if each not in others and each.name.startswith("asyncio_")]:
        reader.join(20)
        assert not reader.is_alive()


class Raw:
    """A body of many chunks that counts what is taken of it."""

    def __init__(self, chunks: int) -> None:
        self.left = chunks
        self.closed = False

    def stream(self) -> Any:
        while self.left:
            self.left -= 1
            yield b"x" * 1024

    def close(self) -> None:
        self.closed = True


def test_a_body_is_read_while_somebody_waits() -> None:
    raw, body = Raw(10), BoundedBody()
    chunks = body.around(raw).stream()
    assert next(chunks)
    body.over.set()
    assert list(chunks) == []
    assert raw.closed
    assert raw.left == 8


def screen(stand_in: StandIn) -> BedrockScreen:
    return BedrockScreen(stand_in.client(), "gr-1", "1")


def extract(stand_in: StandIn, meter: Meter) -> Mapping[str, Any]:
    schema = {"type": "object", "properties": {"pipe": {"type": "string", "pattern": "^P[0-9]+$"}}}
    return BedrockExtractor(stand_in.client(), only(MODEL), "gr-1", "1", "run-1").extract(
        "P12 leaks", schema, NOW, meter
    )


@pytest.mark.parametrize("fault", REFUSED, ids=named)
def test_one_passing_failure_of_framing_changes_nothing(stand_in: StandIn, fault: dict[str, Any]) -> None:
    stand_in.fault(**fault, match={"operation": "Converse"})
    stand_in.fault(**fault, match={"operation": "ApplyGuardrail"})
    meter = Meter(price_table())
    assert screen(stand_in).refuses(["P12 leaks"]) == ()
    assert extract(stand_in, meter) == {"pipe": "P12"}
    assert [bool(each.error) for each in meter.exchanges] == [True, False]
    assert [calls(stand_in, operation=name) for name in ("ApplyGuardrail", "Converse")] == [2, 2]


@pytest.mark.parametrize("fault", REFUSED, ids=named)
def test_framing_repeats_once(stand_in: StandIn, fault: dict[str, Any]) -> None:
    stand_in.fault(**fault, count=None)
    meter = Meter(price_table())
    for ask in (lambda: screen(stand_in).refuses(["x"]), lambda: extract(stand_in, meter)):
        with pytest.raises(Exception, match=r"."):
            ask()
    assert [calls(stand_in, operation=name) for name in ("ApplyGuardrail", "Converse")] == [2, 2]
    assert len(meter) == 2


@pytest.mark.parametrize("code", LASTING)
def test_framing_does_not_repeat_what_does_not_pass(stand_in: StandIn, code: str) -> None:
    stand_in.fault(kind="error", code=code, count=None)
    for ask in (lambda: screen(stand_in).refuses(["x"]), lambda: extract(stand_in, Meter(price_table()))):
        with pytest.raises(Exception, match=code):
            ask()
    assert [calls(stand_in, operation=name) for name in ("ApplyGuardrail", "Converse")] == [1, 1]


def test_a_failed_call_is_told_with_its_name(stand_in: StandIn, tmp_path: Path) -> None:
    stand_in.fault(kind="short", match={"agent": "pressure_guard"}, count=None)
    scene = make_scene(tmp_path)
    object.__setattr__(scene.room, "models", lambda agent: strands_model(40.0))
    decision = scene.room.deliberate("run-1")
    assert decision.status is RunStatus.HALTED
    assert [reason.code for reason in decision.reasons] == ["safety_agent_unavailable"]
    name = "ASSESSMENT#recommend#pressure_guard"
    kept = json.loads(scene.runs.read("run-1", [name])[name])
    assert kept["failure"]["error"] == "StreamBroken"
    assert [each["id"] for each in kept["constraints"]], "what its checks found is known all the same"
