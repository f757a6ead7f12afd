"""``frame``: from what was reported to a typed incident, its facts and its feasible options."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Protocol

import msgspec

from conclave.agents.meter import Meter
from conclave.codec import RecordInvalid, convert, plain
from conclave.pack import Pack, Unresolvable
from conclave.pack.tables import ScopedTables, Tables
from conclave.records.runs import Run
from conclave.types import Frame, Plan, Refusal
from conclave.untrusted.explaining import beyond_limit, explained
from conclave.untrusted.limits import MAX_TEXT_CHARACTERS
from conclave.untrusted.sections import clean

MAX_OPTIONS = 100
HINTS = frozenset({"keywords", "after", "prefixes", "collects", "internal", "reporters", "urgent", "advice", "jargon"})
"""Words of ``extra_json_schema`` that no model needs, see ``Pack.incident``."""
SCREENED = "incident_refused"
"""Code of a refusal by the guardrail, whichever of its two looks refused."""


class PlanInvalid(Exception):
    """The pack's planner made options that do not fit its own declarations. A defect of the pack."""


class FramingFailed(Exception):
    """A service, a library or the pack failed while a run was framed; the message holds no words of theirs."""


class Extractor(Protocol):
    """Turns a sentence into the fields of an incident."""

    def extract(self, text: str, schema: Mapping[str, Any], received: str, meter: Meter) -> Mapping[str, Any]:
        """The fields that the text states, as plain values.

        Raises:
            ExtractionRefused: The guardrail or the model refused the text.
            Exception: Whatever the provider raised.
        """
        ...


class ExtractionRefused(Exception):
    """The text was refused as a whole, before any field of it was used."""


class Screen(Protocol):
    """Looks at what a reporter wrote before anything else does."""

    def refuses(self, texts: Sequence[str]) -> Sequence[str]:
        """What stands against the texts, in closed words (``PROMPT_ATTACK``); nothing when they may be used.

        Raises:
            Exception: Whatever the provider raised: a text that nobody looked at is not used.
        """
        ...


class Unscreened:
    """Looks away: for rooms in one process, which have no guardrail. No function uses it."""

    def refuses(self, texts: Sequence[str]) -> Sequence[str]:
        """See ``Screen.refuses``."""
        del texts
        return ()


def frame_run(
    run: Run, pack: Pack, tables: Tables, extractor: Extractor, screen: Screen, meter: Meter
) -> Frame | Refusal:
    """Frames a run. What the reporter can mend is a ``Refusal``; what they cannot is raised.

    The screen comes here and not into ``intake``: a report must be taken in at once and kept even while the guardrail
    does not answer, and this step is repeated and recorded where ``intake`` is neither. Nobody reads the text before.

    Args:
        run: The run: its text or its typed incident, and the time of receipt, which is the only clock.
        pack: The domain.
        tables: Its data.
        extractor: Turns free text into an incident.
        screen: Looks at the report first: its text, or the free texts of a typed incident.
        meter: Takes the model's exchange.

    Raises:
        PlanInvalid: A defect of the pack.
        ReadFailed: The tables could not be read.
    """
    against = screen.refuses(texts) if (texts := reported_texts(run, pack)) else ()
    if against:
        kinds = ", ".join(against)
        detail = f"the guardrail refused the report ({kinds}); describe the incident in plain words"
        return Refusal(code=SCREENED, detail=detail)
    try:
        incident = _typed_incident(run, pack, extractor, meter)
        resolved = pack.resolve(incident, ScopedTables(tables, pack.resolve_reads), run.created_at)
    except Unresolvable as error:
        return Refusal(
            code=f"incident_{error.code}",
            detail=error.message,
            candidates=error.candidates,
            usage=meter.total(),
            exchanges=tuple(meter.exchanges),
        )
    plan = pack.plan(resolved, ScopedTables(tables, pack.plan_reads), run.created_at)
    _check_plan(pack, plan)
    return Frame(
        incident=plain(resolved),
        summary=pack.summarise(resolved),
        options=plan.options,
        facts=plan.facts,
        gaps=plan.gaps,
        usage=meter.total(),
        exchanges=tuple(meter.exchanges),
    )


