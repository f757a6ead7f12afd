"""``converse``: one question about a run, answered from its records, from a variant in memory, and by its specialists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec import Struct, field, structs

from conclave.agents.answer_form import AnswerInvalid
from conclave.agents.assess import ModelPort, Question, affordable
from conclave.agents.checks import Executed
from conclave.agents.meter import Meter
from conclave.agents.prices import PriceTable
from conclave.agents.prompts import request_label
from conclave.caches.tables import versions_of, written_in
from conclave.clock import Deadline, Timepiece, timestamp
from conclave.codes import RequestCode
from conclave.conversation.asking import (
    CHEAPEST,
    COUNSEL,
    RULES,
    TIERS,
    complexity_of,
    form,
    question_pieces,
    run_pieces,
)
from conclave.conversation.holding import Held, held_by
from conclave.conversation.lookups import LOOKUPS
from conclave.conversation.progress import ANSWERED, UNANSWERED, Progress
from conclave.conversation.purse import SHARE_OF_SPECIALISTS, Purse
from conclave.conversation.specialists import MOST_ASKED, ON_TIER, Specialists
from conclave.conversation.subject import Subject, in_words, not_available
from conclave.conversation.turns import (
    Answered,
    Conversation,
    conversation_of,
    key_of,
    leave_answer,
    stamp_of,
)
from conclave.conversation.variants import what_if
from conclave.figures import Observe, unobserved
from conclave.money.spending import Ceilings, Spending, Standing, money_left
from conclave.money.usage import total_usage
from conclave.pack import Agent, Pack, Tool
from conclave.pack.tables import ReadFailed, Tables
from conclave.records.journal import Journal
from conclave.records.reported import report_calls, report_stand_in
from conclave.records.run_records import records_of
from conclave.records.runs import RunStore, TextState
from conclave.records.untrusted_entries import choice_in
from conclave.routing.breakers import Breakers, NoBreakers, note_all
from conclave.routing.stand_ins import stand_in
from conclave.types import Choice, GapReason, Phase, ToolCall, ToolResult, Usage
from conclave.untrusted.plain_text import presentable

NAMES_CHARACTERS = 60
SPENT = {
    RequestCode.MONEY_SPENT: "what may be spent today or this month is spent; ask again later, or read the run and its records",
    RequestCode.BUDGET_SPENT: "the account's budget of the month is spent; ask again next month, or read the run and its records",
}
ERASED = "the texts of the run are erased; what is left of it is in its record"
PHASE = "question"
"""What stands for the phase in requests and figures."""


class Unasked(Exception):
    """The run cannot be asked about: it is not framed, or its texts are gone. One line says which."""


class MoneySpent(Exception):
    """What may be spent today, this month, or of the account's budget is spent: no model is asked.

    Attributes:
        code: Which of them.
    """

    def __init__(self, code: RequestCode) -> None:
        super().__init__(SPENT[code])
        self.code = code


class Unanswered(Exception):
    """No answer came that stands on evidence. One line says why."""


class Talk(Struct, frozen=True, kw_only=True):
    """What a question is answered with.

    Attributes:
        pack: The run's domain.
        runs: The runs, of which none is written.
        journal: The journal; only the conversation's own part of it is written.
        tables: The pack's tables, with their versions.
        models: Makes the model of an agent.
        prices: Of models.
        spending: What all runs have spent; what a question costs is added.
        ceilings: Of day, month and budget.
        breakers: What functions know together of the models; they learn with the read of the run's records.
        chain: The models that answer on a tier, in the order in which they are asked.
        observe: Takes figures of calls of models.
        clock: The time.
        strict: See ``conclave.pack.ToolContext``.
    """

    pack: Pack
    runs: RunStore
    journal: Journal
    tables: Tables
    models: Callable[[Agent], ModelPort]
    prices: PriceTable
    spending: Spending
    ceilings: Ceilings
    clock: Timepiece
    breakers: Breakers = NoBreakers()
    chain: Callable[[str], Sequence[str]] = lambda tier: ()
    observe: Observe = unobserved
    strict: bool = False


class Reply(Struct, frozen=True, kw_only=True):
    """An answer.

    Attributes:
        number: The turn of the conversation.
        answered: What is kept of it.
        kept: True if it was answered before, about the same records and data, and no model was asked again.
        tier: Tier of the model that was asked first.
        tools: Names of the tools that were called, in the order in which they ended.
        moved: Tables that were written since the run read them: what it says of them is what they said then.
        infeasible: Ids of options that the answer names and that break a hard constraint, as computed: whatever it says of them.
    """

    number: int
    answered: Answered
    kept: bool = False
    tier: str = ""
    tools: Sequence[str] = ()
    moved: Sequence[str] = ()
    infeasible: Sequence[str] = ()


def converse(run_id: str, question: str, talk: Talk, deadline: Deadline, *, by: str) -> Reply:
    """Answers a question about a run. The run is not changed.

    Args:
        run_id: The run.
        question: As a person asks it, fit to be shown.
        talk: What it is answered with.
        deadline: When the answer must be there.
        by: Who asks, as the API knows them; kept with the turn.

    Raises:
        RunNotFound: There is no such run.
        Unasked: It has nothing to ask about.
        NoTurn: It takes no more questions.
        MoneySpent: Nothing may be spent any more.
        Unanswered: No answer stands on evidence.
    """
    subject = _subject(run_id, talk)
    talk = structs.replace(talk, journal=talk.journal.until(subject.records.run.expires_at))
    versions = versions_of(talk.tables)
    # A table that was never written has no version, and nothing that could have moved.
    written = talk.pack.read_tables & (written_in(talk.tables) | subject.frame.versions.keys())
    stamp = stamp_of(subject.records.run, talk.pack.version, versions, written)
    key, seen = key_of(stamp, question), conversation_of(run_id, talk.journal)
    moved = _moved(subject, versions)
    known = seen.known(key)
    if known is not None:
        number = next(each for each, answered in seen.answered.items() if answered is known)
        return Reply(
            number=number, answered=known, kept=True, moved=moved, infeasible=subject.infeasible_in(known.answer)
        )
    tier = _tier(question, talk)
    purse = Purse(
        run_id=run_id,
        by=by,
        tier=tier,
        journal=talk.journal,
        spending=talk.spending,
        prices=talk.prices,
        clock=talk.clock,
    )
    now = purse.begin(seen)
    progress = Progress(run_id=run_id, turn=purse.number, journal=talk.journal, monotonic=talk.clock.monotonic)
    progress.begin()
    work = _Work(
        subject=subject, talk=talk, deadline=deadline, purse=purse, progress=progress, metadata=_metadata(run_id)
    )
    answered = Answered(at=now, key=key, stamp=stamp, question=question)
    talk.breakers.lease([talk.chain(tier), talk.chain(CHEAPEST)])
    try:
        said = work.answer(question, seen, stamp)
    except Exception as error:
        # What it spent stays spent; a question without an answer is kept with its costs alone.
        leave_answer(run_id, talk.journal, None, purse.number, Answered(at=now, usage=work.usage))
        purse.give_back()
        progress.end(UNANSWERED)
        raise _unanswered(error) from error
    finally:
        purse.settle(work.usage)
        work.report()
        talk.breakers.give_back()
    answered = structs.replace(answered, usage=work.usage, model=work.answered_by, **said)
    leave_answer(run_id, talk.journal, talk.runs, purse.number, answered)
    purse.give_back()
    progress.end(ANSWERED, answered.struck)
    if talk.runs.get(run_id).texts is not TextState.KEPT:
        raise Unasked(ERASED)
    return Reply(
        number=purse.number,
        answered=answered,
        tier=tier,
        tools=tuple(work.called),
        moved=moved,
        infeasible=subject.infeasible_in(answered.answer),
    )


def _subject(run_id: str, talk: Talk) -> Subject:
    records = records_of(run_id, talk.runs, talk.pack)
    if records.run.texts is not TextState.KEPT:
        raise Unasked(ERASED)
    if records.frame is None:
        raise Unasked("the run has no options to ask about: its report is not framed, or was refused; see its reasons")
    return Subject(records=records, frame=records.frame, pack=talk.pack, choice=_choice(run_id, talk, records.choice))


def _choice(run_id: str, talk: Talk, kept: Choice | None) -> Choice | None:
    arbiter = talk.pack.arbiter.name
    entries = talk.journal.read(run_id, [arbiter], [Phase.ARBITRATE.value])
    return choice_in(entries, arbiter) or kept


def _tier(question: str, talk: Talk) -> str:
    """The tier that answers: by how hard the question is, and the cheapest where runs are frugal, too."""
    standing, why = money_left(talk.ceilings, talk.spending, timestamp(talk.clock()))
    if why is not None:
        raise MoneySpent(why)
    frugal = standing is Standing.FRUGAL or talk.ceilings.economy == "on"
    return CHEAPEST if frugal else TIERS[complexity_of(question)]


def _metadata(run_id: str) -> Mapping[str, str]:
    return {"run": run_id, "agent": COUNSEL.name, "phase": PHASE}


def _moved(subject: Subject, versions: Mapping[str, str]) -> tuple[str, ...]:
    """Tables that were written since the run read them, or of which it cannot be shown that they were not."""
    before = subject.frame.versions
    return tuple(sorted(each for each in before if versions.get(each) != before[each]))


def _unanswered(error: Exception) -> Exception:
    if isinstance(error, AnswerInvalid):
        return Unanswered(
            "no answer came that stands on evidence of the run; ask for less at once, or name an option or an agent"
        )
    return Unanswered(f"no answer came in time, or the model failed ({type(error).__name__}); ask again in a moment")


class _Work(Struct, kw_only=True):
    """One question under way. Its tools may run at once, in threads."""

    subject: Subject
    talk: Talk
    deadline: Deadline
    purse: Purse
    progress: Progress
    metadata: Mapping[str, str]
    found: list[ToolResult] = field(default_factory=list)
    called: list[str] = field(default_factory=list)
    meters: list[tuple[str, str, Meter]] = field(default_factory=list)
    specialists: Specialists | None = None

    def answer(self, question: str, seen: Conversation, stamp: str) -> dict[str, Any]:
        """The answer's text, its evidence, and how many sentences were struck."""
        label = request_label(self.metadata)
        shared = run_pieces(self.subject, f"{label}/run")
        own = question_pieces(question, seen.under(stamp), f"{label}/question")
        talker, limit = COUNSEL.on_tier(self.purse.tier), self.purse.limit
        part = int(limit * SHARE_OF_SPECIALISTS / MOST_ASKED)
        own_meter = self._meter(COUNSEL.name, limit - part * MOST_ASKED, talker.tier)
        self.specialists = Specialists(
            subject=self.subject,
            tables=self.talk.tables,
            model=self.talk.models,
            meters=lambda name: self._meter(name, part, ON_TIER),
            deadline=self.deadline,
            metadata=self.metadata,
            strict=self.talk.strict,
        )
        tools = self._tools(self.specialists)
        asked = Question(
            agent=talker,
            phase=None,
            system=RULES,
            pieces=(*shared, *own),
            form=form(self._held),
            option_ids=[*self.subject.options],
            fields=(),
            tools=tools,
            call=self._call,
            deadline=self.deadline,
            metadata=self.metadata,
            shared=len(shared),
        )
        model = affordable(self.talk.models, talker, self.talk.prices)
        found = dict(model.ask(asked, own_meter))
        return {name: found[name] for name in ("answer", "evidence", "struck")}

    @property
    def usage(self) -> Usage:
        """What the question used so far, its specialists' part included."""
        return total_usage(each.total() for *_, each in [*self.meters])

    @property
    def answered_by(self) -> str:
        """The model that gave the answer."""
        own = self.meters[0][-1].exchanges if self.meters else ()
        return own[-1].model if own else ""

    def report(self) -> None:
        """Tells how the calls of models ended, what they took and cost, those of specialists as their own."""
        for name, model, meter in [*self.meters]:
            note_all(self.talk.breakers, meter.exchanges)
            report_stand_in(stand_in(model, meter.exchanges, meter.too_dear), self.talk.observe)
            report_calls(meter.exchanges, self.talk.observe, agent=name, phase=PHASE)

    def _meter(self, name: str, limit: int, tier: str) -> Meter:
        meter = Meter(self.talk.prices, self.talk.clock.monotonic, lambda: limit, lender=partial(self.purse.lend, tier))
        self.meters.append((name, self.talk.prices.model(tier), meter))
        return meter

    def _tools(self, specialists: Specialists) -> list[Tool]:
        variants = [_variant(self.subject, self.talk)] if self.subject.pack.variations else []
        known = {each.name for each in self.subject.records.manifest.specialists}
        colleagues = [specialists.tool_of(each) for each in self.subject.pack.specialists if each.name in known]
        return [*LOOKUPS, *variants, *colleagues]

    def _held(self) -> Held:
        return held_by([*self.found], self.subject.options)

    def _call(self, tool: Tool, arguments: dict[str, Any]) -> Executed:
        """Runs a tool. Arguments that do not fit, and data that cannot be read, are gaps."""
        started = self.talk.clock.monotonic()
        try:
            result = in_words(tool.function(self.subject, **arguments))
        except TypeError:
            result = _failed(tool, "its arguments do not fit")
        except ReadFailed:
            result = _failed(tool, "the data could not be read")
        took = round(self.talk.clock.monotonic() - started, 3)
        self.found.append(result)
        self.called.append(tool.name)
        self.progress.called(tool.name, took)
        call = ToolCall(
            name=tool.name,
            check=False,
            duration_seconds=took,
            facts=len(result.facts),
            constraints=len(result.constraints),
            gaps=len(result.gaps),
        )
        return Executed(call, result, arguments)


def _variant(subject: Subject, talk: Talk) -> Tool:
    """``what_if`` as a tool."""

    def ask(context: object, figure: str, change: int) -> ToolResult:
        return what_if(subject, talk.tables, presentable(figure, NAMES_CHARACTERS), change, strict=talk.strict)

    ask.__name__ = "what_if"
    ask.__doc__ = (
        "How the options would be with one figure changed: the planner and all checks computed again in memory.\n\n"
        "Args:\n    figure: One of the figures listed.\n    change: By how much, in its unit; below 0 for earlier.\n"
    )
    ask.__annotations__ = {"context": object, "figure": str, "change": int, "return": ToolResult}
    return Tool(ask, ())


def _failed(tool: Tool, detail: str) -> ToolResult:
    return not_available(tool.name, GapReason.FAILED, detail)
