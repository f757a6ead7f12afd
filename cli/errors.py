"""Exit codes and the one kind of error that a command shows to its user."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from conclave.codes import INCIDENT_PREFIX, RunStatus


class ExitCode(IntEnum):
    """Exit codes that scripts can rely on."""

    OK = 0
    UNEXPECTED = 1
    BAD_INPUT = 2
    HALTED = 3
    APPROVAL_REQUIRED = 4
    UNREACHABLE = 5
    SETUP = 6
    TIMEOUT = 7
    INTERRUPTED = 130


MEANING = {
    ExitCode.OK: "done; a run that was waited for is decided",
    ExitCode.UNEXPECTED: "unexpected failure, an audit that is not proved, or a change that does not pass",
    ExitCode.BAD_INPUT: "bad input or usage, an incident that fits no data, an unknown run",
    ExitCode.HALTED: "the run halted, was refused or expired: a person has to take over",
    ExitCode.APPROVAL_REQUIRED: "the decision needs a person's approval",
    ExitCode.UNREACHABLE: "no cloud reachable, or nothing deployed there",
    ExitCode.SETUP: "set-up missing, or a port in use",
    ExitCode.TIMEOUT: "the run has not ended",
    ExitCode.INTERRUPTED: "interrupted",
}


class CliError(Exception):
    """A failure told in one line: what is wrong, and what to do about it.

    Args:
        message: What is wrong.
        advice: What to do, usually a command.
        code: Stable word for programs, in ``error.code`` of the JSON answer.
        exit_code: How the process ends.
    """

    def __init__(
        self,
        message: str,
        *,
        advice: str = "",
        code: str = "failed",
        exit_code: ExitCode = ExitCode.UNEXPECTED,
    ) -> None:
        super().__init__(f"{message} ({advice})" if advice else message)
        self.message = message
        self.advice = advice
        self.code = code
        self.exit_code = exit_code


def outcome(status: str, reason_codes: Iterable[str] = ()) -> ExitCode:
    """The exit code for a run that was waited for.

    Args:
        status: Status of the run.
        reason_codes: Codes of its reasons.

    Returns:
        ``BAD_INPUT`` for a run that halted because its incident could not be resolved.
    """
    if status == RunStatus.HALTED and any(code.startswith(INCIDENT_PREFIX) for code in reason_codes):
        return ExitCode.BAD_INPUT
    return {
        RunStatus.DECIDED.value: ExitCode.OK,
        RunStatus.APPROVAL_REQUIRED.value: ExitCode.APPROVAL_REQUIRED,
        RunStatus.AWAITING_APPROVAL.value: ExitCode.APPROVAL_REQUIRED,
        RunStatus.HALTED.value: ExitCode.HALTED,
        RunStatus.REFUSED.value: ExitCode.HALTED,
        RunStatus.EXPIRED.value: ExitCode.HALTED,
        RunStatus.FORKED.value: ExitCode.OK,
    }.get(status, ExitCode.UNEXPECTED)
