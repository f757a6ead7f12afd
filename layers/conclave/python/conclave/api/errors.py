"""A request that is refused: a stable word for programs, one line for people, and the HTTP status."""

from __future__ import annotations

from http import HTTPStatus

from conclave.codes import RequestCode


class RequestRefused(Exception):
    """The request cannot be met as it is.

    Args:
        code: Why, for programs.
        message: One line that says what to do.
        status: HTTP status.
    """

    def __init__(self, code: RequestCode, message: str, status: int = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
