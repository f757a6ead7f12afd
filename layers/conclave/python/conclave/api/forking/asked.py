"""What a fork is asked for: five kinds of changes, each held against the run that it is forked from.

A fork can ask for another model within what its agent's role may call, add words to a prompt or put others in place of a role,
add constraints, assume another value of an option's field, and change settings that are not about money. It takes nothing away:
no constraint, no check, and of a safety agent neither strength nor the engine's rules.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta, Struct, field

from conclave.api.errors import RequestRefused
from conclave.codec import RecordInvalid, convert, plain
from conclave.codes import RequestCode
from conclave.configuration.changes import differing
from conclave.configuration.declared import not_below
from conclave.configuration.document import SettingsInvalid, kept_settings, merged, recorded, settings_from, settings_of
from conclave.configuration.settings import Settings
from conclave.deliberation.constraints import unite
from conclave.pack import Pack
from conclave.records.run_records import RunRecords
from conclave.types import (
    AgentKind,
    Constraint,
    FieldChange,
    Fork,
    Operator,
    Option,
    Phase,
    PromptChange,
    SettingsSource,
    Value,
)
from conclave.untrusted.explaining import explained
from conclave.untrusted.limits import PROMPT_TEXT_CHARACTERS

ADDED = "fork:"
"""The beginning of the ids of constraints that a fork adds, and their source."""
MAY_DIFFER = ("models", "limits", "thresholds", "flags")
"""Groups of settings that a fork may have otherwise. Money, prices and intake are the stage's, and those in force now hold."""
_OF_TYPE: Mapping[str, tuple[type, ...]] = {"str": (str,), "bool": (bool,), "int": (int,), "float": (int, float)}
_ORDERED = ("int", "float")
_CODE = re.compile(r"[\w:.+/#-]{1,80}", re.ASCII)
"""A text as a value: it is kept when texts are erased."""

Name = Annotated[str, Meta(min_length=1, max_length=200)]


class PromptAsked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words for an agent. See ``PromptChange``."""

    text: Annotated[str, Meta(min_length=1, max_length=PROMPT_TEXT_CHARACTERS)]
    instead: bool = False


class ConstraintAsked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A predicate on a field of the options."""

    field: Name
    operator: Operator
    value: int | float | bool | Annotated[str, Meta(max_length=200)]
    hard: bool = True


class ConfigurationAsked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings over those of the run; ``instead``: over those that the stage brings, as a version of the configuration is."""

    document: Mapping[str, Any]
    instead: bool = False


class ForkAsked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a request.

    Attributes:
        start: The first phase that is the fork's own.
        models: Tier or model id by agent, or by kind of agent.
        prompts: By agent.
        constraints: Those that are added.
        fields: Other values, by option and field.
        configuration: Other settings.
        idempotency_key: Under which it is the same fork again; the same changes of the same run are, without one.
    """

    start: Phase = field(name="from")
    models: Annotated[Mapping[str, Name], Meta(max_length=20)] = {}
    prompts: Annotated[Mapping[str, PromptAsked], Meta(max_length=20)] = {}
    constraints: Annotated[tuple[ConstraintAsked, ...], Meta(max_length=20)] = ()
    fields: Annotated[Mapping[str, Mapping[str, Value]], Meta(max_length=20)] = {}
    configuration: ConfigurationAsked | None = None
    idempotency_key: Annotated[str, Meta(max_length=200)] = ""


class ForkRefused(RequestRefused):
    """The run cannot be forked so."""


def asked_from(body: Mapping[str, Any]) -> ForkAsked:
    """What the body of a request asks for.

    Raises:
        ForkRefused: Something of it is missing, of another type or unknown.
    """
    try:
        return convert(dict(body), ForkAsked)
    except RecordInvalid as error:
        needed = (
            "send from (recommend, revise or arbitrate) and any of models, prompts, constraints, fields, configuration"
        )
        raise ForkRefused(RequestCode.BODY_INVALID, f"{needed}: {explained(error, ForkAsked)}") from error


