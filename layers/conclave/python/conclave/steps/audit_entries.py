"""The audit entries of the steps of a run: who did it, under which versions, on which evidence.

Free text never stands in an entry, neither a reporter's nor a model's, only its digest: an audit outlives what it is about,
and what has to be erased one day must not be part of the chain.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from conclave.agents.prices import PriceTable
from conclave.agents.prompts import system_prompt
from conclave.audit.canonical import sha256
from conclave.audit.chain import Act
from conclave.codec import digest
from conclave.configuration.applied import pack_of
from conclave.configuration.declared import chain_of
from conclave.configuration.document import settings_of
from conclave.configuration.settings import PACKAGED, Settings
from conclave.pack import Agent, Complexity, Pack
from conclave.routing.chains import models_of
from conclave.types import (
    Assessment,
    Choice,
    Collation,
    Decision,
    Exchange,
    Failure,
    Frame,
    Manifest,
    Reading,
    Refusal,
    StandIn,
)

_WORD = re.compile(r"[\w.:/-]{0,200}", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}")


def framed(
    outcome: Frame | Refusal,
    *,
    at: str,
    fence: int,
    execution_arn: str,
    record: bytes,
    pack: Pack,
    prices: PriceTable,
    guardrail: str,
) -> Act:
    """The incident was typed and its options planned, or refused.

    Args:
        outcome: What framing gave.
        at: When.
        fence: Fencing token of the execution.
        execution_arn: The execution.
        record: The outcome as it is stored.
        pack: Its version and prompts are what the rest of the run is held to.
        prices: Says which model stands behind each tier.
        guardrail: Id and version of the guardrail; empty where there is none.
    """
    under = settings_of(outcome.manifest) if outcome.manifest else PACKAGED
    pack = pack_of(pack, outcome.manifest)
    body: dict[str, Any] = {
        "fence": fence,
        "execution": execution_arn,
        "framed": isinstance(outcome, Frame),
        "record": sha256(record),
        "requests": _requests(outcome.exchanges),
        "reading": _how_read(outcome.reading),
        "pack": {"name": pack.name, "version": pack.version},
        "prompts": {agent.name: sha256(system_prompt(pack, agent).encode()) for agent in pack.agents},
        "models": {agent.name: prices.model(agent.tier) for agent in pack.agents},
        "stand_ins": {agent.name: list(_others(agent, prices, under)) for agent in pack.agents},
        "tiers": {agent.name: _by_complexity(agent, prices) for agent in pack.agents if agent.tiers},
        "prices_as_of": prices.as_of,
        "guardrail": guardrail,
        "settings": _settings(outcome.manifest),
    }
    if isinstance(outcome, Refusal):
        return Act(event="run_framed", at=at, body={**body, "refusal": outcome.code})
    inputs = {
        "incident": digest(outcome.incident),
        "facts": digest(outcome.facts),
        "options": digest(outcome.options),
    }
    return Act(event="run_framed", at=at, body={**body, "inputs": inputs})


def _by_complexity(agent: Agent, prices: PriceTable) -> dict[str, str]:
    return {each.value: prices.model(agent.for_choice(each).tier) for each in Complexity}


def _settings(manifest: Manifest | None) -> dict[str, str]:
    kept = manifest.settings if manifest else None
    return {"version": kept.version, "source": kept.source.value, "fault": kept.fault} if kept else {}


def _others(agent: Agent, prices: PriceTable, under: Settings) -> Sequence[str]:
    """The models that may answer in place of an agent's own, under the settings of the run."""
    return models_of(agent.kind, agent.every_tier, prices.tiers, lambda tier: chain_of(under, agent.kind, tier=tier))[
        1:
    ]


def _how_read(reading: Reading | None) -> dict[str, Any]:
    if reading is None:
        return {}
    return {"by": reading.by.value, "doubt": reading.doubt, "stood_in": _stood_in(reading.stood_in)}


def _stood_in(other: StandIn | None) -> dict[str, str]:
    """A model that answered in place of another; nothing where none did."""
    if other is None:
        return {}
    names = {"model": _name_or_empty(other.model), "wanted": _name_or_empty(other.wanted)}
    return {**names, "because": other.because.value}


