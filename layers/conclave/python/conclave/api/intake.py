"""``intake``: from a request to a run, once, whatever is duplicated on the way."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from msgspec import Struct, field, structs

from conclave.api.errors import RequestRefused
from conclave.clock import Clock, timestamp
from conclave.codec import RecordInvalid, convert, digest, plain
from conclave.codes import RequestCode
from conclave.configuration.settings import MoneySettings, Settings
from conclave.money.spending import Spending, Standing, money_left
from conclave.pack import Pack
from conclave.pack.incident_fields import foreign_fields, paths, texts_at
from conclave.records.runs import Run, RunExpired, RunNotFound, RunStore, TextState
from conclave.steps.executions import Machine, start
from conclave.types import RunStatus
from conclave.untrusted.explaining import explained
from conclave.untrusted.limits import MAX_BODY_BYTES, MAX_KEY_CHARACTERS, MAX_TEXT_CHARACTERS
from conclave.untrusted.payload import PayloadInvalid, check, read_json

DERIVED = "\0"
"""The beginning of a key that is derived. A caller's key holds no control character, so none can be that of another request."""

_CLOSED = "no new incidents are taken at the moment; send it again later, or ask who runs this stage"
_SPENT = {
    RequestCode.MONEY_SPENT: "what may be spent today or this month is spent; send it again later, or ask who runs this stage",
    RequestCode.BUDGET_SPENT: "the account's budget of the month is spent; send it again next month, or ask who runs this stage",
}


class SubmissionInvalid(RequestRefused):
    """The request cannot become a run."""


class Submission(Struct, frozen=True, kw_only=True):
    """A valid request: free text, or a typed incident; and the key under which it is the same request again."""

    text: str = ""
    incident: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""

    @property
    def own_key(self) -> bool:
        """True if the caller named the request."""
        return not self.key.startswith(DERIVED)

    @property
    def content(self) -> str:
        """Hash of what is reported; of a text without its spacing and case."""
        return digest(_folded(self.text) or self.incident)

    def is_of(self, run: Run) -> bool:
        """True if a run is about what is reported here, or its texts are gone: then the key has to say so."""
        same = (_folded(run.text), dict(run.incident)) == (_folded(self.text), dict(self.incident))
        return same or run.texts is not TextState.KEPT


class Accepted(Struct, frozen=True, kw_only=True):
    """A run that exists now; ``duplicate`` when it existed before; ``own_key`` when its caller named the request."""

    run_id: str
    duplicate: bool
    own_key: bool = False


def parse_body(body: str, content_type: str = "", *, encoded: bool = False) -> Any:
    """The decoded JSON of a request.

    Args:
        body: As API Gateway hands it over.
        content_type: Its media type; none counts as JSON.
        encoded: Whether the body is base64.

    Raises:
        SubmissionInvalid: With the code, the message and the HTTP status to answer.
    """
    if content_type and content_type.partition(";")[0].strip().lower() != "application/json":
        raise SubmissionInvalid(RequestCode.CONTENT_TYPE_INVALID, "send application/json", 415)
    try:
        data = base64.b64decode(body, validate=True) if encoded else body.encode()
    except ValueError as error:  # not base64, or half a surrogate pair
        raise SubmissionInvalid(RequestCode.JSON_INVALID, "the body is not UTF-8") from error
    if len(data) > MAX_BODY_BYTES:
        raise SubmissionInvalid(RequestCode.BODY_TOO_LARGE, f"the body is larger than {MAX_BODY_BYTES} bytes", 413)
    try:
        return read_json(data)
    except PayloadInvalid as error:
        raise SubmissionInvalid(RequestCode.JSON_INVALID, str(error)) from error


def parse_object(body: str, content_type: str = "", *, encoded: bool = False) -> dict[str, Any]:
    """As ``parse_body``, for a body that has to be an object."""
    value = parse_body(body, content_type, encoded=encoded)
    if not isinstance(value, dict):
        raise SubmissionInvalid(RequestCode.BODY_INVALID, "the body must be a JSON object")
    return value


def parse_submission(body: Any, pack: Pack, day: str, idempotency_key: str = "") -> Submission:
    """Checks a request and derives its business key.

    Args:
        body: The decoded JSON: ``{"text": ...}`` or ``{"incident": {...}}``.
        pack: The pack, for the shape of its incident.
        day: UTC day of the report; without an explicit key, the same request on the same day is the same run.
        idempotency_key: The client's key, which goes before everything else.

    Raises:
        SubmissionInvalid: With the code, the message and the HTTP status to answer.
    """
    for given in (body, idempotency_key):
        _checked(given)
    if not isinstance(body, dict):
        raise SubmissionInvalid(RequestCode.BODY_INVALID, 'the body must be a JSON object such as {"text": "..."}')
    text, incident = body.get("text"), body.get("incident")
    if (text is None) == (incident is None):
        raise SubmissionInvalid(
            RequestCode.BODY_INVALID, 'give either "text" (a sentence) or "incident" (an object), not both'
        )
    own = "" if body.get("idempotency_key") is None else body["idempotency_key"]
    if not all(isinstance(each, str) and len(each) <= MAX_KEY_CHARACTERS for each in (idempotency_key, own)):
        detail = f"the idempotency key must be a string of at most {MAX_KEY_CHARACTERS} characters"
        raise SubmissionInvalid(RequestCode.IDEMPOTENCY_KEY_INVALID, detail)
    key = idempotency_key or own
    stated = Submission(text=_checked_text(text)) if incident is None else _typed(incident, pack)
    return structs.replace(stated, key=key or f"{DERIVED}{day}|{stated.content}")


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _checked(given: Any) -> None:
    try:
        check(given)
    except PayloadInvalid as error:
        raise SubmissionInvalid(RequestCode.BODY_INVALID, str(error)) from error


