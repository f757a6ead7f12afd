"""Who answers again, with what news, and what that changed. Pure code.

An agent answers over all options with all their fields and over its own facts, and neither changes after ``recommend``. What
peers add are constraints, and the engine enforces them whatever anybody says. So of an answer

- its constraints stand, unless a peer's model found something in a text: the same may stand in the agent's own texts;
- its scores stand for every option that is still open. They say nothing any more where all of those are scored alike;
- its verdict stands, unless none of the open options is one that the agent accepts.

Only a safety agent's constraints and verdict, and only a business agent's ranking, have an effect beyond being shown. An agent
is asked again when one of these could become another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from conclave.deliberation.constraints import violations
from conclave.types import (
    AgentKind,
    Assessment,
    AssessmentStatus,
    Claim,
    Collation,
    Constraint,
    Option,
    Revision,
    Value,
)

ACCEPTABLE = 0.25
"""The least score of an option that an agent accepts, as its task tells it."""


class News(Struct, frozen=True, kw_only=True):
    """Everything that is new to an agent that answers again.

    Attributes:
        earlier: Its answer, which stands as far as it does not change it.
        options: The options that are still open; all of them where none is.
        constraints: Constraints of peers that it did not have.
        claims: Its own claim, and those of the peers who brought these constraints.
    """

    earlier: Assessment
    options: Sequence[Option]
    constraints: Sequence[Constraint]
    claims: Sequence[Claim]


def may_change(answer: Assessment, options: Sequence[Option], constraints: Iterable[Constraint]) -> bool:
    """True if constraints that an agent did not have could make its answer another one, with an effect.

    Args:
        answer: Its answer in ``recommend``.
        options: All options of the run.
        constraints: All constraints so far, its own among them.
    """
    news = unknown(constraints, answer.constraints)
    if answer.kind is AgentKind.SAFETY and any(each.judged for each in news):
        return True
    open_before = [each.id for each in options if not violations(each, answer.constraints)]
    still_open = [each.id for each in options if not violations(each, (*answer.constraints, *news))]
    if not still_open or len(still_open) == len(open_before):
        return False
    if any(each not in answer.scores for each in still_open):
        return True
    before, after = ([answer.scores.get(each, 0.0) for each in ids] for ids in (open_before, still_open))
    if answer.kind is AgentKind.SAFETY:
        return max(after) < ACCEPTABLE <= max(before)
    return len(after) > 1 and len(set(after)) == 1 < len(set(before))


def who_revises(
    answered: Iterable[Assessment], options: Sequence[Option], constraints: Sequence[Constraint]
) -> tuple[str, ...]:
    """Names of the agents that are asked again, in the order of their answers."""
    return tuple(each.agent for each in answered if may_change(each, options, constraints))


def news_for(earlier: Assessment, collation: Collation, options: Sequence[Option]) -> News:
    """What the collation of ``recommend`` has for an agent that it did not say itself."""
    constraints = unknown(collation.constraints, earlier.constraints)
    told = {earlier.agent, *(each.agent for each in constraints)}
    still_open = tuple(each for each in options if each.id in set(collation.feasible))
    return News(
        earlier=earlier,
        options=still_open or tuple(options),
        constraints=constraints,
        claims=tuple(each for each in collation.claims if each.agent in told),
    )


def revision(earlier: Assessment, now: Assessment, still_open: Sequence[str]) -> Revision:
    """What an agent changed when it answered again; nothing where it did not answer."""
    if now.status is not AssessmentStatus.OK:
        return Revision(agent=now.agent)
    return Revision(
        agent=now.agent,
        stance=now.stance,
        verdict=now.verdict is not earlier.verdict,
        scores=sum(earlier.scores.get(each) != score for each, score in now.scores.items()),
        constraints=len(unknown(now.constraints, earlier.constraints)),
        favourite=favourite(earlier, still_open) != favourite(now, still_open),
    )


def favourite(answer: Assessment, among: Iterable[str]) -> str:
    """Id of the option that an agent scores highest among these; empty where it scores none of them."""
    return next(iter(ranked(answer, among)), "")


def ranked(answer: Assessment, among: Iterable[str]) -> list[str]:
    """Those of the options that an agent scores, best first."""
    scores = answer.scores
    return sorted((each for each in among if each in scores), key=lambda each: (-scores[each], each))


def unknown(constraints: Iterable[Constraint], seen: Iterable[Constraint]) -> tuple[Constraint, ...]:
    """The hard constraints, and those that a model found, that say something else than what an agent has seen.

    A soft one says nothing new to whoever has the same hard.
    """
    known = {(*_predicate(each), hard) for each in seen for hard in ((True, False) if each.hard else (False,))}
    return tuple(
        each for each in constraints if (each.hard or each.judged) and (*_predicate(each), each.hard) not in known
    )


def _predicate(constraint: Constraint) -> tuple[str, str, Value]:
    return constraint.field, constraint.operator, constraint.value
