"""Feedback on a decision: the option that was carried out, its actual delay and cost, a rating, and a lesson."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any

from msgspec import Meta, Struct

from conclave.api.errors import RequestRefused
from conclave.audit.canonical import sha256
from conclave.audit.chain import Act
from conclave.clock import Clock, timestamp
from conclave.codec import RecordInvalid, convert, decode, encode
from conclave.codes import RequestCode
from conclave.figures import ACTUAL, FEEDBACK_GIVEN, FEEDBACK_RATING, PREDICTED, Observe, unobserved
from conclave.pack import Pack
from conclave.records.run_records import RunRecords, records_of
from conclave.records.runs import FEEDBACK, Amendment, Run, RunStore, StaleFence, TextState
from conclave.steps.publish import Bus, announced
from conclave.types import Frame
from conclave.untrusted.limits import LESSON_CHARACTERS, MOST_ACTUAL
from conclave.untrusted.plain_text import presentable

GIVEN = "feedback_given"
EVENT = "FeedbackGiven"
NOTHING_OF_IT = "none"
"""Stands for an option where none of them was carried out."""
MOST_PEOPLE = 20
NAME_CHARACTERS = 40
ATTEMPTS = 5
_NUMBERS = ("int", "float")


class FeedbackRefused(RequestRefused):
    """The feedback cannot be taken."""


class Feedback(Struct, frozen=True, kw_only=True):
    """The feedback of one person on a run.

    Attributes:
        by: Who, as the API knows them.
        at: When.
        done: Id of the option that was carried out; ``none`` for none of them.
        predicted: What the run said of that option, of the fields in ``actual``.
        actual: What it came to, by field of the options.
        rating: From 1 (useless) to 5 (as good as can be); 0 where nobody rated.
        lesson: What to learn from it; erased with the texts of the run.
    """

    by: str
    at: str
    done: str
    predicted: Mapping[str, float] = {}
    actual: Mapping[str, float] = {}
    rating: int = 0
    lesson: str = ""


class Said(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Feedback as a request gives it. See ``Feedback``."""

    done: Annotated[str, Meta(min_length=1, max_length=40)]
    actual: Annotated[Mapping[str, Annotated[float, Meta(ge=-MOST_ACTUAL, le=MOST_ACTUAL)]], Meta(max_length=20)] = {}
    rating: Annotated[int, Meta(ge=0, le=5)] = 0
    lesson: Annotated[str, Meta(max_length=LESSON_CHARACTERS)] = ""


def said_from(body: Mapping[str, Any]) -> Said:
    """The feedback that the body of a request gives.

    Raises:
        FeedbackRefused: Something of it is missing, of another type or unknown.
    """
    try:
        return convert(dict(body), Said)
    except RecordInvalid as error:
        needed = (
            "done (an option's id, or none), and if known actual (numbers by field), rating (1 to 5) and lesson "
            f"({LESSON_CHARACTERS} characters)"
        )
        raise FeedbackRefused(RequestCode.BODY_INVALID, f"send {needed}") from error


def feedback_in(records: RunRecords) -> tuple[Feedback, ...]:
    """The feedback on a run, the oldest first."""
    body = records.body(FEEDBACK)
    return decode(body, tuple[Feedback, ...]) if body is not None else ()


def give_feedback(
    run_id: str,
    said: Said,
    *,
    by: str,
    pack: Pack,
    runs: RunStore,
    bus: Bus,
    clock: Clock,
    observe: Observe = unobserved,
) -> Feedback:
    """Keeps what a person says of a run that has its outcome, and returns it; what they said before is replaced.

    Args:
        run_id: The run.
        said: What they say.
        by: Who.
        pack: The run's domain.
        runs: The runs.
        bus: Is told, so that the new end of the audit is anchored.
        clock: The time.
        observe: Takes what was predicted, and what it came to.

    Raises:
        FeedbackRefused: The run has no outcome, or no such option or field.
        RunNotFound: There is no such run.
    """
    for _ in range(ATTEMPTS):
        records = records_of(run_id, runs, pack)
        given = _given(records, said, by, timestamp(clock()))
        others = tuple(each for each in feedback_in(records) if each.by != by)
        if len(others) >= MOST_PEOPLE:
            raise FeedbackRefused(RequestCode.RUN_OVER, f"{MOST_PEOPLE} people have said something of this run", 409)
        try:
            runs.amend(_amendment(records.run, (*others, given), given))
        except StaleFence:
            continue  # somebody else wrote just now: look again
        run = runs.get(run_id)
        bus.send(EVENT, {**announced(run), "done": given.done, "rating": given.rating})
        _observe(given, observe)
        return given
    raise FeedbackRefused(RequestCode.RUN_OVER, "others keep writing about the run; send it again", HTTPStatus.CONFLICT)


def _given(records: RunRecords, said: Said, by: str, now: str) -> Feedback:
    run, frame = records.run, records.frame
    if run.status.open:
        raise FeedbackRefused(RequestCode.RUN_UNFINISHED, "the run has no outcome yet; send it again when it has", 409)
    if run.fork:
        raise FeedbackRefused(RequestCode.RUN_OVER, "a fork decides for nobody, so nothing came of it", 409)
    if run.texts is not TextState.KEPT:
        raise FeedbackRefused(RequestCode.RUN_OVER, "the texts of the run are erased; nothing is added to it", 409)
    predicted = _predicted(frame, said)
    return Feedback(
        by=by,
        at=now,
        done=said.done,
        predicted=predicted,
        actual=dict(said.actual),
        rating=said.rating,
        lesson=presentable(said.lesson, LESSON_CHARACTERS),
    )


def _predicted(frame: Frame | None, said: Said) -> dict[str, float]:
    options = {each.id: each for each in frame.options} if frame else {}
    known = [each.name for each in (frame.manifest.fields if frame and frame.manifest else ()) if each.type in _NUMBERS]
    if said.done != NOTHING_OF_IT and said.done not in options:
        names = ", ".join([*list(options)[:20], NOTHING_OF_IT])
        raise FeedbackRefused(RequestCode.OPTION_UNKNOWN, f"done is one of: {names}")
    if strange := sorted(said.actual.keys() - set(known)):
        told = f"there is no field {presentable(strange[0], NAME_CHARACTERS)!r} with a number"
        raise FeedbackRefused(RequestCode.BODY_INVALID, f"{told}; actual takes: {', '.join(known) or 'none'}")
    fields: Mapping[str, Any] = options[said.done].fields if said.done in options else {}
    numbers = {name: fields.get(name) for name in said.actual}
    return {name: float(value) for name, value in numbers.items() if isinstance(value, int | float)}


def _amendment(run: Run, everything: Sequence[Feedback], given: Feedback) -> Amendment:
    record = encode(everything)
    body = {
        "by": given.by,
        "done": given.done,
        "actual": dict(given.actual),
        "rating": given.rating,
        "lesson": sha256(given.lesson.encode()),
        "record": sha256(record),
    }
    return Amendment(
        run_id=run.run_id,
        expected=run.texts,
        texts=run.texts,
        changes={},
        records={FEEDBACK: record},
        act=Act(event=GIVEN, at=given.at, body=body),
        end=run.head,
    )


def _observe(given: Feedback, observe: Observe) -> None:
    observe(FEEDBACK_GIVEN, 1)
    if given.rating:
        observe(FEEDBACK_RATING, given.rating)
    for name, predicted in given.predicted.items():
        observe(PREDICTED, predicted, field=name)
        observe(ACTUAL, given.actual[name], field=name)