def told(error: Exception) -> Exception:
    """A failure of ``frame_run`` as logs, traces and the machine's history may have it: in words of the engine."""
    own = type(error).__module__.partition(".")[0] == __name__.partition(".")[0]
    return error if own else FramingFailed(f"{type(error).__name__}; what it said stands with the texts of the run")


def reported_texts(run: Run, pack: Pack) -> tuple[str, ...]:
    """What the reporter wrote in free words, as a model would read it."""
    stated = [run.text, *(run.incident.get(name) for name in sorted(pack.free_text))]
    read = [clean(text, MAX_TEXT_CHARACTERS) for text in stated if isinstance(text, str)]
    return tuple(text for text in read if text)


def incident_schema(pack: Pack, *, hints: bool = False) -> dict[str, Any]:
    """JSON schema of the pack's incident, with its definitions inlined for the model.

    Args:
        pack: The domain.
        hints: Keep the word lists that only a reader without a model needs. A model pays for each word of them.
    """
    schema = msgspec.json.schema(pack.incident)
    definitions = schema.get("$defs", {})
    return _inlined(schema, definitions, frozenset() if hints else HINTS)  # type: ignore[no-any-return]


def _inlined(node: Any, definitions: Mapping[str, Any], dropped: frozenset[str]) -> Any:
    if isinstance(node, dict):
        referred = definitions[node["$ref"].rpartition("/")[2]] if "$ref" in node else {}
        # What stands beside a reference (a description, keywords) says more about the field than the shared type does.
        merged = {**referred, **{key: value for key, value in node.items() if key not in {"$ref", "$defs"}}}
        fields = merged.pop("properties", {})  # by names of fields, which may be any word
        inlined = {key: _inlined(value, definitions, dropped) for key, value in merged.items() if key not in dropped}
        named = {name: _inlined(value, definitions, dropped) for name, value in fields.items()}
        return inlined | ({"properties": named} if named else {})
    if isinstance(node, list):
        return [_inlined(each, definitions, dropped) for each in node]
    return node


def _typed_incident(run: Run, pack: Pack, extractor: Extractor, meter: Meter) -> Any:
    if run.incident:
        return convert(dict(run.incident), pack.incident)
    try:
        answer = extractor.extract(run.text, incident_schema(pack), run.created_at, meter)
    except ExtractionRefused as error:
        raise Unresolvable("refused", str(error)) from error
    known = {each.name for each in fields(pack.incident)}
    stated = {name: value for name, value in answer.items() if name in known and value is not None}
    try:
        incident = convert(stated, pack.incident)
    except RecordInvalid as error:
        why = explained(error, pack.incident)
        if beyond_limit(error):
            raise Unresolvable("out_of_range", why) from error
        raise Unresolvable("unreadable", f"the sentence could not be read as an incident ({why})") from error
    return pack.reread(incident, run.text, run.created_at) if pack.reread else incident


def _check_plan(pack: Pack, plan: Plan) -> None:
    declared = {each.name: each.type for each in pack.fields}
    ids = [option.id for option in plan.options]
    if len(set(ids)) != len(ids):
        raise PlanInvalid("two options have the same id")
    if len(ids) > MAX_OPTIONS:
        raise PlanInvalid(f"{len(ids)} options are more than the {MAX_OPTIONS} that agents can compare")
    for option in plan.options:
        difference = declared.keys() ^ option.fields.keys()
        if difference:
            raise PlanInvalid(f"option {option.id} and the declared fields differ in: {', '.join(sorted(difference))}")
        odd = sorted(name for name, value in option.fields.items() if not _fits(value, declared[name]))
        if odd:
            raise PlanInvalid(f"option {option.id} has values that are not of the declared type in: {', '.join(odd)}")


def _fits(value: Any, kind: type) -> bool:
    """Whether a value can stand in a field. What is no number would be kept as ``None``: that nothing applies."""
    if value is None or kind in (bool, str):
        return value is None or isinstance(value, kind)
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
