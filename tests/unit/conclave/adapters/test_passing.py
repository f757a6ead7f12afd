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
from conclave.adapters.models.passing import (
    PAUSE_SECONDS,
    AnswerLate,
    OneRepeat,
    StreamBroken,
    passes,
    pause_seconds,
    trouble_of,
)
from conclave.agents.answer_form import AnswerInvalid
from conclave.clock import Deadline
from conclave.routing.failures import REACTIONS, Reaction, trouble_named
from conclave.types import Trouble
from strands.types.exceptions import ContextWindowOverflowException, ModelThrottledException

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


CLASSES = {
    "ThrottlingException": Trouble.THROTTLED,
    "AccessDeniedException": Trouble.DENIED,
    "ResourceNotFoundException": Trouble.ABSENT,
    "ValidationException": Trouble.REFUSED,
    "ServiceQuotaExceededException": Trouble.REFUSED,
    "ModelTimeoutException": Trouble.LATE,
    "ModelStreamErrorException": Trouble.CUT,
    "InternalServerException": Trouble.FAILED,
    "ServiceUnavailableException": Trouble.FAILED,
    "ModelNotReadyException": Trouble.FAILED,
    "ModelErrorException": Trouble.FAILED,
}


def test_every_error_of_the_service_has_a_class_and_every_class_a_reaction() -> None:
    assert {code: trouble_of(answered(code)) for code in ERRORS} == {code: CLASSES[code] for code in ERRORS}
    classes = {name.lower(): trouble for name, trouble in CLASSES.items()}
    assert {code: trouble_of(streamed(code)) for code in IN_STREAM} == {
        code: classes[code.lower()] for code in IN_STREAM
    }
    assert REACTIONS.keys() == set(Trouble)
    assert {each for each, reaction in REACTIONS.items() if reaction is Reaction.NEXT} == {
        Trouble.ABSENT,
        Trouble.DENIED,
        Trouble.REFUSED,
        Trouble.TOO_LONG,
        Trouble.NOT_ASKED,
        Trouble.TOO_DEAR,
    }


def test_what_does_not_fit_a_models_window_is_told_apart() -> None:
    response: Any = {"Error": {"Code": "ValidationException", "Message": "Input is too long for requested model."}}
    assert trouble_of(ClientError(response, "Converse")) is Trouble.TOO_LONG
    assert trouble_of(ContextWindowOverflowException("m")) is Trouble.TOO_LONG
    assert not passes(ContextWindowOverflowException("m"))


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (ModelThrottledException("m"), Trouble.THROTTLED),
        (AnswerLate("m"), Trouble.LATE),
        (ReadTimeoutError(endpoint_url=URL), Trouble.LATE),
        (ConnectTimeoutError(endpoint_url=URL), Trouble.LATE),
        (StreamBroken("cut"), Trouble.CUT),
        (urllib3.exceptions.ProtocolError("Connection broken"), Trouble.CUT),
        (ChecksumMismatch(1, 2), Trouble.CUT),
        (EndpointConnectionError(endpoint_url=URL), Trouble.FAILED),
        (ValueError("ours"), None),
        (AnswerInvalid("no"), None),
    ],
)
def test_failures_below_the_service_have_a_class_that_their_name_tells_too(
    error: Exception, trouble: Trouble | None
) -> None:
    assert trouble_of(error) is trouble
    if trouble is not Trouble.FAILED:
        assert trouble_named(type(error).__name__) is trouble, "records keep the name alone"


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