def _checked_text(text: Any) -> str:
    if not isinstance(text, str) or not text.strip():
        raise SubmissionInvalid(RequestCode.TEXT_EMPTY, "the text is empty; describe the incident in a sentence")
    if len(text) > MAX_TEXT_CHARACTERS:
        detail = f"the text has {len(text)} characters; at most {MAX_TEXT_CHARACTERS} are read"
        raise SubmissionInvalid(RequestCode.TEXT_TOO_LARGE, detail, 413)
    return text.strip()


def _typed(incident: Any, pack: Pack) -> Submission:
    if not isinstance(incident, dict):
        raise SubmissionInvalid(RequestCode.INCIDENT_INVALID, '"incident" must be an object')
    for fault in foreign_fields(incident, pack.incident):
        raise SubmissionInvalid(RequestCode.INCIDENT_INVALID, fault)
    try:
        typed = convert(incident, pack.incident)
    except RecordInvalid as error:
        raise SubmissionInvalid(RequestCode.INCIDENT_INVALID, explained(error, pack.incident)) from error
    checked = dict(plain(typed))
    if any(len(text) > MAX_TEXT_CHARACTERS for text in texts_at(checked, paths(pack.incident))):
        detail = f"a text of the incident is longer than {MAX_TEXT_CHARACTERS} characters"
        raise SubmissionInvalid(RequestCode.TEXT_TOO_LARGE, detail, 413)
    return Submission(incident=checked)


def run_id_for(stage: str, pack: str, key: str) -> str:
    """The run id, and name of the execution, of a business key: the same key is always the same run."""
    return "run-" + hashlib.sha256(f"{stage}|{pack}|{key}".encode()).hexdigest()[:24]


def standing_of(run_id: str, spending: Spending, store: RunStore, now: str, *, money: MoneySettings) -> Standing:
    """What the money of stage and account lets a report do that would become a new run; one whose run there is may be repeated.

    Raises:
        SubmissionInvalid: The money is gone, and there is no such run.
    """
    found, why = money_left(money, spending, now)
    if why is not None:
        _refuse_unless_known(run_id, store, why, _SPENT[why])
    return found


def refuse_while_closed(run_id: str, settings: Settings, store: RunStore) -> None:
    """Lets a report pass, unless intake is closed and it would become a new run; one whose run there is may be repeated.

    Raises:
        SubmissionInvalid: Intake is closed, and there is no such run.
    """
    if settings.intake != "open":
        _refuse_unless_known(run_id, store, RequestCode.INTAKE_CLOSED, _CLOSED)


def _refuse_unless_known(run_id: str, store: RunStore, code: RequestCode, detail: str) -> None:
    try:
        store.get(run_id)
    except RunNotFound:
        raise SubmissionInvalid(code, detail, HTTPStatus.SERVICE_UNAVAILABLE) from None


def accept(
    submission: Submission,
    *,
    store: RunStore,
    machine: Machine,
    clock: Clock,
    stage: str,
    pack: str,
    correlation_id: str,
    source: str,
    economy: bool = False,
    asked_by: str = "",
) -> Accepted:
    """Stores the run, then starts its execution. Safe to repeat at any point: both steps happen once per key.

    ``economy`` has the run begin frugally. ``asked_by`` is the person who reports, who then cannot decide about it.

    A crash between the two leaves a run without an execution; the next delivery of the same request, or ``sweep``, starts it.

    Raises:
        SubmissionInvalid: The key is that of a run about something else, or of one whose records have expired.
    """
    now = timestamp(clock())
    run = Run(
        run_id=run_id_for(stage, pack, submission.key),
        status=RunStatus.RUNNING,
        pack=pack,
        created_at=now,
        updated_at=now,
        correlation_id=correlation_id,
        text=submission.text,
        incident=submission.incident,
        source=source,
        economy=economy,
        asked_by=asked_by,
    )
    try:
        created = store.create(run)
    except RunExpired as error:
        detail = "the run of this idempotency key has expired, only its audit is left; send a key of its own"
        raise SubmissionInvalid(RequestCode.IDEMPOTENCY_KEY_SPENT, detail, HTTPStatus.GONE) from error
    if not created:
        run = store.get(run.run_id)
    if not submission.is_of(run):
        detail = "another incident was reported under this idempotency key; send a key of its own"
        raise SubmissionInvalid(RequestCode.IDEMPOTENCY_KEY_REUSED, detail, 409)
    if run.status is RunStatus.RUNNING:
        start(run, machine)
    return Accepted(run_id=run.run_id, duplicate=not created, own_key=submission.own_key)