def collated(
    collation: Collation, *, at: str, fence: int, record: bytes, assessments: Mapping[str, tuple[Assessment, bytes]]
) -> Act:
    """A phase was collated.

    Args:
        collation: What the assessments mean together.
        at: When.
        fence: Fencing token.
        record: The collation as it is stored.
        assessments: What was collated, and as it is stored, by agent.
    """
    body = {
        "phase": collation.phase.value,
        "fence": fence,
        "record": sha256(record),
        "assessments": {name: _assessment(*pair) for name, pair in assessments.items()},
        "constraints": digest(collation.constraints),
        "feasible": list(collation.feasible),
        "revise": list(collation.revise),
        "halts": [reason.code for reason in collation.halts],
    }
    return Act(event="phase_collated", at=at, body=body)


def proposed(
    decision: Decision, *, at: str, fence: int, record: bytes, choice: Choice | None, failure: Failure | None
) -> Act:
    """The choice was checked and scored.

    Args:
        decision: What came out.
        at: When.
        fence: Fencing token.
        record: The decision as it is stored.
        choice: What the arbiter answered, if it was asked.
        failure: The step that failed, if one did.
    """
    arbiter = None
    if choice is not None:
        arbiter = {
            "record": digest(choice),
            "model": _name_or_empty(choice.model),
            "complexity": choice.complexity.value if choice.complexity else "",
            "grounds": [each.value for each in choice.grounds],
            "stood_in": _stood_in(choice.stood_in),
            "requests": _requests(choice.exchanges),
            # Whatever else stands there is the arbiter's own words, and an audit lasts for ever.
            "option_id": choice.option_id if choice.option_id in {each.option_id for each in decision.options} else "",
            "failure": _name_or_empty(choice.failure.error) if choice.failure else "",
        }
    body = {
        "fence": fence,
        "record": sha256(record),
        "arbiter": arbiter,
        "failure": _name_or_empty(failure.error) if failure else "",
        "decision": _outcome(decision),
    }
    return Act(event="decision_proposed", at=at, body=body)


def concluded(
    decision: Decision,
    *,
    event: str,
    at: str,
    fence: int,
    record: bytes,
    pack: Pack,
    prices_as_of: str,
    records: Mapping[str, bytes],
) -> Act:
    """The decision became the run's.

    Args:
        decision: The decision.
        event: ``decision_published``, or ``run_closed`` when its execution ended without one.
        at: When.
        fence: Fencing token.
        record: The decision as it is stored.
        pack: The pack that decided.
        prices_as_of: Day of the price table.
        records: Every record behind the decision, as stored.
    """
    body = {
        "fence": fence,
        "record": sha256(record),
        "decision": _outcome(decision),
        "pack": {"name": pack.name, "version": pack.version},
        "prices_as_of": prices_as_of,
        "records": {name: sha256(data) for name, data in records.items()},
    }
    return Act(event=event, at=at, body=body)


def _assessment(assessment: Assessment, record: bytes) -> dict[str, Any]:
    return {
        "record": sha256(record),
        "status": assessment.status.value,
        "verdict": assessment.verdict.value if assessment.verdict else "",
        "model": _name_or_empty(assessment.model),
        "stood_in": _stood_in(assessment.stood_in),
        "requests": _requests(assessment.exchanges),
    }


def _requests(exchanges: Sequence[Exchange]) -> list[str]:
    """Hashes of the canonical requests: what was asked of a model can be proved without keeping it here."""
    return [each.request_hash for each in exchanges if _HASH.fullmatch(each.request_hash)]


def _name_or_empty(said: str) -> str:
    """A name of a model or an error, as far as it is one: a function that was taken over writes what it likes in its entry."""
    return said if _WORD.fullmatch(said) else ""


def _outcome(decision: Decision) -> dict[str, Any]:
    """A decision without its prose; ``record`` beside it seals the whole."""
    return {
        "status": decision.status.value,
        "option_id": decision.option_id,
        "ranking": list(decision.ranking),
        "scores": dict(decision.scores),
        "total": decision.total,
        "confidence": decision.confidence,
        "degraded": decision.degraded,
        "reasons": [{"code": reason.code, "agent": reason.agent} for reason in decision.reasons],
        "cost_usd": decision.usage.cost_usd,
    }
