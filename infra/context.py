"""The choices of a deployment: the values of ``cdk -c name=value``, checked and never guessed.

``WORDS`` lists them. A value that does not fit, and a name that looks like a mistyped one of ours, end in one line; other names
are left to whoever set them (the CDK's own flags, a user's ``~/.cdk.json``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from infra.stage import Contradiction, Stage, adapted, find_stage

WORDS: Mapping[str, str] = {
    "stage": "local, dev or prod",
    "pack": "the name of a folder under layers/packs/python/packs",
    "notify": "e-mail addresses with commas between them (a@example.org,b@example.org)",
    "regulated": "true or false",
    "user_pool_arn": "arn:aws:cognito-idp:<region>:<account>:userpool/<id>",
    "zones": "two availability zones with a comma between them (eu-west-1a,eu-west-1b)",
    "byte_code": "true or false",
    "console": "true or false",
    "runs_at_once": "a whole number from 1 to 1000",
    "otlp": "the URL of a collector of OpenTelemetry without a user and a query (http://localhost:4318)",
}
"""The names, and what may be written after the equals sign."""

MAX_ADDRESSES = 10
_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}"
)
_COUNT = re.compile(r"[1-9]\d{0,2}|1000", re.ASCII)
_COLLECTOR = re.compile(
    r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(?::\d{1,5})?(?:/[\w./-]*)?", re.ASCII
)
_ZONE = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d+[a-z]")


class ContextWrong(Contradiction):
    """A context value or name cannot be meant; the message says how to write it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The choices that a deployment made.

    Attributes:
        stage: The stage, with everything that was asked of it.
        pack: Name of the pack.
        notify: Addresses that get alarms and budget notices; may be empty.
        console: Whether the stage gets a console.
    """

    stage: Stage
    pack: str
    notify: tuple[str, ...]
    console: bool = False


def asked(context: Mapping[str, Any]) -> Asked:
    """Returns what the context asks for.

    Args:
        context: All context of the app; the CDK's own flags are passed over.

    Raises:
        ContextWrong: A value does not fit, or a name is nearly one of ours.
        StageUnknown: There is no such stage.
        StageUnsuitable: The stage cannot be what is asked of it.
    """
    _refuse_mistyped(context)
    stage = adapted(
        find_stage(_text(context, "stage") or "local"),
        regulated=_truth(context, "regulated", otherwise=False),
        user_pool_arn=_text(context, "user_pool_arn"),
        zones=_zones(context),
        byte_code=_truth(context, "byte_code", otherwise=True),
        runs_at_once=_count(context, "runs_at_once"),
        otlp=_collector(context),
    )
    return Asked(
        stage=stage,
        pack=_text(context, "pack") or "airline",
        notify=_addresses(context),
        console=_truth(context, "console", otherwise=False),
    )


def _refuse_mistyped(context: Mapping[str, Any]) -> None:
    for name in context:
        if name in WORDS or not re.fullmatch(r"[\w-]+", name):
            continue
        meant = get_close_matches(name.lower().replace("-", "_"), WORDS, n=1, cutoff=0.75)
        if meant:
            raise ContextWrong(f"there is no context value '{name}'; did you mean -c {meant[0]}={WORDS[meant[0]]}?")


def _text(context: Mapping[str, Any], name: str) -> str:
    """The value as it was written; empty where none was given."""
    if context.get(name) is None:
        return ""
    value = context[name]
    if not isinstance(value, str) or not value or value != value.strip() or not value.isprintable():
        raise _context_wrong(name, value)
    return value


def _truth(context: Mapping[str, Any], name: str, *, otherwise: bool) -> bool:
    value = context.get(name)
    if value is None or isinstance(value, bool):
        return otherwise if value is None else value
    if value not in ("true", "false"):
        raise _context_wrong(name, value)
    return bool(value == "true")


def _count(context: Mapping[str, Any], name: str) -> int | None:
    written = _text(context, name)
    if written and not _COUNT.fullmatch(written):
        raise _context_wrong(name, written)
    return int(written) if written else None


def _collector(context: Mapping[str, Any]) -> str:
    written = _text(context, "otlp")
    if written and not _COLLECTOR.fullmatch(written):
        raise _context_wrong("otlp", written)
    return written


def _addresses(context: Mapping[str, Any]) -> tuple[str, ...]:
    written = _text(context, "notify")
    if not written:
        return ()
    addresses = [each.strip() for each in written.split(",")]
    if any(not _ADDRESS.fullmatch(each) for each in addresses):
        raise _context_wrong("notify", next(each for each in addresses if not _ADDRESS.fullmatch(each)))
    if len({each.lower() for each in addresses}) != len(addresses) or len(addresses) > MAX_ADDRESSES:
        raise ContextWrong(f"notify takes up to {MAX_ADDRESSES} addresses, each of them once")
    return tuple(addresses)


def _zones(context: Mapping[str, Any]) -> tuple[str, ...]:
    written = _text(context, "zones")
    if not written:
        return ()
    zones = tuple(each.strip() for each in written.split(","))
    same_region = len({each[:-1] for each in zones}) == 1
    if len(zones) != 2 or len(set(zones)) != 2 or not same_region or not all(_ZONE.fullmatch(each) for each in zones):
        raise _context_wrong("zones", written)
    return zones


def _context_wrong(name: str, value: Any) -> ContextWrong:
    shown = ascii(value)[:80]
    return ContextWrong(f"the context value {name} is {shown}; write {WORDS[name]}, or leave it out")
