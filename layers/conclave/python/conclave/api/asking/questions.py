"""``POST /v1/runs/{id}/questions``: a person asks about a run, and is answered with evidence."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from msgspec import Meta, Struct

from conclave.api.errors import RequestRefused
from conclave.clock import Deadline
from conclave.codec import RecordInvalid, convert
from conclave.codes import RequestCode
from conclave.conversation.converse import MoneySpent, Reply, Talk, Unanswered, Unasked, converse
from conclave.conversation.turns import NoTurn
from conclave.untrusted.limits import QUESTION_CHARACTERS
from conclave.untrusted.plain_text import presentable


class Asked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a request."""

    question: Annotated[str, Meta(min_length=1, max_length=QUESTION_CHARACTERS)]


class QuestionRefused(RequestRefused):
    """The question cannot be answered as it is."""


def asked_in(body: Mapping[str, Any]) -> str:
    """The question that the body of a request asks, fit to be shown.

    Raises:
        QuestionRefused: There is none, or it is too long.
    """
    try:
        asked = convert(dict(body), Asked)
    except RecordInvalid as error:
        needed = f"send question, 1 to {QUESTION_CHARACTERS} characters, and nothing else"
        raise QuestionRefused(RequestCode.BODY_INVALID, needed) from error
    question = presentable(asked.question, QUESTION_CHARACTERS)
    if not question:
        raise QuestionRefused(RequestCode.TEXT_EMPTY, "the question is empty; ask something about the run")
    return question


def answer_question(run_id: str, question: str, talk: Talk, deadline: Deadline, *, by: str) -> dict[str, Any]:
    """The document of an answer. Plain values, ready for JSON.

    Args:
        run_id: The run.
        question: What is asked, see ``asked_in``.
        talk: What it is answered with.
        deadline: When the answer must be there.
        by: Who asks, see ``conclave.api.callers.person_of``.

    Raises:
        QuestionRefused: The run has nothing to ask about, takes no more questions, nothing may be spent any more, or no answer
            stands on evidence.
        RunNotFound: There is no such run.
    """
    try:
        reply = converse(run_id, question, talk, deadline, by=by)
    except Unasked as error:
        raise QuestionRefused(RequestCode.NOTHING_TO_ASK, str(error), HTTPStatus.CONFLICT) from error
    except NoTurn as error:
        raise QuestionRefused(RequestCode.QUESTIONS_SPENT, str(error), HTTPStatus.TOO_MANY_REQUESTS) from error
    except MoneySpent as error:
        raise QuestionRefused(error.code, str(error), HTTPStatus.SERVICE_UNAVAILABLE) from error
    except Unanswered as error:
        raise QuestionRefused(RequestCode.NO_ANSWER, str(error), HTTPStatus.BAD_GATEWAY) from error
    return {"run_id": run_id, **_document(reply)}


def _document(reply: Reply) -> dict[str, Any]:
    """An answer. One that was kept costs no token again: all that it took once counts as cached."""
    answered, used = reply.answered, reply.answered.usage
    spent = used.input_tokens + used.output_tokens + used.cache_write_tokens
    return {
        "turn": reply.number,
        "question": answered.question,
        "answer": answered.answer,
        "evidence": list(answered.evidence),
        "tokens": 0 if reply.kept else spent,
        "cached_tokens": used.cache_read_tokens + (spent if reply.kept else 0),
        "cost_usd": 0.0 if reply.kept else used.cost_usd,
        "kept": reply.kept,
        "struck": answered.struck,
        "model": answered.model,
        "tier": reply.tier,
        "tools": list(reply.tools),
        "moved": list(reply.moved),
        "infeasible": list(reply.infeasible),
        "at": answered.at,
    }
