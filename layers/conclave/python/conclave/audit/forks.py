"""A fork in the audit: codes, numbers and hashes, never a text of a person."""

from __future__ import annotations

from typing import Any

from conclave.audit.canonical import sha256
from conclave.types import Constraint, Fork


def told_of(fork: Fork) -> dict[str, Any]:
    """What an audit says of a fork: of which run, where that run's audit ended, by whom, from which phase and with what."""
    return {
        "of": fork.of,
        "head": fork.head,
        "from": fork.start.value,
        "by": fork.by,
        "models": dict(fork.models),
        "prompts": {each.agent: {"text": sha256(each.text.encode()), "instead": each.instead} for each in fork.prompts},
        "constraints": [_predicate(each) for each in fork.constraints],
        "fields": [{"option": each.option_id, "field": each.field, "value": each.value} for each in fork.fields],
        "configured": dict(fork.configured),
        "settings": fork.settings.version if fork.settings else "",
    }


def _predicate(added: Constraint) -> dict[str, Any]:
    return {"field": added.field, "operator": added.operator.value, "value": added.value, "hard": added.hard}
