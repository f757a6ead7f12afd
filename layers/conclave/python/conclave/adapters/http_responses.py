"""The answers of the API's functions: JSON documents, and refusals with a stable word and one line."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response, content_types
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from conclave.api.callers import CallerUnknown, GroupMissing
from conclave.api.errors import RequestRefused
from conclave.codes import RequestCode
from conclave.records.runs import RunNotFound


def answer(status: int, body: dict[str, Any]) -> Response[str]:
    """A JSON document."""
    return Response(status_code=status, content_type=content_types.APPLICATION_JSON, body=json.dumps(body))


def refusal(status: int, code: RequestCode, message: str) -> Response[str]:
    """An error: a stable word for programs, one line for people."""
    return answer(status, {"error": {"code": code, "message": message}})


def answer_errors(app: APIGatewayRestResolver, logger: Logger, otherwise: str) -> None:
    """Answers what may go wrong on any route, so that no caller meets the gateway's own words for a function that failed.

    A request that says itself why it is refused, a run or a path that is not there, a caller who is nobody or who may not do it;
    anything else is logged and answered with 503.

    Args:
        app: The routes.
        logger: Takes what nobody expected.
        otherwise: One line for the caller then: what to do.
    """

    def failed(error: Exception) -> Response[str]:
        logger.exception("the request failed", exc_info=error)
        return refusal(HTTPStatus.SERVICE_UNAVAILABLE, RequestCode.UNAVAILABLE, otherwise)

    app.exception_handler(RequestRefused)(_refused)
    app.exception_handler(RunNotFound)(_not_found)
    app.exception_handler(CallerUnknown)(_unknown)
    app.exception_handler(GroupMissing)(_not_a_member)
    app.exception_handler(NotFoundError)(_no_such_path)
    app.exception_handler(Exception)(failed)


def _refused(error: RequestRefused) -> Response[str]:
    return refusal(error.status, error.code, error.message)


def _not_found(error: RunNotFound) -> Response[str]:
    del error  # it repeats the path, which anybody may have written
    return refusal(HTTPStatus.NOT_FOUND, RequestCode.RUN_NOT_FOUND, "no such run; list runs with GET /v1/runs")


def _unknown(error: CallerUnknown) -> Response[str]:
    return refusal(HTTPStatus.FORBIDDEN, RequestCode.CALLER_UNKNOWN, str(error))


def _not_a_member(error: GroupMissing) -> Response[str]:
    return refusal(HTTPStatus.FORBIDDEN, RequestCode.GROUP_MISSING, str(error))


def _no_such_path(error: NotFoundError) -> Response[str]:
    """The gateway takes any character for the id of a run; the routes do not."""
    del error
    return refusal(
        HTTPStatus.NOT_FOUND, RequestCode.NOT_FOUND, "there is nothing at this path; list runs with GET /v1/runs"
    )
