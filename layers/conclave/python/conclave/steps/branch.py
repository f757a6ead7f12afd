"""What the phase machine knows of an agent's branch."""

from __future__ import annotations

from dataclasses import dataclass

from conclave.types import (
    Failure,
)

SKIPPED = "skipped"

FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """What the phase machine knows of an agent's branch. Written by the machine and ``run_agent``, never by a model.

    ``status`` is ``ok`` or ``unavailable`` (there is an entry in the journal), ``skipped``, or ``failed`` with the error's name.
    """

    agent: str
    phase: str
    status: str
    error: str = ""


def unanswered(branch: Branch, *, there_is_one: bool) -> Failure:
    """The failure of a branch whose agent left no answer that counts."""
    error = branch.error or ("EntryForeign" if there_is_one else "NoAnswer")
    return Failure(error=error, cause="the function ended without an answer")