def fork_for(
    asked: ForkAsked,
    parent: RunRecords,
    pack: Pack,
    *,
    by: str,
    in_force: Settings,
    packaged: Mapping[str, Any],
    tiers: Mapping[str, str],
) -> Fork:
    """The fork that is asked for, every change of it found possible and allowed.

    A fork of a fork has the changes of its parent, too: models and prompts unless it changes them again, and every constraint.

    Args:
        asked: What is asked for.
        parent: The records of the run; it was framed.
        pack: Today's pack.
        by: Who asks.
        in_force: The settings of the stage now: their money and prices hold.
        packaged: What the stage brings of the settings.
        tiers: Model id by tier.

    Raises:
        ForkRefused: A change is not; one line says which, and why.
    """
    settings = _settings(asked.configuration, parent, in_force, packaged)
    of = settings_of(parent.manifest)
    agents = asked_agents(pack, asked.start)
    frame = parent.frame
    types = {each.name: each.type for each in parent.manifest.fields}
    before = parent.manifest.fork
    told = (*(before.prompts if before else ()), *_prompts(asked.prompts, agents, asked.start))
    prompts = {each.agent: each for each in told}
    return Fork(
        of=parent.run.run_id,
        head=parent.run.audit_head,
        received=parent.received,
        start=asked.start,
        by=by,
        models={**(before.models if before else {}), **dict(_models(asked.models, pack, agents, asked.start, tiers))},
        prompts=tuple(prompts.values()),
        constraints=unite(before.constraints if before else (), _constraints(asked.constraints, types)),
        fields=tuple(_fields(asked.fields, frame.options if frame else (), types)),
        configured=_configured(plain(of), plain(settings)),
        settings=recorded(settings, SettingsSource.KEPT),
    )


def asked_agents(pack: Pack, start: Phase) -> Mapping[str, AgentKind]:
    """The agents that may be asked from a phase on, with their kinds."""
    asked = (pack.arbiter,) if start is Phase.ARBITRATE else pack.agents
    return {each.name: AgentKind(each.kind) for each in asked}


