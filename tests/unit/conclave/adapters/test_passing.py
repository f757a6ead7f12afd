"""Which failures of Bedrock pass, and what one repeat means."""

from __future__ import annotations

from typing import Any

import pytest
import urllib3.exceptions
from botocore.eventstream import ChecksumMismatch
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    EventStreamError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)
from conclave.adapters.models.passing import PAUSE_SECONDS, OneRepeat, StreamBroken, passes, pause_seconds
from conclave.agents.answer_form import AnswerInvalid
from conclave.clock import Deadline

from local.bedrock.wire.requests import error_named, service

URL = "https://bedrock-runtime.us-east-1.amazonaws.com"
LASTING = {
    "AccessDeniedException",
    "ResourceNotFoundException",
    "ServiceQuotaExceededException",
    "ValidationException",
    "validationException",
}
ERRORS = sorted(
    {
        shape.name
        for operation in ("ConverseStream", "Converse", "ApplyGuardrail")
        for shape in service().operation_model(operation).error_shapes
    }
)
_STREAM: Any = service().shape_for("ConverseStreamOutput")
IN_STREAM = sorted(name for name, shape in _STREAM.members.items() if shape.metadata.get("error"))


def answered(code: str) -> ClientError:
    status = error_named(code, "").status
    response: Any = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "ConverseStream")


def streamed(code: str) -> EventStreamError:
    response: Any = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return EventStreamError(response, "ConverseStream")


@pytest.mark.parametrize("code", ERRORS)
def test_every_error_of_the_service_is_sorted(code: str) -> None:
    assert passes(answered(code)) == (code not in LASTING)


@pytest.mark.parametrize("code", IN_STREAM)
def test_every_error_inside_a_stream_is_sorted(code: str) -> None:
    assert passes(streamed(code)) == (code not in LASTING)


def test_the_service_describes_the_errors_that_were_sorted() -> None:
    assert {"ModelTimeoutException", "ModelErrorException", "ModelNotReadyException"} <= set(ERRORS)
    assert {"modelStreamErrorException", "throttlingException", "internalServerException"} <= set(IN_STREAM)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionClosedError(endpoint_url=URL),
        ConnectTimeoutError(endpoint_url=URL),
        EndpointConnectionError(endpoint_url=URL),
        ReadTimeoutError(endpoint_url=URL),
        urllib3.exceptions.ProtocolError("Connection broken"),
        ChecksumMismatch(1, 2),
        StreamBroken("cut"),
    ],
)
def test_a_broken_connection_passes(error: Exception) -> None:
    assert passes(error)


@pytest.mark.parametrize(
    "error", [NoCredentialsError(), ParamValidationError(report="r"), AnswerInvalid("no"), ValueError("x"), KeyError(1)]
)
def test_a_defect_of_ours_does_not_pass(error: Exception) -> None:
    assert not passes(error)


class Failing:
    """Fails as told, call by call, and then answers; counts its calls."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self._errors:
            raise self._errors.pop(0)
        return "answer"


def patient(slept: list[float], *, left: float = 100.0, reserve: float = 25.0) -> OneRepeat:
    return OneRepeat(deadline=Deadline(left, lambda: 0.0), reserve_seconds=reserve, sleep=slept.append)


def test_a_failure_that_passes_is_repeated_once_after_a_pause() -> None:
    slept: list[float] = []
    call = Failing(answered("InternalServerException"))
    assert patient(slept).of(call) == "answer"
    assert call.calls == 2
    assert [PAUSE_SECONDS[0] <= each <= PAUSE_SECONDS[1] for each in slept] == [True]


def test_a_second_failure_is_the_answer() -> None:
    call = Failing(answered("ThrottlingException"), answered("ServiceUnavailableException"), StreamBroken("third"))
    with pytest.raises(ClientError, match="ServiceUnavailable"):
        patient([]).of(call)
    assert call.calls == 2


@pytest.mark.parametrize(
    ("error", "left"), [(answered("ValidationException"), 100.0), (answered("InternalServerException"), 25.0)]
)
def test_nothing_lasting_and_nothing_late_is_repeated(error: Exception, left: float) -> None:
    slept: list[float] = []
    call = Failing(error)
    with pytest.raises(ClientError):
        patient(slept, left=left).of(call)
    assert (call.calls, slept) == (1, [])


def test_pauses_differ() -> None:
    assert len({pause_seconds() for _ in range(20)}) > 10
