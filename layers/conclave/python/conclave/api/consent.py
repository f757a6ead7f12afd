"""A person consents to one call of a dangerous tool. The consent is a record of the run, and an entry of its audit.

Only who may call the API can give it, and no function may: an agent cannot consent to its own call.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from msgspec import Struct

from conclave.agents.consent import CallRefused, Consent, binding_of, consent_record, phase_over
from conclave.api.errors import RequestRefused
from conclave.audit.chain import Act
from conclave.clock import Clock, timestamp
from conclave.codec import RecordInvalid, convert, digest, encode
from conclave.codes import RequestCode
from conclave.pack import Pack
from conclave.records.runs import Run, RunStore, StaleFence
from conclave.types import Phase, RunStatus

EVENT = "call_consented"
DEFAULT_MINUTES = 15
MAX_MINUTES = 60


class ConsentRefused(RequestRefused):
    """The consent cannot be given."""


class Call(Struct, frozen=True, kw_only=True):
    """The call that is consented to.

    Attributes:
        agent: Who may make it.
        phase: In which phase.
        tool: Name of the dangerous tool.
        arguments: With exactly these arguments.
        binding: The binding that the person saw; has to be that of the rest.
        minutes: How long the consent lives.
        key: The request's own; sent again with the same key it is the same consent, and once used it stays used.
    """

    agent: str
    phase: Phase
    tool: str
    arguments: Mapping[str, Any]
    binding: str
    minutes: int = DEFAULT_MINUTES
    key: str = ""


def call_from(body: Mapping[str, Any]) -> Call:
    """The call that a request names: ``agent``, ``phase``, ``tool``, ``arguments``, ``binding`` and, if given, ``minutes``.

    Raises:
        ConsentRefused: Something of it is missing, of another type or unknown.
    """
    try:
        return convert(dict(body), Call)
    except RecordInvalid as error:
        needed = "agent, phase, tool, arguments and binding, as the run shows them"
        raise ConsentRefused(RequestCode.BODY_INVALID, f"name the call: {needed}") from error


def give_consent(run_id: str, call: Call, *, by: str, pack: Pack, runs: RunStore, clock: Clock) -> Consent:
    """Gives the consent, and returns it; one that was there for the same call is replaced.

    Args:
        run_id: The run.
        call: The call.
        by: Who consents, as the API knows them.
        pack: The run's domain.
        runs: The runs.
        clock: The time.

    Raises:
        ConsentRefused: The run or its phase is over, there is no such dangerous tool, or the call is not the one seen.
        RunNotFound: There is no such run.
    """
    if not by:
        raise ConsentRefused(RequestCode.CALLER_UNKNOWN, "it is not known who consents", 403)
    if not 1 <= call.minutes <= MAX_MINUTES:
        raise ConsentRefused(RequestCode.MINUTES_INVALID, f"a consent lives from 1 to {MAX_MINUTES} minutes")
    run = runs.get(run_id)
    _check_open(run, call.phase)
    if not any(tool.dangerous and tool.name == call.tool for tool in _tools(pack, call.agent)):
        raise ConsentRefused(RequestCode.TOOL_UNKNOWN, "this agent has no dangerous tool of that name")
    if _binding(run_id, call) != call.binding:
        raise ConsentRefused(
            RequestCode.BINDING_MISMATCH, "the call is not the one with this binding; look at the run again", 409
        )
    now = clock()
    consent = Consent(
        id=digest([call.binding, by, call.key or timestamp(now)])[:32],
        binding=call.binding,
        given_by=by,
        expires_at=timestamp(now + timedelta(minutes=call.minutes)),
    )
    said = {"by": by, "agent": call.agent, "phase": call.phase.value, "tool": call.tool}
    act = Act(
        event=EVENT,
        at=timestamp(now),
        body={**said, "binding": call.binding, "consent": consent.id, "expires_at": consent.expires_at},
    )
    try:
        runs.write(run_id, {consent_record(call.binding): encode(consent)}, run.fence, act)
    except StaleFence as error:
        raise ConsentRefused(RequestCode.RUN_OVER, "the run has moved on; look at it again", 409) from error
    return consent


def _check_open(run: Run, phase: Phase) -> None:
    if run.status is not RunStatus.RUNNING:
        raise ConsentRefused(
            RequestCode.RUN_OVER, "the run has its outcome; no call of it can be consented to any more", 409
        )
    if phase_over(run, phase):
        raise ConsentRefused(RequestCode.PHASE_OVER, f"the phase {phase} of the run is over", 409)


def _tools(pack: Pack, agent: str) -> tuple[Any, ...]:
    return tuple(tool for each in pack.agents if each.name == agent for tool in each.tools)


def _binding(run_id: str, call: Call) -> str:
    try:
        return binding_of(
            agent=call.agent, tool=call.tool, arguments=call.arguments, run_id=run_id, phase=call.phase.value
        )
    except CallRefused as error:
        raise ConsentRefused(RequestCode.ARGUMENTS_INVALID, str(error)) from error