def _models(
    asked: Mapping[str, str], pack: Pack, agents: Mapping[str, AgentKind], start: Phase, tiers: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Tier by agent. An agent's own goes before that of its kind."""
    kinds = {kind.value for kind in AgentKind}
    for name, wanted in sorted(asked.items(), key=lambda pair: pair[0] not in kinds):
        tier = _tier(wanted, tiers)
        named = [each for each, kind in agents.items() if name in (each, kind.value)]
        if not named:
            raise _invalid(f"{_shown(name)} is not asked from {start.value} on; models are of: {', '.join(agents)}")
        for each in named:
            agent = pack.agent(each)
            if agents[each] is AgentKind.SAFETY and not_below(agent.tier, tier) != tier:
                raise _invalid(f"{each} is a safety agent: its tier can be {agent.tier} or stronger, not {tier}")
            yield each, tier


def _tier(wanted: str, tiers: Mapping[str, str]) -> str:
    """The tier of that name, or the weakest one that stands for a model of that id: roles allow those models and no other."""
    found = wanted if wanted in tiers else next((tier for tier, model in tiers.items() if model == wanted), "")
    if not found:
        known = ", ".join(f"{tier} ({model})" for tier, model in tiers.items())
        raise _invalid(f"no agent's role may call {_shown(wanted)}; there are: {known}")
    return found


def _prompts(asked: Mapping[str, PromptAsked], agents: Mapping[str, AgentKind], start: Phase) -> Iterator[PromptChange]:
    for name, each in sorted(asked.items()):
        if name not in agents:
            raise _invalid(f"{_shown(name)} is not asked from {start.value} on; prompts are of: {', '.join(agents)}")
        odd = [c for c in each.text if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn")]
        if odd or "<data-" in each.text:
            raise _invalid(f"the text for {name} holds control or invisible characters, or a delimiter of data")
        yield PromptChange(agent=name, text=each.text.strip(), instead=each.instead)


def _constraints(asked: Sequence[ConstraintAsked], types: Mapping[str, str]) -> Iterator[Constraint]:
    for each in asked:
        kind = _kind_of(each.field, types)
        _require_type(each.field, each.value, kind)
        if kind not in _ORDERED and each.operator not in (Operator.EQ, Operator.NE):
            raise _invalid(f"{each.field} has no order; compare it by == or !=")
        hard = "" if each.hard else ":soft"
        yield Constraint(
            id=f"{ADDED}{each.field}{each.operator.value}{each.value}{hard}",
            field=each.field,
            operator=each.operator,
            value=each.value,
            unit="",
            hard=each.hard,
            source=ADDED.rstrip(":"),
            evidence_id="",
            reason="added by a fork",
        )


def _fields(
    asked: Mapping[str, Mapping[str, Value]], options: Sequence[Option], types: Mapping[str, str]
) -> Iterator[FieldChange]:
    known = {each.id for each in options}
    for option, fields in sorted(asked.items()):
        if option not in known:
            raise _invalid(f"the run has no option {_shown(option)}; it has: {', '.join(each.id for each in options)}")
        for name, value in sorted(fields.items()):
            kind = _kind_of(name, types)
            if value is not None:
                _require_type(name, value, kind)
            yield FieldChange(option_id=option, field=name, value=value)


def _kind_of(name: str, types: Mapping[str, str]) -> str:
    if name not in types:
        raise _invalid(f"options have no field {_shown(name)}; they have: {', '.join(types)}")
    return types[name]


def _require_type(name: str, value: Value, kind: str) -> None:
    right = isinstance(value, _OF_TYPE[kind]) and isinstance(value, bool) is (kind == "bool")
    if not right or (isinstance(value, float) and not math.isfinite(value)):
        raise _invalid(f"{name} is of the type {kind}; write such a value")
    if isinstance(value, str) and not _CODE.fullmatch(value):
        raise _invalid(f"{name} is compared with a code: at most 80 letters, digits and signs such as - and /")


def _settings(
    asked: ConfigurationAsked | None, parent: RunRecords, in_force: Settings, packaged: Mapping[str, Any]
) -> Settings:
    """The settings of the fork: those of its parent with what is asked, under the money and prices of now."""
    now, of = plain(in_force), plain(settings_of(parent.manifest))
    document = dict(asked.document) if asked else {}
    if foreign := sorted(str(each) for each in document if each not in MAY_DIFFER):
        may = ", ".join(MAY_DIFFER)
        raise _invalid(f"a fork may set {may}; {_shown(foreign[0])} is the stage's alone")
    try:
        below = plain(settings_from({}, packaged)) if asked and asked.instead else of
        wanted = plain(settings_from(merged(below, document)))
        return kept_settings({**now, **{name: wanted[name] for name in MAY_DIFFER}})
    except SettingsInvalid as error:
        raise _invalid(str(error).removeprefix("Settings: ")) from error


def _configured(of: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that differ from the parent's, by path, but for those that are the stage's."""
    found: dict[str, Any] = {}
    for path in differing(of, settings):
        if path.partition(".")[0] in MAY_DIFFER:
            value: Any = settings
            for name in path.split("."):
                value = value.get(name) if isinstance(value, Mapping) else None
            found[path] = value
    return found


def _shown(name: str) -> str:
    """A name that a caller wrote, where it is one."""
    plainly = (
        len(name) <= 100 and name.isprintable() and name.replace("-", "").replace(".", "").replace("_", "").isalnum()
    )
    return name if plainly else "that name"


def _invalid(message: str) -> ForkRefused:
    return ForkRefused(RequestCode.FORK_INVALID, message)
